//! The JUnit document, read back as its readers do.

use super::*;
use crate::report::fixture::{Made, broke, failed_run, outcome, place, requirement};
use plan_language::participant::Mode;
use plan_language::plan::{Class, Level};
use roxmltree::{Document, Node};

fn text(record: &Record) -> String {
    String::from_utf8(junit(record)).expect("JUnit XML is UTF-8")
}

fn children<'a>(node: Node<'a, 'a>, name: &'a str) -> Vec<Node<'a, 'a>> {
    node.children()
        .filter(|node| node.has_tag_name(name))
        .collect()
}

fn property<'a>(node: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    let list = children(node, "properties");
    let mut found = list
        .first()?
        .children()
        .filter(|property| property.attribute("name") == Some(name));
    let value = found.next()?.attribute("value");
    assert!(found.next().is_none(), "{name} stands there once");
    value
}

#[expect(
    clippy::too_many_lines,
    reason = "one snapshot or one table, which is read as a whole"
)]
#[test]
fn suites_and_cases_carry_what_jenkins_reads() {
    let text = text(&failed_run());
    let document = Document::parse(&text).expect("well-formed");
    let root = document.root_element();
    assert_eq!(root.attribute("tests"), Some("5"));
    assert_eq!(root.attribute("timestamp"), Some("2026-11-21T04:17:00Z"));
    let suites = children(root, "testsuite");
    let attributes = |node: Node<'_, '_>, names: &[&str]| -> Vec<String> {
        names
            .iter()
            .map(|name| node.attribute(*name).unwrap_or("none").to_owned())
            .collect()
    };
    assert_eq!(
        attributes(
            suites[1],
            &[
                "package",
                "name",
                "tests",
                "failures",
                "errors",
                "skipped",
                "time",
                "timestamp",
                "hostname"
            ]
        ),
        [
            "feedproof",
            "onboarding",
            "3",
            "0",
            "2",
            "1",
            "1.234567",
            "2026-11-21T04:17:01Z",
            "none"
        ]
    );
    let cases = children(suites[0], "testcase");
    assert_eq!(
        attributes(
            cases[0],
            &["classname", "name", "file", "line", "time", "timestamp"]
        ),
        [
            "feedproof.offboarding",
            "offboarding/told",
            "plans/offboarding.yaml",
            "12",
            "1.234567",
            "2026-11-21T04:17:01Z"
        ]
    );
    let failure = children(cases[0], "failure")[0];
    let message = failure
        .attribute("message")
        .expect("a failure has a message");
    assert_eq!(
        failure.text().and_then(|text| text.lines().next()),
        Some(message)
    );
    assert!(
        message.starts_with("the provider broke OFF-04: "),
        "{message}"
    );
    let error = children(children(suites[1], "testcase")[0], "error")[0];
    assert_eq!(error.attribute("type"), Some("no-judgement"));
    let skipped = children(suites[1], "testcase")[2];
    assert_eq!(
        attributes(skipped, &["time", "timestamp"]),
        ["0.000000", "none"]
    );
    let skipped = children(skipped, "skipped")[0];
    assert_eq!(
        skipped.attribute("message"),
        Some("no bank action `revoke-consent`")
    );
    assert_eq!(skipped.text(), Some("no bank action `revoke-consent`"));
}

#[test]
fn properties_say_under_which_conditions_the_run_was() {
    let text_of_red = text(&failed_run());
    let document = Document::parse(&text_of_red).expect("well-formed");
    let suite = children(document.root_element(), "testsuite")[0];
    for (name, value) in [
        ("notice", Some("not issued by Sage")),
        ("watermark", None),
        ("mode", Some("connector")),
        ("environment", Some("my-connector")),
        ("subject", Some("Acme Feeds 1.2 (abc123)")),
        ("plan.title", Some("Offboarding")),
        ("plan.file", Some("plans/offboarding.yaml")),
        ("feedproof.version", Some("0.1.0")),
        (
            "limits_loosened",
            Some("first-statement: 90 s instead of 30 s"),
        ),
        ("faults", None),
        ("filtered-out", Some("3")),
    ] {
        assert_eq!(property(suite, name), value, "{name}");
    }
    assert_eq!(property(suite, "plan.sha256").map(str::len), Some(64));
    let case = children(suite, "testcase")[0];
    assert_eq!(property(case, "title"), Some("Title of offboarding/told"));
    assert_eq!(property(case, "expected"), Some("It happens."));
    assert_eq!(property(case, "requirements"), Some("OFF-04"));
    assert_eq!(
        property(case, "requirement.OFF-04"),
        Some(
            "must, class C (derived by us, never Sage's wording): The provider must do as OFF-04 says."
        )
    );

    let rehearsal = Made::default()
        .header(|header| header.faults = vec!["no-patch".to_owned(), "late".to_owned()])
        .requirement(requirement("OFF-04", Level::Must, Class::C))
        .case(outcome("p", "p/one", Verdict::Passed))
        .record();
    let text = text(&rehearsal);
    let document = Document::parse(&text).expect("well-formed");
    let suite = children(document.root_element(), "testsuite")[0];
    assert_eq!(
        property(suite, "watermark"),
        Some("rehearsal: not a certificate")
    );
    assert_eq!(property(suite, "faults"), Some("no-patch, late"));
    assert_eq!(property(suite, "plan.file"), None);
}

#[test]
fn the_wall_time_is_no_sum() {
    let timed = |case, started_us| {
        let mut one = outcome("p", case, Verdict::Passed);
        (one.started_us, one.took_us) = (started_us, 2_000_000);
        one
    };
    let record = Made::default()
        .plan("p", "P")
        .case(timed("p/a", 1_000_000))
        .case(timed("p/b", 1_500_000))
        .record();
    let text = text(&record);
    let document = Document::parse(&text).expect("well-formed");
    let suite = children(document.root_element(), "testsuite")[0];
    assert_eq!(suite.attribute("time"), Some("2.500000"));
    assert_eq!(
        children(suite, "testcase")[1].attribute("timestamp"),
        Some("2026-11-21T04:17:01.5Z")
    );
}

#[test]
fn a_place_in_a_flow_does_not_move_the_line_of_the_case() {
    let mut one = outcome("offboarding", "offboarding/one", Verdict::Failed);
    let mut inside = broke("demand", Vec::new());
    inside.place.file = "plans/flows/link.yaml".into();
    let mut own = broke("another", Vec::new());
    own.place = place(77);
    one.checks = vec![inside.clone()];
    let record = |outcome: &Outcome| Made::default().case(outcome.clone()).record();
    assert_eq!(case(&record(&one), &one, None).line, 5);
    one.checks = vec![inside, own];
    assert_eq!(case(&record(&one), &one, None).line, 77);
}

#[test]
fn a_start_that_is_no_moment_leaves_timestamps_out() {
    for started in ["yesterday", "9999-12-31T23:59:59.999999Z"] {
        let record = Made::default()
            .header(|header| header.started = started.to_owned())
            .case(outcome("p", "p/one", Verdict::Passed))
            .record();
        let text = text(&record);
        let document = Document::parse(&text).expect("well-formed");
        let suite = children(document.root_element(), "testsuite")[0];
        assert_eq!(suite.attribute("timestamp"), None, "{started}");
    }
}

#[test]
fn an_empty_run_is_a_document_too() {
    let text = text(&Made::default().record());
    let document = Document::parse(&text).expect("well-formed");
    assert_eq!(document.root_element().attribute("tests"), Some("0"));
    assert_eq!(
        document
            .root_element()
            .children()
            .filter(Node::is_element)
            .count(),
        0
    );
}

#[test]
fn a_broken_should_makes_no_pipeline_red_unless_strict() {
    let mut one = outcome("p", "p/one", Verdict::Failed);
    one.checks = vec![broke("it is so", Vec::new())];
    let mut record = Made::default()
        .mode(Mode::Connector)
        .requirement(requirement("OFF-04", Level::Should, Class::C))
        .case(one)
        .record();
    let read = |record: &Record| {
        let text = text(record);
        let document = Document::parse(&text).expect("well-formed");
        let root = document.root_element();
        let counted = ["failures", "errors", "skipped"]
            .map(|name| root.attribute(name).unwrap_or("none").to_owned());
        let suite = children(root, "testsuite")[0];
        let case = children(suite, "testcase")[0];
        assert_eq!(property(case, "verdict"), Some("failed"));
        let skipped = children(case, "skipped");
        let message = skipped.first().and_then(|node| node.attribute("message"));
        (counted, message.map(str::to_owned))
    };
    let (counted, message) = read(&record);
    assert_eq!(counted, ["0", "0", "1"]);
    let message = message.expect("it says why");
    assert!(
        message.starts_with("failed, and only a warning without --strict: "),
        "{message}"
    );
    record.header.strict = true;
    assert_eq!(read(&record), (["1", "0", "0"].map(str::to_owned), None));
}
