//! Registering and looking up against a emulated service.

use super::super::testbed::{self, ACCOUNT, BANK, Bed, answer};
use super::*;

const BANKS: &str = "POST /v1/banks";
const QUERIES: &str = "POST /v1/accountqueries";
const STATEMENTS: &str = "POST /v1/statements";
const PRINCIPAL: &str = "ba4c0000-0000-4000-8000-0000000000bb";

/// The account as the service tells it, with this status.
fn account(status: &str) -> testbed::Script {
    let told = json!({"data": {"bankAccountId": ACCOUNT, "status": status,
        "requestedStartDate": "2026-01-03T00:00:00.000Z"}});
    answer(200, &told.to_string())
}

/// Registers a bank `b-1` for which the service answers this.
async fn registered(faults: &[Fault], told: Value) -> (Bed, u16, Value) {
    let bed = Bed::new(faults).await;
    bed.service.script(BANKS, [answer(201, &told.to_string())]);
    let (status, answer) = bed.pull("register-bank", r#"{"externalRef": "b-1"}"#).await;
    (bed, status, answer)
}

fn created() -> Value {
    json!({"data": {"created": [{"principalId": PRINCIPAL, "externalRef": "b-1", "name": "B"}]}})
}

#[tokio::test]
async fn a_bank_is_registered_with_its_callbacks_and_kept() {
    let (bed, status, answer) = registered(&[], created()).await;
    let kept = json!({"principalId": PRINCIPAL, "externalRef": "b-1"});
    assert_eq!((status, &answer), (200, &kept));
    let sent = &bed.service.bodies(BANKS)[0]["data"]["toCreate"][0];
    assert_eq!(sent["externalRef"], "b-1");
    let base = "http://provider.test/p/7";
    assert_eq!(
        sent["callbackURLs"],
        json!({"notification": format!("{base}/notification"), "availableAccounts": format!("{base}/availableaccounts"),
            "auth": format!("{base}/auth"), "reAuth": format!("{base}/authrefresh")})
    );
    for order in ["", r#"{"externalRef": "b-1"}"#] {
        assert_eq!(bed.pull("register-bank", order).await, (200, kept.clone()));
    }
    assert_eq!(bed.service.count(BANKS), 1, "it is registered once");
}

#[tokio::test]
async fn accounts_of_a_registered_bank_are_fed_under_its_id() {
    for (faults, expected) in [
        (&[][..], PRINCIPAL),
        (&[Fault::ForgetsRegisteredBank][..], BANK),
    ] {
        let (bed, _, answer) = registered(faults, created()).await;
        assert_eq!(answer["principalId"].is_null(), !faults.is_empty());
        let mut event = testbed::created(ACCOUNT, "ext-1", "2026-01-03");
        event["additionalData"]["bankId"] = json!(PRINCIPAL);
        assert_eq!(bed.notify(&event).await, 204);
        bed.provider.settled().await;
        assert_eq!(
            bed.service.bodies(STATEMENTS)[0]["data"]["bankId"],
            expected
        );
    }
}

#[tokio::test]
async fn the_id_is_found_in_every_documented_shape() {
    for told in [
        json!([{"principalID": PRINCIPAL, "externalRef": "b-1"}]),
        json!({"data": [{"created": [{"principalId": "other", "externalRef": "b-0"}, {"principalId": PRINCIPAL, "externalRef": "b-1"}]}]}),
        json!({"principalId": PRINCIPAL}),
    ] {
        assert_eq!(registered(&[], told).await.2["principalId"], PRINCIPAL);
    }
    for told in [
        json!({}),
        json!({"principalId": "", "externalRef": "b-1"}),
        json!({"principalId": "other", "externalRef": "b-0"}),
        json!({"principalId": 7}),
    ] {
        assert_eq!(registered(&[], told).await.1, 502);
    }
}

#[tokio::test]
async fn a_refused_registration_is_told_and_keeps_nothing() {
    let bed = Bed::new(&[]).await;
    bed.service.script(
        BANKS,
        [
            answer(409, "{}"),
            answer(200, "soon"),
            answer(201, &created().to_string()),
        ],
    );
    assert_eq!(bed.pull("register-bank", "").await.0, 502);
    assert_eq!(bed.pull("register-bank", "{}").await.0, 502);
    assert_eq!(
        bed.pull("register-bank", r#"{"externalRef": "b-1"}"#)
            .await
            .0,
        200
    );
    assert_eq!(bed.pull("register-bank", r#"{"bank": 1}"#).await.0, 400);
    assert_eq!(bed.service.count(BANKS), 3);
}

#[tokio::test]
async fn a_looked_up_account_is_linked_and_a_fault_ignores_it() {
    for (faults, count) in [(&[][..], 1), (&[Fault::IgnoresLookedUpAccount][..], 0)] {
        let bed = Bed::new(faults).await;
        bed.service
            .script(QUERIES, [account("pending"), account("active")]);
        for status in ["pending", "active"] {
            let (code, told) = bed.pull("look-up", r#"{"externalId": "ext-1"}"#).await;
            assert_eq!(
                (code, &told["bankAccountId"], &told["status"]),
                (200, &json!(ACCOUNT), &json!(status))
            );
            bed.provider.settled().await;
        }
        assert_eq!(
            bed.service.bodies(QUERIES)[0],
            json!({"data": {"bankId": BANK, "externalId": "ext-1"}})
        );
        let statements = bed.service.bodies(STATEMENTS);
        assert_eq!(statements.len(), count, "{faults:?}");
        for statement in statements {
            assert_eq!(statement["data"]["principalId"], ACCOUNT);
            assert_eq!(statement["data"]["expected"]["transactionDetailsCount"], 2);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_looked_up_is_told_and_links_nothing() {
    let bed = Bed::new(&[]).await;
    let order = r#"{"externalId": "ext-1"}"#;
    bed.service.script(
        QUERIES,
        [
            answer(404, "{}"),
            answer(500, ""),
            answer(200, "{}"),
            account("cancelled"),
        ],
    );
    for status in [404, 502, 502, 200] {
        assert_eq!(bed.pull("look-up", order).await.0, status);
    }
    assert_eq!(
        bed.pull("look-up", r#"{"externalId": "ext-unknown"}"#)
            .await
            .0,
        404
    );
    assert_eq!(bed.pull("look-up", "{}").await.0, 400);
    bed.provider.settled().await;
    assert_eq!(bed.service.count(QUERIES), 4);
    assert_eq!(bed.service.count(STATEMENTS), 0);
}
