//! The HTTP client with which the service calls the provider: its type, and one for plain HTTP.
//!
//! The messages that are sent with it are left to `outbound`.

use axum::body::Body;
use axum::http::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceExt as _};

/// An HTTP client: sends a request with an absolute URL to somebody else and returns the response.
///
/// It must not follow redirects. It needs no time limit of its own: the service limits each request by the setting
/// `answer_wait`. Any tower service of these types serves, for example one that calls a router within the process:
///
/// ```
/// use axum::{Router, body::Body, http::Request};
/// use banking_service_emulator::Outbound;
/// use tower::{BoxError, ServiceExt as _};
///
/// let provider: Router = Router::new();
/// let outbound = Outbound::new(tower::service_fn(move |request: Request<Body>| {
///     let provider = provider.clone();
///     async move { Ok::<_, BoxError>(provider.oneshot(request).await?) }
/// }));
/// ```
pub type Outbound = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// Makes an HTTP client for addresses of the scheme `http`; it follows no redirects and cannot speak TLS.
///
/// This is the client of [`Settings::default`](super::Settings::default): enough for a provider on the same machine.
///
/// ```
/// let outbound = banking_service_emulator::plain_http();
/// ```
pub fn plain_http() -> Outbound {
    // A connection for each request: a provider may close an idle one at any moment.
    let client = Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build_http::<Body>();
    Outbound::new(
        client
            .map_response(|response: Response<_>| response.map(Body::new))
            .map_err(Into::into),
    )
}
