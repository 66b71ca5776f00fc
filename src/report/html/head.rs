//! The head of the page: the answer of the run, and the facts that a reader needs before the results.

use std::fmt::Write as _;

use crate::judge::{RequirementOutcome, Verdict};
use crate::number::count;
use crate::record::Record;
use crate::report::answer::{
    AnswerTone, NOT_ISSUED_BY_SAGE, answer, not_tested, remarks, warnings, watermark,
};
use crate::report::causes::{Cause, causes};
use crate::report::escape::escape;
use crate::report::html::conditions::certificate;
use crate::report::html::{anchor, plan};
use crate::report::label::class_name;
use crate::report::number::{counts_line, duration, more};
use crate::report::official::{official_rows, official_rows_sentence, row_word};
use crate::report::run_facts::facts;
use crate::report::tally::tallies;
use crate::report::testable_here::testable;
use plan_language::plan::Level;

/// Number of causes of inconclusive cases that the head lists; failed requirements are all listed.
const WRONG_MAX: usize = 30;
/// Number of cases of a cause that are not folded.
const CASES_OPEN_MAX: usize = 3;

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

/// Adds the head.
pub(super) fn add(page: &mut String, record: &Record) {
    let answer = answer(record);
    let tone = match answer.tone {
        AnswerTone::Good => "good",
        AnswerTone::Bad => "bad",
        AnswerTone::Open => "open",
    };
    let _ = write!(
        page,
        "<header class=\"answer {tone}\"><h1>{}</h1>\n<p>{}</p>\n<p class=\"origin\">{}",
        escape(&answer.word),
        escape(&answer.sentence),
        escape(&format!(
            "feedproof {}, {NOT_ISSUED_BY_SAGE}",
            record.header.version
        ))
    );
    if let Some(notice) = watermark(record.header.mode) {
        let _ = write!(page, " · <strong>{notice}</strong>");
    }
    page.push_str("</p></header>\n");
    let _ = writeln!(
        page,
        "<p class=\"first\">{}</p>",
        escape(&counts_line(record))
    );
    wrong(page, record);
    official(page, record);
    list(
        page,
        "MUST requirements not tested, or only partly",
        &not_tested(record),
    );
    list(page, "Warnings", &warnings(record));
    list(
        page,
        "Remarks of reviewers, as review.yaml names them",
        &remarks(record),
    );
    certificate(page, record);
    run(page, record);
    counts(page, record);
    let waits: Vec<String> = record
        .tight_waits
        .iter()
        .map(|wait| {
            format!(
                "{} % of the limit: {} of {} ({}), {} {}",
                wait.percent(),
                duration(wait.took_us),
                duration(wait.bound_us),
                wait.wait,
                wait.case,
                wait.step
            )
        })
        .collect();
    list(page, "Waits that took at least 70 % of their limit", &waits);
    testable_requirements(page, record);
}

/// Adds the rows of the official plan, before everything else.
fn official(page: &mut String, record: &Record) {
    let Some(sentence) = official_rows_sentence(record) else {
        return;
    };
    let _ = write!(
        page,
        "<section id=\"official\"><h2>The official test plan</h2>\n<p><strong>{}</strong></p>\n\
         <div class=\"wide\"><table class=\"rows\"><thead><tr><th scope=\"col\">Row</th><th scope=\"col\">Test</th>\
         <th scope=\"col\">Expected</th><th scope=\"col\">Outcome</th></tr></thead><tbody>\n",
        escape(&sentence)
    );
    for row in official_rows(record) {
        let requirement = &row.requirement;
        let (test, expected) = match &requirement.official {
            Some(official) => (official.test.as_str(), official.expected.as_str()),
            None => (requirement.text.as_str(), ""),
        };
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th><td>{}</td><td>{}</td><td>{}</td></tr>",
            anchor::requirement(record, &requirement.id).unwrap_or_default(),
            escape(&requirement.id),
            escape(test),
            escape(expected),
            row_word(row)
        );
    }
    page.push_str(
        "</tbody></table></div>\n<p>Tests and expectations are in feedproof's own words. \
         test-plan.html is this table with evidence, to be handed to Sage.</p></section>\n",
    );
}

/// Adds links to the first failed and inconclusive cases.
/// Adds what went wrong, worst first: every failed requirement, and then what is inconclusive.
fn wrong(page: &mut String, record: &Record) {
    let causes = causes(record);
    if causes.is_empty() {
        return;
    }
    page.push_str("<section class=\"wrong\"><h2>What went wrong, worst first</h2><ul>\n");
    let failed = causes
        .iter()
        .filter(|cause| cause.verdict == Verdict::Failed)
        .count();
    let shown = failed + WRONG_MAX;
    for cause in causes.iter().take(shown) {
        let _ = write!(
            page,
            "<li>{} <strong>{}</strong>",
            plan::badge(cause.verdict),
            escape(&cause.title)
        );
        if let Some(sentence) = &cause.sentence {
            let _ = write!(page, "<p>{}</p>", escape(sentence));
        }
        taken_along(page, cause);
        page.push_str("</li>\n");
    }
    page.push_str("</ul>");
    if causes.len() > shown {
        let rest = more(causes.len() - shown, "cause");
        let _ = write!(page, "<p>and {rest} in the table of the cases</p>");
    }
    page.push_str("</section>\n");
}

/// Adds links to the cases that a cause took along, folded if there are many.
fn taken_along(page: &mut String, cause: &Cause<'_>) {
    let links: Vec<String> = cause
        .cases
        .iter()
        .map(|(index, case)| {
            let (anchor, title) = (anchor::case(*index), escape(&case.title));
            format!("<a href=\"#{anchor}\">{title}</a>")
        })
        .collect();
    let links = links.join("<br>");
    if cause.cases.len() <= CASES_OPEN_MAX {
        let _ = write!(page, "<p>{links}</p>");
    } else {
        let number = count(cause.cases.len(), "case");
        let _ = write!(
            page,
            "<details><summary>{number}</summary><p>{links}</p></details>"
        );
    }
}

fn list(page: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(page, "<section><h2>{}</h2><ul>", escape(title));
    for item in items {
        let _ = writeln!(page, "<li>{}</li>", escape(item));
    }
    page.push_str("</ul></section>\n");
}

fn run(page: &mut String, record: &Record) {
    let header = &record.header;
    page.push_str("<section><h2>The run</h2><dl>\n");
    for (name, value) in facts(record) {
        let _ = writeln!(page, "<dt>{name}</dt><dd>{}</dd>", escape(&value));
    }
    page.push_str("</dl>\n");
    if !header.outline.is_empty() {
        page.push_str(
            "<details><summary>How the environment was set, without secrets</summary><table><thead><tr>\
             <th scope=\"col\">setting</th><th scope=\"col\">value</th></tr></thead><tbody>\n",
        );
        for (name, value) in &header.outline {
            let (name, value) = (escape(name), escape(value));
            let _ = writeln!(
                page,
                "<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>"
            );
        }
        page.push_str("</tbody></table></details>\n");
    }
    if !header.sources.is_empty() {
        let _ = writeln!(
            page,
            "<details><summary>{} read, with digests</summary><table><thead><tr><th scope=\"col\">file</th>\
             <th scope=\"col\">SHA-256</th></tr></thead><tbody>",
            count(header.sources.len(), "file")
        );
        for one in &header.sources {
            let _ = writeln!(
                page,
                "<tr><td>{}</td><td><code>{}</code></td></tr>",
                escape(&one.file),
                escape(&one.sha256)
            );
        }
        page.push_str("</tbody></table></details>\n");
    }
    page.push_str("</section>\n");
}

fn counts(page: &mut String, record: &Record) {
    let _ = writeln!(
        page,
        "<section><h2>Counts</h2>\n<p id=\"counts\">{}</p>",
        counts_line(record)
    );
    if record.requirements.is_empty() {
        page.push_str("</section>\n");
        return;
    }
    page.push_str(
        "<div class=\"wide\"><table class=\"numbers\"><thead><tr><th scope=\"col\">requirements</th>\
         <th scope=\"col\">passed</th><th scope=\"col\">partly tested</th><th scope=\"col\">failed</th>\
         <th scope=\"col\">not tested</th>\
         <th scope=\"col\">not applicable</th></tr></thead><tbody>\n",
    );
    let mut add = |name: &str, numbers: [usize; 5]| {
        let _ = write!(page, "<tr><th scope=\"row\">{}</th>", escape(name));
        for number in numbers {
            let _ = write!(page, "<td>{number}</td>");
        }
        page.push_str("</tr>\n");
    };
    for level in [Level::Must, Level::Should, Level::May] {
        let rows = || {
            let rows = record.requirements.iter();
            rows.filter(|row| row.requirement.level == level)
        };
        let of = |outcome| rows().filter(|row| row.traced.outcome == outcome).count();
        let partly = rows().filter(|row| row.is_partly_tested()).count();
        let numbers = [
            of(RequirementOutcome::Passed) - partly,
            partly,
            of(RequirementOutcome::Failed),
            of(RequirementOutcome::NotTested),
            of(RequirementOutcome::NotApplicable),
        ];
        if numbers.iter().sum::<usize>() > 0 {
            add(&format!("level {level}"), numbers);
        }
    }
    for one in tallies(record) {
        add(
            &format!("class {} ({})", one.class, class_name(one.class)),
            [
                one.passed,
                one.partly_tested,
                one.failed,
                one.not_tested,
                one.not_applicable,
            ],
        );
    }
    page.push_str("</tbody></table></div></section>\n");
}

/// Adds the requirements that the mode cannot test, or only in part.
fn testable_requirements(page: &mut String, record: &Record) {
    if record.requirements.is_empty() {
        return;
    }
    let here = testable(record);
    let _ = writeln!(
        page,
        "<section id=\"testable\"><h2>What this mode can test</h2>\n<p>{}.</p>",
        escape(&here.sentence)
    );
    if !here.left_out.is_empty() {
        let _ = write!(
            page,
            "<details open><summary>{} cannot be tested, or only in part</summary>\n<div class=\"wide\"><table class=\"rows\"><thead><tr>\
             <th scope=\"col\">Requirement</th><th scope=\"col\">Level</th><th scope=\"col\">Here</th>\
             <th scope=\"col\">Why</th></tr></thead><tbody>\n",
            count(here.left_out.len(), "requirement")
        );
        for one in &here.left_out {
            let _ = writeln!(
                page,
                "<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th><td>{}</td><td>{}</td><td>{}</td></tr>",
                anchor::requirement(record, &one.id).unwrap_or_default(),
                escape(&one.id),
                one.level,
                one.word(),
                escape(&one.why)
            );
        }
        page.push_str("</tbody></table></div></details>\n");
    }
    page.push_str("</section>\n");
}
