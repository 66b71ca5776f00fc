//! Each mistake in the setup of a run has its own finding; the tests use a real connector on loopback.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use tokio::net::TcpListener;

use super::*;
use crate::exchange::{ProxyRoute, Users};
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

/// A connector that requires the agreed header, with `date` in its `Date` headers, if any.
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
        if agreed && bearer {
            StatusCode::NO_CONTENT
        } else {
            StatusCode::UNAUTHORIZED
        }
    };
    Router::new()
        .route("/page", get(page))
        .route("/notification", post(told).get(page))
}

/// feedproof's own addresses: the probe returns the word, and the token endpoint knows one client.
fn own_addresses() -> Router {
    let token = |body: String| async move {
        if body.contains("client_secret=right") {
            (StatusCode::OK, r#"{"access_token":"t","expires_in":28800}"#)
        } else {
            (StatusCode::UNAUTHORIZED, "{}")
        }
    };
    Router::new()
        .route("/probe", get(|| async { "the word" }))
        .route("/sageid/oauth/token", post(token))
}

/// A setup in which every check passes.
async fn valid_setup(connector: Router) -> RunAddresses {
    let (us, them) = (serve(own_addresses()).await, serve(connector).await);
    let callbacks = BTreeMap::from([
        (Callback::Notification, format!("{them}/notification")),
        (Callback::Auth, format!("{them}/page")),
    ]);
    let _ = rustls::crypto::ring::default_provider().install_default();
    RunAddresses {
        mode: Mode::Connector,
        origin: us.clone(),
        public: us.clone(),
        probe: "/probe",
        word: "the word".to_owned(),
        callbacks,
        live_service: Vec::new(),
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
        driver: None,
        proxy: None,
        client_certificate: None,
        http: reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client"),
        users: Users::default(),
        vault: Arc::new(Vault::new()),
    }
}

/// Returns the checks that failed, as `what: seen -> hint`.
async fn wrong(run_addresses: &RunAddresses) -> Vec<String> {
    examine(run_addresses, CheckScope::All, SystemTime::now)
        .await
        .into_iter()
        .filter(|check| check.state == CheckState::Error)
        .map(|check| {
            format!(
                "{}: {} -> {}",
                check.what,
                check.seen,
                check.hint.unwrap_or_default()
            )
        })
        .collect()
}

#[track_caller]
fn only(wrong: &[String], what: &str, words: &[&str]) {
    assert!(
        wrong.iter().all(|check| check.starts_with(what)),
        "{wrong:#?}"
    );
    let first = wrong.first().expect("something is wrong");
    for word in words {
        assert!(first.contains(word), "{word:?} in {first}");
    }
}

#[tokio::test]
async fn every_check_of_a_valid_setup_passes() {
    let found = examine(
        &valid_setup(connector(None)).await,
        CheckScope::All,
        SystemTime::now,
    )
    .await;
    let states: Vec<_> = found
        .iter()
        .map(|check| (check.what.as_str(), check.state))
        .collect();
    assert!(
        states.iter().all(|(_, state)| *state == CheckState::Ok),
        "{found:#?}"
    );
    assert_eq!(found.len(), 7, "{found:#?}");
}

#[tokio::test]
async fn a_wrong_host_is_reported() {
    let mut run_addresses = valid_setup(connector(None)).await;
    for url in run_addresses.callbacks.values_mut() {
        *url = "http://connector.invalid:8080/page".to_owned();
    }
    let wrong = wrong(&run_addresses).await;
    only(
        &wrong,
        "name connector.invalid",
        &["does not resolve", "provider.callbacks"],
    );
    assert_eq!(wrong.len(), 1, "it is said once: {wrong:#?}");
}

#[tokio::test]
async fn a_wrong_port_is_reported() {
    let mut run_addresses = valid_setup(connector(None)).await;
    for url in run_addresses.callbacks.values_mut() {
        *url = "http://127.0.0.1:1/page".to_owned();
    }
    let wrong = wrong(&run_addresses).await;
    only(
        &wrong,
        "callback",
        &[
            "http://127.0.0.1:1 refused the connection",
            "listens on port 1",
        ],
    );
}

#[tokio::test]
async fn wrong_credentials_are_reported_and_never_shown() {
    let mut run_addresses = valid_setup(connector(None)).await;
    run_addresses.notification_header.1 = Secret::new("some-other-value");
    let told = wrong(&run_addresses).await;
    only(
        &told,
        "notification credentials",
        &["refused them (401)", "`x-key`", "/keys"],
    );
    assert!(!told[0].contains("some-other-value"), "{told:?}");

    run_addresses.notification_header.1 = Secret::new("agreed-value");
    run_addresses.client_secret = Secret::new("left");
    let told = wrong(&run_addresses).await;
    only(&told, "token endpoint", &["401", "client_secret"]);
    assert!(!told[0].contains("left"), "{told:?}");
}

#[tokio::test]
async fn a_wrong_clock_is_reported_once() {
    let run_addresses = valid_setup(connector(Some("Sat, 21 Nov 2020 10:00:00 GMT"))).await;
    let wrong = wrong(&run_addresses).await;
    only(
        &wrong,
        "clock of http://127.0.0.1",
        &["behind this machine", "set the clocks"],
    );
    assert_eq!(wrong.len(), 1, "{wrong:#?}");
}

#[tokio::test]
async fn an_unreachable_sink_is_reported() {
    let mut run_addresses = valid_setup(connector(None)).await;
    run_addresses.public = "http://127.0.0.1:1".to_owned();
    let told = wrong(&run_addresses).await;
    only(
        &told,
        "public URL",
        &["does not lead to feedproof", "must forward to http://"],
    );

    // The page of another server does not pass, whatever its status.
    let elsewhere = serve(Router::new().fallback(|| async { "welcome" })).await;
    run_addresses.public = elsewhere;
    let told = wrong(&run_addresses).await;
    only(&told, "public URL", &["leads to another server", "200"]);
}

#[tokio::test]
async fn passive_checks_send_no_notification() {
    let mut run_addresses = valid_setup(connector(None)).await;
    run_addresses.notification_header.1 = Secret::new("some-other-value");
    let found = examine(&run_addresses, CheckScope::Passive, SystemTime::now).await;
    assert_eq!(worst(&found), CheckState::Ok, "{found:#?}");
}

#[tokio::test]
async fn a_proxy_that_is_down_is_named_and_not_the_connector() {
    let mut setup = valid_setup(connector(None)).await;
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let place = free.local_addr().expect("it has an address").to_string();
    drop(free);
    let url = format!("http://kim:hush@{place}");
    setup.proxy = ProxyRoute::of(&Secret::new(&*url));
    let far = |callback| (callback, "http://bank.example/page".to_owned());
    setup.callbacks = BTreeMap::from([far(Callback::Auth)]);
    setup.http = reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(&url).expect("a proxy"))
        .build()
        .expect("a client");
    let wrong = wrong(&setup).await;
    let refused = format!("proxy: {place} cannot be reached: ");
    assert!(
        wrong.iter().any(|check| check.starts_with(&refused)),
        "{wrong:#?}"
    );
    let through =
        format!("callback auth: no response from http://bank.example through the proxy {place}: ");
    assert!(
        wrong.iter().any(|check| check.starts_with(&through)),
        "{wrong:#?}"
    );
    assert!(!format!("{wrong:?}").contains("hush"));
}

#[tokio::test]
async fn a_proxy_that_only_other_programs_use_is_told() {
    let setup = valid_setup(connector(None)).await;
    let url = |text: &str| (Callback::Auth, Url::parse(text).expect("a URL"));
    let check = async |endpoint: &str, set: &str| {
        endpoint::proxy(&setup, &[url(endpoint)], |name| name == set).await
    };
    let found = check("http://bank.example/", "https_proxy")
        .await
        .expect("a warning");
    assert_eq!(found.state, CheckState::Warning);
    assert!(
        found.seen.starts_with("https_proxy is set"),
        "{}",
        found.seen
    );
    let hint = found.hint.unwrap_or_default();
    assert!(hint.ends_with("write `proxy: env:https_proxy`"), "{hint}");
    assert_eq!(check("http://127.0.0.1:8080/", "https_proxy").await, None);
    assert_eq!(check("http://bank.example/", "").await, None);
}

#[tokio::test]
async fn a_gateway_is_told_from_the_connector_behind_it() {
    const NO_CERTIFICATE: &str = "<h1>400</h1><p>No required SSL certificate was sent</p>";
    for (status, body, word) in [
        (StatusCode::BAD_GATEWAY, "", "a gateway had no answer"),
        (
            StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            "",
            "a proxy asks for credentials",
        ),
        (
            StatusCode::BAD_REQUEST,
            NO_CERTIFICATE,
            "`tls.client_certificate`",
        ),
    ] {
        let gateway = Router::new().fallback(move || async move { (status, body) });
        let setup = valid_setup(gateway).await;
        let checks = examine(&setup, CheckScope::Passive, SystemTime::now).await;
        let told: Vec<_> = checks
            .iter()
            .filter(|check| check.state == CheckState::Error)
            .collect();
        assert_eq!(told.len(), 2, "{checks:#?}");
        let hint = told[0].hint.as_deref().unwrap_or_default();
        assert!(hint.contains(word), "{hint}");
    }
}

#[tokio::test]
async fn a_live_service_that_is_down_is_named_by_its_address() {
    let mut setup = valid_setup(connector(None)).await;
    let us = setup.public.clone();
    setup.live_service = vec![
        ("consumer", format!("{us}/api/v1")),
        ("provider_api", format!("{us}/v1")),
        ("sageid", format!("{us}/sageid")),
    ];
    assert!(wrong(&setup).await.is_empty());
    // Port 1 is reserved, and no program listens there.
    setup.live_service[0].1 = "http://127.0.0.1:1/api/v1".to_owned();
    let words = [
        "no response from http://127.0.0.1:1:",
        "`service.live.consumer`",
    ];
    only(&wrong(&setup).await, "live consumer: ", &words);
}
