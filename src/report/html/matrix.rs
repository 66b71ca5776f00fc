//! The traceability matrix: each requirement with its outcome, cases, evidence and faults.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use crate::judge::RequirementOutcome;
use crate::record::{Record, RequirementRow};
use crate::report::escape::escape;
use crate::report::html::anchor;
use crate::report::label::{class_name, mark};
use crate::report::official::row_word;

/// Number of positions of evidence that a row lists.
const POSITIONS_MAX: usize = 12;

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

/// Adds the matrix.
pub(super) fn add(page: &mut String, record: &Record) {
    if record.requirements.is_empty() {
        return;
    }
    page.push_str(
        "<section id=\"matrix\"><h2>Traceability</h2>\n<p>Evidence is named by its position in journal.jsonl; \
         a fault is a deviation of an emulated participant that the checks of the requirement must detect.</p>\n\
         <table class=\"matrix\"><thead><tr><th scope=\"col\">Requirement</th><th scope=\"col\">Outcome</th>\
         <th scope=\"col\">Cases</th><th scope=\"col\">Evidence</th><th scope=\"col\">Faults</th></tr></thead><tbody>\n",
    );
    let cases: HashMap<&str, usize> = record
        .cases
        .iter()
        .enumerate()
        .map(|(index, outcome)| (&*outcome.case, index))
        .collect();
    for (position, row) in record.requirements.iter().enumerate() {
        add_row(page, record, &cases, position, row);
    }
    page.push_str("</tbody></table></section>\n");
}

fn add_row(
    page: &mut String,
    record: &Record,
    cases: &HashMap<&str, usize>,
    position: usize,
    row: &RequirementRow,
) {
    add_requirement(page, position, row);
    page.push_str("<td>");
    for case in &row.traced.cases {
        match cases.get(&**case) {
            Some(index) => {
                let verdict = record.cases[*index].verdict;
                let _ = write!(
                    page,
                    "<a class=\"{0}\" href=\"#{1}\" title=\"{0}\">{2} {3}</a> ",
                    verdict.as_str(),
                    anchor::case(*index),
                    mark(verdict),
                    escape(case)
                );
            }
            None => {
                let _ = write!(page, "<span>{}</span> ", escape(case));
            }
        }
    }
    let _ = write!(page, "</td><td>{}</td><td>", evidence(row));
    for fault in &row.requirement.faults {
        let _ = write!(page, "<span class=\"fault\">{}</span> ", escape(fault));
    }
    page.push_str("</td></tr>\n");
}

/// Adds the cells of a requirement and of its outcome.
fn add_requirement(page: &mut String, position: usize, row: &RequirementRow) {
    let requirement = &row.requirement;
    let subjects: Vec<_> = requirement
        .subject
        .iter()
        .map(|subject| subject.as_str())
        .collect();
    let (class, sign) = match row.traced.outcome {
        RequirementOutcome::NotApplicable => ("skipped", "-"),
        RequirementOutcome::Passed if row.is_partly_tested() => ("inconclusive", "–"),
        RequirementOutcome::Passed => ("passed", "✓"),
        RequirementOutcome::NotTested => ("inconclusive", "!"),
        RequirementOutcome::Failed => ("failed", "✗"),
    };
    let _ = write!(
        page,
        "<tr id=\"requirement-{}\"><th scope=\"row\">{} <span class=\"level\">{}</span><p>{}</p>\
         <small>class {} ({}), subject: {}; source: {}</small></th>\
         <td><span class=\"verdict {class}\"><span aria-hidden=\"true\">{sign}</span> {}</span>",
        position + 1,
        escape(&requirement.id),
        requirement.level,
        escape(&requirement.text),
        requirement.class,
        class_name(requirement.class),
        subjects.join(", "),
        escape(&requirement.source),
        row_word(row)
    );
    if let Some(why) = row.partly.as_ref().or(row.traced.why.as_ref()) {
        let _ = write!(page, "<small>{}</small>", escape(why));
    }
    page.push_str("</td>");
}

/// Lists the positions of the messages that are evidence, the first dozen at least.
fn evidence(row: &RequirementRow) -> String {
    // Several checks may depend on one message.
    let messages: BTreeSet<_> = row.traced.messages.iter().collect();
    let named: Vec<_> = messages
        .iter()
        .take(POSITIONS_MAX)
        .map(ToString::to_string)
        .collect();
    let mut text = named.join(", ");
    if messages.len() > POSITIONS_MAX {
        let _ = write!(text, " and {} more", messages.len() - POSITIONS_MAX);
    }
    text
}
