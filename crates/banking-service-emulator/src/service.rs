//! One emulated Banking Service: its routes, and what a test may do to it from outside.
//!
//! Listening on a port is left to `serving`, answering a request to `dispatch`.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::received::{ReceivedRequest, ReceivedRequests};
use super::state::State;
use super::{
    Fault, NotificationBearer, ProductCompany, RunningService, Settings, dispatch,
    notification_bearer, tenant,
};

/// One Banking Service with its Sage ID; clones are the same Service, two made apart share nothing.
///
/// [`Service::serve`] listens on a port; [`Service::router`] is for a server or a test of your own:
///
/// ```
/// use axum::body::Body;
/// use axum::http::Request;
/// use banking_service_emulator::{Service, Settings};
/// use tower::ServiceExt as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = Service::new(Settings {
///     base_url: "http://service.test".to_owned(),
///     ..Settings::default()
/// });
/// let request = Request::get("/sageid/.well-known/jwks.json").body(Body::empty())?;
/// let response = service.router().oneshot(request).await?;
/// assert_eq!(response.status(), 200);
/// assert_eq!(service.received()[0].path, "/sageid/.well-known/jwks.json");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

impl fmt::Debug for Service {
    /// Shows the settings alone: the state holds tokens and signing keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}

struct Inner {
    settings: Settings,
    base_url: String,
    state: Mutex<State>,
    received: Mutex<ReceivedRequests>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl Service {
    /// Makes a Service; costs microseconds and starts nothing.
    pub fn new(settings: Settings) -> Self {
        Self {
            inner: Arc::new(Inner {
                base_url: settings.base_url.trim_end_matches('/').to_owned(),
                state: Mutex::new(State::new(&settings)),
                received: Mutex::default(),
                settings,
                tasks: TaskTracker::new(),
                closing: CancellationToken::new(),
            }),
        }
    }

    /// Makes a Service and serves it on a bound listener until [`RunningService::shutdown`].
    ///
    /// An empty [`Settings::base_url`], as by default, becomes `http://` and the listener's address.
    ///
    /// # Errors
    /// The listener's, if its address cannot be read.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn serve(listener: TcpListener, settings: Settings) -> io::Result<RunningService> {
        RunningService::start(listener, settings)
    }

    /// Returns the routes, relative to the base URL; they may be nested below any prefix that is stripped.
    pub fn router(&self) -> Router {
        let service = self.clone();
        Router::new().fallback(move |request: Request| {
            let service = service.clone();
            async move { dispatch::answer(&service, request).await }
        })
    }

    /// Makes a product's organisation with one company and a token, as POST organisations and GET accesstoken do.
    ///
    /// It saves a test the signatures of these two calls.
    ///
    /// ```
    /// use banking_service_emulator::{Service, Settings};
    ///
    /// let service = Service::new(Settings::default());
    /// let company = service.create_company();
    /// assert!(company.url("bankaccounts").ends_with("/bankaccounts"));
    /// ```
    pub fn create_company(&self) -> ProductCompany {
        tenant::create_company(self)
    }

    /// Returns the last 1,000 requests that the Service answered, oldest first.
    pub fn received(&self) -> Vec<ReceivedRequest> {
        self.lock_received().to_vec()
    }

    /// Ages existing authorisations and tokens: they look `by` older.
    ///
    /// What is made afterwards is not affected, and nothing is ever dated in the future.
    ///
    /// ```
    /// use std::time::Duration;
    /// use banking_service_emulator::{Service, Settings};
    ///
    /// let service = Service::new(Settings::default());
    /// service.age(Duration::from_secs(21 * 60)); // open authorisations expire after 20 minutes
    /// ```
    pub fn age(&self, by: Duration) {
        self.state().age(by);
    }

    /// Makes a bearer as notifications carry it, or a wrong one, for a test that plays the service.
    ///
    /// ```
    /// use banking_service_emulator::{NotificationBearer, Service, Settings};
    ///
    /// let service = Service::new(Settings::default());
    /// let expired = service.mint(NotificationBearer::Expired);
    /// assert_eq!(expired.split('.').count(), 3);
    /// ```
    pub fn mint(&self, bearer: NotificationBearer) -> String {
        match bearer {
            NotificationBearer::Valid => notification_bearer::current(self),
            wrong => notification_bearer::sign(self, wrong),
        }
    }

    /// Cancels notifications and other work in the background, and waits for its end.
    ///
    /// The router keeps answering; the Service does not call the provider any more, and a statement that is
    /// processed takes effect at once.
    pub async fn close(&self) {
        self.inner.closing.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The base URL without a trailing slash.
    pub(super) fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    /// Says whether the Service has this fault.
    pub(super) fn shows(&self, fault: Fault) -> bool {
        self.inner.settings.faults.contains(&fault)
    }

    /// Locks the state. The guard must not live across an await; a panic elsewhere does not lock it out.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn remember(&self, request: ReceivedRequest) {
        self.lock_received().push(request);
    }

    fn lock_received(&self) -> MutexGuard<'_, ReceivedRequests> {
        self.inner
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.inner.tasks.spawn(work);
    }

    #[cfg(test)]
    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.inner.tasks
    }

    /// Waits until the Service closes.
    pub(super) async fn closing(&self) {
        self.inner.closing.cancelled().await;
    }

    pub(super) fn is_closing(&self) -> bool {
        self.inner.closing.is_cancelled()
    }
}
