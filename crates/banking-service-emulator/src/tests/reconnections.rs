//! An account that is linked again after its deletion, and the page on which it is chosen.

use super::super::settings::LinkedInSelection;
use super::*;

async fn delete(world: &mut World, account: &str) {
    let path = format!("bankaccounts/{account}");
    let answer = world.product(Method::DELETE, &path, None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    world.next_notification().await;
}

/// Links the first account of the bank again, from a start date, and returns the answer of the Service.
async fn reconnect(world: &mut World, start: &str) -> Value {
    let mut account = world.link().await;
    account["requestedStartDate"] = json!(start);
    let made = world
        .product(Method::POST, "bankaccounts", Some(account))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()
}

#[tokio::test]
async fn a_reconnected_account_is_a_new_one_with_its_own_start_date() {
    let mut world = World::open().await;
    let old = world.onboard().await;
    world.feed(&old, "a", &[1.0]).await;
    delete(&mut world, &old).await;
    let again = reconnect(&mut world, "2026-06-01").await;
    let new = again["bankAccountId"].as_str().expect("an id").to_owned();
    assert_ne!(new, old);
    assert_eq!(again["status"], "pending");
    let told = world.next_notification().await.body;
    assert_eq!(told["resource"]["id"], new);
    let start = "2026-06-01T00:00:00.000Z";
    assert_eq!(told["additionalData"]["requestedStartDate"], start);
    // The ids of the deleted account's transactions may be used again.
    world.feed(&new, "a", &[1.0]).await;
    assert_eq!(world.status(&new).await, "active");
    assert_eq!(world.status(&old).await, "cancelled");
}

#[tokio::test]
async fn a_deleted_account_is_revived_under_its_old_id() {
    let mut world = World::faulty(Fault::ReconnectionRevivesAccount).await;
    let old = world.onboard().await;
    delete(&mut world, &old).await;
    let again = reconnect(&mut world, "2026-06-01").await;
    assert_eq!(again["bankAccountId"], old);
    assert_eq!(world.status(&old).await, "pending");
    let told = world.next_notification().await.body;
    assert_eq!(told["type"], "resourceCreated");
}

#[tokio::test]
async fn a_reconnected_account_keeps_its_first_start_date() {
    let mut world = World::faulty(Fault::ReconnectionKeepsOldStartDate).await;
    let old = world.onboard().await;
    let path = format!("bankaccounts/{old}");
    let before = world.product(Method::GET, &path, None).await.json();
    delete(&mut world, &old).await;
    let again = reconnect(&mut world, "2026-06-01").await;
    assert_eq!(again["requestedStartDate"], before["requestedStartDate"]);
    assert_ne!(again["bankAccountId"], old);
}

#[tokio::test]
async fn the_ids_of_a_deleted_account_are_refused() {
    let mut world = World::faulty(Fault::DeletedTransactionIdsRefused).await;
    let old = world.onboard().await;
    world.feed(&old, "a", &[1.0]).await;
    delete(&mut world, &old).await;
    let new = reconnect(&mut world, "2026-06-01").await;
    let new = new["bankAccountId"].as_str().expect("an id").to_owned();
    let body = statement(&new, world.bank, "a", &[1.0]);
    let posted = world.provider(Method::POST, "/v1/statements", &body).await;
    assert_eq!(posted.status, StatusCode::CONFLICT);
    world.feed(&new, "b", &[1.0]).await;
    assert_eq!(world.status(&new).await, "active");
}

#[tokio::test]
async fn a_pending_account_is_not_listed() {
    let mut world = World::faulty(Fault::PendingAccountsNotListed).await;
    let id = world.onboard().await;
    let list = world.product(Method::GET, "bankaccounts", None).await;
    assert_eq!(list.json(), json!([]));
    world.feed(&id, "a", &[1.0]).await;
    let list = world.product(Method::GET, "bankaccounts", None).await;
    assert_eq!(list.json()[0]["bankAccountId"], id);
}

/// Returns the page on which the customer of a second onboarding chooses, with one account linked.
async fn selection(mut world: World, accounts: &Value) -> String {
    world.onboard_one_of(accounts).await;
    let started = world.start().await;
    let back = world.way_back(&started).await;
    world.report(&started.id, accounts).await;
    world.browse(&back).await.text
}

#[tokio::test]
async fn a_linked_account_is_shown_and_marked_where_a_setting_asks_for_it() {
    let page = selection(World::open().await, &listed()).await;
    assert!(page.contains("> Savings</label>"), "{page}");
    assert!(
        page.contains("> Everyday &lt;***4321&gt;</label>"),
        "{page}"
    );
    let rulings = Rulings {
        linked_in_selection: LinkedInSelection::Marked,
        ..Rulings::default()
    };
    let page = selection(World::with(&[], rulings).await, &listed()).await;
    assert!(page.contains("> Savings</label>"), "{page}");
    let marked = "> Everyday &lt;***4321&gt; <em>(connected)</em></label>";
    assert!(page.contains(marked), "{page}");
}

#[tokio::test]
async fn only_the_first_account_is_shown() {
    let world = World::faulty(Fault::SelectionShowsFirstAccountOnly).await;
    let page = selection(world, &listed()).await;
    assert!(
        page.contains("Everyday") && !page.contains("Savings"),
        "{page}"
    );
}

#[tokio::test]
async fn an_only_account_is_chosen_unseen() {
    let mut world = World::faulty(Fault::SelectionSkippedForSingleAccount).await;
    let only = json!([listed()[0].clone()]);
    let started = world.start().await;
    let back = world.way_back(&started).await;
    world.report(&started.id, &only).await;
    let page = world.browse(&back).await.text;
    assert!(!page.contains("Everyday"), "{page}");
    let polled = world.browse(&started.poll).await.json();
    assert_eq!(polled["success"], true);
}
