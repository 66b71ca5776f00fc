//! Bank actions: events at the bank that a test triggers because it cannot wait for them.
//!
//! They are no part of the Connector API and belong on test installations only. An order with an error changes nothing.
//! The requests to the service that follow are sent in the background. `bank_order` reads orders and makes responses;
//! `registration` handles the bank actions that send a request to the service.

use std::sync::Arc;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Inner;
use super::bank_order::{OrderRefusal, done, read};
use super::cents::Cents;
use super::fault::Fault;
use super::ledger::{AccountPosition, Transaction};
use super::listing;
use super::posting;
use super::registration;
use super::sender::refuse;
use super::state::State;

/// The bank actions: each name with the handler of `POST /bank-actions/NAME`.
fn handlers() -> [(&'static str, MethodRouter<Arc<Inner>>); 5] {
    [
        ("new-transactions", post(book)),
        ("add-account", post(add_account)),
        ("revoke-consent", post(revoke_consent)),
        ("register-bank", post(registration::register_bank)),
        ("look-up", post(registration::look_up)),
    ]
}

/// Returns the routes of all bank actions.
pub(super) fn router() -> Router<Arc<Inner>> {
    handlers()
        .into_iter()
        .fold(Router::new(), |router, (name, handler)| {
            router.route(&format!("/bank-actions/{name}"), handler)
        })
}

/// The most transactions that one order books on an account.
const COUNT_MAX: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BookingOrder {
    #[serde(default)]
    accounts: Option<Vec<String>>,
    #[serde(default)]
    count: Option<usize>,
    #[serde(default)]
    amounts: Option<Vec<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountOrder {
    customer: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevocationOrder {
    #[serde(default)]
    customer: Option<String>,
    #[serde(default)]
    accounts: Option<Vec<String>>,
}

/// Handles `POST /bank-actions/new-transactions`: books on each named account, or on all linked ones.
///
/// `count` is the number of transactions per account; by default the length of `amounts`, or 1. `amounts` are in cents
/// and repeat when there are fewer than `count`. The response is 202 with the booked transactions.
async fn book(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match read::<BookingOrder>(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal.into_response(),
    };
    let amounts = match order.amounts.as_deref() {
        Some([]) => return refuse(StatusCode::BAD_REQUEST, "the list of amounts is empty"),
        amounts => amounts.unwrap_or_default(),
    };
    let count = order.count.unwrap_or(amounts.len().max(1));
    if !(1..=COUNT_MAX).contains(&count) {
        let reason = format!("an order books 1 to {COUNT_MAX} transactions on an account");
        return refuse(StatusCode::BAD_REQUEST, &reason);
    }
    let mut booked = Vec::new();
    let mut linked = Vec::new();
    {
        let mut state = inner.state();
        let mut places = match order.accounts {
            None => state.links.places(),
            Some(names) => match find(&state, &names) {
                Ok(places) => places,
                Err(refusal) => return refusal.into_response(),
            },
        };
        places.sort_by_key(|place| (place.customer, place.account));
        places.dedup();
        for place in places {
            for number in 0..count {
                let amount = amounts.get(number % amounts.len().max(1)).copied();
                let transaction = state.ledger.book(place, amount);
                let mut entry = describe(&transaction);
                entry["account"] = json!(state.ledger.account(place).external_id);
                booked.push(entry);
            }
            linked.extend(state.links.ids_of(place));
        }
    }
    for id in linked {
        posting::wake(&inner, &id);
    }
    done(StatusCode::ACCEPTED, &json!({ "booked": booked }))
}

/// Handles `POST /bank-actions/add-account`: the named customer opens a new account, on which one transaction is booked.
///
/// The response is 202 with the account as in `availableaccounts`, and its transactions.
async fn add_account(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match read::<AccountOrder>(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal.into_response(),
    };
    let mut state = inner.state();
    let Some(customer) = state.ledger.customer(&order.customer) else {
        return unknown_customer(&order.customer).into_response();
    };
    let place = state.ledger.open(customer);
    let mut opened = json!(listing::available_account(&state, &inner.settings, place));
    let transactions = &state.ledger.account(place).transactions;
    opened["transactions"] = transactions.iter().map(|booked| describe(booked)).collect();
    done(StatusCode::ACCEPTED, &opened)
}

/// Handles `POST /bank-actions/revoke-consent`: the bank withdraws the consent of the named customer, of the owners of the
/// named accounts, or of all customers with linked accounts.
///
/// The response is 202 with the external ids of the customers' linked accounts.
async fn revoke_consent(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match read::<RevocationOrder>(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal.into_response(),
    };
    let mut revoked = Vec::new();
    let mut linked = Vec::new();
    {
        let mut state = inner.state();
        let state = &mut *state;
        let mut customers = match owners(state, order) {
            Ok(customers) => customers,
            Err(refusal) => return refusal.into_response(),
        };
        customers.sort_unstable();
        customers.dedup();
        for customer in customers {
            linked.extend(state.links.lose_consent(customer));
            for place in state.links.places() {
                if place.customer == customer {
                    revoked.push(state.ledger.account(place).external_id.clone());
                    if inner.settings.shows(Fault::LostConsentWithTransactions) {
                        // The fault needs a transaction to send.
                        state.ledger.book(place, None);
                    }
                }
            }
        }
    }
    if inner.settings.shows(Fault::DemandsForFirstAccountOnly) {
        let state = inner.state();
        linked.sort_by_key(|id| state.links.account(id));
        linked.truncate(1);
    }
    for id in linked {
        posting::wake(&inner, &id);
    }
    done(StatusCode::ACCEPTED, &json!({ "revoked": revoked }))
}

/// Returns the customers of an order.
fn owners(state: &State, order: RevocationOrder) -> Result<Vec<usize>, OrderRefusal> {
    let places = match (order.customer, order.accounts) {
        (Some(_), Some(_)) => {
            let reason = "the order names a customer and accounts".to_owned();
            return Err(OrderRefusal(StatusCode::BAD_REQUEST, reason));
        }
        (Some(name), None) => {
            let customer = state.ledger.customer(&name);
            return customer
                .map(|customer| vec![customer])
                .ok_or_else(|| unknown_customer(&name));
        }
        (None, Some(names)) => find(state, &names)?,
        (None, None) => state.links.places(),
    };
    Ok(places.into_iter().map(|place| place.customer).collect())
}

fn find(state: &State, names: &[String]) -> Result<Vec<AccountPosition>, OrderRefusal> {
    let find = |name: &String| {
        state.ledger.find(name).ok_or_else(|| {
            let reason = format!("the bank has no account with the external id {name:?}");
            OrderRefusal(StatusCode::NOT_FOUND, reason)
        })
    };
    names.iter().map(find).collect()
}

fn unknown_customer(name: &str) -> OrderRefusal {
    let reason = format!("the bank has no customer with the user name {name:?}");
    OrderRefusal(StatusCode::NOT_FOUND, reason)
}

fn describe(transaction: &Transaction) -> Value {
    json!({
        "id": transaction.id,
        "date": transaction.date,
        "amount": Cents(transaction.amount).spell(),
    })
}

#[cfg(test)]
mod tests;
