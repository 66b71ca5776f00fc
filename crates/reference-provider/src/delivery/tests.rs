//! What is sent again, what is not, and what counts as delivered, against a emulated service.

use super::super::testbed::{self, ACCOUNT, Bed, answer};
use super::*;
use serde_json::Value;

const POST: &str = "POST /v1/statements";

/// Links an account while the service gives these answers to statements; returns how often one was sent.
async fn sent(
    answers: impl IntoIterator<Item = testbed::Script>,
    progress: &[&str],
) -> (Bed, usize) {
    sent_with(&[], answers, progress).await
}

async fn sent_with(
    faults: &[Fault],
    answers: impl IntoIterator<Item = testbed::Script>,
    progress: &[&str],
) -> (Bed, usize) {
    let bed = Bed::with(faults, |settings| settings.batch_limit = 2).await;
    bed.service.script(POST, answers);
    let words = progress
        .iter()
        .map(|word| answer(200, &format!(r#"{{"data":{{"status":"{word}"}}}}"#)));
    bed.service.script("GET /v1/statements/s-1", words);
    bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
        .await;
    bed.provider.settled().await;
    let count = bed.service.count(POST);
    (bed, count)
}

/// Says whether everything booked counts as delivered.
fn delivered(bed: &Bed) -> bool {
    let mut state = bed.provider.inner.state();
    let state = &mut *state;
    state
        .links
        .next_batch(ACCOUNT, &state.ledger, &bed.provider.inner.settings)
        .is_none()
}

#[tokio::test]
async fn after_a_server_error_the_same_ids_are_sent_again() {
    let (bed, count) = sent([answer(500, ""), answer(503, "")], &[]).await;
    assert_eq!(count, 3);
    assert!(delivered(&bed));
    let bodies = bed.service.calls(POST);
    let ids = |number: usize| {
        let body: Value = serde_json::from_slice(&bodies[number].body).unwrap();
        body["data"]["transactionDetails"].clone()
    };
    assert_eq!(ids(0), ids(1));
    assert_eq!(ids(0), ids(2));
}

#[tokio::test]
async fn a_duplicate_counts_as_delivered_only_on_a_repetition() {
    let duplicate = || {
        answer(
            409,
            r#"{"code":"duplicate-transaction","message":"seen before"}"#,
        )
    };
    let (bed, count) = sent([answer(500, ""), duplicate()], &[]).await;
    assert_eq!((count, delivered(&bed)), (2, true));
    let (bed, count) = sent([testbed::silence(), duplicate()], &[]).await;
    assert_eq!((count, delivered(&bed)), (2, true));
    let (bed, count) = sent([duplicate()], &[]).await;
    assert_eq!((count, delivered(&bed)), (1, false));
}

#[tokio::test]
async fn a_statement_in_flight_is_waited_for() {
    let busy = || answer(409, r#"{"code":"statement-in-flight"}"#);
    let (bed, count) = sent([answer(500, ""), busy(), busy()], &[]).await;
    assert_eq!((count, delivered(&bed)), (4, true));
}

#[tokio::test]
async fn a_throttled_statement_is_sent_again() {
    let (bed, count) = sent([answer(429, "")], &[]).await;
    assert_eq!((count, delivered(&bed)), (2, true));
}

#[tokio::test]
async fn attempts_are_bounded_and_nothing_is_lost() {
    let (bed, count) = sent(std::iter::repeat_with(|| answer(500, "")).take(50), &[]).await;
    assert_eq!(count, testbed::RETRY_POLICY.attempts as usize);
    assert!(!delivered(&bed));
}

#[tokio::test]
async fn a_refused_statement_is_not_repeated() {
    for status in [400, 403, 404] {
        let (bed, count) = sent([answer(status, "{}")], &[]).await;
        assert_eq!((count, delivered(&bed)), (1, false), "{status}");
    }
}

#[tokio::test]
async fn processing_is_followed_to_its_end() {
    let (bed, count) = sent([], &["processing", "PROCESSING", "complete"]).await;
    assert_eq!((count, delivered(&bed)), (1, true));
    assert_eq!(bed.service.count("GET /v1/statements/s-1"), 3);
    let (bed, count) = sent([], &["failed"]).await;
    assert_eq!((count, delivered(&bed)), (2, true));
    let (bed, _) = sent([], &["processing"; 100]).await;
    assert!(!delivered(&bed));
    assert_eq!(
        bed.service.count("GET /v1/statements/s-1"),
        testbed::RETRY_POLICY.polls as usize
    );
}

#[tokio::test]
async fn an_unlinked_account_ends_the_pauses() {
    let bed = Bed::new(&[]).await;
    bed.service.script(POST, [testbed::throttled("600")]);
    bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
        .await;
    bed.service.reached(POST, 1).await;
    assert_eq!(bed.notify(&testbed::deleted(ACCOUNT, "ext-1")).await, 204);
    bed.provider.settled().await;
    assert_eq!(bed.service.count(POST), 1);
}

#[test]
fn pauses_double_up_to_a_limit() {
    let (first, most) = (Duration::from_millis(500), Duration::from_secs(60));
    assert_eq!(doubled(first, 1, most), first);
    assert_eq!(doubled(first, 3, most), first * 4);
    assert_eq!(doubled(first, 40, most), most);
}

#[test]
fn throttling_is_obeyed_for_a_second_at_least() {
    let pace = RetryPolicy::default();
    let second = Duration::from_secs(1);
    assert_eq!(pace.pause(1, None), pace.pause_first);
    assert_eq!(pace.pause(1, Some(Duration::ZERO)), second);
    assert_eq!(pace.pause(1, Some(second * 7)), second * 7);
    assert_eq!(pace.pause(3, Some(Duration::ZERO)), pace.pause_first * 4);
}

/// The ids in every statement that was sent.
fn ids(bed: &Bed) -> Vec<Vec<String>> {
    let ids = |body: &Value| {
        let details = body["data"]["transactionDetails"].as_array().unwrap();
        details
            .iter()
            .map(|entry| entry["uniqueId"].as_str().unwrap().to_owned())
            .collect()
    };
    bed.service.bodies(POST).iter().map(ids).collect()
}

#[tokio::test]
async fn faults_of_repetition_deviate_in_one_way_each() {
    let (bed, count) = sent_with(&[Fault::ResendsWithNewIds], [answer(500, "")], &[]).await;
    assert_eq!(count, 2);
    assert_ne!(ids(&bed)[0], ids(&bed)[1]);
    assert_eq!(ids(&bed)[0], ["tx-2", "tx-3"]);

    for script in [answer(503, ""), testbed::silence()] {
        let (bed, count) = sent_with(&[Fault::GivesUpAfterError], [script], &[]).await;
        assert_eq!((count, delivered(&bed)), (1, true));
    }
    let throttled = || testbed::throttled("600");
    let (_, count) = sent_with(&[Fault::GivesUpAfterError], [answer(429, "")], &[]).await;
    assert_eq!(count, 2, "throttling is no error");

    let (bed, count) =
        sent_with(&[Fault::IgnoresThrottling], [throttled(), throttled()], &[]).await;
    assert_eq!((count, delivered(&bed)), (3, true));

    let (bed, count) = sent_with(&[Fault::AdvancesAfterFailedStatement], [], &["failed"]).await;
    assert_eq!((count, delivered(&bed)), (1, true));
    let (bed, count) = sent_with(&[Fault::DoublesFailedStatement], [], &["failed"]).await;
    assert_eq!((count, delivered(&bed)), (3, true));
    assert_ne!(ids(&bed)[0], ids(&bed)[1]);
    assert_eq!(ids(&bed)[0], ids(&bed)[2]);
    let (bed, count) = sent_with(&[Fault::SkipsRejectedStatement], [answer(400, "")], &[]).await;
    assert_eq!((count, delivered(&bed)), (1, true));
}

#[tokio::test]
async fn faults_of_order_deviate_in_one_way_each() {
    let bed = Bed::with(&[Fault::NextBatchTooEarly], |settings| {
        settings.batch_limit = 1
    })
    .await;
    bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
        .await;
    bed.provider.settled().await;
    let routes = bed.service.routes();
    let statements = routes.iter().filter(|route| route.contains("/statements"));
    assert_eq!(
        statements.collect::<Vec<_>>(),
        [POST, POST, "GET /v1/statements/s-2"],
        "the last batch is followed"
    );

    let (bed, count) = sent_with(&[Fault::TwoStatementsInFlight], [], &[]).await;
    assert_eq!((count, delivered(&bed)), (2, true));
    let routes = bed.service.routes();
    let first = routes.iter().position(|route| route == POST).unwrap();
    assert_eq!(
        routes[first + 1],
        POST,
        "before the first is known to have ended"
    );
    assert_eq!(ids(&bed), [vec!["tx-2", "tx-3"], vec![]]);
}

#[tokio::test]
async fn a_statement_that_was_overtaken_by_a_lost_consent_is_not_sent_again() {
    let bed = Bed::new(&[]).await;
    let release = std::sync::Arc::new(tokio::sync::Notify::new());
    bed.service.script(POST, [testbed::held(500, "", &release)]);
    bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
        .await;
    bed.service.reached(POST, 1).await;
    assert_eq!(
        bed.pull("revoke-consent", r#"{"customer":"alice"}"#)
            .await
            .0,
        202
    );
    release.notify_one();
    bed.provider.settled().await;
    let bodies = bed.service.bodies(POST);
    assert_eq!(bodies.len(), 2);
    assert_eq!(
        bodies[1]["data"]["accountDetails"][0]["status"],
        "authRequired"
    );
}

#[tokio::test]
async fn an_account_that_is_unlinked_before_its_turn_is_not_fed() {
    let bed = Bed::with(&[], |settings| settings.requests_per_second = 1).await;
    bed.provider.inner.turn().await;
    bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
        .await;
    assert_eq!(bed.notify(&testbed::deleted(ACCOUNT, "ext-1")).await, 204);
    bed.provider.settled().await;
    assert_eq!(bed.service.count(POST), 0);
}
