use std::time::Duration;

use super::*;
use crate::environment;
use crate::shipped;
use plan_language::plan::{AUTHORISATION_EXPIRY, Document, Documents, Library};
use plan_language::source;

const PLAN: &str = r#"
plan: needs
title: Needs
cases:
  - id: needs/accounts
    title: A customer with many accounts
    expected: The report lists them.
    requirement: ONB-12
    given: [ { customer: { accounts: { $at_least: 3 } } } ]
    steps: &steps
      - send: GET /banks/${bank.id}
        as: product
        auth: none
        expect: { status: 200 }
  - id: needs/other_customer
    title: A second customer
    expected: It is another one.
    requirement: ONB-14
    steps:
      - send: GET /banks/${other_customer.username}
        as: product
        auth: none
        expect: { status: 404 }
  - id: needs/list
    title: The list
    expected: It is there.
    requirement: MAL-06
    features: { multi-account: supported }
    steps: *steps
  - id: needs/no-list
    title: No list
    expected: It is not there.
    requirement: MAL-09
    features: { multi-account: absent }
    steps: *steps
"#;

fn environment(change: impl Fn(String) -> String) -> Environment {
    let bytes = shipped::rehearsal().bytes;
    let text = change(String::from_utf8(bytes).expect("the environment is text"));
    let node = source::load("environment.yaml", text.as_bytes()).expect("the environment is YAML");
    let mut findings = Vec::new();
    environment::read(&node, &mut findings).unwrap_or_else(|| panic!("{findings:?}"))
}

/// Returns for every case why it does not apply.
fn reasons(environment: &Environment) -> Vec<Option<(NotOpened, String)>> {
    let documents = Documents {
        plans: vec![Document {
            name: "needs.yaml".to_owned(),
            bytes: PLAN.as_bytes().to_vec(),
        }],
        ..shipped::documents()
    };
    let library = Library::read(&documents).unwrap_or_else(|unsound| {
        panic!("{:?}", unsound.findings);
    });
    let cases = library.cases();
    cases
        .map(|case| {
            inapplicable(case, environment).map(|not_open| (not_open.standing, not_open.why))
        })
        .collect()
}

fn declares(word: &str) -> Environment {
    let line = "features: {";
    environment(|text| {
        assert!(text.contains(line), "{text}");
        text.replace(line, &format!("features: {{ multi-account: {word},"))
    })
}

#[test]
fn the_reference_provider_has_or_lacks_the_list_as_a_case_asks() {
    assert_eq!(reasons(&environment(|text| text)), [None, None, None, None]);
}

#[test]
fn a_feature_declared_otherwise_differs_from_an_undeclared_one() {
    let otherwise = |word| {
        let why = format!("the feature multi-account is {word} in this environment");
        Some((NotOpened::Declared, why))
    };
    assert_eq!(
        reasons(&declares("absent")),
        [None, None, otherwise("absent"), None]
    );
    assert_eq!(
        reasons(&declares("supported")),
        [None, None, None, otherwise("supported")]
    );
    let mut live = environment(|text| text);
    live.mode = Mode::Connector;
    let why = "the feature multi-account is undeclared in this environment".to_owned();
    let undeclared = Some((NotOpened::Skipped, why));
    assert_eq!(reasons(&live), [None, None, undeclared.clone(), undeclared]);
}

#[test]
fn a_missing_customer_is_known_before_the_run() {
    let mut environment = environment(|text| text);
    environment.customers.truncate(1);
    environment.customers[0].accounts = 2;
    let skipped = |why: &str| Some((NotOpened::Skipped, why.to_owned()));
    assert_eq!(
        reasons(&environment)[..2],
        [
            skipped("the environment has no customer with `accounts` at least 3"),
            skipped("the environment has no second customer"),
        ]
    );
}

#[test]
fn a_clock_that_would_expire_the_tokens_of_a_live_provider_is_not_moved() {
    let library = Library::read(&shipped::documents()).expect("the shipped plans are valid");
    let case = library
        .cases()
        .find(|case| &*case.id == "onboarding/expired-bearer-is-refused")
        .expect("the case is there");
    let mut environment = environment(|text| text);
    assert!(inapplicable(case, &environment).is_none());
    environment.mode = Mode::Connector;
    let not_open = inapplicable(case, &environment).expect("it does not apply");
    assert_eq!(
        not_open.why,
        "the provider is live, and the tokens that it holds would expire with the clock of the service"
    );
    environment.mode = Mode::EndToEnd;
    let not_open = inapplicable(case, &environment).expect("it does not apply");
    assert!(not_open.why.ends_with("its clock cannot be moved"));
}

#[test]
fn a_live_provider_is_waited_for_only_as_long_as_its_authorisations_live() {
    let library = Library::read(&shipped::documents()).expect("the shipped plans are valid");
    let case = library
        .cases()
        .find(|case| &*case.id == "onboarding/authorisation-id-expires")
        .expect("the case is there");
    let mut environment = environment(|text| text);
    environment.mode = Mode::Connector;
    let why = |environment: &Environment| inapplicable(case, environment).map(|not| not.why);
    let unmovable = "the provider is live, and its clock cannot be moved \
                     (`waits: { authorisation-expiry: 21m }` would wait instead)";
    assert_eq!(why(&environment).as_deref(), Some(unmovable));
    let mut set = |minutes: u64| {
        let time = Duration::from_secs(60 * minutes);
        let name = AUTHORISATION_EXPIRY.to_owned();
        environment.waits.insert(name, time);
        (why(&environment), case.needs.exclusive(environment.mode))
    };
    let (shorter, _) = set(20);
    assert_eq!(shorter.as_deref(), Some(unmovable));
    assert_eq!(set(21), (None, false), "others go on meanwhile");
    assert_eq!(set(25), (None, false));
    environment.mode = Mode::Rehearsal;
    assert_eq!(why(&environment), None);
    assert!(case.needs.exclusive(Mode::Service));
}
