//! The one error of every handler: a status with a short code and a message, as JSON.
//!
//! The sources show no error body; an object of `code` and `message` is a ruling that no plan
//! judges. Pages for a browser are left to the user interface.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::reply;

/// Why a request is refused: status, code and message of the response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refusal {
    /// Status of the response, 4xx or 503.
    pub(super) status: StatusCode,
    /// Short stable word with underscores.
    pub(super) code: &'static str,
    /// What the caller must change.
    pub(super) message: String,
    /// Whole seconds to wait, for `Retry-After`; `None` leaves the header out.
    pub(super) wait: Option<u64>,
}

impl Refusal {
    /// Makes a refusal.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            wait: None,
        }
    }

    /// 400: the request cannot be understood or contradicts itself.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", message)
    }

    /// 401: the caller is unknown.
    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// 403: the caller is known, but must not do this.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// 404: the resource does not exist, or belongs to another caller.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 409: the request conflicts with what is stored.
    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    /// 429: the caller is too fast; `wait` becomes `Retry-After`, in seconds.
    pub(super) fn too_fast(wait: Option<u64>) -> Self {
        Self {
            wait,
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "more requests a second than agreed; wait before the next one",
            )
        }
    }

    /// 503: a bound of what this Service stores is reached.
    pub(super) fn full(what: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "full",
            format!("this emulator stores no more {what}; start a new one"),
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = reply::json(
            self.status,
            &json!({ "code": self.code, "message": self.message }),
        );
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110, section 15.5.2 demands a challenge.
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = self.wait {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}
