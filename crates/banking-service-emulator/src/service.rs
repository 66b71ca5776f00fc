//! One emulated Banking Service: its routes, and the operations of the library on it.
//!
//! Listening on a port is left to `serving`, answering a request to `dispatch`.

use std::fmt;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;

use super::context::Context;
use super::{
    KeyRotation, NotificationBearer, ProductCompany, ReceivedRequest, Settings, dispatch,
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
    context: Context,
}

impl fmt::Debug for Service {
    /// Shows the settings alone: the state holds tokens and signing keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("settings", self.context.settings())
            .finish_non_exhaustive()
    }
}

impl Service {
    /// Makes a Service; costs microseconds and starts nothing.
    pub fn new(settings: Settings) -> Self {
        Self {
            context: Context::new(settings),
        }
    }

    /// Returns the routes, relative to the base URL; they may be nested below any prefix that is stripped.
    pub fn router(&self) -> Router {
        let context = self.context.clone();
        Router::new().fallback(move |request: Request| {
            let context = context.clone();
            async move { dispatch::answer(&context, request).await }
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
        tenant::create_company(&self.context)
    }

    /// Returns the last 1,000 requests that the Service answered, oldest first.
    pub fn received(&self) -> Vec<ReceivedRequest> {
        self.context.received().to_vec()
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
        self.context.state().age(by);
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
            NotificationBearer::Valid => notification_bearer::current(&self.context),
            wrong => notification_bearer::sign(&self.context, wrong),
        }
    }

    /// Prepares a change of the key with which Sage ID signs; it begins with its first bearer.
    ///
    /// Everything that the service itself sends is signed with the usual key, which stays published.
    ///
    /// ```
    /// use banking_service_emulator::{RotatedBearer, Service, Settings};
    ///
    /// let service = Service::new(Settings::default());
    /// let bearer = service.rotate_keys().bearer(RotatedBearer::New);
    /// assert_eq!(bearer.split('.').count(), 3);
    /// ```
    pub fn rotate_keys(&self) -> KeyRotation {
        KeyRotation::of(&self.context)
    }

    /// Cancels notifications and other work in the background, and waits for its end.
    ///
    /// [`RunningService::shutdown`](super::RunningService::shutdown) does this, too.
    ///
    /// The router keeps answering; the Service does not call the provider any more, and a statement that is
    /// processed takes effect at once.
    pub async fn close(&self) {
        self.context.close().await;
    }

    /// Returns the base URL without a trailing slash.
    pub(super) fn base_url(&self) -> &str {
        self.context.base_url()
    }

    #[cfg(test)]
    pub(super) fn context(&self) -> &Context {
        &self.context
    }
}
