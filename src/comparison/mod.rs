//! The comparison of two runs: what changed from the earlier one to the later one, what is worse first. Pure.
//!
//! Compared are verdicts, outcomes, settings, response statuses and counts, never bodies, identifiers, ports or times of
//! day, which differ in every run: two runs of one program with the same plans and settings differ in nothing. Texts of
//! a record only explain a change; no text makes one. How a comparison is shown is left to `report`, and whether the
//! records say what their journals give to the caller.

mod case;
mod change;
mod check;
mod condition;
mod requirement;
mod setting;
mod traffic;

use crate::record::Record;

pub use change::{Aspect, ChangeKind, RunChange};

/// The version of the format of a comparison as JSON.
pub const FORMAT: u32 = 1;

/// What changed between two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The changes in the order of [`ChangeKind`], those of one kind in the order of [`Aspect`].
    pub changes: Vec<RunChange>,
}

/// The answer of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonAnswer {
    /// Something got worse.
    Worse,
    /// Nothing got worse, and something got better.
    Better,
    /// Something changed that is neither better nor worse.
    Changed,
    /// Nothing changed.
    Same,
}

impl ComparisonAnswer {
    /// All answers, the worst first.
    pub const ALL: [Self; 4] = [Self::Worse, Self::Changed, Self::Better, Self::Same];

    /// Returns the word for the answer.
    pub fn word(self) -> &'static str {
        match self {
            Self::Worse => "WORSE",
            Self::Better => "BETTER",
            Self::Changed => "CHANGED",
            Self::Same => "NOTHING CHANGED",
        }
    }
}

impl Comparison {
    /// Lists the changes of a kind.
    pub fn of_kind(&self, kind: ChangeKind) -> impl Iterator<Item = &RunChange> {
        self.changes
            .iter()
            .filter(move |change| change.kind == kind)
    }

    /// Lists what got worse.
    pub fn worse(&self) -> impl Iterator<Item = &RunChange> {
        self.changes.iter().filter(|change| change.kind.is_worse())
    }

    /// Returns the answer.
    pub fn answer(&self) -> ComparisonAnswer {
        if self.worse().next().is_some() {
            ComparisonAnswer::Worse
        } else if self.of_kind(ChangeKind::Better).next().is_some() {
            ComparisonAnswer::Better
        } else if self.changes.is_empty() {
            ComparisonAnswer::Same
        } else {
            ComparisonAnswer::Changed
        }
    }
}

/// Compares two runs.
///
/// A record without events, which was read without its journal, has no messages to compare.
pub fn compare(earlier: &Record, later: &Record) -> Comparison {
    let mut changes = Vec::new();
    condition::answer(&mut changes, earlier, later);
    requirement::compare(&mut changes, earlier, later);
    case::compare(&mut changes, earlier, later);
    condition::compare(&mut changes, earlier, later);
    setting::compare(&mut changes, &earlier.header, &later.header);
    traffic::compare(&mut changes, earlier, later);
    // The sort is stable: what is about one aspect keeps its order.
    changes.sort_by_key(|change| (change.kind, change.aspect));
    Comparison { changes }
}

#[cfg(test)]
mod tests;
