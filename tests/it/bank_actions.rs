//! Bank actions in whole runs: a call with headers and body, a program, and a person.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use feedproof::journal::Fact;
use feedproof::judge::Verdict;
use feedproof::record::Record;
use feedproof::runner::{ManualTask, ManualUpdate, PendingFuture, Person};

use crate::stand::{self, Stand, library};

/// A case that triggers one bank action and then checks something that always holds.
fn plan(trigger: &str) -> String {
    format!(
        r#"
plan: bank-actions
title: Bank actions
cases:
  - id: bank-actions/one
    title: A bank action is triggered
    expected: The provider accepts the notification.
    requirement: ONB-05
    steps:
{trigger}
      - send: GET /organisations/${{org}}/companies/${{company}}/indirectlinkaccount
        as: product
        query: {{ bankid: "${{bank.id}}", web: true }}
        precondition: true
        expect: {{ status: 302 }}
      - receive: POST
        at: provider.notification
        response: {{ status: 2xx }}
"#
    )
}

/// The rehearsal with one bank action in place of its own.
fn environment(bank_action: &str) -> feedproof::environment::Environment {
    let text = String::from_utf8(feedproof::shipped::rehearsal().bytes).expect("it is text");
    let start = text.find("bank_actions:\n").expect("it has bank actions");
    let end = start + text[start..].find("\n\n").expect("they end");
    stand::environment(&format!(
        "{}bank_actions:\n  {bank_action}\n{}",
        &text[..start],
        &text[end..]
    ))
}

async fn run(bank_action: &str, trigger: &str, person: Option<Arc<dyn Person>>) -> Record {
    run_in(environment(bank_action), trigger, person).await
}

async fn run_in(
    environment: feedproof::environment::Environment,
    trigger: &str,
    person: Option<Arc<dyn Person>>,
) -> Record {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let stand = Stand::up_with(
        library(&plan(trigger)),
        environment,
        Vec::new(),
        folder.path(),
        person,
    );
    stand.await.run().await
}

#[track_caller]
fn check(record: &Record, verdict: Verdict, reason: &str) {
    let outcome = &record.cases[0];
    let actual = outcome.reason.clone().unwrap_or_default();
    assert_eq!(outcome.verdict, verdict, "{actual}");
    assert!(actual.contains(reason), "{actual}");
}

#[derive(Default)]
struct Calls(Mutex<Vec<Call>>);

/// Method and address, headers, and body of a call.
type Call = (String, Vec<(String, String)>, String);

/// A bank's test API that records its calls and responds with `status`.
async fn bank(status: u16) -> (Arc<Calls>, String) {
    let calls = Arc::new(Calls::default());
    let remember = move |State(calls): State<Arc<Calls>>, request: Request| async move {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, 1 << 16).await.expect("a small body");
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    value.to_str().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        let body = String::from_utf8_lossy(&body).into_owned();
        calls.0.lock().expect("unbroken").push((
            format!("{} {}", head.method, head.uri),
            headers,
            body,
        ));
        axum::http::StatusCode::from_u16(status).expect("a status")
    };
    let router = axum::Router::new()
        .fallback(remember)
        .with_state(calls.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (calls, format!("http://{address}"))
}

const BOOK: &str = "      - trigger: new-transactions\n        with: { accounts: [a, b] }";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_has_the_headers_and_the_body_of_the_environment() {
    let (calls, url) = bank(202).await;
    let bank_action = format!(
        "new-transactions: {{ http: PUT {url}/book, headers: {{ X-Test: \"literal:key\" }}, body: {{ ids: \"${{accounts}}\", sums: \"${{amounts}}\", by: feedproof }} }}"
    );
    check(&run(&bank_action, BOOK, None).await, Verdict::Passed, "");
    let calls = calls.0.lock().expect("unbroken");
    let (call, headers, body) = &calls[0];
    assert_eq!(call, "PUT /book");
    assert!(
        headers.contains(&("x-test".to_owned(), "key".to_owned())),
        "{headers:?}"
    );
    assert_eq!(body, r#"{"ids":["a","b"],"by":"feedproof"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_body_sends_all_arguments_and_a_refusal_makes_the_case_inconclusive() {
    let (calls, url) = bank(500).await;
    let bank_action = format!("new-transactions: {{ http: POST {url}/book }}");
    check(
        &run(&bank_action, BOOK, None).await,
        Verdict::Inconclusive,
        "the bank action new-transactions: responded with 500",
    );
    assert_eq!(
        calls.0.lock().expect("unbroken")[0].2,
        r#"{"accounts":["a","b"]}"#
    );
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_its_arguments_and_its_failure_is_reported_masked() {
    let bank_action = r#"revoke-consent: { command: [sh, -c, 'echo "no consent of $0: $1"; exit 7', "${customer}", "${password}"] }"#;
    let trigger = "      - trigger: revoke-consent\n        with: { customer: \"${customer.username}\", password: \"${customer.password}\" }";
    let record = run(bank_action, trigger, None).await;
    check(
        &record,
        Verdict::Inconclusive,
        "the bank action revoke-consent: ended with exit status: 7: no consent of alice: ",
    );
    let told = record.cases[0].reason.clone().unwrap_or_default();
    assert!(
        told.contains("secret:password#") && !told.contains("throw-away-alice"),
        "{told}"
    );
    // The end of a long output is cut off, perhaps within a secret; so it must be masked before.
    let long = r#"revoke-consent: { command: [sh, -c, 'printf %s "$1"; head -c 1014 /dev/zero | tr "\0" x; exit 7', sh, "${password}"] }"#;
    let told = run(long, trigger, None).await.cases[0]
        .reason
        .clone()
        .unwrap_or_default();
    assert!(told.ends_with("xxxx") && !told.contains("alicex"), "{told}");
    let works = bank_action.replace("exit 7", "exit 0");
    check(&run(&works, trigger, None).await, Verdict::Passed, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_needs_a_missing_argument_is_not_run() {
    let bank_action = r#"revoke-consent: { command: [./never-run.sh, "${account}"] }"#;
    let trigger = "      - trigger: revoke-consent\n        with: { customer: alice }";
    let told = "the bank action revoke-consent: cannot be triggered: the step gives customer, but environment.yaml:";
    check(
        &run(bank_action, trigger, None).await,
        Verdict::Inconclusive,
        told,
    );
}

/// A person who performs a task, or does not.
struct TestPerson {
    willing: bool,
    asked: Mutex<Vec<String>>,
}

impl Person for TestPerson {
    fn ask<'a>(&'a self, what: &'a str, _: Duration) -> PendingFuture<'a, Result<(), String>> {
        self.asked.lock().expect("unbroken").push(what.to_owned());
        let done = if self.willing {
            Ok(())
        } else {
            Err("was not performed: no answer".to_owned())
        };
        Box::pin(std::future::ready(done))
    }

    fn tell(&self, _: &ManualTask, _: &ManualUpdate) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_at_a_terminal() {
    let bank_action = r#"revoke-consent: { person: "Withdraw the consent of ${customer}" }"#;
    let trigger =
        "      - trigger: revoke-consent\n        with: { customer: \"${customer.username}\" }";
    for (willing, verdict, told) in [
        (true, Verdict::Passed, ""),
        (
            false,
            Verdict::Inconclusive,
            "the bank action revoke-consent: was not performed: no answer",
        ),
    ] {
        let person = Arc::new(TestPerson {
            willing,
            asked: Mutex::default(),
        });
        check(
            &run(bank_action, trigger, Some(person.clone())).await,
            verdict,
            told,
        );
        assert_eq!(
            *person.asked.lock().expect("unbroken"),
            ["Withdraw the consent of alice"]
        );
    }
    let without_terminal = run(bank_action, trigger, None).await;
    check(
        &without_terminal,
        Verdict::Inconclusive,
        "the bank action revoke-consent: needs a person (Withdraw the consent of alice), and there is no terminal to ask at",
    );
}

#[test]
fn a_program_runs_in_the_folder_of_the_environment() {
    let environment =
        stand::environment(include_str!("../../fixtures/environments/connector.yaml"));
    let Some(feedproof::environment::BankAction::Command(bank_action)) =
        environment.bank_actions.get("add-account")
    else {
        panic!("it is a program");
    };
    assert_eq!(bank_action.folder, Path::new("."));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_bank_action_waits_until_the_bank_has_settled() {
    let (_calls, url) = bank(204).await;
    let mut environment = environment(&format!("new-transactions: {{ http: POST {url}/book }}"));
    let settle = Duration::from_millis(40);
    environment.waits.insert("settle".to_owned(), settle);
    let record = run_in(environment, BOOK, None).await;
    check(&record, Verdict::Passed, "");
    let at = |is: &dyn Fn(&Fact) -> bool| {
        let mut events = record.events.iter();
        events
            .find(|event| is(&event.fact))
            .expect("it is recorded")
            .at
    };
    // The wait began before its fact was recorded, and after its step began.
    at(&|fact| matches!(fact, Fact::Waiting { wait, .. } if wait == "settle"));
    let begun = at(&|fact| matches!(fact, Fact::Begun { .. }));
    let done =
        at(&|fact| matches!(fact, Fact::Done { what, .. } if what.starts_with("bank action")));
    assert!(done - begun >= 40_000, "{begun} {done}");
}
