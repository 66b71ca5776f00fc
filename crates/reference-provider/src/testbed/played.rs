//! The emulated service behind the provider: records requests, answers as scripted or as on a good day.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::key_set;

/// A scripted answer.
pub(in super::super) struct Script {
    status: u16,
    retry_after: Option<&'static str>,
    body: String,
    silent: bool,
    held: Option<Arc<Notify>>,
}

pub(in super::super) fn answer(status: u16, body: &str) -> Script {
    Script {
        status,
        retry_after: None,
        body: body.to_owned(),
        silent: false,
        held: None,
    }
}

/// An answer that is given only after a notification.
pub(in super::super) fn held(status: u16, body: &str, until: &Arc<Notify>) -> Script {
    Script {
        held: Some(Arc::clone(until)),
        ..answer(status, body)
    }
}

pub(in super::super) fn throttled(retry_after: &'static str) -> Script {
    Script {
        retry_after: Some(retry_after),
        ..answer(429, "")
    }
}

/// An answer that never comes.
pub(in super::super) fn silence() -> Script {
    Script {
        silent: true,
        ..answer(200, "")
    }
}

/// A recorded request.
#[derive(Clone, Debug)]
pub(in super::super) struct Call {
    pub route: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// The emulated service.
#[derive(Clone, Default)]
pub(in super::super) struct Played {
    calls: Arc<Mutex<Vec<Call>>>,
    scripts: Arc<Mutex<HashMap<String, VecDeque<Script>>>>,
    arrived: Arc<Notify>,
}

impl Played {
    pub(in super::super) fn script(&self, route: &str, answers: impl IntoIterator<Item = Script>) {
        self.scripts
            .lock()
            .unwrap()
            .entry(route.to_owned())
            .or_default()
            .extend(answers);
    }

    pub(in super::super) fn calls(&self, route: &str) -> Vec<Call> {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .filter(|call| call.route == route)
            .cloned()
            .collect()
    }

    pub(in super::super) fn routes(&self) -> Vec<String> {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .map(|call| call.route.clone())
            .collect()
    }

    pub(in super::super) fn count(&self, route: &str) -> usize {
        self.calls(route).len()
    }

    pub(in super::super) fn bodies(&self, route: &str) -> Vec<Value> {
        self.calls(route)
            .iter()
            .map(|call| serde_json::from_slice(&call.body).unwrap())
            .collect()
    }

    /// Waits until so many requests came to a route.
    pub(in super::super) async fn reached(&self, route: &str, count: usize) {
        let reached = async {
            loop {
                let arrived = self.arrived.notified();
                if self.count(route) >= count {
                    return;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached)
            .await
            .expect("the request comes");
    }

    pub(super) async fn receive(State(played): State<Played>, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap().to_vec();
        let route = format!("{} {}", parts.method, parts.uri.path());
        let number = {
            let mut calls = played.calls.lock().unwrap();
            calls.push(Call {
                route: route.clone(),
                headers: parts.headers,
                body,
            });
            calls.iter().filter(|call| call.route == route).count()
        };
        let script = played
            .scripts
            .lock()
            .unwrap()
            .get_mut(&route)
            .and_then(VecDeque::pop_front);
        played.arrived.notify_waiters();
        let Some(script) = script else {
            return usual(&route, number);
        };
        if script.silent {
            std::future::pending::<()>().await;
        }
        if let Some(until) = script.held {
            until.notified().await;
        }
        let mut response =
            (StatusCode::from_u16(script.status).unwrap(), script.body).into_response();
        if let Some(retry_after) = script.retry_after {
            response
                .headers_mut()
                .insert("retry-after", HeaderValue::from_static(retry_after));
        }
        response
    }
}

/// What a service answers on a good day.
fn usual(route: &str, number: usize) -> Response {
    let answered = |status: StatusCode, body: Value| (status, body.to_string()).into_response();
    match route {
        "POST /token" => answered(
            StatusCode::OK,
            json!({"access_token": format!("token-{number}"), "token_type": "Bearer", "expires_in": 28_800}),
        ),
        "GET /jwks" => answered(StatusCode::OK, key_set()),
        "POST /v1/statements" => answered(
            StatusCode::CREATED,
            json!({"data": {"_id": format!("s-{number}")}}),
        ),
        route if route.starts_with("GET /v1/statements/") => {
            answered(StatusCode::OK, json!({"data": {"status": "complete"}}))
        }
        route if route.starts_with("PATCH /v1/authorisations/") => {
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
