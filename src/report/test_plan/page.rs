//! `test-plan.html`: the filled-in plan as one page that prints well, loads nothing and runs nothing.

use std::fmt::Write as _;

use crate::judge::RequirementOutcome;
use crate::number::count;
use crate::report::answer::{NOT_ISSUED_BY_SAGE, watermark};
use crate::report::escape::escape;
use crate::report::html::digest;
use crate::report::label::mark;
use crate::report::number::more;
use crate::report::official::official_rows_sentence;
use crate::report::plain::cut;
use crate::report::run_facts::participants_of;
use crate::report::test_plan::evidence::CaseEvidence;
use crate::report::test_plan::{FilledPart, FilledPlan, FilledRow};

const STYLE: &str = include_str!("style.css");

/// Bytes of a text of others.
const TEXT_BYTES_MAX: usize = 1_000;

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

/// Writes the page in UTF-8.
pub(super) fn page(plan: &FilledPlan<'_>) -> Vec<u8> {
    let header = &plan.record.header;
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Banking Service test plan · {}</title>\n<style>{STYLE}</style></head>\n<body>\n<main>\n",
        digest(STYLE),
        escape(
            header
                .subject
                .as_ref()
                .map_or("feedproof", |subject| &subject.name)
        ),
    );
    if let Some(notice) = watermark(header.mode) {
        let _ = writeln!(
            page,
            "<p class=\"banner\">Do not hand this in ({}): {}, so nothing here is about a connector.</p>",
            escape(notice),
            participants_of(header.mode)
        );
    }
    page.push_str("<header><h1>Banking Service test plan</h1>\n<p class=\"origin\">");
    page.push_str(&escape(&format!(
        "Filled in by feedproof {}, {NOT_ISSUED_BY_SAGE}. Test descriptions and expected outcomes are in feedproof's own words. \
         Numbers behind journal.jsonl are positions in the journal of the run.",
        header.version
    )));
    page.push_str("</p>\n");
    if let Some(sentence) = official_rows_sentence(plan.record) {
        let _ = writeln!(page, "<p class=\"lead\">{}.</p>", escape(&sentence));
    }
    page.push_str("</header>\n");
    facts(&mut page, plan);
    for part in &plan.parts {
        add_part(&mut page, part, &header.started);
    }
    sign(&mut page, header.operator.as_deref());
    page.push_str("</main>\n</body></html>\n");
    page.into_bytes()
}

/// Adds what the plan is about; what is not known has a line to write on.
fn facts(page: &mut String, plan: &FilledPlan<'_>) {
    let header = &plan.record.header;
    let subject = header.subject.as_ref();
    let version = subject.and_then(|subject| subject.version.as_deref());
    let commit = subject.and_then(|subject| subject.commit.as_deref());
    page.push_str("<dl>\n");
    let mut add = |name: &str, value: Option<&str>| {
        let value = value.map_or_else(blank, |value| escape(&cut(value, TEXT_BYTES_MAX)));
        let _ = writeln!(page, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    };
    add("Provider", subject.map(|subject| subject.name.as_str()));
    add("Version", version);
    if commit.is_some() {
        add("Commit", commit);
    }
    add("Run by", header.operator.as_deref());
    add("Run on", Some(&header.started));
    let mode = header.mode.as_str();
    add("Mode", Some(mode));
    add("Environment", Some(&header.environment));
    add("Answer of the run", Some(&plan.answer));
    if !header.faults.is_empty() {
        add("Injected faults", Some(&header.faults.join(", ")));
    }
    for loosened in &header.limits_loosened {
        add("Limit loosened", Some(loosened));
    }
    if header.filtered_out > 0 {
        let left_out = count(header.filtered_out, "case");
        add("Left out by a filter", Some(&left_out));
    }
    page.push_str("</dl>\n");
}

/// Returns a line to write on.
fn blank() -> String {
    "<span class=\"blank\"></span>".to_owned()
}

fn add_part(page: &mut String, part: &FilledPart<'_>, started: &str) {
    let _ = write!(
        page,
        "<section><h2>{}</h2>\n<table><thead><tr><th scope=\"col\">Row</th><th scope=\"col\">Test description</th>\
         <th scope=\"col\">Expected outcome</th><th scope=\"col\">Outcome</th><th scope=\"col\">Evidence</th></tr></thead>\n<tbody>\n",
        escape(part.title)
    );
    for row in &part.rows {
        add_row(page, row, started);
    }
    for _ in 0..part.empty {
        let _ = writeln!(
            page,
            "<tr class=\"hand\"><td></td><td></td><td></td><td>{BY_HAND}</td><td></td></tr>"
        );
    }
    page.push_str("</tbody></table>\n");
    if part.empty > 0 {
        page.push_str(
            "<p class=\"note\">The text of this part of the official plan is not public to feedproof, or only in part. \
             Copy its rows from your own copy of the plan, and fill them in by hand.</p>\n",
        );
    }
    page.push_str("</section>\n");
}

/// The cell of an outcome that a person fills in.
const BY_HAND: &str = "<span class=\"tick\"></span> passed<br><span class=\"tick\"></span> failed";

fn add_row(page: &mut String, row: &FilledRow<'_>, started: &str) {
    let (class, outcome) = match row.outcome {
        Some(RequirementOutcome::Passed) if !row.is_partly => ("passed", word('✓', row.word)),
        Some(RequirementOutcome::Failed) => ("failed", word('✗', row.word)),
        // What the run did not show can be filled in by hand.
        Some(_) => ("open", format!("{}<br>{BY_HAND}", word('–', row.word))),
        None => ("open", BY_HAND.to_owned()),
    };
    let _ = write!(
        page,
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"outcome {class}\">{outcome}</td><td class=\"evidence\">",
        escape(row.id),
        escape(&cut(row.test, TEXT_BYTES_MAX)),
        escape(&cut(row.expected, TEXT_BYTES_MAX)),
    );
    if let Some(why) = row.why {
        let _ = write!(page, "<p>{}</p>", escape(&cut(why, TEXT_BYTES_MAX)));
    }
    for case in &row.evidence {
        add_case(page, case, started);
    }
    page.push_str("</td></tr>\n");
}

/// Returns the word of an outcome behind its sign.
fn word(sign: char, outcome: &str) -> String {
    format!("<b>{sign} {outcome}</b>")
}

/// Leaves the date out where it is that of the beginning of the run.
fn time_of_day<'a>(at: &'a str, started: &str) -> &'a str {
    match (at.split_once('T'), started.split_once('T')) {
        (Some((day, time)), Some((first, _))) if day == first => time,
        _ => at,
    }
}

fn add_case(page: &mut String, case: &CaseEvidence<'_>, started: &str) {
    let outcome = case.outcome;
    let _ = write!(
        page,
        "<p class=\"case\">{} {} <code>{}</code></p>",
        mark(outcome.verdict),
        escape(&cut(&outcome.title, TEXT_BYTES_MAX)),
        escape(&outcome.case)
    );
    if let Some(headline) = &case.headline {
        let _ = write!(
            page,
            "<p class=\"said {}\">{}</p>",
            outcome.verdict.as_str(),
            escape(&cut(headline, TEXT_BYTES_MAX))
        );
    }
    if !case.accounts.is_empty() {
        let accounts: Vec<_> = case.accounts.iter().map(|id| escape(id)).collect();
        let _ = write!(
            page,
            "<p class=\"ids\">accounts <span class=\"id\">{}</span></p>",
            accounts.join("</span>, <span class=\"id\">")
        );
    }
    if case.exchanges.is_empty() {
        return;
    }
    page.push_str("<ul>");
    for exchange in &case.exchanges {
        let _ = write!(
            page,
            "<li><time>{}</time> <code>{}</code>",
            escape(time_of_day(&exchange.at, started)),
            escape(&exchange.exchange)
        );
        for id in &exchange.ids {
            let _ = write!(page, " <span class=\"id\">{}</span>", escape(id));
        }
        let _ = write!(
            page,
            " <span class=\"seq\">journal.jsonl {}</span></li>",
            exchange.seq
        );
    }
    if case.more > 0 {
        let _ = write!(
            page,
            "<li>and {} in journal.jsonl</li>",
            more(case.more, "exchange")
        );
    }
    page.push_str("</ul>");
}

/// Adds the lines on which both sides sign.
fn sign(page: &mut String, operator: Option<&str>) {
    let operator = operator.map_or_else(blank, |name| escape(&cut(name, TEXT_BYTES_MAX)));
    let blank = blank();
    let _ = write!(
        page,
        "<section class=\"sign\"><h2>Signatures</h2>\n<table><thead><tr><th scope=\"col\"></th><th scope=\"col\">Name</th>\
         <th scope=\"col\">Date</th><th scope=\"col\">Signature</th></tr></thead><tbody>\n\
         <tr><th scope=\"row\">Provider</th><td>{operator}</td><td>{blank}</td><td>{blank}</td></tr>\n\
         <tr><th scope=\"row\">Sage</th><td>{blank}</td><td>{blank}</td><td>{blank}</td></tr>\n</tbody></table></section>\n"
    );
}
