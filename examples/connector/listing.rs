//! GET availableaccounts: all accounts of an account's owner, including linked ones.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use crate::bank::Account;
use crate::fault::Fault;
use crate::reply::Pairs;
use crate::{Connector, notification, reply};

/// The branch of an account without a branch.
pub const NO_BRANCH: &str = "n/a";

/// Lists the accounts as a bare array; 404 for an unknown account.
pub async fn list(
    State(connector): State<Arc<Connector>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = notification::check_bearer(&connector, &headers).await {
        return refusal;
    }
    let query = Pairs::read(query.as_deref().unwrap_or_default());
    let Some(external_id) = query.get("externalId") else {
        return reply::text(StatusCode::BAD_REQUEST, "externalId is missing");
    };
    let bank = connector.bank();
    let Some(customer) = bank.owner(external_id) else {
        return reply::text(StatusCode::NOT_FOUND, "there is no such account");
    };
    let identifier = if connector.shows(Fault::OtherBankIdentifier) {
        format!("{}-other", customer.identifier)
    } else {
        customer.identifier.to_owned()
    };
    let accounts: Vec<_> = customer
        .accounts
        .iter()
        .map(|account| available(account, &identifier))
        .collect();
    reply::json(&Value::Array(accounts))
}

fn available(account: &Account, bank_identifier: &str) -> Value {
    json!({
        "accountType": account.kind,
        "accountName": account.name,
        "externalId": account.external_id,
        "bankIdentifier": bank_identifier,
        "accountIdentifier": account.number,
        "branchIdentifier": account.branch.as_deref().unwrap_or(NO_BRANCH),
    })
}
