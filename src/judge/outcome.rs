//! The outcome of one case, as records and reports hold it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::journal::Micros;
use crate::judge::check::{Check, CheckOutcome, NoEvidenceReason};
use crate::judge::verdict::Verdict;
use plan_language::plan::Place;

/// The outcome of a case: its verdict, with the checks from which it follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The id of the case.
    pub case: Arc<str>,
    /// The name of its plan.
    pub plan: Arc<str>,
    /// The place of the case in its plan.
    pub place: Place,
    /// The title: what the case tests.
    pub title: String,
    /// What the case expects, in one sentence.
    pub expected: String,
    /// Ids of the requirements that the case cites.
    pub requirement: Vec<Arc<str>>,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason; `None` for a case that passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the case was skipped because the environment declares a feature differently.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declared: bool,
    /// When the case began, in microseconds since the run began.
    pub started_us: Micros,
    /// How long the case took, without queueing, in microseconds.
    pub took_us: Micros,
    /// Its checks, in the order of its steps; empty for a case that was skipped before it began.
    pub checks: Vec<Check>,
    /// The checks of its teardown, on which the verdict does not depend.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teardown: Vec<Check>,
}

impl Outcome {
    /// Lists the checks that decided against the case: violations, or what made it inconclusive.
    pub fn broken(&self) -> impl Iterator<Item = &Check> {
        let failed = self.verdict == Verdict::Failed;
        self.checks
            .iter()
            .filter(move |check| match &check.outcome {
                CheckOutcome::Violation => true,
                CheckOutcome::Inconclusive(_) => !failed,
                _ => false,
            })
    }

    /// Lists the checks of the teardown that did not pass.
    pub fn broken_teardown(&self) -> impl Iterator<Item = &Check> {
        self.teardown.iter().filter(|check| {
            matches!(
                check.outcome,
                CheckOutcome::Violation | CheckOutcome::Inconclusive(_)
            )
        })
    }

    /// Lists the verdicts that the case contributes to the verdict of the run.
    ///
    /// That is its own verdict, and `inconclusive` as well where the case failed and another check of it reached no
    /// conclusion. Otherwise a failure that is only a warning would make a run conformant that is not.
    pub fn run_verdicts(&self) -> impl Iterator<Item = Verdict> + use<> {
        let hidden = self
            .hides_a_missing_judgement()
            .then_some(Verdict::Inconclusive);
        std::iter::once(self.verdict).chain(hidden)
    }

    /// Tells whether it failed, and another check of it reached no conclusion.
    pub fn hides_a_missing_judgement(&self) -> bool {
        let is_open = |check: &Check| {
            matches!(
                check.outcome,
                CheckOutcome::Inconclusive(_)
                    | CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing)
            )
        };
        self.verdict == Verdict::Failed && self.checks.iter().any(is_open)
    }
}
