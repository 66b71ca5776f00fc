//! Honest connectors behind something that responds in their place, or whose customers are given wrongly in the
//! environment: no case blames the connector for it, and each names the cause.

use std::net::TcpListener;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use feedproof::judge::Verdict;
use feedproof::record::Record;

use crate::connector::{failures, run_behind};
use crate::wire::{Reaction, Relayed, Wire, relay};

/// Cases that judge pages, reports after a visit, and responses to notifications.
const CASES: &[&str] = &[
    "onboarding/auth-page-is-html",
    "onboarding/sessions-are-answered-apart",
    "onboarding/patch-is-complete",
    "onboarding/cancelling-leads-back",
    "reauthorisation/lists-no-accounts",
    "security/unknown-type-is-acknowledged",
    "security/malformed-notification-harms-nothing/without-type",
];

/// How nginx refuses who has no client certificate.
const NO_CERTIFICATE: &str =
    "<html><head><title>400 No required SSL certificate was sent</title></head></html>";

fn opens_a_page(request: &Relayed) -> bool {
    request.first.starts_with("GET ") && request.first.contains("authorisation_id=")
}

/// Reacts so to the requests that begin so, and passes all others on.
fn on(request: &Relayed, beginning: &str, reaction: Reaction) -> Reaction {
    if request.first.starts_with(beginning) {
        reaction
    } else {
        Reaction::Pass
    }
}

fn limits_pages(request: &mut Relayed) -> Reaction {
    if opens_a_page(request) {
        Reaction::Respond(429, "<h1>Too Many Requests</h1>")
    } else {
        Reaction::Pass
    }
}

fn loses_logins(request: &mut Relayed) -> Reaction {
    on(
        request,
        "POST /login",
        Reaction::Respond(502, "<h1>Bad Gateway</h1>"),
    )
}

fn loses_decisions(request: &mut Relayed) -> Reaction {
    on(
        request,
        "POST /consent",
        Reaction::Respond(503, "<h1>Service Unavailable</h1>"),
    )
}

fn gives_up_on_decisions(request: &mut Relayed) -> Reaction {
    on(
        request,
        "POST /consent",
        Reaction::PassAndRespond(504, "<h1>Gateway Time-out</h1>"),
    )
}

fn cuts_decisions(request: &mut Relayed) -> Reaction {
    on(request, "POST /consent", Reaction::Cut)
}

fn asks_for_a_certificate(_: &mut Relayed) -> Reaction {
    Reaction::Respond(400, NO_CERTIFICATE)
}

fn asks_for_a_proxys_credentials(_: &mut Relayed) -> Reaction {
    Reaction::Respond(407, "")
}

/// The customers' passwords in the environment are not those of the bank.
fn changes_passwords(request: &mut Relayed) -> Reaction {
    if request.first.starts_with("POST /login") {
        let form = String::from_utf8_lossy(&request.body);
        assert!(form.contains("throw-away"), "a password: {form}");
        request.body = form.replace("throw-away", "mistaken").into_bytes();
    }
    Reaction::Pass
}

/// Runs cases behind a gateway.
async fn run(cases: &[&str], react: fn(&mut Relayed) -> Reaction) -> Record {
    run_between(cases, react, Reaction::pass).await
}

/// Runs cases behind a gateway, and with another one before the service.
async fn run_between(
    cases: &[&str],
    react: fn(&mut Relayed) -> Reaction,
    react_to_calls: fn(&mut Relayed) -> Reaction,
) -> Record {
    let bind = || TcpListener::bind("127.0.0.1:0").expect("a free port");
    let (to_connector, to_service) = (bind(), bind());
    let addresses = [&to_connector, &to_service]
        .map(|listener| listener.local_addr().expect("it has one").to_string());
    run_behind(cases, addresses, |connector, service| {
        relay(Wire::Closing, to_connector, connector.to_owned(), react);
        relay(
            Wire::Closing,
            to_service,
            service.to_owned(),
            react_to_calls,
        );
    })
    .await
}

/// Demands that no case failed, that some are inconclusive, and that their texts name the cause.
async fn blames_nobody(react: fn(&mut Relayed) -> Reaction, cause: &str) {
    let record = run(CASES, react).await;
    let told = failures(&record);
    assert_eq!(record.cases.len(), CASES.len());
    for case in &record.cases {
        assert!(
            matches!(case.verdict, Verdict::Passed | Verdict::Inconclusive),
            "{} is {}:\n{told}",
            case.case,
            case.verdict.as_str()
        );
    }
    let mut cases = record.cases.iter();
    assert!(
        cases.any(|case| case.verdict == Verdict::Inconclusive),
        "nothing was noticed"
    );
    assert!(told.contains(cause), "{told}");
}

/// Cases that accept any end of a visit, and wait for what follows it.
const CASES_BEHIND_A_VISIT: &[&str] = &[
    "onboarding/report-is-repeated-after-401",
    "onboarding/only-account-is-shown",
    "onboarding/patch-before-redirect",
    "security/query-is-returned-as-it-was-written",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_fails_is_the_cause_of_what_lacks_after_it() {
    let record = run(CASES_BEHIND_A_VISIT, changes_passwords).await;
    for case in &record.cases {
        let why = case.reason.as_deref().unwrap_or_default();
        assert_eq!(case.verdict, Verdict::Inconclusive, "{}: {why}", case.case);
        let cause = why.find("is the customer's `login` right?");
        assert!(cause.is_some(), "{}: {why}", case.case);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_limits_the_rate_of_pages_is_not_the_provider() {
    blames_nobody(
        limits_pages,
        "something in front of the connector limits the rate",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_loses_logins_is_not_the_provider() {
    blames_nobody(loses_logins, "a gateway had no answer of the connector").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_loses_decisions_is_not_the_provider() {
    blames_nobody(loses_decisions, "a gateway had no answer of the connector").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_gives_up_on_a_decision_is_not_the_provider() {
    blames_nobody(
        gives_up_on_decisions,
        "a gateway had no answer of the connector",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate_that_is_missing_is_no_fault_of_the_provider() {
    blames_nobody(asks_for_a_certificate, "`tls.client_certificate`").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_asks_for_credentials_is_not_the_provider() {
    blames_nobody(
        asks_for_a_proxys_credentials,
        "a proxy asks for credentials",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_that_the_bank_does_not_know_are_no_fault_of_the_provider() {
    blames_nobody(changes_passwords, "is the customer's `login` right?").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_with_a_decision_is_no_fault_of_the_provider() {
    blames_nobody(cuts_decisions, "the customer had decided nothing by then").await;
}

/// Whether the connector has begun to report.
static REPORTED: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

fn notes_reports(request: &mut Relayed) -> Reaction {
    if request.first.starts_with("PATCH ") {
        *REPORTED.0.lock().expect("not poisoned") = true;
        REPORTED.1.notify_all();
    }
    Reaction::Pass
}

fn until_reported() {
    let reported = REPORTED.0.lock().expect("not poisoned");
    let bound = Duration::from_secs(20);
    let waited = REPORTED
        .1
        .wait_timeout_while(reported, bound, |reported| !*reported);
    drop(waited.expect("not poisoned"));
}

fn cuts_decisions_once_reported(request: &mut Relayed) -> Reaction {
    on(
        request,
        "POST /consent",
        Reaction::PassAndCut(until_reported),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_drops_a_report_with_its_client_is_not_accused() {
    let cases = ["onboarding/report-is-repeated-after-401"];
    let record = run_between(&cases, cuts_decisions_once_reported, notes_reports).await;
    let case = &record.cases[0];
    let why = case.reason.as_deref().unwrap_or_default();
    assert_eq!(case.verdict, Verdict::Inconclusive, "{why}");
    assert!(
        why.contains("the connection to the provider broke"),
        "{why}"
    );
}
