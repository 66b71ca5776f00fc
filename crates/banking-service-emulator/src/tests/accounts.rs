//! Bank accounts: making, identity, offboarding and their notifications.

use super::*;

#[tokio::test]
async fn a_polled_account_is_made_pending_and_the_provider_is_notified() {
    let mut world = World::open().await;
    let mut body = world.link().await;
    body["accountType"] = json!("DEBIT");
    body["defaultCurrency"] = json!("GBP");
    body["bankId"] = json!(world.bank.to_string());
    body["requestedStartDate"] = json!("2026-01-01T00:00:00.000Z");
    let made = world
        .product(Method::POST, "bankaccounts", Some(body))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.json()["status"], "pending");
    let id = made.json()["bankAccountId"].clone();
    let n3 = world.next_notification().await.body;
    assert_eq!(n3["type"], "resourceCreated");
    assert_eq!(n3["resource"]["id"], id);
    assert_eq!(n3["resource"]["type"], "bankAccount");
    assert_eq!(
        n3["additionalData"],
        json!({ "externalId": "ext-001", "requestedStartDate": "2026-01-01T00:00:00.000Z",
            "bankId": world.bank.to_string() })
    );
    let list = world
        .product(Method::GET, "bankaccounts", None)
        .await
        .json();
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    assert_eq!(list[0]["bankAccountId"], id);
}

#[tokio::test]
async fn only_a_key_that_a_poll_handed_to_this_company_makes_an_account() {
    let mut world = World::open().await;
    let account = world.link().await;
    let refused = [
        json!({}),
        json!({ "accountKey": Uuid::new_v4().to_string() }),
        json!({ "accountKey": account["accountKey"], "accountIdentifier": "other" }),
        json!({ "accountKey": account["accountKey"], "bankIdentifier": "other" }),
        json!({ "accountKey": account["accountKey"], "bankId": Uuid::new_v4().to_string() }),
        json!({ "accountKey": account["accountKey"], "requestedStartDate": "soon" }),
        json!({ "accountKey": account["accountKey"], "defaultCurrency": "POUND" }),
        json!({ "accountKey": 1 }),
    ];
    for body in refused {
        let answer = world
            .product(Method::POST, "bankaccounts", Some(body.clone()))
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    world.register().await;
    world.log_in().await;
    let other = world
        .product(Method::POST, "bankaccounts", Some(account))
        .await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    world.assert_no_notification().await;
}

#[tokio::test]
async fn the_same_identity_again_is_the_same_account_until_it_is_cancelled() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let again = world.link().await;
    let answer = world
        .product(Method::POST, "bankaccounts", Some(again.clone()))
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["bankAccountId"], id);

    let path = format!("bankaccounts/{id}");
    world.product(Method::DELETE, &path, None).await;
    world.next_notification().await;
    let anew = world
        .product(Method::POST, "bankaccounts", Some(again.clone()))
        .await;
    assert_eq!(anew.status, StatusCode::CREATED);
    assert_ne!(anew.json()["bankAccountId"], id);
    world.next_notification().await;

    let path = format!(
        "bankaccounts/{}",
        anew.json()["bankAccountId"].as_str().expect("an id")
    );
    world.product(Method::DELETE, &path, None).await;
    let stale = world
        .product(Method::POST, "bankaccounts", Some(again))
        .await;
    assert_eq!(stale.status, StatusCode::BAD_REQUEST, "{}", stale.text);
}

#[tokio::test]
async fn an_account_that_is_reported_under_another_external_id_keeps_the_first() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let mut renamed = listed();
    renamed[0]["bankAccountExternalId"] = json!("ext-001-again");
    let again = world.link_one_of(&renamed).await;
    let answer = world
        .product(Method::POST, "bankaccounts", Some(again))
        .await;
    assert_eq!(answer.json()["bankAccountId"], id);
    for (external, status) in [
        ("ext-001", StatusCode::OK),
        ("ext-001-again", StatusCode::NOT_FOUND),
    ] {
        let body = json!({ "data": { "bankId": world.bank.to_string(), "externalId": external } });
        let found = world
            .provider(Method::POST, "/v1/accountqueries", &body)
            .await;
        assert_eq!(found.status, status, "{external}");
    }
    let path = format!("bankaccounts/{id}");
    world.product(Method::DELETE, &path, None).await;
    let told = world.next_notification().await;
    assert_eq!(told.body["additionalData"]["externalId"], "ext-001");
}

#[tokio::test]
async fn the_same_identity_in_another_company_is_another_account() {
    let mut world = World::open().await;
    let first = world.onboard().await;
    world.register().await;
    world.log_in().await;
    let second = world.onboard().await;
    assert_ne!(first, second);
    let foreign = world
        .product(Method::GET, &format!("bankaccounts/{first}"), None)
        .await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let foreign = world
        .product(Method::DELETE, &format!("bankaccounts/{first}"), None)
        .await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn offboarding_cancels_then_notifies_once() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let path = format!("bankaccounts/{id}");
    let deleted = world.product(Method::DELETE, &path, None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(deleted.text, "");
    assert_eq!(world.status(&id).await, "cancelled");
    let n5 = world.next_notification().await;
    assert_eq!(
        n5.body,
        json!({ "type": "resourceDeleted",
            "resource": { "id": id, "type": "bankAccount", "url": "NA" },
            "additionalData": { "externalId": "ext-001", "bankId": world.bank.to_string() } })
    );
    let list = world
        .product(Method::GET, "bankaccounts", None)
        .await
        .json();
    assert_eq!(list[0]["status"], "cancelled");
    let again = world.product(Method::DELETE, &path, None).await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    world.assert_no_notification().await;
}

#[tokio::test]
async fn notifications_of_one_account_keep_their_order() {
    let mut world = World::open().await;
    for _ in 0..20 {
        let account = world.link().await;
        let made = world
            .product(Method::POST, "bankaccounts", Some(account))
            .await;
        let id = made.json()["bankAccountId"]
            .as_str()
            .expect("an id")
            .to_owned();
        world
            .product(Method::DELETE, &format!("bankaccounts/{id}"), None)
            .await;
        let (first, second) = (
            world.next_notification().await.body,
            world.next_notification().await.body,
        );
        assert_eq!(first["type"], "resourceCreated");
        assert_eq!(second["type"], "resourceDeleted");
        assert_eq!(second["resource"]["id"], id);
    }
}

#[tokio::test]
async fn after_closing_nothing_is_sent() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    world.service.close().await;
    let path = format!("bankaccounts/{id}");
    let deleted = world.product(Method::DELETE, &path, None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    world.assert_no_notification().await;
}

#[tokio::test]
async fn closing_ends_a_notification_that_gets_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    let bank = bank_at(&format!("http://{address}"));
    let id = bank.id;
    let service = Service::new(settings(Some(bank), &[], Rulings::default()));
    let (_, inbox) = mpsc::unbounded_channel();
    let world = World::enter(service.clone(), id, inbox).await;
    let path = format!("indirectlinkaccount?bankid={id}");
    let linking = world.product(Method::GET, &path, None);
    let closing = async {
        // The connection shows that the notification was sent; the listener never answers.
        let connection = listener.accept().await.expect("the service connects");
        service.close().await;
        connection
    };
    let both = tokio::time::timeout(Duration::from_secs(5), async {
        tokio::join!(linking, closing)
    });
    let (answer, _) = both
        .await
        .expect("closing does not wait for the time limit");
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn deleting_an_unknown_account_sends_no_notification() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let unknown = Uuid::new_v4().to_string();
    for nobody in [
        unknown.as_str(),
        "x",
        "%00",
        "%2e%2e",
        "null",
        &"9".repeat(4_000),
    ] {
        let path = format!("bankaccounts/{nobody}");
        let answer = world.product(Method::DELETE, &path, None).await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{nobody:.40}: {}",
            answer.text
        );
        assert_eq!(answer.json()["code"], "not_found");
    }
    assert_eq!(world.status(&id).await, "pending");
    world.assert_no_notification().await;
}
