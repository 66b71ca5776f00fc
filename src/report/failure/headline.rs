//! The first line of a failure: the participant to blame and the problem.

use crate::journal::{Fact, Seq};
use crate::judge::{Check, CheckOutcome, Finding, Verdict};
use crate::record::{Outcome, Record};
use crate::report::failure::refusal::refusal;
use crate::report::failure::{
    BRIEF_BYTES_MAX, SENTENCE_BYTES_MAX, VALUE_BYTES_MAX, before_unwanted, difference,
};
use crate::report::label::party;
use crate::report::number::more;
use crate::report::plain::{cut, line};
use plan_language::participant::{Mode, Participant};

/// Names in one line the participant to blame and the problem of a case; `None` if it passed or was skipped.
pub fn headline(record: &Record, outcome: &Outcome) -> Option<String> {
    let mut broken = outcome.broken();
    let text = match outcome.verdict {
        Verdict::Passed | Verdict::Skipped => return None,
        Verdict::Inconclusive => {
            let reason = outcome
                .reason
                .as_deref()
                .unwrap_or("no reason was recorded");
            let first = broken.next();
            let refused = first.and_then(|check| refusal(record, outcome, check));
            let refused = refused.map_or(String::new(), |refused| format!("{refused}; "));
            let text = format!(
                "inconclusive: {refused}{}",
                cut(&line(reason), SENTENCE_BYTES_MAX)
            );
            match first.and_then(found) {
                Some(found) => format!("{text}; {found}"),
                None => text,
            }
        }
        Verdict::Failed => match broken.next() {
            Some(check) => blame(record, outcome, check),
            None => {
                let reason = outcome.reason.as_deref().unwrap_or("no check says why");
                format!("failed: {}", cut(&line(reason), SENTENCE_BYTES_MAX))
            }
        },
    };
    let further = broken.count();
    Some(match (outcome.verdict, further) {
        (Verdict::Failed, 1..) => format!("{text} (and {})", more(further, "check")),
        _ => text,
    })
}

/// Writes the first line about a failed or inconclusive check.
pub(super) fn blame(record: &Record, outcome: &Outcome, check: &Check) -> String {
    let cited = check.requirement.join(", ");
    let what = line(&check.what);
    let what = cut(&what, SENTENCE_BYTES_MAX);
    let who = party(culprit(record, check), record.header.mode);
    let refused = refusal(record, outcome, check);
    let refused = refused.map_or(String::new(), |refused| format!("{refused}; "));
    let head = match &check.outcome {
        CheckOutcome::Violation => format!("{who} broke {cited}: {refused}{what}"),
        CheckOutcome::Inconclusive(why) => {
            let text = format!(
                "inconclusive: {refused}{what}: {}",
                cut(&line(why), SENTENCE_BYTES_MAX)
            );
            return match found(check) {
                Some(found) => format!("{text}; {found}"),
                None => text,
            };
        }
        _ => return what.into_owned(),
    };
    match &check.finding {
        Finding::Broke { differences } => match differences.first() {
            Some(first) => {
                // That it is as expected is what was demanded; it reads badly where it is not.
                let head = head
                    .trim_end_matches(" is as expected")
                    .trim_end_matches(" as expected");
                let rest = refused_evidence(record, check).unwrap_or_default();
                format!("{head}; {}{rest}", difference::brief(first))
            }
            None => head,
        },
        Finding::Missed(miss) => {
            let before = before_unwanted(check).and_then(|seq| after(record, seq));
            format!(
                "{who} broke {cited}: {refused}expected that {what}{}, but {}",
                before.unwrap_or_default(),
                cut(&line(&miss.why), VALUE_BYTES_MAX)
            )
        }
        _ => head,
    }
}

/// Names the exchange after which a message must not come, and how it ended; `None` if no exchange is there.
fn after(record: &Record, seq: Seq) -> Option<String> {
    let exchange = record.exchange(seq)?;
    let title = exchange.message()?.title();
    let title = cut(&title, BRIEF_BYTES_MAX);
    let ended = match exchange.end.map(|end| &end.fact) {
        Some(Fact::Answer { message, .. }) => message.status.map(|status| format!(" → {status}")),
        _ => None,
    };
    Some(format!(
        " after {}{}",
        line(&title),
        ended.unwrap_or_default()
    ))
}

/// Says that the evidence of a failed check was refused, where that is so: it explains the failure.
fn refused_evidence(record: &Record, check: &Check) -> Option<String> {
    let exchange = record.exchange(check.evidence?.seq)?;
    let became = match &exchange.end?.fact {
        Fact::Answer { message, .. } => match message.status? {
            status @ 400.. => format!("got the response {status}"),
            _ => return None,
        },
        Fact::Broken { .. } => "got no response".to_owned(),
        _ => return None,
    };
    let title = exchange.message()?.title();
    let title = cut(&title, BRIEF_BYTES_MAX);
    Some(format!("; its evidence, {}, {became}", line(&title)))
}

/// Says in part of a line what a check found; `None` where its outcome says it.
fn found(check: &Check) -> Option<String> {
    match &check.finding {
        Finding::Broke { differences } => differences.first().map(difference::brief),
        Finding::Missed(miss) => Some(cut(&line(&miss.why), VALUE_BYTES_MAX).into_owned()),
        _ => None,
    }
}

/// Returns the participant that a failed check blames: the one whose behaviour it judges, or the sender of the
/// evidence where the other is not under test.
fn culprit(record: &Record, check: &Check) -> Participant {
    let mode = record.header.mode;
    let is_named = |participant: Participant| {
        let mut rows = check.requirement.iter().filter_map(|id| record.row(id));
        rows.any(|row| row.requirement.subject.contains(&participant))
    };
    // In a rehearsal every participant is under test, and the requirement names its subject.
    let answers = |participant| {
        is_named(participant) && (mode == Mode::Rehearsal || mode.is_live(participant))
    };
    match check.evidence {
        Some(rest) if !answers(check.party) => rest.party,
        _ => check.party,
    }
}
