//! The official test plan, filled in: what a provider hands to Sage, as a page to print and as a table for a spreadsheet.
//!
//! It has the rows in the order of the official plan, each with its outcome and the evidence of the run. Rows that are not
//! public to us are left to be filled in by hand, and so is what the environment does not say. `evidence` finds the
//! exchanges that prove a row, `page` and `table` write the two files.

mod evidence;
mod page;
mod table;

use crate::judge::RequirementOutcome;
use crate::record::{Record, RequirementRow};
use crate::report::answer::answer;
use crate::report::format::ReportFormat;
use crate::report::official::{PARTLY_TESTED, is_known, official_rows, row_word};

use evidence::CaseEvidence;

/// The parts of the official plan, in its order: the group of our requirements, the title, and how many empty rows follow,
/// because the text of the part is not public to us, or only in part.
const PARTS: &[(&str, &str, usize)] = &[
    ("onboarding", "Onboarding", 0),
    ("re-authorisation", "Re-authorisation", 2),
    ("multi-account", "Multi-account linking", 3),
    ("statements", "Posting statements", 3),
    ("offboarding", "Offboarding", 0),
];

/// `test-plan.html`.
#[derive(Clone, Copy, Debug)]
pub struct TestPlanPage;

impl ReportFormat for TestPlanPage {
    fn name(&self) -> &'static str {
        "test-plan"
    }

    fn file(&self) -> Option<&'static str> {
        Some("test-plan.html")
    }

    fn about(&self) -> &'static str {
        "the official test plan, filled in, as a page to print and to hand to Sage"
    }

    fn render(&self, record: &Record) -> Vec<u8> {
        page::page(&FilledPlan::of(record))
    }
}

/// `test-plan.csv`.
#[derive(Clone, Copy, Debug)]
pub struct TestPlanTable;

impl ReportFormat for TestPlanTable {
    fn name(&self) -> &'static str {
        "test-plan-table"
    }

    fn file(&self) -> Option<&'static str> {
        Some("test-plan.csv")
    }

    fn about(&self) -> &'static str {
        "the official test plan, filled in, as a table for a spreadsheet"
    }

    fn render(&self, record: &Record) -> Vec<u8> {
        table::table(&FilledPlan::of(record))
    }
}

/// The official plan with the results of a run.
struct FilledPlan<'r> {
    record: &'r Record,
    /// The answer of the run in words.
    answer: String,
    parts: Vec<FilledPart<'r>>,
}

/// A part of the official plan.
struct FilledPart<'r> {
    title: &'r str,
    rows: Vec<FilledRow<'r>>,
    /// The number of rows that are left empty.
    empty: usize,
}

/// A row of the official plan with the result of a run.
struct FilledRow<'r> {
    id: &'r str,
    /// What is tested, in our words; of a row that is not public to us, what is known of it.
    test: &'r str,
    /// What is expected, in our words; empty where it is not known.
    expected: &'r str,
    /// The result; `None` where it is left to be filled in by hand.
    outcome: Option<RequirementOutcome>,
    /// The result in a word, as the plan has it: `partly tested` where a part of the row was not tested.
    word: &'static str,
    /// Whether a part of a row that passed was not tested.
    is_partly: bool,
    /// Why there is no result, or only a part of one.
    why: Option<&'r str>,
    evidence: Vec<CaseEvidence<'r>>,
}

impl<'r> FilledPlan<'r> {
    fn of(record: &'r Record) -> Self {
        let answer = answer(record);
        let mut parts: Vec<FilledPart<'_>> = PARTS
            .iter()
            .map(|&(group, title, empty)| FilledPart {
                title,
                rows: rows(record, |row| row.requirement.group == group),
                empty,
            })
            .collect();
        let elsewhere = rows(record, |row| {
            PARTS
                .iter()
                .all(|(group, ..)| row.requirement.group != *group)
        });
        if !elsewhere.is_empty() {
            parts.push(FilledPart {
                title: "Further rows",
                rows: elsewhere,
                empty: 0,
            });
        }
        Self {
            record,
            answer: format!("{}: {}", answer.word, answer.sentence),
            parts,
        }
    }
}

/// Fills in the official rows that a test selects.
fn rows(record: &Record, selects: impl Fn(&RequirementRow) -> bool) -> Vec<FilledRow<'_>> {
    official_rows(record)
        .filter(|row| selects(row))
        .map(|row| filled(record, row))
        .collect()
}

fn filled<'r>(record: &'r Record, row: &'r RequirementRow) -> FilledRow<'r> {
    let requirement = &row.requirement;
    let (test, expected) = match &requirement.official {
        Some(official) => (official.test.as_str(), official.expected.as_str()),
        None => (requirement.text.as_str(), ""),
    };
    let word = row_word(row);
    FilledRow {
        id: &requirement.id,
        test,
        expected,
        outcome: is_known(requirement).then_some(row.traced.outcome),
        word,
        is_partly: word == PARTLY_TESTED,
        why: row.partly.as_deref().or(row.traced.why.as_deref()),
        evidence: evidence::of(record, row),
    }
}

#[cfg(test)]
mod tests;
