//! The reference provider: a correct third-party bank-feed connector, as an HTTP router.
//!
//! It knows the Banking Service only by its HTTP API and by [`Settings`]. It keeps everything in memory and does not
//! listen itself: the caller serves [`Provider::router`], and ends the background work with [`Provider::close`]. Sage's
//! requirements define correct behaviour; each [`Fault`] is one deviation from it.
//!
//! Reading order: `settings`, `ledger` (the bank's data), `state`, `notification` (notifications of the service), `auth`
//! with `authorisation`, `page`, `redirect` and `report` (login and consent of a customer), `listing` (accounts in
//! requests and responses), `link`, `posting` and `delivery` with `statement` and `reply` (statements), `registration`
//! (registering banks, looking up accounts), `caller` with `token` and `rate` (outgoing requests), `sender` with `bearer`
//! (credentials of incoming requests), `bank_action` with `bank_order`, `spelling` with `variant` and `earlier_runs` (honest
//! ways to behave differently).

mod auth;
mod authorisation;
mod availability;
mod bank_action;
mod bank_order;
mod bearer;
mod caller;
mod cents;
mod clock;
mod date;
mod delivery;
mod earlier_runs;
mod fault;
mod ledger;
mod link;
mod listing;
mod notification;
mod page;
mod posting;
mod rate;
mod reconnection;
mod redirect;
mod registration;
mod reply;
mod report;
mod sender;
mod settings;
mod spelling;
mod state;
mod statement;
#[cfg(test)]
mod testbed;
mod token;
mod variant;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use clock::Clock;
use delivery::RetryPolicy;
pub use fault::Fault;
pub use ledger::{Account, Customer, Transaction};
use rate::RateLimit;
pub use settings::{Outbound, Settings};
use state::State;
pub use variant::Variant;

/// The largest request body, in bytes; the provider responds to a larger one with 413.
const BODY_MAX: usize = 1024 * 1024;

/// The first pause of a provider that tries again early.
const EARLY_PAUSE: Duration = Duration::from_millis(200);
/// The requests per second of a provider that sends fewer than agreed.
const LOW_RATE: u32 = 2;
/// How long a provider waits for a response that loses its patience early.
const SHORT_PATIENCE: Duration = Duration::from_millis(700);

/// A provider with its state; clones share the state, two providers share nothing.
///
/// ```
/// use reference_provider::{Provider, Settings};
///
/// fn router(settings: Settings) -> axum::Router {
///     Provider::new(settings).router()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Provider {
    inner: Arc<Inner>,
}

/// The state that handlers and background tasks share.
#[derive(Debug)]
struct Inner {
    settings: Settings,
    pace: RetryPolicy,
    clock: Clock,
    rate: RateLimit,
    state: Mutex<State>,
    /// Held while a token is being fetched, so that concurrent requests share it.
    fetching_token: tokio::sync::Mutex<()>,
    /// Held while the key set is being fetched.
    fetching_keys: tokio::sync::Mutex<()>,
    tracker: TaskTracker,
    closing: CancellationToken,
}

impl Inner {
    /// Locks the state. It stays usable after a panic: every change is complete in itself.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider {
    /// Creates a provider without authorisations and linked accounts; it sends no request until it receives one.
    pub fn new(settings: Settings) -> Self {
        let pace = RetryPolicy {
            deadline: if settings.has(Variant::Impatient) {
                settings.patience.min(SHORT_PATIENCE)
            } else {
                settings.patience
            },
            ..RetryPolicy::default()
        };
        Provider::with_pace(settings, pace)
    }

    fn with_pace(mut settings: Settings, mut pace: RetryPolicy) -> Self {
        if settings.has(Variant::EarlyBackOff) {
            pace.pause_first = EARLY_PAUSE;
            pace.throttled_min = EARLY_PAUSE;
        }
        let rate = match settings.requests_per_second {
            agreed if settings.has(Variant::BelowTheAgreedRate) => agreed.min(LOW_RATE),
            agreed => agreed,
        };
        // The bank's data changes, so only the state contains it.
        let keep_pending = settings.shows(Fault::SendsPendingTransactions)
            || settings.shows(Fault::PendingInCapitals);
        let mut state = State::new(std::mem::take(&mut settings.customers), keep_pending);
        earlier_runs::leave(&mut state, &settings);
        let inner = Inner {
            rate: RateLimit::new(rate),
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

    /// Returns the router; its paths are directly below [`Settings::base_url`].
    ///
    /// It serves the four callbacks `POST /notification`, `GET /auth`, `GET /authrefresh` and `GET /availableaccounts`,
    /// the forms `POST /auth/login` and `POST /auth/consent`, the bank actions `new-transactions`, `add-account`,
    /// `revoke-consent`, `register-bank` and `look-up` below `POST /bank-actions/`, and `GET /health`. The caller must
    /// serve it inside a tokio runtime.
    pub fn router(&self) -> Router {
        let router = Router::new()
            .route("/notification", post(notification::receive))
            .route("/auth", get(auth::open))
            .route("/authrefresh", get(auth::reopen))
            .route("/auth/start", get(auth::start))
            .route("/auth/login", post(auth::log_in))
            .route("/auth/consent", get(auth::consent).post(auth::decide))
            .route("/auth/end", post(auth::end))
            .route("/availableaccounts", get(availability::list))
            .merge(bank_action::router())
            .route("/health", get(async || "ok"))
            .layer(DefaultBodyLimit::max(BODY_MAX))
            .with_state(Arc::clone(&self.inner));
        let inner = Arc::clone(&self.inner);
        let spelled = move |request: axum::extract::Request, next: axum::middleware::Next| {
            let inner = Arc::clone(&inner);
            async move {
                let path = request.uri().path().to_owned();
                let response = next.run(request).await;
                let response = page::spoiled(&inner.settings, &path, response).await;
                inner.settings.spelled_response(&path, response).await
            }
        };
        let router = router.layer(axum::middleware::from_fn(spelled));
        if self.inner.settings.shows(Fault::AllowsFramingBySameOrigin) {
            let allow = page::allow_framing_by_same_origin;
            return router.layer(axum::middleware::map_response(allow));
        }
        if self.inner.settings.shows(Fault::FramesForOwnHostOnly) {
            let allow = page::allow_framing_by_own_host;
            return router.layer(axum::middleware::map_response(allow));
        }
        if self.inner.settings.shows(Fault::LeadsOnInNewWindow) {
            return router.layer(axum::middleware::map_response(page::lead_on_in_new_window));
        }
        if self.inner.settings.shows(Fault::ForbidsFraming) {
            return router.layer(axum::middleware::map_response(page::forbid_framing));
        }
        if self
            .inner
            .settings
            .shows(Fault::ForbidsFramingInSecondHeader)
        {
            let forbid = page::forbid_framing_in_second_header;
            return router.layer(axum::middleware::map_response(forbid));
        }
        router
    }

    /// Makes announced authorisations and the cached access token older by a duration.
    ///
    /// The times in bearers of Sage ID are compared with wall time, which does not change.
    pub fn age(&self, by: Duration) {
        self.inner.clock.age(by);
    }

    /// Cancels all background work and waits for its end; later requests get responses, but start no background work.
    pub async fn close(&self) {
        self.inner.closing.cancel();
        self.inner.tracker.close();
        self.inner.tracker.wait().await;
    }

    /// Waits until all background work has finished.
    #[cfg(test)]
    async fn settled(&self) {
        self.inner.tracker.close();
        self.inner.tracker.wait().await;
        self.inner.tracker.reopen();
    }
}
