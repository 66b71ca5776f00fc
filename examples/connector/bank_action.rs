//! Bank actions: events at the bank that a test triggers. A bank's sandbox has them; production has not.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{Connector, feed, lock, reply};

/// The most bookings of one call.
const BOOKINGS_MAX: usize = 100;

/// Books transactions on `accounts` (external ids): `amounts` in cents, or `count` bookings of any amount (by default one).
pub async fn book(State(connector): State<Arc<Connector>>, body: Bytes) -> Response {
    let asked = read(&body);
    let accounts: Vec<&str> = texts(&asked["accounts"]);
    let count = asked["count"].as_u64().unwrap_or(1) as usize;
    let amounts: Vec<i64> = match asked["amounts"].as_array() {
        Some(amounts) => amounts.iter().filter_map(Value::as_i64).collect(),
        None => (0..count.min(BOOKINGS_MAX) as i64)
            .map(|number| 1_007 + number)
            .collect(),
    };
    if accounts.is_empty() || amounts.is_empty() || amounts.len() > BOOKINGS_MAX {
        return reply::text(
            StatusCode::BAD_REQUEST,
            "the body needs accounts, and amounts in cents or a count",
        );
    }
    for external_id in accounts {
        if !connector
            .bank()
            .book(external_id, &amounts, OffsetDateTime::now_utc())
        {
            return unknown(external_id);
        }
        let owner = connector
            .bank()
            .owner(external_id)
            .map(|customer| customer.username);
        if let Some(username) = owner {
            feed::wake(&connector, username);
        }
    }
    reply::empty(StatusCode::NO_CONTENT)
}

/// Withdraws the consent of `customer` (a user name).
pub async fn revoke_consent(State(connector): State<Arc<Connector>>, body: Bytes) -> Response {
    let asked = read(&body);
    let username = asked["customer"].as_str().unwrap_or_default();
    if !connector.bank().set_consent(username, false) {
        return unknown(username);
    }
    feed::wake(&connector, username);
    reply::empty(StatusCode::NO_CONTENT)
}

/// Opens another account for `customer` (a user name).
pub async fn add_account(State(connector): State<Arc<Connector>>, body: Bytes) -> Response {
    let asked = read(&body);
    let username = asked["customer"].as_str().unwrap_or_default();
    if connector.bank().add_account(username) {
        reply::empty(StatusCode::NO_CONTENT)
    } else {
        unknown(username)
    }
}

/// Registers another bank at the service, and stores its id.
pub async fn register_bank(State(connector): State<Arc<Connector>>) -> Response {
    let public = &connector.settings.public;
    let reference = format!("northbank-{}", uuid::Uuid::new_v4().simple());
    let body = json!({ "data": { "toCreate": [ {
        "name": "Northbank Direct",
        "countryCode": "GBR",
        "url": public,
        "externalRef": reference,
        "supportiframe": true,
        "callbackURLs": {
            "notification": format!("{public}/notification"),
            "auth": format!("{public}/auth"),
            "reAuth": format!("{public}/authrefresh"),
            "availableAccounts": format!("{public}/availableaccounts"),
        },
    } ] } });
    let answer = match connector
        .sage
        .call(Method::POST, "/banks", Some(&body))
        .await
    {
        Ok(answer) if answer.status < 300 => answer,
        Ok(answer) => {
            let line = format!("the service responded with {}", answer.status);
            return reply::text(StatusCode::BAD_GATEWAY, &line);
        }
        Err(cause) => return reply::text(StatusCode::BAD_GATEWAY, &cause.0),
    };
    match find_id(&answer.body, &reference) {
        Some(id) => {
            lock(&connector.banks).insert(id.to_ascii_lowercase(), reference);
            reply::empty(StatusCode::NO_CONTENT)
        }
        None => reply::text(
            StatusCode::BAD_GATEWAY,
            "the response has no id of the bank",
        ),
    }
}

/// Looks up the account with `externalId`, whose notification did not arrive, and links it.
pub async fn look_up(State(connector): State<Arc<Connector>>, body: Bytes) -> Response {
    let asked = read(&body);
    let external_id = asked["externalId"].as_str().unwrap_or_default();
    let bank = connector.settings.bank.clone();
    let query = json!({ "data": { "bankId": bank, "externalId": external_id } });
    match connector
        .sage
        .call(Method::POST, "/accountqueries", Some(&query))
        .await
    {
        Ok(answer) if answer.status == 200 => {
            let data = &answer.body["data"];
            let Some(id) = data["bankAccountId"].as_str() else {
                return reply::text(StatusCode::BAD_GATEWAY, "the response has no account");
            };
            feed::link(
                &connector,
                id,
                external_id,
                Some(&bank),
                data["requestedStartDate"].as_str(),
            );
            reply::empty(StatusCode::NO_CONTENT)
        }
        Ok(answer) => {
            let line = format!("the service responded with {}", answer.status);
            reply::text(StatusCode::BAD_GATEWAY, &line)
        }
        Err(cause) => reply::text(StatusCode::BAD_GATEWAY, &cause.0),
    }
}

/// Finds the id of the bank with a reference anywhere in a response: sources spell it `principalId` or `principalID`, and no
/// source documents its place.
fn find_id(body: &Value, reference: &str) -> Option<String> {
    match body {
        Value::Object(members) => {
            let id = members
                .get("principalId")
                .or_else(|| members.get("principalID"));
            match id.and_then(Value::as_str) {
                Some(id) if body["externalRef"] == reference => Some(id.to_owned()),
                _ => members
                    .values()
                    .find_map(|member| find_id(member, reference)),
            }
        }
        Value::Array(items) => items.iter().find_map(|item| find_id(item, reference)),
        _ => None,
    }
}

fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

fn texts(list: &Value) -> Vec<&str> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

fn unknown(name: &str) -> Response {
    reply::text(
        StatusCode::NOT_FOUND,
        &format!("the bank does not know `{name}`"),
    )
}
