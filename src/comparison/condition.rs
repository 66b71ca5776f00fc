//! Changes of the answer of a run, and of the conditions of a certificate.

use crate::comparison::change::{Aspect, ChangeKind, RunChange};
use crate::judge::RunVerdict;
use crate::record::{ENDED_BY_ITSELF, Record, conditions};

/// Returns how bad an answer is. A rehearsal never says anything about a connector, so its answers are only compared in
/// their order; that a live provider is missing is a condition.
fn badness(verdict: &RunVerdict) -> u8 {
    match verdict {
        RunVerdict::Conformant | RunVerdict::RehearsalPassed => 0,
        RunVerdict::ConformantExcept { .. } => 1,
        RunVerdict::Incomplete { .. } => 2,
        RunVerdict::NothingTested => 3,
        RunVerdict::NotConformant | RunVerdict::RehearsalFailed => 4,
    }
}

/// Adds the change of the answer.
pub(super) fn answer(changes: &mut Vec<RunChange>, earlier: &Record, later: &Record) {
    let (before, after) = (earlier.verdict.word(), later.verdict.word());
    if before == after {
        return;
    }
    let kind = match badness(&later.verdict).cmp(&badness(&earlier.verdict)) {
        std::cmp::Ordering::Greater => ChangeKind::NewFailure,
        std::cmp::Ordering::Less => ChangeKind::Better,
        std::cmp::Ordering::Equal => ChangeKind::Changed,
    };
    changes.push(RunChange::new(kind, Aspect::Answer, "", before, after));
}

/// Adds the conditions that are met in one run only.
pub(super) fn compare(changes: &mut Vec<RunChange>, earlier: &Record, later: &Record) {
    // Without a journal nothing tells how the run ended.
    let has_events = !earlier.events.is_empty() && !later.events.is_empty();
    let before = conditions(earlier);
    let after = conditions(later);
    for (before, after) in before.into_iter().zip(after) {
        if before.rule == ENDED_BY_ITSELF && !has_events {
            continue;
        }
        let change = |kind, earlier, later| {
            RunChange::new(kind, Aspect::Condition, before.rule, earlier, later)
        };
        match (&before.unmet, after.unmet) {
            (None, Some(why)) => {
                changes.push(change(ChangeKind::NewFailure, "met", "not met").with([why]));
            }
            (Some(_), None) => changes.push(change(ChangeKind::Better, "not met", "met")),
            _ => {}
        }
    }
}
