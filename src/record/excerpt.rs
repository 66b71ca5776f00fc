//! The lines of plans at which something did not hold, so that a report shows them without the plans.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::judge::{Check, CheckOutcome, Difference, Finding, NoEvidenceReason, Verdict};
use crate::record::Outcome;
use plan_language::plan::{Library, Place};

/// The line of a plan at a place, cut around it if it is long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// The place.
    pub place: Place,
    /// The line.
    pub text: String,
    /// Blanks, and `^` below the place.
    pub marks: String,
}

/// Takes the lines of all places that a failure points at, in the order of files and lines, each once.
pub(super) fn excerpts(library: &Library, outcomes: &[Outcome]) -> Vec<Excerpt> {
    let places: BTreeSet<&Place> = outcomes.iter().flat_map(pointed_at).collect();
    places
        .into_iter()
        .filter_map(|place| {
            let found = library.sources.excerpt(&place.span())?;
            Some(Excerpt {
                place: place.clone(),
                text: found.text,
                marks: found.marks,
            })
        })
        .collect()
}

/// Lists the places at which a case did not hold; those of its teardown, too.
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
        places.extend(differences(check).iter().map(|one| &one.place));
    }
    places
}

fn differences(check: &Check) -> &[Difference] {
    match &check.finding {
        Finding::Broke { differences } => differences,
        Finding::Missed(miss) => miss.nearest.as_ref().map_or(&[], |one| &one.differences),
        _ => &[],
    }
}
