//! The verdict of the run, and the exit code that follows from it. Pure.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::exit_code::ExitCode;
use crate::judge::trace::{RequirementOutcome, TracedRequirement};
use crate::judge::verdict::Verdict;
use plan_language::participant::Mode;
use plan_language::plan::{Level, Requirement};

/// The verdict of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum RunVerdict {
    /// A rehearsal in which every case passed or was skipped, and at least one passed.
    RehearsalPassed,
    /// A rehearsal in which a case failed or was inconclusive.
    RehearsalFailed,
    /// Every MUST that applies was tested in all its parts and passed.
    Conformant,
    /// The same, but for requirements that failed and are waived.
    ConformantExcept {
        /// Their ids, in the catalogue's order.
        waived: Vec<Arc<str>>,
    },
    /// No requirement that counts failed, but a MUST that applies was not tested, or only partly, or a case was
    /// inconclusive.
    Incomplete {
        /// The ids of the requirements that were not tested, in the catalogue's order.
        not_tested: Vec<Arc<str>>,
        /// The ids of those that passed although a part of them was not tested, in the catalogue's order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        partly_tested: Vec<Arc<str>>,
    },
    /// A requirement that counts failed, and is not waived.
    NotConformant,
    /// Every case was skipped, or none was selected.
    NothingTested,
}

impl RunVerdict {
    /// Returns the word for the verdict, as reports write it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::RehearsalPassed => "REHEARSAL PASSED",
            Self::RehearsalFailed => "REHEARSAL FAILED",
            Self::Conformant => "CONFORMANT",
            Self::ConformantExcept { .. } => "CONFORMANT EXCEPT",
            Self::Incomplete { .. } => "INCOMPLETE",
            Self::NotConformant => "NOT CONFORMANT",
            Self::NothingTested => "NOTHING TESTED",
        }
    }
}

/// Everything on which the verdict of a run depends.
#[derive(Clone, Copy, Debug)]
pub struct RunFacts<'a> {
    /// Which participants were live.
    pub mode: Mode,
    /// Whether a failing SHOULD counts.
    pub strict: bool,
    /// The verdicts of the selected cases (see [`Outcome::run_verdicts`](crate::judge::Outcome::run_verdicts)).
    pub verdicts: &'a [Verdict],
    /// The requirements, in the catalogue's order.
    pub requirements: &'a [Arc<Requirement>],
    /// Their outcomes, in the same order.
    pub traced: &'a [TracedRequirement],
    /// Whether the run left a part of them open, in the same order.
    pub left_open: &'a [bool],
    /// Whether its failure is waived, in the same order.
    pub waived: &'a [bool],
}

/// Returns whether a failure of a requirement of this level counts; a failure that does not count is a warning.
pub fn counts(level: Level, strict: bool) -> bool {
    match level {
        Level::Must => true,
        Level::Should => strict,
        Level::May => false,
    }
}

/// Returns the verdict of a run.
pub fn judge_run(facts: RunFacts<'_>) -> RunVerdict {
    let any = |verdict| facts.verdicts.contains(&verdict);
    if facts.mode == Mode::Rehearsal {
        return if any(Verdict::Failed) || any(Verdict::Inconclusive) {
            RunVerdict::RehearsalFailed
        } else if any(Verdict::Passed) {
            RunVerdict::RehearsalPassed
        } else {
            RunVerdict::NothingTested
        };
    }
    let rows = || facts.requirements.iter().zip(facts.traced);
    let failed = rows().zip(facts.waived).filter(|((req, row), _)| {
        row.outcome == RequirementOutcome::Failed && counts(req.level, facts.strict)
    });
    if failed.clone().any(|(_, waived)| !waived) {
        return RunVerdict::NotConformant;
    }
    let waived: Vec<_> = failed.map(|((req, _), _)| req.id.clone()).collect();
    if !any(Verdict::Passed) && !any(Verdict::Inconclusive) && !any(Verdict::Failed) {
        return RunVerdict::NothingTested;
    }
    let musts = |outcome| {
        rows()
            .zip(facts.left_open)
            .filter(move |((req, row), _)| req.level == Level::Must && row.outcome == outcome)
    };
    let not_tested: Vec<_> = musts(RequirementOutcome::NotTested)
        .map(|((req, _), _)| req.id.clone())
        .collect();
    let partly_tested: Vec<_> = musts(RequirementOutcome::Passed)
        .filter(|(_, left_open)| **left_open)
        .map(|((req, _), _)| req.id.clone())
        .collect();
    let proven = musts(RequirementOutcome::Passed).next().is_some();
    let whole = not_tested.is_empty() && partly_tested.is_empty();
    if whole && proven && !any(Verdict::Inconclusive) {
        if waived.is_empty() {
            RunVerdict::Conformant
        } else {
            RunVerdict::ConformantExcept { waived }
        }
    } else {
        RunVerdict::Incomplete {
            not_tested,
            partly_tested,
        }
    }
}

/// Returns the exit code of a finished run.
///
/// `verdicts` are those of [`RunFacts`]. The command line decides the other codes, before and after.
pub fn exit_code(verdict: &RunVerdict, verdicts: &[Verdict], certify: bool) -> ExitCode {
    let inconclusive = verdicts.contains(&Verdict::Inconclusive);
    match verdict {
        RunVerdict::NotConformant => ExitCode::Failed,
        RunVerdict::RehearsalFailed if verdicts.contains(&Verdict::Failed) => ExitCode::Failed,
        RunVerdict::RehearsalFailed => ExitCode::Inconclusive,
        _ if inconclusive => ExitCode::Inconclusive,
        RunVerdict::NothingTested => ExitCode::NotTested,
        // Warnings alone prove as little as no case.
        RunVerdict::Incomplete { .. } if certify || !verdicts.contains(&Verdict::Passed) => {
            ExitCode::NotTested
        }
        RunVerdict::ConformantExcept { .. } if certify => ExitCode::NotTested,
        RunVerdict::Incomplete { .. }
        | RunVerdict::RehearsalPassed
        | RunVerdict::Conformant
        | RunVerdict::ConformantExcept { .. } => ExitCode::Success,
    }
}
