//! The head of the console output: the facts that a reader needs before the results.

use std::fmt::Write;

use colored::Colorize;

use crate::number::count;
use crate::record::Record;
use crate::report::answer::{NOT_ISSUED_BY_SAGE, watermark};
use crate::report::number::ids;
use crate::report::official::official_rows_sentence;
use crate::report::plain::{cut, line};
use crate::report::run_facts::subject;
use crate::report::testable_here::testable;
use plan_language::participant::Mode;

/// Bytes of a reason that one line shows.
const WHY_BYTES_MAX: usize = 400;

/// Writes which run it was; ends with a line break.
pub(super) fn run(record: &Record) -> String {
    let header = &record.header;
    let mut out = format!(
        "feedproof {}, {NOT_ISSUED_BY_SAGE}\n",
        line(&header.version)
    );
    match subject(record) {
        Some(subject) => add(&mut out, "subject", &subject),
        None if header.mode == Mode::Rehearsal => {}
        None => add(&mut out, "subject", "not named"),
    }
    add(&mut out, "mode", header.mode.as_str());
    add(&mut out, "started", &header.started);
    if let Some(notice) = watermark(header.mode) {
        let _ = writeln!(out, "{}", notice.bold());
    }
    out
}

fn add(out: &mut String, name: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{} {}", format!("{name:<12}").dimmed(), line(value));
}

/// Writes the facts about the run that a reader needs next; ends with a line break.
pub(super) fn facts(record: &Record) -> String {
    let header = &record.header;
    let mut out = String::new();
    let mut add = |name: &str, value: &str| add(&mut out, name, value);
    if let Some(sentence) = official_rows_sentence(record) {
        add("official", &sentence);
    }
    add("environment", &header.environment);
    add("plans", &header.provenance);
    if header.filtered_out > 0 {
        add("filtered out", &count(header.filtered_out, "case"));
    }
    if header.strict {
        add("strict", "a failing SHOULD is a failure");
    }
    if !header.faults.is_empty() {
        add("faults", &header.faults.join(", "));
    }
    for relaxation in &header.limits_loosened {
        add("limits loosened", relaxation);
    }
    if !record.requirements.is_empty() {
        let here = testable(record);
        add("testable", &here.sentence);
        for (why, list) in here.causes() {
            add(
                "  not",
                &format!("{}: {}", ids(&list), cut(why, WHY_BYTES_MAX)),
            );
        }
    }
    out
}
