//! Statements, what they make of an account, and what the product and the provider read of it.

use axum::http::StatusCode as S;

use super::*;

async fn post(world: &World, body: &Value) -> Answer {
    world.provider(Method::POST, "/v1/statements", body).await
}

/// Posts a statement, lets it be processed, and returns its final word.
async fn settle(world: &World, body: &Value) -> String {
    let posted = post(world, body).await;
    assert_eq!(posted.status, S::CREATED, "{}", posted.text);
    let id = posted.json()["data"]["_id"]
        .as_str()
        .expect("an id")
        .to_owned();
    for _ in 0..1_000 {
        let path = format!("/v1/statements/{id}");
        let read = world.provider(Method::GET, &path, &Value::Null).await;
        assert_eq!(read.status, S::OK);
        match read.json()["data"]["status"].as_str() {
            Some("processing") => tokio::task::yield_now().await,
            word => return word.expect("a word").to_owned(),
        }
    }
    panic!("the statement is never settled");
}

#[tokio::test]
async fn the_first_transactions_make_an_account_active_and_an_empty_statement_does_not() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let empty = statement(&id, world.bank, "a", &[]);
    assert_eq!(settle(&world, &empty).await, "complete");
    assert_eq!(world.status(&id).await, "pending");
    let fed = statement(&id, world.bank, "a", &[12.5, -3.25]);
    assert_eq!(settle(&world, &fed).await, "complete");
    assert_eq!(world.status(&id).await, "active");
}

#[tokio::test]
async fn a_demand_for_a_new_consent_is_kept_until_it_is_given() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let mut demand = statement(&id, world.bank, "a", &[]);
    demand["data"]["accountDetails"][0] = json!({ "bankAccountId": id, "status": "authRequired" });
    assert_eq!(settle(&world, &demand).await, "complete");
    assert_eq!(world.status(&id).await, "authRequired");
    let fed = statement(&id, world.bank, "a", &[1.0]);
    assert_eq!(settle(&world, &fed).await, "complete");
    assert_eq!(world.status(&id).await, "authRequired");
}

#[tokio::test]
async fn one_statement_of_an_account_is_in_flight() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let account = Uuid::try_parse(&id).expect("an id");
    let in_flight = |value| {
        let mut state = world.service.state();
        let account = state.accounts.get_mut(&account).expect("it was made");
        account.in_flight = value;
    };
    in_flight(Some(Uuid::new_v4()));
    let body = statement(&id, world.bank, "a", &[1.0]);
    assert_eq!(post(&world, &body).await.status, S::CONFLICT);
    in_flight(None);
    assert_eq!(settle(&world, &body).await, "complete");
}

#[tokio::test]
async fn a_transaction_sent_before_spoils_the_whole_statement() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    settle(&world, &statement(&id, world.bank, "a", &[1.0])).await;
    let mixed = statement(&id, world.bank, "a", &[1.0, 2.0]);
    assert_eq!(post(&world, &mixed).await.status, S::CONFLICT);
    let mut twice = statement(&id, world.bank, "b", &[1.0, 2.0]);
    twice["data"]["transactionDetails"][1]["uniqueId"] = json!("b-0");
    assert_eq!(post(&world, &twice).await.status, S::CONFLICT);
    let path = format!("bankaccounts/{id}/transactions");
    let read = world.product(Method::GET, &path, None).await.json();
    assert_eq!(read["bankTransactionList"]["total"], 1);
}

#[tokio::test]
async fn a_repeated_transaction_may_be_ruled_to_fail_later() {
    let rulings = Rulings {
        duplicates: crate::service::Duplicates::FailedLater,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    let body = statement(&id, world.bank, "a", &[1.0]);
    assert_eq!(settle(&world, &body).await, "complete");
    assert_eq!(settle(&world, &body).await, "failed");
    let next = statement(&id, world.bank, "b", &[1.0]);
    assert_eq!(settle(&world, &next).await, "complete");
}

#[tokio::test]
async fn the_largest_batch_is_taken_and_a_larger_one_is_not() {
    let rulings = Rulings {
        batch_limit: 3,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    let over = statement(&id, world.bank, "a", &[1.0; 4]);
    assert_eq!(post(&world, &over).await.status, S::BAD_REQUEST);
    let fits = statement(&id, world.bank, "a", &[1.0; 3]);
    assert_eq!(settle(&world, &fits).await, "complete");
}

#[tokio::test]
async fn a_statement_that_contradicts_itself_is_refused_without_effect() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let other = Uuid::new_v4().to_string();
    let changes = [
        ("/data/expected/transactionCreditSum", json!(13)),
        ("/data/expected/transactionDebitSum", json!(3.25)),
        ("/data/expected/transactionDetailsCount", json!(3)),
        ("/data/expected", json!(null)),
        ("/data/principalId", json!(other)),
        ("/data/bankId", json!(other)),
        ("/data/accountDetails", json!([])),
        ("/data/accountDetails/0/status", json!("fine")),
        ("/data/accountDetails/0/balances", json!(null)),
        ("/data/transactionDetails/0/bankAccountId", json!(other)),
        ("/data/transactionDetails/0/uniqueId", json!(7)),
        (
            "/data/transactionDetails/0/transactionAmount",
            json!("12.5"),
        ),
        ("/data/transactionDetails/0/transactionAmount", json!(1e300)),
        ("/data/transactionDetails/0/transactionType", json!("DEBIT")),
        ("/data/transactionDetails/0/datePosted", json!("2026-01-05")),
        ("/data/transactionDetails/1", json!("x")),
        ("/data/transactionDetails", json!({})),
    ];
    for (pointer, value) in changes {
        let mut body = statement(&id, world.bank, "a", &[12.5, -3.25]);
        *body.pointer_mut(pointer).expect("the field is there") = value;
        let answer = post(&world, &body).await;
        assert_eq!(answer.status, S::BAD_REQUEST, "{pointer}: {}", answer.text);
    }
    assert_eq!(world.status(&id).await, "pending");
    let good = statement(&id, world.bank, "a", &[12.5, -3.25]);
    assert_eq!(settle(&world, &good).await, "complete");
}

#[tokio::test]
async fn unknown_and_cancelled_accounts_take_no_statements() {
    let mut world = World::open().await;
    let unknown = statement(&Uuid::new_v4().to_string(), world.bank, "a", &[1.0]);
    assert_eq!(post(&world, &unknown).await.status, S::NOT_FOUND);
    let id = world.onboard().await;
    let body = statement(&id, world.bank, "a", &[1.0]);
    settle(&world, &body).await;
    let path = format!("bankaccounts/{id}");
    world.product(Method::DELETE, &path, None).await;
    let late = statement(&id, world.bank, "b", &[1.0]);
    assert_eq!(post(&world, &late).await.status, S::CONFLICT);
    let gone = world
        .product(Method::GET, &format!("{path}/transactions"), None)
        .await;
    assert_eq!(gone.status, S::NOT_FOUND);
    assert_eq!(world.service.state().transactions, 0);
    let nobody = format!("/v1/statements/{}", Uuid::new_v4());
    let read = world.provider(Method::GET, &nobody, &Value::Null).await;
    assert_eq!(read.status, S::NOT_FOUND);
}

#[tokio::test]
async fn a_cancellation_during_processing_fails_the_statement() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let posted = post(&world, &statement(&id, world.bank, "a", &[1.0])).await;
    assert_eq!(posted.status, S::CREATED);
    {
        // One thread runs this test, so the task has not started yet.
        let mut state = world.service.state();
        let account = state
            .accounts
            .get_mut(&Uuid::try_parse(&id).expect("an id"))
            .expect("it was made");
        account.status = crate::service::state::Status::Cancelled;
    }
    world.assert_silent().await;
    let path = format!(
        "/v1/statements/{}",
        posted.json()["data"]["_id"].as_str().expect("an id")
    );
    let read = world.provider(Method::GET, &path, &Value::Null).await;
    assert_eq!(read.json()["data"]["status"], "failed");
}

#[tokio::test]
async fn the_product_reads_transactions_page_by_page() {
    let rulings = Rulings {
        transaction_page: 2,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    settle(&world, &statement(&id, world.bank, "a", &[1.0, 2.0, 3.0])).await;
    let path = format!("bankaccounts/{id}/transactions");
    let first = world.product(Method::GET, &path, None).await.json();
    let list = &first["bankTransactionList"];
    assert_eq!(
        (&list["startIndex"], &list["endIndex"], &list["next"]),
        (&json!(1), &json!(2), &json!(3))
    );
    assert_eq!(first["bankAccount"]["status"], "active");
    let rest = world
        .product(Method::GET, &format!("{path}?startIndex=3"), None)
        .await
        .json();
    let list = &rest["bankTransactionList"];
    assert_eq!(list["transactions"][0]["transactionId"], 3);
    assert_eq!(list.get("next"), None);
    let none = world
        .product(Method::GET, &format!("{path}?startindex=4"), None)
        .await;
    assert_eq!(none.status, S::OK);
    assert_eq!(
        none.json()["bankTransactionList"]["transactions"],
        json!([])
    );
    let wrong = world
        .product(Method::GET, &format!("{path}?startIndex=-1"), None)
        .await;
    assert_eq!(wrong.status, S::BAD_REQUEST);
}

#[tokio::test]
async fn the_provider_finds_an_account_by_its_own_id() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let ask = |bank: String, external: &str| json!({ "data": { "bankId": bank, "externalId": external } });
    let path = "/v1/accountqueries";
    let found = world
        .provider(Method::POST, path, &ask(world.bank.to_string(), "ext-001"))
        .await;
    assert_eq!(found.status, S::OK);
    assert_eq!(found.json()["data"]["bankAccountId"], id);
    assert_eq!(found.json()["data"]["status"], "pending");
    for (bank, external, status) in [
        (world.bank.to_string(), "ext-009", S::NOT_FOUND),
        (Uuid::new_v4().to_string(), "ext-001", S::NOT_FOUND),
        ("x".to_owned(), "ext-001", S::BAD_REQUEST),
    ] {
        let answer = world
            .provider(Method::POST, path, &ask(bank, external))
            .await;
        assert_eq!(answer.status, status);
    }
}
