//! The plan language in whole runs: verbs and fields that the shipped plans hardly use.

use feedproof::judge::Verdict;
use feedproof::topology::simulate;
use plan_language::participant::Mode;

use crate::stand::{Stand, library, rehearsal};

/// Cases that must pass.
const PASSING: &str = r#"
plan: passing
title: What the language can say
cases:
  - id: passing/quiet-window
    title: A never without a sentinel is a quiet window that ends with a probe
    expected: No message arrives, and the tap receives the probe.
    requirement: ONB-05
    steps:
      - send: GET /banks/${bank.id}
        as: product
        precondition: true
        expect: { status: 200 }
      - never: POST
        at: provider.notification
        for: 20ms
      - send: GET /organisations/${org}/companies/${company}/indirectlinkaccount
        as: product
        query: { bankid: "${bank.id}", web: true }
        precondition: true
        expect: { status: 302 }
      - receive: POST
        at: provider.notification
        response: { status: 2xx }
  - id: passing/stubbed-replies
    title: Stubbed replies answer the next messages, one each
    expected: The first response is stubbed, the second is the participant's.
    requirement: ONB-05
    steps:
      - stub: POST
        at: provider.notification
        where: { body: { type: resourceCreated } }
        with:
          - { status: 503, headers: { Retry-After: "7" }, body: { code: later } }
          - pass
      - send: GET /organisations/${org}/companies/${company}/indirectlinkaccount
        as: product
        query: { bankid: "${bank.id}", web: true }
        precondition: true
        expect: { status: 302 }
      - receive: POST
        at: provider.notification
        label: refused
        response: { status: 503, headers: { retry-after: "7" }, body: { code: later } }
      - send: GET /organisations/${org}/companies/${company}/indirectlinkaccount
        as: product
        query: { bankid: "${bank.id}", web: true }
        precondition: true
        expect: { status: 302 }
      - receive: POST
        at: provider.notification
        gap: { after: refused.response, at_most: 30s }
        response: { status: 2xx }
"#;

/// Cases that must not pass, with the verdict and a word of the reason.
const OTHERS: &str = r#"
plan: others
title: Cases that must not pass
cases:
  - id: others/checked-nothing
    title: An expectation that compares nothing does not pass
    expected: The case is inconclusive.
    requirement: ONB-01
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: $any }
  - id: others/empty-list
    title: A check of every element of an empty array does not pass
    expected: The case is inconclusive.
    requirement: ONB-01
    steps:
      - send: GET /organisations/${org}/companies/${company}/bankaccounts
        as: product
        expect: { status: 200, body: { $each: { status: active } } }
  - id: others/broken-precondition
    title: A failing precondition makes the case inconclusive
    expected: The case is inconclusive.
    requirement: ONB-01
    steps:
      - send: GET /banks/${bank.id}
        as: product
        precondition: true
        expect: { status: 404 }
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 200 }
  - id: others/given-up
    title: A repeated step ends at a response after which no attempt can succeed
    expected: The case fails at once, not after the wait.
    requirement: ONB-01
    steps:
      - send: GET /banks/${bank.id}
        as: product
        eventually: first-statement
        give_up_when: { status: 200 }
        expect: { status: 404 }
  - id: others/no-customer
    title: A condition that no customer meets skips the case
    expected: The case is skipped.
    requirement: ONB-01
    given: [ { customer: { accounts: { $at_least: 1000 } } } ]
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 200 }
  - id: others/lost-teardown
    title: A failing teardown is reported separately and leaves the verdict as it is
    expected: The case passes.
    requirement: ONB-01
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 200 }
    teardown:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 404 }
  - id: others/faster-than-agreed
    title: Two messages arrive closer together than the agreed rate allows
    expected: The case fails, and the check names the shortest gap.
    requirement: STM-13
    service: { requests_per_second: 4, batch_limit: 7 }
    steps:
      - send: GET /organisations/${org}/companies/${company}/indirectlinkaccount
        as: product
        query: { bankid: "${bank.id}", web: true }
        precondition: true
        label: first
        expect: { status: 302 }
      - receive: POST
        at: provider.notification
        gap: { after: first, at_least: { requests: 1000 } }
      - set: { limit: "${agreed.batch_limit}" }
  - id: others/undecided-absence
    title: A message of which nothing shows whether it is the forbidden one is no absence
    expected: The case is inconclusive, and names what could not be compared.
    requirement: ONB-05
    steps:
      - send: GET /organisations/${org}/companies/${company}/indirectlinkaccount
        as: product
        query: { bankid: "${bank.id}", web: true }
        precondition: true
        label: link
        expect: { status: 302 }
      - receive: POST
        at: provider.notification
        precondition: true
        response: { status: 2xx }
      - never: POST
        at: provider.notification
        since: link
        for: 20ms
        where: { body: { type: { $at_least: "2026-03-01" } } }
  - id: others/undecided-count
    title: A message of which nothing shows whether it counts may be one too many
    expected: The case is inconclusive.
    requirement: ONB-05
    steps:
      - send: GET /organisations/${org}/companies/${company}/indirectlinkaccount
        as: product
        query: { bankid: "${bank.id}", web: true }
        precondition: true
        label: link
        expect: { status: 302 }
      - receive: POST
        at: provider.notification
        precondition: true
      - send: GET /organisations/${org}/companies/${company}/indirectlinkaccount
        as: product
        query: { bankid: "${bank.id}", web: true }
        precondition: true
        expect: { status: 302 }
      - receive: POST
        at: provider.notification
        precondition: true
        label: second
      - receive: POST
        at: provider.notification
        since: link
        until: second.response
        count: { at_most: 1 }
        where: { body: { type: { $at_least: "2026-03-01" } } }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_windows_and_stubbed_replies_pass() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let record = Stand::up(library(PASSING), rehearsal(), Vec::new(), folder.path())
        .await
        .run()
        .await;
    for case in &record.cases {
        let broken: Vec<_> = case.broken().collect();
        assert_eq!(case.verdict, Verdict::Passed, "{broken:#?}");
    }
    let weaker = record.cases[0]
        .checks
        .iter()
        .any(|check| check.what.contains("weaker"));
    assert!(weaker, "a quiet window says that it shows less");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_shows_nothing_never_passes() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let record = Stand::up(library(OTHERS), rehearsal(), Vec::new(), folder.path())
        .await
        .run()
        .await;
    let verdicts: Vec<_> = record.cases.iter().map(|case| case.verdict).collect();
    let expected = [
        Verdict::Inconclusive,
        Verdict::Inconclusive,
        Verdict::Inconclusive,
        Verdict::Failed,
        Verdict::Skipped,
        Verdict::Passed,
        Verdict::Failed,
        Verdict::Inconclusive,
        Verdict::Inconclusive,
    ];
    assert_eq!(verdicts, expected, "{:#?}", record.cases);
    assert!(
        record.cases[3].took_us < 5_000_000,
        "the repetition ended early"
    );
    assert_eq!(record.cases[5].broken_teardown().count(), 1);
    let compared =
        "`body.type` could not be compared: it is neither a date nor a date-time (RFC 3339)";
    for case in &record.cases[7..] {
        let reason = case.reason.as_deref().unwrap_or_default();
        assert!(reason.ends_with(compared), "{reason}");
    }
    let owed = "at least 250 s: 1000 requests at the agreed rate of 4 per second";
    let found = format!("{:?}", record.cases[6].broken().collect::<Vec<_>>());
    assert!(found.contains(owed), "{found}");
}

#[test]
fn the_six_hard_cases_run() {
    let library = library(include_str!("../fixtures/six-cases.yaml"));
    assert!(library.cases().count() >= 6);
    let record = simulate(async {
        let stand = Stand::in_process(
            library,
            rehearsal(),
            feedproof::topology::Deviation::default(),
        )
        .await;
        stand.run().await
    })
    .expect("there is a runtime");
    for case in &record.cases {
        let broken: Vec<_> = case.broken().chain(case.broken_teardown()).collect();
        let why = (&case.case, &case.reason);
        assert_eq!(case.verdict, Verdict::Passed, "{why:?} {broken:#?}");
    }
}

/// Tells whether a case with these steps runs alone on a shared stage.
fn exclusive(steps: &str) -> bool {
    exclusive_in(Mode::Rehearsal, steps)
}

fn exclusive_in(mode: Mode, steps: &str) -> bool {
    let plan = format!(
        "plan: p\ntitle: P\ncases:\n  - id: p/c\n    title: T\n    expected: E\n    requirement: ONB-01\n    steps:\n{steps}"
    );
    let library = library(&plan);
    library
        .cases()
        .next()
        .expect("a case")
        .needs
        .exclusive(mode)
}

#[test]
fn a_case_that_changes_or_watches_a_shared_stage_is_exclusive() {
    let send = "      - send: GET /banks/${bank.id}\n        as: product\n        auth: none\n        label: first\n        expect: { status: 200 }\n";
    let last = send.replace("first", "last");
    assert!(!exclusive(send));
    let never =
        "      - never: POST\n        at: service\n        since: first\n        until: last\n";
    assert!(!exclusive(&format!("{send}{last}{never}")));
    // Token calls name no case.
    let tokens = never.replace("service", "sageid");
    assert!(exclusive(&format!("{send}{last}{tokens}")));
    assert!(exclusive(&format!(
        "      - trigger: register-bank\n{send}"
    )));
    assert!(!exclusive(&format!(
        "      - trigger: add-account\n        with: {{ customer: alice }}\n{send}"
    )));
}
