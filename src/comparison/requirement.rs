//! Changes of requirements: from their outcomes, and whether they are only partly tested.

use std::collections::BTreeSet;

use crate::comparison::change::{Aspect, ChangeKind, RunChange};
use crate::judge::RequirementOutcome;
use crate::record::{Record, RequirementRow};

/// The state of a requirement in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequirementState {
    /// Passed, in all its parts.
    Passed,
    /// Passed, and the run left a part of it open.
    PartlyTested,
    /// Failed.
    Failed,
    /// No check reached a conclusion about it.
    NotTested,
    /// Does not apply to the subject.
    NotApplicable,
    /// The catalogue of the run does not contain it.
    Missing,
}

impl RequirementState {
    fn of(row: Option<&RequirementRow>) -> Self {
        let Some(row) = row else {
            return Self::Missing;
        };
        match row.traced.outcome {
            RequirementOutcome::Passed if row.is_partly_tested() => Self::PartlyTested,
            RequirementOutcome::Passed => Self::Passed,
            RequirementOutcome::Failed => Self::Failed,
            RequirementOutcome::NotTested => Self::NotTested,
            RequirementOutcome::NotApplicable => Self::NotApplicable,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::PartlyTested => "only partly tested",
            Self::Failed => "failed",
            Self::NotTested => "not tested",
            Self::NotApplicable => "not applicable",
            Self::Missing => "not in the catalogue",
        }
    }

    fn is_tested(self) -> bool {
        matches!(self, Self::Passed | Self::PartlyTested | Self::Failed)
    }
}

/// Returns the kind of the change from one state to another; `None` if nothing changed.
///
/// A failure that is not tested any more is evidence lost: leaving the test out does not mend the subject.
fn kind(earlier: RequirementState, later: RequirementState) -> Option<ChangeKind> {
    use RequirementState::{Failed, PartlyTested, Passed};
    if earlier == later {
        return None;
    }
    Some(match (earlier, later) {
        (_, Failed) => ChangeKind::NewFailure,
        (Passed, PartlyTested) => ChangeKind::EvidenceLost,
        (_, Passed | PartlyTested) => ChangeKind::Better,
        _ if earlier.is_tested() => ChangeKind::EvidenceLost,
        _ => ChangeKind::Changed,
    })
}

/// Adds the changes of requirements: in the order of the earlier catalogue, then those that only the later one has.
pub(super) fn compare(changes: &mut Vec<RunChange>, earlier: &Record, later: &Record) {
    let mut seen = BTreeSet::new();
    for row in earlier.requirements.iter().chain(&later.requirements) {
        let id = &*row.requirement.id;
        if seen.insert(id) {
            changes.extend(change(id, earlier.row(id), later.row(id)));
        }
    }
}

fn change(
    id: &str,
    earlier: Option<&RequirementRow>,
    later: Option<&RequirementRow>,
) -> Option<RunChange> {
    let (before, after) = (RequirementState::of(earlier), RequirementState::of(later));
    let kind = kind(before, after)?;
    let change = RunChange::new(kind, Aspect::Requirement, id, before.words(), after.words());
    let why = later.and_then(|row| match after {
        RequirementState::PartlyTested => row.partly.clone(),
        RequirementState::Failed => Some(format!(
            "{}: {}",
            row.requirement.level.to_string().to_uppercase(),
            row.requirement.text
        )),
        _ => row.traced.why.clone(),
    });
    Some(change.with(why))
}
