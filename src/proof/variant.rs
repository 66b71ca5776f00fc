//! The proof that the checks leave honest variants in peace.

use std::sync::Arc;

use serde::Serialize;

use crate::judge::Verdict;
use crate::record::Outcome;

/// A variant as the catalogue of the reference provider names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedVariant {
    /// Its name.
    pub id: String,
    /// What the provider does differently, in one sentence.
    pub text: String,
}

/// One variant, tried with all cases.
#[derive(Clone, Debug, Serialize)]
pub struct VariantRow {
    /// The variant.
    pub variant: NamedVariant,
    /// The cases that do not pass under it, in plan order; none if it is left in peace.
    pub disturbed: Vec<DisturbedCase>,
}

/// A case that passes without a variant, and not under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisturbedCase {
    /// Its id.
    pub case: Arc<str>,
    /// Its verdict: the variant is accused if it failed, and cannot be certified if it is inconclusive.
    pub verdict: Verdict,
    /// What the case says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl VariantRow {
    /// Compares the outcomes of all cases under a variant with those without it.
    pub fn of(variant: NamedVariant, outcomes: &[Outcome], usual: &[Outcome]) -> Self {
        let disturbed = outcomes
            .iter()
            .zip(usual)
            .filter(|(outcome, usual)| outcome.verdict != usual.verdict)
            .map(|(outcome, usual)| DisturbedCase {
                case: usual.case.clone(),
                verdict: outcome.verdict,
                reason: reason(outcome),
            });
        Self {
            disturbed: disturbed.collect(),
            variant,
        }
    }

    /// Tells whether every case has the verdict that it has without the variant.
    pub fn is_left_in_peace(&self) -> bool {
        self.disturbed.is_empty()
    }
}

/// Returns what a case says that did not pass: its reason, with what its first broken check found.
fn reason(outcome: &Outcome) -> Option<String> {
    let found = outcome.broken().next().map(super::finding_of);
    match (&outcome.reason, found) {
        (Some(reason), Some(found)) => Some(format!("{reason}: {found}")),
        (reason, found) => reason.clone().or(found),
    }
}
