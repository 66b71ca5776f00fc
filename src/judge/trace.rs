//! Traces requirements through cases: what became of each, by which checks and with which evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::journal::Seq;
use crate::judge::check::{Check, CheckOutcome, NoEvidenceReason};
use crate::judge::outcome::Outcome;
use crate::judge::verdict::{Verdict, nothing_tested};
use plan_language::participant::{Mode, Participant};
use plan_language::plan::Requirement;

/// The outcome of a requirement in a run; the later ones outweigh the earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequirementOutcome {
    /// None of its subjects is under test here, or it is about a feature that the environment declares differently.
    NotApplicable,
    /// Its checks passed, with evidence from a subject.
    Passed,
    /// No check reached a conclusion about it.
    NotTested,
    /// A check found a violation.
    Failed,
}

/// One row of the traceability table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracedRequirement {
    /// The id of the requirement.
    pub id: Arc<str>,
    /// The outcome: the worst of its checks.
    pub outcome: RequirementOutcome,
    /// Why it was not tested, or does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Ids of the cases that cite it, in plan order.
    pub cases: Vec<Arc<str>>,
    /// Positions in the journal of the evidence.
    pub messages: Vec<Seq>,
}

/// Traces every requirement of the catalogue through the cases, in the catalogue's order.
pub fn trace(
    requirements: &[Arc<Requirement>],
    outcomes: &[Outcome],
    mode: Mode,
) -> Vec<TracedRequirement> {
    let mut citing: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let checked = outcome.checks.iter().flat_map(|check| &check.requirement);
        let cited = outcome.requirement.iter().chain(checked);
        let cited: BTreeSet<&str> = cited.map(|id| &**id).collect();
        for id in cited {
            citing.entry(id).or_default().push(outcome);
        }
    }
    requirements
        .iter()
        .map(|requirement| {
            let cases = citing.remove(&*requirement.id).unwrap_or_default();
            trace_requirement(requirement, &cases, mode)
        })
        .collect()
}

fn trace_requirement(
    requirement: &Requirement,
    cases: &[&Outcome],
    mode: Mode,
) -> TracedRequirement {
    let mut traced = TracedRequirement {
        id: requirement.id.clone(),
        outcome: RequirementOutcome::NotApplicable,
        why: None,
        cases: cases.iter().map(|case| case.case.clone()).collect(),
        messages: Vec::new(),
    };
    let mut subjects = requirement.subject.iter();
    if !subjects.any(|subject| mode.is_subject(*subject)) {
        traced.why = Some(not_the_subject(requirement, mode));
        return traced;
    }
    // A feature that the environment does not declare at all leaves open whether the requirement applies.
    if !cases.is_empty() && cases.iter().all(|case| case.declared) {
        traced.why = cases[0].reason.clone();
        return traced;
    }
    let mut worst = None;
    let mut missing = None;
    for case in cases {
        let contribution = contribution(requirement, case, mode);
        worst = worst.max(contribution.worst);
        traced.messages.extend(contribution.evidence);
        if contribution.unjudged && missing.is_none() {
            missing = Some(missing_check(case));
        }
    }
    traced.outcome = worst.unwrap_or(RequirementOutcome::NotTested);
    if traced.outcome == RequirementOutcome::NotTested {
        traced.why = Some(match (&requirement.not_tested, missing) {
            (Some(why), _) if cases.is_empty() => format!("not tested: {why}"),
            (_, Some(why)) => why,
            _ if cases.is_empty() => "no selected case cites it".to_owned(),
            _ => nothing_tested(mode).to_owned(),
        });
    }
    traced
}

/// What one case contributes to the outcome of a requirement.
struct Contribution<'a> {
    /// The worst outcome that it gives the requirement; `None` if it gives none.
    worst: Option<RequirementOutcome>,
    /// Positions of the messages that prove it.
    evidence: Vec<&'a Seq>,
    /// Whether the case leaves a check of the requirement without a conclusion, or has none.
    unjudged: bool,
}

fn contribution<'a>(requirement: &Requirement, case: &'a Outcome, mode: Mode) -> Contribution<'a> {
    let own: Vec<&Check> = case
        .checks
        .iter()
        .filter(|check| check.requirement.contains(&requirement.id))
        .collect();
    let mut found = Contribution {
        worst: None,
        evidence: Vec::new(),
        unjudged: case.verdict == Verdict::Skipped || own.is_empty(),
    };
    for check in own {
        let Some(outcome) = requirement_outcome(&check.outcome_for(requirement, mode)) else {
            continue;
        };
        match outcome {
            RequirementOutcome::Passed => found.evidence.extend(&check.messages),
            RequirementOutcome::NotTested => found.unjudged = true,
            RequirementOutcome::NotApplicable | RequirementOutcome::Failed => {}
        }
        found.worst = found.worst.max(Some(outcome));
    }
    if found.unjudged && matches!(case.verdict, Verdict::Inconclusive | Verdict::Failed) {
        found.worst = found.worst.max(Some(RequirementOutcome::NotTested));
    }
    found
}

/// Returns what the outcome of a check says about its requirement.
///
/// `None` for a check that holds and is no evidence: another check of the requirement must prove it.
fn requirement_outcome(outcome: &CheckOutcome) -> Option<RequirementOutcome> {
    match outcome {
        CheckOutcome::Pass => Some(RequirementOutcome::Passed),
        CheckOutcome::Violation => Some(RequirementOutcome::Failed),
        CheckOutcome::Inconclusive(_)
        | CheckOutcome::NotReached
        | CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing) => {
            Some(RequirementOutcome::NotTested)
        }
        CheckOutcome::NoEvidence(
            NoEvidenceReason::Precondition
            | NoEvidenceReason::NotUnderTest
            | NoEvidenceReason::NotApplicable,
        ) => None,
    }
}

/// Says why a case reaches no conclusion about a requirement that it cites.
fn missing_check(case: &Outcome) -> String {
    if case.verdict == Verdict::Passed {
        return format!("{} has no check of it", case.case);
    }
    let ended = match case.verdict {
        Verdict::Failed => "failed".to_owned(),
        verdict => format!("was {}", verdict.as_str()),
    };
    match &case.reason {
        Some(reason) => format!("{} {ended} ({reason})", case.case),
        None => format!("{} {ended}", case.case),
    }
}

/// Says that a requirement is about participants that are not under test: `tests the Banking Service, not your connector`.
pub(crate) fn not_the_subject(requirement: &Requirement, mode: Mode) -> String {
    let subjects = requirement.subject.iter().map(|subject| match subject {
        Participant::Provider => "the connector",
        Participant::Service => "the Banking Service",
        Participant::Sageid => "Sage ID",
        Participant::Product => "the product",
        Participant::Browser => "the browser",
    });
    let subjects = subjects.collect::<Vec<_>>().join(" or ");
    match mode {
        Mode::Connector => format!("tests {subjects}, not your connector"),
        Mode::Service => format!("tests {subjects}, not the Banking Service"),
        Mode::Rehearsal | Mode::EndToEnd => {
            format!("tests {subjects}, which is never under test")
        }
    }
}
