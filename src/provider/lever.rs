//! Levers: ways to make something happen at the bank that a test cannot wait for.
//!
//! They are no part of the Connector API and belong on test installations only.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::Inner;
use super::cents::Cents;
use super::ledger::Place;
use super::posting;
use super::sender::refuse;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(default)]
    accounts: Option<Vec<String>>,
}

/// Handles `POST /levers/new-transactions`: books one transaction on each named account, or on all linked ones.
///
/// Answers 202 with what was booked; statements for linked accounts follow in the background. An unknown account is
/// answered with 404, and nothing is booked.
pub(super) async fn book(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let order = match body.trim_ascii() {
        [] => Ok(Order::default()),
        text => serde_json::from_slice::<Order>(text),
    };
    let order = match order {
        Ok(order) => order,
        Err(error) => {
            return refuse(
                StatusCode::BAD_REQUEST,
                &format!("the order cannot be read: {error}"),
            );
        }
    };
    let mut booked = Vec::new();
    let mut linked = Vec::new();
    {
        let mut state = inner.state();
        let places: Result<Vec<Place>, String> = match order.accounts {
            None => Ok(state.links.places()),
            Some(names) => names
                .into_iter()
                .map(|name| state.ledger.find(&name).ok_or(name))
                .collect(),
        };
        let mut places = match places {
            Ok(places) => places,
            Err(name) => {
                return refuse(
                    StatusCode::NOT_FOUND,
                    &format!("the bank has no account {name:?}"),
                );
            }
        };
        places.sort_by_key(|place| (place.customer, place.account));
        places.dedup();
        for place in places {
            let transaction = state.ledger.book(place);
            booked.push(json!({
                "account": state.ledger.account(place).external_id,
                "id": transaction.id,
                "date": transaction.date,
                "amount": Cents(transaction.amount).spell(),
            }));
            linked.extend(state.links.ids_of(place));
        }
    }
    for id in linked {
        posting::wake(&inner, &id);
    }
    let answer = json!({ "booked": booked }).to_string();
    (
        StatusCode::ACCEPTED,
        [("content-type", "application/json")],
        answer,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::super::testbed::{self, ACCOUNT, Bed};

    const STATEMENTS: &str = "POST /v1/statements";

    async fn linked() -> Bed {
        let bed = Bed::new(&[]).await;
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
            .await;
        bed.provider.settled().await;
        assert_eq!(bed.service.count(STATEMENTS), 1);
        bed
    }

    #[tokio::test]
    async fn a_new_transaction_is_posted_alone_with_the_new_balance() {
        let bed = linked().await;
        assert_eq!(bed.lever(r#"{"accounts": ["ext-1", "ext-1"]}"#).await, 202);
        bed.provider.settled().await;
        let statements = bed.service.bodies(STATEMENTS);
        assert_eq!(statements.len(), 2);
        let data = &statements[1]["data"];
        assert_eq!(data["transactionDetails"].as_array().unwrap().len(), 1);
        let amount = data["transactionDetails"][0]["transactionAmount"]
            .as_f64()
            .unwrap();
        let balance = data["accountDetails"][0]["balances"]["ledgerBalance"]
            .as_f64()
            .unwrap();
        assert!((balance - 111.5 - amount).abs() < 0.001);
    }

    #[tokio::test]
    async fn what_is_not_linked_is_booked_but_not_posted() {
        let bed = linked().await;
        assert_eq!(bed.lever(r#"{"accounts": ["ext-2"]}"#).await, 202);
        bed.provider.settled().await;
        assert_eq!(bed.service.count(STATEMENTS), 1);
        bed.notify(&testbed::created(testbed::SIBLING, "ext-2", "2026-01-01"))
            .await;
        bed.provider.settled().await;
        assert_eq!(
            bed.service.bodies(STATEMENTS)[1]["data"]["expected"]["transactionDetailsCount"],
            1
        );
    }

    #[tokio::test]
    async fn without_names_all_linked_accounts_are_meant() {
        let bed = linked().await;
        for order in ["", " ", "{}", r#"{"accounts": null}"#] {
            assert_eq!(bed.lever(order).await, 202);
            bed.provider.settled().await;
        }
        assert_eq!(bed.service.count(STATEMENTS), 5);
    }

    #[tokio::test]
    async fn an_order_that_cannot_be_carried_out_books_nothing() {
        let bed = linked().await;
        assert_eq!(
            bed.lever(r#"{"accounts": ["ext-1", "ext-unknown"]}"#).await,
            404
        );
        assert_eq!(bed.lever(r#"{"acounts": []}"#).await, 400);
        assert_eq!(bed.lever("[").await, 400);
        bed.provider.settled().await;
        assert_eq!(bed.service.count(STATEMENTS), 1);
    }
}
