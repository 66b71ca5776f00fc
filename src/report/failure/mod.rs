//! Why a case failed or is inconclusive, as plain text.
//!
//! The first line names the participant to blame and the problem. The rest proves it: the requirement with its
//! source, the place in the plan, expected and actual values, the exchange, the origins of values, and the command
//! that runs the case alone. Console and JUnit show the same text; only the console colours and wraps it.

mod cause;
mod clause;
mod curl;
mod difference;
mod exchange;
mod headline;
mod plan_line;
mod refusal;

use std::sync::Arc;

use crate::journal::Seq;
use crate::judge::{Check, CheckOutcome, Finding, Miss, MissKind, NoEvidenceReason, Verdict};
use crate::number::count;
use crate::record::{Outcome, Record};
use crate::report::lines::{LineStyle, Lines};
use crate::report::number::{ids, more};
use crate::report::plain::{cut, line};
use plan_language::participant::Mode;
use plan_language::plan::Place;

use headline::blame;
pub use headline::headline;
pub(super) use refusal::refusals;

/// Number of failed checks of one case that are shown in full.
const CHECKS_MAX: usize = 10;
/// Bytes of a value, an address or a sentence from outside in one line.
const VALUE_BYTES_MAX: usize = 400;
/// Bytes of a sentence in the first line.
const SENTENCE_BYTES_MAX: usize = 1_000;
/// Bytes of a value in the first line.
const BRIEF_BYTES_MAX: usize = 200;

/// Says why a case failed or is inconclusive, as plain text of several lines without a line break at its end;
/// `None` if it passed or was skipped.
///
/// The first line is the [`headline`]; every place of a plan has a line of its own: ` --> plans/x.yaml:12:7`.
pub fn failure(record: &Record, outcome: &Outcome) -> Option<String> {
    told(record, outcome).map(Lines::finish)
}

/// The parts of a failure that were added before, and are not repeated.
#[derive(Default)]
struct AlreadyShown {
    requirements: Vec<Arc<str>>,
    exchanges: Vec<Seq>,
    values: Vec<String>,
}

/// Builds the lines of [`failure`].
pub(super) fn told(record: &Record, outcome: &Outcome) -> Option<Lines> {
    let mut lines = Lines::default();
    let mut told = AlreadyShown::default();
    lines.look(LineStyle::Headline, headline(record, outcome)?);
    let broken: Vec<_> = outcome.broken().collect();
    for (index, check) in broken.iter().take(CHECKS_MAX).enumerate() {
        if index > 0 {
            lines.gap();
            lines.look(LineStyle::Headline, blame(record, outcome, check));
        }
        section(&mut lines, (record, outcome), check, &mut told);
    }
    if let Some(rest) = broken.get(CHECKS_MAX..).filter(|rest| !rest.is_empty()) {
        lines.gap();
        lines.add(format!("{} failed", more(rest.len(), "check")));
        lines.within(|lines| rest.iter().for_each(|check| lines.add(brief(check))));
    }
    if broken.is_empty() {
        unreached(&mut lines, record, outcome);
    }
    if outcome.verdict == Verdict::Failed {
        inconclusive(&mut lines, record, outcome);
    }
    lines.gap();
    lines.add(balance(outcome));
    lines.add(format!("run this case alone: {}", command(record, outcome)));
    Some(lines)
}

fn section(
    lines: &mut Lines,
    (record, outcome): (&Record, &Outcome),
    check: &Check,
    told: &mut AlreadyShown,
) {
    clause::add(lines, record, check, &mut told.requirements);
    lines.gap();
    let at = pointed_at(check);
    plan_line::add(lines, record, at);
    match &check.finding {
        Finding::Broke { differences } => {
            lines.gap();
            difference::add(lines, record, differences, at);
        }
        Finding::Missed(Miss {
            nearest: Some(nearest),
            ..
        }) if !nearest.differences.is_empty() => {
            lines.gap();
            let message = cut(&nearest.message, VALUE_BYTES_MAX);
            let message = line(&message);
            let differs = count(nearest.differences.len(), "difference");
            lines.look(
                LineStyle::Heading,
                format!("closest message: {message}, {differs}"),
            );
            lines.within(|lines| difference::add(lines, record, &nearest.differences, at));
        }
        _ => {}
    }
    let concerned = concerned(check);
    let exchanges = ("exchange", concerned.as_slice());
    exchange::add(lines, record, exchanges, &mut told.exchanges);
    if let Some(rest) = check.evidence {
        let exchanges: (_, &[Seq]) = ("evidence", &[rest.seq]);
        exchange::add(lines, record, exchanges, &mut told.exchanges);
    }
    if let Some(before) = before_unwanted(check) {
        let exchanges: (_, &[Seq]) = ("it came after", &[before]);
        exchange::add(lines, record, exchanges, &mut told.exchanges);
    }
    let act = cause::of(record, outcome, check);
    if let Some(act) = &act {
        cause::add(lines, record, act, &mut told.exchanges);
    }
    values(lines, check, told);
    let first = concerned
        .iter()
        .copied()
        .chain(act.and_then(|act| act.exchange()))
        .find_map(|seq| record.exchange(seq));
    if let Some(command) = first.as_ref().and_then(curl::curl) {
        lines.gap();
        lines.look(LineStyle::Heading, "repeat the request");
        lines.within(|lines| lines.add(command));
    }
}

/// Adds the origins of the values of a check, unless they were added before.
fn values(lines: &mut Lines, check: &Check, told: &mut AlreadyShown) {
    let known = |name: &String| told.values.contains(name);
    let new: Vec<_> = check
        .values
        .iter()
        .filter(|value| !known(&value.name))
        .collect();
    if new.is_empty() {
        return;
    }
    lines.gap();
    lines.look(LineStyle::Heading, "values");
    lines.within(|lines| {
        for one in &new {
            let value = difference::shown(&one.value, VALUE_BYTES_MAX);
            lines.sentence(format!(
                "${{{}}} = {value}, {}",
                one.name,
                line(&one.origin)
            ));
        }
    });
    told.values
        .extend(new.into_iter().map(|value| value.name.clone()));
}

/// Returns the place to point at: that of the first difference, if it is in the line of the check.
fn pointed_at(check: &Check) -> &Place {
    match &check.finding {
        Finding::Broke { differences } => differences
            .first()
            .map(|difference| &difference.place)
            .filter(|place| place.file == check.place.file && place.line == check.place.line)
            .unwrap_or(&check.place),
        _ => &check.place,
    }
}

/// Lists the positions of the messages of a failed check that are shown.
fn concerned(check: &Check) -> Vec<Seq> {
    let nearest = match &check.finding {
        Finding::Missed(miss) => {
            let nearest = miss.nearest.as_ref().map(|nearest| nearest.seq);
            // Of what came although it must not the rest of the evidence shows only that it was over.
            if !miss.kind.is_lack()
                && let Some(unwanted) = nearest
            {
                return vec![unwanted];
            }
            nearest
        }
        _ => None,
    };
    // The message on which the check depends is shown as such.
    let rest = check.evidence.map(|rest| rest.seq);
    let messages = check.messages.iter().copied();
    nearest
        .into_iter()
        .chain(messages.filter(|seq| Some(*seq) != rest))
        .collect()
}

/// Returns the position of the message after which a message must not have come: often it is the one that was accepted
/// although it must be refused.
fn before_unwanted(check: &Check) -> Option<Seq> {
    match &check.finding {
        Finding::Missed(miss) if miss.kind == MissKind::Unwanted => Some(miss.since),
        _ => None,
    }
}

/// Adds the checks of a failed case that are inconclusive.
fn inconclusive(lines: &mut Lines, record: &Record, outcome: &Outcome) {
    for check in &outcome.checks {
        if let CheckOutcome::Inconclusive(why) = &check.outcome {
            lines.gap();
            let what = line(&check.what);
            let what = cut(&what, SENTENCE_BYTES_MAX);
            let why = cut(&line(why), SENTENCE_BYTES_MAX).into_owned();
            lines.look(LineStyle::Headline, format!("inconclusive: {what}: {why}"));
            plan_line::add(lines, record, &check.place);
        }
    }
}

/// Adds the checks that an inconclusive case did not reach, or that compared nothing.
fn unreached(lines: &mut Lines, record: &Record, outcome: &Outcome) {
    let open: Vec<_> = outcome
        .checks
        .iter()
        .filter(|check| {
            matches!(
                check.outcome,
                CheckOutcome::NotReached
                    | CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing)
            )
        })
        .collect();
    if open.is_empty() {
        plan_line::add(lines, record, &outcome.place);
    }
    for check in open.iter().take(CHECKS_MAX) {
        let word = match check.outcome {
            CheckOutcome::NotReached => "not reached",
            _ => "compared nothing",
        };
        lines.sentence(format!("{word}: {}", line(&check.what)));
        plan_line::add(lines, record, &check.place);
    }
    if open.len() > CHECKS_MAX {
        lines.add(format!("and {}", more(open.len() - CHECKS_MAX, "check")));
    }
}

/// Counts the checks of a case by outcome, so that the failed one hides none.
fn balance(outcome: &Outcome) -> String {
    let number = |wanted: fn(&CheckOutcome) -> bool| {
        outcome
            .checks
            .iter()
            .filter(|check| wanted(&check.outcome))
            .count()
    };
    let parts = [
        (
            number(|outcome| matches!(outcome, CheckOutcome::Pass | CheckOutcome::NoEvidence(_))),
            "passed",
        ),
        (
            number(|outcome| matches!(outcome, CheckOutcome::Violation)),
            "failed",
        ),
        (
            number(|outcome| matches!(outcome, CheckOutcome::Inconclusive(_))),
            "inconclusive",
        ),
        (
            number(|outcome| matches!(outcome, CheckOutcome::NotReached)),
            "not reached",
        ),
    ];
    let parts: Vec<_> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let mut unreached = Vec::new();
    for check in &outcome.checks {
        for id in &check.requirement {
            if check.outcome == CheckOutcome::NotReached && !unreached.contains(id) {
                unreached.push(id.clone());
            }
        }
    }
    if parts.is_empty() {
        return "checks: none".to_owned();
    }
    let balance = format!("checks: {}", parts.join(", "));
    if unreached.is_empty() {
        balance
    } else {
        format!("{balance} ({})", ids(&unreached))
    }
}

/// Writes a check in one line, with its place.
fn brief(check: &Check) -> String {
    let what = line(&check.what);
    format!(
        "{} [{}] {}",
        cut(&what, VALUE_BYTES_MAX),
        check.requirement.join(", "),
        check.place
    )
}

/// Writes the command that runs a case alone with the same faults and the same changes of the environment.
fn command(record: &Record, outcome: &Outcome) -> String {
    let mut command = "feedproof run".to_owned();
    if record.header.mode != Mode::Rehearsal {
        command.push_str(" --environment FILE");
    }
    for fault in &record.header.faults {
        command = format!("{command} --fault {}", quoted(fault));
    }
    for change in &record.header.changed_values {
        command = format!("{command} --set {}", quoted(change));
    }
    format!("{command} --exact --filter {}", quoted(&outcome.case))
}

/// Quotes a word for a shell, if necessary.
fn quoted(word: &str) -> String {
    let safe = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '/' | '-' | '_' | '.' | ':' | '=')
    };
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", line(word).replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
