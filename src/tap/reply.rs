//! The responses that a tap writes: those of a participant, and its own.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use crate::exchange::Incoming;
use crate::tap::headers::end_to_end;

/// Makes the response of a participant or stub; headers that concern one connection only are left out.
pub(super) fn response(incoming: Incoming) -> Response {
    let mut response = Response::new(Body::from(incoming.body));
    *response.status_mut() =
        StatusCode::from_u16(incoming.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in end_to_end(incoming.headers) {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Makes an error as the emulated service does: JSON with a short code and a message.
pub(super) fn service_error(status: StatusCode, message: &str) -> Response {
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::REQUEST_TIMEOUT => "too_slow",
        StatusCode::SERVICE_UNAVAILABLE => "full",
        _ => "malformed",
    };
    let body = serde_json::json!({ "code": code, "message": message });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Makes a response of one line of text.
pub(super) fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(format!("feedproof: {text}\n")));
    *response.status_mut() = status;
    response
}
