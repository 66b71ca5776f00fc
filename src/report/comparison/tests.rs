//! One made-up pair of runs in every format, and hostile texts in all of them.

use super::*;
use crate::comparison::compare;
use crate::judge::Verdict;
use crate::report::fixture::{
    Made, broke, difference, held, not_reached, outcome, passed_rehearsal, requirement,
};
use plan_language::participant::{Mode, Subject};
use plan_language::plan::{Class, Declared, Level};

const HOSTILE: &str =
    "</td><script>alert(1)</script>|`x`\n::error::x\n## [y](z) \u{1b}[31m\u{202e}";

/// A run of a connector: the settings and the cases decide what is worse.
fn run(version: &str, change: impl FnOnce(Made) -> Made) -> Record {
    let made = Made::default()
        .mode(Mode::Connector)
        .header(|header| {
            header.environment = "my-connector".to_owned();
            header.subject = Some(Subject {
                name: "Acme Feeds".to_owned(),
                version: Some(version.to_owned()),
                commit: None,
                digest: None,
            });
            header.strict = true;
        })
        .plan("offboarding", "Offboarding");
    change(made).record()
}

fn told(verdict: Verdict, checks: Vec<crate::judge::Check>) -> crate::record::Outcome {
    let mut told = outcome("offboarding", "offboarding/told", verdict);
    told.checks = checks;
    told
}

fn earlier() -> Record {
    run("1.2", |made| {
        let mut late = outcome("offboarding", "offboarding/late", Verdict::Failed);
        late.checks = vec![broke(
            "the service gets it",
            vec![difference("status", "2xx", None)],
        )];
        late.requirement = vec!["OFF-05".into()];
        late.checks[0].requirement = vec!["OFF-05".into()];
        let mut revoked = outcome("offboarding", "offboarding/revoked", Verdict::Passed);
        revoked.checks = vec![held("PATCH arrives")];
        made.requirement(requirement("OFF-04", Level::Must, Class::C))
            .requirement(requirement("OFF-05", Level::Should, Class::C))
            .case(told(
                Verdict::Passed,
                vec![held("DELETE answers 204"), held("GET answers 200")],
            ))
            .case(late)
            .case(revoked)
    })
}

fn later() -> Record {
    run("1.3", |made| {
        let mut late = outcome("offboarding", "offboarding/late", Verdict::Passed);
        late.checks = vec![held("the service gets it")];
        late.requirement = vec!["OFF-05".into()];
        late.checks[0].requirement = vec!["OFF-05".into()];
        let differences = vec![difference("status", "204", Some(500.into()))];
        made.requirement(requirement("OFF-04", Level::Must, Class::C))
            .requirement(requirement("OFF-05", Level::Should, Class::C))
            .header(|header| {
                header.strict = false;
                header.waits.insert("history".to_owned(), 600_000);
                header
                    .features
                    .insert("multi-account".to_owned(), Declared::Absent);
            })
            .case(told(
                Verdict::Failed,
                vec![
                    broke("DELETE answers 204", differences),
                    not_reached("GET answers 200"),
                ],
            ))
            .case(late)
            .case(outcome(
                "offboarding",
                "offboarding/revoked",
                Verdict::Skipped,
            ))
    })
}

fn one(name: &str, record: &Record, is_verified: bool) -> ComparedRun<'static> {
    // Tests leak their few records, so that a pair is one value.
    let record = Box::leak(Box::new(record.clone()));
    ComparedRun {
        name: name.to_owned(),
        record,
        is_verified,
        notes: Vec::new(),
    }
}

fn pair(earlier: &Record, later: &Record) -> ComparedRuns<'static> {
    let comparison = Box::leak(Box::new(compare(earlier, later)));
    ComparedRuns {
        earlier: one("runs/before", earlier, true),
        later: one("runs/after", later, true),
        comparison,
    }
}

fn made_up() -> ComparedRuns<'static> {
    pair(&earlier(), &later())
}

#[test]
fn what_a_terminal_shows() {
    insta::assert_snapshot!(made_up().text());
}

#[test]
fn what_a_pull_request_shows() {
    insta::assert_snapshot!(made_up().markdown());
}

#[test]
fn what_a_page_shows() {
    // The style is that of report.html, which has tests of its own.
    let page = made_up().html();
    let (head, rest) = page.split_once("<style>").expect("a style");
    let (_, body) = rest.split_once("</style>").expect("it ends");
    let (before, policy) = head.split_once("style-src '").expect("a policy");
    let (_, policy) = policy.split_once('\'').expect("it ends");
    insta::assert_snapshot!(format!(
        "{before}style-src '…'{policy}<style>…</style>{body}"
    ));
}

#[test]
fn nothing_changed_is_said_in_every_format() {
    let record = passed_rehearsal();
    let same = pair(&record, &record);
    assert!(
        same.text().contains(
            "\nNOTHING CHANGED: the same answer, 2 cases and 1 requirement with the same results (not issued by Sage)\n"
        ),
        "{}",
        same.text()
    );
    assert!(same.markdown().starts_with("## NOTHING CHANGED\n"));
    assert!(
        same.html()
            .contains("<header class=\"answer good\"><h1>NOTHING CHANGED</h1>")
    );
    let json: serde_json::Value = serde_json::from_str(&same.json()).expect("JSON");
    assert_eq!(
        (&json["answer"], &json["changes"]),
        (&"same".into(), &serde_json::json!([]))
    );
}

#[test]
fn an_unverified_run_is_marked_in_every_format() {
    let (earlier, later) = (earlier(), later());
    let mut runs = pair(&earlier, &later);
    runs.later.is_verified = false;
    let words = "UNVERIFIED: no journal was there that gives this record";
    for text in [runs.text(), runs.markdown(), runs.html()] {
        assert_eq!(text.matches(words).count(), 1, "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&runs.json()).expect("JSON");
    assert_eq!(json["later"]["judged_from_journal"], false);
    assert_eq!(json["earlier"]["judged_from_journal"], true);
}

#[test]
fn hostile_texts_are_escaped_in_every_format() {
    let hostile = run(HOSTILE, |made| {
        let mut case = outcome("offboarding", HOSTILE, Verdict::Failed);
        case.reason = Some(HOSTILE.to_owned());
        case.checks = vec![broke(HOSTILE, Vec::new())];
        made.header(|header| {
            header.environment = HOSTILE.to_owned();
            header.limits_loosened.push(HOSTILE.to_owned());
        })
        .case(case)
    });
    let mut runs = pair(&earlier(), &hostile);
    runs.later.name = HOSTILE.to_owned();
    runs.later.notes.push(HOSTILE.to_owned());
    let (text, markdown, html) = (runs.text(), runs.markdown(), runs.html());
    for shown in [&text, &markdown, &html] {
        assert!(
            shown.contains("\\u{1b}") || shown.contains("&#92;u{1b}"),
            "{shown}"
        );
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    }
    assert!(!text.lines().any(|line| line.trim().starts_with("::error")));
    assert!(!html.contains("<script"), "{html}");
    assert!(!markdown.contains("<script") && !markdown.contains("</td>"));
    assert!(
        !markdown.contains("[y]") && !markdown.contains("`x`"),
        "{markdown}"
    );
    let cells = |line: &&str| line.starts_with('|') && !line.starts_with("|---");
    for row in markdown.lines().filter(cells) {
        assert!(matches!(row.matches('|').count(), 4 | 5), "{row}");
    }
    let json: serde_json::Value = serde_json::from_str(&runs.json()).expect("JSON");
    assert_eq!(json["later"]["environment"], HOSTILE);
}
