//! Orders to a bank action, as they come and as they are answered: JSON, where an empty body is an empty order.
//!
//! One that cannot be carried out is answered with 400 or 404, or with 502 where the Service stands in the way. What an
//! order says is for the bank action.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::sender::refuse;

/// Why an order is not carried out, with the status of the answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub StatusCode, pub String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        refuse(self.0, &self.1)
    }
}

/// Reads an order.
///
/// # Errors
/// 400 when it is no order of this kind.
pub(super) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    let text = match body.trim_ascii() {
        [] => b"{}",
        text => text,
    };
    serde_json::from_slice(text).map_err(|error| {
        let reason = format!("the order cannot be read: {error}");
        Refusal(StatusCode::BAD_REQUEST, reason)
    })
}

/// Answers an order with what was done.
pub(super) fn done(status: StatusCode, document: &Value) -> Response {
    let headers = [("content-type", "application/json")];
    (status, headers, document.to_string()).into_response()
}
