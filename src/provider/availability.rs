//! Answers which accounts belong to the customer of a linked account: `GET /availableaccounts`.
//!
//! The list holds account data, so the Service has to show its Sage ID bearer as on a notification.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::Inner;
use super::auth::Fields;
use super::fault::Fault;
use super::listing;
use super::sender::{authenticate_bearer, refuse};

/// Handles `GET /availableaccounts?externalId=…`: a bare array of all accounts of the customer, or 404.
pub(super) async fn list(
    Shared(inner): Shared<Arc<Inner>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if let Err(refusal) = authenticate_bearer(&inner, &headers).await {
        return refusal;
    }
    let fields = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let Some(external_id) = fields.get("externalId") else {
        return refuse(StatusCode::BAD_REQUEST, "the query has no externalId");
    };
    let listed = {
        let state = inner.state();
        state
            .ledger
            .find(external_id)
            .map(|place| listing::available(&state, &inner.settings, place.customer))
            .or_else(|| {
                let foreign = inner.settings.shows(Fault::ListsForeignAccounts);
                let all = 0..state.ledger.customers().len();
                foreign.then(|| {
                    all.flat_map(|customer| listing::available(&state, &inner.settings, customer))
                        .collect()
                })
            })
    };
    match listed.map(|accounts| serde_json::to_vec(&accounts)) {
        Some(Ok(body)) => {
            (StatusCode::OK, [("content-type", "application/json")], body).into_response()
        }
        Some(Err(_)) => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the accounts cannot be listed",
        ),
        None => refuse(
            StatusCode::NOT_FOUND,
            "the bank has no account with this external id",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testbed::{self, Bed};
    use super::*;

    #[tokio::test]
    async fn only_the_customers_own_accounts_are_listed() {
        let bed = Bed::new(&[]).await;
        let bearer = testbed::bearer();
        let (status, body) = bed
            .get("/availableaccounts?externalId=ext-2", Some(&bearer))
            .await;
        assert_eq!(status, 200);
        assert!(
            body.contains("\"ext-1\"") && body.contains("\"ext-2\"") && !body.contains("ext-9"),
            "{body}"
        );
        let (status, body) = bed
            .get("/availableaccounts?externalId=ext-unknown", Some(&bearer))
            .await;
        assert_eq!(status, 404);
        assert!(!body.contains("ext-"), "{body}");
        assert_eq!(bed.get("/availableaccounts", Some(&bearer)).await.0, 400);
        assert_eq!(
            bed.get("/availableaccounts?externalId=ext-2", None).await.0,
            401
        );
    }

    #[tokio::test]
    async fn a_fault_lists_everybody_for_an_unknown_external_id_only() {
        let bed = Bed::new(&[Fault::ListsForeignAccounts]).await;
        let bearer = testbed::bearer();
        let path = "/availableaccounts?externalId=";
        let (status, body) = bed.get(&format!("{path}ext-unknown"), Some(&bearer)).await;
        assert_eq!(status, 200);
        assert!(body.contains("ext-1") && body.contains("ext-9"), "{body}");
        let (_, body) = bed.get(&format!("{path}ext-1"), Some(&bearer)).await;
        assert!(body.contains("ext-1") && !body.contains("ext-9"), "{body}");
    }
}
