//! The proof that checks bite: every fault against every case, as a matrix. Pure.
//!
//! A check that never failed has proved nothing. A fault is *detected* where a check fails that claims
//! it (one of the check's requirements lists the fault); a check that fails without claiming it
//! *strays*; inconclusive and not-reached checks neither catch nor stray, nor do those that read what the provider caused through
//! a service that is at fault itself. Whoever runs the pairs hands in
//! outcomes; the proof draws the conclusion.

use std::sync::Arc;

use serde::Serialize;

use crate::judge::{Check, CheckOutcome, Finding, Verdict};
use crate::record::Outcome;
use plan_language::participant::Participant;
use plan_language::plan::Requirement;

/// The version of the form of `proof.json`.
pub const FORMAT: u32 = 1;

/// A fault as the catalogue of an emulated part names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedFault {
    /// Its name.
    pub id: String,
    /// How the part deviates, in one sentence.
    pub text: String,
    /// Whose fault it is.
    pub participant: Participant,
}

/// The whole matrix.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    /// Version of this form.
    pub format: u32,
    /// Version of feedproof.
    pub version: String,
    /// Ids of the cases, in plan order: the columns.
    pub cases: Vec<Arc<str>>,
    /// The faults, in the order of the catalogue: the rows.
    pub faults: Vec<Row>,
    /// Requirements that are tested and have no fault in one of their subjects.
    pub unproven: Vec<Unproven>,
}

/// One fault against all cases.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The fault.
    pub fault: NamedFault,
    /// Requirements that list it, in the catalogue's order.
    pub claims: Vec<Arc<str>>,
    /// The conclusion.
    pub standing: Standing,
    /// What it did to each case, in plan order.
    pub cells: Vec<Cell>,
}

/// What is concluded about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Caught where it is claimed, and nowhere else.
    Detected,
    /// Caught, and a check that does not claim it fails as well.
    Misattributed,
    /// No check that claims it fails.
    Undetected,
}

/// What a fault did to one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// What it is.
    pub effect: Effect,
    /// The checks that failed, in words; or why there was no judgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The effect of a fault on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The case did not notice.
    Quiet,
    /// The case does not apply.
    Skipped,
    /// The case came to no judgement.
    Inconclusive,
    /// A check that claims the fault failed.
    Detected,
    /// A check failed that does not claim it.
    Misattributed,
}

/// A tested requirement that no fault of one of its subjects proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unproven {
    /// Its id.
    pub requirement: Arc<str>,
    /// The subject.
    pub subject: Participant,
}

impl Proof {
    /// Draws up the matrix; `pairs` holds each fault with the outcomes of all cases under it, in plan order.
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
        }
    }

    /// Counts the faults with a conclusion.
    pub fn count(&self, standing: Standing) -> usize {
        self.faults
            .iter()
            .filter(|row| row.standing == standing)
            .count()
    }

    /// Tells whether every fault is detected where it is claimed and nowhere else, and every requirement proven.
    pub fn holds(&self) -> bool {
        !self.faults.is_empty()
            && self.unproven.is_empty()
            && self.count(Standing::Detected) == self.faults.len()
    }
}

fn row(requirements: &[Arc<Requirement>], fault: NamedFault, outcomes: &[Outcome]) -> Row {
    let claims: Vec<_> = requirements
        .iter()
        .filter(|one| one.faults.contains(&fault.id))
        .map(|one| one.id.clone())
        .collect();
    let cells: Vec<_> = outcomes
        .iter()
        .map(|outcome| cell(requirements, &fault, &claims, outcome))
        .collect();
    let any = |effect| cells.iter().any(|cell| cell.effect == effect);
    // A case in which one check catches and another strays counts as straying: see its message.
    let detected = outcomes
        .iter()
        .flat_map(|one| &one.checks)
        .any(|check| check.outcome == CheckOutcome::Violation && claimed(&claims, check));
    let standing = match (detected, any(Effect::Misattributed)) {
        (true, false) => Standing::Detected,
        (true, true) => Standing::Misattributed,
        (false, _) => Standing::Undetected,
    };
    Row {
        fault,
        claims,
        standing,
        cells,
    }
}

/// Tells whether a check reads what the provider caused through a service that is at fault itself.
///
/// It accuses nobody: it counts where a provider is live, and the service is then the emulated one, without a fault.
pub fn read_through(
    requirements: &[Arc<Requirement>],
    at_fault: Participant,
    check: &Check,
) -> bool {
    let duty_of = |one: Participant| {
        let cited = requirements
            .iter()
            .filter(|req| check.requirement.contains(&req.id));
        cited.into_iter().any(|req| req.subject.contains(&one))
    };
    let rests = check.evidence.is_some_and(|rest| rest.party != at_fault);
    rests && check.party == at_fault && !duty_of(at_fault)
}

fn claimed(claims: &[Arc<str>], check: &Check) -> bool {
    check.requirement.iter().any(|id| claims.contains(id))
}

fn cell(
    requirements: &[Arc<Requirement>],
    fault: &NamedFault,
    claims: &[Arc<str>],
    outcome: &Outcome,
) -> Cell {
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
            Verdict::Passed => Cell {
                effect: Effect::Quiet,
                message: None,
            },
            verdict => Cell {
                effect: match verdict {
                    Verdict::Skipped => Effect::Skipped,
                    _ => Effect::Inconclusive,
                },
                message: outcome.reason.clone(),
            },
        };
    }
    let strays = broken.iter().any(|check| !claimed(claims, check));
    let told: Vec<_> = broken
        .iter()
        .map(|check| {
            let ids = check.requirement.join(", ");
            let mark = if claimed(claims, check) {
                ""
            } else {
                " (does not claim it)"
            };
            format!("{ids}{mark}: {}", tell(check))
        })
        .collect();
    Cell {
        effect: if strays {
            Effect::Misattributed
        } else {
            Effect::Detected
        },
        message: Some(told.join("\n")),
    }
}

/// Tells in one line what a check found.
fn tell(check: &Check) -> String {
    let what = &check.what;
    match &check.finding {
        Finding::Broke { differences } => match differences.first() {
            Some(first) => {
                let seen = first
                    .seen
                    .as_ref()
                    .map_or("nothing".to_owned(), ToString::to_string);
                format!(
                    "{what}; at {}: expected {}, seen {seen}",
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
    for requirement in requirements.iter().filter(|one| one.not_tested.is_none()) {
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
