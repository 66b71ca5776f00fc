//! Who is reached where, and how connections to live participants are made.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use crate::environment::Reference;
use plan_language::plan::Place;

/// The addresses of a live Banking Service and Sage ID; base URLs without a slash at their ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveService {
    /// Base URL of the Consumer API.
    pub consumer: String,
    /// Base URL of the Provider API.
    pub provider_api: String,
    /// Base URL of Sage ID.
    pub sageid: String,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Whether a live provider calls the service through our addresses, so that its calls are seen.
    pub tapped: bool,
}

/// How a live provider comes up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// What starts it; unset when somebody else does.
    pub start: Option<Start>,
    /// The URL that answers 2xx once the provider is ready; unset when it is taken to be.
    pub ready: Option<String>,
    /// How long to wait for that at most.
    pub wait: Duration,
}

impl Default for Launch {
    fn default() -> Self {
        Self {
            start: None,
            ready: None,
            wait: Self::WAIT,
        }
    }
}

impl Launch {
    /// How long a provider may take to become ready, unless the environment says otherwise.
    pub const WAIT: Duration = Duration::from_secs(60);
}

/// A process to start after our addresses listen and to end after the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The program and its arguments; never empty.
    pub command: Vec<String>,
    /// The folder in which it runs, relative to where feedproof runs.
    pub folder: PathBuf,
    /// Where the environment mentions it.
    pub place: Place,
}

/// Certificates for connections to live participants, each in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificate authorities that are trusted beside those of the system.
    pub ca: Option<Reference>,
    /// The certificate with which we show who we are, and its chain; never without the key.
    pub client_certificate: Option<Reference>,
    /// The key that belongs to the certificate.
    pub client_key: Option<Reference>,
}

/// The proxy through which live participants are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// A URL without user name and password.
    Plain(String),
    /// A URL that is looked up, because it may hold a password.
    Secret(Reference),
}

/// How many requests live participants may be sent in a second, by all cases together; from 1 to 1000.
pub type Rate = NonZeroU32;
