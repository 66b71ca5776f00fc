//! Results for a person at a terminal: plan order, one line a case, causes named once.
//!
//! Every mark has its word, so that nothing is lost without colour; colour follows the override of
//! the `colored` crate, which the command line sets. Sentences are broken to the width of the terminal.

mod head;
mod page;
mod summary;

use std::fmt::Write;

use colored::{ColoredString, Colorize};
use unicode_width::UnicodeWidthStr;

use crate::judge::Verdict;
use crate::record::{Outcome, Record};
use crate::report::checks::checks;
use crate::report::failure::{headline, told};
use crate::report::group::groups;
use crate::report::lines::indent;
use crate::report::plain::line;
use crate::report::words::{count, duration, mark};

/// Columns by which what is said about a case stands further right than the case.
const DETAIL: usize = 6;

/// Columns that stand before the title of a case: its mark and its verdict.
const CASE: usize = 12;

/// Writes the results of a run: head, shared causes, cases by plan, summary.
///
/// With `verbose`, every case lists its checks, and cases with a shared cause are told in full. `width`
/// is that of the terminal in columns; without one nothing is broken.
pub fn results(record: &Record, verbose: bool, width: Option<usize>) -> String {
    let mut out = head::head(record);
    causes(&mut out, record);
    for group in groups(record) {
        gap(&mut out);
        let _ = writeln!(out, "{}", line(group.title()).bold());
        for outcome in &group.cases {
            case(&mut out, record, outcome, (verbose, width));
        }
    }
    gap(&mut out);
    out.push_str(&summary::summary(record));
    out
}

/// Writes one line about a case that just ended: `[ 3/12] ✓ passed   offboarding/told  1.23 s`.
///
/// No line break at its end.
pub fn progress_line(done: usize, total: usize, outcome: &Outcome) -> String {
    let width = total.to_string().len();
    format!(
        "[{done:>width$}/{total}] {} {}{}",
        verdict(outcome.verdict),
        line(&outcome.case),
        time(outcome)
    )
}

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

/// Leaves one empty line, unless there is one.
fn gap(out: &mut String) {
    if !out.ends_with("\n\n") {
        out.push('\n');
    }
}

fn causes(out: &mut String, record: &Record) {
    for cause in &record.causes {
        // The first of the cases says more than the reason that they share.
        let first = record
            .cases
            .iter()
            .find(|case| Some(&case.case) == cause.cases.first());
        let told = first.and_then(|case| headline(record, case));
        let reason = told.as_deref().unwrap_or(&cause.reason);
        let reason = reason.trim_start_matches("no judgement: ");
        let _ = writeln!(
            out,
            "\n{}",
            format!(
                "{} inconclusive for one reason: {}",
                count(cause.cases.len(), "case"),
                line(reason)
            )
            .yellow()
        );
        for case in &cause.cases {
            let _ = writeln!(out, "  {}", line(case));
        }
    }
}

fn case(
    out: &mut String,
    record: &Record,
    outcome: &Outcome,
    (verbose, width): (bool, Option<usize>),
) {
    let (title, id, time) = (line(&outcome.title), line(&outcome.case), time(outcome));
    let columns = CASE + title.width() + 2 + id.width() + time.width();
    let joint = match width {
        Some(width) if columns > width => format!("\n{:CASE$}", ""),
        _ => "  ".to_owned(),
    };
    let _ = write!(
        out,
        "  {} {title}{joint}{}{time}",
        verdict(outcome.verdict),
        id.dimmed(),
    );
    if let (Verdict::Skipped, Some(reason)) = (outcome.verdict, &outcome.reason) {
        let _ = write!(out, " ({})", line(reason));
    }
    out.push('\n');
    if let Some(told) = told_before(record, outcome).filter(|_| !verbose) {
        let _ = writeln!(
            out,
            "{:DETAIL$}no judgement, for the same reason as {}",
            "",
            line(told)
        );
    } else if let Some(lines) = told(record, outcome) {
        out.push_str(&page::page(&lines.list(), DETAIL, width));
        out.push('\n');
    }
    if verbose {
        out.push_str(&indent(&checks(outcome), DETAIL));
    }
}

/// Finds the case under which the reason of this one was told already.
fn told_before<'a>(record: &'a Record, outcome: &Outcome) -> Option<&'a str> {
    let cause = record
        .causes
        .iter()
        .find(|cause| cause.cases.contains(&outcome.case))?;
    cause
        .cases
        .first()
        .map(|first| &**first)
        .filter(|first| **first != *outcome.case)
}

/// The mark and the word of a verdict, in a column of their own.
fn verdict(verdict: Verdict) -> ColoredString {
    let text = format!("{} {:<7}", mark(verdict), verdict.as_str());
    match verdict {
        Verdict::Passed => text.green(),
        Verdict::Failed => text.red(),
        Verdict::Inconclusive => text.yellow(),
        Verdict::Skipped => text.dimmed(),
    }
}

fn time(outcome: &Outcome) -> String {
    match outcome.took_us {
        0 => String::new(),
        took => format!("  {}", duration(took)),
    }
}

#[cfg(test)]
mod tests;
