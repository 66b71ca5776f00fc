//! How a report is repeated, on simulated time: the customer waits, and an authorisation is good for one report.

use tokio::time::Instant;

use super::super::testbed::{self, ACCOUNT, AUTHORISATION, Bed, Script, answer, session, silence};
use super::*;

const PATCH: &str = "PATCH /v1/authorisations/aaaa0000-0000-4000-8000-000000000001";
const RETURNED: u16 = 302;
const TOLD: u16 = 502;

/// Lets alice consent while the service answers her report like this; returns the last status and the reports.
async fn consented(answers: Vec<Script>) -> (u16, usize) {
    let (bed, status) = walked(answers).await;
    let reports = bed.service.bodies(PATCH);
    assert!(reports.windows(2).all(|pair| pair[0] == pair[1]));
    (status, reports.len())
}

/// Lets alice consent while the service answers her report like this; returns the last status.
async fn walked(answers: Vec<Script>) -> (Bed, u16) {
    let bed = Bed::in_process(&[]);
    bed.service.script(PATCH, answers);
    bed.notify(&testbed::announced(AUTHORISATION)).await;
    let token = session(&bed.open(AUTHORISATION).await.1);
    let fields = [
        ("session", token.as_str()),
        ("username", "alice"),
        ("password", "alice-password"),
    ];
    let token = session(
        &testbed::text(bed.post("/auth/login", &fields).await)
            .await
            .1,
    );
    let fields = [("session", token.as_str()), ("decision", "allow")];
    let status = bed.post("/auth/consent", &fields).await.status();
    (bed, status.as_u16())
}

#[tokio::test(start_paused = true)]
async fn a_report_is_repeated_when_the_service_was_too_busy() {
    let busy = || answer(429, "");
    let answers = vec![busy(), testbed::throttled("0")];
    assert_eq!(consented(answers).await, (RETURNED, 3));
    let answers = vec![busy(), busy(), busy()];
    assert_eq!(consented(answers).await, (TOLD, 3));
    let answers = vec![busy(), answer(409, "")];
    assert_eq!(
        consented(answers).await,
        (TOLD, 2),
        "nothing had arrived before the conflict"
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_acknowledgement_is_asked_for_again() {
    for status in [500, 502, 503] {
        let answers = vec![answer(status, "")];
        assert_eq!(consented(answers).await, (RETURNED, 2), "{status}");
    }
    assert_eq!(consented(vec![silence()]).await, (RETURNED, 2));
    let answers = vec![silence(), answer(500, ""), answer(500, "")];
    assert_eq!(consented(answers).await, (TOLD, 3));
}

#[tokio::test(start_paused = true)]
async fn a_conflict_after_a_doubtful_attempt_says_that_it_was_taken() {
    let conflict = || answer(409, "");
    for doubtful in [answer(500, ""), silence()] {
        let answers = vec![doubtful, conflict()];
        assert_eq!(consented(answers).await, (RETURNED, 2));
    }
    assert_eq!(consented(vec![conflict()]).await, (TOLD, 1));
    let answers = vec![answer(500, ""), answer(403, "")];
    assert_eq!(
        consented(answers).await,
        (TOLD, 2),
        "a refusal says nothing of the attempt before"
    );
}

#[tokio::test(start_paused = true)]
async fn a_report_that_is_never_answered_ends_while_the_customer_waits() {
    let begun = Instant::now();
    let answers = vec![silence(), silence(), silence()];
    assert_eq!(consented(answers).await, (TOLD, 3));
    assert_eq!(begun.elapsed().as_secs(), TIME_MAX.as_secs());
}

#[tokio::test(start_paused = true)]
async fn posting_goes_on_after_a_renewal_whose_acknowledgement_was_lost() {
    let bed = Bed::in_process(&[]);
    bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
        .await;
    bed.provider.settled().await;
    bed.pull("revoke-consent", "").await;
    bed.provider.settled().await;
    bed.bank_action("").await;
    bed.provider.settled().await;
    let before = bed.service.count("POST /v1/statements");
    bed.service.script(PATCH, [silence(), answer(409, "")]);
    bed.notify(&testbed::announced(AUTHORISATION)).await;
    assert_eq!(bed.renew("allow").await, RETURNED);
    bed.provider.settled().await;
    assert_eq!(bed.service.count(PATCH), 2);
    assert_eq!(bed.service.count("POST /v1/statements"), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_consent_stands_when_its_report_was_taken() {
    let bearer = testbed::bearer();
    for (answers, listed) in [(vec![], 200), (vec![answer(409, "")], 404)] {
        let (bed, _) = walked(answers).await;
        let path = "/availableaccounts?externalId=ext-1";
        assert_eq!(bed.get(path, Some(&bearer)).await.0, listed);
    }
}
