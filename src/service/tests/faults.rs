//! Each fault shows its deviation, and the rest stays as it was.

use super::*;

async fn feed(world: &World, account: &str) {
    let body = statement(account, world.bank, "a", &[1.0]);
    let posted = world.provider(Method::POST, "/v1/statements", &body).await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.text);
    tokio::task::yield_now().await;
}

async fn delete(world: &World, account: &str) -> StatusCode {
    world
        .product(Method::DELETE, &format!("bankaccounts/{account}"), None)
        .await
        .status
}

#[tokio::test]
async fn status_not_cancelled_still_notifies_once() {
    let mut world = World::faulty(Fault::StatusNotCancelled).await;
    let id = world.onboard().await;
    feed(&world, &id).await;
    assert_eq!(delete(&world, &id).await, StatusCode::NO_CONTENT);
    assert_eq!(world.told().await.body["type"], "resourceDeleted");
    assert_eq!(world.status(&id).await, "active");
    assert_eq!(delete(&world, &id).await, StatusCode::NO_CONTENT);
    world.assert_silent().await;
}

#[tokio::test]
async fn silent_offboarding_cancels_without_a_word() {
    let mut world = World::faulty(Fault::SilentOffboarding).await;
    let id = world.onboard().await;
    assert_eq!(delete(&world, &id).await, StatusCode::NO_CONTENT);
    assert_eq!(world.status(&id).await, "cancelled");
    world.assert_silent().await;
}

#[tokio::test]
async fn offboarding_without_external_id_keeps_the_bank() {
    let mut world = World::faulty(Fault::OffboardingWithoutExternalId).await;
    let id = world.onboard().await;
    delete(&world, &id).await;
    let n5 = world.told().await.body;
    let bank = world.bank.to_string();
    assert_eq!(n5["additionalData"], json!({ "bankId": bank }));
}

#[tokio::test]
async fn delete_answers_200_and_does_its_work() {
    let mut world = World::faulty(Fault::DeleteAnswers200).await;
    let id = world.onboard().await;
    assert_eq!(delete(&world, &id).await, StatusCode::OK);
    assert_eq!(world.status(&id).await, "cancelled");
    world.told().await;
}

#[tokio::test]
async fn a_cancelled_account_is_unreadable_but_listed() {
    let mut world = World::faulty(Fault::CancelledAccountUnreadable).await;
    let id = world.onboard().await;
    assert_eq!(world.status(&id).await, "pending");
    delete(&world, &id).await;
    let read = world
        .product(Method::GET, &format!("bankaccounts/{id}"), None)
        .await;
    assert_eq!(read.status, StatusCode::NOT_FOUND);
    let list = world
        .product(Method::GET, "bankaccounts", None)
        .await
        .json();
    assert_eq!(list[0]["status"], "cancelled");
}

#[tokio::test]
async fn a_bank_is_not_found_but_can_be_linked() {
    let mut world = World::faulty(Fault::BankNotFound).await;
    let path = format!("/api/v1/banks/{}", world.bank);
    let headers = [("x-application", "app-1")];
    let read = send(&world.service, Method::GET, &path, &headers, "").await;
    assert_eq!(read.status, StatusCode::NOT_FOUND);
    world.onboard().await;
}

#[tokio::test]
async fn the_poll_reports_failure_though_all_went_well() {
    let mut world = World::faulty(Fault::PollReportsFailure).await;
    assert_eq!(world.link().await, Value::Null);
}

#[tokio::test]
async fn an_account_is_created_active() {
    let mut world = World::faulty(Fault::AccountCreatedActive).await;
    let account = world.link().await;
    let made = world
        .product(Method::POST, "bankaccounts", Some(account))
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.json()["status"], "active");
}

#[tokio::test]
async fn an_account_never_activates_but_is_fed() {
    let mut world = World::faulty(Fault::NeverActivates).await;
    let id = world.onboard().await;
    feed(&world, &id).await;
    assert_eq!(world.status(&id).await, "pending");
    let path = format!("bankaccounts/{id}/transactions");
    let read = world.product(Method::GET, &path, None).await.json();
    assert_eq!(read["bankTransactionList"]["total"], 1);
}

#[tokio::test]
async fn a_wrong_authorisation_is_accepted_and_a_used_one_is_not() {
    let mut world = World::faulty(Fault::WrongAuthorisationAccepted).await;
    let wrong = world.report(&Uuid::new_v4().to_string(), &listed()).await;
    assert_eq!(wrong.status, StatusCode::NO_CONTENT);
    let started = world.start().await;
    world.report(&started.id, &listed()).await;
    let used = world.report(&started.id, &listed()).await;
    assert_eq!(used.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn the_api_key_is_not_checked_on_a_patch_but_the_bearer_is() {
    let mut world = World::faulty(Fault::ApiKeyNotChecked).await;
    let started = world.start().await;
    let path = format!("/v1/authorisations/{}", started.id);
    let body = json!({ "data": { "status": "success", "bankAccounts": listed() } }).to_string();
    let bearer = format!("Bearer {}", world.token);
    let mut headers = vec![("x-api-key", "key-2"), ("content-type", "application/json")];
    let refused = send(&world.service, Method::PATCH, &path, &headers, body.clone()).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    headers.push(("authorization", &bearer));
    let taken = send(&world.service, Method::PATCH, &path, &headers, body).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT);
    let statements = send(
        &world.service,
        Method::POST,
        "/v1/statements",
        &headers,
        "{}",
    )
    .await;
    assert_eq!(statements.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn relinking_creates_a_second_account() {
    let mut world = World::faulty(Fault::RelinkingCreatesSecondAccount).await;
    let first = world.onboard().await;
    let second = world.onboard().await;
    assert_ne!(first, second);
    let list = world
        .product(Method::GET, "bankaccounts", None)
        .await
        .json();
    assert_eq!(list.as_array().map(Vec::len), Some(2));
}
