//! What notifications do and who may send which, with the faults of onboarding and offboarding.

use super::super::testbed::{self, ACCOUNT, AUTHORISATION, Bed, SIBLING};
use super::*;
use serde_json::json;

const STATEMENTS: &str = "POST /v1/statements";

#[tokio::test]
async fn what_is_no_notification_is_refused_and_what_is_unknown_is_not() {
    let bed = Bed::new(&[]).await;
    for bad in [
        json!([]),
        json!({}),
        json!({"type": 7}),
        json!({"type": "resourceCreated"}),
        json!({"type": "resourceCreated", "resource": "x"}),
        json!({"type": "resourceCreated", "resource": {"type": "authorisation"}}),
        json!({"type": "resourceCreated", "resource": {"type": "authorisation", "id": "../x"}}),
        json!({"type": "resourceDeleted", "resource": {"type": "bankAccount", "id": ""}}),
        json!({"type": "resourceDeleted", "resource": {"type": "bankAccount", "id": "a".repeat(ID_MAX + 1)}}),
        json!({"type": "resourceCreated", "resource": {"type": "bankAccount", "id": "a"}}),
        testbed::created(ACCOUNT, "ext-1", "yesterday"),
    ] {
        assert_eq!(bed.notify(&bad).await, 400, "{bad}");
    }
    for unknown in [
        json!({"type": "resourceMelted", "resource": {"type": "bankAccount"}}),
        json!({"type": "resourceMelted"}),
        json!({"type": "resourceMelted", "resource": "x", "additionalData": 7}),
        json!({"type": "resourceCreated", "resource": {"type": "teapot", "id": 5}}),
        testbed::deleted(&"a".repeat(ID_MAX), "ext-1"),
    ] {
        assert_eq!(bed.notify(&unknown).await, 204, "{unknown}");
    }
    assert_eq!(
        bed.notify(&testbed::created(ACCOUNT, "ext-unknown", "2026-01-01"))
            .await,
        404
    );
}

#[tokio::test]
async fn bodies_are_bounded_and_need_not_be_text() {
    let bed = Bed::new(&[]).await;
    assert_eq!(bed.notify_raw(b"\xff\xfe{".to_vec()).await, 400);
    assert_eq!(bed.notify_raw(vec![b'['; 500_000]).await, 400);
    assert_eq!(
        bed.notify_raw(vec![b' '; super::super::BODY_MAX]).await,
        400
    );
    assert_eq!(
        bed.notify_raw(vec![b' '; super::super::BODY_MAX + 1]).await,
        413
    );
}

#[tokio::test]
async fn a_repeated_creation_posts_nothing_more() {
    let bed = Bed::new(&[]).await;
    for _ in 0..2 {
        assert_eq!(
            bed.notify(&testbed::created(
                ACCOUNT,
                "ext-1",
                "2026-01-01T00:00:00.000Z"
            ))
            .await,
            204
        );
        bed.provider.settled().await;
    }
    assert_eq!(bed.service.count(STATEMENTS), 1);
}

/// Links two accounts, deletes one, books on both; returns the statuses of the deletion and its repetition.
async fn offboarded(faults: &[Fault]) -> (Bed, u16, u16, Vec<String>) {
    let bed = Bed::new(faults).await;
    bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
        .await;
    bed.notify(&testbed::created(SIBLING, "ext-2", "2026-01-01"))
        .await;
    bed.provider.settled().await;
    let before = bed.service.count(STATEMENTS);
    let first = bed.notify(&testbed::deleted(ACCOUNT, "ext-1")).await;
    let second = bed.notify(&testbed::deleted(ACCOUNT, "ext-1")).await;
    assert_eq!(bed.bank_action("").await, 202);
    bed.provider.settled().await;
    let mut fed: Vec<String> = bed.service.bodies(STATEMENTS)[before..]
        .iter()
        .map(|body| body["data"]["principalId"].as_str().unwrap().to_owned())
        .collect();
    fed.sort();
    (bed, first, second, fed)
}

#[tokio::test]
async fn a_deleted_account_falls_silent_and_its_sibling_is_fed() {
    let (bed, first, second, fed) = offboarded(&[]).await;
    assert_eq!((first, second), (204, 204));
    assert_eq!(fed, [SIBLING]);
    assert_eq!(
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
            .await,
        204
    );
    let before = bed.service.count(STATEMENTS);
    bed.provider.settled().await;
    assert_eq!(
        bed.service.count(STATEMENTS),
        before,
        "a deleted account is never linked again"
    );
}

#[tokio::test]
async fn a_deletion_is_answered_when_no_statement_is_on_its_way() {
    let bed = Bed::new(&[]).await;
    let release = Arc::new(tokio::sync::Notify::new());
    let accepted = r#"{"data":{"_id":"s-1"}}"#;
    bed.service
        .script(STATEMENTS, [testbed::held(201, accepted, &release)]);
    bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
        .await;
    bed.service.reached(STATEMENTS, 1).await;
    let event = testbed::deleted(ACCOUNT, "ext-1");
    let answered = bed.notify(&event);
    tokio::pin!(answered);
    tokio::select! {
        biased;
        _ = &mut answered => panic!("a statement was still on its way"),
        () = tokio::task::yield_now() => release.notify_one(),
    }
    assert_eq!(answered.await, 204);
    bed.provider.settled().await;
    assert_eq!(bed.service.count(STATEMENTS), 1);
    assert_eq!(bed.service.count("GET /v1/statements/s-1"), 0);
}

#[tokio::test]
async fn offboarding_faults_deviate_in_one_way_each() {
    let (_, first, second, fed) = offboarded(&[Fault::RefusesOffboardingNotification]).await;
    assert_eq!((first, second, fed), (500, 500, vec![SIBLING.to_owned()]));
    let (_, first, second, fed) = offboarded(&[Fault::RefusesRepeatedOffboarding]).await;
    assert_eq!((first, second, fed), (204, 500, vec![SIBLING.to_owned()]));
    let (_, first, second, fed) = offboarded(&[Fault::KeepsPostingAfterOffboarding]).await;
    assert_eq!(
        (first, second, fed),
        (204, 204, vec![ACCOUNT.to_owned(), SIBLING.to_owned()])
    );
    let (_, first, second, fed) = offboarded(&[Fault::StopsSiblingsOnOffboarding]).await;
    assert_eq!((first, second, fed), (204, 204, vec![]));
}

#[tokio::test]
async fn onboarding_faults_deviate_in_one_way_each() {
    let bed = Bed::new(&[Fault::RefusesAuthorisationNotification]).await;
    assert_eq!(bed.notify(&testbed::announced(AUTHORISATION)).await, 500);
    assert_eq!(bed.open(AUTHORISATION).await.0, 200);
    let bed = Bed::new(&[Fault::RefusesAccountNotification]).await;
    assert_eq!(
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
            .await,
        500
    );
    bed.provider.settled().await;
    assert_eq!(bed.service.count(STATEMENTS), 0);
    let bed = Bed::new(&[Fault::NoFirstStatement]).await;
    assert_eq!(
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
            .await,
        204
    );
    bed.provider.settled().await;
    assert_eq!(bed.service.count(STATEMENTS), 0);
}

#[tokio::test]
async fn a_candidate_is_linked_like_any_account_and_a_fault_ignores_it() {
    for (faults, count) in [
        (&[][..], 2),
        (&[Fault::IgnoresCandidateNotification][..], 1),
    ] {
        let bed = Bed::new(faults).await;
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
            .await;
        let further = testbed::created(SIBLING, "ext-2", "2026-01-01");
        assert_eq!(bed.notify(&further).await, 204);
        bed.provider.settled().await;
        assert_eq!(bed.service.count(STATEMENTS), count, "{faults:?}");
        assert_eq!(
            bed.service.bodies(STATEMENTS)[0]["data"]["bankId"],
            testbed::BANK
        );
    }
}

#[tokio::test]
async fn a_fault_posts_from_before_the_start_date() {
    for (faults, count) in [(&[][..], 1), (&[Fault::IgnoresStartDate][..], 3)] {
        let bed = Bed::new(faults).await;
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-05"))
            .await;
        bed.provider.settled().await;
        let expected = &bed.service.bodies(STATEMENTS)[0]["data"]["expected"];
        assert_eq!(expected["transactionDetailsCount"], count, "{faults:?}");
    }
}

#[tokio::test]
async fn a_start_date_without_an_offset_is_not_refused() {
    for start in ["2026-01-05", "2026-01-05T00:00:00"] {
        let bed = Bed::new(&[]).await;
        let event = testbed::created(ACCOUNT, "ext-1", start);
        assert_eq!(bed.notify(&event).await, 204, "{start}");
        bed.provider.settled().await;
        let expected = &bed.service.bodies(STATEMENTS)[0]["data"]["expected"];
        assert_eq!(expected["transactionDetailsCount"], 1, "{start}");
    }
}

#[tokio::test]
async fn transactions_that_have_not_cleared_are_not_sent_and_a_fault_sends_them() {
    for (faults, count) in [(&[][..], 2), (&[Fault::SendsPendingTransactions][..], 3)] {
        let mut customers = testbed::customers();
        std::sync::Arc::make_mut(&mut customers[0].accounts[0].transactions[2]).pending = true;
        let bed = Bed::with_customers(customers, faults).await;
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
            .await;
        bed.provider.settled().await;
        let expected = &bed.service.bodies(STATEMENTS)[0]["data"]["expected"];
        assert_eq!(expected["transactionDetailsCount"], count, "{faults:?}");
    }
}
