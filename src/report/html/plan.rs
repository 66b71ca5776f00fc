//! The table of the cases: one row each, which opens to failure, diagram and checks.

use std::fmt::Write as _;

use crate::judge::Verdict;
use crate::number::count;
use crate::record::{Outcome, Record};
use crate::report::answer::remarks_of;
use crate::report::escape::escape;
use crate::report::html::anchor;
use crate::report::label::mark;
use crate::report::number::{duration, verdicts};
use crate::report::{checks, failure, groups, headline};

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

/// Writes a verdict with its sign.
pub(super) fn badge(verdict: Verdict) -> String {
    format!(
        "<span class=\"verdict {verdict}\"><span aria-hidden=\"true\">{}</span> {verdict}</span>",
        mark(verdict),
        verdict = verdict.as_str()
    )
}

/// Adds the table.
pub(super) fn add(page: &mut String, record: &Record) {
    page.push_str("<section id=\"plan\" tabindex=\"-1\"><h2>The plan</h2>\n");
    if record.cases.is_empty() {
        page.push_str("<p>No case was selected.</p></section>\n");
        return;
    }
    page.push_str(
        "<form id=\"filter\" hidden><label>Filter <input type=\"search\" id=\"words\" \
         placeholder=\"words in case, requirement, expectation\"></label>\n<fieldset><legend>Verdict</legend>",
    );
    for verdict in Verdict::ALL {
        let _ = write!(
            page,
            "<label><input type=\"checkbox\" name=\"verdict\" value=\"{0}\" checked> {0}</label> ",
            verdict.as_str()
        );
    }
    page.push_str(
        "</fieldset><output id=\"shown\" aria-live=\"polite\"></output></form>\n\
         <noscript><p>Sequence diagrams and the filter need JavaScript; the messages are in journal.jsonl.</p></noscript>\n\
         <table class=\"plan\"><thead><tr><th scope=\"col\">Test description</th><th scope=\"col\">Expected outcome</th>\
         <th scope=\"col\">Requirement</th><th scope=\"col\">Verdict</th></tr></thead>\n",
    );
    // The position in the record names a case; groups borrow from the record.
    let index = |outcome: &Outcome| {
        record
            .cases
            .iter()
            .position(|case| std::ptr::eq(case, outcome))
    };
    for group in groups(record) {
        let _ = writeln!(
            page,
            "<tbody class=\"group\"><tr><th colspan=\"4\" scope=\"rowgroup\">{} <small>{}</small></th></tr></tbody>",
            escape(group.title()),
            verdicts(group.counts())
        );
        for outcome in &group.cases {
            if let Some(index) = index(outcome) {
                case(page, record, outcome, index);
            }
        }
    }
    page.push_str("</table></section>\n");
}

fn case(page: &mut String, record: &Record, outcome: &Outcome, index: usize) {
    let verdict = outcome.verdict.as_str();
    let anchor = anchor::case(index);
    let _ = write!(
        page,
        "<tbody id=\"{anchor}\" class=\"case {verdict}\" data-verdict=\"{verdict}\"><tr><td>{}<small><code>{}</code></small>",
        escape(&outcome.title),
        escape(&outcome.case)
    );
    let said = match outcome.verdict {
        Verdict::Skipped => outcome.reason.clone(),
        _ => headline(record, outcome),
    };
    if let Some(said) = said {
        let _ = write!(page, "<p class=\"said\">{}</p>", escape(&said));
    }
    for (_, remark) in remarks_of(record, outcome) {
        let (word, said) = (remark.decision.word(), escape(&remark.to_string()));
        let _ = write!(page, "<p class=\"remark {word}\">{said}</p>");
    }
    let _ = write!(page, "</td><td>{}</td><td>", escape(&outcome.expected));
    for (position, id) in outcome.requirement.iter().enumerate() {
        let comma = if position > 0 { ", " } else { "" };
        match anchor::requirement(record, id) {
            Some(anchor) => {
                let _ = write!(page, "{comma}<a href=\"#{anchor}\">{}</a>", escape(id));
            }
            None => {
                let _ = write!(page, "{comma}{}", escape(id));
            }
        }
    }
    let _ = write!(page, "</td><td>{}", badge(outcome.verdict));
    if outcome.took_us > 0 {
        let _ = write!(page, "<small>{}</small>", duration(outcome.took_us));
    }
    page.push_str("</td></tr>\n");
    add_details(page, record, outcome, index);
}

/// Adds the row that opens to failure, diagram and checks.
fn add_details(page: &mut String, record: &Record, outcome: &Outcome, index: usize) {
    let _ = write!(
        page,
        "<tr class=\"more\"><td colspan=\"4\"><details data-case=\"{index}\">\
         <summary>{}<span class=\"hidden\"> of {}</span></summary>",
        match outcome.verdict {
            Verdict::Failed | Verdict::Inconclusive => "Failure, diagram and checks",
            _ => "Diagram and checks",
        },
        escape(&outcome.case)
    );
    if let Some(text) = failure(record, outcome) {
        let _ = write!(
            page,
            "<h3>Failure</h3><pre class=\"failure\">{}</pre>",
            escape(&text)
        );
    }
    page.push_str("<div class=\"diagram\"></div>");
    let list = checks(outcome);
    if !list.is_empty() {
        let _ = write!(
            page,
            "<h3>Checks</h3><pre class=\"checks\">{}</pre>",
            escape(&list)
        );
    }
    let _ = writeln!(
        page,
        "<p class=\"place\">{}</p></details></td></tr></tbody>",
        escape(&outcome.place.to_string())
    );
}

/// Adds the messages that belong to no case; their marks are the last of the document.
pub(super) fn add_rest(page: &mut String, record: &Record) {
    page.push_str("<section><h2>Unattributed messages</h2>\n<p>");
    match record.unattributed.len() {
        0 => page.push_str("Every message except token calls belongs to a case."),
        unattributed => {
            let _ = write!(
                page,
                "{} {} to no case.",
                count(unattributed, "message"),
                if unattributed == 1 {
                    "belongs"
                } else {
                    "belong"
                }
            );
        }
    }
    let _ = writeln!(
        page,
        "</p><details id=\"no-case\" data-case=\"{}\"><summary>Diagram of the unattributed messages</summary>\
         <div class=\"diagram\"></div></details></section>",
        record.cases.len()
    );
}
