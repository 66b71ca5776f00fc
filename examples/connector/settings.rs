//! Settings of the connector: flags of its command line, credentials in environment variables.
//!
//! Every credential has a throw-away default that matches `fixtures/environments/example-connector.yaml`.

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
    /// Address to listen on; port 0 is any free port
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Base URL of the Banking Service: /sageid and /v1 are below it
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    pub service: String,
    /// Issuer of Sage ID's tokens, if it is not /sageid below --service: calls that pass a recorder have its address
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// URL at which others reach this connector, if not the address that it listens on
    #[arg(long)]
    pub public: Option<String>,
    /// Id of the bank at the service
    #[arg(long, default_value = "10aaeee6-0000-4000-8000-0000000000e1")]
    pub bank: String,
    /// Requests per second to the Provider API, as agreed
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub requests_per_second: u32,
    /// Maximum number of transactions in a statement, as agreed (small, so that a test needs few)
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub batch_limit: u32,
    /// Pause before a further attempt, in milliseconds; it doubles with every attempt
    #[arg(long, default_value_t = 1200)]
    pub retry_pause_ms: u64,
    /// Lifetime of an announced authorisation, in milliseconds
    #[arg(long, default_value_t = 1_200_000)]
    pub authorisation_lifetime_ms: u64,
    /// Pages that may show the connector's pages in a frame (CSP frame-ancestors)
    #[arg(long, default_value = "https: http://127.0.0.1:* http://localhost:*")]
    pub frame_ancestors: String,
    /// Write a ledger of each customer's initial bookings into this folder: CUSTOMER.csv
    #[arg(long, value_name = "DIR")]
    pub ledgers: Option<PathBuf>,
    /// Build the forms of the pages by scripts, so that the customer needs a browser that runs them
    #[arg(long)]
    pub scripted: bool,
    /// Add a fault (repeatable)
    #[arg(long, value_enum)]
    pub fault: Vec<Fault>,
}

/// The settings of a running connector.
pub struct Settings {
    /// Base URL of Sage ID.
    pub sage_id: String,
    /// The issuer of its tokens.
    pub issuer: String,
    /// Base URL of the Provider API.
    pub provider_api: String,
    /// The URL at which others reach this connector.
    pub public: String,
    /// Id of the bank at the service.
    pub bank: String,
    /// Key of the Provider API.
    pub api_key: String,
    /// Client at Sage ID.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Audience of the Provider API.
    pub audience: String,
    /// Audience of the tokens of incoming requests.
    pub notification_audience: String,
    /// Name and value of the agreed header of notifications.
    pub header: (String, String),
    /// The shortest time between two requests to the Provider API.
    pub interval: Duration,
    /// The most transactions of a statement.
    pub batch_limit: usize,
    /// The pause before the second attempt.
    pub retry_pause: Duration,
    /// The lifetime of an announced authorisation.
    pub authorisation_lifetime: Duration,
    /// Value of the CSP `frame-ancestors`.
    pub frame_ancestors: String,
    /// Whether scripts build the forms of its pages.
    pub scripted: bool,
    /// Its faults.
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
    /// Combines flags and environment variables; `own` is the URL of the address that the connector listens on.
    ///
    /// # Errors
    /// A sentence when the service's address is not a URL.
    pub fn new(arguments: Arguments, own: String) -> Result<Self, String> {
        let service = arguments.service.trim_end_matches('/');
        match url::Url::parse(service) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {}
            _ => return Err(format!("--service `{service}` is no http or https URL")),
        }
        let public = arguments.public.unwrap_or(own);
        Ok(Self {
            issuer: match arguments.issuer {
                Some(issuer) => issuer,
                None => format!("{service}/sageid"),
            },
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
            // A margin for the latency of the network.
            interval: if arguments.fault.contains(&Fault::Hurries) {
                Duration::ZERO
            } else {
                Duration::from_millis(1050) / arguments.requests_per_second
            },
            batch_limit: arguments.batch_limit as usize,
            retry_pause: Duration::from_millis(arguments.retry_pause_ms),
            authorisation_lifetime: Duration::from_millis(arguments.authorisation_lifetime_ms),
            frame_ancestors: arguments.frame_ancestors,
            scripted: arguments.scripted,
            faults: arguments.fault,
        })
    }
}

fn variable(name: &str, otherwise: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| otherwise.to_owned())
}
