//! The fixtures of the provider's tests: a bank, a signing key, and a provider with an emulated service.

mod played;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::delivery::RetryPolicy;
use super::{Account, Customer, Fault, Outbound, Provider, Settings, Transaction};

pub(super) use played::{Played, Script, answer, held, silence, throttled};

pub(super) const ISSUER: &str = "http://sage-id.test";
pub(super) const NOTIFICATION_AUDIENCE: &str = "connector";
pub(super) const BANK: &str = "ba4c0000-0000-4000-8000-0000000000aa";
pub(super) const AUTHORISATION: &str = "aaaa0000-0000-4000-8000-000000000001";
pub(super) const ACCOUNT: &str = "b0a1c2d3-0000-4000-8000-000000000001";
pub(super) const SIBLING: &str = "b0a1c2d3-0000-4000-8000-000000000002";
pub(super) const HEADER_VALUE: &str = "header-value";
pub(super) const REDIRECT_URI: &str = "http://ui.test/return?session=7";

/// Pauses short enough for tests on real time; the deadline leaves room for a busy machine.
pub(super) const RETRY_POLICY: RetryPolicy = RetryPolicy {
    deadline: Duration::from_millis(1_500),
    attempts: 6,
    pause_first: Duration::from_millis(1),
    pause_max: Duration::from_millis(4),
    throttled_min: Duration::from_millis(5),
    polls: 5,
    poll_first: Duration::from_millis(1),
    poll_max: Duration::from_millis(2),
};

static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    RsaKeyPair::from_pkcs8(include_bytes!("testdata/signing-key.pk8"))
        .expect("the test key is sound")
});

/// Returns the key set that holds the test key as `key-1`.
pub(super) fn key_set() -> Value {
    let key = PublicKeyComponents::<Vec<u8>>::from(KEY.public_key());
    json!({"keys": [{
        "kty": "RSA", "kid": "key-1", "use": "sig", "alg": "RS256",
        "n": URL_SAFE_NO_PAD.encode(key.n),
        "e": URL_SAFE_NO_PAD.encode(key.e),
    }]})
}

/// Signs a token with the test key, whatever its header says.
pub(super) fn sign(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mut signature = vec![0; KEY.public().modulus_len()];
    KEY.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .expect("signing works");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Returns a bearer as the service sends it.
pub(super) fn bearer() -> String {
    bearer_with(&json!({"alg": "RS256", "kid": "key-1"}))
}

pub(super) fn bearer_with(header: &Value) -> String {
    let expires = time::OffsetDateTime::now_utc().unix_timestamp() + 600;
    let claims = json!({"iss": ISSUER, "aud": NOTIFICATION_AUDIENCE, "exp": expires});
    format!("Bearer {}", sign(header, &claims))
}

pub(super) fn customers() -> Vec<Customer> {
    let booked = |id: &str, date: &str, amount| {
        Arc::new(Transaction {
            id: id.to_owned(),
            date: date.to_owned(),
            amount,
            description: "coffee".to_owned(),
            pending: false,
        })
    };
    let account =
        |external: &str, name: &str, branch: Option<&str>, identifier: &str, transactions| {
            Account {
                external_id: external.to_owned(),
                name: name.to_owned(),
                branch: branch.map(str::to_owned),
                identifier: identifier.to_owned(),
                kind: "business".to_owned(),
                opening_balance: 10_000,
                transactions,
            }
        };
    let transactions = vec![
        booked("tx-3", "2026-01-05", -300),
        booked("tx-1", "2026-01-02", 1_250),
        booked("tx-2", "2026-01-03", 200),
    ];
    vec![
        Customer {
            username: "alice".to_owned(),
            password: "alice-password".to_owned(),
            bank_identifier: "cust-77".to_owned(),
            accounts: vec![
                account(
                    "ext-1",
                    "Everyday <b>4321</b>",
                    Some("branch-5"),
                    "acct-1",
                    transactions,
                ),
                account("ext-2", "Savings", None, "acct-2", Vec::new()),
            ],
        },
        Customer {
            username: "bob".to_owned(),
            password: "bob-password".to_owned(),
            bank_identifier: "cust-88".to_owned(),
            accounts: vec![account("ext-9", "Bob", None, "acct-9", Vec::new())],
        },
    ]
}

/// Returns settings that point at a service below this address.
pub(super) fn settings(service: &str) -> Settings {
    let client = Client::builder(TokioExecutor::new())
        .build_http::<Body>()
        .map_response(|response: Response<_>| response.map(Body::new));
    Settings {
        base_url: "http://provider.test/p/7".to_owned(),
        outbound: Outbound::new(client.map_err(Into::into)),
        provider_api: format!("{service}/v1"),
        token_url: format!("{service}/token"),
        key_set_url: format!("{service}/jwks"),
        issuer: ISSUER.to_owned(),
        audience: "provider-api".to_owned(),
        notification_audience: NOTIFICATION_AUDIENCE.to_owned(),
        client_id: "client".to_owned(),
        client_secret: "client-secret-value".to_owned(),
        api_key: "api-key-value".to_owned(),
        notification_header: ("x-bank-key".to_owned(), HEADER_VALUE.to_owned()),
        bank: BANK.to_owned(),
        customers: customers(),
        authorisation_life: Duration::from_secs(20 * 60),
        patience: Duration::from_secs(10),
        batch_limit: 1_000,
        // No test waits for its turn unless it is about turns.
        requests_per_second: 10_000,
        multi_account: true,
        faults: Vec::new(),
        variants: Vec::new(),
    }
}

pub(super) fn announced(id: &str) -> Value {
    json!({"type": "resourceCreated", "resource": {"id": id, "type": "authorisation", "url": "NA"},
        "additionalData": {"bankId": BANK}})
}

pub(super) fn created(id: &str, external_id: &str, start: &str) -> Value {
    json!({"type": "resourceCreated", "resource": {"id": id, "type": "bankAccount", "url": ""},
        "additionalData": {"externalId": external_id, "requestedStartDate": start, "bankId": BANK}})
}

pub(super) fn deleted(id: &str, external_id: &str) -> Value {
    json!({"type": "resourceDeleted", "resource": {"id": id, "type": "bankAccount", "url": "NA"},
        "additionalData": {"externalId": external_id, "bankId": BANK}})
}

/// A provider with its emulated service.
pub(super) struct Bed {
    pub service: Played,
    pub provider: Provider,
}

impl Bed {
    pub(super) async fn new(faults: &[Fault]) -> Bed {
        Bed::with_customers(customers(), faults).await
    }

    pub(super) async fn with_customers(customers: Vec<Customer>, faults: &[Fault]) -> Bed {
        Bed::with(faults, |settings| settings.customers = customers).await
    }

    /// Makes a provider whose settings are changed.
    pub(super) async fn with(faults: &[Fault], change: impl FnOnce(&mut Settings)) -> Bed {
        let service = Played::default();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(Played::receive)
            .with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut settings = Settings {
            faults: faults.to_vec(),
            ..settings(&address)
        };
        change(&mut settings);
        Bed {
            service,
            provider: Provider::with_pace(settings, RETRY_POLICY),
        }
    }

    /// Makes a provider that keeps its usual pace and has its service within this process, for a paused clock.
    pub(super) fn in_process(faults: &[Fault]) -> Bed {
        let service = Played::default();
        let router = Router::new()
            .fallback(Played::receive)
            .with_state(service.clone());
        let outbound = tower::ServiceExt::<Request>::map_err(router, Into::into);
        let settings = Settings {
            outbound: Outbound::new(outbound),
            faults: faults.to_vec(),
            ..settings("http://service.test")
        };
        Bed {
            service,
            provider: Provider::new(settings),
        }
    }

    /// Sends a request to the provider and returns the whole answer.
    pub(super) async fn send(
        &self,
        request: axum::http::request::Builder,
        body: impl Into<Body>,
    ) -> Response {
        let request = request.body(body.into()).unwrap();
        self.provider.router().oneshot(request).await.unwrap()
    }

    pub(super) async fn notify(&self, event: &Value) -> u16 {
        self.notify_with(event, Some(HEADER_VALUE), Some(&bearer()))
            .await
    }

    pub(super) async fn notify_raw(&self, body: Vec<u8>) -> u16 {
        let request = Request::post("/notification")
            .header("x-bank-key", HEADER_VALUE)
            .header("authorization", bearer());
        self.send(request, body).await.status().as_u16()
    }

    pub(super) async fn notify_with(
        &self,
        event: &Value,
        header: Option<&str>,
        bearer: Option<&str>,
    ) -> u16 {
        let mut request = Request::post("/notification");
        if let Some(value) = header {
            request = request.header("X-Bank-Key", value);
        }
        if let Some(bearer) = bearer {
            request = request.header("authorization", bearer);
        }
        self.send(request, event.to_string())
            .await
            .status()
            .as_u16()
    }

    pub(super) async fn bank_action(&self, order: &str) -> u16 {
        self.pull("new-transactions", order).await.0
    }

    /// Triggers a bank action and returns status and body of the response.
    pub(super) async fn pull(&self, bank_action: &str, order: &str) -> (u16, Value) {
        let request = Request::post(format!("/bank-actions/{bank_action}"));
        let (status, body) = text(self.send(request, order.to_owned()).await).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    pub(super) async fn get(&self, path: &str, bearer: Option<&str>) -> (u16, String) {
        let mut request = Request::get(path);
        if let Some(bearer) = bearer {
            request = request.header("authorization", bearer);
        }
        text(self.send(request, Body::empty()).await).await
    }

    /// Opens the auth page.
    pub(super) async fn open(&self, authorisation: &str) -> (u16, String) {
        self.get(&auth_path("/auth", authorisation, ""), None).await
    }

    /// Lets alice renew her consent or cancel, and returns the last status.
    pub(super) async fn renew(&self, decision: &str) -> u16 {
        self.renew_with(AUTHORISATION, decision).await
    }

    pub(super) async fn renew_with(&self, authorisation: &str, decision: &str) -> u16 {
        let path = auth_path(
            "/authrefresh",
            authorisation,
            "&bankaccount=b&externalId=ext-1",
        );
        let token = session(&self.get(&path, None).await.1);
        let fields = [
            ("session", token.as_str()),
            ("username", "alice"),
            ("password", "alice-password"),
        ];
        let token = session(&text(self.post("/auth/login", &fields).await).await.1);
        let fields = [("session", token.as_str()), ("decision", decision)];
        self.post("/auth/consent", &fields).await.status().as_u16()
    }

    /// Posts a form and returns the whole answer.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(
            Request::post(path).header("content-type", "application/x-www-form-urlencoded"),
            form,
        )
        .await
    }
}

/// Returns path and query as the service's UI sends the browser there.
pub(super) fn auth_path(path: &str, authorisation: &str, more: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("bank", BANK)
        .append_pair("authorisation_id", authorisation)
        .append_pair("redirect_uri", REDIRECT_URI)
        .append_pair("state", "state-1")
        .finish();
    format!("{path}?{query}{more}")
}

/// Returns status and text of an answer.
pub(super) async fn text(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Returns the session token in a page.
pub(super) fn session(page: &str) -> String {
    let (_, rest) = page
        .split_once("name=\"session\" value=\"")
        .expect("the page holds a session");
    rest.split('"').next().unwrap().to_owned()
}
