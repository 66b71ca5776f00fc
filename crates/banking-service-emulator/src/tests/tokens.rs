//! Sage ID: the token endpoint, its documents, and bearers on notifications.

use crate::{NotificationBearer, RotatedBearer, token};

use super::*;

async fn ask(service: &Service, kind: &str, body: &str) -> Answer {
    let headers = [("content-type", kind)];
    let path = "/sageid/oauth/token";
    send(service, Method::POST, path, &headers, body.to_owned()).await
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_setting_changes_the_issuer_and_not_the_address_of_sage_id() {
    let rulings = Rulings {
        issuer: Some("https://id.example/".to_owned()),
        ..Rulings::default()
    };
    let world = World::with(&[], rulings).await;
    let path = "/sageid/.well-known/openid-configuration";
    let told = send(&world.service, Method::GET, path, &[], "")
        .await
        .json();
    assert_eq!(told["issuer"], "https://id.example/");
    assert_eq!(
        told["jwks_uri"],
        format!("{BASE}/sageid/.well-known/jwks.json")
    );
    let bearer = world.service.mint(NotificationBearer::Valid);
    let claims = crate::token::read(&bearer).expect("a token of ours");
    assert_eq!(claims["iss"], "https://id.example/");
    // The Provider API accepts the issued token.
    let unknown = format!("/v1/statements/{}", Uuid::new_v4());
    let answer = world.provider(Method::GET, &unknown, &Value::Null).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn form_and_json_get_a_token_of_eight_hours() {
    let world = World::open().await;
    let json = json!({ "grant_type": "client_credentials", "client_id": "client-1",
        "client_secret": "secret-1", "audience": "provider-api" });
    let answer = ask(
        &world.service,
        "application/json; charset=utf-8",
        &json.to_string(),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 28_800);
    let claims = token::read(body["access_token"].as_str().expect("a token")).expect("ours");
    assert_eq!(claims["iss"], format!("{BASE}/sageid"));
    assert_eq!(claims["aud"], "provider-api");
    assert_eq!(claims["sub"], "client-1");
    let seconds = |name: &str| claims[name].as_i64().expect("seconds");
    assert_eq!(seconds("exp") - seconds("iat"), 28_800);
}

#[tokio::test]
async fn a_wrong_token_request_says_what_is_wrong() {
    let world = World::open().await;
    let good = "grant_type=client_credentials&client_id=client-1&client_secret=secret-1&audience=provider-api";
    for (kind, body, status, code) in [
        (
            FORM,
            good.replace("credentials", "credential"),
            400,
            "unsupported_grant_type",
        ),
        (
            FORM,
            good.replace("secret-1", "secret-2"),
            401,
            "invalid_client",
        ),
        (
            FORM,
            good.replace("client-1", "client-2"),
            401,
            "invalid_client",
        ),
        (
            FORM,
            good.replace("provider-api", "other"),
            400,
            "invalid_target",
        ),
        (
            FORM,
            good.replace("&audience=provider-api", ""),
            400,
            "invalid_request",
        ),
        (
            FORM,
            format!("{good}&client_id=client-1"),
            400,
            "invalid_request",
        ),
        (FORM, String::new(), 400, "invalid_request"),
        ("application/json", "[]".to_owned(), 400, "invalid_request"),
        ("application/json", "{".to_owned(), 400, "invalid_request"),
        (
            "application/json",
            r#"{"grant_type":1}"#.to_owned(),
            400,
            "invalid_request",
        ),
        ("text/plain", good.to_owned(), 415, "invalid_request"),
    ] {
        let answer = ask(&world.service, kind, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}");
        assert_eq!(answer.json()["error"], code, "{body}");
        assert!(!answer.text.contains("secret-1"));
    }
}

#[tokio::test]
async fn the_discovery_document_leads_to_the_key_set() {
    let world = World::open().await;
    let path = "/sageid/.well-known/openid-configuration";
    let document = send(&world.service, Method::GET, path, &[], "")
        .await
        .json();
    assert_eq!(document["issuer"], format!("{BASE}/sageid"));
    let keys = world
        .browse(document["jwks_uri"].as_str().expect("a url"))
        .await;
    assert_eq!(keys.status, StatusCode::OK);
    assert_eq!(keys.json()["keys"][0]["kty"], "RSA");
}

#[tokio::test]
async fn notifications_share_one_good_bearer_until_it_ages() {
    let mut world = World::open().await;
    let path = format!("indirectlinkaccount?bankid={}", world.bank);
    let mut bearers = Vec::new();
    for age in [0, 0, 476 * 60] {
        world.service.age(Duration::from_secs(age));
        if age > 0 {
            world.log_in().await;
        }
        world.product(Method::GET, &path, None).await;
        let n1 = world.next_notification().await;
        let bearer = n1.headers["authorization"].to_str().expect("printable");
        bearers.push(bearer.to_owned());
    }
    assert_eq!(bearers[0], bearers[1]);
    assert_ne!(bearers[0], bearers[2]);
    let text = bearers[0].strip_prefix("Bearer ").expect("a bearer");
    let claims = token::read(text).expect("ours");
    assert_eq!(claims["aud"], "connector");
    assert_eq!(claims["iss"], format!("{BASE}/sageid"));
}

#[tokio::test]
async fn each_minted_bearer_is_wrong_in_one_way() {
    let world = World::open().await;
    let now = crate::moment::Moment::now().seconds();
    let claims = |kind| token::read(&world.service.mint(kind));
    let good = claims(NotificationBearer::Valid).expect("well signed");
    assert_eq!(good["aud"], "connector");
    assert!(good["exp"].as_i64() > Some(now));
    let expired = claims(NotificationBearer::Expired).expect("well signed");
    assert_eq!(expired["aud"], "connector");
    assert!(expired["exp"].as_i64() < Some(now - 3_500));
    let other = claims(NotificationBearer::WrongAudience).expect("well signed");
    assert_ne!(other["aud"], "connector");
    assert!(other["exp"].as_i64() > Some(now));
    assert_eq!(claims(NotificationBearer::BadSignature), None);
    assert_eq!(
        world
            .service
            .mint(NotificationBearer::Valid)
            .split('.')
            .count(),
        3
    );
}

#[tokio::test]
async fn a_change_of_keys_publishes_and_withdraws_its_own_alone() {
    let world = World::open().await;
    let published = async || -> Vec<String> {
        let set = world
            .browse(&format!("{BASE}/sageid/.well-known/jwks.json"))
            .await
            .json();
        let keys = set["keys"].as_array().expect("an array").clone();
        keys.iter()
            .map(|key| key["kid"].as_str().expect("a string").to_owned())
            .collect()
    };
    let usual = published().await;
    let (rotation, other) = (world.service.rotate_keys(), world.service.rotate_keys());
    assert_eq!(published().await, usual);
    other.bearer(RotatedBearer::New);
    let before = published().await;
    rotation.bearer(RotatedBearer::New);
    rotation.bearer(RotatedBearer::New);
    let during = published().await;
    assert_eq!((during.len(), &during[0]), (before.len() + 1, &usual[0]));
    rotation.bearer(RotatedBearer::Next);
    let after = published().await;
    assert_eq!(after.len(), during.len());
    assert!(before.iter().all(|kid| after.contains(kid)));
    rotation.bearer(RotatedBearer::Withdrawn);
    rotation.bearer(RotatedBearer::New);
    assert_eq!(
        published().await,
        after,
        "what is withdrawn stays withdrawn"
    );
    drop(rotation);
    assert_eq!(published().await, before);
    drop(other);
    assert_eq!(published().await, usual);
}

#[tokio::test]
async fn a_token_of_another_service_is_foreign() {
    let world = World::open().await;
    let mut other = settings(None, &[], Rulings::default());
    other.base_url = "http://service.test/stage/8".to_owned();
    let other = Service::new(other);
    let bearer = format!("Bearer {}", world.token);
    let headers = [("x-api-key", "key-1"), ("authorization", bearer.as_str())];
    let path = format!("/v1/statements/{}", Uuid::new_v4());
    let here = send(&world.service, Method::GET, &path, &headers, "").await;
    assert_eq!(here.status, StatusCode::NOT_FOUND);
    let there = send(&other, Method::GET, &path, &headers, "").await;
    assert_eq!(there.status, StatusCode::FORBIDDEN);
}

#[test]
fn settings_show_no_secret() {
    let shown = format!("{:?}", settings(None, &[], Rulings::default()));
    for secret in ["key-1", "secret-1", "app-signing-key", "acme-secret"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn a_token_request_in_json_names_the_field_that_is_no_text() {
    let world = World::open().await;
    let good = json!({ "grant_type": "client_credentials", "client_id": "client-1", "client_secret": "secret-1",
        "audience": "provider-api" });
    let mut with_more = good.clone();
    with_more["scope"] = json!(["x"]);
    let taken = ask(&world.service, "application/json", &with_more.to_string()).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
    for name in ["grant_type", "client_id", "client_secret", "audience"] {
        for (value, what) in [
            (json!(7), "must be a string, but is a number"),
            (
                json!(["client-1"]),
                "must be a string, but is an array of 1 element",
            ),
            (json!({}), "must be a string, but is an object"),
            (json!(true), "must be a string, but is true"),
            (Value::Null, "is missing or empty"),
            (json!(""), "is missing or empty"),
        ] {
            let mut body = good.clone();
            body[name] = value.clone();
            let answer = ask(&world.service, "application/json", &body.to_string()).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name} {value}");
            let told = answer.json();
            assert_eq!(told["error"], "invalid_request");
            assert_eq!(
                told["error_description"],
                format!("{name} {what}"),
                "{value}"
            );
        }
    }
}
