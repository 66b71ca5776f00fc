//! POST notification: acknowledges a notification of the service at once, and does the work afterwards.
//!
//! It accepts repeated notifications and notifications of unknown types.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use crate::bearer::Refused;
use crate::fault::Fault;
use crate::{Connector, feed, reply};

/// Receives a notification: responds with 204, or with 401, 403, 400 or 503 if it is refused.
pub async fn take(
    State(connector): State<Arc<Connector>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (name, value) = &connector.settings.header;
    let agreed = reply::header_text(&headers, name).is_some_and(|sent| same(sent, value));
    if !agreed && !connector.shows(Fault::HeaderUnchecked) {
        return reply::text(
            StatusCode::FORBIDDEN,
            "the agreed header is missing or wrong",
        );
    }
    if !connector.shows(Fault::BearerUnchecked)
        && let Some(refusal) = check_bearer(&connector, &headers).await
    {
        return refusal;
    }
    let Ok(notification) = serde_json::from_slice::<Value>(&body) else {
        return reply::text(StatusCode::BAD_REQUEST, "the body is no JSON");
    };
    let resource = &notification["resource"];
    let Some(id) = resource["id"].as_str().filter(|id| id.len() <= 200) else {
        return reply::text(StatusCode::BAD_REQUEST, "resource.id is missing");
    };
    let additional = &notification["additionalData"];
    match (notification["type"].as_str(), resource["type"].as_str()) {
        (Some("resourceCreated"), Some("authorisation")) => {
            connector.authorisations().announce(id, Instant::now());
        }
        (Some("resourceCreated"), Some("bankAccount")) => {
            let Some(external_id) = additional["externalId"].as_str() else {
                return reply::text(StatusCode::BAD_REQUEST, "externalId is missing");
            };
            feed::link(
                &connector,
                id,
                external_id,
                additional["bankId"].as_str(),
                additional["requestedStartDate"].as_str(),
            );
        }
        (Some("resourceDeleted"), Some("bankAccount")) => {
            let seen_before = !feed::unlink(&connector, id);
            if seen_before && connector.shows(Fault::RefusesSecondOffboarding) {
                return reply::text(StatusCode::CONFLICT, "that account is gone already");
            }
        }
        _ => {}
    }
    reply::empty(StatusCode::NO_CONTENT)
}

/// Checks the Sage ID token of a request of the service; `Some` is the refusal.
pub async fn check_bearer(connector: &Connector, headers: &HeaderMap) -> Option<Response> {
    let header = reply::header_text(headers, "authorization");
    match connector.bearers.check(&connector.sage, header).await {
        Ok(()) => None,
        Err(Refused::Invalid(why)) => Some(reply::text(StatusCode::UNAUTHORIZED, why)),
        Err(Refused::NoKeys(why)) => {
            eprintln!("the keys of Sage ID cannot be had: {why}");
            Some(reply::text(
                StatusCode::SERVICE_UNAVAILABLE,
                "the keys of Sage ID cannot be had",
            ))
        }
    }
}

/// Compares secrets in a time that does not depend on where they differ.
fn same(one: &str, other: &str) -> bool {
    let digest = |text: &str| ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest(one).as_ref() == digest(other).as_ref()
}
