//! Tokens, turns and bounds of outgoing requests, against a emulated service.

use super::super::testbed::{self, Bed};
use super::*;

fn statements() -> ApiRequest {
    ApiRequest {
        method: Method::GET,
        path: "statements/s-1".to_owned(),
        body: None,
        without_key: false,
    }
}

#[test]
fn retry_after_is_read_in_both_forms() {
    let now = OffsetDateTime::parse("Wed, 21 Oct 2015 07:28:00 GMT", &Rfc2822).unwrap();
    let check = |text: &str, seconds: Option<u64>| {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
        assert_eq!(
            read_retry_after(&headers, now),
            seconds.map(Duration::from_secs),
            "{text}"
        );
    };
    check("3", Some(3));
    check("0", Some(0));
    check("999999999", Some(600));
    check("Wed, 21 Oct 2015 07:28:05 GMT", Some(5));
    check("Wed, 21 Oct 2015 07:27:00 GMT", Some(0));
    check("soon", None);
    check("-1", None);
}

#[tokio::test]
async fn a_token_is_reused_until_it_nears_its_end() {
    let bed = Bed::new(&[]).await;
    for _ in 0..3 {
        bed.provider.inner.call(&statements()).await.unwrap();
    }
    assert_eq!(bed.service.count("POST /token"), 1);
    bed.provider.age(Duration::from_secs(28_800 - 61));
    bed.provider.inner.call(&statements()).await.unwrap();
    assert_eq!(bed.service.count("POST /token"), 1);
    bed.provider.age(Duration::from_secs(1));
    bed.provider.inner.call(&statements()).await.unwrap();
    assert_eq!(bed.service.count("POST /token"), 2);
}

#[tokio::test]
async fn concurrent_requests_share_one_token() {
    let bed = Bed::new(&[]).await;
    let (request, inner) = (statements(), &bed.provider.inner);
    let calls = tokio::join!(
        inner.call(&request),
        inner.call(&request),
        inner.call(&request)
    );
    assert!(calls.0.is_ok() && calls.1.is_ok() && calls.2.is_ok());
    assert_eq!(bed.service.count("POST /token"), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let bed = Bed::new(&[]).await;
    bed.service
        .script("GET /v1/statements/s-1", [testbed::answer(401, "")]);
    let answer = bed.provider.inner.call(&statements()).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    let calls = bed.service.calls("GET /v1/statements/s-1");
    assert_eq!(calls[0].headers["authorization"], "Bearer token-1");
    assert_eq!(calls[1].headers["authorization"], "Bearer token-2");
    assert_eq!(calls[1].headers["x-api-key"], "api-key-value");

    bed.service.script(
        "GET /v1/statements/s-1",
        [testbed::answer(401, ""), testbed::answer(401, "")],
    );
    let answer = bed.provider.inner.call(&statements()).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bed.service.count("GET /v1/statements/s-1"), 4);
}

#[tokio::test]
async fn a_fault_repeats_with_ever_new_tokens() {
    let bed = Bed::new(&[Fault::EndlessNewTokens]).await;
    let refusals = std::iter::repeat_with(|| testbed::answer(401, ""));
    bed.service
        .script("GET /v1/statements/s-1", refusals.take(5));
    let answer = bed.provider.inner.call(&statements()).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(bed.service.count("GET /v1/statements/s-1"), 6);
    assert_eq!(bed.service.count("POST /token"), 6);
}

#[tokio::test]
async fn a_fault_fetches_a_token_for_every_request() {
    let bed = Bed::new(&[Fault::TokenFetchedEachTime]).await;
    for _ in 0..3 {
        bed.provider.inner.call(&statements()).await.unwrap();
    }
    assert_eq!(bed.service.count("POST /token"), 3);
}

#[tokio::test]
async fn a_fault_keeps_a_token_that_is_over_or_refused() {
    let bed = Bed::new(&[Fault::KeepsExpiredToken]).await;
    bed.provider.inner.call(&statements()).await.unwrap();
    bed.provider.age(Duration::from_secs(28_800));
    bed.service
        .script("GET /v1/statements/s-1", [testbed::answer(401, "")]);
    let answer = bed.provider.inner.call(&statements()).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bed.service.count("POST /token"), 1);
    assert_eq!(bed.service.count("GET /v1/statements/s-1"), 2);
}

/// Makes two requests where two a second are allowed.
async fn busy(faults: &[Fault]) -> Bed {
    let bed = Bed::with(faults, |settings| settings.requests_per_second = 2).await;
    for _ in 0..2 {
        bed.provider.inner.call(&statements()).await.unwrap();
    }
    bed
}

#[tokio::test]
async fn a_request_waits_for_its_turn_and_one_with_a_fault_does_not() {
    let bed = busy(&[]).await;
    tokio::time::pause();
    let request = statements();
    tokio::select! {
        biased;
        _ = bed.provider.inner.call(&request) => panic!("it did not wait"),
        () = tokio::time::sleep(Duration::from_millis(500)) => {}
    }
    assert_eq!(bed.service.count("GET /v1/statements/s-1"), 2);
    tokio::time::resume();
    let bed = busy(&[Fault::ExceedsRate]).await;
    let before = tokio::time::Instant::now();
    bed.provider.inner.call(&request).await.unwrap();
    assert!(before.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let bed = Bed::new(&[]).await;
    bed.service
        .script("POST /token", [testbed::answer(401, "")]);
    let error = bed.provider.inner.call(&statements()).await.unwrap_err();
    assert!(matches!(error, CallError::NoToken(_)), "{error}");
    assert_eq!(bed.service.count("GET /v1/statements/s-1"), 0);
}

#[tokio::test]
async fn an_answer_that_never_comes_is_a_time_out() {
    let bed = Bed::new(&[]).await;
    bed.service
        .script("GET /v1/statements/s-1", [testbed::silence()]);
    let error = bed.provider.inner.call(&statements()).await.unwrap_err();
    assert!(matches!(error, CallError::TimedOut), "{error}");
}

#[tokio::test]
async fn an_endless_answer_is_not_read() {
    let bed = Bed::new(&[]).await;
    bed.service.script(
        "GET /v1/statements/s-1",
        [testbed::answer(200, &"x".repeat(BODY_MAX + 1))],
    );
    let error = bed.provider.inner.call(&statements()).await.unwrap_err();
    assert!(matches!(error, CallError::TooLarge), "{error}");
}
