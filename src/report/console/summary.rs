//! The end of the console output: teardown, time, counts, requirements, and the answer of the run.

use std::cmp::Reverse;
use std::fmt::Write;

use colored::Colorize;
use unicode_width::UnicodeWidthStr;

use crate::judge::{CheckOutcome, Finding, Miss};
use crate::number::{count, plural};
use crate::record::Record;
use crate::report::answer::{AnswerTone, NOT_ISSUED_BY_SAGE, answer, waivers, warnings};
use crate::report::group::groups;
use crate::report::label::class_name;
use crate::report::number::{counts_line, duration, more};
use crate::report::official::{official_rows, official_rows_sentence, row_word};
use crate::report::plain::{cut, line};
use crate::report::tally::tallies;
use plan_language::plan::Level;

/// Number of slow cases that are listed.
const SLOWEST_MAX: usize = 5;
/// Number of waits near their limit that are listed.
const TIGHT_MAX: usize = 10;
/// Number of positions of unattributed messages that are listed.
const POSITIONS_MAX: usize = 10;
/// Bytes of a reason that one line shows.
const REASON_BYTES_MAX: usize = 400;

/// Writes the summary; ends with a line break.
pub(super) fn summary(record: &Record) -> String {
    // Writing to a string cannot fail; the results of `write!` are dropped in this module.
    let mut out = String::new();
    teardown(&mut out, record);
    unattributed(&mut out, record);
    slowest(&mut out, record);
    tight(&mut out, record);
    plans(&mut out, record);
    official(&mut out, record);
    requirements(&mut out, record);
    closing(&mut out, record);
    out
}

/// Adds the answer of the run.
pub(super) fn answer_line(out: &mut String, record: &Record) {
    let answer = answer(record);
    let word = match answer.tone {
        AnswerTone::Good => answer.word.as_str().green().bold(),
        AnswerTone::Bad => answer.word.as_str().red().bold(),
        AnswerTone::Open => answer.word.as_str().yellow().bold(),
    };
    let _ = writeln!(
        out,
        "{word}: {} ({NOT_ISSUED_BY_SAGE})",
        line(&answer.sentence)
    );
}

/// Adds the counts, the warnings and the answer.
pub(super) fn closing(out: &mut String, record: &Record) {
    let _ = writeln!(out, "{}", counts_line(record));
    for warning in warnings(record) {
        let _ = writeln!(out, "{}: {warning}", "warning".yellow());
    }
    for waiver in waivers(record) {
        let _ = writeln!(out, "{}: {}", "waiver".yellow(), line(&waiver));
    }
    answer_line(out, record);
}

fn teardown(out: &mut String, record: &Record) {
    let broken: Vec<_> = record
        .cases
        .iter()
        .flat_map(|case| case.broken_teardown().map(move |check| (case, check)))
        .collect();
    if broken.is_empty() {
        return;
    }
    let _ = writeln!(out, "Failed teardown steps (they do not change verdicts)");
    for (case, check) in broken {
        let why = match (&check.finding, &check.outcome) {
            (Finding::Missed(Miss { why, .. }), _) | (_, CheckOutcome::Inconclusive(why)) => {
                format!("; {}", line(&cut(why, REASON_BYTES_MAX)))
            }
            _ => String::new(),
        };
        let _ = writeln!(
            out,
            "  {}: {}{why}\n   --> {}",
            line(&case.case),
            line(&check.what),
            check.place
        );
    }
    out.push('\n');
}

fn unattributed(out: &mut String, record: &Record) {
    let positions = &record.unattributed;
    if positions.is_empty() {
        return;
    }
    let named: Vec<_> = positions
        .iter()
        .take(POSITIONS_MAX)
        .map(ToString::to_string)
        .collect();
    let more = if positions.len() > POSITIONS_MAX {
        ", …"
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "Unattributed: {}, journal.jsonl {}{more}\n",
        count(positions.len(), "message"),
        named.join(", ")
    );
}

fn slowest(out: &mut String, record: &Record) {
    let mut cases: Vec<_> = record
        .cases
        .iter()
        .filter(|case| case.took_us > 0)
        .collect();
    if cases.len() < 2 {
        return;
    }
    // Stable: of equally slow ones the first in plan order stays first.
    cases.sort_by_key(|case| Reverse(case.took_us));
    let _ = writeln!(out, "Slowest");
    for case in cases.iter().take(SLOWEST_MAX) {
        let _ = writeln!(out, "  {:>9}  {}", duration(case.took_us), line(&case.case));
    }
    out.push('\n');
}

/// Lists the waits that were met shortly before their limit: on a slower day the same case fails.
fn tight(out: &mut String, record: &Record) {
    let waits = &record.tight_waits;
    if waits.is_empty() {
        return;
    }
    let _ = writeln!(out, "Waits that took at least 70 % of their limit");
    for wait in waits.iter().take(TIGHT_MAX) {
        let _ = writeln!(
            out,
            "  {:>8}%  {} of {}  {}  {} {}",
            wait.percent(),
            duration(wait.took_us),
            duration(wait.bound_us),
            line(&wait.wait),
            line(&wait.case),
            line(&wait.step)
        );
    }
    if waits.len() > TIGHT_MAX {
        let _ = writeln!(
            out,
            "  and {}, see record.json",
            more(waits.len() - TIGHT_MAX, "wait")
        );
    }
    out.push('\n');
}

/// Counts cases and tested requirements by plan, and by class: only A is official.
fn plans(out: &mut String, record: &Record) {
    let groups = groups(record);
    if groups.is_empty() {
        return;
    }
    let width = groups
        .iter()
        .map(|group| line(group.name).width())
        .max()
        .unwrap_or_default();
    let _ = writeln!(out, "Plans");
    for group in &groups {
        let (classes, not_tested) = group.rows(record);
        let rows: usize = classes.iter().map(|(_, number)| number).sum();
        let classes: Vec<_> = classes
            .iter()
            .map(|(class, number)| format!("{class} {number}"))
            .collect();
        let name = line(group.name);
        let _ = write!(
            out,
            "  {name}{:pad$}  {:>3} {:<5}  {rows:>3} {} tested",
            "",
            group.cases.len(),
            plural(group.cases.len(), "case"),
            plural(rows, "requirement"),
            pad = width - name.width(),
        );
        if !classes.is_empty() {
            let _ = write!(out, ": {}", classes.join(", "));
        }
        if not_tested > 0 {
            let _ = write!(out, "; {not_tested} not tested");
        }
        out.push('\n');
    }
    out.push('\n');
}

/// Lists the rows of the official plan, which a reader wants to see before all others.
fn official(out: &mut String, record: &Record) {
    let Some(sentence) = official_rows_sentence(record) else {
        return;
    };
    let _ = writeln!(out, "Official test plan");
    for row in official_rows(record) {
        let requirement = &row.requirement;
        let text = match &requirement.official {
            Some(official) => &official.test,
            None => &requirement.text,
        };
        let _ = writeln!(
            out,
            "  {:<14}  {:<6}  {}",
            row_word(row),
            line(&requirement.id),
            line(text)
        );
    }
    let _ = writeln!(out, "  {}\n", line(&sentence));
}

fn requirements(out: &mut String, record: &Record) {
    let tallies = tallies(record);
    if tallies.is_empty() {
        return;
    }
    let _ = writeln!(out, "Requirements");
    for one in tallies {
        let _ = writeln!(
            out,
            "  {} {:<36} {:>3} passed, {:>3} partly, {:>3} failed, {:>3} not tested, {:>3} not applicable",
            one.class,
            class_name(one.class),
            one.passed,
            one.partly_tested,
            one.failed,
            one.not_tested,
            one.not_applicable
        );
    }
    let musts = record.requirements.iter();
    let open = musts.filter(|row| row.requirement.level == Level::Must && row.is_partly_tested());
    for (row, part) in open.filter_map(|row| Some((row, row.partly.as_ref()?))) {
        let id = line(&row.requirement.id);
        let _ = writeln!(out, "  only partly tested  {id}: {}", line(part));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Verdict;
    use crate::report::fixture::{Made, outcome};
    use plan_language::plan::Class;

    #[test]
    fn class_names_fit_their_column() {
        for class in [Class::A, Class::B, Class::C] {
            assert!(class_name(class).chars().count() <= 36, "{class}");
        }
    }

    #[test]
    fn the_slowest_five_are_named_slowest_first() {
        let mut made = Made::default();
        for (case, took_us) in [
            ("a", 1_000),
            ("b", 7_000),
            ("c", 3_000),
            ("d", 7_000),
            ("e", 2_000),
            ("f", 4_000),
        ] {
            let mut one = outcome("p", case, Verdict::Passed);
            one.took_us = took_us;
            made = made.case(one);
        }
        let mut text = String::new();
        slowest(&mut text, &made.record());
        let names: Vec<_> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split_whitespace().last())
            .collect();
        assert_eq!(names, ["b", "d", "f", "c", "e"]);
    }

    #[test]
    fn positions_of_unattributed_messages_are_bounded() {
        let mut record = Made::default().record();
        let mut says = |last| {
            record.unattributed = (1..=last).collect();
            let mut text = String::new();
            unattributed(&mut text, &record);
            text
        };
        assert_eq!(says(0), "");
        assert!(says(1).starts_with("Unattributed: 1 message, journal.jsonl 1\n"));
        assert!(says(10).contains("9, 10\n"));
        assert!(says(11).contains("9, 10, …\n"));
    }
}
