//! What the connector is told: flags on its command line, credentials in environment variables.
//!
//! Every credential has a throw-away value that fits `fixtures/environments/example-connector.yaml`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::fault::Fault;

/// An example of a bank-feed connector.
///
/// Credentials come from CONNECTOR_API_KEY, CONNECTOR_CLIENT_ID, CONNECTOR_CLIENT_SECRET, CONNECTOR_AUDIENCE,
/// CONNECTOR_NOTIFICATION_AUDIENCE, CONNECTOR_HEADER_NAME and CONNECTOR_HEADER_VALUE.
#[derive(Debug, Parser)]
#[command(name = "connector")]
pub struct Arguments {
    /// Where to listen; port 0 is any free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Base URL of the Banking Service: /sageid and /v1 are below it
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    pub service: String,
    /// Address under which others reach this connector, if not by where it listens
    #[arg(long)]
    pub public: Option<String>,
    /// Id of our bank at the service
    #[arg(long, default_value = "10aaeee6-0000-4000-8000-0000000000e1")]
    pub bank: String,
    /// Calls of the Provider API in a second, as agreed
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub requests_per_second: u32,
    /// The most transactions of a statement, as agreed (a small number, so that a test needs few)
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub batch_limit: u32,
    /// Pause before something is tried again, in milliseconds; it doubles from one attempt to the next
    #[arg(long, default_value_t = 1200)]
    pub retry_pause_ms: u64,
    /// Pages that may show ours in a frame (CSP frame-ancestors)
    #[arg(long, default_value = "https: http://127.0.0.1:* http://localhost:*")]
    pub frame_ancestors: String,
    /// Write what the bank holds of each customer when it opens into this folder, a ledger each: CUSTOMER.csv
    #[arg(long, value_name = "DIR")]
    pub ledgers: Option<PathBuf>,
    /// Be wrong in one way (may be repeated)
    #[arg(long, value_enum)]
    pub fault: Vec<Fault>,
}

/// The settings of a running connector. Shows no secret.
pub struct Settings {
    /// Base URL of Sage ID, which is also the issuer of its tokens.
    pub sage_id: String,
    /// Base URL of the Provider API.
    pub provider_api: String,
    /// How others reach this connector.
    pub public: String,
    /// Id of our bank at the service.
    pub bank: String,
    /// Key of the Provider API.
    pub api_key: String,
    /// Client at Sage ID.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Audience of the Provider API.
    pub audience: String,
    /// Audience of the tokens on what comes in.
    pub notification_audience: String,
    /// Name and value of the header that we agreed on for notifications.
    pub header: (String, String),
    /// Time between two calls of the Provider API, at the least.
    pub interval: Duration,
    /// The most transactions of a statement.
    pub batch_limit: usize,
    /// First pause before something is tried again.
    pub retry_pause: Duration,
    /// Value of the CSP that says who may frame our pages.
    pub frame_ancestors: String,
    /// The ways in which it is wrong.
    pub faults: Vec<Fault>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Settings")
            .field("provider_api", &self.provider_api)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Puts flags and environment variables together; `own` is the URL of where we listen.
    ///
    /// # Errors
    /// A sentence when the service's address is none.
    pub fn new(arguments: Arguments, own: String) -> Result<Self, String> {
        let service = arguments.service.trim_end_matches('/');
        match url::Url::parse(service) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {}
            _ => return Err(format!("--service `{service}` is no http or https URL")),
        }
        let public = arguments.public.unwrap_or(own);
        Ok(Self {
            sage_id: format!("{service}/sageid"),
            provider_api: format!("{service}/v1"),
            public: public.trim_end_matches('/').to_owned(),
            bank: arguments.bank.to_ascii_lowercase(),
            api_key: variable("CONNECTOR_API_KEY", "throw-away-example-api-key"),
            client_id: variable("CONNECTOR_CLIENT_ID", "example-connector"),
            client_secret: variable(
                "CONNECTOR_CLIENT_SECRET",
                "throw-away-example-client-secret",
            ),
            audience: variable("CONNECTOR_AUDIENCE", "example/provider-api"),
            notification_audience: variable(
                "CONNECTOR_NOTIFICATION_AUDIENCE",
                "example/connector-api",
            ),
            header: (
                variable("CONNECTOR_HEADER_NAME", "X-Northbank-Key"),
                variable("CONNECTOR_HEADER_VALUE", "throw-away-example-header-value"),
            ),
            // A little more than owed, for messages that catch up with each other on their way.
            interval: match arguments.fault.contains(&Fault::Hurries) {
                true => Duration::ZERO,
                false => Duration::from_millis(1050) / arguments.requests_per_second,
            },
            batch_limit: arguments.batch_limit as usize,
            retry_pause: Duration::from_millis(arguments.retry_pause_ms),
            frame_ancestors: arguments.frame_ancestors,
            faults: arguments.fault,
        })
    }
}

fn variable(name: &str, otherwise: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| otherwise.to_owned())
}
