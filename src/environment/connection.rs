//! The addresses of live participants, how a live provider starts, and how connections are made.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use crate::environment::Reference;
use crate::secret::Secret;
use plan_language::plan::Place;

/// The addresses of a live Banking Service and Sage ID; base URLs without a trailing slash.
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
    /// Whether a live provider calls the service through feedproof's tap, which then records its calls.
    pub tapped: bool,
}

/// How a live provider starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLaunch {
    /// The command that starts it; unset if it runs already.
    pub start: Option<StartCommand>,
    /// The URL that responds with 2xx once the provider is ready; unset if it needs no check.
    pub ready: Option<String>,
    /// The longest wait for that.
    pub wait: Duration,
}

impl Default for ProviderLaunch {
    fn default() -> Self {
        Self {
            start: None,
            ready: None,
            wait: Self::WAIT,
        }
    }
}

impl ProviderLaunch {
    /// The longest time that a provider may take to become ready, unless the environment sets it.
    pub const WAIT: Duration = Duration::from_secs(60);
}

/// The command that starts a live provider: feedproof runs it once the taps listen, and ends it after the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartCommand {
    /// The program and its arguments; never empty.
    pub command: Vec<String>,
    /// The folder in which it runs, relative to where feedproof runs.
    pub folder: PathBuf,
    /// The environment variables of feedproof that it inherits; all where none are named.
    pub inherit: Option<Vec<String>>,
    /// How long it has for its end after SIGTERM, before SIGKILL; an interrupt leaves two seconds at most.
    pub grace: Duration,
    /// Its place in the environment.
    pub place: Place,
}

impl StartCommand {
    /// The time for its end, unless the environment sets it.
    pub const GRACE: Duration = Duration::from_secs(5);
}

/// Certificates for connections to live participants, each in PEM, and a passphrase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificate authorities that are trusted in addition to those of the system.
    pub ca: Option<Reference>,
    /// The client certificate and its chain; never without the key.
    pub client_certificate: Option<Reference>,
    /// The key of the client certificate.
    pub client_key: Option<Reference>,
    /// The passphrase of that key; never without the key.
    pub client_key_passphrase: Option<Reference>,
}

/// The proxy before live participants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// A URL without user name and password.
    Plain(String),
    /// A reference to a URL, which may contain a password.
    Secret(Reference),
}

/// A user name and password that stood in the address of a live participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserInfo {
    /// Scheme, host and port of the address.
    pub origin: String,
    /// The user name.
    pub username: String,
    /// The password; perhaps empty.
    pub password: Secret,
}

/// The most requests per second to live participants, of all cases together; from 1 to 1000.
pub type Rate = NonZeroU32;
