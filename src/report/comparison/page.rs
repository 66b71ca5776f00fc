//! The comparison as one page that looks like `report.html`, loads nothing and runs nothing.

use std::fmt::Write as _;

use crate::comparison::{ChangeKind, ComparisonAnswer};
use crate::report::answer::NOT_ISSUED_BY_SAGE;
use crate::report::comparison::{ComparedRuns, heading, sign};
use crate::report::escape::escape;
use crate::report::html::digest;
use crate::report::number::more;
use crate::report::plain::cut;

const STYLE: &str = include_str!("../html/style.css");

/// Number of changes of a kind.
const CHANGES_MAX: usize = 5_000;
/// Number of details of a change.
const DETAILS_MAX: usize = 200;
/// Bytes of a text of others.
const TEXT_BYTES_MAX: usize = 1_000;

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

pub(super) fn page(runs: &ComparedRuns<'_>) -> String {
    let answer = runs.comparison.answer();
    let tone = match answer {
        ComparisonAnswer::Worse => "bad",
        ComparisonAnswer::Changed => "open",
        ComparisonAnswer::Better | ComparisonAnswer::Same => "good",
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{word} · feedproof diff</title>\n<style>{STYLE}</style></head>\n<body>\n<main>\n\
         <header class=\"answer {tone}\"><h1>{word}</h1>\n<p>{}</p>\n\
         <p class=\"origin\">feedproof, {NOT_ISSUED_BY_SAGE}</p></header>\n",
        digest(STYLE),
        shown(&runs.sentence()),
        word = answer.word(),
    );
    add_runs(&mut page, runs);
    for kind in ChangeKind::ALL {
        add(&mut page, runs, kind);
    }
    let _ = write!(
        page,
        "</main>\n<footer><p>feedproof {}, {NOT_ISSUED_BY_SAGE}</p></footer>\n</body></html>\n",
        env!("CARGO_PKG_VERSION")
    );
    page
}

fn add_runs(page: &mut String, runs: &ComparedRuns<'_>) {
    page.push_str("<section><h2>The runs</h2><dl>\n");
    for (letter, run) in runs.runs() {
        let when = if letter == 'A' { "earlier" } else { "later" };
        let _ = write!(
            page,
            "<dt>{letter}, the {when} run</dt><dd>{}<br>{}",
            shown(&run.name),
            shown(&run.line())
        );
        for warning in run.warnings() {
            let _ = write!(page, "<br><strong>{}</strong>", shown(&warning));
        }
        page.push_str("</dd>\n");
    }
    page.push_str("</dl></section>\n");
}

fn add(page: &mut String, runs: &ComparedRuns<'_>, kind: ChangeKind) {
    let changes: Vec<_> = runs.comparison.of_kind(kind).collect();
    if changes.is_empty() {
        return;
    }
    let _ = write!(
        page,
        "<section><h2>{} {}</h2>\n<div class=\"wide\"><table class=\"rows\"><thead><tr><th scope=\"col\">What</th>\
         <th scope=\"col\">A</th><th scope=\"col\">B</th><th scope=\"col\">Why</th></tr></thead><tbody>\n",
        sign(kind),
        heading(kind)
    );
    for change in changes.iter().take(CHANGES_MAX) {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>",
            shown(&change.about()),
            shown(&change.earlier),
            shown(&change.later)
        );
        for (index, detail) in change.details.iter().take(DETAILS_MAX).enumerate() {
            let before = if index == 0 { "" } else { "<br>" };
            let _ = write!(page, "{before}{}", shown(detail));
        }
        if change.details.len() > DETAILS_MAX {
            let rest = more(change.details.len() - DETAILS_MAX, "detail");
            let _ = write!(page, "<br>and {rest}");
        }
        page.push_str("</td></tr>\n");
    }
    page.push_str("</tbody></table></div>");
    if changes.len() > CHANGES_MAX {
        let rest = more(changes.len() - CHANGES_MAX, "change");
        let _ = write!(page, "\n<p>and {rest}</p>");
    }
    page.push_str("</section>\n");
}

/// Escapes a text from outside, of bounded length.
fn shown(text: &str) -> String {
    escape(&cut(text, TEXT_BYTES_MAX))
}
