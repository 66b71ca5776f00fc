//! What the provider is configured with: its own address, the Service's addresses, credentials and faults.
//!
//! Reading configuration from anywhere is left to the caller; a value of this type is complete.

use std::fmt;
use std::time::Duration;

use tower::BoxError;
use tower::util::BoxCloneSyncService;

use super::fault::Fault;
use super::ledger::Customer;

/// What carries a request to somebody else and brings the answer: an HTTP client, for example.
///
/// It must not follow redirects. How long an answer may take is for whoever asks.
pub type Outbound = BoxCloneSyncService<reqwest::Request, reqwest::Response, BoxError>;

/// The configuration of one provider.
///
/// `Debug` prints no credential.
#[derive(Clone)]
pub struct Settings {
    /// How others reach this provider; may hold a path prefix, has no trailing slash.
    pub base_url: String,
    /// How all outgoing requests are sent.
    pub outbound: Outbound,
    /// The Provider API with its version prefix; `statements` and `authorisations` lie below it.
    pub provider_api: String,
    /// The endpoint of Sage ID that issues tokens for client credentials.
    pub token_url: String,
    /// Where Sage ID publishes the keys that sign notification bearers (a JSON Web Key Set).
    pub key_set_url: String,
    /// The `iss` that bearers on notifications must carry.
    pub issuer: String,
    /// The audience asked for at the token endpoint.
    pub audience: String,
    /// The `aud` that bearers on notifications must carry.
    pub notification_audience: String,
    /// The client id given to this provider.
    pub client_id: String,
    /// The secret that belongs to `client_id`.
    pub client_secret: String,
    /// The value of `x-api-key` on the Provider API.
    pub api_key: String,
    /// Name and value of the header that this provider demands on notifications.
    pub notification_header: (String, String),
    /// The Service's id of our bank.
    pub bank: String,
    /// The bank's data; external ids are unique over all customers (of two equal ones the first counts).
    pub customers: Vec<Customer>,
    /// How long an announced authorisation may be used; the documentation says about 20 minutes.
    pub authorisation_life: Duration,
    /// How long the Service may take to answer one request.
    pub patience: Duration,
    /// The most transactions one statement may hold; 1,000 as currently documented, 0 is read as 1.
    pub batch_limit: usize,
    /// The most requests to the Provider API within any second; 10 unless agreed otherwise, 0 is read as 1.
    pub requests_per_second: u32,
    /// Whether the accounts are listed that a customer has besides a linked one; without it there is nothing at that
    /// address.
    pub multi_account: bool,
    /// The deviations this provider shows; none makes it correct.
    pub faults: Vec<Fault>,
}

impl Settings {
    /// Says whether the provider is to show this fault.
    pub(super) fn shows(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
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
