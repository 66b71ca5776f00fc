//! `proof.html`: the matrix of faults and cases as one page, without script and without network.
//!
//! First the problems, then the matrix, then every fault in words. Rows are in the order of the first case that detects
//! them, so that a good matrix is a diagonal. Style and head are those of `report.html`; `proof` draws the conclusions.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::proof::{FaultCell, FaultConclusion, FaultEffect, FaultRow, Proof};
use crate::report::answer::NOT_ISSUED_BY_SAGE;
use crate::report::escape::escape;
use crate::report::html;

const STYLE: &str = concat!(include_str!("../html/style.css"), include_str!("style.css"));

/// Renders the matrix as one HTML file: faults as rows, cases as columns, messages on hover and below.
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
    add_variants(&mut page, proof);
    page.push_str("<h2>Every fault in words</h2>\n");
    for row in &proof.faults {
        add_fault(&mut page, proof, row, false);
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
    let (class, word) = if proof.holds() {
        (
            "good",
            "The checks detect every fault, and accuse no honest variant",
        )
    } else {
        ("bad", "The proof failed")
    };
    let runs = proof.runs();
    let _ = write!(
        page,
        "<section class=\"answer {class}\"><h1>{word}</h1>\n<p>{}.</p>\n<p class=\"origin\">Each fault is one deviation of the emulated service or of the reference \
         provider. It was injected into every case, on a stage of its own: {runs} runs. A check that never failed has proved \
         nothing; a check that fails although none of its requirements lists the fault would accuse the wrong party.</p></section>\n",
        proof.summary(),
    );
}

/// Adds the problems of a proof that does not hold.
fn add_wrong(page: &mut String, proof: &Proof) {
    if proof.holds() {
        return;
    }
    page.push_str("<h2>Problems</h2>\n");
    for unproven in &proof.unproven {
        let _ = writeln!(
            page,
            "<p class=\"undetected\">{} lists no fault of the {}.</p>",
            escape(&unproven.requirement),
            unproven.subject
        );
    }
    for row in &proof.faults {
        if row.conclusion != FaultConclusion::Detected {
            add_fault(page, proof, row, true);
        }
    }
}

/// Adds the variants, those first that are not left in peace.
fn add_variants(page: &mut String, proof: &Proof) {
    if proof.variants.is_empty() {
        return;
    }
    page.push_str(
        "<h2>Variants</h2>\n<p>Each variant is something that honest providers do differently. Every case must have the verdict \
         under it that it has without.</p>\n<ul class=\"variants\">\n",
    );
    let mut rows: Vec<_> = proof.variants.iter().collect();
    rows.sort_by_key(|row| row.is_left_in_peace());
    for row in rows {
        let mark = if row.is_left_in_peace() { "✓" } else { "✗" };
        let _ = write!(
            page,
            "<li>{mark} <b>{}</b> {}",
            escape(&row.variant.id),
            escape(&row.variant.text)
        );
        for case in &row.disturbed {
            let _ = write!(
                page,
                "<p class=\"undetected\">{}: {}: {}</p>",
                case.verdict.as_str(),
                escape(&case.case),
                escape(case.reason.as_deref().unwrap_or_default())
            );
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ul>\n");
}

fn add_grid(page: &mut String, proof: &Proof) {
    page.push_str(
        "<h2>Faults and cases</h2>\n<ul class=\"legend\"><li><b class=\"detected\">●</b> detected: a check fails whose requirement lists the fault</li>\
         <li><b class=\"misattributed\">✗</b> misattributed: another check fails</li><li><b class=\"inconclusive\">!</b> inconclusive</li>\
         <li><b class=\"skipped\">−</b> skipped</li><li>empty: the case passed</li><li>hover over a cell for the message</li></ul>\n\
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
        "</tr>\n<tr><th class=\"corner\" scope=\"col\">fault <small>listed by</small></th>",
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
    let mut rows: Vec<&FaultRow> = proof.faults.iter().collect();
    rows.sort_by_key(|row| {
        let detects = |cell: &FaultCell| cell.effect == FaultEffect::Detected;
        row.cells.iter().position(detects).unwrap_or(usize::MAX)
    });
    for row in rows {
        let id = escape(&row.fault.id);
        let _ = write!(
            page,
            "<tr{}><th scope=\"row\"><a href=\"#fault-{id}\">{id}</a> <small>{}</small></th>",
            match row.conclusion {
                FaultConclusion::Detected => "",
                FaultConclusion::Misattributed | FaultConclusion::Undetected => " class=\"wrong\"",
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

fn add_cell(page: &mut String, row: &FaultRow, case: &str, cell: &FaultCell, last: bool) {
    let (_, word) = effect_words(cell.effect);
    let mark = match cell.effect {
        FaultEffect::Detected => "●",
        FaultEffect::Misattributed => "✗",
        FaultEffect::Inconclusive => "!",
        FaultEffect::Skipped => "−",
        FaultEffect::Quiet => {
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
        effect_words(cell.effect).0
    );
}

/// Adds a fault in words, with every case that it affected.
fn add_fault(page: &mut String, proof: &Proof, row: &FaultRow, wrong: bool) {
    let conclusion = match row.conclusion {
        FaultConclusion::Detected => "detected",
        FaultConclusion::Misattributed => "misattributed",
        FaultConclusion::Undetected => "undetected",
    };
    let claims = if row.claims.is_empty() {
        "no requirement".to_owned()
    } else {
        row.claims.join(", ")
    };
    // A fault that is shown twice has its anchor in the list of all faults.
    let id = if wrong {
        String::new()
    } else {
        format!(" id=\"fault-{}\"", escape(&row.fault.id))
    };
    let _ = write!(
        page,
        "<details class=\"fault-told\"{id}{}><summary><b>{}</b> <span class=\"{conclusion}\">{conclusion}</span> \
         <small>{}, listed by {}</small></summary>\n<p>{}</p>\n<ul>",
        if wrong { " open" } else { "" },
        escape(&row.fault.id),
        row.fault.participant,
        escape(&claims),
        escape(&row.fault.text),
    );
    for (case, cell) in proof.cases.iter().zip(&row.cells) {
        let (class, word) = effect_words(cell.effect);
        if matches!(cell.effect, FaultEffect::Quiet | FaultEffect::Skipped) {
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

/// Returns the CSS class of an effect, and the effect of a fault on a case in words.
fn effect_words(effect: FaultEffect) -> (&'static str, &'static str) {
    match effect {
        FaultEffect::Detected => ("detected", "is detected by"),
        FaultEffect::Misattributed => ("misattributed", "is misattributed by"),
        FaultEffect::Inconclusive => ("inconclusive", "makes inconclusive"),
        FaultEffect::Skipped => ("skipped", "does not apply to"),
        FaultEffect::Quiet => ("quiet", "is not detected by"),
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
