//! Two cases in parallel never see each other's messages: on one shared stage, and on a stage each.

use std::collections::HashMap;
use std::fmt::Write as _;

use feedproof::journal::{Fact, identifiers};
use feedproof::judge::Verdict;
use feedproof::record::Record;
use feedproof::runner::unguessable;
use plan_language::participant::Participant;
use reference_provider::{Account, Customer, Provider, Settings, Transaction};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::stand::{Stand, environment, library, rehearsal};

/// Copies of the offboarding case that run at once.
const COPIES: usize = 200;

fn plan() -> String {
    let mut plan = r#"
plan: copies
title: The same case again and again
cases:
  - id: copies/offboarding
    title: Offboarding sets status to cancelled in GET /bankaccounts
    expected: Every copy sees its own messages, and only those.
    requirement: [OFF-01, OFF-04]
    given:
      - use: onboarded-account
        bind: { account: account }
    steps:
      - send: DELETE /organisations/${org}/companies/${company}/bankaccounts/${account.id}
        as: product
        label: deleted
        expect: { status: 204 }
      - receive: POST
        at: provider.notification
        label: told
        requirement: OFF-04
        where: { body: { type: resourceDeleted } }
        expect: { body: { resource: { id: "${account.id}" }, additionalData: { externalId: "${account.externalId}" } } }
        response: { status: 2xx }
      - receive: POST
        at: provider.notification
        since: deleted
        until: told.response
        count: { exactly: 1 }
        requirement: OFF-04
        where: { body: { type: resourceDeleted } }
      - send: GET /organisations/${org}/companies/${company}/bankaccounts
        as: product
        requirement: OFF-01
        evidence: told
        expect:
          status: 200
          body:
            "$..[?@.bankAccountId]": { $one: { where: { bankAccountId: "${account.id}" }, is: { status: cancelled } } }
    examples:
"#
    .to_owned();
    for number in 0..COPIES {
        writeln!(plan, "      - {{ id: copy-{number} }}").expect("text takes it");
    }
    plan
}

/// The data of one customer; all have the same number of the same things.
fn customer(number: usize) -> Customer {
    Customer {
        username: format!("customer-{number}"),
        password: "the-same-password".to_owned(),
        bank_identifier: format!("at-bank-{number}"),
        accounts: vec![Account {
            external_id: format!("external-{number}"),
            name: "Everyday".to_owned(),
            branch: None,
            identifier: format!("account-{number}"),
            kind: "business".to_owned(),
            opening_balance: 0,
            transactions: vec![std::sync::Arc::new(Transaction {
                id: format!("booked-{number}"),
                date: "2026-11-01".to_owned(),
                amount: 100,
                description: "The same".to_owned(),
                pending: false,
            })],
        }],
    }
}

fn credentials() -> &'static str {
    "credentials: { api_key: 'literal:test-api-key', client_id: 'literal:test-client', client_secret: 'literal:test-client-secret', audience: provider-api, notification_audience: connector-api, application: test-app, application_key: 'literal:test-application-key' }"
}

/// The id of the bank that all copies use.
const BANK: &str = "10aaeee6-0000-4000-8000-000000000001";

/// Writes the environment of a live provider at `base`, with one customer a copy.
fn shared_environment(base: &str, header: &str) -> String {
    let mut text = format!(
        "subject: {{ name: The reference provider on a port of its own }}\n\
         provider:\n  callbacks: {{ notification: '{base}/notification', auth: '{base}/auth', reAuth: '{base}/authrefresh', availableAccounts: '{base}/availableaccounts' }}\n  \
         bank: {{ id: {BANK}, externalRef: test }}\n  \
         notification_header: {{ name: X-Test-Key, value: 'literal:{header}' }}\n\
         {}\njobs: 64\ncustomers:\n",
        credentials()
    );
    for number in 0..COPIES {
        writeln!(
            text,
            "  customer-{number}: {{ login: {{ username: customer-{number}, password: 'literal:the-same-password' }}, accounts: 1, without_branch: 1, cleared: 1 }}"
        )
        .expect("text takes it");
    }
    text
}

/// Makes a provider at `base` for the emulated service at `service`.
fn shared_provider(base: String, service: &str, header: String) -> Provider {
    Provider::new(Settings {
        base_url: base,
        outbound: banking_service_emulator::plain_http(),
        provider_api: format!("{service}/v1"),
        token_url: format!("{service}/sageid/oauth/token"),
        key_set_url: format!("{service}/sageid/.well-known/jwks.json"),
        issuer: format!("{service}/sageid"),
        audience: "provider-api".to_owned(),
        notification_audience: "connector-api".to_owned(),
        client_id: "test-client".to_owned(),
        client_secret: "test-client-secret".to_owned(),
        api_key: "test-api-key".to_owned(),
        notification_header: ("X-Test-Key".to_owned(), header),
        bank: BANK.to_owned(),
        customers: (0..COPIES).map(customer).collect(),
        authorisation_life: std::time::Duration::from_secs(1200),
        patience: std::time::Duration::from_secs(10),
        batch_limit: 1000,
        // All copies share this provider, and none is to wait for another.
        requests_per_second: 100_000,
        multi_account: true,
        faults: Vec::new(),
        variants: Vec::new(),
    })
}

/// Held by the test that runs: each has 64 cases at once, and in a rehearsal the provider waits 3 s for a response. With
/// twice as many on two cores that has been too short.
static AT_WORK: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_copies_on_one_shared_stage_see_their_own_messages_only() {
    let _alone = AT_WORK.lock().await;
    let folder = tempfile::tempdir().expect("a folder for the test");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let base = format!("http://{address}");
    let header = format!("header-{}", unguessable());
    let environment = environment(&shared_environment(&base, &header));
    let stand = Stand::up(library(&plan()), environment, Vec::new(), folder.path()).await;
    let provider = shared_provider(base, &stand.run_environment.origin, header);
    let router = provider.router();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let record = stand.run().await;
    provider.close().await;
    serving.abort();
    check(&record);
    // What a live provider's acceptance proves is proven; what our own service wrote is not.
    for case in &record.cases {
        let proving = case
            .checks
            .iter()
            .filter(|check| check.outcome == feedproof::judge::CheckOutcome::Pass);
        assert!(proving.count() >= 2, "{case:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_copies_on_a_stage_each_see_their_own_messages_only() {
    let _alone = AT_WORK.lock().await;
    let folder = tempfile::tempdir().expect("a folder for the test");
    let stand = Stand::up(library(&plan()), rehearsal(), Vec::new(), folder.path()).await;
    check(&stand.run().await);
}

/// Proves that every case passed and that no message lies in the lane of another case.
fn check(record: &Record) {
    for case in &record.cases {
        assert_eq!(
            case.verdict,
            Verdict::Passed,
            "{}: {:?}",
            case.case,
            case.reason
        );
    }
    assert_eq!(record.cases.len(), COPIES);
    // An account's id names its case wherever it stands.
    let mut owners: HashMap<String, &str> = HashMap::new();
    let mut told = 0;
    for case in &record.cases {
        for check in &case.checks {
            for seq in &check.messages {
                let Some(Fact::Request { message, to, .. }) =
                    record.event(*seq).map(|event| &event.fact)
                else {
                    continue;
                };
                if to.participant == Participant::Provider {
                    told += 1;
                }
                for one in identifiers(message) {
                    let owner = owners.entry(one.name.clone()).or_insert(&case.case);
                    assert_eq!(*owner, &*case.case, "{one:?} is seen by two cases");
                }
            }
        }
    }
    assert!(told >= COPIES, "every case was told of its own account");
    assert!(
        record.unattributed.is_empty(),
        "only token calls belong to nobody: {:?}",
        record.unattributed
    );
}
