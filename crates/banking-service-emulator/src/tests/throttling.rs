//! The rate limit of the Provider API, the time of processing, and failed syncs.

use axum::http::StatusCode as S;

use super::*;

async fn ask(world: &World) -> Answer {
    let path = format!("/v1/statements/{}", Uuid::new_v4());
    world.provider(Method::GET, &path, &Value::Null).await
}

fn rulings(rate: u32, retry_after: bool) -> Rulings {
    Rulings {
        requests_per_second: Some(rate),
        retry_after,
        ..Rulings::default()
    }
}

#[tokio::test]
async fn requests_beyond_the_rate_answer_429() {
    let world = World::with(&[], rulings(2, false)).await;
    tokio::time::pause();
    assert_eq!(ask(&world).await.status, S::NOT_FOUND);
    assert_eq!(ask(&world).await.status, S::NOT_FOUND);
    let refused = ask(&world).await;
    assert_eq!(refused.status, S::TOO_MANY_REQUESTS);
    assert_eq!(refused.json()["code"], "too_many_requests");
    assert!(!refused.headers.contains_key("retry-after"));
    tokio::time::advance(Duration::from_millis(499)).await;
    assert_eq!(ask(&world).await.status, S::TOO_MANY_REQUESTS);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(ask(&world).await.status, S::NOT_FOUND);
}

#[tokio::test]
async fn a_throttled_report_or_statement_changes_nothing_and_may_be_repeated() {
    let mut world = World::with(&[], rulings(1, true)).await;
    let id = world.onboard().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(1)).await;
    let body = statement(&id, world.bank, "a", &[1.0]);
    ask(&world).await;
    let refused = world.provider(Method::POST, "/v1/statements", &body).await;
    assert_eq!(refused.status, S::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers["retry-after"], "1");
    let wrong = format!("/v1/authorisations/{}", Uuid::new_v4());
    let refused = world.provider(Method::PATCH, &wrong, &json!({})).await;
    assert_eq!(refused.status, S::TOO_MANY_REQUESTS);
    tokio::time::advance(Duration::from_secs(1)).await;
    let taken = world.provider(Method::POST, "/v1/statements", &body).await;
    assert_eq!(taken.status, S::CREATED);
    // Requests of the product, and those without the key, do not count.
    assert_eq!(world.status(&id).await, "pending");
    let other_customer = send(&world.service, Method::POST, "/v1/statements", &[], "").await;
    assert_eq!(other_customer.status, S::FORBIDDEN);
}

#[tokio::test]
async fn without_the_setting_there_is_no_limit() {
    let world = World::open().await;
    for _ in 0..100 {
        assert_eq!(ask(&world).await.status, S::NOT_FOUND);
    }
}

#[tokio::test]
async fn slow_processing_keeps_one_statement_of_an_account_in_flight() {
    let rulings = Rulings {
        processing: Duration::from_millis(200),
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    tokio::time::pause();
    let first = statement(&id, world.bank, "a", &[1.0]);
    let second = statement(&id, world.bank, "b", &[1.0]);
    let posted = world.provider(Method::POST, "/v1/statements", &first).await;
    assert_eq!(posted.status, S::CREATED);
    let path = format!(
        "/v1/statements/{}",
        posted.json()["data"]["_id"].as_str().expect("an id")
    );
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_millis(199)).await;
    let early = world
        .provider(Method::GET, &path, &Value::Null)
        .await
        .json();
    assert_eq!(early["data"]["status"], "processing");
    let refused = world
        .provider(Method::POST, "/v1/statements", &second)
        .await;
    assert_eq!(refused.status, S::CONFLICT);
    assert_eq!(world.status(&id).await, "pending");
    tokio::time::advance(Duration::from_millis(2)).await;
    tokio::task::yield_now().await;
    let late = world
        .provider(Method::GET, &path, &Value::Null)
        .await
        .json();
    assert_eq!(late["data"]["status"], "complete");
    assert_eq!(world.status(&id).await, "active");
    let taken = world
        .provider(Method::POST, "/v1/statements", &second)
        .await;
    assert_eq!(taken.status, S::CREATED);
}

#[tokio::test]
async fn closing_does_not_wait_for_slow_processing() {
    let rulings = Rulings {
        processing: Duration::from_secs(3_600),
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    let body = statement(&id, world.bank, "a", &[1.0]);
    world.provider(Method::POST, "/v1/statements", &body).await;
    tokio::time::timeout(Duration::from_secs(5), world.service.close())
        .await
        .expect("closing is quick");
    assert_eq!(world.status(&id).await, "active");
}

#[tokio::test]
async fn a_failed_sync_is_acknowledged_with_and_without_a_version() {
    let world = World::open().await;
    let good = json!({ "status": "FAILED", "reason": "the bank is closed", "timestamp": "2026-01-05T12:00:00.000Z" });
    for path in ["/v1/sync", "/sync"] {
        assert_eq!(
            world.provider(Method::POST, path, &good).await.status,
            S::ACCEPTED
        );
        for (name, value) in [
            ("status", json!("DONE")),
            ("status", Value::Null),
            ("reason", json!(7)),
            ("reason", json!("x".repeat(513))),
            ("timestamp", json!("2026-01-05")),
        ] {
            let mut body = good.clone();
            body[name] = value;
            let answer = world.provider(Method::POST, path, &body).await;
            assert_eq!(answer.status, S::BAD_REQUEST, "{name}");
        }
        let other_customer = send(&world.service, Method::POST, path, &[], good.to_string()).await;
        assert_eq!(other_customer.status, S::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_setting_limits_the_burst() {
    for (burst, fits) in [(None, 12), (Some(0), 10), (Some(3), 13)] {
        let rulings = Rulings {
            burst,
            ..rulings(10, false)
        };
        let world = World::with(&[], rulings).await;
        tokio::time::pause();
        let mut admitted = 0;
        while ask(&world).await.status != S::TOO_MANY_REQUESTS {
            admitted += 1;
        }
        assert_eq!(admitted, fits, "{burst:?}");
        tokio::time::resume();
    }
}
