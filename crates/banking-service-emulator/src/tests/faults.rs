//! Each fault shows its deviation and changes nothing else.

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
    assert_eq!(
        world.next_notification().await.body["type"],
        "resourceDeleted"
    );
    assert_eq!(world.status(&id).await, "active");
    assert_eq!(delete(&world, &id).await, StatusCode::NO_CONTENT);
    world.assert_no_notification().await;
}

#[tokio::test]
async fn silent_offboarding_cancels_without_a_word() {
    let mut world = World::faulty(Fault::SilentOffboarding).await;
    let id = world.onboard().await;
    assert_eq!(delete(&world, &id).await, StatusCode::NO_CONTENT);
    assert_eq!(world.status(&id).await, "cancelled");
    world.assert_no_notification().await;
}

#[tokio::test]
async fn offboarding_without_external_id_keeps_the_bank() {
    let mut world = World::faulty(Fault::OffboardingWithoutExternalId).await;
    let id = world.onboard().await;
    delete(&world, &id).await;
    let n5 = world.next_notification().await.body;
    let bank = world.bank.to_string();
    assert_eq!(n5["additionalData"], json!({ "bankId": bank }));
}

#[tokio::test]
async fn delete_answers_200_and_does_its_work() {
    let mut world = World::faulty(Fault::DeleteAnswers200).await;
    let id = world.onboard().await;
    assert_eq!(delete(&world, &id).await, StatusCode::OK);
    assert_eq!(world.status(&id).await, "cancelled");
    world.next_notification().await;
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

#[tokio::test]
async fn the_first_candidate_request_fails_and_the_second_does_not() {
    let mut world = World::faulty(Fault::FirstCandidateRequestFails).await;
    let id = world.onboard().await;
    let first = world.available(&id).await;
    assert_eq!(first.status, StatusCode::NOT_FOUND);
    world.settle().await;
    let second = world.available(&id).await;
    assert_eq!(second.status, StatusCode::OK);
    let list = second.json()["availableAccounts"].clone();
    assert_eq!(list.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn candidates_are_hidden_but_linked_accounts_are_listed() {
    let mut world = World::faulty(Fault::CandidatesHidden).await;
    let id = world.onboard().await;
    let list = world.candidates(&id).await;
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["accountIdentifier"], FIRST);
}

#[tokio::test]
async fn linking_a_candidate_answers_200_and_does_its_work() {
    let mut world = World::faulty(Fault::LinkingCandidateAnswers200).await;
    let id = world.onboard().await;
    let list = world.candidates(&id).await;
    let made = world.link_candidate(&list[1]).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(made.json()["status"], "pending");
    assert_eq!(
        world.next_notification().await.body["additionalData"]["externalId"],
        "ext-002"
    );
}

#[tokio::test]
async fn a_linked_candidate_is_not_connected_but_cannot_be_linked_again() {
    let mut world = World::faulty(Fault::LinkedCandidateNotConnected).await;
    let id = world.onboard().await;
    let list = world.candidates(&id).await;
    assert_eq!(
        world.link_candidate(&list[1]).await.status,
        StatusCode::CREATED
    );
    let list = world.candidates(&id).await;
    assert_eq!(list[0]["metadata"]["connected"], true);
    assert_eq!(list[1]["metadata"]["connected"], false);
    assert_eq!(
        world.link_candidate(&list[1]).await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn a_re_authorisation_starts_without_a_redirect() {
    let mut world = World::faulty(Fault::ReauthorisationWithoutRedirect).await;
    let id = world.onboard().await;
    let path = format!("bankaccounts/{id}/indirectauth");
    let answer = world.product(Method::GET, &path, None).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert!(!answer.headers.contains_key("location"));
    assert_eq!(answer.json().get("redirect"), None);
    assert_eq!(answer.json()["pollPeriod"], 5000);
    world.next_notification().await;
    // Linking is not affected.
    assert!(!world.start().await.redirect.is_empty());
}

#[tokio::test]
async fn a_re_authorised_account_stays_required_though_the_poll_succeeds() {
    let mut world = World::faulty(Fault::ReauthorisedAccountStaysRequired).await;
    let id = world.onboard().await;
    world.lose_consent(&id).await;
    let started = world.renew(&id).await;
    let reported = world.report_renewal(&started.id).await;
    assert_eq!(reported.status, StatusCode::NO_CONTENT);
    assert_eq!(world.status(&id).await, "authRequired");
    assert_eq!(world.browse(&started.poll).await.json()["success"], true);
}

async fn read(world: &World, account: &str) -> Value {
    let path = format!("bankaccounts/{account}/transactions");
    let answer = world.product(Method::GET, &path, None).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

fn unique_ids(read: &Value) -> Vec<&str> {
    let list = read["bankTransactionList"]["transactions"].as_array();
    let list = list.expect("a list").iter();
    list.map(|transaction| transaction["uniqueId"].as_str().expect("a string"))
        .collect()
}

#[tokio::test]
async fn transactions_are_read_without_their_list() {
    let mut world = World::faulty(Fault::TransactionsWithoutList).await;
    let id = world.onboard().await;
    feed(&world, &id).await;
    let body = read(&world, &id).await;
    assert_eq!(body.get("bankTransactionList"), None);
    assert_eq!(body["bankAccount"]["status"], "active");
}

#[tokio::test]
async fn one_transaction_of_a_statement_is_lost() {
    let mut world = World::faulty(Fault::LosesTransactions).await;
    let id = world.onboard().await;
    world.feed(&id, "a", &[1.0, 2.0]).await;
    world.feed(&id, "b", &[1.0, 2.0]).await;
    let body = read(&world, &id).await;
    assert_eq!(unique_ids(&body), ["a-0", "b-0"]);
    assert_eq!(body["bankAccount"]["status"], "active");
    assert_eq!(world.service.context().state().transactions, 2);
}

#[tokio::test]
async fn one_transaction_of_a_statement_is_there_twice() {
    let mut world = World::faulty(Fault::DoublesTransactions).await;
    let id = world.onboard().await;
    world.feed(&id, "a", &[1.0, 2.0]).await;
    let body = read(&world, &id).await;
    assert_eq!(unique_ids(&body), ["a-0", "a-1", "a-1"]);
    assert_eq!(
        body["bankTransactionList"]["transactions"][2]["transactionId"],
        3
    );
    assert_eq!(world.service.context().state().transactions, 3);
}
