//! Reads the orders of bank actions and makes their responses: JSON, where an empty body is an empty order.
//!
//! The response to an order with an error is 400 or 404, or 502 when the service caused the error. The bank action
//! interprets the content of an order.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::sender::refuse;

/// Why an order is refused, with the status of the response.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OrderRefusal(pub StatusCode, pub String);

impl IntoResponse for OrderRefusal {
    fn into_response(self) -> Response {
        refuse(self.0, &self.1)
    }
}

/// Reads an order.
///
/// # Errors
/// 400 when it is no order of this type.
pub(super) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, OrderRefusal> {
    let text = match body.trim_ascii() {
        [] => b"{}",
        text => text,
    };
    serde_json::from_slice(text).map_err(|error| {
        let reason = format!("the order cannot be read: {error}");
        OrderRefusal(StatusCode::BAD_REQUEST, reason)
    })
}

/// Makes the response to an order that was carried out.
pub(super) fn done(status: StatusCode, document: &Value) -> Response {
    let headers = [("content-type", "application/json")];
    (status, headers, document.to_string()).into_response()
}
