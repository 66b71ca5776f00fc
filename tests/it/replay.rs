//! A run that is judged again from its journal gives the same bytes, and an edited plan another verdict.

use feedproof::journal::Fact;
use feedproof::judge::Verdict;

use crate::stand::{Stand, judged_again, library, rehearsal, same_bytes};

/// Everything that could differ between acting and reading: branches at the same time, attempts of a
/// single-use route, a captured token, a generated value, a visit, a bank action, moved time, a miss.
const PLAN: &str = r#"
plan: probe
title: What a replay must find again
cases:
  - id: probe/everything
    title: Branches, attempts, captured tokens, visits and bank actions
    expected: All of it is found again.
    requirement: [ONB-04, OFF-04]
    given:
      - use: onboarded-account
        bind: { account: account }
    steps:
      - set: { one: $new_uuid, moment: $now }
      - parallel:
          - - send: GET /organisations/${org}/companies/${company}/bankaccounts/${account.id}
              as: product
              requirement: ONB-04
              eventually: status-change
              expect: { status: 200, body: { status: active } }
              capture: { status: $.status }
          - - send: GET /banks/${bank.id}
              as: product
              expect: { status: 200 }
            - send: PATCH /v1/authorisations/${one}
              as: provider
              body: { data: { status: success, bankAccounts: [] } }
              expect: { status: 4xx }
      - trigger: new-transactions
        with: { accounts: ["${account.externalId}"] }
      - receive: POST /v1/statements
        at: service
        label: statement
        within: next-statement
        requirement: ONB-04
        where: { body: { data: { principalId: "${account.id}" } } }
        response: { status: 2xx }
      - age: { at: provider, by: 1h }
      - send: DELETE /organisations/${org}/companies/${company}/bankaccounts/${account.id}
        as: product
        expect: { status: 204 }
      - receive: POST
        at: provider.notification
        requirement: OFF-04
        where: { body: { type: resourceDeleted, resource: { id: "${account.id}" } } }
        response: { status: 2xx }
      - never: POST /v1/statements
        at: service
        since: statement
        until: statement.response
        requirement: ONB-04
  - id: probe/missed
    title: A message that never comes
    expected: The reason is found again, too.
    requirement: OFF-04
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 200 }
      - receive: POST
        at: provider.notification
        within: 20ms
  - id: probe/skipped
    title: A feature that nobody declares
    expected: Skipped.
    requirement: OFF-04
    features: { teleportation: supported }
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 200 }
"#;

/// A case that waits until somebody interrupts it.
const WAITING: &str = r#"
plan: waiting
title: A wait that is interrupted
cases:
  - id: waiting/for-ever
    title: A message that never comes
    expected: The case errors, and clears up.
    requirement: OFF-04
    given:
      - use: onboarded-account
        bind: { account: account }
    steps:
      - receive: POST
        at: provider.notification
        label: told
        within: 1h
        where: { body: { type: nothing-of-the-kind } }
      - judge: told
        response: { status: 2xx }
    teardown:
      - send: DELETE /organisations/${org}/companies/${company}/bankaccounts/${account.id}
        as: product
        expect: { status: 204 }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_gives_the_same_bytes_as_the_live_run() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let stand = Stand::up(library(PLAN), rehearsal(), Vec::new(), folder.path()).await;
    let file = stand.file.clone();
    let live = stand.run().await;
    let verdicts: Vec<_> = live.cases.iter().map(|case| case.verdict).collect();
    assert_eq!(
        verdicts,
        [Verdict::Passed, Verdict::Failed, Verdict::Skipped],
        "{:#?}",
        live.cases
    );
    let again = judged_again(&library(PLAN), &file).await;
    same_bytes(&live, &again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_run_is_replayed_as_interrupted() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let stand = Stand::up(library(WAITING), rehearsal(), Vec::new(), folder.path()).await;
    let file = stand.file.clone();
    let journal = stand.journal.clone();
    let interrupt = stand.interrupt.clone();
    let lane = "waiting/for-ever".into();
    let watching = tokio::spawn(async move {
        let mut changed = journal.watch(&lane);
        let waits = |event: &std::sync::Arc<feedproof::journal::Event>| matches!(&event.fact, Fact::Begun { step } if step.as_str() == "steps[0]");
        while !journal.view(&lane, 0, journal.last()).iter().any(waits) {
            changed.changed().await.expect("the journal lives");
        }
        interrupt.cancel();
    });
    let live = stand.run().await;
    watching.await.expect("it does not panic");
    let case = &live.cases[0];
    assert_eq!(case.verdict, Verdict::Inconclusive);
    assert!(
        case.reason
            .as_deref()
            .is_some_and(|why| why.contains("interrupted")),
        "{case:#?}"
    );
    assert_eq!(
        case.broken_teardown().count(),
        0,
        "it cleared up: {:#?}",
        case.teardown
    );
    assert_eq!(case.teardown.len(), 1);
    let again = judged_again(&library(WAITING), &file).await;
    same_bytes(&live, &again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_expectation_fails_where_it_should_and_a_new_step_was_never_observed() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let stand = Stand::up(library(PLAN), rehearsal(), Vec::new(), folder.path()).await;
    let file = stand.file.clone();
    assert_eq!(stand.run().await.cases[0].verdict, Verdict::Passed);

    let edited = PLAN.replacen("response: { status: 2xx }", "response: { status: 4xx }", 1);
    assert_ne!(edited, PLAN);
    let again = judged_again(&library(&edited), &file).await;
    assert_eq!(again.cases[0].verdict, Verdict::Failed);
    let broken: Vec<_> = again.cases[0].broken().collect();
    let line = 1 + edited
        .lines()
        .position(|line| line.contains("response: { status: 4xx }"))
        .expect("it is there");
    assert_eq!(broken.len(), 1, "{broken:#?}");
    assert_eq!(broken[0].place.line as usize, line);

    // Nobody knows what another attempt would have shown.
    let repeated = PLAN.replace("body: { status: active }", "body: { status: pending }");
    let again = judged_again(&library(&repeated), &file).await;
    assert_eq!(again.cases[0].verdict, Verdict::Inconclusive);

    let more = PLAN.replace(
        "      - trigger: new-transactions",
        "      - send: GET /banks/${bank.id}\n        as: product\n        expect: { status: 200 }\n      - trigger: new-transactions",
    );
    let again = judged_again(&library(&more), &file).await;
    assert_eq!(again.cases[0].verdict, Verdict::Inconclusive);
    let reason = again.cases[0].reason.as_deref().unwrap_or_default();
    assert!(reason.contains("not observed"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_reaches_the_journal_or_a_report() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let stand = Stand::up(library(PLAN), rehearsal(), Vec::new(), folder.path()).await;
    let file = stand.file.clone();
    let record = stand.run().await;
    feedproof::report::write_reports(&record, folder.path()).expect("reports are written");
    let secrets = secrets();
    assert!(secrets.len() >= 6, "{}", secrets.len());
    for entry in std::fs::read_dir(folder.path()).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let written = std::fs::read_to_string(&path).expect("reports are text");
        assert!(!written.contains("eyJ"), "a token in {}", path.display());
        for secret in &secrets {
            assert!(
                !written.contains(secret.as_str()),
                "{secret} in {}",
                path.display()
            );
        }
    }
    assert!(file.is_file());
}

/// Lists the secrets of the rehearsal's environment.
fn secrets() -> Vec<String> {
    let document = feedproof::shipped::rehearsal();
    let node = plan_language::source::load(&document.name, &document.bytes).expect("it is YAML");
    let value = node.to_value();
    let mut secrets = vec![
        &value["notification_header"]["value"],
        &value["credentials"]["api_key"],
        &value["credentials"]["client_secret"],
        &value["credentials"]["application_key"],
    ];
    for customer in value["customers"].as_object().expect("customers").values() {
        secrets.push(&customer["login"]["password"]);
    }
    secrets
        .into_iter()
        .map(|secret| {
            secret
                .as_str()
                .expect("text")
                .trim_start_matches("literal:")
                .to_owned()
        })
        .collect()
}
