//! The checks of one case in two runs: which belong to each other, and what became of each.
//!
//! With the same plans a check is known by its step and its line; with other plans, in which steps may have moved, by
//! what it demands, without the identifiers in it.

use std::collections::{BTreeMap, VecDeque};

use crate::judge::{Check, CheckOutcome, NoEvidenceReason};

/// What a check is in one of two runs; what it was in the other one is missing where the plan did not make it there.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckPair<'a> {
    pub earlier: Option<&'a Check>,
    pub later: Option<&'a Check>,
}

/// How a check came out, as far as a comparison tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CheckState {
    Passed,
    Broken,
    Open(&'static str),
}

impl CheckState {
    fn of(check: Option<&Check>) -> Self {
        let Some(check) = check else {
            return Self::Open("is not made");
        };
        match &check.outcome {
            CheckOutcome::Pass => Self::Passed,
            CheckOutcome::Violation => Self::Broken,
            CheckOutcome::Inconclusive(_) => Self::Open("is inconclusive"),
            CheckOutcome::NotReached => Self::Open("was not reached"),
            CheckOutcome::NoEvidence(reason) => Self::Open(match reason {
                NoEvidenceReason::Precondition => "is only a precondition",
                NoEvidenceReason::ComparedNothing => "compared nothing",
                NoEvidenceReason::NotUnderTest => "judges no subject",
                NoEvidenceReason::NotApplicable => "does not apply",
            }),
        }
    }

    fn is_judged(self) -> bool {
        matches!(self, Self::Passed | Self::Broken)
    }
}

/// What became of the checks of a case, a phrase for each check.
#[derive(Debug, Default)]
pub(super) struct CheckChanges {
    /// The number of checks that were judged in the earlier run.
    pub judged_before: usize,
    /// The number of checks that are judged in the later run.
    pub judged_after: usize,
    /// Judged in the earlier run, and not in the later one.
    pub lost: Vec<String>,
    /// Violated in the later run only.
    pub broken: Vec<String>,
    /// Violated or without a conclusion in the earlier run, and passed in the later one.
    pub better: Vec<String>,
}

impl CheckChanges {
    pub(super) fn of(pairs: &[CheckPair<'_>]) -> Self {
        let mut changes = Self::default();
        for pair in pairs {
            let before = CheckState::of(pair.earlier);
            let after = CheckState::of(pair.later);
            let what = pair.later.or(pair.earlier).map_or("", |check| &check.what);
            changes.judged_before += usize::from(before.is_judged());
            changes.judged_after += usize::from(after.is_judged());
            match (before, after) {
                (CheckState::Passed | CheckState::Broken, CheckState::Open(why)) => {
                    changes.lost.push(format!("{what}: {why}"));
                }
                (CheckState::Passed | CheckState::Open(_), CheckState::Broken) => {
                    changes.broken.push(what.to_owned());
                }
                (CheckState::Broken | CheckState::Open(_), CheckState::Passed) => {
                    changes.better.push(what.to_owned());
                }
                _ => {}
            }
        }
        changes
    }
}

/// By what a check is known again.
type CheckKey = (String, u32, u32);

fn key(check: &Check, same_plans: bool) -> CheckKey {
    if same_plans {
        let place = &check.place;
        let step = format!("{} {}", check.step.as_str(), place.file);
        (step, place.line, place.column)
    } else {
        (shape(&check.what), 0, 0)
    }
}

/// Pairs the checks of a case: in the order of the earlier run, then those that only the later one made.
pub(super) fn pairs<'a>(
    earlier: &'a [Check],
    later: &'a [Check],
    same_plans: bool,
) -> Vec<CheckPair<'a>> {
    let mut left: BTreeMap<CheckKey, VecDeque<usize>> = BTreeMap::new();
    for (index, check) in later.iter().enumerate() {
        left.entry(key(check, same_plans))
            .or_default()
            .push_back(index);
    }
    let mut taken = vec![false; later.len()];
    let mut pairs: Vec<_> = earlier
        .iter()
        .map(|check| {
            let index = left
                .get_mut(&key(check, same_plans))
                .and_then(VecDeque::pop_front);
            if let Some(index) = index {
                taken[index] = true;
            }
            CheckPair {
                earlier: Some(check),
                later: index.map(|index| &later[index]),
            }
        })
        .collect();
    let only_later = later.iter().zip(taken).filter(|(_, taken)| !taken);
    pairs.extend(only_later.map(|(check, _)| CheckPair {
        earlier: None,
        later: Some(check),
    }));
    pairs
}

/// Writes what a check demands without the identifiers in it, which differ in every run.
fn shape(what: &str) -> String {
    let is_part = |one: char| one.is_ascii_alphanumeric() || one == '-' || one == '_';
    let mut shape = String::with_capacity(what.len());
    let mut rest = what;
    while let Some(start) = rest.find(is_part) {
        shape.push_str(&rest[..start]);
        let word = &rest[start..];
        let end = word.find(|one| !is_part(one)).unwrap_or(word.len());
        shape.push_str(if is_identifier(&word[..end]) {
            "…"
        } else {
            &word[..end]
        });
        rest = &word[end..];
    }
    shape + rest
}

/// Tells whether a word is an identifier: a long one with digits. A status or a short name is none.
fn is_identifier(word: &str) -> bool {
    word.len() >= 16 && word.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_go_and_statuses_stay() {
        assert_eq!(
            shape(
                "PATCH /v1/authorisations/100e9427-0d43-4141-878c-c6ff98416d99 at service responds 204"
            ),
            "PATCH /v1/authorisations/… at service responds 204"
        );
        assert_eq!(shape("é `fed_before` (5)"), "é `fed_before` (5)");
    }
}
