//! What a Service is made from: addresses, credentials, the bank, the choices of [`Rulings`], and faults.
//!
//! Reading them from files or environment variables is left to the caller. Nothing here is checked: a wrong value
//! shows where the Service uses it.

mod choice;
mod rulings;
mod value;

use std::fmt;

use uuid::Uuid;

use super::{Fault, Outbound, plain_http};
pub use choice::{
    CancelledTransactions, DiscouragedData, DuplicateKeys, DuplicateTransactions,
    LinkedInSelection, LinkedNotification, ListShape, LocalDateTimes, PendingCandidates, Relinking,
    RenewalWithAccounts, RenewedUnfed, StatementWords, UniqueIds,
};
pub use rulings::{Rulings, Setting};
pub use value::{SettingError, SettingType, SettingValue};

/// Everything that one Service is made from. Its `Debug` form shows no secret.
///
/// The defaults are those of a test on one machine: made-up credentials, an HTTP client without TLS, no bank, the
/// documented choices, no faults. Set what differs:
///
/// ```
/// use banking_service_emulator::{Bank, Callbacks, Fault, Settings};
///
/// let settings = Settings {
///     api_key: "key-of-my-connector".to_owned(),
///     ..Settings::default()
/// }
/// .with_bank(Bank::new("Acme Bank", Callbacks::below("http://127.0.0.1:8080")))
/// .with_fault(Fault::SilentOffboarding);
/// # assert_eq!(settings.faults.len(), 1);
/// ```
#[derive(Clone)]
pub struct Settings {
    /// How others reach this Service: scheme, authority and perhaps a path prefix. Empty by default:
    /// [`Service::serve`](super::Service::serve) then takes the listener's address.
    pub base_url: String,
    /// HTTP client to reach the provider; by default [`plain_http`].
    pub outbound: Outbound,
    /// Value that the provider must send in `x-api-key`; by default `test-api-key`.
    pub api_key: String,
    /// The provider's client id at Sage ID; by default `test-client`.
    pub client_id: String,
    /// The provider's client secret at Sage ID; by default `test-client-secret`.
    pub client_secret: String,
    /// Audience of the Provider API, which token requests name; by default `provider-api`.
    pub audience: String,
    /// The `aud` claim of the bearer on notifications; by default `connector-api`.
    pub notification_audience: String,
    /// Value that the product must send in `x-application`; by default `test-application`.
    pub application: String,
    /// Signing key of that application, for the x-signature of POST organisations; by default `test-application-key`.
    pub application_key: String,
    /// Name and value of the header that the provider chose for notifications; by default `x-notification-key` and
    /// `test-notification-key`.
    pub notification_header: (String, String),
    /// A bank that is registered from the start; by default none.
    pub bank: Option<Bank>,
    /// Callback addresses that the Service replaces when a provider registers them, each as the registered address and
    /// the address to call; by default none.
    pub replaced_callbacks: Vec<(String, String)>,
    /// A word with which the `state` of every session begins; by default none.
    pub state_prefix: Option<String>,
    /// Choices where the sources are silent or disagree.
    pub rulings: Rulings,
    /// Deviations that the Service shows; by default none.
    pub faults: Vec<Fault>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            outbound: plain_http(),
            api_key: "test-api-key".to_owned(),
            client_id: "test-client".to_owned(),
            client_secret: "test-client-secret".to_owned(),
            audience: "provider-api".to_owned(),
            notification_audience: "connector-api".to_owned(),
            application: "test-application".to_owned(),
            application_key: "test-application-key".to_owned(),
            notification_header: (
                "x-notification-key".to_owned(),
                "test-notification-key".to_owned(),
            ),
            bank: None,
            replaced_callbacks: Vec::new(),
            state_prefix: None,
            rulings: Rulings::default(),
            faults: Vec::new(),
        }
    }
}

impl Settings {
    /// Registers a bank from the start, in place of one set before.
    pub fn with_bank(self, bank: Bank) -> Self {
        Self {
            bank: Some(bank),
            ..self
        }
    }

    /// Replaces the choices where the sources are silent.
    pub fn with_rulings(self, rulings: Rulings) -> Self {
        Self { rulings, ..self }
    }

    /// Adds a deviation that the Service shows.
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }
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
            .field("replaced_callbacks", &self.replaced_callbacks)
            .field("rulings", &self.rulings)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// A bank of the provider, as POST banks registers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// The service's id of the bank (`bankId`, `principalId`).
    pub id: Uuid,
    /// The provider's own reference.
    pub external_ref: String,
    /// Name that customers see.
    pub name: String,
    /// Country as two or three letters (ISO 3166-1).
    pub country_code: String,
    /// Addresses of the provider's Connector API.
    pub callbacks: Callbacks,
}

impl Bank {
    /// Makes a British bank with a random id, whose external reference is its name.
    ///
    /// ```
    /// use banking_service_emulator::{Bank, Callbacks};
    ///
    /// let bank = Bank::new("Acme Bank", Callbacks::below("http://127.0.0.1:8080"));
    /// assert_eq!(bank.country_code, "GB");
    /// ```
    pub fn new(name: impl Into<String>, callbacks: Callbacks) -> Self {
        let name = name.into();
        Self {
            id: Uuid::new_v4(),
            external_ref: name.clone(),
            name,
            country_code: "GB".to_owned(),
            callbacks,
        }
    }
}

/// The four absolute URLs of a provider's Connector API; their paths are the provider's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callbacks {
    /// Receives notifications by POST.
    pub notification: String,
    /// Opened by the customer's browser to consent.
    pub auth: String,
    /// Opened by the customer's browser to renew a consent.
    pub re_auth: String,
    /// Returns the accounts of an authorisation.
    pub available_accounts: String,
}

impl Callbacks {
    /// Makes the addresses below `base`, under the paths of the documentation's examples.
    ///
    /// ```
    /// use banking_service_emulator::Callbacks;
    ///
    /// let callbacks = Callbacks::below("http://127.0.0.1:8080/");
    /// assert_eq!(callbacks.notification, "http://127.0.0.1:8080/notification");
    /// assert_eq!(callbacks.re_auth, "http://127.0.0.1:8080/authrefresh");
    /// ```
    pub fn below(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self {
            notification: format!("{base}/notification"),
            auth: format!("{base}/auth"),
            re_auth: format!("{base}/authrefresh"),
            available_accounts: format!("{base}/availableaccounts"),
        }
    }
}
