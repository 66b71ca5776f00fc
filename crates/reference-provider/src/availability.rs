//! `GET /availableaccounts`: lists the accounts of the customer who owns a given account.
//!
//! The list contains account data, so the request needs the Sage ID bearer as a notification does. For a customer without
//! consent the response is the same as for an unknown account.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::Inner;
use super::auth::FormFields;
use super::fault::Fault;
use super::listing::{self, AvailableAccount};
use super::sender::{authenticate_bearer, refuse};
use super::settings::Settings;

/// Handles `GET /availableaccounts?externalId=…`: a bare array of all accounts of the authorisation, or 404.
pub(super) async fn list(
    Shared(inner): Shared<Arc<Inner>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let leaks = inner.settings.shows(Fault::ListsForeignAccounts)
        || inner.settings.shows(Fault::ListsForeignAccountsCompressed);
    if !inner.settings.multi_account && !leaks {
        return refuse(
            StatusCode::NOT_FOUND,
            "this provider does not list accounts",
        );
    }
    if !inner.settings.shows(Fault::ListsAccountsWithoutBearer)
        && let Err(refusal) = authenticate_bearer(&inner, &headers).await
    {
        return refusal;
    }
    let fields = FormFields::read(uri.query().unwrap_or_default().as_bytes());
    let Some(external_id) = fields.get("externalId") else {
        return refuse(StatusCode::BAD_REQUEST, "the query has no externalId");
    };
    let listed = {
        let state = inner.state();
        let available = |customer| listing::available(&state, &inner.settings, customer);
        match state.ledger.find(external_id) {
            Some(place)
                if state.links.has_consent(place.customer)
                    && inner.settings.shows(Fault::ListsAllCustomersAccounts) =>
            {
                let all = 0..state.ledger.customers().len();
                Some(all.flat_map(available).collect())
            }
            Some(place) => state
                .links
                .has_consent(place.customer)
                .then(|| available(place.customer)),
            None => leaks.then(|| {
                let all = 0..state.ledger.customers().len();
                all.flat_map(available).collect()
            }),
        }
    };
    let listed = listed.map(|accounts| written(&inner.settings, accounts, external_id));
    match listed {
        Some(Ok(body)) => {
            (StatusCode::OK, [("content-type", "application/json")], body).into_response()
        }
        Some(Err(_)) => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the accounts cannot be listed",
        ),
        None => refuse(
            StatusCode::NOT_FOUND,
            "there is no authorised account with this external id",
        ),
    }
}

/// Writes the list as JSON, with the provider's faults.
fn written(
    settings: &Settings,
    mut accounts: Vec<AvailableAccount>,
    external_id: &str,
) -> serde_json::Result<Vec<u8>> {
    if settings.shows(Fault::ListsNamedAccountOnly) {
        accounts.retain(|account| account.is_named(external_id));
    }
    let mut document = serde_json::to_value(accounts)?;
    if settings.shows(Fault::AvailableUnderNamesOfReport) {
        let entries = document.as_array_mut().into_iter().flatten();
        for entry in entries.filter_map(Value::as_object_mut) {
            if let Some(id) = entry.remove("externalId") {
                entry.insert("bankAccountExternalId".to_owned(), id);
            }
        }
    }
    if settings.shows(Fault::AvailableAccountsInAnObject) {
        document = serde_json::json!({ "accounts": document });
    }
    serde_json::to_vec(&document)
}

#[cfg(test)]
mod tests {
    use super::super::testbed::{self, ACCOUNT, Bed};
    use super::*;

    const PATH: &str = "/availableaccounts?externalId=";

    /// Asks as the service does.
    async fn ask(bed: &Bed, external_id: &str) -> (u16, String) {
        let path = format!("{PATH}{external_id}");
        bed.get(&path, Some(&testbed::bearer())).await
    }

    async fn linked(faults: &[Fault]) -> Bed {
        let bed = Bed::new(faults).await;
        let event = testbed::created(ACCOUNT, "ext-1", "2026-01-01");
        assert_eq!(bed.notify(&event).await, 204);
        bed
    }

    #[tokio::test]
    async fn only_the_customers_own_accounts_are_listed() {
        let bed = linked(&[]).await;
        let (status, body) = ask(&bed, "ext-2").await;
        assert_eq!(status, 200);
        assert!(
            body.contains("\"ext-1\"") && body.contains("\"ext-2\"") && !body.contains("ext-9"),
            "{body}"
        );
        let bearer = testbed::bearer();
        assert_eq!(bed.get("/availableaccounts", Some(&bearer)).await.0, 400);
        assert_eq!(bed.get(&format!("{PATH}ext-2"), None).await.0, 401);
    }

    #[tokio::test]
    async fn accounts_without_an_authorisation_are_answered_like_unknown_ones() {
        let bed = linked(&[]).await;
        let unknown = ask(&bed, "ext-unknown").await;
        assert_eq!(unknown.0, 404);
        assert!(!unknown.1.contains("ext-"), "{}", unknown.1);
        assert_eq!(ask(&bed, "ext-9").await, unknown, "bob never consented");
        assert_eq!(bed.pull("revoke-consent", "").await.0, 202);
        assert_eq!(ask(&bed, "ext-1").await, unknown, "alice took it back");
        bed.notify(&testbed::announced(testbed::AUTHORISATION))
            .await;
        assert_eq!(bed.renew("allow").await, 302);
        assert_eq!(ask(&bed, "ext-1").await.0, 200);
        bed.notify(&testbed::deleted(ACCOUNT, "ext-1")).await;
        assert_eq!(ask(&bed, "ext-1").await, unknown, "nothing is linked");
    }

    #[tokio::test]
    async fn a_provider_without_the_list_has_nothing_there_and_a_fault_leaks_all_the_same() {
        let path = "/availableaccounts?externalId=";
        let bearer = testbed::bearer();
        let bed = Bed::with(&[], |settings| settings.multi_account = false).await;
        let (status, body) = bed.get(&format!("{path}ext-1"), Some(&bearer)).await;
        assert_eq!(status, 404);
        assert!(!body.contains("ext-"), "{body}");
        let leaks = [Fault::ListsForeignAccounts];
        let bed = Bed::with(&leaks, |settings| settings.multi_account = false).await;
        let (status, body) = bed.get(&format!("{path}ext-unknown"), Some(&bearer)).await;
        assert_eq!(status, 200);
        assert!(body.contains("ext-1") && body.contains("ext-9"), "{body}");
    }

    #[tokio::test]
    async fn a_fault_lists_everybody_for_an_unknown_external_id_only() {
        let bed = linked(&[Fault::ListsForeignAccounts]).await;
        let (status, body) = ask(&bed, "ext-unknown").await;
        assert_eq!(status, 200);
        assert!(body.contains("ext-1") && body.contains("ext-9"), "{body}");
        let (_, body) = ask(&bed, "ext-1").await;
        assert!(body.contains("ext-1") && !body.contains("ext-9"), "{body}");
        assert_eq!(ask(&bed, "ext-9").await.0, 404);
    }
}
