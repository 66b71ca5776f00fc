//! What a Service is told when it is made: addresses, credentials, the bank, rulings and faults.
//!
//! Reading them from files or the environment is left to the caller; nothing here is checked,
//! a wrong value shows where it is used.

mod choice;
mod rulings;
mod value;

use std::fmt;

use tower::BoxError;
use tower::util::BoxCloneSyncService;
use uuid::Uuid;

use super::Fault;
pub use choice::{
    CancelledTransactions, DiscouragedData, DuplicateTransactions, LinkedNotification, ListShape,
    PendingCandidates, Relinking, RenewalWithAccounts, RenewedUnfed, StatementWords, UniqueIds,
};
pub use rulings::Rulings;
pub use value::{Setting, SettingError, SettingType, SettingValue};

/// What carries a request to somebody else and brings the answer: an HTTP client, for example.
///
/// It must not follow redirects. How long an answer may take is for whoever asks.
pub type Outbound = BoxCloneSyncService<reqwest::Request, reqwest::Response, BoxError>;

/// Everything one Service instance needs to know. Its `Debug` form shows no secret.
#[derive(Clone)]
pub struct Settings {
    /// How others reach this Service: scheme, authority and perhaps a path prefix, no trailing slash.
    pub base_url: String,
    /// How the provider is reached; each request gets a time limit of its own, which is ruled.
    pub outbound: Outbound,
    /// Value the provider must send in `x-api-key`.
    pub api_key: String,
    /// The provider's client id at Sage ID.
    pub client_id: String,
    /// The provider's client secret at Sage ID.
    pub client_secret: String,
    /// Audience of the Provider API, asked for at `oauth/token`.
    pub audience: String,
    /// The `aud` claim of the bearer on notifications.
    pub notification_audience: String,
    /// Value the product must send in `x-application`.
    pub application: String,
    /// Signing key of that application, for the x-signature of POST organisations.
    pub application_key: String,
    /// Name and value of the header the provider chose for notifications.
    pub notification_header: (String, String),
    /// A bank that is registered from the start.
    pub bank: Option<Bank>,
    /// Callback addresses that are called at another place than they are registered at: the address, and the place.
    pub detours: Vec<(String, String)>,
    /// What the Service does where the sources are silent or disagree.
    pub rulings: Rulings,
    /// The deviations to show; normally none.
    pub faults: Vec<Fault>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("client_id", &self.client_id)
            .field("audience", &self.audience)
            .field("notification_audience", &self.notification_audience)
            .field("application", &self.application)
            .field("notification_header", &self.notification_header.0)
            .field("bank", &self.bank)
            .field("detours", &self.detours)
            .field("rulings", &self.rulings)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// A bank of the provider, as bank sync registers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// The Service's id of the bank (bankId, principalId).
    pub id: Uuid,
    /// The provider's own reference.
    pub external_ref: String,
    /// Name shown to customers.
    pub name: String,
    /// Country as two or three letters (ISO 3166-1).
    pub country_code: String,
    /// Where the provider's Connector API lives; paths are not fixed.
    pub callbacks: Callbacks,
}

/// The four absolute URLs of a provider's Connector API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callbacks {
    /// Receives POSTed notifications.
    pub notification: String,
    /// Opened by the customer's browser to consent.
    pub auth: String,
    /// Opened by the customer's browser to renew a consent.
    pub re_auth: String,
    /// Asked for the accounts of an authorisation.
    pub available_accounts: String,
}
