//! `test-plan.csv`: one line for each row of the official plan, with what a reader of the table alone must know.
//!
//! A spreadsheet must not take a cell for a formula: a cell that looks like one begins with an apostrophe.

use crate::journal::Header;
use crate::number::count;
use crate::report::answer::{NOT_ISSUED_BY_SAGE, watermark};
use crate::report::plain::{cut, line};
use crate::report::run_facts::participants_of;
use crate::report::test_plan::evidence::CaseEvidence;
use crate::report::test_plan::{FilledPlan, FilledRow};

/// Bytes of one cell; spreadsheets take 32,767 characters.
const CELL_BYTES_MAX: usize = 16 << 10;

/// The characters with which a cell becomes a formula in a spreadsheet, with their wide forms.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The columns: what there is to say of a row, then of the run.
const COLUMNS: [&str; 18] = [
    "part",
    "row",
    "test_description",
    "expected_outcome",
    "outcome",
    "reason",
    "cases",
    "evidence",
    "provider",
    "provider_version",
    "provider_commit",
    "mode",
    "environment",
    "run_by",
    "run_started",
    "feedproof",
    "answer_of_the_run",
    "notice",
];

/// Writes the table in UTF-8, with a line of headings; lines end with CR and LF, as RFC 4180 has them.
#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
pub(super) fn table(plan: &FilledPlan<'_>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let mut write = |cells: Vec<String>| {
        writer
            .write_record(cells)
            .expect("memory takes every byte, and every line has as many cells");
    };
    write(COLUMNS.map(str::to_owned).to_vec());
    let run = run(plan);
    for part in &plan.parts {
        for row in &part.rows {
            write([&cells(part.title, row)[..], &run].concat());
        }
        for _ in 0..part.empty {
            let mut cells = vec![cell(part.title)];
            cells.resize(COLUMNS.len() - run.len(), String::new());
            write([&cells[..], &run].concat());
        }
    }
    writer
        .into_inner()
        .expect("memory takes every byte, so nothing is left in the buffer")
}

/// Returns the cells about a row.
fn cells(part: &str, row: &FilledRow<'_>) -> Vec<String> {
    let cases: Vec<_> = row
        .evidence
        .iter()
        .map(|case| format!("{} {}", case.outcome.case, case.outcome.verdict.as_str()))
        .collect();
    let evidence: Vec<_> = row.evidence.iter().map(told).collect();
    vec![
        cell(part),
        cell(row.id),
        cell(row.test),
        cell(row.expected),
        row.outcome
            .map_or_else(String::new, |_| row.word.to_owned()),
        cell(row.why.unwrap_or_default()),
        cell(&cases.join("; ")),
        cell(&evidence.join("; ")),
    ]
}

/// Writes what a case contributes on one line.
fn told(case: &CaseEvidence<'_>) -> String {
    let exchanges = case.exchanges.iter().map(|exchange| {
        let ids = if exchange.ids.is_empty() {
            String::new()
        } else {
            format!(" ({})", exchange.ids.join(", "))
        };
        let (at, seq) = (&exchange.at, exchange.seq);
        let text = exchange.exchange.replace('→', "->").replace('…', "...");
        format!("{at} {text}{ids} [journal.jsonl {seq}]")
    });
    let more = (case.more > 0).then(|| format!("and {} more", case.more));
    let parts = case.headline.clone().into_iter();
    let accounts =
        (!case.accounts.is_empty()).then(|| format!("accounts {}", case.accounts.join(", ")));
    let parts: Vec<_> = parts.chain(accounts).chain(exchanges).chain(more).collect();
    format!("{}: {}", case.outcome.case, parts.join("; "))
}

/// Returns the cells about the run, which every line has.
fn run(plan: &FilledPlan<'_>) -> Vec<String> {
    let header = &plan.record.header;
    let subject = header.subject.as_ref();
    let version = subject.and_then(|subject| subject.version.as_deref());
    let commit = subject.and_then(|subject| subject.commit.as_deref());
    vec![
        cell(subject.map_or("", |subject| &subject.name)),
        cell(version.unwrap_or_default()),
        cell(commit.unwrap_or_default()),
        cell(header.mode.as_str()),
        cell(&header.environment),
        cell(header.operator.as_deref().unwrap_or_default()),
        cell(&header.started),
        cell(&header.version),
        cell(&plan.answer),
        cell(&notice(header)),
    ]
}

/// Says what a reader must know of the run before it takes a row for more than it is.
fn notice(header: &Header) -> String {
    let mut notice = vec![NOT_ISSUED_BY_SAGE.to_owned()];
    if let Some(watermark) = watermark(header.mode) {
        notice.push(watermark.to_owned());
        notice.push(format!(
            "mode {}: {}",
            header.mode,
            participants_of(header.mode)
        ));
    }
    if !header.faults.is_empty() {
        notice.push(format!("injected faults: {}", header.faults.join(", ")));
    }
    let loosened = header.limits_loosened.iter();
    notice.extend(loosened.map(|limit| format!("limit loosened: {limit}")));
    if header.filtered_out > 0 {
        let left_out = count(header.filtered_out, "case");
        notice.push(format!("a filter left out {left_out}"));
    }
    notice.join("; ")
}

/// Makes a text a cell: one line, bounded, and no formula.
fn cell(text: &str) -> String {
    let text = line(&cut(text, CELL_BYTES_MAX)).into_owned();
    if text.trim_start().starts_with(FORMULA) {
        return format!("'{text}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\t=1", "' =1"),
            ("\r=1", "\\u{d}=1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
        assert_eq!(cell("two\nlines"), "two lines");
        assert!(cell(&"x".repeat(40_000)).len() <= CELL_BYTES_MAX);
    }
}
