//! An example of a bank-feed connector that feedproof tests, small enough to be read and copied.
//!
//! It shares no code with feedproof. It knows only the base URL of the Banking Service, keeps a small bank in
//! memory, and does what a connector must do: it checks notifications, asks the customer for consent and
//! reports it, lists accounts, and posts statements.
//!
//! In one terminal
//!
//! ```console
//! $ cargo run --example connector
//! ```
//!
//! and in another
//!
//! ```console
//! $ cargo run -- run --environment fixtures/environments/example-connector.yaml
//! ```
//!
//! You can start the connector first: it fetches tokens and keys when it needs them. With `--fault NAME` it
//! has one fault, and the run shows which requirement it breaks (`--help` lists the faults).
//!
//! | module | purpose |
//! |---|---|
//! | `settings` | flags, and credentials from environment variables |
//! | `fault` | its faults, one deviation each |
//! | `bank`, `opening` | the bank: customers, accounts and bookings, and its initial data; pure |
//! | `authorisation` | announced authorisations and the customers' visits; pure |
//! | `bearer` | checks the Sage ID tokens of incoming requests |
//! | `sage` | requests to Sage ID and the Provider API: token, rate, back-off |
//! | `notification` | POST notification |
//! | `page` | GET auth and authrefresh: login, consent, report, redirect |
//! | `listing` | GET availableaccounts |
//! | `feed` | statements, one account at a time |
//! | `statement` | the body of a statement |
//! | `bank_action` | bank actions for tests: bookings, a revoked consent, a new account |
//! | `reply` | reads requests and makes responses |
//!
//! What it lacks for production: it keeps nothing when it ends, and it speaks plain HTTP (a proxy would add
//! TLS). A connector in production has no bank actions.

mod authorisation;
mod bank;
mod bank_action;
mod bearer;
mod fault;
mod feed;
mod listing;
mod notification;
mod opening;
mod page;
mod reply;
mod sage;
mod settings;
mod statement;

use std::collections::HashMap;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post};
use clap::Parser as _;

use authorisation::Authorisations;
use bank::Bank;
use bearer::Bearers;
use fault::Fault;
use feed::Link;
use sage::Sage;
use settings::{Arguments, Settings};

/// The state of the connector.
pub struct Connector {
    settings: Settings,
    sage: Sage,
    bearers: Bearers,
    bank: Mutex<Bank>,
    authorisations: Mutex<Authorisations>,
    /// Linked accounts, by the service's id. One that was offboarded stays, so that a late notification does not revive it.
    links: Mutex<HashMap<String, Arc<Link>>>,
    /// Ids under which the service knows our banks, with our own reference for each.
    banks: Mutex<HashMap<String, String>>,
}

impl Connector {
    fn shows(&self, fault: Fault) -> bool {
        self.settings.faults.contains(&fault)
    }

    fn bank(&self) -> MutexGuard<'_, Bank> {
        lock(&self.bank)
    }

    fn authorisations(&self) -> MutexGuard<'_, Authorisations> {
        lock(&self.authorisations)
    }

    fn links(&self) -> MutexGuard<'_, HashMap<String, Arc<Link>>> {
        lock(&self.links)
    }

    fn knows_bank(&self, id: &str) -> bool {
        lock(&self.banks).contains_key(id)
    }
}

/// Locks; what is behind our locks is changed in one go, so a panic elsewhere leaves it sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn router(connector: Arc<Connector>) -> Router {
    Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/notification", post(notification::take))
        .route("/auth", get(page::open_auth))
        .route("/authrefresh", get(page::open_refresh))
        .route("/login", post(page::log_in))
        .route("/consent", post(page::decide))
        .route("/availableaccounts", get(listing::list))
        .route("/test/book", post(bank_action::book))
        .route("/test/revoke-consent", post(bank_action::revoke_consent))
        .route("/test/add-account", post(bank_action::add_account))
        .route("/test/register-bank", post(bank_action::register_bank))
        .route("/test/look-up", post(bank_action::look_up))
        .layer(axum::extract::DefaultBodyLimit::max(64 * 1024))
        .with_state(connector)
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), String> {
    let listener = tokio::net::TcpListener::bind(arguments.listen)
        .await
        .map_err(|cause| format!("cannot listen on {}: {cause}", arguments.listen))?;
    let address = listener
        .local_addr()
        .map_err(|cause| format!("the listener has no address: {cause}"))?;
    let limit = arguments.batch_limit as usize;
    let bank = Bank::new(time::OffsetDateTime::now_utc(), limit);
    if let Some(folder) = &arguments.ledgers {
        for (name, ledger) in bank.ledgers() {
            let path = folder.join(format!("{name}.csv"));
            std::fs::write(&path, ledger)
                .map_err(|cause| format!("cannot write {}: {cause}", path.display()))?;
        }
    }
    let settings = Settings::new(arguments, format!("http://{address}"))?;
    let connector = Arc::new(Connector {
        sage: Sage::new(&settings)?,
        bearers: Bearers::new(&settings),
        bank: Mutex::new(bank),
        authorisations: Mutex::new(Authorisations::new(settings.authorisation_lifetime)),
        links: Mutex::default(),
        banks: Mutex::new(HashMap::from([(
            settings.bank.clone(),
            "northbank".to_owned(),
        )])),
        settings,
    });
    // The parent process may wait for this line; it need not be read.
    let _ = writeln!(std::io::stdout(), "listening on http://{address}");
    axum::serve(listener, router(connector))
        .await
        .map_err(|cause| format!("serving ended: {cause}"))
}
