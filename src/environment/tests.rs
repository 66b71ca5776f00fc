use std::time::Duration;

use super::*;
use crate::source::{Finding, Sources, load, render};

/// An environment with a live provider, sound throughout.
const CONNECTOR: &str = "\
subject: { name: Acme, version: 1.4.2 }
service: { embedded: { listen: 127.0.0.1:9000 } }
provider:
  callbacks: { notification: http://localhost:8080/n, auth: http://localhost:8080/a, reAuth: http://localhost:8080/r, availableAccounts: http://localhost:8080/v }
  bank: { id: 10aaeee6-0000-4000-8000-000000000001, externalRef: acme }
  notification_header: { name: X-Acme-Key, value: env:ACME_KEY }
credentials: { api_key: env:A, client_id: env:B, client_secret: env:C, audience: one, notification_audience: two, application: app, application_key: literal:key }
customers:
  alice: { login: { username: alice, password: env:P }, accounts: 3, without_branch: 1, cleared: 410 }
levers:
  new-transactions: { http: POST http://localhost:8081/test/book }
waits: { first-statement: 90s }
features: { multi-account: absent }
jobs: 2
";

fn read_text(text: &str) -> Result<Environment, String> {
    let mut sources = Sources::new();
    sources.insert("e.yaml", text.as_bytes());
    let show = |findings: &[Finding]| {
        findings
            .iter()
            .map(|one| render(one, &sources))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let node = load("e.yaml", text.as_bytes()).map_err(|findings| show(&findings))?;
    let mut findings = Vec::new();
    read(&node, &mut findings).ok_or_else(|| show(&findings))
}

#[track_caller]
fn check_refused(change: (&str, &str), expected: &[&str]) {
    let text = CONNECTOR.replace(change.0, change.1);
    assert_ne!(text, CONNECTOR, "the change changes something");
    let error = read_text(&text).expect_err("it is refused");
    for one in expected {
        assert!(error.contains(one), "{one:?} in {error}");
    }
}

#[test]
fn callbacks_make_a_connector() {
    let environment = read_text(CONNECTOR).expect("it is sound");
    assert_eq!(environment.arrangement, Arrangement::Connector);
    assert_eq!(
        environment.callbacks[&crate::plan::Callback::ReAuth],
        "http://localhost:8080/r"
    );
    assert_eq!(environment.listen, "127.0.0.1:9000".parse().ok());
    assert_eq!(
        environment.waits["first-statement"],
        Duration::from_secs(90)
    );
    assert_eq!(environment.features["multi-account"], Declared::Absent);
    assert_eq!(environment.levers["new-transactions"].method, "POST");
    assert_eq!(environment.jobs, Some(2));
    assert_eq!(environment.customers[0].traits(100)["cleared"], 410);
    assert_eq!(environment.customers[0].traits(100)["statements"], 5);
    let subject = environment.subject.expect("it names one");
    assert_eq!(
        (subject.name.as_str(), subject.version.as_deref()),
        ("Acme", Some("1.4.2"))
    );
}

#[test]
fn the_shipped_environments_are_sound() {
    let rehearsal = crate::shipped::rehearsal();
    let text = String::from_utf8(rehearsal.bytes).expect("YAML is text");
    let environment = read_text(&text).expect("it is sound");
    assert_eq!(environment.arrangement, Arrangement::Rehearsal);
    assert!(
        environment
            .customers
            .iter()
            .any(|one| one.accounts >= 2 && one.without_branch >= 1)
    );
    assert!(environment.customers.len() >= 2, "a stranger is needed");
    let connector = include_str!("../../fixtures/environments/connector.yaml");
    assert_eq!(
        read_text(connector).expect("it is sound").arrangement,
        Arrangement::Connector
    );
}

#[test]
fn every_refusal_names_its_place_and_what_would_do() {
    check_refused(
        ("custom", "custum"),
        &[
            "no field `custumers`",
            "did you mean `customers`?",
            "e.yaml:8:1",
        ],
    );
    check_refused(
        ("first-statement: 90s", "frist-statement: 90s"),
        &["no wait `frist-statement`", "`first-statement`"],
    );
    check_refused(("90s", "90"), &["a time has a unit"]);
    check_refused(
        ("new-transactions", "new-transaction"),
        &["no lever `new-transaction`"],
    );
    check_refused(
        ("env:A,", "the-key-itself,"),
        &["a credential is given as a reference"],
    );
    check_refused(
        ("10aaeee6-0000-4000-8000-000000000001", "acme"),
        &["`acme` is no UUID"],
    );
    check_refused(
        ("http://localhost:8080/n,", "localhost/n,"),
        &["`localhost/n` is no address"],
    );
    check_refused(
        (", reAuth: http://localhost:8080/r", ""),
        &["needs `reAuth`"],
    );
    check_refused(("absent", "perhaps"), &["`supported` or `absent`"]);
    check_refused(("jobs: 2", "jobs: 0"), &["`jobs` is at least 1"]);
    check_refused(("127.0.0.1:9000", "here"), &["no address to listen on"]);
    check_refused(
        ("X-Acme-Key", "X Acme Key"),
        &["cannot be the name of a header"],
    );
    check_refused(
        ("jobs: 2", "arrangement: rehearsal"),
        &["the addresses make this a connector"],
    );
}

#[test]
fn all_findings_come_out_together() {
    let text = CONNECTOR
        .replace("90s", "90")
        .replace("absent", "perhaps")
        .replace("env:A,", "x,");
    let error = read_text(&text).expect_err("it is refused");
    assert_eq!(error.matches("error: ").count(), 3, "{error}");
}

#[test]
fn nothing_of_an_environment_shows_a_secret() {
    let text = CONNECTOR.replace("literal:key", "literal:hunter2-hunter2");
    let environment = read_text(&text).expect("it is sound");
    assert!(
        !format!("{environment:?}").contains("hunter2"),
        "{environment:?}"
    );
}
