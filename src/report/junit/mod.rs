//! JUnit XML, as Jenkins, GitLab and GitHub's readers take it.
//!
//! A suite is a plan, a case is a case; `failed` becomes `<failure>`, `inconclusive` becomes `<error>`,
//! `skipped` becomes `<skipped>`. A case that failed and is only a warning is a `<skipped>` that says so: pipelines are
//! red for every `<failure>`, and the run ends well. This module decides the contents ([`Sheet`]); [`SheetWriter`] turns them into XML,
//! so that the crate that writes XML can be replaced.

mod complete;
mod draft;
mod sheet;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

use crate::journal::Micros;
use crate::judge::Verdict;
use crate::record::{Outcome, PlanTitle, Record};
use crate::report::answer::{NOT_ISSUED_BY_SAGE, answer, excuse, is_warning, watermark};
use crate::report::checks::checks;
use crate::report::failure::{failure, headline};
use crate::report::format::ReportFormat;
use crate::report::group::{PlanGroup, groups};
use crate::report::label::class_name;
use crate::report::official::{official_rows, official_rows_sentence, row_word};
use crate::report::run_facts::subject;
use crate::report::testable_here::testable;

use draft::JunitReport;
use sheet::{CaseResult, Property, Sheet, SheetCase, SheetSuite, SheetWriter};

/// The file of a run's folder with the JUnit report.
pub const JUNIT_FILE: &str = "junit.xml";

/// `junit.xml`.
#[derive(Clone, Copy, Debug)]
pub struct Junit;

impl ReportFormat for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn file(&self) -> Option<&'static str> {
        Some(JUNIT_FILE)
    }

    fn about(&self) -> &'static str {
        "JUnit XML for pipelines: a suite for each plan, a test case for each case"
    }

    fn render(&self, record: &Record) -> Vec<u8> {
        junit(record)
    }
}

/// Writes the record as JUnit XML in UTF-8.
///
/// Text that XML forbids is made visible; long text is cut with both sizes stated, so that the
/// document stays below what pipelines accept.
pub fn junit(record: &Record) -> Vec<u8> {
    JunitReport.write(&sheet(record))
}

/// Writes a document with one case that is an error: what happened in a run of which there is no record.
pub(super) fn junit_of_error(
    name: &str,
    began: Option<OffsetDateTime>,
    took: Duration,
    message: &str,
    text: &str,
) -> Vec<u8> {
    let case = SheetCase {
        name: name.to_owned(),
        classname: "feedproof.run".to_owned(),
        file: String::new(),
        line: 0,
        began,
        took,
        properties: Vec::new(),
        result: CaseResult::Inconclusive {
            message: message.to_owned(),
            text: text.to_owned(),
        },
        output: None,
    };
    let suite = SheetSuite {
        name: "run".to_owned(),
        package: "feedproof".to_owned(),
        began,
        wall: took,
        properties: vec![Property::new("notice", NOT_ISSUED_BY_SAGE.to_owned())],
        cases: vec![case],
    };
    JunitReport.write(&Sheet {
        name: "feedproof".to_owned(),
        began,
        wall: took,
        suites: vec![suite],
    })
}

fn sheet(record: &Record) -> Sheet {
    let started = OffsetDateTime::parse(&record.header.started, &Rfc3339)
        .ok()
        .and_then(|moment| moment.checked_to_offset(UtcOffset::UTC));
    Sheet {
        name: "feedproof".to_owned(),
        began: started,
        wall: micros(record.took_us),
        suites: groups(record)
            .iter()
            .map(|group| suite(record, group, started))
            .collect(),
    }
}

fn suite(record: &Record, group: &PlanGroup<'_>, started: Option<OffsetDateTime>) -> SheetSuite {
    let (began, ended) = group.span_us();
    SheetSuite {
        name: group.name.to_owned(),
        // Jenkins puts it before the name, as in the class names of the cases.
        package: "feedproof".to_owned(),
        began: at(started, began),
        wall: micros(ended - began),
        properties: run_properties(record, group.plan),
        cases: group
            .cases
            .iter()
            .map(|outcome| case(record, outcome, started))
            .collect(),
    }
}

fn case(record: &Record, outcome: &Outcome, started: Option<OffsetDateTime>) -> SheetCase {
    let reason = || {
        outcome
            .reason
            .clone()
            .unwrap_or_else(|| "no reason was recorded".to_owned())
    };
    let message = || headline(record, outcome).unwrap_or_else(reason);
    let text = || failure(record, outcome).unwrap_or_else(reason);
    let output = checks(outcome);
    // Where the fault shows, if that is in the file of the case, and not in a flow's.
    let line = outcome
        .broken()
        .map(|check| &check.place)
        .find(|place| place.file == outcome.place.file)
        .map_or(outcome.place.line, |place| place.line);
    SheetCase {
        name: outcome.case.to_string(),
        classname: format!("feedproof.{}", outcome.plan),
        file: outcome.place.file.to_string(),
        line,
        // A case that never ran began at no moment.
        began: at(started, outcome.started_us).filter(|_| outcome.took_us > 0),
        took: micros(outcome.took_us),
        properties: case_properties(record, outcome),
        result: match outcome.verdict {
            Verdict::Passed => CaseResult::Passed,
            // A pipeline is red for every `<failure>`, although the run ends well.
            Verdict::Failed if is_warning(record, outcome) => CaseResult::Warning {
                message: format!("failed, and {}: {}", excuse(record, outcome), message()),
                text: text(),
            },
            Verdict::Failed => CaseResult::Failed {
                message: message(),
                text: text(),
            },
            Verdict::Inconclusive => CaseResult::Inconclusive {
                message: message(),
                text: text(),
            },
            Verdict::Skipped => CaseResult::Skipped { message: reason() },
        },
        output: (!output.is_empty()).then_some(output),
    }
}

fn run_properties(record: &Record, plan: Option<&PlanTitle>) -> Vec<Property> {
    let header = &record.header;
    let mut list = Vec::new();
    let mut add = |name: &'static str, value: String| list.push(Property::new(name, value));
    add("notice", NOT_ISSUED_BY_SAGE.to_owned());
    if let Some(notice) = watermark(header.mode) {
        add("watermark", notice.to_owned());
    }
    if let Some(sentence) = official_rows_sentence(record) {
        add("official", sentence);
    }
    let answer = answer(record);
    add("run", format!("{}: {}", answer.word, answer.sentence));
    add("feedproof.version", header.version.clone());
    add("mode", header.mode.to_string());
    add("environment", header.environment.clone());
    if let Some(subject) = subject(record) {
        add("subject", subject);
    }
    if let Some(plan) = plan {
        add("plan.title", plan.title.clone());
        add("plan.file", plan.file.to_string());
        add("plan.sha256", plan.digest.clone());
    }
    for row in official_rows(record) {
        list.push(Property::new(
            &format!("official.{}", row.requirement.id),
            row_word(row).to_owned(),
        ));
    }
    let mut add = |name: &'static str, value: String| list.push(Property::new(name, value));
    add("plans", header.provenance.clone());
    add("strict", header.strict.to_string());
    add("filtered-out", header.filtered_out.to_string());
    if !record.requirements.is_empty() {
        let here = testable(record);
        add("testable", here.sentence);
        let cannot = here.left_out.iter().filter(|row| !row.can);
        let cannot: Vec<_> = cannot
            .map(|row| format!("{}: {}", row.id, row.why))
            .collect();
        if !cannot.is_empty() {
            add("testable.not", cannot.join("; "));
        }
    }
    if !header.faults.is_empty() {
        add("faults", header.faults.join(", "));
    }
    if !header.limits_loosened.is_empty() {
        add("limits_loosened", header.limits_loosened.join("; "));
    }
    list
}

fn case_properties(record: &Record, outcome: &Outcome) -> Vec<Property> {
    let mut list = vec![
        Property::new("title", outcome.title.clone()),
        Property::new("expected", outcome.expected.clone()),
        Property::new("verdict", outcome.verdict.as_str().to_owned()),
    ];
    if !outcome.requirement.is_empty() {
        // One property names all: readers that keep properties in a map lose repeated names.
        list.push(Property::new(
            "requirements",
            outcome.requirement.join(", "),
        ));
    }
    for id in &outcome.requirement {
        if let Some(row) = record.row(id) {
            let clause = &row.requirement;
            list.push(Property::new(
                &format!("requirement.{id}"),
                format!(
                    "{}, class {} ({}): {}",
                    clause.level,
                    clause.class,
                    class_name(clause.class),
                    clause.text
                ),
            ));
        }
    }
    list
}

fn at(started: Option<OffsetDateTime>, since: Micros) -> Option<OffsetDateTime> {
    started?.checked_add(micros(since))
}

fn micros(number: Micros) -> Duration {
    Duration::microseconds(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
