//! The reference provider: a correct third-party bank-feed connector, offered as an HTTP router.
//!
//! It is written as a careful provider would write it, knowing the Banking Service over HTTP and by configuration
//! alone; it imports nothing else of this crate. It keeps everything in memory and listens on nothing itself: the
//! caller serves the router, and ends the background work with [`Provider::close`]. Sage's requirements decide what
//! is correct; [`Fault`]s make it wrong, one deviation each.
//!
//! Reading order: `settings`, `ledger` (the bank's data), `state`, `notification` (what the Service tells),
//! `auth` with `authorisation`, `page`, `redirect` and `report` (the customer), `listing` (accounts as told to the Service),
//! `link`, `posting` and `delivery` with `statement` and `reply` (statements), `registration` (banks and lost
//! notifications), `caller` with `token` and `rate` (outgoing requests), `sender` with `bearer` (who may call), `bank action`
//! with `order`.

mod auth;
mod authorisation;
mod availability;
mod bank_action;
mod bearer;
mod caller;
mod cents;
mod clock;
mod date;
mod delivery;
mod fault;
mod ledger;
mod link;
mod listing;
mod notification;
mod order;
mod page;
mod posting;
mod rate;
mod redirect;
mod registration;
mod reply;
mod report;
mod sender;
mod settings;
mod state;
mod statement;
#[cfg(test)]
mod testbed;
mod token;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use clock::Clock;
use delivery::Pace;
pub use fault::Fault;
pub use ledger::{Account, Customer, Transaction};
use rate::Rate;
pub use settings::{Outbound, Settings};
use state::State;

/// The largest request body that is read, in bytes; larger ones are answered with 413.
const BODY_MAX: usize = 1024 * 1024;

/// A running provider; clones share everything, two providers share nothing.
#[derive(Clone, Debug)]
pub struct Provider {
    inner: Arc<Inner>,
}

/// What handlers and background tasks share.
#[derive(Debug)]
struct Inner {
    settings: Settings,
    pace: Pace,
    clock: Clock,
    rate: Rate,
    state: Mutex<State>,
    /// Held while a token is being fetched, so that concurrent requests share one.
    fetching_token: tokio::sync::Mutex<()>,
    /// Held while the key set is being fetched.
    fetching_keys: tokio::sync::Mutex<()>,
    tracker: TaskTracker,
    closing: CancellationToken,
}

impl Inner {
    /// Locks the state. A panic elsewhere does not lock the provider up: every change is complete in itself.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider {
    /// Creates a provider that knows no authorisation and no linked account yet; sends nothing by itself.
    pub fn new(settings: Settings) -> Self {
        let pace = Pace {
            deadline: settings.patience,
            ..Pace::default()
        };
        Provider::with_pace(settings, pace)
    }

    fn with_pace(mut settings: Settings, pace: Pace) -> Self {
        // The bank's data changes, so it lives in the state alone.
        let keep_pending = settings.shows(Fault::SendsPendingTransactions);
        let state = State::new(std::mem::take(&mut settings.customers), keep_pending);
        let inner = Inner {
            rate: Rate::new(settings.requests_per_second),
            settings,
            pace,
            clock: Clock::new(),
            state: Mutex::new(state),
            fetching_token: tokio::sync::Mutex::default(),
            fetching_keys: tokio::sync::Mutex::default(),
            tracker: TaskTracker::new(),
            closing: CancellationToken::new(),
        };
        Provider {
            inner: Arc::new(inner),
        }
    }

    /// Returns the router; its paths lie directly below [`Settings::base_url`].
    ///
    /// Served are the four callbacks `POST /notification`, `GET /auth`, `GET /authrefresh` and
    /// `GET /availableaccounts`, the forms `POST /auth/login` and `POST /auth/consent`, the bank actions `new-transactions`,
    /// `add-account`, `revoke-consent`, `register-bank` and `look-up` below `POST /bank-actions/`, and `GET /health`. It must
    /// be served inside a tokio runtime.
    pub fn router(&self) -> Router {
        let router = Router::new()
            .route("/notification", post(notification::receive))
            .route("/auth", get(auth::open))
            .route("/authrefresh", get(auth::reopen))
            .route("/auth/login", post(auth::log_in))
            .route("/auth/consent", post(auth::decide))
            .route("/availableaccounts", get(availability::list))
            .route("/bank-actions/new-transactions", post(bank_action::book))
            .route("/bank-actions/add-account", post(bank_action::add_account))
            .route(
                "/bank-actions/revoke-consent",
                post(bank_action::revoke_consent),
            )
            .route(
                "/bank-actions/register-bank",
                post(registration::register_bank),
            )
            .route("/bank-actions/look-up", post(registration::look_up))
            .route("/health", get(async || "ok"))
            .layer(DefaultBodyLimit::max(BODY_MAX))
            .with_state(Arc::clone(&self.inner));
        if self.inner.settings.shows(Fault::ForbidsFraming) {
            return router.layer(axum::middleware::map_response(page::forbid_framing));
        }
        router
    }

    /// Makes everything remembered so far older: announced authorisations and the cached access token.
    ///
    /// The times in tokens of others are judged by wall time and are not affected.
    pub fn age(&self, by: Duration) {
        self.inner.clock.age(by);
    }

    /// Cancels all background work and waits for its end; requests still come and are answered, but start none.
    pub async fn close(&self) {
        self.inner.closing.cancel();
        self.inner.tracker.close();
        self.inner.tracker.wait().await;
    }

    /// Waits until all background work has come to its own end.
    #[cfg(test)]
    async fn settled(&self) {
        self.inner.tracker.close();
        self.inner.tracker.wait().await;
        self.inner.tracker.reopen();
    }
}
