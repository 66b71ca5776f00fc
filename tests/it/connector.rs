//! The shipped plans against a connector that is really there: the example, as a process of its own.
//!
//! It is the only provider in the tests that shares no code with the emulated one.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use feedproof::journal::Fact;
use feedproof::judge::{CheckOutcome, Verdict};
use feedproof::record::Record;
use feedproof::{report, shipped};
use futures_util::StreamExt as _;
use plan_language::participant::{Callback, Participant};
use plan_language::plan::{Documents, Library};
use tokio::net::TcpListener;

use crate::running::Running;
use crate::stand::{Stand, environment_with_ledgers};

/// The environment of the example, which the tests lead to other ports.
const ENVIRONMENT: &str = include_str!("../../fixtures/environments/example-connector.yaml");

/// The example, ended when it is dropped.
pub struct Example {
    _process: Running,
    /// Its host and port.
    address: String,
}

impl Example {
    /// Starts it for a service at `service`, a host and port.
    pub fn start(service: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new(executable())
            .args(["--listen", "127.0.0.1:0"])
            .args(["--service", &format!("http://{service}")])
            .args(arguments)
            .stdout(Stdio::piped())
            // It says there what it met; a failing case tells it better.
            .stderr(Stdio::null())
            .spawn()
            .expect("the example starts");
        let stdout = process.stdout.take().expect("its output is piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("its output is text");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .unwrap_or_else(|| panic!("it says where it listens: {line:?}"))
            .to_owned();
        Self {
            _process: Running(process),
            address,
        }
    }

    /// The environment file in which it is the provider, and the service listens at `service`, a host and port.
    pub fn environment(&self, service: &str) -> String {
        assert!(ENVIRONMENT.contains("127.0.0.1:8080") && ENVIRONMENT.contains("127.0.0.1:9000"));
        let text = ENVIRONMENT
            .replace("127.0.0.1:8080", &self.address)
            .replace("127.0.0.1:9000", service);
        // What has not come within seconds from a process on this machine will not come.
        let waits = "{ authorisation: 10s, linked: 10s, first-statement: 10s, next-statement: 10s, history: 20s, retry: 10s, no-answer: 60s, sync-retry: 10s, status-change: 10s }";
        format!("{text}\njobs: 8\nwaits: {waits}\n")
    }
}

/// Finds the example beside the tests.
fn executable() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("it lies in target/PROFILE/deps");
    let name = format!("connector{}", std::env::consts::EXE_SUFFIX);
    let path = profile.join("examples").join(name);
    assert!(
        path.is_file(),
        "{} is not there; `cargo test` builds it, `cargo test --test it` needs `cargo build --example connector` before",
        path.display()
    );
    path
}

/// The shipped plans, or those cases of them that are named.
pub fn library(cases: &[&str]) -> Library {
    library_of(&shipped::documents(), cases)
}

/// The plans of some documents, or those cases of them that are named.
fn library_of(documents: &Documents, cases: &[&str]) -> Library {
    let mut library =
        Library::read(documents).unwrap_or_else(|unsound| panic!("{:?}", unsound.findings));
    if !cases.is_empty() {
        for plan in &mut library.plans {
            let plan = Arc::get_mut(plan).expect("nobody else holds it yet");
            plan.cases.retain(|case| cases.contains(&&*case.id));
        }
        assert_eq!(library.cases().count(), cases.len(), "{cases:?}");
    }
    library
}

/// Gives every customer of an environment the ledger that the example has written of them.
pub fn with_ledgers(environment: &str, folder: &str) -> String {
    let mut text = environment.to_owned();
    for name in ["alice", "bob", "carol", "dora", "erin"] {
        let login = format!("password: \"literal:throw-away-{name}\" }}");
        assert!(text.contains(&login), "{name} is a customer");
        let ledger = format!("{login}\n    ledger: \"file:{folder}/{name}.csv\"");
        text = text.replace(&login, &ledger);
    }
    text
}

/// Runs cases against the example, started with `arguments`.
async fn run(cases: &[&str], arguments: &[&str]) -> Record {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let service = listener
        .local_addr()
        .expect("it has an address")
        .to_string();
    let ledgers = folder.path().display().to_string();
    let arguments: Vec<_> = ["--ledgers", &ledgers]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let example = Example::start(&service, &arguments);
    let mut text = with_ledgers(&example.environment(&service), &ledgers);
    if let [.., "--requests-per-second", rate] = arguments[..] {
        text = at_rate(&text, rate);
    }
    let environment = environment_with_ledgers(&text);
    let stand = Stand::up_at(listener, library(cases), environment, folder.path()).await;
    stand.run().await
}

/// Runs cases against the example behind relays: others reach it at the first address, and it reaches the service at the
/// second one.
///
/// `relays` gets the addresses to which the relays lead, of the example and of the service.
pub async fn run_behind(
    cases: &[&str],
    [at_connector, at_service]: [String; 2],
    relays: impl FnOnce(&str, &str),
) -> Record {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let service = listener.local_addr().expect("an address").to_string();
    let public = format!("http://{at_connector}");
    let pace = ["--retry-pause-ms", "200", "--requests-per-second", "40"];
    let arguments = [&["--public", &public][..], &pace].concat();
    let example = Example::start(&at_service, &arguments);
    relays(&example.address, &service);
    let text = example.environment(&service).replace(
        &format!("listen: {service}"),
        &format!("listen: {service}, public: \"http://{at_service}\""),
    );
    let text = text.replace(&example.address, &at_connector);
    let environment = environment_with_ledgers(&at_rate(&text, "40"));
    let stand = Stand::up_at(listener, library(cases), environment, folder.path()).await;
    stand.run().await
}

/// Agrees on another rate in an environment.
pub fn at_rate(environment: &str, rate: &str) -> String {
    let usual = "requests_per_second: 10";
    assert!(environment.contains(usual), "{usual} is agreed on");
    environment.replace(usual, &format!("requests_per_second: {rate}"))
}

/// Renders the cases that did not come out well.
pub fn failures(record: &Record) -> String {
    let failures = record
        .cases
        .iter()
        .filter_map(|case| report::failure(record, case));
    failures.collect::<Vec<_>>().join("\n\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correct_connector_breaks_nothing_and_proves_what_can_be_proven() {
    // A faster rate than the usual one, and the service knows of it: here the whole suite is waited for.
    let record = run(&[], &["--requests-per-second", "40"]).await;
    for case in &record.cases {
        assert!(
            matches!(case.verdict, Verdict::Passed | Verdict::Skipped),
            "{} is {}:\n{}",
            case.case,
            case.verdict.as_str(),
            failures(&record)
        );
    }
    // What cannot be judged is known, with its reason: a new case must not slip in among it.
    let mut reasons: Vec<_> = record
        .cases
        .iter()
        .filter(|case| case.verdict == Verdict::Skipped)
        .map(|case| {
            format!(
                "{}: {}",
                case.case,
                case.reason.as_deref().unwrap_or_default()
            )
        })
        .filter(|line| !line.ends_with("nothing in this case tests your connector"))
        .collect();
    reasons.sort();
    insta::assert_snapshot!(reasons.join("\n"), @r#"
    multi-account/cleanly-absent: the feature multi-account is supported in this environment
    offboarding/series-ends-with-the-account: the environment has no customer with `accounts` at least 2, `statements` at least 3
    onboarding/authorisation-id-expires: the provider is live, and its clock cannot be moved (`waits: { authorisation-expiry: 21m }` would wait instead)
    onboarding/expired-bearer-is-refused: the provider is live, and the tokens that it holds would expire with the clock of the service
    onboarding/giving-up-is-not-final: the provider is live, and its clock cannot be moved (`waits: { authorisation-expiry: 21m }` would wait instead)
    onboarding/repeated-announcement-extends-nothing: the provider is live, and its clock cannot be moved (`waits: { authorisation-expiry: 21m }` would wait instead)
    reauthorisation/authorisation-id-expires: the provider is live, and its clock cannot be moved (`waits: { authorisation-expiry: 21m }` would wait instead)
    statements/stays-within-rate: the agreed rate is 40 requests per second, and the case sends only enough to test a rate of 1 (see `agreed` in the environment)
    "#);
    let unmet: Vec<_> = feedproof::record::conditions(&record)
        .into_iter()
        .filter_map(|condition| Some(format!("{}: {}", condition.rule, condition.unmet?)))
        .collect();
    insta::assert_snapshot!(unmet.join("\n"), @"every MUST requirement that applies was tested in all its parts: only partly tested: ONB-08, RAU-05");
    insta::assert_snapshot!(report::answer(&record).sentence, @"2 MUST requirements only partly tested: ONB-08, RAU-05");
    // A fetch of candidates for which a case did not wait belongs to nobody once the case has ended; all else has a case.
    for seq in &record.unattributed {
        match record.event(*seq).map(|event| &event.fact) {
            Some(Fact::Request { to, .. }) if to.callback == Some(Callback::AvailableAccounts) => {}
            other => panic!("it belongs to no case: {other:?}"),
        }
    }
}

/// The cases that make what exists at the provider older.
const AGEING: &[&str] = &[
    "onboarding/authorisation-id-expires",
    "onboarding/giving-up-is-not-final",
    "onboarding/repeated-announcement-extends-nothing",
    "reauthorisation/authorisation-id-expires",
];

/// Runs cases against an example, started with `arguments`, in its environment with a part replaced.
async fn run_changed(library: Library, arguments: &[&str], [part, by]: [&str; 2]) -> Record {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let service = listener.local_addr().expect("an address").to_string();
    let example = Example::start(&service, arguments);
    let text = example.environment(&service);
    assert!(text.contains(part), "the environment has no `{part}`");
    let environment = environment_with_ledgers(&text.replace(part, by));
    let stand = Stand::up_at(listener, library, environment, folder.path()).await;
    stand.run().await
}

/// Runs them against an example whose authorisations live for a time, with plans that let that time pass in seconds.
async fn run_ageing(lifetime_ms: &str) -> Record {
    let mut documents = shipped::documents();
    for plan in &mut documents.plans {
        let text = String::from_utf8_lossy(&plan.bytes);
        plan.bytes = text.replace("by: 21m", "by: 7s").into_bytes();
    }
    let arguments = ["--authorisation-lifetime-ms", lifetime_ms];
    let wait = ["waits: { ", "waits: { authorisation-expiry: 7s, "];
    run_changed(library_of(&documents, AGEING), &arguments, wait).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feature_that_is_declared_absent_and_answers_is_a_contradiction() {
    let case = "multi-account/cleanly-absent";
    let declared = ["multi-account: supported", "multi-account: absent"];
    let record = run_changed(library(&[case]), &[], declared).await;
    let outcome = &record.cases[0];
    assert_eq!(
        outcome.verdict,
        Verdict::Inconclusive,
        "{}",
        failures(&record)
    );
    let failure = failures(&record);
    let why = "it is there, though declared absent";
    assert!(failure.contains(why), "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_provider_is_waited_for_until_its_authorisations_expire() {
    let (honest, lenient) = tokio::join!(run_ageing("6000"), run_ageing("3600000"));
    let verdicts = |record: &Record| -> Vec<_> {
        let cases = record.cases.iter();
        cases
            .map(|case| format!("{} {}", case.verdict.as_str(), case.case))
            .collect()
    };
    insta::assert_snapshot!(verdicts(&honest).join("\n"), @r"
    passed onboarding/authorisation-id-expires
    passed onboarding/giving-up-is-not-final
    passed onboarding/repeated-announcement-extends-nothing
    passed reauthorisation/authorisation-id-expires
    ");
    insta::assert_snapshot!(verdicts(&lenient).join("\n"), @r"
    failed onboarding/authorisation-id-expires
    passed onboarding/giving-up-is-not-final
    failed onboarding/repeated-announcement-extends-nothing
    failed reauthorisation/authorisation-id-expires
    ");
    // Refused by the provider, which was asked: not by the service, whose sessions end as well.
    for case in [
        "onboarding/authorisation-id-expires",
        "reauthorisation/authorisation-id-expires",
    ] {
        let lane = honest
            .events
            .iter()
            .filter(|event| event.lane.as_deref() == Some(case));
        let aged = lane.clone().position(
            |event| matches!(&event.fact, Fact::Done { what, .. } if what.contains("older")),
        );
        let late = lane
            .skip(aged.expect("it waited"))
            .find_map(|event| match &event.fact {
                Fact::Request {
                    from: Participant::Browser,
                    to,
                    ..
                } => Some(to.participant),
                _ => None,
            });
        assert_eq!(late, Some(Participant::Provider), "{case}");
    }
    let partly = |id: &str| honest.row(id).expect("a row").partly.clone();
    assert_eq!(partly("RAU-05"), None, "nothing is left open");
}

/// Cases that find their own booking, balance or account among those of earlier runs.
pub const AMONG_OTHERS: &[&str] = &[
    "onboarding/reconnection-starts-later",
    "onboarding/repeated-account-notification-is-harmless",
    "multi-account/added-account-is-available",
    "reauthorisation/posting-resumes-where-it-stopped",
    "statements/balance-after-the-batch",
    "offboarding/duplicates-tolerated-siblings-go-on",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_in_a_row_leave_a_connector_in_peace_that_keeps_its_data_and_one_that_loses_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let service = listener.local_addr().expect("an address").to_string();
    let start = || {
        let rate = ["--requests-per-second", "100"];
        Example::start(&service, &[&["--batch-limit", "10"][..], &rate].concat())
    };
    let mut example = start();
    let mut listener = Some(listener);
    for run in 1..=4 {
        if run == 4 {
            // The connector is restarted: it knows no accounts of earlier runs, and its bank begins anew.
            example = start();
        }
        let listener = match listener.take() {
            Some(listener) => listener,
            None => TcpListener::bind(&service).await.expect("free again"),
        };
        let folder = tempfile::tempdir().expect("a folder for the test");
        let text = at_rate(&example.environment(&service), "100");
        let text = text.replace("batch_limit: 20", "batch_limit: 10");
        let text = text.replace("cleared: 60", "cleared: 40");
        let environment = environment_with_ledgers(&text);
        let cases = library(AMONG_OTHERS);
        let stand = Stand::up_at(listener, cases, environment, folder.path()).await;
        let record = stand.run().await;
        let passed = record.cases.iter();
        let passed = passed.filter(|case| case.verdict == Verdict::Passed);
        assert_eq!(
            passed.count(),
            AMONG_OTHERS.len(),
            "run {run}: {}",
            failures(&record)
        );
    }
}

/// Faults of the example: the case in which each shows, and the requirement that it breaks there.
const FAULTS: &[(&str, &str, &str)] = &[
    ("header-unchecked", "security/missing-header", "SEC-01"),
    ("header-unchecked", "security/wrong-header", "SEC-02"),
    ("bearer-unchecked", "security/badly-signed-token", "SEC-03"),
    (
        "bearer-unchecked",
        "security/token-for-another-audience",
        "SEC-03",
    ),
    (
        "refuses-second-offboarding",
        "offboarding/duplicates-tolerated-siblings-go-on",
        "OFF-06",
    ),
    (
        "opens-for-anybody",
        "onboarding/unannounced-authorisation-is-refused",
        "ONB-07",
    ),
    (
        "uses-ids-twice",
        "onboarding/authorisation-id-is-used-once",
        "ONB-08",
    ),
    ("forbids-frames", "security/page-may-be-framed", "SEC-04"),
    (
        "forgets-state",
        "onboarding/redirect-keeps-the-address/with-query",
        "ONB-11",
    ),
    (
        "redirects-early",
        "onboarding/patch-before-redirect",
        "ONB-10",
    ),
    (
        "hides-refusal",
        "onboarding/conflict-is-no-success",
        "ONB-20",
    ),
    (
        "strands-on-cancel",
        "onboarding/cancelling-leads-back",
        "ONB-15",
    ),
    (
        "blank-branch",
        "onboarding/account-without-branch",
        "ONB-13",
    ),
    (
        "reports-one-account",
        "onboarding/all-accounts-are-listed",
        "ONB-12",
    ),
    (
        "reports-one-account",
        "onboarding/reported-accounts-are-shown",
        "ONB-24",
    ),
    (
        "ignores-start-date",
        "onboarding/reconnection-starts-later",
        "ONB-23",
    ),
    (
        "lists-on-renewal",
        "reauthorisation/lists-no-accounts",
        "RAU-06",
    ),
    (
        "other-bank-identifier",
        "multi-account/identifiers-are-those-of-the-report",
        "MAL-08",
    ),
    ("two-in-flight", "statements/one-in-flight", "STM-04"),
    (
        "two-in-flight",
        "statements/batches-follow-one-another",
        "STM-03",
    ),
    ("hurries", "statements/stays-within-rate", "STM-13"),
    (
        "new-ids-on-resend",
        "statements/unavailable-service",
        "STM-05",
    ),
    ("gives-up", "statements/lost-answer", "STM-05"),
    ("no-back-off", "statements/backs-off-on-429", "STM-06"),
    ("token-each-time", "statements/token-is-reused", "STM-08"),
    ("keeps-token", "statements/renews-token-on-401", "STM-07"),
    ("ignores-failure", "statements/failed-processing", "STM-12"),
    (
        "sends-pending",
        "statements/only-cleared-transactions",
        "STM-10",
    ),
    (
        "ignores-start-date",
        "statements/start-date-is-kept",
        "STM-02",
    ),
    (
        "stale-balance",
        "statements/balance-after-the-batch",
        "STM-10",
    ),
    (
        "positive-debits",
        "statements/control-totals-match",
        "STM-09",
    ),
    (
        "posts-on",
        "offboarding/duplicates-tolerated-siblings-go-on",
        "OFF-05",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_is_wrong_in_one_way_breaks_the_requirement_about_it() {
    let mut lines = Vec::new();
    let mut runs = futures_util::stream::iter(FAULTS)
        .map(|(fault, case, requirement)| async move {
            // Haste shows in a few requests only where few were agreed on.
            let rate = if *fault == "hurries" { "1" } else { "10" };
            let arguments = ["--fault", fault, "--requests-per-second", rate];
            let record = run(&[case], &arguments).await;
            let outcome = &record.cases[0];
            let blamed = outcome.broken().any(|check| {
                check.outcome == CheckOutcome::Violation
                    && check.requirement.iter().any(|id| **id == **requirement)
            });
            assert!(
                outcome.verdict == Verdict::Failed && blamed,
                "{fault} in {case}: {}\n{}",
                outcome.verdict.as_str(),
                failures(&record)
            );
            let told = report::headline(&record, outcome).unwrap_or_default();
            // Sums of amounts that a case chooses differ from run to run.
            let sums = regex::Regex::new(r"(sum of [a-zA-Z]+\): )expected [0-9.]+, got [0-9.]+")
                .expect("it is sound");
            let told = sums.replace(&told, "${1}expected AMOUNT, got AMOUNT");
            format!("{fault}: {told}")
        })
        .buffered(24);
    while let Some(line) = runs.next().await {
        lines.push(line);
    }
    insta::assert_snapshot!(steady(&lines.join("\n")), @r#"
    header-unchecked: the provider broke SEC-01: expected that no PATCH /v1/authorisations/UUID at service arrives after POST → 204, but a message arrived
    header-unchecked: the provider broke SEC-02: expected that no PATCH /v1/authorisations/UUID at service arrives after POST → 204, but a message arrived
    bearer-unchecked: the provider broke SEC-03: expected that no PATCH /v1/authorisations/UUID at service arrives after POST → 204, but a message arrived
    bearer-unchecked: the provider broke SEC-03: expected that no PATCH /v1/authorisations/UUID at service arrives after POST → 204, but a message arrived
    refuses-second-offboarding: the provider broke OFF-06: POST at provider.notification; status: expected 2xx, got 409
    opens-for-anybody: the provider broke ONB-07: expected that no PATCH /v1/authorisations/UUID at service arrives, but a message arrived
    uses-ids-twice: the provider broke ONB-08: expected that no PATCH /v1/authorisations/UUID at service arrives, but a message arrived
    forbids-frames: the provider broke SEC-04: the provider responds to GET; headers.content-security-policy: expected a missing value or not a string that matches /(?i)frame-ancestors\s*('none'|'self')?\s*(;|,|$)/ and a string that matches /(?ix)^ (?: [\s;,]* (?: (?:[a-eg-z]|f(?:o|en|rame-s… (cut: 173 of 344 bytes), got "frame-ancestors 'none'" (closest alternative: headers.content-security-policy is "frame-ancestors 'none'", expected a missing value)
    forgets-state: the provider broke ONB-11: the visit `back` comes back to the right address; returned_to: expected URL got URL (came back to `http://HOST/SINK-return-1` without the state that was given)
    redirects-early: the provider broke ONB-10: expected that PATCH /v1/authorisations/UUID at service arrives before `back` was answered, but no message arrived
    hides-refusal: the provider broke ONB-20: the pages of the visit `back` say no-success; pages_say: expected no-success, got "success" (a page says `your accounts are linked`)
    strands-on-cancel: the provider broke ONB-15: the browser's visit ends as "returned"; outcome: expected "returned", got "refused" (`http://HOST/login` shows a page without a form: Northbank You cancelled. (http://HOST/login)) (and 1 more check)
    blank-branch: the provider broke ONB-13: `patch` (PATCH /v1/authorisations/UUID); body.data.bankAccounts[1].branchIdentifier: expected a string that matches /\S/, got "" (and 1 more check)
    reports-one-account: the provider broke ONB-12: `again` (PATCH /v1/authorisations/UUID); body.data.bankAccounts (length): expected at least 3, got 1
    reports-one-account: the provider broke ONB-24: `reported` (PATCH /v1/authorisations/UUID); body.data.bankAccounts (length): expected at least 3, got 1
    ignores-start-date: the provider broke ONB-23: the service responds to GET /api/v1/organisations/UUID/companies/UUID/bankaccounts/UUID/transactions; body.bankTransactionList.transactions[0]: expected no element with `datePosted` before 2026-06-01, got an object (found 4 of 8)
    lists-on-renewal: the provider broke RAU-06: PATCH /v1/authorisations/UUID at service; body.data.bankAccounts: expected a missing value or an empty array, got an array of 3 elements (closest alternative: body.data.bankAccounts is [{"bankAccountExternalId":"nb-1001-1","accountName":"Current ***4301","bankIdent…, expected a missing value)
    other-bank-identifier: the provider broke MAL-08: the provider responds to GET; body[0].bankIdentifier: expected "cust-1001", got "cust-1001-other" (and 1 more check)
    two-in-flight: the provider broke STM-04: expected that GET /v1/statements/UUID at service arrives at least 3 times before `following`, …
    two-in-flight: the provider broke STM-03: expected that GET /v1/statements/UUID at service arrives at least 5 times before `second`, …
    hurries: the provider broke STM-13: the time since `first`; gap: expected at least N ms: 2 requests at the agreed rate of 1 per second, got "N ms"
    new-ids-on-resend: the provider broke STM-05: POST /v1/statements at service; body.data.transactionDetails[0].uniqueId: expected "nb-1001-2-tx-3", got "nb-1001-2-tx-3-1" (and 1 more check)
    gives-up: the provider broke STM-05: expected that POST /v1/statements at service arrives, but no further message arrived within 10 s (retry) after `lost`
    no-back-off: the provider broke STM-06: the time since `lost`; gap: expected at least N ms, got "N ms"
    token-each-time: the provider broke STM-08: expected that no POST at sageid arrives after POST /v1/statements → 201, but a message arrived
    keeps-token: the provider broke STM-07: expected that POST /v1/statements at service arrives, but no further message arrived within 10 s (retry) after `lost`
    ignores-failure: the provider broke STM-12: expected that POST at service arrives, but no further message arrived within 10 s (sync-retry) after `lost`
    sends-pending: the provider broke STM-10, STM-02: GET /api/v1/organisations/…/companies/…/bankaccounts/…/transactions at service; body.bankTransactionList.transactions[7]: expected exactly the 8 transactions that the ledger has from 2000-01-01 to DAY, got an object (the ledger has no such amount)
    ignores-start-date: the provider broke STM-02: `first` (POST /v1/statements); body.data.transactionDetails: expected a missing value or no element with `datePosted` before 2026-06-01, got an array of 8 elements (closest alternative: body.data.transactionDetails is [{"uniqueId":"nb-1001-1-tx-1","bankAccountId":"…, expected a missing value)
    stale-balance: the provider broke STM-10: `more` (POST /v1/statements); body.data.transactionDetails (sum of transactionAmount): expected AMOUNT, got AMOUNT (and 1 more check)
    positive-debits: the provider broke STM-09: the provider's POST /v1/statements was refused: 400 totals_mismatch, data.expected.transactionDebitSum is 953.85, but the debits sum to -953.85; `first` (POST /v1/statements); body.data.expected.transactionDebitSum: expected at most 0, got 953.85 (and 1 more check)
    posts-on: the provider broke OFF-05: expected that no POST /v1/statements at service arrives after POST → 204, but a message arrived
    "#);
}

/// Replaces what differs from run to run.
fn steady(text: &str) -> String {
    let replaced = [
        // What was cut may end within something that differs.
        (r"[0-9a-f-]*\.\.\. \(\d+ characters\)", "…"),
        ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
        (r#""http://127\.0\.0\.1:[^ \n]+( \(cut: [^)]*\))?"#, "URL"),
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"sink-[0-9a-f]{32}", "SINK"),
        // A ledger ends two days ago.
        (r"to \d{4}-\d\d-\d\d", "to DAY"),
        (r"\d+ (?:ms|µs)", "N ms"),
        // How many have come by the time it is judged, too late, is chance.
        (r"(at least \d times before `\w+`), [^\n]+", "$1, …"),
    ];
    replaced
        .iter()
        .fold(text.to_owned(), |text, (pattern, by)| {
            let pattern = regex::Regex::new(pattern).expect("the pattern is sound");
            pattern.replace_all(&text, *by).into_owned()
        })
}

#[test]
fn the_binary_runs_the_plans_against_a_connector_and_writes_its_reports() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    // Nobody else is given this port before the binary listens on it: it stays ours until the example knows it.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let service = taken.local_addr().expect("it has an address").to_string();
    let example = Example::start(&service, &[]);
    let file = folder.path().join("connector.yaml");
    std::fs::write(&file, example.environment(&service)).expect("the file is written");
    drop(taken);
    let output = Command::new(env!("CARGO_BIN_EXE_feedproof"))
        .current_dir(folder.path())
        .args([
            "run",
            "--environment",
            "connector.yaml",
            "--reports",
            "reports",
        ])
        .args(["--filter", "offboarding/"])
        .output()
        .expect("the binary runs");
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{out}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(out.contains("mode         connector"), "{out}");
    assert!(
        out.contains("5 passed, 0 failed, 0 inconclusive, 2 skipped"),
        "{out}"
    );
    let run = std::fs::read_dir(folder.path().join("reports"))
        .expect("there are reports")
        .next()
        .expect("of one run")
        .expect("which can be read")
        .path();
    let junit = std::fs::read_to_string(run.join("junit.xml")).expect("junit.xml is there");
    let document = roxmltree::Document::parse(&junit).expect("it is well-formed");
    let count = |name| {
        document
            .descendants()
            .filter(|node| node.has_tag_name(name))
            .count()
    };
    assert_eq!(
        ["testcase", "failure", "error", "skipped"].map(count),
        [7, 0, 0, 2]
    );
}

#[test]
fn an_account_that_a_crashed_run_left_is_offboarded_by_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let service = taken.local_addr().expect("it has an address").to_string();
    let example = Example::start(&service, &[]);
    let file = folder.path().join("connector.yaml");
    std::fs::write(&file, example.environment(&service)).expect("the file is written");
    drop(taken);
    let reports = folder.path().join("reports");
    let run = || {
        let output = Command::new(env!("CARGO_BIN_EXE_feedproof"))
            .current_dir(folder.path())
            .args(["run", "--environment", "connector.yaml", "--exact"])
            .args(["--filter", "offboarding/status-cancelled"])
            .output()
            .expect("the binary runs");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{text}");
        text
    };
    assert!(!run().contains("left by the run"));

    // The process died before the account's removal was told: the journal ends there, and there is no record.
    let crashed = std::fs::read_dir(&reports)
        .expect("there are reports")
        .map(|entry| entry.expect("which can be read").path())
        .next()
        .expect("of one run");
    let journal = crashed.join("journal.jsonl");
    let text = std::fs::read_to_string(&journal).expect("the journal is there");
    let kept: Vec<_> = text
        .lines()
        .take_while(|line| !line.contains("resourceDeleted"))
        .collect();
    assert!(kept.len() < text.lines().count() && kept.len() > 10);
    std::fs::write(&journal, kept.join("\n") + "\n").expect("it is written");
    std::fs::remove_file(crashed.join("record.json")).expect("it was there");

    let told = run();
    let name = crashed
        .file_name()
        .expect("it has a name")
        .to_string_lossy();
    let words = format!("1 account left by the run {name}: 1 offboarded");
    assert!(told.contains(&words), "{words:?} in {told}");
    assert!(!run().contains("left by the run"), "it is done once");
}
