//! The plan language at work: verbs and fields that the shipped plans do not need all of, run for real.

use feedproof::judge::Verdict;
use feedproof::topology::simulate;

use crate::stand::{Stand, library, rehearsal};

/// Cases that must pass, each for what its title says.
const PASSING: &str = r#"
plan: passing
title: What the language can say
cases:
  - id: passing/quiet-window
    title: A silence without a sentinel is a quiet window that ends with a probe
    expected: Nothing comes, and the tap hears.
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
    title: Replies are stubbed before what triggers them, one after another
    expected: The first reply is ours, the second is the participant's.
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
title: What must not be green
cases:
  - id: others/checked-nothing
    title: An expectation that compares nothing is no pass
    expected: It errors.
    requirement: ONB-01
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: $any }
  - id: others/empty-list
    title: Every element of an empty list is no pass
    expected: It fails.
    requirement: ONB-01
    steps:
      - send: GET /organisations/${org}/companies/${company}/bankaccounts
        as: product
        expect: { status: 200, body: { $each: { status: active } } }
  - id: others/broken-precondition
    title: A precondition that breaks is no judgement
    expected: It errors.
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
    title: A repeated step ends at an answer after which it makes no sense to go on
    expected: It fails at once, not after the time.
    requirement: ONB-01
    steps:
      - send: GET /banks/${bank.id}
        as: product
        eventually: first-statement
        give_up_when: { status: 200 }
        expect: { status: 404 }
  - id: others/no-customer
    title: A customer that nobody is makes a case skipped
    expected: It is skipped.
    requirement: ONB-01
    given: [ { customer: { accounts: { $at_least: 1000 } } } ]
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 200 }
  - id: others/lost-teardown
    title: A teardown that fails is told apart, and the verdict stands
    expected: It passes.
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
    title: Two messages closer together than the agreed rate allows
    expected: It fails, and says what was owed.
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
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_windows_and_armed_replies_run() {
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
async fn what_shows_nothing_is_never_green() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let record = Stand::up(library(OTHERS), rehearsal(), Vec::new(), folder.path())
        .await
        .run()
        .await;
    let verdicts: Vec<_> = record.cases.iter().map(|case| case.verdict).collect();
    let expected = [
        Verdict::Inconclusive,
        Verdict::Failed,
        Verdict::Inconclusive,
        Verdict::Failed,
        Verdict::Skipped,
        Verdict::Passed,
        Verdict::Failed,
    ];
    assert_eq!(verdicts, expected, "{:#?}", record.cases);
    assert!(record.cases[3].took_us < 5_000_000, "it did not go on");
    assert_eq!(record.cases[5].broken_teardown().count(), 1);
    let owed = "at least 250 s: 1000 requests at the agreed rate of 4 per second";
    let told = format!("{:?}", record.cases[6].broken().collect::<Vec<_>>());
    assert!(told.contains(owed), "{told}");
}

#[test]
fn the_six_hard_cases_run() {
    let library = library(include_str!("../fixtures/six-cases.yaml"));
    assert!(library.cases().count() >= 6);
    let record = simulate(async {
        let stand = Stand::in_process(library, rehearsal(), Vec::new()).await;
        stand.run().await
    })
    .expect("there is a runtime");
    for case in &record.cases {
        let broken: Vec<_> = case.broken().chain(case.broken_teardown()).collect();
        let why = (&case.case, &case.reason);
        assert_eq!(case.verdict, Verdict::Passed, "{why:?} {broken:#?}");
    }
}

/// Tells whether a case with these steps is alone on a stage that is shared.
fn alone(steps: &str) -> bool {
    let plan = format!(
        "plan: p\ntitle: P\ncases:\n  - id: p/c\n    title: T\n    expected: E\n    requirement: ONB-01\n    steps:\n{steps}"
    );
    let library = library(&plan);
    library.cases().next().expect("a case").needs.exclusive()
}

#[test]
fn what_all_share_is_changed_or_watched_by_one_case_at_a_time() {
    let send = "      - send: GET /banks/${bank.id}\n        as: product\n        auth: none\n        label: first\n        expect: { status: 200 }\n";
    let last = send.replace("first", "last");
    assert!(!alone(send));
    let silence =
        "      - never: POST\n        at: service\n        since: first\n        until: last\n";
    assert!(!alone(&format!("{send}{last}{silence}")));
    // Token calls name nobody.
    let tokens = silence.replace("service", "sageid");
    assert!(alone(&format!("{send}{last}{tokens}")));
    assert!(alone(&format!("      - trigger: register-bank\n{send}")));
    assert!(!alone(&format!(
        "      - trigger: add-account\n        with: {{ customer: alice }}\n{send}"
    )));
}
