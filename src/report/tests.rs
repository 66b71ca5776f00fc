//! All formats contain the same counts of every record, and no text can break them.

use proptest::prelude::*;
use roxmltree::{Document, Node};
use serde_json::json;

use crate::journal::{Event, Fact, Journal};
use crate::judge::Verdict;
use crate::record::{Record, VerdictCounts};
use crate::report::fixture::{
    Made, broke, difference, failed_run, held, missed, not_reached, outcome, passed_rehearsal,
    requirement, unjudged,
};
use crate::report::testable_here::testable;
use crate::report::{
    AnswerTone, answer, failure, github, html, json, junit, mark, markdown, plain, render, results,
};
use plan_language::participant::{Mode, Participant};
use plan_language::plan::{Class, Level};

const HOSTILE: [&str; 8] = [
    "end ]]> of data",
    "<script>alert(1)</script> & \"quotes\" 'too'",
    "control \u{0}\u{1}\u{8}\u{b}\u{1b}[31m\u{7f}\u{85}",
    r"lone \ud800 surrogate",
    "emoji 😀 and \u{10FFFF} and \u{FFFE}",
    "]]>]]>]]]>",
    "two\r\nlines\rand\ta tab",
    "&#0; &amp; <![CDATA[ <!-- -->",
];

/// One case of every verdict, with one text everywhere.
fn everywhere(text: &str) -> Record {
    let mut failed = outcome("p", &format!("failed {text}"), Verdict::Failed);
    failed.title = text.to_owned();
    failed.checks = vec![
        broke(
            text,
            vec![difference(text, text, Some(json!({ text: text })))],
        ),
        missed(text, text),
    ];
    let mut inconclusive = outcome("p", &format!("inconclusive {text}"), Verdict::Inconclusive);
    inconclusive.checks = vec![unjudged(text, text)];
    inconclusive.reason = Some(text.to_owned());
    let mut passed = outcome("q", &format!("passed {text}"), Verdict::Passed);
    passed.checks = vec![held(text)];
    passed.expected = text.to_owned();
    let mut skipped = outcome("q", &format!("skipped {text}"), Verdict::Skipped);
    skipped.reason = Some(text.to_owned());
    Made::default()
        .mode(Mode::Connector)
        .header(|header| {
            header.environment = text.to_owned();
            header.limits_loosened = vec![text.to_owned()];
        })
        .plan("p", text)
        .plan("q", text)
        .case(failed)
        .case(inconclusive)
        .case(passed)
        .case(skipped)
        .record()
}

fn named<'a>(node: Node<'a, 'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants()
        .filter(move |node| node.has_tag_name(name))
}

fn number(node: Node<'_, '_>, attribute: &str) -> usize {
    let text = node
        .attribute(attribute)
        .unwrap_or_else(|| panic!("no {attribute}"));
    text.parse()
        .unwrap_or_else(|_| panic!("{attribute}={text}"))
}

/// Checks that all formats contain the counts of the record.
fn agree(record: &Record) {
    junit_agrees(record);
    json_agrees(record);
    texts_agree(record);
    annotations_agree(record);
}

fn junit_agrees(record: &Record) {
    let xml = String::from_utf8(junit(record)).expect("JUnit XML is UTF-8");
    let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{error}:\n{xml}"));
    let root = document.root_element();
    let counted = |node| VerdictCounts {
        failed: named(node, "failure").count(),
        inconclusive: named(node, "error").count(),
        skipped: named(node, "skipped").count(),
        passed: named(node, "testcase")
            .filter(|case| {
                !case
                    .children()
                    .any(|child| matches!(child.tag_name().name(), "failure" | "error" | "skipped"))
            })
            .count(),
    };
    for node in named(root, "testsuite").chain([root]) {
        let counts = counted(node);
        assert_eq!(number(node, "tests"), counts.all());
        assert_eq!(number(node, "failures"), counts.failed);
        assert_eq!(number(node, "errors"), counts.inconclusive);
        assert_eq!(number(node, "skipped"), counts.skipped);
    }
    // A failure that is only a warning is written as skipped, of a type of its own, lest pipelines turn red.
    let warnings = named(root, "skipped")
        .filter(|node| node.attribute("type") == Some("warning"))
        .count();
    let mut counts = counted(root);
    counts.failed += warnings;
    counts.skipped -= warnings;
    assert_eq!(counts, record.counts);
    assert_eq!(
        VerdictCounts::of(record.cases.iter().map(|case| case.verdict)),
        record.counts
    );

    let keys: std::collections::BTreeSet<_> = named(root, "testcase")
        .map(|case| (case.attribute("classname"), case.attribute("name")))
        .collect();
    assert_eq!(
        keys.len(),
        record.cases.len(),
        "GitLab drops what has the same name"
    );
}

fn json_agrees(record: &Record) {
    let read: serde_json::Value = serde_json::from_slice(&json(record)).expect("JSON");
    for (word, count) in [
        ("passed", record.counts.passed),
        ("failed", record.counts.failed),
        ("inconclusive", record.counts.inconclusive),
        ("skipped", record.counts.skipped),
    ] {
        assert_eq!(read["counts"][word], count);
        let cases = read["cases"].as_array().expect("a list");
        assert_eq!(
            cases.iter().filter(|case| case["verdict"] == word).count(),
            count
        );
    }
}

fn texts_agree(record: &Record) {
    let console = results(record, true, None);
    let counts = record.counts;
    let line = format!(
        ": {} passed, {} failed, {} inconclusive, {} skipped in ",
        counts.passed, counts.failed, counts.inconclusive, counts.skipped
    );
    assert!(console.contains(&line), "{console}");
    assert!(console.contains("not issued by Sage"));

    let page = String::from_utf8(html(record)).expect("UTF-8");
    let summary = String::from_utf8(markdown(record)).expect("UTF-8");
    for text in [&page, &summary] {
        assert!(text.contains(&line), "{text}");
        assert!(text.contains("not issued by Sage"));
    }
    for (verdict, count) in [
        (Verdict::Passed, counts.passed),
        (Verdict::Failed, counts.failed),
        (Verdict::Inconclusive, counts.inconclusive),
        (Verdict::Skipped, counts.skipped),
    ] {
        let row = format!("data-verdict=\"{}\"", verdict.as_str());
        assert_eq!(page.matches(&row).count(), count);
        let told = format!(
            "<details><summary>{} {} <b>",
            mark(verdict),
            verdict.as_str()
        );
        let expected = match verdict {
            Verdict::Failed | Verdict::Inconclusive => count,
            _ => 0,
        };
        assert_eq!(summary.matches(&told).count(), expected);
    }
}

fn annotations_agree(record: &Record) {
    let counts = record.counts;
    // A bad case is an annotation of its own, or shares that of its cause; so is each broken teardown.
    let shared: usize = record
        .causes
        .iter()
        .map(|cause| cause.cases.len() - 1)
        .sum();
    let teardown: usize = record
        .cases
        .iter()
        .map(|case| case.broken_teardown().count())
        .sum();
    let last = usize::from(answer(record).tone != AnswerTone::Good);
    assert_eq!(
        github(record).lines().count(),
        counts.failed + counts.inconclusive - shared + teardown + last
    );
}

/// A run with every outcome that a case can have, also cases that did not start or were interrupted.
fn every_kind() -> Record {
    let case = |case: &str, verdict, check| {
        let mut one = outcome("p", case, verdict);
        one.checks = vec![check];
        one
    };
    let mut interrupted = case(
        "interrupted",
        Verdict::Inconclusive,
        unjudged("a wait", "the run was interrupted"),
    );
    interrupted.reason = Some("a wait: the run was interrupted".to_owned());
    interrupted.checks.push(not_reached("GET answers 200"));
    let mut unopened = outcome("p", "not opened", Verdict::Inconclusive);
    (unopened.took_us, unopened.reason) = (0, Some("the run was interrupted".to_owned()));
    let mut only_embedded = case("only emulated", Verdict::Skipped, held("GET answers 200"));
    only_embedded.reason = Some("only emulated parts were judged".to_owned());
    let mut unclean = case("teardown", Verdict::Passed, held("GET answers 200"));
    unclean.teardown = vec![unjudged("DELETE answers 204", "connection refused")];
    let mut should = case("a should", Verdict::Failed, broke("it is so", Vec::new()));
    should.checks[0].requirement = vec!["S-1".into()];
    Made::default()
        .mode(Mode::Connector)
        .requirement(requirement("OFF-04", Level::Must, Class::C))
        .requirement(requirement("S-1", Level::Should, Class::C))
        .plan("p", "P")
        .case(case("held", Verdict::Passed, held("GET answers 200")))
        .case(should)
        .case(case(
            "missed",
            Verdict::Failed,
            missed("POST arrives", "nothing came"),
        ))
        .case(interrupted)
        .case(unopened)
        .case(outcome("p", "no bank action", Verdict::Skipped))
        .case(only_embedded)
        .case(unclean)
        .record()
}

#[test]
fn all_reports_agree() {
    agree(&Made::default().record());
    agree(&passed_rehearsal());
    agree(&failed_run());
    agree(&every_kind());
    for text in HOSTILE {
        agree(&everywhere(text));
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one snapshot or one table, which is read as a whole"
)]
#[test]
fn each_requirement_says_whether_it_can_be_tested_and_what_prevents_it() {
    let row = |id: &str| requirement(id, Level::Must, Class::C);
    let mut service = row("SERVICE");
    service.subject = vec![Participant::Service];
    let mut later = row("LATER");
    later.not_tested = Some("nobody can see it from outside".to_owned());
    let case = |case: &str, id: &str, verdict, check: Option<crate::judge::Check>| {
        let mut one = outcome("p", case, verdict);
        one.requirement = vec![id.into()];
        one.checks = check.into_iter().collect();
        for check in &mut one.checks {
            check.requirement = vec![id.into()];
        }
        one
    };
    let mut emulated = held("GET answers 200");
    emulated.party = Participant::Service;
    let record = Made::default()
        .mode(Mode::Connector)
        .requirement(row("CAN"))
        .requirement(row("IN-PART"))
        .requirement(row("ACTION"))
        .requirement(row("EMULATED"))
        .requirement(service)
        .requirement(later)
        .plan("p", "P")
        .case(case(
            "p/held",
            "CAN",
            Verdict::Passed,
            Some(held("it is so")),
        ))
        .case(case("p/inconclusive", "CAN", Verdict::Inconclusive, None))
        .case(case(
            "p/one",
            "IN-PART",
            Verdict::Failed,
            Some(missed("POST arrives", "nothing")),
        ))
        .case(case("p/two", "IN-PART", Verdict::Skipped, None))
        .case(case("p/three", "ACTION", Verdict::Skipped, None))
        .case(case("p/four", "ACTION", Verdict::Skipped, None))
        .case(case("p/five", "EMULATED", Verdict::Skipped, Some(emulated)))
        .case(case("p/six", "SERVICE", Verdict::Skipped, None))
        .record();
    let here = testable(&record);
    let told: Vec<_> = here
        .left_out
        .iter()
        .map(|row| format!("{}: {}: {}", row.id, row.word(), row.why))
        .collect();
    insta::assert_snapshot!(format!("{}\n{}", here.sentence, told.join("\n")), @r#"
    2 of 6 requirements can be tested in the mode connector, 1 of them only by some of their cases
    IN-PART: in part: no bank action `revoke-consent` (p/two)
    ACTION: cannot be tested: no bank action `revoke-consent` (p/three, p/four)
    EMULATED: cannot be tested: only emulated participants sent the messages that its checks judge (p/five)
    SERVICE: cannot be tested: tests the Banking Service, not your connector
    LATER: cannot be tested: nobody can see it from outside
    "#);
    for report in [html(&record), markdown(&record)] {
        let text = String::from_utf8(report).expect("UTF-8");
        assert!(text.contains(&here.sentence), "{text}");
        for one in &here.left_out {
            assert!(text.contains(&*one.id), "{}", one.id);
        }
    }
}

#[test]
fn a_record_that_is_read_back_gives_the_same_reports() {
    let hostile = HOSTILE.iter().map(|text| everywhere(text));
    let made = [
        Made::default().record(),
        passed_rehearsal(),
        failed_run(),
        every_kind(),
    ];
    for record in made.into_iter().chain(hostile) {
        let written = json(&record);
        // The journal of a run begins with its head, and these records are made without one.
        let mut events = vec![std::sync::Arc::new(Event {
            seq: 1,
            at: record.took_us,
            lane: None,
            fact: Fact::Run {
                header: Box::new(record.header.clone()),
            },
        })];
        let mut read =
            Record::read(&written, &Journal::recorded(events.clone())).expect("it reads back");
        read.events = record.events.clone();
        for (one, other) in render(&read).iter().zip(&render(&record)) {
            assert!(one == other, "{}", one.name);
        }
        events.clear();
        let other = Journal::recorded(events);
        assert!(Record::read(&written, &other).is_err(), "another run");
    }
}

#[test]
fn every_record_is_as_its_schema_says() {
    let schema = include_str!("../../reports/record.schema.json");
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is sound");
    for record in [
        passed_rehearsal(),
        failed_run(),
        every_kind(),
        everywhere("text"),
    ] {
        let record = serde_json::from_slice(&json(&record)).expect("JSON");
        let wrong = validator.iter_errors(&record);
        let wrong: Vec<_> = wrong
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn a_record_of_another_form_is_refused_by_its_number() {
    let read = |json: &str| {
        let none = Journal::recorded(Vec::new());
        Record::read(json.as_bytes(), &none).expect_err("refused")
    };
    assert_eq!(
        read(r#"{"format": 99}"#).to_string(),
        "is a record of format 99, and this version reads format 3"
    );
    assert!(
        read("{")
            .to_string()
            .starts_with("is not a record of a run: ")
    );
}

#[test]
fn a_value_that_was_null_stays_one_that_was_there() {
    let mut one = outcome("p", "p/one", Verdict::Failed);
    one.checks = vec![broke(
        "it is so",
        vec![
            difference("a", "1", Some(json!(null))),
            difference("b", "1", Some(json!(0.1))),
            difference("c", "1", Some(json!(1.2345678901234567e-7))),
            difference("d", "1", None),
        ],
    )];
    let text = serde_json::to_string(&one).expect("it is plain data");
    let read: crate::record::Outcome = serde_json::from_str(&text).expect("it reads back");
    assert_eq!(read, one);
}

#[test]
fn the_text_of_a_failure_comes_through_whole() {
    for text in HOSTILE {
        let record = everywhere(text);
        let xml = String::from_utf8(junit(&record)).expect("UTF-8");
        let document = Document::parse(&xml).expect("well-formed");
        let node = named(document.root_element(), "failure")
            .next()
            .expect("a failure");
        let read: String = node.children().filter_map(|text| text.text()).collect();
        assert_eq!(read, failure(&record, &record.cases[0]).expect("it failed"));
        let suite = named(document.root_element(), "testsuite")
            .next()
            .expect("a suite");
        let title = named(suite, "property")
            .find(|property| property.attribute("name") == Some("plan.title"));
        let title = title.and_then(|property| property.attribute("value"));
        assert_eq!(title, Some(plain(text).replace(['\n', '\t'], " ").as_str()));
    }
}

#[test]
fn github_finds_the_line_of_the_plan() {
    let xml = String::from_utf8(junit(&failed_run())).expect("UTF-8");
    let document = Document::parse(&xml).expect("well-formed");
    let case = named(document.root_element(), "testcase")
        .next()
        .expect("a case");
    let file = case.attribute("file").expect("a file");
    let text = named(case, "failure")
        .next()
        .and_then(|node| node.text())
        .expect("a text");
    let pattern = format!(" [^ ]*{}.*?:\\d+", regex::escape(file));
    let search = regex::Regex::new(&pattern).expect("a sound pattern");
    let found: Vec<_> = search.find_iter(text).map(|found| found.as_str()).collect();
    assert_eq!(found[0], " plans/offboarding.yaml:12");
    assert_eq!(case.attribute("line"), Some("12"));
    assert!(
        text.lines()
            .any(|line| line == " --> plans/offboarding.yaml:12:9"),
        "{text}"
    );
}

#[test]
fn megabytes_stay_bounded_with_both_sizes() {
    let huge = "😀]]>".repeat(300_000);
    let record = everywhere(&huge);
    let xml = String::from_utf8(junit(&record)).expect("UTF-8");
    let document = Document::parse(&xml).expect("well-formed");
    for name in ["failure", "error", "system-out", "skipped"] {
        for node in named(document.root_element(), name) {
            let size: usize = node
                .children()
                .filter_map(|text| text.text())
                .map(str::len)
                .sum();
            assert!(size <= 64 * 1024, "{name}: {size}");
        }
    }
    let text = named(document.root_element(), "skipped")
        .next()
        .and_then(|node| node.attribute("message"));
    assert!(
        text.is_some_and(|text| text.ends_with(" of 2100000 bytes)")),
        "{text:?}"
    );
    agree(&record);
}

#[test]
fn json_is_the_record_and_ends_with_a_line_break() {
    let bytes = json(&failed_run());
    assert!(bytes.ends_with(b"}\n"));
    let read: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(read["header"]["mode"], "connector");
    assert_eq!(read["cases"][0]["case"], "offboarding/told");
    assert!(read.get("events").is_none());
    for text in HOSTILE {
        let read: serde_json::Value =
            serde_json::from_slice(&json(&everywhere(text))).expect("JSON");
        assert_eq!(read["cases"][0]["title"], text);
    }
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    assert_eq!(junit(&failed_run()), junit(&failed_run()));
    assert_eq!(json(&failed_run()), json(&failed_run()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_breaks_a_report(text in any::<String>()) {
        agree(&everywhere(&text));
    }
}
