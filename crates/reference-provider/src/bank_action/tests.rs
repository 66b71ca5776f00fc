//! What the bank actions do at the bank and what follows at a emulated service.

use super::super::testbed::{self, ACCOUNT, AUTHORISATION, Bed, SIBLING};
use super::*;

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
    assert_eq!(
        bed.bank_action(r#"{"accounts": ["ext-1", "ext-1"]}"#).await,
        202
    );
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
    assert_eq!(bed.bank_action(r#"{"accounts": ["ext-2"]}"#).await, 202);
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
        assert_eq!(bed.bank_action(order).await, 202);
        bed.provider.settled().await;
    }
    assert_eq!(bed.service.count(STATEMENTS), 5);
}

#[tokio::test]
async fn an_order_that_cannot_be_carried_out_books_nothing() {
    let bed = linked().await;
    assert_eq!(
        bed.bank_action(r#"{"accounts": ["ext-1", "ext-unknown"]}"#)
            .await,
        404
    );
    assert_eq!(bed.bank_action(r#"{"acounts": []}"#).await, 400);
    assert_eq!(bed.bank_action("[").await, 400);
    bed.provider.settled().await;
    assert_eq!(bed.service.count(STATEMENTS), 1);
}

#[tokio::test]
async fn count_and_amounts_say_what_is_booked() {
    let bed = linked().await;
    let amounts = |order: &'static str| {
        let bed = &bed;
        async move {
            let (status, answer) = bed.pull("new-transactions", order).await;
            assert_eq!(status, 202, "{answer}");
            let booked = answer["booked"].as_array().unwrap().clone();
            assert!(booked.iter().all(|entry| entry["account"] == "ext-1"));
            booked
                .iter()
                .map(|entry| entry["amount"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(
        amounts(r#"{"amounts": [5, -250]}"#).await,
        ["0.05", "-2.50"]
    );
    assert_eq!(
        amounts(r#"{"amounts": [1, 2], "count": 3}"#).await,
        ["0.01", "0.02", "0.01"]
    );
    assert_eq!(
        amounts(r#"{"amounts": [1, 2], "count": 1}"#).await,
        ["0.01"]
    );
    assert_eq!(amounts(r#"{"count": 4}"#).await.len(), 4);
    bed.provider.settled().await;
    let counts = bed.service.bodies(STATEMENTS);
    let sent: u64 = counts[1..]
        .iter()
        .map(|body| {
            body["data"]["expected"]["transactionDetailsCount"]
                .as_u64()
                .unwrap()
        })
        .sum();
    assert_eq!(sent, 10);
    for bad in [
        r#"{"count": 0}"#.to_owned(),
        format!(r#"{{"count": {}}}"#, COUNT_MAX + 1),
        r#"{"count": -1}"#.to_owned(),
        r#"{"amounts": []}"#.to_owned(),
        r#"{"amounts": [1.5]}"#.to_owned(),
    ] {
        assert_eq!(bed.bank_action(&bad).await, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_new_account_is_listed_and_can_be_linked() {
    let bed = linked().await;
    let (status, opened) = bed.pull("add-account", r#"{"customer": "alice"}"#).await;
    assert_eq!(status, 202);
    let external_id = opened["externalId"].as_str().unwrap();
    assert_eq!(
        (&opened["bankIdentifier"], &opened["branchIdentifier"]),
        (&json!("cust-77"), &json!("n/a"))
    );
    let (_, listed) = bed
        .get(
            "/availableaccounts?externalId=ext-1",
            Some(&testbed::bearer()),
        )
        .await;
    assert!(listed.contains(external_id), "{listed}");
    bed.notify(&testbed::created(SIBLING, external_id, "2026-01-01"))
        .await;
    bed.provider.settled().await;
    let details = bed.service.bodies(STATEMENTS)[1]["data"]["transactionDetails"].clone();
    assert_eq!(details.as_array().unwrap().len(), 1);
    assert_eq!(details[0]["uniqueId"], opened["transactions"][0]["id"]);
    for (order, refused) in [("", 400), ("{}", 400), (r#"{"customer": "nobody"}"#, 404)] {
        assert_eq!(bed.pull("add-account", order).await.0, refused, "{order}");
    }
}

/// What every statement of an account says: its status and the number of its transactions.
fn told(bed: &Bed, account: &str) -> Vec<(String, usize)> {
    let bodies = bed.service.bodies(STATEMENTS);
    let own = bodies
        .iter()
        .filter(|body| body["data"]["principalId"] == account);
    own.map(|body| {
        let status = body["data"]["accountDetails"][0]["status"]
            .as_str()
            .unwrap();
        (
            status.to_owned(),
            body["data"]["transactionDetails"].as_array().unwrap().len(),
        )
    })
    .collect()
}

fn active(count: usize) -> (String, usize) {
    ("active".to_owned(), count)
}

fn required(count: usize) -> (String, usize) {
    ("authRequired".to_owned(), count)
}

/// Links both accounts of alice and one of bob.
async fn everybody(faults: &[Fault]) -> Bed {
    let bed = Bed::new(faults).await;
    for (id, external_id) in [(ACCOUNT, "ext-1"), (SIBLING, "ext-2"), (STRANGER, "ext-9")] {
        bed.notify(&testbed::created(id, external_id, "2026-01-03"))
            .await;
    }
    bed.provider.settled().await;
    bed
}

const STRANGER: &str = "b0a1c2d3-0000-4000-8000-000000000009";

#[tokio::test]
async fn a_revoked_consent_is_told_once_for_every_account_and_nothing_follows() {
    for order in [r#"{"customer": "alice"}"#, r#"{"accounts": ["ext-2"]}"#] {
        let bed = everybody(&[]).await;
        let (status, answer) = bed.pull("revoke-consent", order).await;
        assert_eq!(
            (status, answer),
            (202, json!({"revoked": ["ext-1", "ext-2"]}))
        );
        bed.provider.settled().await;
        bed.pull("revoke-consent", order).await;
        assert_eq!(bed.bank_action("").await, 202);
        bed.provider.settled().await;
        assert_eq!(told(&bed, ACCOUNT), [active(2), required(0)]);
        assert_eq!(told(&bed, SIBLING), [active(0), required(0)]);
        assert_eq!(told(&bed, STRANGER), [active(0), active(1)]);
    }
}

#[tokio::test]
async fn a_revocation_that_names_nobody_known_revokes_nothing() {
    let bed = everybody(&[]).await;
    for (order, refused) in [
        (r#"{"customer": "nobody"}"#, 404),
        (r#"{"accounts": ["ext-1", "ext-unknown"]}"#, 404),
        (r#"{"customer": "alice", "accounts": ["ext-1"]}"#, 400),
        (r#"{"customers": []}"#, 400),
    ] {
        assert_eq!(
            bed.pull("revoke-consent", order).await.0,
            refused,
            "{order}"
        );
    }
    bed.provider.settled().await;
    assert_eq!(bed.service.count(STATEMENTS), 3);
    bed.pull("revoke-consent", "").await;
    bed.provider.settled().await;
    assert_eq!(
        bed.service.count(STATEMENTS),
        6,
        "without names everybody is meant"
    );
}

/// Loses alice's consent, books, lets alice renew it, books again.
async fn renewed(faults: &[Fault]) -> Bed {
    let bed = everybody(faults).await;
    bed.pull("revoke-consent", r#"{"customer": "alice"}"#).await;
    bed.provider.settled().await;
    bed.bank_action(r#"{"accounts": ["ext-1", "ext-2"]}"#).await;
    bed.provider.settled().await;
    bed.notify(&testbed::announced(AUTHORISATION)).await;
    assert_eq!(bed.renew("allow").await, 302);
    bed.provider.settled().await;
    bed.bank_action(r#"{"accounts": ["ext-1"]}"#).await;
    bed.provider.settled().await;
    bed
}

#[tokio::test]
async fn after_renewing_everything_held_back_is_posted_once() {
    let bed = renewed(&[]).await;
    assert_eq!(
        told(&bed, ACCOUNT),
        [active(2), required(0), active(1), active(1)]
    );
    assert_eq!(told(&bed, SIBLING), [active(0), required(0), active(1)]);
    let mut ids: Vec<_> = bed
        .service
        .bodies(STATEMENTS)
        .iter()
        .flat_map(|body| {
            body["data"]["transactionDetails"]
                .as_array()
                .unwrap()
                .clone()
        })
        .map(|entry| entry["uniqueId"].as_str().unwrap().to_owned())
        .collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "no id is sent twice");
}

#[tokio::test]
async fn faults_of_a_lost_consent_deviate_in_one_way_each() {
    let feed = async |fault| told(&renewed(&[fault]).await, ACCOUNT);
    assert_eq!(
        feed(Fault::SilentAboutLostConsent).await,
        [active(2), active(1), active(1)]
    );
    assert_eq!(
        feed(Fault::LostConsentWithTransactions).await,
        [active(2), required(1), active(1), active(1)]
    );
    assert_eq!(
        feed(Fault::GapAfterReauthorisation).await,
        [active(2), required(0), active(1)]
    );
    assert_eq!(
        feed(Fault::RepeatsAfterReauthorisation).await,
        [active(2), required(0), active(3), active(1)]
    );
    assert_eq!(
        feed(Fault::NoPatchOnReauthorisation).await,
        [active(2), required(0), active(1), active(1)]
    );
}

#[tokio::test]
async fn a_consent_that_was_not_renewed_stays_lost() {
    let bed = everybody(&[]).await;
    bed.pull("revoke-consent", r#"{"customer": "alice"}"#).await;
    bed.notify(&testbed::announced(AUTHORISATION)).await;
    assert_eq!(bed.renew("cancel").await, 302);
    bed.bank_action(r#"{"accounts": ["ext-1"]}"#).await;
    bed.provider.settled().await;
    assert_eq!(told(&bed, ACCOUNT), [active(2), required(0)]);
    let other = "aaaa0000-0000-4000-8000-000000000002";
    bed.notify(&testbed::announced(other)).await;
    let route = format!("PATCH /v1/authorisations/{other}");
    bed.service.script(&route, [testbed::answer(409, "")]);
    assert_eq!(bed.renew_with(other, "allow").await, 502);
    bed.provider.settled().await;
    assert_eq!(told(&bed, ACCOUNT), [active(2), required(0)]);
}
