//! The body of a statement: bookings and the balance after them, or only that the customer must consent again.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::Connector;
use crate::bank::{Booking, Due};
use crate::fault::Fault;
use crate::feed::Link;

/// Makes a statement with bookings and the balance after them.
pub fn statement(connector: &Connector, link: &Link, due: &Due) -> Value {
    let sum = |sign: i64| -> i64 {
        due.bookings
            .iter()
            .map(|booking| booking.cents)
            .filter(|cents| cents.signum() == sign)
            .sum()
    };
    let debits = if connector.shows(Fault::PositiveDebits) {
        -sum(-1)
    } else {
        sum(-1)
    };
    let balance = if connector.shows(Fault::StaleBalance) {
        due.before
    } else {
        due.after
    };
    let now = moment(OffsetDateTime::now_utc());
    let transactions: Vec<_> = due
        .bookings
        .iter()
        .map(|booking| transaction(link, booking))
        .collect();
    json!({ "data": {
        "principalId": link.id,
        "bankId": link.bank,
        "expected": {
            "transactionDetailsCount": transactions.len(),
            "accountDetailsCount": 1,
            "transactionCreditSum": money(sum(1)),
            "transactionDebitSum": money(debits),
        },
        "accountDetails": [ {
            "bankAccountId": link.id,
            "status": "active",
            "balances": {
                "ledgerBalance": money(balance),
                "ledgerBalanceDate": now,
                "availableBalance": money(balance),
                "availableBalanceDate": now,
            },
        } ],
        "transactionDetails": transactions,
    } })
}

fn transaction(link: &Link, booking: &Booking) -> Value {
    json!({
        "uniqueId": booking.id,
        "bankAccountId": link.id,
        "transactionAmount": money(booking.cents),
        "transactionType": if booking.cents < 0 { "DEBIT" } else { "CREDIT" },
        "transactionStatus": "posted",
        "datePosted": moment(booking.at),
        "dateUserInitiated": moment(booking.at),
        "description": booking.text,
    })
}

/// Makes a statement that reports only that the customer must consent again.
pub fn loss(link: &Link) -> Value {
    json!({ "data": {
        "principalId": link.id,
        "bankId": link.bank,
        "expected": {
            "transactionDetailsCount": 0,
            "accountDetailsCount": 1,
            "transactionCreditSum": 0,
            "transactionDebitSum": 0,
        },
        "accountDetails": [ { "bankAccountId": link.id, "status": "authRequired" } ],
        "transactionDetails": [],
    } })
}

/// Gives the transactions other ids than in the previous attempt.
pub fn rename(statement: &mut Value, attempt: u32) {
    let transactions = statement["data"]["transactionDetails"].as_array_mut();
    for one in transactions.into_iter().flatten() {
        let id = one["uniqueId"].as_str().unwrap_or_default();
        one["uniqueId"] = format!("{id}-{attempt}").into();
    }
}

/// Returns cents as an amount; the nearest binary number has the same decimal digits.
fn money(cents: i64) -> Value {
    Value::from(cents as f64 / 100.0)
}

/// Returns a time in the format of RFC 3339.
pub fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
