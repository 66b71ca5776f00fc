//! Annotations for GitHub: workflow commands that put errors on the lines of the plans.
//!
//! A failed case is an error on the line of its failed check, or a warning if only a SHOULD failed that does not
//! count. Cases that are inconclusive because of one cause share one annotation. GitHub shows ten errors and ten
//! warnings for each step; the rest is in the log.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::judge::Verdict;
use crate::plain::{Styles, harmless};
use crate::record::{Outcome, Record};
use crate::report::answer::{AnswerTone, answer, is_warning};
use crate::report::failure::{failure, headline};
use crate::report::format::ReportFormat;
use crate::report::plain::{cut, line};
use crate::report::shared_cause;
use plan_language::plan::Place;

/// Bytes of a message; GitHub cuts what is longer than 64 KiB.
const MESSAGE_BYTES_MAX: usize = 8 << 10;
/// Bytes of a title.
const TITLE_BYTES_MAX: usize = 250;

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

/// Annotations for GitHub, printed to stdout.
#[derive(Clone, Copy, Debug)]
pub struct Annotations;

impl ReportFormat for Annotations {
    fn name(&self) -> &'static str {
        "annotations"
    }

    fn file(&self) -> Option<&'static str> {
        None
    }

    fn about(&self) -> &'static str {
        "GitHub workflow commands that put errors on the lines of the plans: `feedproof report DIR --annotations github`"
    }

    fn render(&self, record: &Record) -> Vec<u8> {
        github(record).into_bytes()
    }
}

/// Writes the annotations, one line each, in plan order; the last one is the answer of the run, unless it is good.
pub fn github(record: &Record) -> String {
    let mut out = String::new();
    let mut told = BTreeSet::new();
    for outcome in &record.cases {
        if !matches!(outcome.verdict, Verdict::Failed | Verdict::Inconclusive) {
            continue;
        }
        let cause = record
            .causes
            .iter()
            .find(|cause| cause.cases.contains(&outcome.case));
        if let Some(cause) = cause {
            if !told.insert(cause.cases.first()) {
                continue;
            }
            let title = shared_cause::title(cause);
            let reason = shared_cause::reason(record, cause);
            let message = format!("{reason}\n{}", cause.cases.join("\n"));
            command(&mut out, "error", &place(outcome), &title, &message);
            continue;
        }
        let title = headline(record, outcome).unwrap_or_default();
        let message = failure(record, outcome).unwrap_or_default();
        command(
            &mut out,
            level(record, outcome),
            &place(outcome),
            &title,
            &message,
        );
    }
    for outcome in &record.cases {
        for check in outcome.broken_teardown() {
            let title = format!("teardown of {} failed", outcome.case);
            command(&mut out, "warning", &check.place, &title, &check.what);
        }
    }
    let answer = answer(record);
    let level = match answer.tone {
        AnswerTone::Good => return out,
        AnswerTone::Bad => "error",
        AnswerTone::Open => "warning",
    };
    let _ = writeln!(
        out,
        "::{level} title={}::{}",
        property(&answer.word),
        data(&answer.sentence)
    );
    out
}

/// Returns `warning` for a case whose failed requirements do not count, otherwise `error`.
fn level(record: &Record, outcome: &Outcome) -> &'static str {
    if is_warning(record, outcome) {
        "warning"
    } else {
        "error"
    }
}

/// Returns the place of the first failed or inconclusive check of a case, or that of the case.
fn place(outcome: &Outcome) -> Place {
    let broken = outcome.broken().next();
    broken.map_or(&outcome.place, |check| &check.place).clone()
}

fn command(out: &mut String, level: &str, place: &Place, title: &str, message: &str) {
    let _ = writeln!(
        out,
        "::{level} file={},line={},col={},title={}::{}",
        property(&place.file),
        place.line,
        place.column,
        property(&cut(title, TITLE_BYTES_MAX)),
        data(&cut(message, MESSAGE_BYTES_MAX))
    );
}

/// Escapes a message as GitHub's runner unescapes it.
fn data(text: &str) -> String {
    harmless(text, Styles::Shown)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property: it ends at a comma or a colon.
fn property(text: &str) -> String {
    data(&line(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{Made, broke, failed_run, outcome, passed_rehearsal, requirement};
    use plan_language::participant::Mode;
    use plan_language::plan::{Class, Level};

    #[test]
    fn each_cause_is_told_once_and_every_line_is_a_command() {
        let text = github(&failed_run());
        let titles: Vec<_> = text
            .lines()
            .map(|line| line.split_once("title=").map_or("", |(_, rest)| rest))
            .map(|rest| rest.split("::").next().unwrap_or_default())
            .collect();
        insta::assert_snapshot!(titles.join("\n"), @r#"
        the provider broke OFF-04%3A the provider accepts the notification; status%3A expected 2xx%2C got 500
        the provider broke OFF-04%3A expected that PATCH /v1/authorisations/9 arrives at service%2C but only one came within 30 s (authorisation) that differs in body.type
        2 cases are inconclusive because of one cause
        teardown of offboarding/late failed
        NOT CONFORMANT
        "#);
        assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
        assert_eq!(github(&passed_rehearsal()), "");
    }

    #[test]
    fn nothing_ends_a_command_or_a_property() {
        let text = "50%, a: b\n::error::x";
        let mut one = outcome("p", text, Verdict::Failed);
        one.checks = vec![broke(text, Vec::new())];
        one.checks[0].place.file = text.into();
        let out = github(&Made::default().case(one).record());
        assert_eq!(out.lines().count(), 2, "{out}");
        assert!(
            out.starts_with("::error file=50%25%2C a%3A b %3A%3Aerror%3A%3Ax,line=12,col=9,title="),
            "{out}"
        );
    }

    #[test]
    fn a_broken_should_is_a_warning_unless_strict() {
        let mut one = outcome("p", "p/one", Verdict::Failed);
        one.checks = vec![broke("it is so", Vec::new())];
        let mut record = Made::default()
            .mode(Mode::Connector)
            .requirement(requirement("OFF-04", Level::Should, Class::C))
            .case(one)
            .record();
        assert!(github(&record).starts_with("::warning file="));
        record.header.strict = true;
        assert!(github(&record).starts_with("::error file="));
    }
}
