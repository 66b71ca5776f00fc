//! Taps: listeners that record a message, then answer it from a stub or forward it.
//!
//! The sink before the provider and the tap before service and identity provider differ only in their mounts. A tap
//! takes whole messages and writes masked ones to the journal; it never judges them. Which messages a stub answers is
//! decided by `matching`, how a message reaches its participant by `exchange`.

mod body;
mod headers;
mod late;
mod open;
mod probe;
mod refuse;
mod reply;
mod sender;
mod serve;
mod stub_registry;
mod take;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::exchange::Client;
use crate::journal::Journal;
use crate::vault::Vault;
use plan_language::participant::Mode;

pub use probe::{PROBE, WORD_BYTES};
pub use stub_registry::{Reaction, Stub, StubRegistry};

/// The largest body of a message that a tap takes, in bytes: as much as the emulated service takes (ruling R-16).
pub const BODY_BYTES_MAX: usize = 32 << 20;

/// The limits of a tap.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest body, in bytes.
    pub body_max: usize,
    /// The longest time that a body may take to arrive, and that a stub may hold back a response.
    pub patience: Duration,
    /// The greatest number of messages in progress; a tap refuses more with 503.
    pub messages_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_max: BODY_BYTES_MAX,
            patience: Duration::from_secs(30),
            messages_max: 4096,
        }
    }
}

/// What all taps of a run share.
#[derive(Debug)]
pub struct Tap {
    /// The journal to which facts are written.
    pub journal: Arc<Journal>,
    /// The vault that masks them.
    pub vault: Arc<Vault>,
    /// The client that forwards messages; it knows the mounts.
    pub client: Client,
    /// Which participants are live.
    pub mode: Mode,
    /// The stubs of all cases.
    pub stub_registry: StubRegistry,
    /// The limits of each tap.
    pub limits: Limits,
    /// The answer to a probe: a word that only this run knows, so that no other server's answer passes for it.
    pub word: String,
    /// Whether the customer's browser is driven, and reports what the provider's own pages respond.
    browser_reports: bool,
    /// How the URLs of an in-process run begin, in which no listener takes messages.
    in_process: Option<String>,
    /// One permit for each message in progress.
    places: Semaphore,
    /// When the runtime ran last, where that matters.
    pulse: late::Pulse,
}

impl Tap {
    /// Makes the taps of a run.
    pub fn new(
        journal: Arc<Journal>,
        vault: Arc<Vault>,
        client: Client,
        mode: Mode,
        limits: Limits,
    ) -> Self {
        Self {
            journal,
            vault,
            client,
            mode,
            stub_registry: StubRegistry::default(),
            word: uuid::Uuid::new_v4().simple().to_string(),
            browser_reports: false,
            in_process: None,
            places: Semaphore::new(limits.messages_max),
            pulse: late::Pulse::default(),
            limits,
        }
    }

    /// Leaves it to the customer's browser to report what the provider's own pages respond.
    #[must_use]
    pub fn with_reporting_browser(self, browser_reports: bool) -> Self {
        Self {
            browser_reports,
            ..self
        }
    }

    /// Makes them the taps of an in-process run, whose messages arrive by [`Tap::take`] alone.
    ///
    /// `origin` is how the URLs of the run begin.
    #[must_use]
    pub fn in_process(self, origin: String) -> Self {
        Self {
            in_process: Some(origin),
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
