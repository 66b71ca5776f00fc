//! Posts the transactions of linked accounts: one worker per account, started when there may be something to send.
//!
//! `link` decides the content of the next batch, `delivery` delivers it.

use std::sync::Arc;
use std::time::Duration;

use super::Inner;
use super::delivery::{self, Delivery};
use super::fault::Fault;
use super::link::LinkControl;
use super::reconnection;
use super::variant::Variant;

/// The time that a slow provider takes before it posts.
const SLOW_START: Duration = Duration::from_secs(2);

/// Links an account of the bank under the service's id; returns false if the bank has no such account.
///
/// `bank` is the service's id of the bank; an unknown id is not used. Posting starts with the transactions on or after
/// `start`, and only after [`wake`].
pub(super) fn link(
    inner: &Inner,
    id: &str,
    external_id: &str,
    bank: Option<&str>,
    start: Option<&str>,
) -> bool {
    let mut state = inner.state();
    let state = &mut *state;
    let Some(place) = state.ledger.find(external_id) else {
        return false;
    };
    let related = state.links.of_customer(place.customer);
    if !related.is_empty() && inner.settings.shows(Fault::IgnoresCandidateNotification) {
        return true;
    }
    let start = start.filter(|_| !inner.settings.shows(Fault::IgnoresStartDate));
    let days = if inner.settings.shows(Fault::ExcludesStartDay) {
        1
    } else if inner.settings.shows(Fault::StartsADayEarly) {
        -1
    } else {
        0
    };
    let start = state.ledger.moved_position(place, start, days);
    let former = state.links.former(place);
    let start = reconnection::start(former, start, &inner.settings);
    let registered = state
        .banks
        .iter()
        .find(|registered| Some(registered.principal_id.as_str()) == bank);
    let bank = registered.map_or(&inner.settings.bank, |registered| &registered.principal_id);
    state.links.link(id, external_id, bank, place, start);
    true
}

/// Reports that authorisation is required for an account that was just linked, which only a fault does.
pub(super) async fn demand_authorisation(inner: &Inner, id: &str) {
    let batch = inner.state().links.demand(id);
    if let Some(batch) = batch {
        delivery::send_once(inner, &batch).await;
    }
}

/// Resumes posting for all accounts of a customer who renewed the consent.
pub(super) fn resume(inner: &Arc<Inner>, customer: usize) {
    let ids = {
        let mut state = inner.state();
        let state = &mut *state;
        state
            .links
            .restore_consent(customer, &state.ledger, &inner.settings)
    };
    for id in ids {
        let demand = inner.state().links.demand(&id);
        if let Some(batch) = demand
            && inner.settings.shows(Fault::DemandsAgainAfterRenewal)
        {
            let late = Arc::clone(inner);
            inner.tracker.spawn(async move {
                delivery::send_once(&late, &batch).await;
            });
        }
        wake(inner, &id);
    }
}

/// Starts the worker of a linked account in the background, unless it is running.
pub(super) fn wake(inner: &Arc<Inner>, id: &str) {
    if inner.closing.is_cancelled() {
        return;
    }
    let Some(control) = inner.state().links.claim(id) else {
        return;
    };
    let (inner, id) = (Arc::clone(inner), id.to_owned());
    inner.tracker.clone().spawn(async move {
        let work = feed(&inner, &id, &control);
        let _ = inner.closing.run_until_cancelled(work).await;
    });
}

/// Delivers batches one after another, each after the success of the previous one, until nothing is left.
async fn feed(inner: &Inner, id: &str, control: &LinkControl) {
    if inner.settings.has(Variant::SlowStart) {
        let pause = tokio::time::sleep(SLOW_START);
        if control.stop.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
    loop {
        let batch = {
            let mut state = inner.state();
            let state = &mut *state;
            state.links.next_batch(id, &state.ledger, &inner.settings)
        };
        let Some(batch) = batch else { return };
        match delivery::deliver(inner, id, &batch, control).await {
            Delivery::Delivered => {
                let mut state = inner.state();
                state.links.settle(id, &batch);
                if batch.status_only() && inner.settings.shows(Fault::PostsDuringLostConsent) {
                    state.links.forget_loss(id);
                }
            }
            Delivery::Overtaken => {}
            Delivery::Stopped => return,
            Delivery::Failed(reason) => {
                tracing::warn!(account = id, reason, "statement not delivered");
                let mut state = inner.state();
                // If the consent was lost or restored in the meantime, the next batch differs.
                if state.links.is_due(id, &batch) && state.links.rest(id) {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testbed::{self, ACCOUNT, Bed};
    use super::*;
    use serde_json::{Value, json};

    fn ids(statement: &Value) -> Vec<&str> {
        let details = statement["data"]["transactionDetails"].as_array().unwrap();
        details
            .iter()
            .map(|entry| entry["uniqueId"].as_str().unwrap())
            .collect()
    }

    #[tokio::test]
    async fn a_linked_account_gets_its_first_statement() {
        let bed = Bed::new(&[]).await;
        assert_eq!(
            bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
                .await,
            204
        );
        bed.provider.settled().await;
        let statements = bed.service.bodies("POST /v1/statements");
        assert_eq!(statements.len(), 1);
        let data = &statements[0]["data"];
        assert_eq!(data["principalId"], ACCOUNT);
        assert_eq!(data["bankId"], testbed::BANK);
        assert_eq!(ids(&statements[0]), ["tx-2", "tx-3"]);
        // Amounts are written with the two decimals of the currency.
        let number = |text: &str| json!(text.parse::<serde_json::Number>().unwrap());
        assert_eq!(
            data["accountDetails"][0]["balances"]["ledgerBalance"],
            number("111.50")
        );
        assert_eq!(data["expected"]["transactionDebitSum"], number("-3.00"));
        assert_eq!(bed.service.count("GET /v1/statements/s-1"), 1);
    }

    #[tokio::test]
    async fn batches_go_one_after_another() {
        let bed = Bed::with(&[], |settings| settings.batch_limit = 2).await;
        bed.service.script(
            "GET /v1/statements/s-1",
            [testbed::answer(200, r#"{"data":{"status":"processing"}}"#)],
        );
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
            .await;
        bed.provider.settled().await;
        let order: Vec<_> = bed
            .service
            .routes()
            .into_iter()
            .filter(|route| route.contains("/statements"))
            .collect();
        assert_eq!(
            order,
            [
                "POST /v1/statements",
                "GET /v1/statements/s-1",
                "GET /v1/statements/s-1",
                "POST /v1/statements",
                "GET /v1/statements/s-2"
            ]
        );
        let statements = bed.service.bodies("POST /v1/statements");
        assert_eq!(ids(&statements[0]), ["tx-1", "tx-2"]);
        assert_eq!(ids(&statements[1]), ["tx-3"]);
    }

    #[tokio::test]
    async fn a_failed_delivery_is_repeated_by_the_next_call_to_work() {
        let bed = Bed::new(&[]).await;
        bed.service
            .script("POST /v1/statements", [testbed::answer(400, "{}")]);
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
            .await;
        bed.provider.settled().await;
        assert_eq!(bed.service.count("POST /v1/statements"), 1);
        wake(&bed.provider.inner, ACCOUNT);
        bed.provider.settled().await;
        let statements = bed.service.bodies("POST /v1/statements");
        assert_eq!(ids(&statements[0]), ids(&statements[1]));
        wake(&bed.provider.inner, ACCOUNT);
        bed.provider.settled().await;
        assert_eq!(
            bed.service.count("POST /v1/statements"),
            2,
            "nothing is left to send"
        );
    }

    #[tokio::test]
    async fn a_fault_posts_under_the_external_id() {
        let bed = Bed::new(&[Fault::PostsUnderExternalId]).await;
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
            .await;
        bed.provider.settled().await;
        let statements = bed.service.bodies("POST /v1/statements");
        assert_eq!(statements[0]["data"]["principalId"], "ext-1");
        assert_eq!(
            statements[0]["data"]["accountDetails"][0]["bankAccountId"],
            "ext-1"
        );
    }

    #[tokio::test]
    async fn closing_ends_work_that_waits_for_an_answer() {
        let bed = Bed::new(&[]).await;
        bed.service
            .script("POST /v1/statements", [testbed::silence()]);
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
            .await;
        bed.service.reached("POST /v1/statements", 1).await;
        bed.provider.close().await;
        wake(&bed.provider.inner, ACCOUNT);
        bed.provider.close().await;
        assert_eq!(bed.service.count("POST /v1/statements"), 1);
    }
}
