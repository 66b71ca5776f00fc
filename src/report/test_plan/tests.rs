//! The filled-in plan says what the run says, leaves open what nobody knows, and holds no text of others that acts.

use serde_json::json;

use super::*;
use crate::judge::{Check, CheckOutcome, Verdict};
use crate::report::fixture::{
    Made, broke, difference, failed_run, held, inapplicable, notification, outcome,
    passed_rehearsal, requirement,
};
use plan_language::participant::{Mode, Subject};
use plan_language::plan::{Class, Level, OfficialRow, Requirement};

const HOSTILE: &str = "=cmd|' /C calc'!A0</td><script>alert(1)</script>\"'&\u{202e}\u{1b}";

fn official(id: &str, group: &str, text: (&str, &str)) -> Requirement {
    Requirement {
        group: group.to_owned(),
        official: Some(OfficialRow {
            test: text.0.to_owned(),
            expected: text.1.to_owned(),
        }),
        ..requirement(id, Level::Must, Class::A)
    }
}

fn unknown(id: &str, group: &str) -> Requirement {
    Requirement {
        group: group.to_owned(),
        not_tested: Some("its text is not public to us".to_owned()),
        text: "A row of which only its existence is known.".to_owned(),
        ..requirement(id, Level::May, Class::A)
    }
}

fn citing(id: &str, mut check: Check) -> Check {
    check.requirement = vec![id.into()];
    check.messages = vec![1, 2];
    check
}

/// A run in which one official row passed, one failed, one was not tested, and one is not known; every text that can
/// come from outside is `text`.
fn run(text: &str) -> Record {
    let mut passed = outcome("onboarding", "onboarding/pending", Verdict::Passed);
    passed.requirement = vec!["ONB-1".into()];
    passed.title = format!("It reads pending {text}");
    passed.checks = vec![citing("ONB-1", held("GET /bankaccounts answers 200"))];
    let mut failed = outcome("offboarding", "offboarding/told", Verdict::Failed);
    failed.requirement = vec!["OFF-1".into()];
    failed.checks = vec![citing(
        "OFF-1",
        broke(
            "it reads cancelled",
            vec![difference("status", text, Some(json!(text)))],
        ),
    )];
    let made = Made::default()
        .mode(Mode::Connector)
        .header(|header| {
            header.environment = text.to_owned();
            header.subject = Some(Subject {
                name: format!("{text} Feeds"),
                version: Some("1.2".to_owned()),
                commit: None,
                digest: None,
            });
            header.operator = Some(text.to_owned());
        })
        .requirement(official(
            "ONB-1",
            "onboarding",
            ("A customer onboards.", "It reads pending."),
        ))
        .requirement(official(
            "ONB-2",
            "onboarding",
            ("Another one does.", "Both read pending."),
        ))
        .requirement(unknown("RAU-1", "re-authorisation"))
        .requirement(official(
            "OFF-1",
            "offboarding",
            ("A customer leaves.", "It reads cancelled."),
        ))
        .requirement(requirement("C-1", Level::Must, Class::C));
    let body = json!({ "resource": { "id": text }, "additionalData": { "externalId": "ext-1" } });
    notification(made, body).case(passed).case(failed).record()
}

fn rendered(format: &dyn ReportFormat, record: &Record) -> String {
    String::from_utf8(format.render(record)).expect("UTF-8")
}

/// Returns what a person reads on the page, one line for each row of its tables.
fn read(page: &str) -> String {
    let rows = page.split("</tr>").map(http_message::page_text);
    rows.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_a_person_reads() {
    let page = rendered(&TestPlanPage, &run("Acme"));
    insta::assert_snapshot!(read(&page), @r#"
    Banking Service test plan · Acme Feeds Banking Service test plan Filled in by feedproof 0.1.0, not issued by Sage. Test descriptions and expected outcomes are in feedproof's own words. Numbers behind journal.jsonl are positions in the journal of the run. 1 of 3 official rows whose text is public passed, 1 failed (OFF-1), 1 not tested (ONB-2); the official plan has more rows whose text is not public to us. Provider Acme Feeds Version 1.2 Run by Acme Run on 2026-11-21T04:17:00Z Mode connector Environment Acme Answer of the run NOT CONFORMANT: 1 requirement failed: OFF-1 Onboarding Row Test description Expected outcome Outcome Evidence
    ONB-1 A customer onboards. It reads pending. ✓ passed ✓ It reads pending Acme onboarding/pending 04:17:00.035Z POST /hook → 500 resource.id Acme additionalData.externalId ext-1 journal.jsonl 1
    ONB-2 Another one does. Both read pending. – not tested passed failed no selected case cites it
    Re-authorisation Row Test description Expected outcome Outcome Evidence
    RAU-1 A row of which only its existence is known. passed failed not tested: its text is not public to us
    passed failed
    passed failed
    The text of this part of the official plan is not public to feedproof, or only in part. Copy its rows from your own copy of the plan, and fill them in by hand. Multi-account linking Row Test description Expected outcome Outcome Evidence
    passed failed
    passed failed
    passed failed
    The text of this part of the official plan is not public to feedproof, or only in part. Copy its rows from your own copy of the plan, and fill them in by hand. Posting statements Row Test description Expected outcome Outcome Evidence
    passed failed
    passed failed
    passed failed
    The text of this part of the official plan is not public to feedproof, or only in part. Copy its rows from your own copy of the plan, and fill them in by hand. Offboarding Row Test description Expected outcome Outcome Evidence
    OFF-1 A customer leaves. It reads cancelled. ✗ failed ✗ Title of offboarding/told offboarding/told the provider broke OFF-1: it reads cancelled; status: expected Acme, got "Acme" 04:17:00.035Z POST /hook → 500 resource.id Acme additionalData.externalId ext-1 journal.jsonl 1
    Signatures Name Date Signature
    Provider Acme
    Sage
    "#);
}

#[test]
fn what_a_spreadsheet_shows() {
    insta::assert_snapshot!(rendered(&TestPlanTable, &run("Acme")).replace('\r', ""), @r#"
    part,row,test_description,expected_outcome,outcome,reason,cases,evidence,provider,provider_version,provider_commit,mode,environment,run_by,run_started,feedproof,answer_of_the_run,notice
    Onboarding,ONB-1,A customer onboards.,It reads pending.,passed,,onboarding/pending passed,"onboarding/pending: 2026-11-21T04:17:00.035Z POST /hook -> 500 (resource.id Acme, additionalData.externalId ext-1) [journal.jsonl 1]",Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Onboarding,ONB-2,Another one does.,Both read pending.,not tested,no selected case cites it,,,Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Re-authorisation,RAU-1,A row of which only its existence is known.,,,not tested: its text is not public to us,,,Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Re-authorisation,,,,,,,,Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Re-authorisation,,,,,,,,Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Multi-account linking,,,,,,,,Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Multi-account linking,,,,,,,,Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Multi-account linking,,,,,,,,Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Posting statements,,,,,,,,Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Posting statements,,,,,,,,Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Posting statements,,,,,,,,Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    Offboarding,OFF-1,A customer leaves.,It reads cancelled.,failed,,offboarding/told failed,"offboarding/told: the provider broke OFF-1: it reads cancelled; status: expected Acme, got ""Acme""; 2026-11-21T04:17:00.035Z POST /hook -> 500 (resource.id Acme, additionalData.externalId ext-1) [journal.jsonl 1]",Acme Feeds,1.2,,connector,Acme,Acme,2026-11-21T04:17:00Z,0.1.0,NOT CONFORMANT: 1 requirement failed: OFF-1,not issued by Sage
    "#);
}

#[test]
fn every_row_of_the_plan_is_in_both_files_once_and_in_the_same_order() {
    let record = run("Acme");
    let page = rendered(&TestPlanPage, &record);
    let table = rendered(&TestPlanTable, &record);
    let mut read = csv::Reader::from_reader(table.as_bytes());
    let lines: Vec<_> = read.records().map(|line| line.expect("a line")).collect();
    let ids: Vec<_> = lines.iter().map(|line| line[1].to_owned()).collect();
    let ids: Vec<_> = ids.into_iter().filter(|id| !id.is_empty()).collect();
    assert_eq!(ids, ["ONB-1", "ONB-2", "RAU-1", "OFF-1"]);
    let places: Vec<_> = ids
        .iter()
        .map(|id| {
            page.find(&format!("<th scope=\"row\">{id}</th>"))
                .expect("it is there")
        })
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    let empty: usize = PARTS.iter().map(|(.., empty)| empty).sum();
    assert_eq!(lines.len(), ids.len() + empty);
    assert_eq!(page.matches("<tr class=\"hand\">").count(), empty);
    assert!(!page.contains("C-1") && !table.contains("C-1"));
}

#[test]
fn no_text_of_others_acts() {
    let record = run(HOSTILE);
    let page = rendered(&TestPlanPage, &record);
    for forbidden in ["<script", "</td><", "\u{202e}", "\u{1b}"] {
        let harmless = page.matches("</td><td").count() + page.matches("</td></tr>").count();
        let found = page.matches(forbidden).count();
        let expected = if forbidden == "</td><" { harmless } else { 0 };
        assert_eq!(found, expected, "{forbidden}");
    }
    let table = rendered(&TestPlanTable, &record);
    let mut read = csv::Reader::from_reader(table.as_bytes());
    for line in read.records() {
        for cell in &line.expect("a line") {
            assert!(
                !cell.trim_start().starts_with(['=', '+', '-', '@']),
                "{cell}"
            );
            assert!(!cell.contains(['\n', '\r', '\u{1b}']), "{cell:?}");
        }
    }
}

#[test]
fn a_rehearsal_is_not_to_be_handed_in() {
    for (record, is_rehearsal) in [(passed_rehearsal(), true), (failed_run(), false)] {
        let page = rendered(&TestPlanPage, &record);
        assert_eq!(page.contains("Do not hand this in"), is_rehearsal);
        let table = rendered(&TestPlanTable, &record);
        assert_eq!(table.contains("not a certificate"), is_rehearsal);
    }
}

#[test]
fn what_is_not_known_is_left_to_be_filled_in() {
    let record = Made::default().record();
    let page = rendered(&TestPlanPage, &record);
    let blank = "<span class=\"blank\"></span>";
    for name in ["Provider", "Version", "Run by"] {
        let field = format!("<dt>{name}</dt><dd>{blank}</dd>");
        assert!(page.contains(&field), "{name}");
    }
    let mut record = run("Acme");
    let checks = record.cases.iter().flat_map(|case| &case.checks);
    assert!(
        checks
            .clone()
            .any(|check| check.outcome == CheckOutcome::Pass)
    );
    record.requirements[0].traced.outcome = RequirementOutcome::NotTested;
    let page = rendered(&TestPlanPage, &record);
    assert!(
        page.contains("<b>– not tested</b><br><span class=\"tick\">"),
        "{page}"
    );
}

/// A run in which ONB-1 passed in one case, and another case of it is as given.
fn beside(other: Verdict, checks: Vec<Check>) -> Record {
    let mut passed = outcome("onboarding", "onboarding/pending", Verdict::Passed);
    passed.requirement = vec!["ONB-1".into()];
    passed.checks = vec![citing("ONB-1", held("GET /bankaccounts answers 200"))];
    let mut beside = outcome("onboarding", "onboarding/amounts", other);
    beside.requirement = vec!["ONB-1".into()];
    beside.checks = checks;
    let text = ("A customer onboards.", "It reads pending.");
    let made =
        Made::default()
            .mode(Mode::Connector)
            .requirement(official("ONB-1", "onboarding", text));
    let body = json!({ "resource": { "id": "a" } });
    notification(made, body).case(passed).case(beside).record()
}

/// Asserts that both files and the sentence call the first row partly tested, for a reason.
fn assert_partly(record: &Record, why: &str) {
    let table = rendered(&TestPlanTable, record);
    let mut lines = csv::Reader::from_reader(table.as_bytes());
    let line = lines.records().next().expect("a row").expect("a line");
    assert_eq!((&line[4], &line[5]), ("partly tested", why));
    let page = rendered(&TestPlanPage, record);
    assert!(
        page.contains("<b>– partly tested</b><br><span class=\"tick\">"),
        "{page}"
    );
    assert!(!page.contains("✓ passed</b>"), "{page}");
    let page = http_message::page_text(&page);
    let sentence =
        format!("0 of 1 official row whose text is public passed, 1 partly (ONB-1: {why})");
    assert!(page.contains(&sentence), "{page}");
    assert_eq!(
        crate::report::official_rows_sentence(record),
        Some(sentence)
    );
}

#[test]
fn a_row_whose_amounts_were_not_compared_is_only_partly_tested() {
    let checks = ["GET answers 200", "the amounts are the bank's"];
    let why = "the environment contains no bank data of alice (see `ledger`)";
    let checks = vec![
        citing("ONB-1", held(checks[0])),
        citing("ONB-1", inapplicable(checks[1], why)),
    ];
    assert_partly(
        &beside(Verdict::Passed, checks),
        "no ledger: amounts were not compared with the bank's (onboarding/amounts)",
    );
}

#[test]
fn a_row_with_a_case_that_did_not_run_to_its_end_is_only_partly_tested() {
    assert_partly(
        &beside(Verdict::Skipped, Vec::new()),
        "skipped: no bank action `revoke-consent` (onboarding/amounts)",
    );
    let judged = vec![citing("ONB-1", held("GET answers 200"))];
    assert_partly(
        &beside(Verdict::Inconclusive, judged.clone()),
        "inconclusive: connection refused (onboarding/amounts)",
    );
    let whole = beside(Verdict::Passed, judged);
    assert_eq!(whole.requirements[0].partly, None);
}

#[test]
fn both_files_say_what_qualifies_the_run() {
    let record = Made::default()
        .mode(Mode::Rehearsal)
        .header(|header| {
            header.faults = vec!["silent-offboarding".to_owned()];
            header.limits_loosened = vec!["first-statement is 90 s".to_owned()];
            header.filtered_out = 3;
        })
        .record();
    let table = rendered(&TestPlanTable, &record);
    let mut lines = csv::Reader::from_reader(table.as_bytes());
    let line = lines.records().next().expect("a row").expect("a line");
    let notice = &line[COLUMN_OF_NOTICE];
    let page = http_message::page_text(&rendered(&TestPlanPage, &record));
    for qualifies in [
        "rehearsal",
        "service, Sage ID and provider are emulated",
        "silent-offboarding",
        "first-statement is 90 s",
        "3 cases",
    ] {
        assert!(notice.contains(qualifies), "{qualifies}: {notice}");
        assert!(page.contains(qualifies), "{qualifies}: {page}");
    }
}

/// The last column of the table.
const COLUMN_OF_NOTICE: usize = 17;
