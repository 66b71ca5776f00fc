//! What the live world of a case acts through: its stage, its permit to act, and what all cases share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::browser::Cookies;
use crate::exchange::Client;
use crate::journal::{Event, Fact, Journal, Lane, Seq};
use crate::runner::permit::Permit;
use crate::runner::person::Person;
use crate::runner::stage::Stage;
use crate::runner::visits::Visits;
use crate::runner::world::cut_short;
use crate::tap::Tap;
use plan_language::participant::Mode;
use plan_language::plan::{Wait, named_wait};
use plan_language::value::Value;

/// What the live worlds of all cases share.
pub struct Shared {
    /// Records the facts.
    pub journal: Arc<Journal>,
    /// The taps, with the vault that masks and the client that sends.
    pub tap: Arc<Tap>,
    /// Named waits that the environment sets.
    pub waits: BTreeMap<String, Duration>,
    /// Whether all cases have the same provider.
    pub one_provider: bool,
    /// How long the statements of all accounts that can be linked at once take at the agreed rate; the waits for a feed
    /// can be extended by it.
    pub feed_time: Duration,
    /// The person whom bank actions may ask; none where there is no terminal.
    pub person: Option<Arc<dyn Person>>,
    /// Makes the visits of the customer's browser.
    pub visits: Visits,
    /// Cancelled when the run is interrupted, or its time is over.
    pub interrupt: CancellationToken,
    /// When a case first noticed the interrupt.
    pub interrupted_at: OnceLock<Instant>,
    /// Whether the events of a case are dropped once it is judged; for runs that keep no record.
    pub forgets: bool,
}

impl Shared {
    /// Returns the bound of a wait.
    pub fn bound(&self, wait: &Wait) -> Duration {
        wait.bound(&self.waits)
    }

    /// Waits until teardown must end: the run is cut short, and the time for teardown is over.
    pub async fn teardown_over(&self) {
        self.interrupt.cancelled().await;
        let since = *self.interrupted_at.get_or_init(Instant::now);
        tokio::time::sleep_until(since + TEARDOWN_INTERRUPTED).await;
    }

    /// Returns the reason of everything that is cut short now.
    pub fn cut_short(&self) -> String {
        cut_short(&self.journal)
    }

    /// Returns the bound of a named wait.
    pub fn named(&self, name: &str) -> Duration {
        named_wait(name, &self.waits)
    }
}

/// The longest time that the teardown of all cases may take once the run is interrupted, or its time is over.
///
/// With the grace of a started provider and the reports it stays below the 7.5 s that GitHub leaves between its first
/// and its second signal, and the 10 s of `docker stop`.
const TEARDOWN_INTERRUPTED: Duration = Duration::from_secs(3);

/// The live world of one case.
pub struct Live<'a> {
    pub(in crate::runner) lane: Lane,
    pub(in crate::runner) shared: &'a Shared,
    pub(in crate::runner) stage: &'a Stage,
    pub(in crate::runner) permit: Permit,
    /// The position at which the case opened, and the values that the stage gives it.
    pub(in crate::runner) opened: (Seq, Value),
    /// The cookies of the customer's browser after the case's previous visit, where feedproof's own client made it; unset
    /// before the first.
    pub(in crate::runner) cookies: Mutex<Option<Arc<Cookies>>>,
}

impl Live<'_> {
    pub(super) fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    pub(super) fn append(&self, fact: Fact) -> Arc<Event> {
        self.journal().append(Some(&self.lane), fact)
    }

    pub(super) fn client(&self) -> &Client {
        &self.shared.tap.client
    }

    pub(super) fn mode(&self) -> Mode {
        self.shared.tap.mode
    }

    /// Masks a text that comes from outside.
    pub(super) fn mask(&self, text: &str) -> String {
        self.shared.tap.vault.mask(text).into_owned()
    }
}
