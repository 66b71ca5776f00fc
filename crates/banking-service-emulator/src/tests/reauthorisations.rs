//! C12 and the report of a renewed consent.

use axum::http::StatusCode as S;

use super::*;

/// Makes an active account whose consent was lost.
async fn required(world: &mut World) -> String {
    let id = world.onboard().await;
    world.feed(&id, "a", &[1.0]).await;
    world.lose_consent(&id).await;
    assert_eq!(world.status(&id).await, "authRequired");
    id
}

#[tokio::test]
async fn a_re_authorisation_is_announced_like_any_and_leads_to_the_re_auth_page() {
    let mut world = World::open().await;
    let id = required(&mut world).await;
    let path = format!("bankaccounts/{id}/indirectAuth?web=true");
    let answer = world.product(Method::GET, &path, None).await;
    let n2 = world.inbox.try_recv().expect("N2 is out already").body;
    assert_eq!(answer.status, S::FOUND);
    let body = answer.json();
    assert_eq!(body["pollPeriod"], 5000);
    assert_eq!(
        answer.location().as_str(),
        body["redirect"].as_str().expect("a url")
    );
    let session = n2["resource"]["id"].as_str().expect("an id");
    assert_eq!(
        n2,
        json!({ "type": "resourceCreated",
            "resource": { "id": session, "type": "authorisation", "url": "NA" },
            "additionalData": { "bankId": world.bank.to_string() } })
    );
    let redirect = body["redirect"].as_str().expect("a url");
    assert_eq!(redirect, format!("{BASE}/ui/authorisations/{session}"));
    let opened = world.browse(redirect).await;
    assert_eq!(opened.location().path(), "/authrefresh");
    let pairs: Vec<(String, String)> = opened.location().query_pairs().into_owned().collect();
    let state = pairs[3].1.clone();
    assert_ne!(state, session);
    let expected = [
        ("bankaccount", id.as_str()),
        ("authorisation_id", session),
        (
            "redirect_uri",
            &format!("{BASE}/ui/return?session={session}"),
        ),
        ("state", &state),
        ("externalId", "ext-001"),
    ];
    assert_eq!(
        pairs,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn a_renewed_consent_is_for_all_accounts_under_it_and_no_other() {
    let mut world = World::open().await;
    let id = required(&mut world).await;
    let candidates = world.candidates(&id).await;
    let made = world.link_candidate(&candidates[1]).await.json();
    let sibling = made["bankAccountId"].as_str().expect("an id").to_owned();
    world.next_notification().await;
    world.feed(&sibling, "s", &[1.0]).await;
    world.lose_consent(&sibling).await;
    let mut foreign = listed();
    foreign[0]["bankIdentifier"] = json!("cust-78");
    let other = world.onboard_one_of(&foreign).await;
    world.feed(&other, "o", &[1.0]).await;
    world.lose_consent(&other).await;

    let started = world.renew(&id).await;
    let back = world.way_back(&started).await;
    assert_eq!(world.browse(&started.poll).await.status, S::ACCEPTED);
    assert_eq!(
        world.report_renewal(&started.id).await.status,
        S::NO_CONTENT
    );
    assert_eq!(world.status(&id).await, "active");
    assert_eq!(world.status(&sibling).await, "active");
    assert_eq!(world.status(&other).await, "authRequired");
    let page = world.browse(&back).await;
    assert_eq!(page.status, S::OK);
    assert!(
        page.text.contains("Done") && !page.text.contains("<form"),
        "{}",
        page.text
    );
    // A renewal has no account to choose, although the address of the choice is known from linking.
    let choice = back.replace("/ui/return", "/ui/choice");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let chosen = send(
        &world.service,
        Method::POST,
        below(&choice),
        &form,
        "account=0",
    )
    .await;
    assert_eq!(chosen.status, S::CONFLICT);
    assert_eq!(world.browse(&started.redirect).await.status, S::GONE);
    assert_eq!(world.report_renewal(&started.id).await.status, S::CONFLICT);
    world.feed(&id, "b", &[2.0]).await;
    assert_eq!(world.status(&id).await, "active");
}

#[tokio::test]
async fn the_poll_route_of_a_renewed_consent_ends_with_success() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    world.feed(&id, "a", &[1.0]).await;
    // It may start on an active account.
    let started = world.renew(&id).await;
    let body = json!({ "data": { "status": "success", "bankAccounts": [] } });
    let path = format!("/v1/authorisations/{}", started.id);
    let reported = world.provider(Method::PATCH, &path, &body).await;
    assert_eq!(reported.status, S::NO_CONTENT);
    let polled = world.browse(&started.poll).await;
    assert_eq!(polled.status, S::OK);
    assert_eq!(polled.json(), json!({ "account": null, "success": true }));
    assert_eq!(world.browse(&started.poll).await.status, S::GONE);
    assert_eq!(world.status(&id).await, "active");
}

#[tokio::test]
async fn a_report_that_lists_accounts_is_acknowledged_and_touches_none() {
    let mut world = World::open().await;
    let id = required(&mut world).await;
    let started = world.renew(&id).await;
    let back = world.way_back(&started).await;
    assert_eq!(
        world.report(&started.id, &listed()).await.status,
        S::NO_CONTENT
    );
    assert_eq!(world.status(&id).await, "authRequired");
    let page = world.browse(&back).await;
    assert!(
        page.text.contains("no consent was renewed"),
        "{}",
        page.text
    );
    let polled = world.browse(&started.poll).await.json();
    assert_eq!(polled, json!({ "account": null, "success": false }));
    let list = world
        .product(Method::GET, "bankaccounts", None)
        .await
        .json();
    assert_eq!(list.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_failure_a_malformed_report_and_an_early_return_renew_nothing() {
    let mut world = World::open().await;
    let id = required(&mut world).await;
    let started = world.renew(&id).await;
    let path = format!("/v1/authorisations/{}", started.id);
    for data in [
        json!({ "status": "success", "bankAccounts": 7 }),
        json!({ "status": "success", "bankAccounts": [{}] }),
        json!({ "status": 7 }),
        json!({}),
    ] {
        let body = json!({ "data": data });
        let answer = world.provider(Method::PATCH, &path, &body).await;
        assert_eq!(answer.status, S::BAD_REQUEST, "{}", answer.text);
    }
    let failure = json!({ "data": { "status": "failed" } });
    let answer = world.provider(Method::PATCH, &path, &failure).await;
    assert_eq!(answer.status, S::NO_CONTENT);
    assert_eq!(world.browse(&started.poll).await.json()["success"], false);

    let early = world.renew(&id).await;
    let back = world.way_back(&early).await;
    assert!(world.browse(&back).await.text.contains("failed"));
    assert_eq!(world.report_renewal(&early.id).await.status, S::CONFLICT);
    assert_eq!(world.status(&id).await, "authRequired");
}

#[tokio::test]
async fn a_renewal_lives_twenty_minutes() {
    let mut world = World::open().await;
    let id = required(&mut world).await;
    let started = world.renew(&id).await;
    world.service.age(Duration::from_secs(20 * 60 - 30));
    assert_eq!(world.browse(&started.redirect).await.status, S::FOUND);
    world.service.age(Duration::from_secs(31));
    assert_eq!(world.browse(&started.redirect).await.status, S::GONE);
    assert_eq!(world.report_renewal(&started.id).await.status, S::CONFLICT);
    assert_eq!(world.status(&id).await, "authRequired");
}

#[tokio::test]
async fn a_cancelled_account_is_neither_renewed_nor_revived() {
    let mut world = World::open().await;
    let id = required(&mut world).await;
    let started = world.renew(&id).await;
    let account = format!("bankaccounts/{id}");
    world.product(Method::DELETE, &account, None).await;
    assert_eq!(world.browse(&started.redirect).await.status, S::GONE);
    assert_eq!(
        world.report_renewal(&started.id).await.status,
        S::NO_CONTENT
    );
    assert_eq!(world.status(&id).await, "cancelled");
    let path = format!("{account}/indirectauth");
    let again = world.product(Method::GET, &path, None).await;
    assert_eq!(again.status, S::CONFLICT);
    for nobody in [Uuid::new_v4().to_string(), "x".to_owned()] {
        let path = format!("bankaccounts/{nobody}/indirectauth");
        assert_eq!(
            world.product(Method::GET, &path, None).await.status,
            S::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn an_authorisation_to_link_still_needs_accounts() {
    let mut world = World::open().await;
    let started = world.start().await;
    assert_eq!(
        world.report_renewal(&started.id).await.status,
        S::BAD_REQUEST
    );
    assert_eq!(
        world.report(&started.id, &json!([])).await.status,
        S::BAD_REQUEST
    );
    assert_eq!(
        world.report(&started.id, &listed()).await.status,
        S::NO_CONTENT
    );
}

#[tokio::test]
async fn a_setting_makes_a_report_with_accounts_renew_or_refused() {
    use crate::RenewalWithAccounts;
    for (ruled, answered, status) in [
        (RenewalWithAccounts::Renews, S::NO_CONTENT, "active"),
        (RenewalWithAccounts::Refused, S::BAD_REQUEST, "authRequired"),
    ] {
        let rulings = Rulings {
            renewal_with_accounts: ruled,
            ..Rulings::default()
        };
        let mut world = World::with(&[], rulings).await;
        let id = required(&mut world).await;
        let started = world.renew(&id).await;
        let reported = world.report(&started.id, &listed()).await;
        assert_eq!(reported.status, answered, "{}", reported.text);
        assert_eq!(world.status(&id).await, status);
        // The refused report left the session open for the right one.
        let again = world.report_renewal(&started.id).await.status;
        assert_eq!(
            again == S::NO_CONTENT,
            ruled == RenewalWithAccounts::Refused
        );
        assert_eq!(world.status(&id).await, "active");
    }
}

#[tokio::test]
async fn a_setting_decides_the_status_of_a_renewed_account_without_transactions() {
    use crate::RenewedUnfed;
    for (ruled, unfed) in [
        (RenewedUnfed::Active, "active"),
        (RenewedUnfed::Pending, "pending"),
    ] {
        let rulings = Rulings {
            renewed_unfed: ruled,
            ..Rulings::default()
        };
        let mut world = World::with(&[], rulings).await;
        let id = world.onboard().await;
        for (prefix, expected) in [("a", unfed), ("b", "active")] {
            world.lose_consent(&id).await;
            assert_eq!(world.status(&id).await, "authRequired");
            let started = world.renew(&id).await;
            world.report_renewal(&started.id).await;
            assert_eq!(world.status(&id).await, expected);
            // After its first transactions the account is active after every later renewal.
            world.feed(&id, prefix, &[1.0]).await;
            assert_eq!(world.status(&id).await, "active");
        }
    }
}
