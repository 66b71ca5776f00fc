//! What bad connectors get: a verdict that names the exchange, and a run that goes on.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use feedproof::journal::Fact;
use feedproof::judge::Verdict;
use feedproof::record::{Outcome, Record};
use feedproof::report;
use futures_util::{StreamExt as _, stream};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::stand::{Stand, environment, library};

/// Three exchanges, each with another callback, and one that shows that the run goes on.
const PLAN: &str = r#"
plan: hostile
title: Hostile connectors
definitions:
  session: &session
    send: GET /organisations/${org}/companies/${company}/indirectlinkaccount
    as: product
    query: { bankid: "${bank.id}", web: true }
    label: started
    precondition: true
    expect: { status: 302 }
  told: &told
    receive: POST
    at: provider.notification
    label: told
    since: started
    within: notification
    where: { body: { type: resourceCreated, resource: { type: authorisation } } }
  visit: &visit
    browse: provider.auth
    query: { bank: "${bank.id}", authorisation_id: "${told.id}", redirect_uri: "${ui.return}", state: "${state}" }
    login: "${customer}"
    expect: { outcome: returned }
cases:
  - id: hostile/notification
    title: The notification is accepted
    expected: The provider answers 2xx.
    requirement: ONB-05
    steps:
      - *session
      - <<: *told
        response: { status: 2xx }
  - id: hostile/page
    title: The page leads back
    expected: The customer is back.
    requirement: ONB-11
    steps: [ *session, *told, *visit ]
  - id: hostile/accounts
    title: The accounts are a list
    expected: The provider answers 200 with a list.
    requirement: MAL-07
    steps:
      - send: GET
        to: provider.availableAccounts
        as: service
        query: { externalId: ext-1 }
        expect: { status: 200, body: $list }
  - id: hostile/other_customer
    title: A notification without the header is refused
    expected: The provider answers 4xx.
    requirement: SEC-01
    steps:
      - send: POST
        to: provider.notification
        as: service
        auth: { key: none }
        body: { type: resourceDeleted }
        expect: { status: 4xx }
"#;

/// How a connector misbehaves, at one of its callbacks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Manner {
    /// Answers 500.
    Fails,
    /// Answers as it should, but late.
    Dawdles,
    /// Never answers.
    Hangs,
    /// Answers with 50 MB.
    Floods,
    /// Closes the connection in the middle of a body.
    BreaksOff,
    /// Redirects to itself.
    Circles,
    /// Answers with what begins like JSON, and says that it is some.
    InvalidJson,
    /// Answers with a page where data is due, and with a page without a form where one is due.
    Html,
    /// Calls the service with nonsense, and answers as it should.
    TalksNonsense,
    /// Is gone from then on.
    GoesDown,
}
use Manner::*;

/// The size of a flood, in bytes.
const FLOOD: usize = 50 << 20;

/// What a connector has to hand.
#[derive(Clone, Debug)]
struct Connector {
    callback: &'static str,
    manner: Manner,
    /// Where the service listens.
    service: String,
    /// Bytes of a flood that somebody took.
    poured: Arc<AtomicUsize>,
    down: CancellationToken,
}

impl Connector {
    async fn answer(self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let itself = request.uri().to_string();
        if path == "/notification" && !request.headers().contains_key("x-northbank-key") {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        // Read whole, or the connection could not be used again.
        let _ = axum::body::to_bytes(request.into_body(), 1 << 20).await;
        if path != self.callback {
            return usual(&path, &query);
        }
        match self.manner {
            Fails => (StatusCode::INTERNAL_SERVER_ERROR, "Traceback: oh no").into_response(),
            Dawdles => {
                tokio::time::sleep(Duration::from_secs(2)).await;
                usual(&path, &query)
            }
            Hangs => std::future::pending().await,
            Floods => {
                let poured = self.poured;
                let chunk = Bytes::from(vec![b' '; 64 << 10]);
                let body = stream::iter(0..FLOOD / chunk.len()).map(move |_| {
                    poured.fetch_add(chunk.len(), Ordering::Relaxed);
                    Ok::<_, Infallible>(chunk.clone())
                });
                page(Body::from_stream(body))
            }
            BreaksOff => {
                let begun = stream::iter([Ok(Bytes::from_static(b"<form>"))]);
                let broken = stream::once(async {
                    // What was begun is sent meanwhile.
                    tokio::task::yield_now().await;
                    Err(std::io::Error::other("out of order"))
                });
                page(Body::from_stream(begun.chain(broken)))
            }
            Circles => (StatusCode::FOUND, [(LOCATION, itself)]).into_response(),
            InvalidJson => ([(CONTENT_TYPE, "application/json")], "[{\"a\":").into_response(),
            Html => page(Body::from("<h1>It works!</h1>")),
            TalksNonsense => {
                talk_nonsense(&self.service).await;
                usual(&path, &query)
            }
            GoesDown => {
                self.down.cancel();
                std::future::pending().await
            }
        }
    }

    /// Serves until it goes down; then its connections break off and nobody listens any more.
    async fn serve(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            let stream = tokio::select! {
                () = self.down.cancelled() => return,
                accepted = listener.accept() => accepted.expect("a connection").0,
            };
            let connector = self.clone();
            let service = hyper::service::service_fn(
                move |request: hyper::Request<hyper::body::Incoming>| {
                    let connector = connector.clone();
                    async move { Ok::<_, Infallible>(connector.answer(request.map(Body::new)).await) }
                },
            );
            connections.spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(hyper_util::rt::TokioIo::new(stream), service),
            );
        }
    }
}

fn page(body: Body) -> Response {
    ([(CONTENT_TYPE, "text/html"), (CONNECTION, "close")], body).into_response()
}

/// What a connector answers that does as it should, as far as the plan goes.
fn usual(path: &str, query: &str) -> Response {
    let asked = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    match path {
        "/notification" => StatusCode::NO_CONTENT.into_response(),
        "/availableaccounts" => ([(CONTENT_TYPE, "application/json")], "[]").into_response(),
        _ => {
            let back = asked("redirect_uri").unwrap_or_default();
            let state = asked("state").unwrap_or_default();
            (
                StatusCode::FOUND,
                [(LOCATION, format!("{back}?state={state}"))],
            )
                .into_response()
        }
    }
}

/// Calls the service in all the wrong ways; what it answers is of no interest to such a connector.
async fn talk_nonsense(service: &str) {
    let client = feedproof::exchange::Client::http(Duration::from_secs(5)).expect("a client");
    let id = "/v1/authorisations/00000000-0000-4000-8000-000000000000";
    let calls = [
        ("PATCH", id, "{"),
        ("PATCH", "/v1/authorisations/%00%ff/../x", "null"),
        ("POST", "/v1/statements", "<statement/>"),
        ("POST", "/v1/statements", "[[[[1e999]]]]"),
        ("BREW", "/v1/statements", ""),
        ("GET", "/v2/nowhere?%%%", ""),
        ("POST", "/sageid/oauth/token", "grant_type=&&&=%GG"),
        ("DELETE", "/", "\0\u{1}\u{202e}"),
    ];
    for (method, path, body) in calls {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let call = client.request(method, format!("http://{service}{path}"));
        let call = call.header("content-type", "application/json").body(body);
        let answer = call.send().await.expect("the service answers");
        assert!(
            answer.status().is_client_error(),
            "{path} {body}: {}",
            answer.status()
        );
    }
    // Sent whole or not, it is refused; a sender that goes on may find the connection closed.
    let flood = client.post(format!("http://{service}/v1/statements"));
    if let Ok(answer) = flood.body(vec![b'['; FLOOD]).send().await {
        assert_eq!(answer.status(), 413);
    }
}

/// A run against a hostile connector, and how much of its flood was taken.
struct Met {
    record: Record,
    poured: usize,
}

/// Runs the plan against a connector that misbehaves at a callback.
async fn meet(callback: &'static str, manner: Manner) -> Met {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let service = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let connector = Connector {
        callback,
        manner,
        service: service.local_addr().expect("an address").to_string(),
        poured: Arc::default(),
        down: CancellationToken::new(),
    };
    // One case after another: a case after one that took the connector down would find no connector.
    let jobs = if manner == GoesDown { 1 } else { 8 };
    let text = environment_at(&address.to_string(), &connector.service, jobs);
    let serving = tokio::spawn(connector.clone().serve(listener));
    let stand = Stand::up_at(service, library(PLAN), environment(&text), folder.path()).await;
    let record = stand.run().await;
    serving.abort();
    Met {
        record,
        poured: connector.poured.load(Ordering::Relaxed),
    }
}

/// The environment of a connector at `connector`, with waits for somebody impatient.
fn environment_at(connector: &str, service: &str, jobs: u16) -> String {
    let text = include_str!("../../fixtures/environments/example-connector.yaml")
        .replace("127.0.0.1:8080", connector)
        .replace("127.0.0.1:9000", service);
    format!("{text}\njobs: {jobs}\nwaits: {{ notification: 500ms, visit: 1s }}\n")
}

/// Tells a case by its verdict and its headline.
fn tell(record: &Record, case: &Outcome) -> String {
    let headline = report::headline(record, case).unwrap_or_default();
    let text = format!("{}: {headline}", case.verdict.as_str());
    let port = regex::Regex::new(r"127\.0\.0\.1:\d{2,}").expect("the pattern is sound");
    let took = regex::Regex::new(r"\d+ ms").expect("the pattern is sound");
    let text = port.replace_all(&text, "HOST").into_owned();
    took.replace_all(&text, "N ms").into_owned()
}

/// The case that meets a callback first.
fn case_of(callback: &str) -> &'static str {
    match callback {
        "/notification" => "hostile/notification",
        "/auth" => "hostile/page",
        _ => "hostile/accounts",
    }
}

/// Each callback with each manner of a hostile provider there.
const MEETINGS: [(&str, Manner); 20] = [
    ("/notification", Fails),
    ("/notification", Dawdles),
    ("/notification", Hangs),
    ("/notification", Floods),
    ("/notification", BreaksOff),
    ("/notification", Circles),
    ("/auth", Fails),
    ("/auth", Dawdles),
    ("/auth", Floods),
    ("/auth", BreaksOff),
    ("/auth", Circles),
    ("/auth", InvalidJson),
    ("/auth", Html),
    ("/availableaccounts", Fails),
    ("/availableaccounts", Dawdles),
    ("/availableaccounts", Floods),
    ("/availableaccounts", BreaksOff),
    ("/availableaccounts", Circles),
    ("/availableaccounts", InvalidJson),
    ("/availableaccounts", Html),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_names_what_went_wrong_and_the_others_go_on() {
    let mut told = Vec::new();
    let mut meetings = stream::iter(MEETINGS)
        .map(|(callback, manner)| async move { (callback, manner, meet(callback, manner).await) })
        .buffered(6);
    while let Some((callback, manner, met)) = meetings.next().await {
        for case in &met.record.cases {
            let line = tell(&met.record, case);
            if *case.case == *case_of(callback) {
                told.push(format!("{callback} {manner:?}: {line}"));
            } else {
                assert_eq!(
                    case.verdict,
                    Verdict::Passed,
                    "{callback} {manner:?}: {} {line}",
                    case.case
                );
            }
        }
        // Two cases meet what the notification gets, and buffers of sockets take in what nobody reads.
        assert!(
            met.poured < FLOOD / 2,
            "{callback}: {} bytes were taken",
            met.poured
        );
        assert_eq!(met.poured > 0, manner == Floods);
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    /notification Fails: failed: the provider broke ONB-05: the provider responds to POST at provider.notification; status: expected 2xx, got 500
    /notification Dawdles: passed: 
    /notification Hangs: inconclusive: inconclusive: the provider responds to POST at provider.notification as expected: the caller left after N ms, before the response
    /notification Floods: inconclusive: inconclusive: the provider responds to POST at provider.notification as expected: the response of http://HOST (status 200) is larger than 2097152 bytes; no more of it was read, and none of it was used
    /notification BreaksOff: inconclusive: inconclusive: the provider responds to POST at provider.notification as expected: the response of http://HOST broke off: error decoding response body: request or response body error: error reading a body from connection: unexpected EOF during chunk size line
    /notification Circles: failed: the provider broke ONB-05: the provider responds to POST at provider.notification; status: expected 2xx, got 302
    /auth Fails: inconclusive: inconclusive: the browser's visit ends as "returned": `http://HOST/auth` responds with 500; the customer had decided nothing by then, so that this says nothing of what follows a decision
    /auth Dawdles: passed: 
    /auth Floods: inconclusive: inconclusive: the browser's visit ends as "returned": the response of http://HOST (status 200) is larger than 2097152 bytes; no more of it was read, and none of it was used
    /auth BreaksOff: inconclusive: inconclusive: the browser's visit ends as "returned": the response of http://HOST broke off: error decoding response body: request or response body error: error reading a body from connection: unexpected EOF during chunk size line
    /auth Circles: inconclusive: inconclusive: the browser's visit ends as "returned": goes in a circle: after 20 redirects in a row the next is to `http://HOST/auth`; the customer had decided nothing by then, so that this says nothing of what follows a decision
    /auth InvalidJson: inconclusive: inconclusive: the browser's visit ends as "returned": `http://HOST/auth` responds with application/json, not a page; the customer had decided nothing by then, so that this says nothing of what follows a decision
    /auth Html: inconclusive: inconclusive: the browser's visit ends as "returned": `http://HOST/auth` shows a page without a form: It works!; the customer had decided nothing by then, so that this says nothing of what follows a decision
    /availableaccounts Fails: failed: the provider broke MAL-07: GET at provider.availableAccounts; status: expected 200, got 500
    /availableaccounts Dawdles: passed: 
    /availableaccounts Floods: inconclusive: inconclusive: GET at provider.availableAccounts: the response of http://HOST (status 200) is larger than 2097152 bytes; no more of it was read, and none of it was used
    /availableaccounts BreaksOff: inconclusive: inconclusive: GET at provider.availableAccounts: the response of http://HOST broke off: error decoding response body: request or response body error: error reading a body from connection: unexpected EOF during chunk size line
    /availableaccounts Circles: failed: the provider broke MAL-07: GET at provider.availableAccounts; status: expected 200, got 302
    /availableaccounts InvalidJson: failed: the provider broke MAL-07: GET at provider.availableAccounts; body: expected an array, but it could not be read (not JSON: EOF while parsing a value at line 1 column 6)
    /availableaccounts Html: failed: the provider broke MAL-07: GET at provider.availableAccounts; body: expected an array, got "It works!"
    "#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_after_a_connector_that_went_down_is_told_so() {
    let met = meet("/auth", GoesDown).await;
    for case in &met.record.cases {
        let line = tell(&met.record, case);
        match &*case.case {
            "hostile/page" => {
                insta::assert_snapshot!(line, @r#"inconclusive: inconclusive: the browser's visit ends as "returned": no response from http://HOST: error sending request: client error (SendRequest): connection closed before message completed"#)
            }
            // Earlier connections are not affected.
            _ if case.verdict == Verdict::Passed => {}
            _ => assert!(
                case.verdict == Verdict::Inconclusive && line.contains("Connection refused"),
                "{}: {line}",
                case.case
            ),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_is_down_is_told_by_every_case() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let service = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let at = service.local_addr().expect("an address").to_string();
    let text = environment_at("127.0.0.1:1", &at, 8);
    let stand = Stand::up_at(service, library(PLAN), environment(&text), folder.path()).await;
    let record = stand.run().await;
    for case in &record.cases {
        let line = tell(&record, case);
        assert!(
            case.verdict == Verdict::Inconclusive && line.contains("127.0.0.1:1: "),
            "{}: {line}",
            case.case
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_at_the_service_is_recorded_and_disturbs_nobody() {
    let met = meet("/availableaccounts", TalksNonsense).await;
    for case in &met.record.cases {
        let line = tell(&met.record, case);
        assert_eq!(case.verdict, Verdict::Passed, "{}: {line}", case.case);
    }
    let unattributed = met.record.unattributed.iter();
    let told: Vec<_> = unattributed
        .filter_map(|seq| match &met.record.event(*seq)?.fact {
            Fact::Request { message, .. } => Some(message.title()),
            Fact::Refused { why, .. } => Some(format!("refused: {why}")),
            _ => None,
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    PATCH /v1/authorisations/00000000-0000-4000-8000-000000000000
    PATCH /v1/authorisations/x
    POST /v1/statements
    POST /v1/statements
    BREW /v1/statements
    GET /v2/nowhere
    DELETE /
    refused: POST /v1/statements: its body is larger than 33554432 bytes
    "#);
}
