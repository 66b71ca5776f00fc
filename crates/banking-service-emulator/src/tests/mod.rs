//! Calls every route of the Service as its callers do, with a real listener as the provider.

mod accounts;
mod authorisations;
mod candidates;
mod faults;
mod hostile;
mod linking;
mod reauthorisations;
mod reconnections;
mod shapes;
mod statements;
mod tenants;
mod throttling;
mod tokens;
mod world;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::IntoResponse as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::signature::SignedRequest;
use super::{Bank, Callbacks, DuplicateKeys, Fault, Rulings, Service, Settings, plain_http};
use world::World;

const BASE: &str = "http://service.test/stage/7";
const FIRST: &str = "acct-9001";

/// A response with its whole body.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    fn location(&self) -> url::Url {
        let text = self.headers["location"].to_str().expect("printable");
        url::Url::parse(text).expect("an absolute URL")
    }
}

/// A notification as the provider received it.
struct Received {
    headers: HeaderMap,
    body: Value,
}

fn settings(bank: Option<Bank>, faults: &[Fault], rulings: Rulings) -> Settings {
    Settings {
        base_url: BASE.to_owned(),
        outbound: plain_http(),
        api_key: "key-1".to_owned(),
        client_id: "client-1".to_owned(),
        client_secret: "secret-1".to_owned(),
        audience: "provider-api".to_owned(),
        notification_audience: "connector".to_owned(),
        application: "app-1".to_owned(),
        application_key: "app-signing-key".to_owned(),
        notification_header: ("x-acme".to_owned(), "acme-secret".to_owned()),
        replaced_callbacks: Vec::new(),
        bank,
        state_prefix: Some("acme-2026".to_owned()),
        rulings,
        faults: faults.to_vec(),
    }
}

/// A provider's response with its available accounts, and the requests for it.
#[derive(Clone)]
struct Listing {
    answer: Arc<Mutex<(StatusCode, String)>>,
    asked: Arc<Mutex<Vec<(Uri, HeaderMap)>>>,
}

impl Listing {
    /// Lists the two accounts of [`listed`] in the format of availableaccounts.
    fn new() -> Self {
        let answer = (StatusCode::OK, available().to_string());
        Self {
            answer: Arc::new(Mutex::new(answer)),
            asked: Arc::default(),
        }
    }

    fn set(&self, status: StatusCode, body: impl Into<String>) {
        *self.answer.lock().expect("no test panics with it") = (status, body.into());
    }

    fn asked(&self) -> Vec<(Uri, HeaderMap)> {
        self.asked.lock().expect("no test panics with it").clone()
    }
}

fn available() -> Value {
    let of = |account: &Value| {
        json!({
            "accountType": "business",
            "accountName": account["accountName"],
            "externalId": account["bankAccountExternalId"],
            "bankIdentifier": account["bankIdentifier"],
            "accountIdentifier": account["accountIdentifier"],
            "branchIdentifier": account["branchIdentifier"],
        })
    };
    listed()
        .as_array()
        .expect("an array")
        .iter()
        .map(of)
        .collect()
}

/// Listens as a provider that answers every notification with `status`.
async fn provider(status: StatusCode) -> (String, mpsc::UnboundedReceiver<Received>) {
    provider_with(status, Listing::new()).await
}

async fn provider_with(
    status: StatusCode,
    listing: Listing,
) -> (String, mpsc::UnboundedReceiver<Received>) {
    let (sender, inbox) = mpsc::unbounded_channel();
    let app = Router::new().fallback(move |request: Request| {
        let sender = sender.clone();
        let listing = listing.clone();
        async move {
            let (head, body) = request.into_parts();
            if head.uri.path() == "/availableaccounts" {
                let mut asked = listing.asked.lock().expect("no test panics with it");
                asked.push((head.uri, head.headers));
                let answer = listing.answer.lock().expect("no test panics with it");
                return answer.clone().into_response();
            }
            let bytes = axum::body::to_bytes(body, usize::MAX)
                .await
                .expect("a notification arrives whole");
            let body = serde_json::from_slice(&bytes).expect("a notification is JSON");
            let headers = head.headers;
            // The test may have ended and dropped the inbox.
            sender.send(Received { headers, body }).ok();
            status.into_response()
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}"), inbox)
}

fn bank_at(url: &str) -> Bank {
    Bank {
        id: Uuid::new_v4(),
        external_ref: "acme".to_owned(),
        name: "Acme Bank".to_owned(),
        country_code: "GB".to_owned(),
        callbacks: Callbacks {
            notification: format!("{url}/notification"),
            auth: format!("{url}/auth?tenant=a%26b"),
            re_auth: format!("{url}/authrefresh"),
            available_accounts: format!("{url}/availableaccounts"),
        },
    }
}

async fn send(
    service: &Service,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).expect("a valid request");
    let response = service
        .router()
        .oneshot(request)
        .await
        .expect("the router never fails");
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .expect("an answer is whole");
    Answer {
        status: head.status,
        headers: head.headers,
        text: String::from_utf8(bytes.to_vec()).expect("answers are UTF-8"),
    }
}

fn sign(method: &str, path: &str, body: &str, nonce: &str, key: &str) -> String {
    SignedRequest {
        method,
        url: &format!("{BASE}{path}"),
        query: &[],
        body: body.as_bytes(),
        nonce,
    }
    .sign(key)
}

fn below(url: &str) -> &str {
    url.strip_prefix(BASE).expect("a URL of this service")
}

fn listed() -> Value {
    json!([
        { "bankAccountExternalId": "ext-001", "accountName": "Everyday <***4321>", "bankIdentifier": "cust-77",
          "branchIdentifier": "n/a", "accountIdentifier": FIRST },
        { "bankAccountExternalId": "ext-002", "accountName": "Savings", "bankIdentifier": "cust-77",
          "branchIdentifier": "12", "accountIdentifier": "acct-9002" },
    ])
}

/// A statement of `amounts` under unique ids that start with `prefix`.
fn statement(account: &str, bank: Uuid, prefix: &str, amounts: &[f64]) -> Value {
    let transactions: Vec<Value> = amounts
        .iter()
        .enumerate()
        .map(|(index, amount)| {
            json!({
                "uniqueId": format!("{prefix}-{index}"),
                "bankAccountId": account,
                "transactionAmount": amount,
                "transactionType": if *amount < 0.0 { "DEBIT" } else { "CREDIT" },
                "transactionStatus": "posted",
                "datePosted": "2026-01-05T09:00:00.000Z",
            })
        })
        .collect();
    let sum = |credit: bool| -> f64 {
        let chosen = amounts.iter().filter(|amount| (**amount > 0.0) == credit);
        chosen.sum()
    };
    json!({ "data": {
        "principalId": account,
        "bankId": bank.to_string(),
        "expected": {
            "transactionDetailsCount": amounts.len(),
            "accountDetailsCount": 1,
            "transactionCreditSum": sum(true),
            "transactionDebitSum": sum(false),
        },
        "accountDetails": [{
            "bankAccountId": account,
            "status": "active",
            "balances": { "ledgerBalance": 112.5, "ledgerBalanceDate": "2026-01-05T12:00:00.000Z" },
        }],
        "transactionDetails": transactions,
    } })
}
