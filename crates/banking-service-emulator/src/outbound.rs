//! Requests of the Service to the provider: each has a time limit and a bound on the answer that is read.
//!
//! What is asked, and what an answer means, is left to `notification` and `candidate`.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Request, StatusCode};
use tower::{BoxError, ServiceExt as _};

use super::{Service, notification};

/// Why a provider gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Silence {
    /// It took too long.
    #[error("no whole answer within {0:?}")]
    TimedOut(Duration),
    /// The request could not be made of its parts.
    #[error("the request cannot be sent: {0}")]
    Unsendable(reqwest::header::InvalidHeaderValue),
    /// The exchange broke.
    #[error(transparent)]
    Broken(#[from] BoxError),
}

/// An answer; `None` in place of a body that is larger than what is read.
pub(super) type Answered = (StatusCode, Option<Vec<u8>>);

/// Sends a request with the Service's bearer and reads at most `bytes_max` of the answer's body.
///
/// # Errors
/// [`Silence`] when no answer came.
pub(super) async fn send(
    service: &Service,
    mut request: Request,
    bytes_max: usize,
) -> Result<Answered, Silence> {
    let bearer = format!("Bearer {}", notification::bearer(service));
    let bearer = HeaderValue::from_str(&bearer).map_err(Silence::Unsendable)?;
    request.headers_mut().insert(AUTHORIZATION, bearer);
    let exchange = async {
        let outbound = service.settings().outbound.clone();
        let mut answer = outbound.oneshot(request).await?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(BoxError::from)? {
            if bytes.len() + chunk.len() > bytes_max {
                return Ok((status, None));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((status, Some(bytes)))
    };
    let wait = service.settings().rulings.answer_wait;
    tokio::time::timeout(wait, exchange)
        .await
        .unwrap_or(Err(Silence::TimedOut(wait)))
}
