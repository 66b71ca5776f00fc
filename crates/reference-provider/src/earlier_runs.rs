//! The remains of earlier runs: bookings and accounts at the bank, and links that the service no longer knows.
//!
//! A provider's sandbox keeps them, while every run has a service of its own. Variants begin with them.

use super::ledger::{AccountPosition, Ledger};
use super::settings::Settings;
use super::state::State;
use super::variant::Variant;

/// The amounts in cents that earlier runs booked on each account: round ones and odd ones, equal ones, and one that
/// overdraws the account.
const BOOKED: [i64; 10] = [
    1_007,
    1_007,
    4_711,
    123_456,
    -123_456,
    -999_999_999,
    999_999_999,
    1_311,
    -1_722,
    2_933,
];

/// Leaves behind what the provider's variants begin with.
pub(super) fn leave(state: &mut State, settings: &Settings) {
    if settings.has(Variant::DataOfEarlierRuns) {
        leave_data(&mut state.ledger);
    }
    if settings.has(Variant::LinksOfEarlierRuns) {
        leave_links(state, settings);
    }
}

/// Books on every account, and opens another one for each customer with several.
fn leave_data(ledger: &mut Ledger) {
    for place in places(ledger) {
        for amount in BOOKED {
            ledger.book(place, Some(amount));
        }
    }
    for customer in 0..ledger.customers().len() {
        if ledger.customers()[customer].accounts.len() > 1 {
            ledger.open(customer);
        }
    }
}

/// Links every account under an id that no service knows; everything booked so far was posted under it.
fn leave_links(state: &mut State, settings: &Settings) {
    for place in places(&state.ledger) {
        let account = state.ledger.account(place);
        let (id, external_id) = (uuid::Uuid::new_v4().to_string(), &account.external_id);
        let booked = account.transactions.len();
        let bank = &settings.bank;
        state.links.link(&id, external_id, bank, place, booked);
        state.links.settle_first(&id);
    }
}

/// Returns the position of every account.
fn places(ledger: &Ledger) -> Vec<AccountPosition> {
    let customers = ledger.customers().iter().enumerate();
    let of_customer = customers.flat_map(|(customer, entry)| {
        (0..entry.accounts.len()).map(move |account| AccountPosition { customer, account })
    });
    of_customer.collect()
}

#[cfg(test)]
mod tests {
    use super::super::testbed::{self, ACCOUNT, Bed};
    use super::*;

    #[test]
    fn bookings_of_earlier_runs_follow_those_of_the_account() {
        let customers = testbed::customers();
        let mut state = State::new(customers, false);
        let place = state.ledger.find("ext-1").expect("it is there");
        leave_data(&mut state.ledger);
        let account = state.ledger.account(place);
        assert_eq!(account.transactions.len(), 3 + BOOKED.len());
        assert!(account.transactions[2].date <= account.transactions[3].date);
        assert_eq!(state.ledger.customers()[0].accounts.len(), 3);
        assert_eq!(state.ledger.customers()[1].accounts.len(), 1);
    }

    #[tokio::test]
    async fn a_booking_is_posted_under_the_link_of_an_earlier_run_too() {
        let variants = vec![Variant::LinksOfEarlierRuns];
        let bed = Bed::with(&[], |settings| settings.variants = variants).await;
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-05"))
            .await;
        bed.provider.settled().await;
        assert_eq!(bed.service.count("POST /v1/statements"), 1);
        bed.service
            .script("POST /v1/statements", [testbed::answer(404, "{}")]);
        assert_eq!(bed.bank_action(r#"{"accounts":["ext-1"]}"#).await, 202);
        bed.provider.settled().await;
        let statements = bed.service.bodies("POST /v1/statements");
        let of_account = |id: &str| {
            let posted = statements.iter();
            posted
                .filter(|statement| statement["data"]["principalId"] == id)
                .count()
        };
        assert_eq!(statements.len(), 3, "one more for each link");
        assert!((1..=2).contains(&of_account(ACCOUNT)));
    }
}
