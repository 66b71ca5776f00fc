//! The results of a run at a terminal: in plan order, one line for each case, shared causes named once.
//!
//! Every mark has its word, so that nothing is lost without colour; colour follows the override of the `colored`
//! crate, which the command line sets. Sentences are wrapped to the width of the terminal.

mod head;
mod page;
mod summary;

use std::fmt::Write;
use std::path::Path;

use colored::{ColoredString, Colorize};
use unicode_width::UnicodeWidthStr;

use serde_json::json;

use crate::judge::Verdict;
use crate::record::{Outcome, Record};
use crate::report::answer::answer;
use crate::report::causes;
use crate::report::checks::checks;
use crate::report::failure::told;
use crate::report::format::ReportFormat;
use crate::report::group::groups;
use crate::report::label::mark;
use crate::report::lines::indent;
use crate::report::number::{counts_line, duration};
use crate::report::plain::line;

/// Indentation of the details of a case, in columns.
const DETAIL: usize = 6;

/// Width of the mark and the verdict before the title of a case, in columns.
const CASE: usize = 12;

/// The results on stdout.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    /// Whether every case lists its checks.
    pub verbose: bool,
    /// Width of the terminal in columns; `None` for a file or a pipe.
    pub width: Option<usize>,
}

impl ReportFormat for Console {
    fn name(&self) -> &'static str {
        "console"
    }

    fn file(&self) -> Option<&'static str> {
        None
    }

    fn about(&self) -> &'static str {
        "the results for a person at a terminal, printed to stdout"
    }

    fn render(&self, record: &Record) -> Vec<u8> {
        results(record, self.verbose, self.width).into_bytes()
    }
}

/// Writes the results of a run: the answer, facts, causes, what failed and what is inconclusive, cases by plan, summary.
///
/// With `verbose`, every case lists its checks, and cases with a shared cause have their details too. `width` is
/// that of the terminal in columns; without one no sentence is wrapped.
pub fn results(record: &Record, verbose: bool, width: Option<usize>) -> String {
    let mut out = String::new();
    summary::answer_line(&mut out, record);
    let _ = writeln!(out, "{}", counts_line(record));
    out.push_str(&head::run(record));
    causes(&mut out, record);
    gap(&mut out);
    out.push_str(&head::facts(record));
    for (verdict, title) in [
        (Verdict::Failed, "Failed"),
        (Verdict::Inconclusive, "Inconclusive"),
    ] {
        let cases = record.cases.iter().filter(|case| case.verdict == verdict);
        let detailed: Vec<_> = cases
            .filter(|case| verbose || !is_repeated_cause(record, case))
            .collect();
        if !detailed.is_empty() {
            gap(&mut out);
            let _ = writeln!(out, "{}", title.bold());
        }
        for outcome in detailed {
            case(&mut out, outcome, width);
            details(&mut out, record, outcome, width);
        }
    }
    for group in groups(record) {
        gap(&mut out);
        let _ = writeln!(out, "{}", line(group.title()).bold());
        for outcome in &group.cases {
            case(&mut out, outcome, width);
            if verbose {
                out.push_str(&indent(&checks(outcome), DETAIL));
            }
        }
    }
    gap(&mut out);
    out.push_str(&summary::summary(record));
    out
}

/// Writes the counts, the warnings and the answer alone; ends with a line break.
pub fn closing(record: &Record) -> String {
    let mut out = String::new();
    summary::closing(&mut out, record);
    out
}

/// Writes the results as one line of JSON, for a program: the answer, the counts, the exit code and the folder of the
/// reports.
pub fn result_line(record: &Record, exit_code: u8, folder: &Path) -> String {
    let answer = answer(record);
    let counts = record.counts;
    let line = json!({
        "answer": answer.word,
        "sentence": answer.sentence,
        "passed": counts.passed,
        "failed": counts.failed,
        "inconclusive": counts.inconclusive,
        "skipped": counts.skipped,
        "exit_code": exit_code,
        "folder": folder.display().to_string(),
    });
    format!("{line}\n")
}

/// Writes one line about a case that has just ended: `[ 3/12] ✓ passed   offboarding/told  1.23 s`.
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

/// Adds what went wrong, worst first, each cause once.
fn causes(out: &mut String, record: &Record) {
    for cause in causes::causes(record) {
        let title = line(&cause.title).into_owned();
        let title = match cause.verdict {
            Verdict::Failed => title.red().bold(),
            _ => title.yellow(),
        };
        let _ = write!(out, "\n{title}");
        if let Some(sentence) = &cause.sentence {
            let _ = write!(out, ": {}", line(sentence));
        }
        out.push('\n');
        for (_, case) in cause.cases {
            let _ = writeln!(out, "  {}", line(&case.case));
        }
    }
}

fn case(out: &mut String, outcome: &Outcome, width: Option<usize>) {
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
}

/// Adds why a case failed or is inconclusive.
fn details(out: &mut String, record: &Record, outcome: &Outcome, width: Option<usize>) {
    if let Some(lines) = told(record, outcome) {
        out.push_str(&page::page(&lines.list(), DETAIL, width));
        out.push('\n');
    }
}

/// Tells whether a case shares its cause with an earlier one.
fn is_repeated_cause(record: &Record, outcome: &Outcome) -> bool {
    record.causes.iter().any(|cause| {
        let mut cases = cause.cases.iter();
        cases.next() != Some(&outcome.case) && cases.any(|case| *case == outcome.case)
    })
}

/// Writes the mark and the word of a verdict, in a column of their own.
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
