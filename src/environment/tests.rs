use plan_language::participant::Mode;
use std::time::Duration;

use super::*;
use crate::secret::Secret;
use plan_language::source::{Finding, Sources, load, render};
use plan_language::value::JsonPath;
use serde_json::json;

/// A valid environment with a live provider.
const CONNECTOR: &str = "\
subject: { name: Acme, version: 1.4.2 }
service: { emulated: { listen: 127.0.0.1:9000 } }
provider:
  callbacks: { notification: http://localhost:8080/n, auth: http://localhost:8080/a, reAuth: http://localhost:8080/r, availableAccounts: http://localhost:8080/v }
  bank: { id: 10aaeee6-0000-4000-8000-000000000001, externalRef: acme }
  notification_header: { name: X-Acme-Key, value: env:ACME_KEY }
credentials: { api_key: env:A, client_id: env:B, client_secret: env:C, audience: one, notification_audience: two, application: app, application_key: literal:key }
customers:
  alice: { login: { username: alice, password: env:P }, accounts: 3, without_branch: 1, cleared: 410 }
bank_actions:
  new-transactions: { http: POST http://localhost:8081/test/book }
waits: { first-statement: 90s }
features: { multi-account: absent }
jobs: 2
timeout: 45m
";

fn read_text(text: &str) -> Result<Environment, String> {
    let mut sources = Sources::new();
    sources.insert("e.yaml", text.as_bytes());
    let show = |findings: &[Finding]| {
        findings
            .iter()
            .map(|finding| render(finding, &sources))
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
    for words in expected {
        assert!(error.contains(words), "{words:?} in {error}");
    }
}

#[test]
fn callbacks_make_a_connector() {
    let environment = read_text(CONNECTOR).expect("it is valid");
    assert_eq!(environment.mode, Mode::Connector);
    assert_eq!(
        environment.callbacks[&plan_language::participant::Callback::ReAuth],
        "http://localhost:8080/r"
    );
    assert_eq!(environment.listen, "127.0.0.1:9000".parse().ok());
    assert_eq!(
        environment.waits["first-statement"],
        Duration::from_secs(90)
    );
    assert_eq!(environment.features["multi-account"], Declared::Absent);
    let BankAction::Http(bank_action) = &environment.bank_actions["new-transactions"] else {
        panic!("it is a call");
    };
    assert_eq!(bank_action.method, "POST");
    assert_eq!(environment.jobs, Some(2));
    assert_eq!(environment.timeout, Some(Duration::from_secs(2700)));
    assert_eq!(environment.customers[0].traits(100)["cleared"], 410);
    assert_eq!(environment.customers[0].traits(100)["statements"], 5);
    let subject = environment.subject.expect("it names one");
    assert_eq!(
        (subject.name.as_str(), subject.version.as_deref()),
        ("Acme", Some("1.4.2"))
    );
}

#[test]
fn the_shipped_environments_are_valid() {
    let rehearsal = crate::shipped::rehearsal();
    let text = String::from_utf8(rehearsal.bytes).expect("YAML is text");
    let environment = read_text(&text).expect("it is valid");
    assert_eq!(environment.mode, Mode::Rehearsal);
    assert!(
        environment
            .customers
            .iter()
            .any(|customer| customer.accounts >= 2 && customer.without_branch >= 1)
    );
    assert!(
        environment.customers.len() >= 2,
        "cases need another customer"
    );
}

#[test]
fn the_example_has_every_field_and_is_valid() {
    let text = include_str!("../../fixtures/environments/connector.yaml");
    let mut environment = read_text(text).expect("it is valid");
    let ledger = include_str!("../../fixtures/environments/alice.csv");
    let look = |looked: SecretLocation<'_>| match looked {
        SecretLocation::File(path) if path == std::path::Path::new("alice.csv") => {
            Ok(Secret::new(ledger))
        }
        _ => Err("no such thing".to_owned().into()),
    };
    let mut findings = Vec::new();
    read_ledgers(&mut environment, &look, &mut Sources::new(), &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(environment.mode, Mode::Connector);
    let alice = &environment.customers[0];
    assert_eq!((alice.accounts, alice.cleared, alice.pending), (3, 3, 1));
    assert!(matches!(alice.fields[0].1, LoginField::Text(_)));
    assert!(matches!(alice.fields[1].1, LoginField::Totp(_)));
    assert_eq!(environment.launch.wait, Duration::from_secs(120));
    assert!(environment.launch.start.is_some() && environment.launch.ready.is_some());
    assert_eq!(environment.browser, Browser::Http);
    assert_eq!(environment.requests_per_second.map(Rate::get), Some(5));
    assert!(environment.tls.ca.is_some() && environment.tls.client_key.is_some());
    assert!(matches!(environment.proxy, Some(Proxy::Plain(_))));
    let masks: Vec<_> = environment.masks.iter().map(JsonPath::text).collect();
    assert_eq!(masks, ["$..accountIdentifier", "$..accountName"]);
    let wanted: Vec<_> = environment
        .bank_actions
        .values()
        .flat_map(BankAction::names)
        .collect();
    assert_eq!(wanted, ["customer", "accounts", "amounts", "customer"]);
}

#[test]
fn each_example_is_of_the_mode_that_its_name_says() {
    for (text, mode) in [
        (
            include_str!("../../fixtures/environments/service.yaml"),
            Mode::Service,
        ),
        (
            include_str!("../../fixtures/environments/end-to-end.yaml"),
            Mode::EndToEnd,
        ),
        (
            include_str!("../../fixtures/environments/sandbox.yaml"),
            Mode::Connector,
        ),
    ] {
        assert_eq!(read_text(text).expect("it is valid").mode, mode);
    }
}

#[test]
fn missing_fields_have_defaults() {
    let environment = read_text(CONNECTOR).expect("it is valid");
    assert_eq!(environment.launch, ProviderLaunch::default());
    assert_eq!(environment.browser, Browser::Http);
    assert_eq!(environment.tls, Tls::default());
    assert!(environment.proxy.is_none() && environment.masks.is_empty());
    assert!(environment.requests_per_second.is_none() && environment.live_service.is_none());
}

#[test]
fn a_live_service_makes_the_other_modes() {
    let live = "live: { consumer: https://api.example/api/v1/, provider_api: https://api.example/v1, sageid: https://id.example, sink: { listen: 127.0.0.1:9000, public: https://abc.example/x/ } }";
    let text = CONNECTOR.replace("emulated: { listen: 127.0.0.1:9000 }", live);
    let environment = read_text(&text).expect("it is valid");
    assert_eq!(environment.mode, Mode::EndToEnd);
    let service = environment.live_service.expect("it is live");
    assert_eq!(service.consumer, "https://api.example/api/v1");
    assert_eq!(
        (service.issuer.as_str(), service.tapped),
        ("https://id.example", false)
    );
    assert_eq!(environment.public.as_deref(), Some("https://abc.example/x"));
    assert_eq!(environment.listen, "127.0.0.1:9000".parse().ok());
}

#[test]
fn a_public_url_does_not_end_with_a_path_of_feedproof() {
    for path in ["v1", "auth/"] {
        check_refused(
            (
                "listen: 127.0.0.1:9000",
                &format!("public: https://x.example/{path}"),
            ),
            &[
                "feedproof uses the path",
                "hint: end the URL with another segment",
            ],
        );
    }
}

#[test]
fn a_ledger_that_disagrees_is_a_finding() {
    let text = CONNECTOR.replace("cleared: 410 }", "cleared: 410, ledger: file:a.csv }");
    let mut environment = read_text(&text).expect("it is valid");
    let look = |_: SecretLocation<'_>| {
        Ok(Secret::new(
            "account,date,amount\na,2026-01-01,1\nb,2026-01-01,1\nc,2026-01-01,1\nd,2026-01-01,-1\n",
        ))
    };
    let mut findings = Vec::new();
    read_ledgers(&mut environment, &look, &mut Sources::new(), &mut findings);
    let messages: Vec<_> = findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "`accounts` is 3, and a.csv contains 4",
            "`cleared` is 410, and a.csv contains 4"
        ]
    );
    let missing = |_: SecretLocation<'_>| Err("no such file".to_owned().into());
    findings.clear();
    read_ledgers(
        &mut environment,
        &missing,
        &mut Sources::new(),
        &mut findings,
    );
    assert_eq!(
        findings[0].message,
        "`file:a.csv` cannot be read: no such file"
    );
}

#[test]
fn every_refusal_has_its_place_and_a_hint() {
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
    check_refused(("90s", "90"), &["a time needs a unit"]);
    check_refused(
        ("new-transactions", "new-transaction"),
        &["no bank action `new-transaction`"],
    );
    check_refused(
        ("env:A,", "the-key-itself,"),
        &["a credential must be a reference"],
    );
    check_refused(
        ("10aaeee6-0000-4000-8000-000000000001", "acme"),
        &["`acme` is not a UUID"],
    );
    check_refused(
        ("http://localhost:8080/n,", "localhost/n,"),
        &["`localhost/n` is not an HTTP URL"],
    );
    check_refused(
        (", reAuth: http://localhost:8080/r", ""),
        &["needs `reAuth`"],
    );
    check_refused(("absent", "perhaps"), &["`supported` or `absent`"]);
    check_refused(("jobs: 2", "jobs: 0"), &["`jobs` must be from 1 to 1000"]);
    check_refused(("timeout: 45m", "timeout: 2d"), &["the unknown unit `d`"]);
    check_refused(("timeout: 45m", "timeout: 25h"), &["from 1s to 24h"]);
    check_refused(("timeout: 45m", "timeout: 30"), &["a time needs a unit"]);
    check_refused(("timeout: 45m", "timeout: []"), &["a time needs a unit"]);
    check_refused(("127.0.0.1:9000", "here"), &["not an address to listen on"]);
    check_refused(
        ("X-Acme-Key", "X Acme Key"),
        &["is not a valid header name"],
    );
    check_refused(
        ("jobs: 2", "mode: rehearsal"),
        &["the addresses make this a connector environment"],
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
    let environment = read_text(&text).expect("it is valid");
    assert!(
        !format!("{environment:?}").contains("hunter2"),
        "{environment:?}"
    );
}

#[test]
fn a_literal_that_was_written_as_a_key_or_a_map_was_shown() {
    for shape in [
        "{ \"literal:hunter2\": 1 }",
        "{ literal: hunter2 }",
        "\" Literal :hunter2\"",
        "[literal:hunter2]",
        "!literal hunter2",
        "env:KEY # was literal:hunter2",
    ] {
        let text = CONNECTOR
            .replace("\"literal:key\"", shape)
            .replace("literal:key", shape);
        assert!(text.contains("hunter2"), "{text}");
        let text = text.replace("90s", "90");
        let look = |_: SecretLocation<'_>| Err("no ledger".to_owned().into());
        let opened = open("e.yaml", text.as_bytes(), &[], &look);
        let findings = opened.findings.iter();
        let findings: String = findings
            .map(|finding| render(finding, &opened.sources))
            .collect();
        assert!(findings.contains("error: "), "{shape}");
        assert!(!findings.contains("hunter2"), "{findings}");
    }
}

#[test]
fn no_finding_shows_the_password_of_a_misspelt_address() {
    let text = CONNECTOR;
    let addresses = [
        "ann:hunter2@bank.test//auth",
        "ann:hunter2@127.0.0.1/auth",
        "http://ann:hunter2%40host",
        "http://ann:hunter2",
        "ann:hunter2",
        "//ann:hunter2@bank.test/auth",
        "http://ann:hunter2@bank.test/#fragment",
    ];
    for address in addresses {
        for field in [
            "provider.auth",
            "provider.notification",
            "provider.launch.ready",
            "service.public",
            "service.listen",
        ] {
            let change = format!("{field}={address}");
            let opened = open("e.yaml", text.as_bytes(), &[change], &|_| {
                Err("none".to_owned().into())
            });
            assert!(!opened.findings.is_empty(), "{field}={address}");
            for finding in &opened.findings {
                let shown = render(finding, &opened.sources);
                assert!(!shown.contains("hunter2"), "{shown}");
            }
        }
        let written =
            format!("{text}bank_actions: {{ look-up: {{ http: \"POST {address}\" }} }}\n");
        let opened = open("e.yaml", written.as_bytes(), &[], &|_| {
            Err("none".to_owned().into())
        });
        assert!(!opened.findings.is_empty(), "{address}");
        for finding in &opened.findings {
            let shown = render(finding, &opened.sources);
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}

#[test]
fn a_secret_that_a_change_replaces_is_not_shown() {
    let text = "provider: { callbacks: { auth: \"http://ann:hunter2@bank.test/a\" } }\ncredentials: { api_key: hunter2 }\n";
    let changes = [
        "provider.callbacks.auth=http://bank.test/a".to_owned(),
        "credentials.api_key=env:KEY".to_owned(),
    ];
    let opened = open("e.yaml", text.as_bytes(), &changes, &|_| {
        Err("none".to_owned().into())
    });
    assert!(!opened.findings.is_empty());
    for finding in &opened.findings {
        let shown = render(finding, &opened.sources);
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn masks_are_paths() {
    let text = format!("{CONNECTOR}masks: [\"$..accountIdentifier\", \"$.a[0]\"]\n");
    let environment = read_text(&text).expect("it is valid");
    let paths: Vec<_> = environment.masks.iter().map(|path| path.text()).collect();
    assert_eq!(paths, ["$..accountIdentifier", "$.a[0]"]);
    for (bad, expected) in [
        ("[\"a.b\"]", "is not a JSONPath"),
        ("[1]", "`masks` must be a string"),
    ] {
        let error = read_text(&format!("{CONNECTOR}masks: {bad}\n")).expect_err("it is refused");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn books_contain_cleared_transactions_and_end_with_the_last_day() {
    let mut customer = read_text(CONNECTOR)
        .expect("it is valid")
        .customers
        .remove(0);
    assert_eq!(customer.books(), None, "numbers alone are no books");
    let entry = |account: &str, date: &str, amount: &str, pending: bool| LedgerTransaction {
        account: account.to_owned(),
        date: date.to_owned(),
        amount: amount.parse().expect("a number"),
        id: None,
        description: None,
        pending,
    };
    let file = customer.password.clone();
    customer.ledger = Some(Ledger {
        file,
        transactions: vec![
            entry("ext-1", "2026-01-05", "-45.99", false),
            entry("ext-2", "2026-03-01", "0.05", false),
            entry("ext-1", "2026-02-02", "1800.0", false),
            entry("ext-1", "2026-03-02", "9", true),
        ],
        note: None,
    });
    let held = json!({
        "ext-1": [["2026-01-05", -45.99], ["2026-02-02", 1800.00]],
        "ext-2": [["2026-03-01", 0.05]],
    });
    let books = json!({ "until": "2026-03-02", "accounts": held });
    assert_eq!(customer.books(), Some(books));
    customer.accounts = 2;
    let traits = customer.traits(100);
    let sizes = [&traits["largest_account"], &traits["smallest_account"]];
    assert_eq!(sizes, [2, 1]);
    assert_eq!(traits["booking_days"], 0, "it has several accounts");
    assert_eq!(traits.get("middle_day"), None);
    customer.accounts = 3;
    assert_eq!(
        customer.traits(100)["smallest_account"],
        0,
        "one account is in no ledger"
    );
    let ledger = customer.ledger.as_mut().expect("it was set");
    ledger
        .transactions
        .retain(|booked| booked.account == "ext-1");
    ledger
        .transactions
        .push(entry("ext-1", "2026-02-02", "3", false));
    let traits = customer.traits(100);
    assert_eq!(traits["booking_days"], 2);
    assert_eq!(traits["middle_day"], "2026-02-02");
    let ledger = customer.ledger.as_mut().expect("it was set");
    let many = std::iter::repeat_n(entry("ext-2", "2026-03-01", "0.05", false), 1_001);
    ledger.transactions.extend(many);
    assert_eq!(
        customer.books(),
        None,
        "a list that long is not read at once"
    );
}
