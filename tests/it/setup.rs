//! A live provider that breaks what every case stands on: two failures alike are enough, and are told once.

use feedproof::judge::Verdict;

use crate::stand::{Stand, environment, library};

/// Cases that stand on the same flow, one that stands on nothing, and customers of which each case takes one.
fn plan(customers: &[&str]) -> String {
    let mut plan = "plan: ground\ntitle: Ground\ncases:\n".to_owned();
    for (number, customer) in customers.iter().enumerate() {
        plan.push_str(&format!(
            "  - id: ground/case-{number}
    title: A case that stands on a linked account
    expected: It does not begin.
    requirement: OFF-02
    given:
      - customer: {{ name: {customer} }}
      - use: linked-account
        bind: {{ account: account }}
    steps:
      - send: DELETE /organisations/${{org}}/companies/${{company}}/bankaccounts/${{account.id}}
        as: product
        expect: {{ status: 204 }}
"
        ));
    }
    plan.push_str(
        "  - id: ground/other
    title: A case that stands on nothing
    expected: It is judged.
    requirement: ONB-01
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 200 }
",
    );
    plan
}

/// An environment whose provider listens nowhere; cases run one after another.
const NOBODY: &str = "
subject: { name: Nobody }
provider:
  callbacks: { notification: http://127.0.0.1:1/n, auth: http://127.0.0.1:1/a, reAuth: http://127.0.0.1:1/r, availableAccounts: http://127.0.0.1:1/v }
  bank: { id: 10aaeee6-0000-4000-8000-000000000001, externalRef: nobody }
  notification_header: { name: X-Key, value: literal:the-agreed-value }
credentials: { api_key: literal:key-of-the-test, client_id: literal:client-of-the-test, client_secret: literal:secret-of-the-test, audience: a, notification_audience: b, application: c, application_key: literal:key-of-the-app }
customers:
  alice: { login: { username: alice, password: literal:pass-of-alice }, accounts: 1 }
  bob: { login: { username: bob, password: literal:pass-of-bob }, accounts: 1 }
waits: { notification: 1s, authorisation: 1s, linked: 1s }
jobs: 1
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_that_would_meet_what_two_met_are_not_begun_and_told_why_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let customers = ["alice", "alice", "alice", "alice", "bob"];
    let record = Stand::up(
        library(&plan(&customers)),
        environment(NOBODY),
        Vec::new(),
        folder.path(),
    )
    .await
    .run()
    .await;
    let began: Vec<_> = record
        .cases
        .iter()
        .map(|case| !case.checks.is_empty())
        .collect();
    assert_eq!(began.iter().filter(|began| **began).count(), 4, "{began:?}");
    let alices = &record.cases[..4];
    assert_eq!(
        alices.iter().filter(|case| case.checks.is_empty()).count(),
        2
    );
    assert!(began[4], "what broke for one customer may hold for another");
    assert_ne!(
        record.cases[5].verdict,
        Verdict::Inconclusive,
        "{:?}",
        record.cases[5].reason
    );
    let reasons: Vec<_> = alices
        .iter()
        .filter(|case| case.checks.is_empty())
        .map(|case| case.reason.clone().unwrap_or_default())
        .collect();
    assert_eq!(reasons[0], reasons[1], "it is reported once");
    for word in [
        "not run: at plans/flows/",
        "failed in the same way: given: ",
        "refused",
    ] {
        assert!(reasons[0].contains(word), "{word:?} in {}", reasons[0]);
    }
    for case in alices {
        assert_eq!(case.verdict, Verdict::Inconclusive, "{:?}", case.reason);
    }
}
