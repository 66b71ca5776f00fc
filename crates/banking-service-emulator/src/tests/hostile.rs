//! Malformed and hostile requests: every response is a fitting 4xx in JSON.

use super::*;

#[tokio::test]
async fn unknown_paths_answer_404_and_wrong_methods_405() {
    let world = World::open().await;
    let service = &world.service;
    let nowhere = send(service, Method::GET, "/nowhere", &[], "").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert_eq!(nowhere.json()["code"], "not_found");
    for (method, path, allowed) in [
        (Method::GET, "/sageid/oauth/token", "POST"),
        (Method::PUT, "/api/v1/accesstoken", "GET, POST"),
        (Method::POST, "/v1/authorisations/x", "PATCH"),
        (Method::HEAD, "/ui/return", "GET"),
        (Method::GET, "/sync", "POST"),
        (Method::PUT, "/v1/sync", "POST"),
        (Method::DELETE, "/v1/banks", "POST"),
        (
            Method::POST,
            "/api/v1/organisations/o/companies/c/availablebankaccounts",
            "GET",
        ),
        (
            Method::GET,
            "/api/v1/organisations/o/companies/c/linkavailablebankaccount",
            "POST",
        ),
        (
            Method::POST,
            "/api/v1/organisations/o/companies/c/bankaccounts/b/indirectauth",
            "GET",
        ),
    ] {
        let answer = send(service, method.clone(), path, &[], "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.headers["allow"], allowed);
        if method != Method::HEAD {
            assert_eq!(answer.json()["code"], "method_not_allowed", "{path}");
        }
    }
}

/// Bodies that no endpoint accepts.
fn junk() -> Vec<String> {
    let mut bodies: Vec<String> = [
        "",
        "{",
        "null",
        "[]",
        "\"x\"",
        "{}",
        r#"{"data":null}"#,
        r#"{"data":7}"#,
        r#"{"data":[[]]}"#,
        "{\"data\":\"\u{0}\"}",
        "\u{feff}{}",
    ]
    .map(str::to_owned)
    .to_vec();
    bodies.push("[".repeat(100_000));
    bodies.push(format!(r#"{{"accountKey":"{}"}}"#, "x".repeat(10_000)));
    bodies
}

#[tokio::test]
async fn junk_in_every_body_is_refused_and_changes_nothing() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let bearer = format!("Bearer {}", world.token);
    let provider = [
        ("x-api-key", "key-1"),
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let jwt = format!("Bearer {}", world.jwt);
    let product = [
        ("authorization", jwt.as_str()),
        ("content-type", "application/json"),
    ];
    let accounts = format!(
        "/api/v1/organisations/{}/companies/{}/bankaccounts",
        world.organisation, world.company
    );
    let candidates = accounts.replace("bankaccounts", "linkavailablebankaccount");
    for body in junk() {
        for (path, headers) in [
            ("/v1/statements", &provider[..]),
            ("/v1/banks", &provider[..]),
            ("/v1/accountqueries", &provider[..]),
            ("/v1/sync", &provider[..]),
            ("/sync", &provider[..]),
            (accounts.as_str(), &product[..]),
            (candidates.as_str(), &product[..]),
        ] {
            let answer = send(&world.service, Method::POST, path, headers, body.to_owned()).await;
            assert_eq!(
                answer.status,
                StatusCode::BAD_REQUEST,
                "{path} {:.60}",
                body
            );
            assert!(answer.json()["code"].is_string());
        }
    }
    let invalid = send(
        &world.service,
        Method::POST,
        "/v1/statements",
        &provider,
        vec![0xff, 0xfe],
    )
    .await;
    assert_eq!(invalid.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.status(&id).await, "pending");
    world.assert_no_notification().await;
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let world = World::open().await;
    let bearer = format!("Bearer {}", world.token);
    let jwt = format!("Bearer {}", world.jwt);
    let company = format!(
        "/api/v1/organisations/{}/companies/{}",
        world.organisation, world.company
    );
    let accounts = format!("{company}/bankaccounts");
    let candidates = format!("{company}/linkavailablebankaccount");
    for (path, bearer) in [
        ("/v1/statements", &bearer),
        ("/v1/banks", &bearer),
        ("/v1/accountqueries", &bearer),
        ("/v1/sync", &bearer),
        (accounts.as_str(), &jwt),
        (candidates.as_str(), &jwt),
    ] {
        for media in [None, Some("text/plain"), Some("application/jsonp")] {
            let mut headers = vec![("x-api-key", "key-1"), ("authorization", bearer.as_str())];
            headers.extend(media.map(|media| ("content-type", media)));
            let answer = send(&world.service, Method::POST, path, &headers, "{}").await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
            assert_eq!(answer.json()["code"], "unsupported_media_type");
        }
    }
}

#[tokio::test]
async fn a_body_over_the_bound_is_refused_before_anything_else() {
    let world = World::open().await;
    let answer = send(
        &world.service,
        Method::POST,
        "/v1/statements",
        &[],
        vec![b' '; crate::call::BODY_BYTES_MAX + 1],
    )
    .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json()["code"], "too_large");
}

#[tokio::test]
async fn repeated_or_unprintable_credentials_are_wrong_ones() {
    let world = World::open().await;
    let bearer = format!("Bearer {}", world.token);
    let path = format!("/v1/statements/{}", Uuid::new_v4());
    for headers in [
        vec![
            ("x-api-key", "key-1"),
            ("x-api-key", "key-1"),
            ("authorization", bearer.as_str()),
        ],
        vec![
            ("x-api-key", "key-1"),
            ("authorization", bearer.as_str()),
            ("authorization", bearer.as_str()),
        ],
        vec![("x-api-key", "key-é"), ("authorization", bearer.as_str())],
    ] {
        let answer = send(&world.service, Method::GET, &path, &headers, "").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn the_router_works_below_a_prefix() {
    let world = World::open().await;
    let app = Router::new().nest("/stage/7", world.service.router());
    let request = Request::builder()
        .uri("/stage/7/sageid/.well-known/jwks.json")
        .body(Body::empty())
        .expect("a valid request");
    let response = app.oneshot(request).await.expect("a router never fails");
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_repeated_key_is_refused_unless_set_otherwise() {
    let body = r#"{"data":{"externalId":"a","externalId":"b"}}"#;
    let post = async |world: &World| {
        let bearer = format!("Bearer {}", world.token);
        let headers = [
            ("x-api-key", "key-1"),
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let path = "/v1/accountqueries";
        send(&world.service, Method::POST, path, &headers, body).await
    };
    let refused = post(&World::open().await).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        refused.json()["message"],
        "the key `data.externalId` occurs 2 times; recipients differ in which of them counts, so each key must occur once"
    );
    let rulings = Rulings {
        duplicate_keys: DuplicateKeys::Last,
        ..Rulings::default()
    };
    let world = World::with(&[], rulings).await;
    let told = post(&world).await.json();
    assert_eq!(told["message"], "data.bankId is missing; it must be a UUID");
}

#[tokio::test]
async fn a_coded_body_is_read_and_an_unknown_coding_is_refused() {
    let world = World::open().await;
    let bearer = format!("Bearer {}", world.token);
    let post = async |coding: &str, content_type: &str, body: &[u8]| {
        let headers = [
            ("x-api-key", "key-1"),
            ("authorization", bearer.as_str()),
            ("content-type", content_type),
            ("content-encoding", coding),
        ];
        let path = "/v1/%61ccountqueries/";
        let answer = send(&world.service, Method::POST, path, &headers, body.to_vec()).await;
        (answer.status.as_u16(), answer.json()["message"].clone())
    };
    let json = "application/json";
    // `{}` as one stored block of the bare deflate stream.
    let deflated = b"\x01\x02\0\xfd\xff{}";
    let read = (400, json!("data is missing; it must be an object"));
    assert_eq!(post("deflate", json, deflated).await, read);
    assert_eq!(post("identity", json, b"\xef\xbb\xbf{}").await, read);
    assert_eq!(
        post("", "application/json; charset=utf-16le", b"{\0}\0").await,
        read
    );
    let (status, message) = post("zstd", json, b"{}").await;
    assert_eq!(
        (status, message),
        (
            415,
            json!(
                "the body cannot be read: its content coding `zstd` is unknown; gzip, deflate and br are known, and UTF-8"
            )
        )
    );
    let (status, message) = post("gzip", json, b"{}").await;
    assert_eq!(
        (status, message),
        (400, json!("the body is declared as gzip, but not gzip"))
    );
}
