//! `proof.html`: the matrix of faults and cases as one page, without script and without network.
//!
//! First what is wrong, then the matrix, then every fault in words. Rows stand in the order of the first case that
//! catches them, so that a sound matrix is a diagonal and what is off it catches the eye. Style and head are those of
//! `report.html`; what follows from a matrix is concluded in `proof`.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::proof::{Cell, Effect, Proof, Row, Standing};
use crate::report::escape::escape;
use crate::report::html;
use crate::report::words::NOT_ISSUED_BY_SAGE;

const STYLE: &str = concat!(include_str!("../html/style.css"), include_str!("style.css"));

/// Draws the matrix as one HTML file: faults as rows, cases as columns, the message on hover and below.
pub(super) fn proof_html(proof: &Proof) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Faults and cases · feedproof</title>\n<style>{STYLE}</style></head>\n<body>\n<main>\n",
        html::digest(STYLE)
    );
    add_head(&mut page, proof);
    add_wrong(&mut page, proof);
    add_grid(&mut page, proof);
    page.push_str("<h2>Every fault in words</h2>\n");
    for row in &proof.faults {
        add_told(&mut page, proof, row, false);
    }
    // Writing to a string cannot fail, here and below.
    let _ = write!(
        page,
        "</main>\n<footer><p>feedproof {}, {NOT_ISSUED_BY_SAGE}</p></footer>\n</body></html>\n",
        escape(&proof.version)
    );
    page
}

fn add_head(page: &mut String, proof: &Proof) {
    let (class, word) = match proof.holds() {
        true => ("good", "Every check bites"),
        false => ("bad", "Not proven"),
    };
    let pairs = proof.faults.len() * proof.cases.len();
    let _ = write!(
        page,
        "<section class=\"answer {class}\"><h1>{word}</h1>\n<p>{} faults, {} detected where claimed, {} misattributed, {} undetected; \
         {} requirements unproven.</p>\n<p class=\"origin\">Each fault is one deviation of the emulated service or of the reference \
         provider, switched on against every case on a stage of its own: {pairs} pairs. A check that never failed has proved \
         nothing; a check that fails under a fault that none of its requirements claims would accuse the wrong party.</p></section>\n",
        proof.faults.len(),
        proof.count(Standing::Detected),
        proof.count(Standing::Misattributed),
        proof.count(Standing::Undetected),
        proof.unproven.len(),
    );
}

/// Adds what keeps the proof from holding, if anything does.
fn add_wrong(page: &mut String, proof: &Proof) {
    if proof.holds() {
        return;
    }
    page.push_str("<h2>What is wrong</h2>\n");
    for one in &proof.unproven {
        let _ = writeln!(
            page,
            "<p class=\"undetected\">{} has no fault in the {}.</p>",
            escape(&one.requirement),
            one.subject
        );
    }
    for row in &proof.faults {
        if row.standing != Standing::Detected {
            add_told(page, proof, row, true);
        }
    }
}

fn add_grid(page: &mut String, proof: &Proof) {
    page.push_str(
        "<h2>Faults and cases</h2>\n<ul class=\"legend\"><li><b class=\"detected\">●</b> a check that claims the fault fails</li>\
         <li><b class=\"misattributed\">✗</b> a check fails that does not claim it</li><li><b class=\"inconclusive\">!</b> no judgement</li>\
         <li><b class=\"skipped\">−</b> not applicable</li><li>empty: not noticed</li><li>hover a cell for the message</li></ul>\n\
         <div class=\"grid-of\" tabindex=\"0\"><table class=\"grid\"><thead><tr><th class=\"corner\"></th>",
    );
    let plans = plans(&proof.cases);
    for (plan, count) in &plans {
        let _ = write!(
            page,
            "<th scope=\"colgroup\" colspan=\"{count}\" class=\"last\" title=\"{0}\">{0}</th>",
            escape(plan)
        );
    }
    page.push_str(
        "</tr>\n<tr><th class=\"corner\" scope=\"col\">fault <small>claimed by</small></th>",
    );
    let mut last = Vec::with_capacity(proof.cases.len());
    for (_, count) in &plans {
        last.extend((1..=*count).map(|at| at == *count));
    }
    for (case, last) in proof.cases.iter().zip(&last) {
        let name = case.split_once('/').map_or(&**case, |(_, name)| name);
        let _ = write!(
            page,
            "<th scope=\"col\"{}><span>{}</span></th>",
            border(*last),
            escape(name)
        );
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    let mut rows: Vec<&Row> = proof.faults.iter().collect();
    rows.sort_by_key(|row| {
        let catches = |cell: &Cell| cell.effect == Effect::Detected;
        row.cells.iter().position(catches).unwrap_or(usize::MAX)
    });
    for row in rows {
        let id = escape(&row.fault.id);
        let _ = write!(
            page,
            "<tr{}><th scope=\"row\"><a href=\"#fault-{id}\">{id}</a> <small>{}</small></th>",
            match row.standing {
                Standing::Detected => "",
                Standing::Misattributed | Standing::Undetected => " class=\"wrong\"",
            },
            escape(&row.claims.join(" "))
        );
        for ((case, cell), last) in proof.cases.iter().zip(&row.cells).zip(&last) {
            add_cell(page, row, case, cell, *last);
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n");
}

fn add_cell(page: &mut String, row: &Row, case: &str, cell: &Cell, last: bool) {
    let (_, word) = told(cell.effect);
    let mark = match cell.effect {
        Effect::Detected => "●",
        Effect::Misattributed => "✗",
        Effect::Inconclusive => "!",
        Effect::Skipped => "−",
        Effect::Quiet => {
            let _ = write!(page, "<td{}></td>", border(last));
            return;
        }
    };
    let message = cell.message.as_deref().unwrap_or_default();
    let title = format!("{} {word} {case}\n{message}", row.fault.id);
    let _ = write!(
        page,
        "<td{} title=\"{}\"><b class=\"{}\">{mark}</b></td>",
        border(last),
        escape(title.trim_end()),
        told(cell.effect).0
    );
}

/// Tells a fault in words, with every case that noticed it.
fn add_told(page: &mut String, proof: &Proof, row: &Row, wrong: bool) {
    let standing = match row.standing {
        Standing::Detected => "detected",
        Standing::Misattributed => "misattributed",
        Standing::Undetected => "undetected",
    };
    let claims = match row.claims.is_empty() {
        true => "nobody".to_owned(),
        false => row.claims.join(", "),
    };
    // A fault that is told twice has its place among the others.
    let id = match wrong {
        true => String::new(),
        false => format!(" id=\"fault-{}\"", escape(&row.fault.id)),
    };
    let _ = write!(
        page,
        "<details class=\"fault-told\"{id}{}><summary><b>{}</b> <span class=\"{standing}\">{standing}</span> \
         <small>{}, claimed by {}</small></summary>\n<p>{}</p>\n<ul>",
        if wrong { " open" } else { "" },
        escape(&row.fault.id),
        row.fault.participant,
        escape(&claims),
        escape(&row.fault.text),
    );
    for (case, cell) in proof.cases.iter().zip(&row.cells) {
        let (class, word) = told(cell.effect);
        if matches!(cell.effect, Effect::Quiet | Effect::Skipped) {
            continue;
        }
        let _ = write!(
            page,
            "<li><span class=\"{class}\">{word}</span> {}",
            escape(case)
        );
        if let Some(message) = &cell.message {
            let _ = write!(page, "<pre>{}</pre>", escape(message));
        }
        page.push_str("</li>");
    }
    page.push_str("</ul></details>\n");
}

/// The class of an effect, and what a fault did to a case in words.
fn told(effect: Effect) -> (&'static str, &'static str) {
    match effect {
        Effect::Detected => ("detected", "is detected by"),
        Effect::Misattributed => ("misattributed", "strays in"),
        Effect::Inconclusive => ("inconclusive", "leaves no judgement in"),
        Effect::Skipped => ("skipped", "does not apply to"),
        Effect::Quiet => ("quiet", "is not noticed by"),
    }
}

fn border(last: bool) -> &'static str {
    if last { " class=\"last\"" } else { "" }
}

/// Counts the cases of each plan, in order; a case's id begins with its plan's.
fn plans(cases: &[Arc<str>]) -> Vec<(&str, usize)> {
    let mut plans: Vec<(&str, usize)> = Vec::new();
    for case in cases {
        let plan = case.split('/').next().unwrap_or_default();
        match plans.last_mut() {
            Some((last, count)) if *last == plan => *count += 1,
            _ => plans.push((plan, 1)),
        }
    }
    plans
}
