//! Runs against a live Banking Service: an emulator that feedproof did not start, on a port of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use banking_service_emulator as service;
use feedproof::doctor::{self, CheckScope, CheckState};
use feedproof::journal::Fact;
use feedproof::judge::{CheckOutcome, NoEvidenceReason, Verdict};
use feedproof::record::{Outcome, Record};
use feedproof::topology::inapplicable;
use feedproof::{report, shipped};
use plan_language::participant::{Author, Callback, Participant};
use plan_language::plan::Library;
use reference_provider as provider;
use tokio::net::TcpListener;

use crate::stand::{self, Stand, environment, judged_again, same_bytes};

/// The environment of the rehearsal; the live service has the same bank and credentials.
const REHEARSAL: &str = include_str!("../../fixtures/environments/rehearsal.yaml");

/// Cases of every kind that a live service makes different.
const CASES: [&str; 10] = [
    "onboarding/bank-is-readable",
    "onboarding/announcement-is-accepted",
    "onboarding/patch-is-complete",
    "onboarding/account-becomes-active",
    "onboarding/authorisation-id-expires",
    "statements/ledger-agrees",
    "statements/waits-for-retry-after",
    "offboarding/status-cancelled",
    "security/missing-token",
    "security/badly-signed-token",
];

/// A live service, and the address of the sink that it calls.
struct LiveServiceWorld {
    /// Base URL of the service.
    service: String,
    /// Listener of the sink.
    listener: TcpListener,
    /// Public URL of the sink, with a path that no proxy strips.
    public: String,
}

impl LiveServiceWorld {
    async fn start() -> Self {
        let listener = bind().await;
        let public = format!("{}/feed/proof", origin(&listener));
        let own = bind().await;
        let service = origin(&own);
        serve(
            own,
            service::Service::new(service_settings(&service, &public)).router(),
        );
        Self {
            service,
            listener,
            public,
        }
    }

    /// Returns the environment of the rehearsal, with the live service.
    fn environment(&self, more: &str, provider: &str) -> String {
        let Self {
            service, public, ..
        } = self;
        let live = format!(
            "service: {{ live: {{ consumer: \"{service}/api/v1\", provider_api: \"{service}/v1\", \
             sageid: \"{service}/sageid\", {more}sink: {{ public: \"{public}\" }} }} }}\n{provider}"
        );
        let text = REHEARSAL.replace("mode: rehearsal\n", &live);
        assert_ne!(text, REHEARSAL);
        text.replace("jobs: 64\n", "")
    }

    /// Runs cases.
    async fn run(self, cases: &[&str], text: &str, folder: &Path) -> Record {
        let environment = environment(text);
        let stand = Stand::up_at(self.listener, library(cases), environment, folder).await;
        stand.run().await
    }
}

async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

fn origin(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("it has one"))
}

/// Serves a router until the test's runtime ends.
fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move { axum::serve(listener, router).await });
}

/// Settings of a service that calls the provider through the sink.
fn service_settings(base: &str, sink: &str) -> service::Settings {
    let rehearsal = stand::rehearsal();
    service::Settings {
        base_url: base.to_owned(),
        api_key: "throw-away-api-key".to_owned(),
        client_id: "rehearsal-client".to_owned(),
        client_secret: "throw-away-client-secret".to_owned(),
        audience: rehearsal.credentials.audience,
        notification_audience: rehearsal.credentials.notification_audience,
        application: rehearsal.credentials.application,
        application_key: "throw-away-application-key".to_owned(),
        notification_header: (
            rehearsal.notification_header.0,
            "throw-away-notification-key".to_owned(),
        ),
        bank: Some(service::Bank {
            id: rehearsal.bank.id.parse().expect("it is a UUID"),
            external_ref: rehearsal.bank.external_ref,
            // The addresses that the documentation says to register.
            ..service::Bank::new(rehearsal.bank.name, service::Callbacks::below(sink))
        }),
        ..service::Settings::default()
    }
}

/// Starts a live provider that calls the service at `api` and `sageid`, and returns its base URL.
async fn live_provider(api: &str, sageid: &str, issuer: &str) -> String {
    let listener = bind().await;
    let base = origin(&listener);
    let known = stand::rehearsal();
    let customers = known.customers.iter().map(|customer| provider::Customer {
        username: customer.username.clone(),
        password: format!("throw-away-{}", customer.username),
        bank_identifier: customer.bank_identifier.clone().unwrap_or_default(),
        accounts: customer.data.iter().map(provider::Account::from).collect(),
    });
    let provider = provider::Provider::new(provider::Settings {
        base_url: base.clone(),
        outbound: service::plain_http(),
        provider_api: api.to_owned(),
        token_url: format!("{sageid}/oauth/token"),
        key_set_url: format!("{sageid}/.well-known/jwks.json"),
        issuer: issuer.to_owned(),
        audience: known.credentials.audience.clone(),
        notification_audience: known.credentials.notification_audience.clone(),
        client_id: "rehearsal-client".to_owned(),
        client_secret: "throw-away-client-secret".to_owned(),
        api_key: "throw-away-api-key".to_owned(),
        notification_header: (
            known.notification_header.0.clone(),
            "throw-away-notification-key".to_owned(),
        ),
        bank: known.bank.id.clone(),
        customers: customers.collect(),
        authorisation_life: Duration::from_secs(20 * 60),
        patience: Duration::from_secs(10),
        batch_limit: 1_000,
        requests_per_second: 10,
        multi_account: true,
        faults: Vec::new(),
        variants: Vec::new(),
    });
    serve(listener, provider.router());
    base
}

/// Returns `provider` of an environment with a live provider.
fn provider_at(base: &str) -> String {
    format!(
        "provider: {{ callbacks: {{ notification: \"{base}/notification\", auth: \"{base}/auth\", \
         reAuth: \"{base}/authrefresh\", availableAccounts: \"{base}/availableaccounts\" }} }}\n"
    )
}

/// Reads the shipped plans, and keeps the cases of these ids.
fn library(cases: &[&str]) -> Library {
    let mut library = Library::read(&shipped::documents())
        .unwrap_or_else(|unsound| panic!("{:?}", unsound.findings));
    for plan in &mut library.plans {
        let plan = Arc::get_mut(plan).expect("the plan is not shared yet");
        plan.cases.retain(|case| cases.contains(&&*case.id));
    }
    assert_eq!(library.cases().count(), cases.len(), "{cases:?}");
    library
}

/// Writes a line for each case: its verdict, and the reason if it was skipped.
fn lines(record: &Record) -> String {
    let line = |case: &Outcome| match (&case.verdict, &case.reason) {
        (Verdict::Skipped, Some(why)) => format!("{} skipped: {why}", case.case),
        (verdict, _) => format!(
            "{} {}{}",
            case.case,
            verdict.as_str(),
            report::failure(record, case).map_or(String::new(), |text| format!("\n{text}"))
        ),
    };
    record.cases.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Asserts that every passed check has a message of a live participant as evidence.
fn check_evidence(record: &Record) {
    for check in record.cases.iter().flat_map(|case| &case.checks) {
        if check.outcome == CheckOutcome::Pass {
            let live = check.messages.iter().any(|seq| {
                match record.event(*seq).map(|event| &event.fact) {
                    Some(Fact::Request { author, .. } | Fact::Answer { author, .. }) => {
                        *author == Author::Live
                    }
                    Some(Fact::Visited { .. }) => true,
                    _ => false,
                }
            });
            assert!(live, "{}: {:?}", check.what, check.messages);
        }
    }
}

/// Asserts that the journal contains no secret.
fn check_secrets(folder: &Path) {
    let journal = std::fs::read_to_string(folder.join("journal.jsonl")).expect("it was kept");
    assert!(
        !journal.contains("throw-away-"),
        "a secret is in the journal"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_service_is_judged_by_its_responses_to_the_reference_provider() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let world = LiveServiceWorld::start().await;
    let text = world.environment("", "");
    let record = world.run(&CASES, &text, folder.path()).await;
    insta::assert_snapshot!(lines(&record), @r#"
    onboarding/bank-is-readable passed
    onboarding/announcement-is-accepted skipped: nothing in this case tests the Banking Service
    onboarding/authorisation-id-expires skipped: nothing in this case tests the Banking Service
    onboarding/patch-is-complete skipped: nothing in this case tests the Banking Service
    onboarding/account-becomes-active passed
    statements/ledger-agrees passed
    statements/waits-for-retry-after skipped: nothing in this case tests the Banking Service
    offboarding/status-cancelled passed
    security/missing-token skipped: the identity provider is live, and feedproof cannot make its tokens
    security/badly-signed-token skipped: the identity provider is live, and feedproof cannot make its tokens
    "#);
    check_evidence(&record);
    check_secrets(folder.path());
    // The provider is the reference provider: its checks are no evidence.
    let offboarded = record
        .cases
        .iter()
        .find(|case| &*case.case == "offboarding/status-cancelled");
    let of_provider = |check: &&feedproof::judge::Check| check.party == Participant::Provider;
    for check in offboarded
        .expect("the case ran")
        .checks
        .iter()
        .filter(of_provider)
    {
        assert!(
            matches!(
                check.outcome,
                CheckOutcome::NoEvidence(
                    NoEvidenceReason::NotUnderTest | NoEvidenceReason::Precondition
                )
            ),
            "{check:?}"
        );
    }
    check_seen(&record);
    let again = judged_again(&library(&CASES), &folder.path().join("journal.jsonl")).await;
    same_bytes(&record, &again);
}

/// Asserts that the tap recorded the provider's calls, and that the service's pages have the service as receiver.
fn check_seen(record: &Record) {
    let requests = record.events.iter().filter_map(|event| match &event.fact {
        Fact::Request {
            from, to, message, ..
        } => Some((*from, *to, message)),
        _ => None,
    });
    let patches = requests
        .clone()
        .filter(|(from, to, message)| {
            *from == Participant::Provider
                && to.participant == Participant::Service
                && message.path.starts_with("/v1/authorisations/")
        })
        .count();
    assert!(patches > 0, "the tap recorded the provider's reports");
    let pages = requests.filter(|(from, _, message)| {
        *from == Participant::Browser && message.path.starts_with("/ui/")
    });
    for (_, to, message) in pages {
        assert_eq!(to.participant, Participant::Service, "{}", message.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn end_to_end_a_provider_that_calls_through_feedproof_is_judged_with_the_service() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let world = LiveServiceWorld::start().await;
    let (service, public) = (&world.service, &world.public);
    let provider = live_provider(
        &format!("{public}/v1"),
        &format!("{public}/sageid"),
        &format!("{service}/sageid"),
    )
    .await;
    let text = world
        .environment("tapped: true, ", &provider_at(&provider))
        .replace(
            "POST /bank-actions/",
            &format!("POST {provider}/bank-actions/"),
        );
    let record = world.run(&CASES, &text, folder.path()).await;
    insta::assert_snapshot!(lines(&record), @r#"
    onboarding/bank-is-readable passed
    onboarding/announcement-is-accepted passed
    onboarding/authorisation-id-expires skipped: the provider is live, and its clock cannot be moved (`waits: { authorisation-expiry: 21m }` would wait instead)
    onboarding/patch-is-complete passed
    onboarding/account-becomes-active passed
    statements/ledger-agrees passed
    statements/waits-for-retry-after passed
    offboarding/status-cancelled passed
    security/missing-token skipped: the identity provider is live, and feedproof cannot make its tokens
    security/badly-signed-token skipped: the identity provider is live, and feedproof cannot make its tokens
    "#);
    check_evidence(&record);
    check_secrets(folder.path());
    check_seen(&record);
    let again = judged_again(&library(&CASES), &folder.path().join("journal.jsonl")).await;
    same_bytes(&record, &again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn end_to_end_a_provider_that_bypasses_a_tap_is_not_accused() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let world = LiveServiceWorld::start().await;
    let service = &world.service;
    let sageid = format!("{service}/sageid");
    // The environment says that it calls feedproof, and it calls the service.
    let provider = live_provider(&format!("{service}/v1"), &sageid, &sageid).await;
    let text = world
        .environment("tapped: true, ", &provider_at(&provider))
        .replace(
            "POST /bank-actions/",
            &format!("POST {provider}/bank-actions/"),
        );
    let cases = [
        "onboarding/patch-is-complete",
        "onboarding/account-becomes-active",
        "offboarding/status-cancelled",
    ];
    let record = world.run(&cases, &text, folder.path()).await;
    for case in &record.cases {
        assert_eq!(case.verdict, Verdict::Inconclusive, "{case:?}");
        let why = case.reason.as_deref().unwrap_or_default();
        assert!(why.contains("tapped: true"), "{}: {why}", case.case);
    }
    let again = judged_again(&library(&cases), &folder.path().join("journal.jsonl")).await;
    same_bytes(&record, &again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn end_to_end_direct_calls_of_a_provider_are_neither_passed_nor_failed() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let world = LiveServiceWorld::start().await;
    let service = world.service.clone();
    let sageid = format!("{service}/sageid");
    let provider = live_provider(&format!("{service}/v1"), &sageid, &sageid).await;
    let text = world.environment("", &provider_at(&provider)).replace(
        "POST /bank-actions/",
        &format!("POST {provider}/bank-actions/"),
    );
    let cases = [
        "onboarding/bank-is-readable",
        "onboarding/auth-page-is-html",
        "onboarding/unannounced-authorisation-is-refused",
        "offboarding/status-cancelled",
        "statements/token-is-reused",
        "bank-sync/registered-bank-is-used",
    ];
    let stand = Stand::up_at(
        world.listener,
        library(&cases),
        environment(&text),
        folder.path(),
    )
    .await;
    // The doctor requests a token from the live service; it cannot sign one.
    let run_addresses = stand.run_environment.run_addresses();
    assert_eq!(
        run_addresses.token_url,
        Some(format!("{sageid}/oauth/token"))
    );
    assert_eq!(
        run_addresses.for_provider.provider_api,
        format!("{service}/v1")
    );
    let found = doctor::examine(run_addresses, CheckScope::All, SystemTime::now).await;
    let state = |what: &str| {
        found
            .iter()
            .find(|finding| finding.what == what)
            .map(|finding| finding.state)
    };
    assert_eq!(state("public URL"), Some(CheckState::Ok), "{found:?}");
    assert_eq!(state("token endpoint"), Some(CheckState::Ok), "{found:?}");
    assert_eq!(
        state("notification credentials"),
        Some(CheckState::Unknown),
        "{found:?}"
    );
    let record = stand.run().await;
    insta::assert_snapshot!(lines(&record), @r#"
    onboarding/bank-is-readable passed
    onboarding/auth-page-is-html passed
    onboarding/unannounced-authorisation-is-refused skipped: the provider calls the live service directly, and feedproof does not see the calls (see `tapped` in the environment)
    statements/token-is-reused skipped: the provider calls the live service directly, and feedproof does not see the calls (see `tapped` in the environment)
    offboarding/status-cancelled skipped: the provider calls the live service directly, and feedproof does not see the calls (see `tapped` in the environment)
    bank-sync/registered-bank-is-used skipped: the identity provider is live, and feedproof cannot make its tokens
    "#);
    check_evidence(&record);
    let called = record.events.iter().any(|event| {
        matches!(&event.fact, Fact::Request { to, .. } if to.callback == Some(Callback::Notification))
    });
    assert!(called, "the service called the provider through the sink");
}

/// Cases that need something of a live service.
const NEEDS: &str = r#"
plan: needs
title: Needs
cases:
  - id: needs/bank
    title: A bank
    expected: It is registered.
    requirement: BNK-01
    steps:
      - trigger: register-bank
      - receive: POST
        at: provider.notification
        within: notification
  - id: needs/statement
    title: A statement
    expected: It comes.
    requirement: STM-02
    steps:
      - receive: POST /v1/statements
        at: service
        within: first-statement
  - id: needs/bare
    title: A notification without a bearer
    expected: It is refused.
    requirement: SEC-03
    steps:
      - send: POST
        to: provider.notification
        as: service
        auth: { bearer: none }
        body: {}
        expect: { status: 4xx }
"#;

#[tokio::test]
async fn a_case_that_a_live_service_cannot_run_is_skipped_with_its_reason() {
    let world = LiveServiceWorld::start().await;
    let library = stand::library(NEEDS);
    let reasons = |more, provider: &str| -> Vec<_> {
        let environment = environment(&world.environment(more, provider).replace(
            "POST /bank-actions/",
            "POST http://127.0.0.1:1/bank-actions/",
        ));
        let cases = library.cases();
        cases
            .map(|case| {
                inapplicable(case, &environment).map_or_else(String::new, |skipped| skipped.why)
            })
            .collect()
    };
    let there = provider_at("http://127.0.0.1:1");
    let none = String::new;
    let bank =
        "the live service calls a bank that the provider registers directly, not through the sink";
    let past = "the provider calls the live service directly, and feedproof does not see the calls (see `tapped` in the environment)";
    assert_eq!(reasons("", ""), [none(), none(), none()]);
    assert_eq!(
        reasons("tapped: true, ", &there),
        [bank.to_owned(), none(), none()]
    );
    assert_eq!(
        reasons("", &there),
        [bank.to_owned(), past.to_owned(), none()]
    );
}
