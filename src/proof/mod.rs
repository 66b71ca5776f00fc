//! The proof that the checks detect the faults: every fault injected into every case, as a matrix. Pure.
//!
//! A check that never failed has proved nothing. A fault is *detected* when a check fails whose requirement lists the
//! fault; it is *misattributed* when a check fails whose requirements do not list it. Checks that are inconclusive or
//! not reached decide nothing, nor do checks that read what the provider caused through a service that is at fault
//! itself. A *variant* is honest: every case must have the verdict under it that it has without. The command line runs the cases; the proof draws the conclusions from their outcomes.

mod variant;

use std::sync::Arc;

use serde::Serialize;

use crate::judge::{Check, CheckOutcome, Finding, Verdict};
use crate::number::count;
use crate::record::Outcome;
use plan_language::participant::Participant;
use plan_language::plan::Requirement;

pub use variant::{DisturbedCase, NamedVariant, VariantRow};

/// The version of the format of `proof.json`.
pub const FORMAT: u32 = 2;

/// A fault as the catalogue of an emulated participant names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedFault {
    /// Its name.
    pub id: String,
    /// How the participant deviates, in one sentence.
    pub text: String,
    /// The participant that has it.
    pub participant: Participant,
}

/// The matrix of faults and cases.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    /// Version of this format.
    pub format: u32,
    /// Version of feedproof.
    pub version: String,
    /// Ids of the cases, in plan order: the columns.
    pub cases: Vec<Arc<str>>,
    /// The faults, in the order of the catalogue: the rows.
    pub faults: Vec<FaultRow>,
    /// Requirements that are tested, and list no fault of one of their subjects.
    pub unproven: Vec<Unproven>,
    /// The variants, in the order of the catalogue, and the networks that delay messages.
    pub variants: Vec<VariantRow>,
}

/// One fault, injected into all cases.
#[derive(Clone, Debug, Serialize)]
pub struct FaultRow {
    /// The fault.
    pub fault: NamedFault,
    /// Requirements that list it, in the catalogue's order.
    pub claims: Vec<Arc<str>>,
    /// The conclusion.
    pub conclusion: FaultConclusion,
    /// Its effect on each case, in plan order.
    pub cells: Vec<FaultCell>,
}

/// The conclusion about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultConclusion {
    /// Only checks failed whose requirements list the fault.
    Detected,
    /// It was detected, and another check failed as well.
    Misattributed,
    /// No check failed whose requirement lists the fault.
    Undetected,
}

/// The effect of a fault on one case, with its message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultCell {
    /// The effect.
    pub effect: FaultEffect,
    /// The checks that failed, in words; or why the case was skipped or inconclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The effect of a fault on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultEffect {
    /// The case passed.
    Quiet,
    /// The case was skipped.
    Skipped,
    /// The case is inconclusive.
    Inconclusive,
    /// A check failed whose requirement lists the fault.
    Detected,
    /// A check failed whose requirements do not list the fault.
    Misattributed,
}

/// A tested requirement that lists no fault of one of its subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unproven {
    /// Its id.
    pub requirement: Arc<str>,
    /// The subject.
    pub subject: Participant,
}

impl Proof {
    /// Builds the matrix; `pairs` holds each fault with the outcomes of all cases under it, in plan order.
    pub fn of(
        requirements: &[Arc<Requirement>],
        cases: Vec<Arc<str>>,
        pairs: Vec<(NamedFault, Vec<Outcome>)>,
    ) -> Self {
        let all: Vec<NamedFault> = pairs.iter().map(|(fault, _)| fault.clone()).collect();
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cases,
            faults: pairs
                .into_iter()
                .map(|(fault, outcomes)| row(requirements, fault, &outcomes))
                .collect(),
            unproven: unproven(requirements, &all),
            variants: Vec::new(),
        }
    }

    /// Sums the matrix up in one sentence without a full stop.
    pub fn summary(&self) -> String {
        let mut text = format!(
            "{}: {} detected, {} misattributed, {} undetected",
            count(self.faults.len(), "fault"),
            self.count(FaultConclusion::Detected),
            self.count(FaultConclusion::Misattributed),
            self.count(FaultConclusion::Undetected)
        );
        if !self.unproven.is_empty() {
            let requirements = count(self.unproven.len(), "requirement");
            text = format!("{text}; {requirements} without a fault");
        }
        if !self.variants.is_empty() {
            let variants = count(self.variants.len(), "variant");
            let disturbed = self.disturbed().count();
            text = format!("{text}; {variants}: {disturbed} not left in peace");
        }
        text
    }

    /// Counts the faults with a conclusion.
    pub fn count(&self, conclusion: FaultConclusion) -> usize {
        self.faults
            .iter()
            .filter(|row| row.conclusion == conclusion)
            .count()
    }

    /// Returns the variants under which a case has another verdict.
    pub fn disturbed(&self) -> impl Iterator<Item = &VariantRow> {
        self.variants.iter().filter(|row| !row.is_left_in_peace())
    }

    /// Returns how many cases were run with a fault or a variant.
    pub fn runs(&self) -> usize {
        (self.faults.len() + self.variants.len()) * self.cases.len()
    }

    /// Tells whether every fault is detected and none misattributed, every tested requirement lists a fault, and every
    /// variant is left in peace.
    pub fn holds(&self) -> bool {
        let is_empty = self.faults.is_empty() && self.variants.is_empty();
        !is_empty
            && self.unproven.is_empty()
            && self.disturbed().next().is_none()
            && self.count(FaultConclusion::Detected) == self.faults.len()
    }
}

fn row(requirements: &[Arc<Requirement>], fault: NamedFault, outcomes: &[Outcome]) -> FaultRow {
    let claims: Vec<_> = requirements
        .iter()
        .filter(|requirement| requirement.faults.contains(&fault.id))
        .map(|requirement| requirement.id.clone())
        .collect();
    let cells: Vec<_> = outcomes
        .iter()
        .map(|outcome| cell(requirements, &fault, &claims, outcome))
        .collect();
    let any = |effect| cells.iter().any(|cell| cell.effect == effect);
    // A case in which one check detects the fault and another fails as well counts as misattributed: see its message.
    let is_detected = outcomes
        .iter()
        .flat_map(|outcome| &outcome.checks)
        .any(|check| check.outcome == CheckOutcome::Violation && claimed(&claims, check));
    let conclusion = if !is_detected {
        FaultConclusion::Undetected
    } else if any(FaultEffect::Misattributed) {
        FaultConclusion::Misattributed
    } else {
        FaultConclusion::Detected
    };
    FaultRow {
        fault,
        claims,
        conclusion,
        cells,
    }
}

/// Tells whether a check reads what the provider caused through a service that is at fault itself.
///
/// Such a check does not count in the proof: it counts where a provider is live, and the emulated service has then no fault.
pub fn read_through(
    requirements: &[Arc<Requirement>],
    at_fault: Participant,
    check: &Check,
) -> bool {
    let is_duty_of = |participant: Participant| {
        let mut cited = requirements
            .iter()
            .filter(|requirement| check.requirement.contains(&requirement.id));
        cited.any(|requirement| requirement.subject.contains(&participant))
    };
    let has_other_evidence = check
        .evidence
        .is_some_and(|evidence| evidence.party != at_fault);
    has_other_evidence && check.party == at_fault && !is_duty_of(at_fault)
}

fn claimed(claims: &[Arc<str>], check: &Check) -> bool {
    check.requirement.iter().any(|id| claims.contains(id))
}

fn cell(
    requirements: &[Arc<Requirement>],
    fault: &NamedFault,
    claims: &[Arc<str>],
    outcome: &Outcome,
) -> FaultCell {
    let broken: Vec<_> = outcome
        .checks
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Violation)
        .filter(|check| {
            claimed(claims, check) || !read_through(requirements, fault.participant, check)
        })
        .collect();
    if broken.is_empty() {
        return match outcome.verdict {
            Verdict::Passed => FaultCell {
                effect: FaultEffect::Quiet,
                message: None,
            },
            verdict => FaultCell {
                effect: match verdict {
                    Verdict::Skipped => FaultEffect::Skipped,
                    _ => FaultEffect::Inconclusive,
                },
                message: outcome.reason.clone(),
            },
        };
    }
    let is_misattributed = broken.iter().any(|check| !claimed(claims, check));
    let told: Vec<_> = broken
        .iter()
        .map(|check| {
            let ids = check.requirement.join(", ");
            let mark = if claimed(claims, check) {
                ""
            } else {
                " (does not list the fault)"
            };
            format!("{ids}{mark}: {}", finding_of(check))
        })
        .collect();
    FaultCell {
        effect: if is_misattributed {
            FaultEffect::Misattributed
        } else {
            FaultEffect::Detected
        },
        message: Some(told.join("\n")),
    }
}

/// Says in one line what a check found.
fn finding_of(check: &Check) -> String {
    let what = &check.what;
    match &check.finding {
        Finding::Broke { differences } => match differences.first() {
            Some(first) => {
                let actual = match &first.seen {
                    Some(value) => format!("got {value}"),
                    None if first.unread => "but it could not be read".to_owned(),
                    None => "but it is missing".to_owned(),
                };
                format!(
                    "{what}; at {}: expected {}, {actual}",
                    first.at, first.expected
                )
            }
            None => what.clone(),
        },
        Finding::Missed(miss) => format!("{what}; {}", miss.why),
        Finding::Inconclusive { why } | Finding::Inapplicable { why } => format!("{what}; {why}"),
        Finding::Held { .. } | Finding::NotReached => what.clone(),
    }
}

/// Lists tested requirements without a fault in one of their subjects.
fn unproven(requirements: &[Arc<Requirement>], faults: &[NamedFault]) -> Vec<Unproven> {
    let mut missing = Vec::new();
    for requirement in requirements.iter().filter(|row| row.not_tested.is_none()) {
        for subject in &requirement.subject {
            let proven = faults.iter().any(|fault| {
                fault.participant == *subject && requirement.faults.contains(&fault.id)
            });
            let excused = *subject == Participant::Provider && requirement.unbreakable.is_some();
            if !proven && !excused {
                missing.push(Unproven {
                    requirement: requirement.id.clone(),
                    subject: *subject,
                });
            }
        }
    }
    missing
}

#[cfg(test)]
mod tests;
