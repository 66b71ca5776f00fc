//! Requests of the service to the provider: each with the service's bearer, a time limit and a bound on the body it reads.
//!
//! Which requests there are, and what a response means, is left to `notification` and `candidate`.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, InvalidHeaderValue,
};
use axum::http::{HeaderMap, Request, StatusCode};
use futures_util::StreamExt as _;
use http_message::{Bounds, Content, SentBody};
use serde_json::Value;
use tower::{BoxError, ServiceExt as _};

use super::call::DOCUMENT_BYTES_MAX;
use super::context::Context;
use super::notification_bearer;

/// The content coding that the service asks for: none. Without the header every coding would do (RFC 9110, 12.5.3).
const PLAIN: &str = "identity";

/// Why a request to the provider has no response.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoResponse {
    /// The response took too long.
    #[error("no whole response within {0:?}")]
    TimedOut(Duration),
    /// The request could not be made of its parts.
    #[error("the request cannot be sent: {0}")]
    Unsendable(InvalidHeaderValue),
    /// The exchange broke.
    #[error(transparent)]
    Broken(#[from] BoxError),
}

/// A provider's response.
pub(super) struct ProviderResponse {
    /// Its status.
    pub(super) status: StatusCode,
    /// Its headers.
    headers: HeaderMap,
    /// Its body; `None` if it is larger than the caller reads.
    body: Option<Vec<u8>>,
}

impl ProviderResponse {
    /// Returns the JSON of its body; `None` if there is none, or if recipients could differ in what it says.
    pub(super) fn json(&self, bytes_max: usize) -> Option<Value> {
        let text = |name| {
            let values = self.headers.get_all(name).iter();
            let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
            values.collect::<Vec<_>>().join(",")
        };
        let sent = SentBody {
            content_type: &text(CONTENT_TYPE),
            content_encoding: &text(CONTENT_ENCODING),
            accept_encoding: Some(PLAIN),
            bytes: self.body.as_ref()?,
        };
        let bounds = Bounds {
            decoded: bytes_max,
            document: DOCUMENT_BYTES_MAX,
            beginning: 0,
        };
        match sent.read(bounds).content {
            Content::Json { value, first: None } => Some(value),
            _ => None,
        }
    }
}

/// Sends a request with the service's bearer and reads at most `bytes_max` of the response's body.
///
/// # Errors
/// [`NoResponse`] when no whole response arrived.
pub(super) async fn send(
    context: &Context,
    mut request: Request<Body>,
    bytes_max: usize,
) -> Result<ProviderResponse, NoResponse> {
    let bearer = format!("Bearer {}", notification_bearer::current(context));
    let bearer = HeaderValue::from_str(&bearer).map_err(NoResponse::Unsendable)?;
    request.headers_mut().insert(AUTHORIZATION, bearer);
    let plain = HeaderValue::from_static(PLAIN);
    request.headers_mut().insert(ACCEPT_ENCODING, plain);
    let exchange = async {
        let outbound = context.settings().outbound.clone();
        let response = outbound.oneshot(request).await?;
        let status = response.status();
        let headers = response.headers().clone();
        let mut bytes = Vec::new();
        let mut chunks = response.into_body().into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(BoxError::from)?;
            if bytes.len() + chunk.len() > bytes_max {
                return Ok(ProviderResponse {
                    status,
                    headers,
                    body: None,
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(ProviderResponse {
            status,
            headers,
            body: Some(bytes),
        })
    };
    let wait = context.settings().rulings.answer_wait;
    tokio::time::timeout(wait, exchange)
        .await
        .unwrap_or(Err(NoResponse::TimedOut(wait)))
}
