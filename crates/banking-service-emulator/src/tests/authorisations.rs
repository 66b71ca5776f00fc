//! PATCH authorisations: order of checks, single use, and the members of the body.

use super::*;

struct Headers<'a> {
    key: Option<&'a str>,
    bearer: Option<String>,
    kind: &'a str,
}

async fn patch(world: &World, id: &str, headers: Headers<'_>, body: &str) -> StatusCode {
    let mut sent = vec![("content-type", headers.kind)];
    if let Some(key) = headers.key {
        sent.push(("x-api-key", key));
    }
    if let Some(bearer) = &headers.bearer {
        sent.push(("authorization", bearer));
    }
    let path = format!("/v1/authorisations/{id}");
    send(&world.service, Method::PATCH, &path, &sent, body.to_owned())
        .await
        .status
}

#[tokio::test]
async fn each_wrong_header_has_its_status_and_none_uses_the_authorisation_up() {
    let mut world = World::open().await;
    let started = world.start().await;
    let body = json!({ "data": { "status": "success", "bankAccounts": listed() } }).to_string();
    let good = || Some(format!("Bearer {}", world.token));
    let json = "application/json";
    let notification = world.service.mint(crate::NotificationBearer::Valid);
    let cases = [
        (None, good(), json, StatusCode::FORBIDDEN),
        (Some("key-2"), good(), json, StatusCode::FORBIDDEN),
        (Some("key-2"), None, json, StatusCode::FORBIDDEN),
        (Some("key-1"), None, json, StatusCode::UNAUTHORIZED),
        (
            Some("key-1"),
            Some("Bearer x.y.z".to_owned()),
            json,
            StatusCode::FORBIDDEN,
        ),
        (
            Some("key-1"),
            Some("Basic eDp5".to_owned()),
            json,
            StatusCode::FORBIDDEN,
        ),
        (
            Some("key-1"),
            Some(format!("Bearer {}", world.jwt)),
            json,
            StatusCode::FORBIDDEN,
        ),
        (
            Some("key-1"),
            Some(format!("Bearer {notification}")),
            json,
            StatusCode::FORBIDDEN,
        ),
        (Some("key-1"), good(), "text/plain", StatusCode::FORBIDDEN),
    ];
    for (index, (key, bearer, kind, expected)) in cases.into_iter().enumerate() {
        let headers = Headers { key, bearer, kind };
        let status = patch(&world, &started.id, headers, &body).await;
        assert_eq!(status, expected, "case {index}");
    }
    let reported = world.report(&started.id, &listed()).await;
    assert_eq!(reported.status, StatusCode::NO_CONTENT);
    assert_eq!(reported.text, "");
}

#[tokio::test]
async fn an_expired_bearer_and_a_foreign_one_have_different_statuses() {
    let mut world = World::open().await;
    world.service.age(Duration::from_secs(480 * 60 + 1));
    let fresh = world.fetch_token().await;
    world.log_in().await;
    let started = world.start().await;
    let path = format!("/v1/authorisations/{}", started.id);
    let body = json!({ "data": { "status": "success", "bankAccounts": listed() } });
    let refused = world.provider(Method::PATCH, &path, &body).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.text);
    world.token = fresh;
    let taken = world.provider(Method::PATCH, &path, &body).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT, "{}", taken.text);
}

#[tokio::test]
async fn an_id_that_is_unknown_or_used_is_a_conflict_whatever_the_body() {
    let mut world = World::open().await;
    let started = world.start().await;
    for id in ["nonsense", "00000000-0000-4000-8000-000000000000"] {
        let answer = world.report(id, &listed()).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{id}");
        let answer = world.report(id, &json!("junk")).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{id}");
    }
    let first = world.report(&started.id, &listed()).await;
    assert_eq!(first.status, StatusCode::NO_CONTENT);
    let second = world.report(&started.id, &listed()).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_malformed_body_leaves_the_authorisation_open() {
    let mut world = World::open().await;
    let started = world.start().await;
    let path = format!("/v1/authorisations/{}", started.id);
    let account = &listed()[0];
    let without = |name: &str| {
        let mut account = account.clone();
        account.as_object_mut().expect("an object").remove(name);
        json!({ "data": { "status": "success", "bankAccounts": [account] } })
    };
    let bodies = [
        json!([]),
        json!({}),
        json!({ "data": [] }),
        json!({ "data": { "bankAccounts": listed() } }),
        json!({ "data": { "status": 1, "bankAccounts": listed() } }),
        json!({ "data": { "status": "success" } }),
        json!({ "data": { "status": "success", "bankAccounts": [] } }),
        json!({ "data": { "status": "success", "bankAccounts": {} } }),
        json!({ "data": { "status": "success", "bankAccounts": ["x"] } }),
        without("bankAccountExternalId"),
        without("accountName"),
        without("bankIdentifier"),
        without("branchIdentifier"),
        without("accountIdentifier"),
    ];
    for body in &bodies {
        let answer = world.provider(Method::PATCH, &path, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.json()["message"].is_string());
    }
    let good = world.report(&started.id, &listed()).await;
    assert_eq!(good.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn repeats_in_one_report_count_once() {
    let mut world = World::open().await;
    let started = world.start().await;
    let back = world.way_back(&started).await;
    let account = listed()[0].clone();
    world.report(&started.id, &json!([account, account])).await;
    let page = world.browse(&back).await;
    assert_eq!(page.text.matches("type=\"radio\"").count(), 1);
}

#[tokio::test]
async fn another_status_ends_the_session_as_failed_unless_the_setting_is_strict() {
    let mut world = World::open().await;
    let started = world.start().await;
    let path = format!("/v1/authorisations/{}", started.id);
    let body = json!({ "data": { "status": "cancelled" } });
    let answer = world.provider(Method::PATCH, &path, &body).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(world.browse(&started.poll).await.json()["success"], false);

    let rulings = Rulings {
        strict_status: true,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let started = world.start().await;
    let path = format!("/v1/authorisations/{}", started.id);
    let answer = world.provider(Method::PATCH, &path, &body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}
