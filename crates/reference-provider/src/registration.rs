//! Requests that an operator triggers by a bank action: to register a bank, and to look up the account of an external id.
//!
//! The provider stores the id of a registered bank, because statements for its accounts must contain it. It links an
//! account that it looked up as if its notification had arrived.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Inner;
use super::bank_order::{OrderRefusal, done, read};
use super::caller::ApiRequest;
use super::date;
use super::fault::Fault;
use super::posting;
use super::sender::refuse;
use super::settings::Settings;
use super::variant::Variant;

/// A bank that this provider registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RegisteredBank {
    /// The service's id of the bank.
    pub principal_id: String,
    /// The provider's own key of the bank.
    pub external_ref: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct BankOrder {
    #[serde(default)]
    external_ref: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct LookUpOrder {
    external_id: String,
    #[serde(default)]
    bank_id: Option<String>,
}

/// Handles `POST /bank-actions/register-bank`: registers a bank with this provider's four callbacks.
///
/// The order may contain `externalRef` and `name`. The response is 200 with the stored `principalId` and `externalRef`,
/// without a request when the bank is registered already; 502 when the service did not register it.
pub(super) async fn register_bank(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match read::<BankOrder>(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal.into_response(),
    };
    if let Some(bank) = stored(&inner, order.external_ref.as_deref()) {
        return registered(&bank.external_ref, Some(&bank.principal_id));
    }
    let external_ref = order
        .external_ref
        .unwrap_or_else(|| format!("reference-{}", uuid::Uuid::new_v4()));
    let other_ref = format!("{external_ref}-other");
    let mut references = vec![external_ref.as_str()];
    if inner.settings.has(Variant::TwoBanksAtOnce) {
        references.insert(0, &other_ref);
    }
    let banks = references.iter();
    let banks: Vec<_> = banks
        .map(|reference| record(&inner.settings, order.name.as_deref(), reference))
        .collect();
    let document = json!({ "data": { "toCreate": banks } });
    let answer = match query(&inner, "banks", &document).await {
        Ok(answer) => answer,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(principal_id) = find_principal(&answer, &external_ref) else {
        return failed("the service's response has no id for the bank").into_response();
    };
    if inner.settings.shows(Fault::ForgetsRegisteredBank) {
        return registered(&external_ref, None);
    }
    let created = references.iter().filter_map(|reference| {
        Some(RegisteredBank {
            principal_id: find_principal(&answer, reference)?.to_owned(),
            external_ref: (*reference).to_owned(),
        })
    });
    inner.state().banks.extend(created);
    registered(&external_ref, Some(principal_id))
}

/// Makes the record of a bank with this provider's four callbacks.
fn record(settings: &Settings, name: Option<&str>, external_ref: &str) -> Value {
    let base_url = &settings.base_url;
    json!({
        "supportiframe": true,
        "countryCode": "GBR",
        "name": name.unwrap_or("Reference Bank"),
        "url": base_url,
        "externalRef": external_ref,
        "callbackURLs": {
            "notification": format!("{base_url}/notification"),
            "availableAccounts": format!("{base_url}/availableaccounts"),
            "auth": format!("{base_url}/auth"),
            "reAuth": format!("{base_url}/authrefresh"),
        },
    })
}

fn stored(inner: &Inner, external_ref: Option<&str>) -> Option<RegisteredBank> {
    let state = inner.state();
    let mut banks = state.banks.iter();
    banks
        .find(|bank| external_ref.is_none_or(|wanted| bank.external_ref == wanted))
        .cloned()
}

fn registered(external_ref: &str, principal_id: Option<&str>) -> Response {
    let told = json!({ "principalId": principal_id, "externalRef": external_ref });
    done(StatusCode::OK, &told)
}

/// Finds the id of the bank with the provider's key anywhere in a response; two spellings are documented.
fn find_principal<'a>(answer: &'a Value, external_ref: &str) -> Option<&'a str> {
    match answer {
        Value::Array(items) => items
            .iter()
            .find_map(|item| find_principal(item, external_ref)),
        Value::Object(members) => {
            let own = members
                .get("externalRef")
                .is_none_or(|told| told == external_ref);
            let id = members
                .iter()
                .find(|(name, _)| own && name.eq_ignore_ascii_case("principalId"))
                .and_then(|(_, id)| id.as_str())
                .filter(|id| !id.is_empty());
            id.or_else(|| {
                members
                    .values()
                    .find_map(|value| find_principal(value, external_ref))
            })
        }
        _ => None,
    }
}

/// Handles `POST /bank-actions/look-up`: queries the service for the account with `externalId`, and links it.
///
/// The order may contain another `bankId`. The response is 200 with the data of the service's response; 404 when the bank
/// or the service has no such account; 502 when the service's response is not usable. A cancelled account is not linked.
pub(super) async fn look_up(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match read::<LookUpOrder>(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal.into_response(),
    };
    if inner.state().ledger.find(&order.external_id).is_none() {
        let reason = "the bank has no account with this external id";
        return refuse(StatusCode::NOT_FOUND, reason);
    }
    let bank = order.bank_id.as_deref().unwrap_or(&inner.settings.bank);
    let document = json!({ "data": { "bankId": bank, "externalId": order.external_id } });
    let answer = match query(&inner, "accountqueries", &document).await {
        Ok(answer) => answer,
        Err(refusal) => return refusal.into_response(),
    };
    let told = &answer["data"];
    let (Some(id), Some(status)) = (told["bankAccountId"].as_str(), told["status"].as_str()) else {
        return failed("the service's response has no account").into_response();
    };
    let lives = !status.eq_ignore_ascii_case("cancelled");
    if lives && !inner.settings.shows(Fault::IgnoresLookedUpAccount) {
        let start = told["requestedStartDate"].as_str().and_then(date::parse);
        let start = start.filter(|_| !inner.settings.shows(Fault::LookUpIgnoresStartDate));
        if posting::link(&inner, id, &order.external_id, Some(bank), start.as_deref()) {
            posting::wake(&inner, id);
        }
    }
    done(StatusCode::OK, told)
}

/// Sends a query to the service and returns its response.
///
/// # Errors
/// The response to the order: 404 when the service responds with 404, 502 for any other error.
async fn query(inner: &Inner, path: &str, document: &Value) -> Result<Value, OrderRefusal> {
    let content_type = if inner.settings.shows(Fault::QueriesAsText) {
        "text/plain"
    } else {
        "application/json"
    };
    let request = ApiRequest {
        method: Method::POST,
        path: path.to_owned(),
        body: Some((content_type, document.to_string().into())),
        without_key: false,
    };
    let answer = match inner.call(&request).await {
        Ok(answer) => answer,
        Err(error) => return Err(failed(&error.to_string())),
    };
    if answer.status == StatusCode::NOT_FOUND {
        let reason = "the service has no such resource".to_owned();
        return Err(OrderRefusal(StatusCode::NOT_FOUND, reason));
    }
    if !answer.status.is_success() {
        return Err(failed(&format!(
            "the service responded with {}",
            answer.status
        )));
    }
    serde_json::from_slice(&answer.body).map_err(|_| failed("the service's response is not JSON"))
}

fn failed(reason: &str) -> OrderRefusal {
    OrderRefusal(StatusCode::BAD_GATEWAY, reason.to_owned())
}

#[cfg(test)]
mod tests;
