//! The settings of a provider: its own address, the service's addresses, credentials and faults.
//!
//! The caller reads them from wherever they are; a value of [`Settings`] is complete.

use std::fmt;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use tower::BoxError;
use tower::util::BoxCloneSyncService;

use super::fault::Fault;
use super::ledger::Customer;
use super::variant::Variant;

/// An HTTP client: sends a request with an absolute URL and returns the response.
///
/// It must not follow redirects. It needs no time limit of its own: the provider limits each request by
/// [`Settings::patience`]. Any tower service of these types serves, for example one that calls a router within the process.
pub type Outbound = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// The settings of one provider.
///
/// `Debug` prints no credential.
#[derive(Clone)]
pub struct Settings {
    /// The URL at which others reach this provider, perhaps with a path prefix; without a trailing slash.
    pub base_url: String,
    /// The HTTP client for all outgoing requests.
    pub outbound: Outbound,
    /// The URL of the Provider API with its version prefix; `statements` and `authorisations` are below it.
    pub provider_api: String,
    /// The endpoint of Sage ID that issues tokens for client credentials.
    pub token_url: String,
    /// The URL of the JSON Web Key Set with which Sage ID signs the bearers of notifications.
    pub key_set_url: String,
    /// The `iss` of bearers on notifications.
    pub issuer: String,
    /// The audience in requests to the token endpoint.
    pub audience: String,
    /// The `aud` of bearers on notifications.
    pub notification_audience: String,
    /// The client id of this provider.
    pub client_id: String,
    /// The client secret of this provider.
    pub client_secret: String,
    /// The value of `x-api-key` on the Provider API.
    pub api_key: String,
    /// Name and value of the header that this provider requires on notifications.
    pub notification_header: (String, String),
    /// The service's id of the provider's bank.
    pub bank: String,
    /// The bank's data; external ids are unique over all customers (of two equal ids, the first one is used).
    pub customers: Vec<Customer>,
    /// The lifetime of an announced authorisation; about 20 minutes in the documentation.
    pub authorisation_life: Duration,
    /// The longest time for the response to one request.
    pub patience: Duration,
    /// The most transactions in a statement; 1,000 as currently documented, 0 means 1.
    pub batch_limit: usize,
    /// The most requests to the Provider API within any second; 10 unless agreed otherwise, 0 means 1.
    pub requests_per_second: u32,
    /// Whether the provider lists further accounts of a customer; if not, `/availableaccounts` responds with 404.
    pub multi_account: bool,
    /// The faults of this provider; without any it is correct.
    pub faults: Vec<Fault>,
    /// What it does differently from the usual provider, and is allowed to.
    pub variants: Vec<Variant>,
}

impl Settings {
    /// Tells whether the provider has this fault.
    pub(super) fn shows(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// Tells whether the provider has this variant.
    pub(super) fn has(&self, variant: Variant) -> bool {
        self.variants.contains(&variant)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("provider_api", &self.provider_api)
            .field("token_url", &self.token_url)
            .field("key_set_url", &self.key_set_url)
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("notification_audience", &self.notification_audience)
            .field("client_id", &self.client_id)
            .field("notification_header", &self.notification_header.0)
            .field("bank", &self.bank)
            .field("customers", &self.customers.len())
            .field("authorisation_life", &self.authorisation_life)
            .field("patience", &self.patience)
            .field("batch_limit", &self.batch_limit)
            .field("requests_per_second", &self.requests_per_second)
            .field("multi_account", &self.multi_account)
            .field("faults", &self.faults)
            .field("variants", &self.variants)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testbed;

    #[test]
    fn debug_prints_no_credential() {
        let settings = testbed::settings("http://127.0.0.1:9");
        let text = format!("{settings:?}");
        for secret in [
            &settings.client_secret,
            &settings.api_key,
            &settings.notification_header.1,
            &settings.customers[0].password,
        ] {
            assert!(!text.contains(secret.as_str()), "{text}");
        }
        assert!(!format!("{:?}", settings.customers).contains(&settings.customers[0].password));
    }
}
