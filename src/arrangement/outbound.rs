//! How embedded parts reach others: over the network, or within this process.
//!
//! Either way a message passes the tap before whoever is meant, if there is one.

use std::sync::{Arc, Weak};

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, HOST};
use axum::http::{HeaderValue, Request, Response};
use tokio_util::task::AbortOnDropHandle;
use tower::{BoxError, ServiceExt as _};

use crate::service::Outbound;
use crate::tap::Tap;

/// Sends over the network.
pub(super) fn over_network(http: reqwest::Client) -> Outbound {
    Outbound::new(http.map_err(|error: reqwest::Error| error.without_url().into()))
}

/// Hands everything to the tap of an enclosed run, whose URLs begin with `origin`.
pub(super) fn within(tap: &Arc<Tap>, origin: &str) -> Outbound {
    // The tap knows the mounts, the mounts the embedded parts, and these know this.
    let tap = Arc::downgrade(tap);
    let origin: Arc<str> = origin.into();
    Outbound::new(tower::service_fn(move |request| {
        carry(tap.clone(), origin.clone(), request)
    }))
}

async fn carry(
    tap: Weak<Tap>,
    origin: Arc<str>,
    request: reqwest::Request,
) -> Result<reqwest::Response, BoxError> {
    let tap = tap.upgrade().ok_or("the run is over")?;
    let request = as_sent(request)?;
    // A task of its own, like a connection; it ends when whoever asks leaves.
    let taking = tokio::spawn(async move { tap.take(&origin, request).await });
    let answer = AbortOnDropHandle::new(taking)
        .await?
        .ok_or("the connection was closed without an answer")?;
    let (parts, body) = answer.into_parts();
    // It is in memory already, and was bounded when it got there.
    let body = axum::body::to_bytes(body, usize::MAX).await?;
    Ok(Response::from_parts(parts, body).into())
}

/// Adds to a request what an HTTP client adds when it sends it.
fn as_sent(request: reqwest::Request) -> Result<Request<Body>, BoxError> {
    let length = request.body().and_then(|body| Some(body.as_bytes()?.len()));
    let request: Request<reqwest::Body> = request.try_into()?;
    let mut request = request.map(Body::new);
    if let Some(authority) = request.uri().authority() {
        let host = HeaderValue::from_str(authority.as_str())?;
        request.headers_mut().insert(HOST, host);
    }
    if let Some(length) = length {
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    request
        .headers_mut()
        .entry(ACCEPT)
        .or_insert(HeaderValue::from_static("*/*"));
    Ok(request)
}
