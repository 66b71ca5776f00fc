use crate::environment::{Environment, SecretLocation, open};
use plan_language::source::render;

const DOCUMENT: &str = include_str!("../../../fixtures/environments/rehearsal.yaml");

fn opened(changes: &[&str]) -> Result<Environment, String> {
    let changes: Vec<_> = changes.iter().map(|change| (*change).to_owned()).collect();
    let nothing = |_: SecretLocation<'_>| Err("no such thing".to_owned().into());
    let opened = open("e.yaml", DOCUMENT.as_bytes(), &changes, &nothing);
    let told: Vec<_> = opened
        .findings
        .iter()
        .map(|finding| render(finding, &opened.sources))
        .collect();
    opened.environment.ok_or_else(|| told.join("\n"))
}

#[track_caller]
fn check_refused(changes: &[&str], expected: &[&str]) {
    let told = opened(changes).expect_err("it is refused");
    for one in expected {
        assert!(told.contains(one), "{one:?} in {told}");
    }
}

#[test]
fn a_change_is_applied_at_its_path_and_remembered() {
    let changes = [
        "waits.first-statement=90s",
        "jobs=3",
        "customers.alice.bank_identifier=cust-2",
        "tls.ca=file:ca.pem",
        "customers.alice.login.password=literal:hunter2",
        "customers.bob.login.password=env:BOB",
    ];
    let environment = opened(&changes).expect("it is valid");
    assert_eq!(environment.waits["first-statement"].as_secs(), 90);
    assert_eq!(environment.jobs, Some(3));
    let identifier = environment.customers[0].bank_identifier.as_deref();
    assert_eq!(identifier, Some("cust-2"));
    assert!(environment.tls.ca.is_some());
    assert_eq!(
        environment.changed,
        [
            "waits.first-statement=90s",
            "jobs=3",
            "customers.alice.bank_identifier=cust-2",
            "tls.ca=file:ca.pem",
            "customers.alice.login.password=***************",
            "customers.bob.login.password=env:BOB",
        ]
    );
}

#[test]
fn the_last_of_two_changes_counts() {
    let environment = opened(&["jobs=3", "jobs=4"]).expect("it is valid");
    assert_eq!(environment.jobs, Some(4));
}

#[test]
fn a_wrong_change_is_reported_like_a_wrong_line() {
    check_refused(
        &["jobs=3", "waits.frist-statement=90s"],
        &[
            "no wait `frist-statement`",
            "did you mean `first-statement`?",
            "--set:2:7",
        ],
    );
    check_refused(
        &["wait.first-statement=90s"],
        &["no field `wait`", "did you mean `waits`?", "--set:1:1"],
    );
    check_refused(&["waits.retry=90"], &["a time needs a unit", "--set:1:13"]);
    check_refused(&["jobs"], &["a change has the form `PATH=VALUE`"]);
    check_refused(&["waits..retry=9s"], &["`waits..retry` is not a path"]);
    check_refused(
        &["jobs.many=9"],
        &["`jobs` is a number and has no field `many`"],
    );
    check_refused(
        &["jobs=[1]"],
        &["the value of a change is a scalar, and this is an array"],
    );
    check_refused(
        &["customers.alcie.accounts=1"],
        &["no customer `alcie`", "did you mean `alice`?"],
    );
    check_refused(&["jobs="], &["`jobs` is a whole number"]);
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    for change in [
        "credentials.api_key=hunter2",
        "customers.alice.login.password=hunter2",
        "customers.alcie.login.password=hunter2",
        "customers.alice.login.pasword=hunter2",
    ] {
        let told = opened(&[change]).expect_err("it is refused");
        assert!(!told.contains("hunter2"), "{told}");
    }
}
