//! Changes of cases: from their verdicts, whether they were selected, and what became of their checks.

use std::collections::BTreeMap;

use crate::comparison::change::{Aspect, ChangeKind, RunChange};
use crate::comparison::check::{CheckChanges, pairs};
use crate::comparison::setting::same_plans;
use crate::judge::{Check, Outcome, Verdict};
use crate::number::count;
use crate::record::Record;

/// Returns the kind of the change from one verdict to another; `None` if nothing changed. A case without a verdict was
/// not selected.
///
/// A case that failed or was inconclusive, and is left out, is evidence lost as well.
fn kind(earlier: Option<Verdict>, later: Option<Verdict>) -> Option<ChangeKind> {
    use Verdict::{Failed, Inconclusive, Passed, Skipped};
    if earlier == later {
        return None;
    }
    Some(match (earlier, later) {
        (_, Some(Failed | Inconclusive)) => ChangeKind::NewFailure,
        (_, Some(Passed)) => ChangeKind::Better,
        (_, None) | (Some(Passed | Failed), Some(Skipped)) => ChangeKind::EvidenceLost,
        _ => ChangeKind::Changed,
    })
}

/// Adds the changes of cases: in the order of the earlier run, then the cases that only the later one has.
pub(super) fn compare(changes: &mut Vec<RunChange>, earlier: &Record, later: &Record) {
    let same_plans = same_plans(&earlier.header, &later.header);
    let before = by_id(earlier);
    let after = by_id(later);
    for case in &earlier.cases {
        match after.get(&*case.case) {
            None => changes.extend(moved(Some(case), None)),
            Some(now) => of_both(changes, case, now, same_plans),
        }
    }
    for case in &later.cases {
        if !before.contains_key(&*case.case) {
            changes.extend(moved(None, Some(case)));
        }
    }
}

fn by_id(record: &Record) -> BTreeMap<&str, &Outcome> {
    let cases = record.cases.iter();
    cases.map(|case| (&*case.case, case)).collect()
}

fn words(case: Option<&Outcome>) -> &'static str {
    case.map_or("not selected", |case| case.verdict.as_str())
}

/// Returns the change of a case itself.
fn moved(earlier: Option<&Outcome>, later: Option<&Outcome>) -> Option<RunChange> {
    let verdict = |case: Option<&Outcome>| case.map(|case| case.verdict);
    let kind = kind(verdict(earlier), verdict(later))?;
    let id = later.or(earlier).map_or("", |case| &case.case);
    let change = RunChange::new(kind, Aspect::Case, id, words(earlier), words(later));
    let reason = later.and_then(|case| case.reason.clone());
    let judged = earlier.filter(|_| kind == ChangeKind::EvidenceLost);
    let judged = judged.and_then(|case| {
        let judged = CheckChanges::of(&pairs(&case.checks, &[], true)).judged_before;
        (judged > 0).then(|| format!("{} judged before", count(judged, "check")))
    });
    Some(change.with(reason.into_iter().chain(judged)))
}

/// Adds the changes of a case that both runs selected.
fn of_both(changes: &mut Vec<RunChange>, earlier: &Outcome, later: &Outcome, same_plans: bool) {
    let id = &*later.case;
    let checks = CheckChanges::of(&pairs(&earlier.checks, &later.checks, same_plans));
    let judged = |number| format!("{} judged", count(number, "check"));
    let of_checks = |kind, details: &[String]| {
        let (before, after) = (judged(checks.judged_before), judged(checks.judged_after));
        let change = RunChange::new(kind, Aspect::Checks, id, before, after);
        (!details.is_empty()).then(|| change.with(details.iter().cloned()))
    };
    let moved = moved(Some(earlier), Some(later));
    let kind = moved.as_ref().map(|change| change.kind);
    // A case that is left out says itself how many checks went with it.
    if kind != Some(ChangeKind::EvidenceLost) {
        changes.extend(of_checks(ChangeKind::EvidenceLost, &checks.lost));
    }
    // What a case that fails now broke is part of the change of the case.
    if kind.is_none() {
        changes.extend(of_checks(ChangeKind::NewFailure, &checks.broken));
        changes.extend(of_checks(ChangeKind::Better, &checks.better));
    }
    changes.extend(moved.map(|change| {
        // The first one is the reason already.
        let reason = later.reason.as_deref();
        let further = checks
            .broken
            .iter()
            .filter(|what| Some(what.as_str()) != reason);
        change.with(further.cloned())
    }));
    teardown(changes, earlier, later);
}

/// Adds the change of a teardown: a verdict never depends on it.
fn teardown(changes: &mut Vec<RunChange>, earlier: &Outcome, later: &Outcome) {
    let number = |case: &Outcome| case.broken_teardown().count();
    let (before, after) = (number(earlier), number(later));
    if before != after {
        let not_held = |number| format!("{} not held", count(number, "check"));
        let whats = later
            .broken_teardown()
            .map(|check: &Check| check.what.clone());
        let change = RunChange::new(
            ChangeKind::Changed,
            Aspect::Teardown,
            &later.case,
            not_held(before),
            not_held(after),
        );
        changes.push(change.with(whats));
    }
}
