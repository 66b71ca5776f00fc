//! What the provider asks the Service by itself: to register a bank, and which account stands for an external id.
//!
//! Both are started by bank actions, as an operator would. A bank's id is kept, because statements for accounts linked under
//! that bank have to name it. An account that is looked up is linked as if its notification had arrived.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Inner;
use super::caller::Request;
use super::date;
use super::fault::Fault;
use super::order::{Refusal, done, read};
use super::posting;
use super::sender::refuse;

/// A bank that this provider registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Registered {
    /// The Service's id of the bank.
    pub principal_id: String,
    /// Our own key of the bank.
    pub external_ref: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Registration {
    #[serde(default)]
    external_ref: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Query {
    external_id: String,
    #[serde(default)]
    bank_id: Option<String>,
}

/// Handles `POST /bank-actions/register-bank`: registers a bank with this provider's four callbacks.
///
/// The order may name `externalRef` and `name`. Answers 200 with the `principalId` and `externalRef` that are kept, at
/// once when the bank is registered already; 502 when the Service did not register it.
pub(super) async fn register_bank(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match read::<Registration>(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal.into_response(),
    };
    if let Some(kept) = kept(&inner, order.external_ref.as_deref()) {
        return tell(&kept.external_ref, Some(&kept.principal_id));
    }
    let external_ref = order
        .external_ref
        .unwrap_or_else(|| format!("reference-{}", uuid::Uuid::new_v4()));
    let base_url = &inner.settings.base_url;
    let document = json!({ "data": { "toCreate": [{
        "supportiframe": true,
        "countryCode": "GBR",
        "name": order.name.as_deref().unwrap_or("Reference Bank"),
        "url": base_url,
        "externalRef": external_ref,
        "callbackURLs": {
            "notification": format!("{base_url}/notification"),
            "availableAccounts": format!("{base_url}/availableaccounts"),
            "auth": format!("{base_url}/auth"),
            "reAuth": format!("{base_url}/authrefresh"),
        },
    }] } });
    let answer = match ask(&inner, "banks", &document).await {
        Ok(answer) => answer,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(principal_id) = find_principal(&answer, &external_ref) else {
        return failed("the Service's answer holds no id for the bank").into_response();
    };
    if inner.settings.shows(Fault::ForgetsRegisteredBank) {
        return tell(&external_ref, None);
    }
    let registered = Registered {
        principal_id: principal_id.to_owned(),
        external_ref,
    };
    inner.state().banks.push(registered.clone());
    tell(&registered.external_ref, Some(&registered.principal_id))
}

fn kept(inner: &Inner, external_ref: Option<&str>) -> Option<Registered> {
    let state = inner.state();
    let mut banks = state.banks.iter();
    banks
        .find(|bank| external_ref.is_none_or(|wanted| bank.external_ref == wanted))
        .cloned()
}

fn tell(external_ref: &str, principal_id: Option<&str>) -> Response {
    let told = json!({ "principalId": principal_id, "externalRef": external_ref });
    done(StatusCode::OK, &told)
}

/// Finds the id of the bank with our key, wherever the answer holds it; its spelling is documented in two ways.
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

/// Handles `POST /bank-actions/look-up`: asks the Service which account stands for `externalId`, and links it.
///
/// The order may name another `bankId` than ours. Answers 200 with what the Service told; 404 when the bank or the
/// Service has no such account, 502 when the Service gave no answer that can be used. A cancelled account is not linked.
pub(super) async fn look_up(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match read::<Query>(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal.into_response(),
    };
    if inner.state().ledger.find(&order.external_id).is_none() {
        let reason = "the bank has no account with this external id";
        return refuse(StatusCode::NOT_FOUND, reason);
    }
    let bank = order.bank_id.as_deref().unwrap_or(&inner.settings.bank);
    let document = json!({ "data": { "bankId": bank, "externalId": order.external_id } });
    let answer = match ask(&inner, "accountqueries", &document).await {
        Ok(answer) => answer,
        Err(refusal) => return refusal.into_response(),
    };
    let told = &answer["data"];
    let (Some(id), Some(status)) = (told["bankAccountId"].as_str(), told["status"].as_str()) else {
        return failed("the Service's answer names no account").into_response();
    };
    let lives = !status.eq_ignore_ascii_case("cancelled");
    if lives && !inner.settings.shows(Fault::IgnoresLookedUpAccount) {
        let start = told["requestedStartDate"].as_str().and_then(date::parse);
        if posting::link(&inner, id, &order.external_id, Some(bank), start.as_deref()) {
            posting::wake(&inner, id);
        }
    }
    done(StatusCode::OK, told)
}

/// Asks the Service and returns its answer.
///
/// # Errors
/// The answer to the order: 404 when the Service says that, 502 for everything else that is no success.
async fn ask(inner: &Inner, path: &str, document: &Value) -> Result<Value, Refusal> {
    let request = Request {
        method: Method::POST,
        path: path.to_owned(),
        body: Some(("application/json", document.to_string().into())),
    };
    let answer = match inner.call(&request).await {
        Ok(answer) => answer,
        Err(error) => return Err(failed(&error.to_string())),
    };
    if answer.status == StatusCode::NOT_FOUND {
        let reason = "the Service knows nothing of it".to_owned();
        return Err(Refusal(StatusCode::NOT_FOUND, reason));
    }
    if !answer.status.is_success() {
        return Err(failed(&format!("the Service answered {}", answer.status)));
    }
    serde_json::from_slice(&answer.body).map_err(|_| failed("the Service's answer is not JSON"))
}

fn failed(reason: &str) -> Refusal {
    Refusal(StatusCode::BAD_GATEWAY, reason.to_owned())
}

#[cfg(test)]
mod tests;
