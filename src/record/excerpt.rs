//! The lines of plans to which failed and inconclusive checks point, so that a report shows them without the plans.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::judge::{Check, CheckOutcome, Finding, NoEvidenceReason, Verdict};
use crate::matching::Difference;
use crate::record::Outcome;
use plan_language::plan::{Library, Place};

/// The line of a plan at a place, cut around it if it is long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanExcerpt {
    /// The place.
    pub place: Place,
    /// The line.
    pub text: String,
    /// Blanks, and `^` below the place.
    pub marks: String,
}

/// Copies the lines of all places to which failures point, in the order of files and lines, each once.
pub(super) fn excerpts(library: &Library, outcomes: &[Outcome]) -> Vec<PlanExcerpt> {
    let places: BTreeSet<&Place> = outcomes.iter().flat_map(pointed_at).collect();
    places
        .into_iter()
        .filter_map(|place| {
            let found = library.sources.excerpt(&place.span())?;
            Some(PlanExcerpt {
                place: place.clone(),
                text: found.text,
                marks: found.marks,
            })
        })
        .collect()
}

/// Lists the places of the failed and inconclusive checks of a case, and of its teardown.
fn pointed_at(outcome: &Outcome) -> Vec<&Place> {
    let mut places = Vec::new();
    if matches!(outcome.verdict, Verdict::Failed | Verdict::Inconclusive) {
        places.push(&outcome.place);
    }
    for check in outcome.checks.iter().chain(&outcome.teardown) {
        if !matches!(
            check.outcome,
            CheckOutcome::Pass
                | CheckOutcome::NoEvidence(
                    NoEvidenceReason::Precondition
                        | NoEvidenceReason::NotUnderTest
                        | NoEvidenceReason::NotApplicable
                )
        ) {
            places.push(&check.place);
        }
        places.extend(
            differences(check)
                .iter()
                .map(|difference| &difference.place),
        );
    }
    places
}

fn differences(check: &Check) -> &[Difference] {
    match &check.finding {
        Finding::Broke { differences } => differences,
        Finding::Missed(miss) => miss
            .nearest
            .as_ref()
            .map_or(&[], |nearest| &nearest.differences),
        _ => &[],
    }
}
