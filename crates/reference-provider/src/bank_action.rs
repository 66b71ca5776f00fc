//! Bank actions: ways to make something happen at the bank that a test cannot wait for.
//!
//! They are no part of the Connector API and belong on test installations only. An order that cannot be carried out
//! changes nothing. What follows at the Service happens in the background. How orders are read and answered is left to
//! `order`; the bank actions that make the provider ask the Service are `registration`'s.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Inner;
use super::cents::Cents;
use super::fault::Fault;
use super::ledger::{Place, Transaction};
use super::listing;
use super::order::{Refusal, done, read};
use super::posting;
use super::sender::refuse;
use super::state::State;

/// The most transactions one order may book on an account.
const COUNT_MAX: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Booking {
    #[serde(default)]
    accounts: Option<Vec<String>>,
    #[serde(default)]
    count: Option<usize>,
    #[serde(default)]
    amounts: Option<Vec<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    customer: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revocation {
    #[serde(default)]
    customer: Option<String>,
    #[serde(default)]
    accounts: Option<Vec<String>>,
}

/// Handles `POST /bank-actions/new-transactions`: books on each named account, or on all linked ones.
///
/// `count` says how many transactions an account gets, 1 unless said otherwise; `amounts` gives them in cents, in turn,
/// and is as long as the count when that is absent. Answers 202 with what was booked.
pub(super) async fn book(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match read::<Booking>(&body) {
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
                let mut entry = tell(&transaction);
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
/// Answers 202 with the account as `availableaccounts` tells it, and its transactions.
pub(super) async fn add_account(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match read::<Opening>(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal.into_response(),
    };
    let mut state = inner.state();
    let Some(customer) = state.ledger.customer(&order.customer) else {
        return unknown_customer(&order.customer).into_response();
    };
    let place = state.ledger.open(customer);
    let mut opened = json!(listing::one_available(&state, &inner.settings, place));
    let transactions = &state.ledger.account(place).transactions;
    opened["transactions"] = transactions.iter().map(tell).collect();
    done(StatusCode::ACCEPTED, &opened)
}

/// Handles `POST /bank-actions/revoke-consent`: the bank withdraws the consent of the named customer, of the owners of the
/// named accounts, or of everybody who has linked accounts.
///
/// Answers 202 with the external ids of the linked accounts to which that matters.
pub(super) async fn revoke_consent(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match read::<Revocation>(&body) {
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
                        // There has to be something to send with the statement.
                        state.ledger.book(place, None);
                    }
                }
            }
        }
    }
    for id in linked {
        posting::wake(&inner, &id);
    }
    done(StatusCode::ACCEPTED, &json!({ "revoked": revoked }))
}

/// Returns the customers whose consent an order is about.
fn owners(state: &State, order: Revocation) -> Result<Vec<usize>, Refusal> {
    let places = match (order.customer, order.accounts) {
        (Some(_), Some(_)) => {
            let reason = "the order names a customer and accounts".to_owned();
            return Err(Refusal(StatusCode::BAD_REQUEST, reason));
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

fn find(state: &State, names: &[String]) -> Result<Vec<Place>, Refusal> {
    let find = |name: &String| {
        state.ledger.find(name).ok_or_else(|| {
            let reason = format!("the bank has no account with the external id {name:?}");
            Refusal(StatusCode::NOT_FOUND, reason)
        })
    };
    names.iter().map(find).collect()
}

fn unknown_customer(name: &str) -> Refusal {
    let reason = format!("the bank has no customer with the user name {name:?}");
    Refusal(StatusCode::NOT_FOUND, reason)
}

fn tell(transaction: &Transaction) -> Value {
    json!({
        "id": transaction.id,
        "date": transaction.date,
        "amount": Cents(transaction.amount).spell(),
    })
}

#[cfg(test)]
mod tests;
