//! C10 and C11: a customer's further accounts, and linking them.

use axum::http::StatusCode as S;

use super::*;

fn identifiers(candidates: &[Value]) -> Vec<(&str, bool)> {
    candidates
        .iter()
        .map(|candidate| {
            (
                candidate["accountIdentifier"].as_str().expect("a string"),
                candidate["metadata"]["connected"]
                    .as_bool()
                    .expect("a flag"),
            )
        })
        .collect()
}

#[tokio::test]
async fn the_first_request_fetches_and_the_second_lists() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let first = world.available(&id).await;
    assert_eq!(first.status, S::OK);
    assert_eq!(first.json(), json!({ "availableAccounts": [] }));
    world.settle().await;
    let (uri, headers) = world.listing.asked().remove(0);
    assert_eq!(uri.query(), Some("externalId=ext-001"));
    let bearer = headers["authorization"].to_str().expect("printable");
    assert_eq!(
        bearer,
        format!(
            "Bearer {}",
            world.service.mint(crate::NotificationBearer::Valid)
        )
    );
    assert!(!headers.contains_key("x-acme"));

    let second = world.available(&id).await.json();
    let list = second["availableAccounts"].as_array().expect("a list");
    assert_eq!(identifiers(list), [(FIRST, true), ("acct-9002", false)]);
    let candidate = &list[1]["bankAccountCandidateId"];
    assert_eq!(
        list[1],
        json!({ "bankAccountCandidateId": candidate, "accountName": "Savings",
            "accountIdentifier": "acct-9002", "bankIdentifier": "cust-77",
            "metadata": { "connected": false } })
    );
}

#[tokio::test]
async fn what_is_asked_for_during_a_fetch_is_fetched_after_it() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    // No task runs between these requests, so that the first fetch still runs at the second and the third.
    for _ in 0..3 {
        assert_eq!(world.available(&id).await.status, S::OK);
    }
    world.settle().await;
    assert_eq!(world.listing.asked().len(), 2);
}

#[tokio::test]
async fn a_candidate_becomes_a_pending_account_and_the_provider_is_notified() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let before = world.candidates(&id).await;
    let body = json!({ "bankAccountCandidateId": before[1]["bankAccountCandidateId"],
        "requestedStartDate": "2026-01-31" });
    let made = world
        .product(Method::POST, "linkavailablebankaccount", Some(body))
        .await;
    assert_eq!(made.status, S::CREATED, "{}", made.text);
    let made = made.json();
    assert_eq!(made["status"], "pending");
    let new = made["bankAccountId"].as_str().expect("an id");
    let n4 = world.next_notification().await.body;
    let url = n4["resource"]["url"].clone();
    assert_eq!(
        n4,
        json!({ "type": "resourceCreated",
            "resource": { "id": new, "type": "bankAccount", "url": url },
            "additionalData": { "externalId": "ext-002", "requestedStartDate": "2026-01-31T00:00:00.000Z",
                "bankId": world.bank.to_string() } })
    );
    assert_eq!(world.status(new).await, "pending");
    world.feed(new, "a", &[1.0]).await;
    assert_eq!(world.status(new).await, "active");
    let after = world.candidates(&id).await;
    assert_eq!(identifiers(&after), [(FIRST, true), ("acct-9002", true)]);
    assert_eq!(
        after[1]["bankAccountCandidateId"],
        before[1]["bankAccountCandidateId"]
    );
    // The sibling has the same candidates; a request for both lists each once.
    assert_eq!(
        identifiers(&world.candidates(new).await),
        identifiers(&after)
    );
    let both = world.available(&format!("{id},{new}")).await.json();
    assert_eq!(both["availableAccounts"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn what_is_linked_already_is_not_linked_again_until_it_is_cancelled() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let candidates = world.candidates(&id).await;
    assert_eq!(
        world.link_candidate(&candidates[0]).await.status,
        S::CONFLICT
    );
    let made = world.link_candidate(&candidates[1]).await;
    assert_eq!(made.status, S::CREATED);
    world.next_notification().await;
    assert_eq!(
        world.link_candidate(&candidates[1]).await.status,
        S::CONFLICT
    );
    world.settle().await;
    assert!(world.inbox.try_recv().is_err());
    let new = made.json()["bankAccountId"]
        .as_str()
        .expect("an id")
        .to_owned();
    world
        .product(Method::DELETE, &format!("bankaccounts/{new}"), None)
        .await;
    world.next_notification().await;
    let again = world.candidates(&id).await;
    assert_eq!(identifiers(&again), [(FIRST, true), ("acct-9002", false)]);
    assert_eq!(world.link_candidate(&again[1]).await.status, S::CREATED);
}

#[tokio::test]
async fn only_sound_accounts_of_the_same_authorisation_are_candidates() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let mut answer = available();
    let list = answer.as_array_mut().expect("an array");
    let model = list[1].clone();
    let like = |changes: &[(&str, Value)]| {
        let mut item = model.clone();
        for (name, value) in changes {
            item[*name] = value.clone();
        }
        item
    };
    list.extend([
        like(&[
            ("accountIdentifier", json!("other")),
            ("bankIdentifier", json!("cust-78")),
        ]),
        like(&[
            ("accountIdentifier", json!("no-id")),
            ("externalId", Value::Null),
        ]),
        like(&[("accountIdentifier", json!(7))]),
        like(&[("accountIdentifier", json!("x".repeat(513)))]),
        like(&[("accountName", json!("the second of its identity"))]),
        like(&[
            ("accountIdentifier", json!("no-type")),
            ("accountType", Value::Null),
        ]),
        json!("junk"),
        Value::Null,
    ]);
    world.listing.set(S::OK, answer.to_string());
    assert_eq!(
        identifiers(&world.candidates(&id).await),
        [(FIRST, true), ("acct-9002", false), ("no-type", false)]
    );
}

#[tokio::test]
async fn a_useless_answer_keeps_what_is_known_and_a_later_one_refreshes_it() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    world.listing.set(S::INTERNAL_SERVER_ERROR, "[]");
    assert!(world.candidates(&id).await.is_empty());
    world.listing.set(S::OK, available().to_string());
    assert_eq!(world.candidates(&id).await.len(), 2);
    for (status, body) in [
        (S::OK, "{}".to_owned()),
        (S::OK, "[".to_owned()),
        (S::OK, format!("[\"{}\"]", "x".repeat(1024 * 1024))),
        (S::NO_CONTENT, String::new()),
        (S::NOT_FOUND, "[]".to_owned()),
    ] {
        world.listing.set(status, body);
        assert_eq!(world.candidates(&id).await.len(), 2, "{status}");
    }
    world.listing.set(S::OK, "[]");
    assert!(world.candidates(&id).await.is_empty());
}

#[tokio::test]
async fn candidates_belong_to_one_company() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let candidates = world.candidates(&id).await;
    world.register().await;
    world.log_in().await;
    assert_eq!(world.available(&id).await.status, S::NOT_FOUND);
    assert_eq!(
        world.link_candidate(&candidates[1]).await.status,
        S::NOT_FOUND
    );
}

#[tokio::test]
async fn wrong_questions_fetch_nothing() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let nobody = Uuid::new_v4();
    let many: Vec<String> = (0..21).map(|_| Uuid::new_v4().to_string()).collect();
    let over = many.join(",");
    for (query, status) in [
        ("", S::BAD_REQUEST),
        ("?bankAccountIds=", S::BAD_REQUEST),
        ("?bankAccountIds=x", S::BAD_REQUEST),
        (&format!("?bankAccountIds={id},"), S::BAD_REQUEST),
        (&format!("?bankAccountIds={over}"), S::BAD_REQUEST),
        (&format!("?bankAccountIds={nobody}"), S::NOT_FOUND),
        (
            &format!("?bankAccountIds={id}&bankaccountids={nobody}"),
            S::NOT_FOUND,
        ),
    ] {
        let path = format!("availablebankaccounts{query}");
        let answer = world.product(Method::GET, &path, None).await;
        assert_eq!(answer.status, status, "{query}");
        assert!(answer.json()["code"].is_string());
    }
    world
        .product(Method::DELETE, &format!("bankaccounts/{id}"), None)
        .await;
    assert_eq!(world.available(&id).await.status, S::CONFLICT);
    world.settle().await;
    assert!(world.listing.asked().is_empty());
}

#[tokio::test]
async fn a_setting_refuses_candidates_of_a_pending_account() {
    let rulings = Rulings {
        pending_candidates: crate::PendingCandidates::Refused,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    let early = world.available(&id).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.text);
    assert!(world.listing.asked().is_empty());
    world.feed(&id, "a", &[1.0]).await;
    assert_eq!(world.candidates(&id).await.len(), 2);
}

#[tokio::test]
async fn a_setting_shortens_the_notification_of_a_linked_candidate_to_the_external_id() {
    let rulings = Rulings {
        linked_notification: crate::LinkedNotification::Brief,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let account = world.link().await;
    world
        .product(Method::POST, "bankaccounts", Some(account))
        .await;
    let created = world.next_notification().await.body;
    assert!(created["additionalData"]["bankId"].is_string(), "{created}");
    let id = created["resource"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let candidates = world.candidates(&id).await;
    world.link_candidate(&candidates[1]).await;
    let linked = world.next_notification().await.body;
    assert_eq!(linked["resource"]["type"], "bankAccount");
    assert_eq!(linked["additionalData"], json!({ "externalId": "ext-002" }));
}
