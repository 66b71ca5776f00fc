//! Each mistake of the surroundings is told apart from the others, by a connector that is really there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use tokio::net::TcpListener;

use super::*;
use crate::secret::Secret;
use crate::topology::ForProvider;
use crate::vault::Vault;
use plan_language::participant::Mode;

/// Serves a router on a port of its own for as long as the test runs.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// A connector that wants the header that was agreed on, and whose clock says `date`, if anything.
fn connector(date: Option<&'static str>) -> Router {
    let page = move || async move {
        let mut headers = HeaderMap::new();
        if let Some(date) = date {
            headers.insert("date", date.parse().expect("a value"));
        }
        (headers, "a page")
    };
    let told = |headers: HeaderMap| async move {
        let agreed = headers
            .get("x-key")
            .is_some_and(|value| value == "agreed-value");
        let bearer = headers
            .get("authorization")
            .is_some_and(|value| value == "Bearer a-bearer");
        match agreed && bearer {
            true => StatusCode::NO_CONTENT,
            false => StatusCode::UNAUTHORIZED,
        }
    };
    Router::new()
        .route("/page", get(page))
        .route("/notification", post(told).get(page))
}

/// Ourselves: the probe is answered with the word, and tokens are given to the right client.
fn ourselves() -> Router {
    let token = |body: String| async move {
        match body.contains("client_secret=right") {
            true => (StatusCode::OK, r#"{"access_token":"t","expires_in":28800}"#),
            false => (StatusCode::UNAUTHORIZED, "{}"),
        }
    };
    Router::new()
        .route("/probe", get(|| async { "the word" }))
        .route("/sageid/oauth/token", post(token))
}

/// Surroundings in which nothing is wrong.
async fn sound(connector: Router) -> Preflight {
    let (us, them) = (serve(ourselves()).await, serve(connector).await);
    let callbacks = BTreeMap::from([
        (Callback::Notification, format!("{them}/notification")),
        (Callback::Auth, format!("{them}/page")),
    ]);
    let _ = rustls::crypto::ring::default_provider().install_default();
    Preflight {
        mode: Mode::Connector,
        origin: us.clone(),
        public: us.clone(),
        probe: "/probe",
        word: "the word".to_owned(),
        callbacks,
        token_url: Some(format!("{us}/sageid/oauth/token")),
        key_set: format!("{us}/keys"),
        for_provider: ForProvider {
            token_url: String::new(),
            provider_api: String::new(),
            key_set: String::new(),
            issuer: String::new(),
        },
        client_id: Secret::new("client"),
        client_secret: Secret::new("right"),
        audience: "papi".to_owned(),
        notification_audience: "connector".to_owned(),
        notification_header: ("x-key".to_owned(), Secret::new("agreed-value")),
        bearer: Some("a-bearer".to_owned()),
        bank: "10aaeee6-0000-4000-8000-000000000001".to_owned(),
        longest: Duration::from_secs(60),
        proxied: false,
        http: reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client"),
        vault: Arc::new(Vault::new()),
    }
}

/// Returns what is wrong, as `what: seen -> hint`.
async fn wrong(preflight: &Preflight) -> Vec<String> {
    examine(preflight, Depth::Whole, SystemTime::now)
        .await
        .into_iter()
        .filter(|one| one.state == State::Ill)
        .map(|one| {
            format!(
                "{}: {} -> {}",
                one.what,
                one.seen,
                one.hint.unwrap_or_default()
            )
        })
        .collect()
}

#[track_caller]
fn only(wrong: &[String], what: &str, words: &[&str]) {
    assert!(wrong.iter().all(|one| one.starts_with(what)), "{wrong:#?}");
    let first = wrong.first().expect("something is wrong");
    for word in words {
        assert!(first.contains(word), "{word:?} in {first}");
    }
}

#[tokio::test]
async fn sound_surroundings_are_well_throughout() {
    let found = examine(&sound(connector(None)).await, Depth::Whole, SystemTime::now).await;
    let states: Vec<_> = found
        .iter()
        .map(|one| (one.what.as_str(), one.state))
        .collect();
    assert!(
        states.iter().all(|(_, state)| *state == State::Well),
        "{found:#?}"
    );
    assert_eq!(found.len(), 7, "{found:#?}");
}

#[tokio::test]
async fn a_wrong_host_is_told() {
    let mut preflight = sound(connector(None)).await;
    for url in preflight.callbacks.values_mut() {
        *url = "http://connector.invalid:8080/page".to_owned();
    }
    let wrong = wrong(&preflight).await;
    only(
        &wrong,
        "name connector.invalid",
        &["does not resolve", "provider.callbacks"],
    );
    assert_eq!(wrong.len(), 1, "it is said once: {wrong:#?}");
}

#[tokio::test]
async fn a_wrong_port_is_told() {
    let mut preflight = sound(connector(None)).await;
    for url in preflight.callbacks.values_mut() {
        *url = "http://127.0.0.1:1/page".to_owned();
    }
    let wrong = wrong(&preflight).await;
    only(
        &wrong,
        "callback",
        &["nobody listens at http://127.0.0.1:1", "is 1 its port?"],
    );
}

#[tokio::test]
async fn wrong_credentials_are_told_and_never_shown() {
    let mut preflight = sound(connector(None)).await;
    preflight.notification_header.1 = Secret::new("some-other-value");
    let told = wrong(&preflight).await;
    only(
        &told,
        "notification credentials",
        &["refuses them (401)", "`x-key`", "/keys"],
    );
    assert!(!told[0].contains("some-other-value"), "{told:?}");

    preflight.notification_header.1 = Secret::new("agreed-value");
    preflight.client_secret = Secret::new("left");
    let told = wrong(&preflight).await;
    only(&told, "token endpoint", &["401", "client_secret"]);
    assert!(!told[0].contains("left"), "{told:?}");
}

#[tokio::test]
async fn a_wrong_clock_is_told_once() {
    let preflight = sound(connector(Some("Sat, 21 Nov 2020 10:00:00 GMT"))).await;
    let wrong = wrong(&preflight).await;
    only(
        &wrong,
        "clock of http://127.0.0.1",
        &["behind ours", "set the clocks"],
    );
    assert_eq!(wrong.len(), 1, "{wrong:#?}");
}

#[tokio::test]
async fn an_unreachable_sink_is_told() {
    let mut preflight = sound(connector(None)).await;
    preflight.public = "http://127.0.0.1:1".to_owned();
    let told = wrong(&preflight).await;
    only(
        &told,
        "our own address",
        &["does not lead to us", "must lead to http://"],
    );

    // Somebody else's page is not ours, whatever its status.
    let elsewhere = serve(Router::new().fallback(|| async { "welcome" })).await;
    preflight.public = elsewhere;
    let told = wrong(&preflight).await;
    only(&told, "our own address", &["leads to somebody else", "200"]);
}

#[tokio::test]
async fn the_cheap_part_sends_no_notification() {
    let mut preflight = sound(connector(None)).await;
    preflight.notification_header.1 = Secret::new("some-other-value");
    let found = examine(&preflight, Depth::Cheap, SystemTime::now).await;
    assert_eq!(worst(&found), State::Well, "{found:#?}");
}
