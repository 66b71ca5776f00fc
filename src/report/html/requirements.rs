//! What was not tested: requirements without a conclusion, and cases that did not run.

use std::fmt::Write as _;

use crate::judge::{RequirementOutcome, Verdict};
use crate::number::count;
use crate::record::{Outcome, Record, RequirementRow};
use crate::report::escape::escape;
use crate::report::label::outcome_word;

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

/// Adds the section.
pub(super) fn add(page: &mut String, record: &Record) {
    page.push_str("<section><h2>What was not tested</h2>\n");
    let open: Vec<_> = record
        .requirements
        .iter()
        .filter(|row| {
            matches!(
                row.traced.outcome,
                RequirementOutcome::NotTested | RequirementOutcome::NotApplicable
            )
        })
        .collect();
    let skipped: Vec<_> = record
        .cases
        .iter()
        .filter(|case| case.verdict == Verdict::Skipped)
        .collect();
    if record.header.filtered_out > 0 {
        let _ = writeln!(
            page,
            "<p>A filter left out {}.</p>",
            count(record.header.filtered_out, "case")
        );
    }
    if open.is_empty() && skipped.is_empty() {
        page.push_str("<p>Every requirement was tested, and every selected case ran.</p>\n");
    }
    if !open.is_empty() {
        add_requirements(page, &open);
    }
    if !skipped.is_empty() {
        add_skipped(page, &skipped);
    }
    page.push_str("</section>\n");
}

fn add_requirements(page: &mut String, rows: &[&RequirementRow]) {
    page.push_str(
        "<table class=\"rows\"><caption>Requirements</caption><thead><tr><th scope=\"col\">Requirement</th><th scope=\"col\">Level</th>\
         <th scope=\"col\">Outcome</th><th scope=\"col\">Why</th></tr></thead><tbody>\n",
    );
    for row in rows {
        let why = row.traced.why.as_deref();
        let _ = writeln!(
            page,
            "<tr><td><b>{}</b> {}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&row.requirement.id),
            escape(&row.requirement.text),
            row.requirement.level,
            outcome_word(row.traced.outcome),
            escape(why.unwrap_or("no check reached a conclusion about it"))
        );
    }
    page.push_str("</tbody></table>\n");
}

fn add_skipped(page: &mut String, cases: &[&Outcome]) {
    page.push_str(
        "<table class=\"rows\"><caption>Skipped cases</caption><thead><tr><th scope=\"col\">Case</th><th scope=\"col\">Why</th></tr></thead><tbody>\n",
    );
    for case in cases {
        let _ = writeln!(
            page,
            "<tr><td><code>{}</code></td><td>{}</td></tr>",
            escape(&case.case),
            escape(case.reason.as_deref().unwrap_or("no reason was recorded"))
        );
    }
    page.push_str("</tbody></table>\n");
}
