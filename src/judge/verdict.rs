//! Verdicts of cases, outcomes of requirements, and the answer of the run: three pure functions.
//!
//! `failed` outranks `inconclusive` outranks `passed`; adding a failure never improves any answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::exit_code::ExitCode;
use crate::journal::Seq;
use crate::judge::check::{Check, CheckOutcome, Finding, NoEvidenceReason, judge_check};
use plan_language::participant::Mode;
use plan_language::plan::{Level, Requirement};

/// The judgement on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Not applicable.
    Skipped,
    /// Judged, and it holds.
    Passed,
    /// No judgement: plan, network, environment, a precondition or what was given is to blame.
    Inconclusive,
    /// The subject broke a requirement.
    Failed,
}

impl Verdict {
    /// All verdicts, in the order in which they are counted out.
    pub const ALL: [Self; 4] = [
        Self::Passed,
        Self::Failed,
        Self::Inconclusive,
        Self::Skipped,
    ];

    /// Returns the word for the verdict.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Passed => "passed",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
        }
    }
}

/// The reason of a case that judged nothing but emulated parts.
pub const NOT_UNDER_TEST: &str = "only emulated parts were judged";

/// Judges a case by its checks, in the order of its steps; teardown is not among them.
///
/// Returns the verdict and, unless it passed, the reason.
pub fn judge_case(checks: &[Check]) -> (Verdict, Option<String>) {
    let outcomes = || checks.iter().map(|check| &check.outcome);
    if let Some(broken) = checks
        .iter()
        .find(|check| check.outcome == CheckOutcome::Violation)
    {
        return (Verdict::Failed, Some(broken.what.clone()));
    }
    for check in checks {
        if let CheckOutcome::Inconclusive(why) = &check.outcome {
            let reason = match check.step.as_str().starts_with("given") {
                true => format!("given: {}: {why}", check.what),
                false => format!("{}: {why}", check.what),
            };
            return (Verdict::Inconclusive, Some(reason));
        }
    }
    if outcomes().any(|outcome| *outcome == CheckOutcome::NotReached) {
        return (
            Verdict::Inconclusive,
            Some("not every step was reached".to_owned()),
        );
    }
    if outcomes()
        .any(|outcome| *outcome == CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing))
    {
        return (
            Verdict::Inconclusive,
            Some("a check compared nothing".to_owned()),
        );
    }
    if outcomes().any(|outcome| *outcome == CheckOutcome::Pass) {
        return (Verdict::Passed, None);
    }
    if outcomes()
        .any(|outcome| *outcome == CheckOutcome::NoEvidence(NoEvidenceReason::NotUnderTest))
    {
        return (Verdict::Skipped, Some(NOT_UNDER_TEST.to_owned()));
    }
    for check in checks {
        if let Finding::Inapplicable { why } = &check.finding {
            return (Verdict::Skipped, Some(why.clone()));
        }
    }
    (
        Verdict::Inconclusive,
        Some("nothing was checked".to_owned()),
    )
}

/// Says what a case adds to the answer of the run: its verdict, and `inconclusive` besides where a failure
/// hides that something could not be judged.
///
/// A failure that does not count would otherwise turn a run without judgement into one with.
pub fn standings(verdict: Verdict, checks: &[Check]) -> impl Iterator<Item = Verdict> {
    let hidden = verdict == Verdict::Failed
        && checks.iter().any(|check| {
            matches!(
                check.outcome,
                CheckOutcome::Inconclusive(_)
                    | CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing)
            )
        });
    std::iter::once(verdict).chain(hidden.then_some(Verdict::Inconclusive))
}

/// What became of a requirement in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequirementOutcome {
    /// None of its subjects is under test here, or it is about a feature that was declared otherwise.
    NotApplicable,
    /// Its checks hold, with evidence of a subject.
    Passed,
    /// No check judged it.
    NotTested,
    /// A check found it broken.
    Failed,
}

/// One row of the traceability table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Traced {
    /// Id of the requirement.
    pub id: Arc<str>,
    /// The outcome: the worst of its checks.
    pub outcome: RequirementOutcome,
    /// Why it was not tested, or does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Cases that cite it.
    pub cases: Vec<Arc<str>>,
    /// Positions in the journal of the evidence.
    pub messages: Vec<Seq>,
}

/// The checks of one case, with the case's verdict.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// Id of the case.
    pub case: &'a Arc<str>,
    /// Requirements that the case cites.
    pub cites: &'a [Arc<str>],
    /// Its verdict.
    pub verdict: Verdict,
    /// Why, unless it passed.
    pub reason: Option<&'a str>,
    /// Whether it was skipped because it asks for a feature other than it was declared.
    pub declared: bool,
    /// Its checks.
    pub checks: &'a [Check],
}

/// Traces every requirement of the catalogue through the cases, in the catalogue's order.
pub fn trace(requirements: &[Arc<Requirement>], cases: &[Judged<'_>], mode: Mode) -> Vec<Traced> {
    let mut citing: BTreeMap<&str, Vec<&Judged<'_>>> = BTreeMap::new();
    for case in cases {
        let checked = case.checks.iter().flat_map(|check| &check.requirement);
        let cited: BTreeSet<&str> = case.cites.iter().chain(checked).map(|id| &**id).collect();
        for id in cited {
            citing.entry(id).or_default().push(case);
        }
    }
    requirements
        .iter()
        .map(|requirement| {
            let cases = citing.remove(&*requirement.id).unwrap_or_default();
            trace_one(requirement, &cases, mode)
        })
        .collect()
}

fn trace_one(requirement: &Requirement, cases: &[&Judged<'_>], mode: Mode) -> Traced {
    let mut traced = Traced {
        id: requirement.id.clone(),
        outcome: RequirementOutcome::NotApplicable,
        why: None,
        cases: cases.iter().map(|case| case.case.clone()).collect(),
        messages: Vec::new(),
    };
    if !requirement.subject.iter().any(|one| mode.is_subject(*one)) {
        traced.why = Some(format!("its subject is not under test in the mode {mode}"));
        return traced;
    }
    // What was not declared at all is no such answer: then nobody knows whether the requirement applies.
    if !cases.is_empty() && cases.iter().all(|case| case.declared) {
        traced.why = cases[0].reason.map(str::to_owned);
        return traced;
    }
    let mut worst = None;
    let mut missing = None;
    for case in cases {
        let own = || {
            case.checks
                .iter()
                .filter(|check| check.requirement.contains(&requirement.id))
        };
        let mut unjudged = case.verdict == Verdict::Skipped || own().next().is_none();
        for check in own() {
            // A check that cites several requirements weighs for each what its own subject did.
            let outcome = judge_check(
                &check.finding,
                check.precondition,
                check.party,
                check.evidence,
                &[requirement],
                mode,
            );
            let outcome = match outcome {
                CheckOutcome::Pass => RequirementOutcome::Passed,
                CheckOutcome::Violation => RequirementOutcome::Failed,
                CheckOutcome::Inconclusive(_)
                | CheckOutcome::NotReached
                | CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing) => {
                    RequirementOutcome::NotTested
                }
                // It held and weighs nothing here: another check of the requirement must prove it.
                CheckOutcome::NoEvidence(
                    NoEvidenceReason::Precondition
                    | NoEvidenceReason::NotUnderTest
                    | NoEvidenceReason::NotApplicable,
                ) => {
                    continue;
                }
            };
            match outcome {
                RequirementOutcome::Passed => traced.messages.extend(&check.messages),
                RequirementOutcome::NotTested => unjudged = true,
                _ => {}
            }
            worst = worst.max(Some(outcome));
        }
        if unjudged && matches!(case.verdict, Verdict::Inconclusive | Verdict::Failed) {
            worst = worst.max(Some(RequirementOutcome::NotTested));
        }
        if unjudged && missing.is_none() {
            let why = case
                .reason
                .map(|why| format!(" ({why})"))
                .unwrap_or_default();
            missing = Some(match case.verdict {
                Verdict::Passed => format!("{} has no check of it", case.case),
                other => format!("{} was {}{why}", case.case, other.as_str()),
            });
        }
    }
    traced.outcome = worst.unwrap_or(RequirementOutcome::NotTested);
    if traced.outcome == RequirementOutcome::NotTested {
        traced.why = Some(match (&requirement.not_tested, missing) {
            (Some(why), _) if cases.is_empty() => format!("not tested: {why}"),
            (_, Some(why)) => why,
            _ if cases.is_empty() => "no selected case cites it".to_owned(),
            _ => NOT_UNDER_TEST.to_owned(),
        });
    }
    traced
}

/// The answer of the whole run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum RunVerdict {
    /// A rehearsal in which every case passed or did not apply.
    RehearsalPassed,
    /// A rehearsal with a case that failed or inconclusive.
    RehearsalFailed,
    /// Every applicable MUST was judged and passed.
    Conformant,
    /// Some applicable MUST was not tested, none failed.
    Incomplete {
        /// The ids of those not tested.
        not_tested: Vec<Arc<str>>,
    },
    /// A requirement that counts failed.
    NotConformant,
    /// Nothing was judged at all.
    NothingTested,
}

/// Everything on which the answer of a run depends.
#[derive(Clone, Copy, Debug)]
pub struct RunFacts<'a> {
    /// Who was live.
    pub mode: Mode,
    /// Whether a failing SHOULD counts.
    pub strict: bool,
    /// Verdicts of the selected cases (see [`standings`]).
    pub verdicts: &'a [Verdict],
    /// The requirements with their outcomes, in the same order.
    pub requirements: &'a [Arc<Requirement>],
    /// The outcomes.
    pub traced: &'a [Traced],
}

/// Tells whether a failure of a requirement of this level counts; where it does not, it is a warning.
pub fn counts(level: Level, strict: bool) -> bool {
    match level {
        Level::Must => true,
        Level::Should => strict,
        Level::May => false,
    }
}

/// Judges the run.
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
    let failed = |row: &Traced| row.outcome == RequirementOutcome::Failed;
    if rows().any(|(req, row)| failed(row) && counts(req.level, facts.strict)) {
        return RunVerdict::NotConformant;
    }
    if !any(Verdict::Passed) && !any(Verdict::Inconclusive) && !any(Verdict::Failed) {
        return RunVerdict::NothingTested;
    }
    let not_tested: Vec<_> = rows()
        .filter(|(req, row)| {
            req.level == Level::Must && row.outcome == RequirementOutcome::NotTested
        })
        .map(|(req, _)| req.id.clone())
        .collect();
    let proven = rows()
        .any(|(req, row)| req.level == Level::Must && row.outcome == RequirementOutcome::Passed);
    if not_tested.is_empty() && proven && !any(Verdict::Inconclusive) {
        RunVerdict::Conformant
    } else {
        RunVerdict::Incomplete { not_tested }
    }
}

/// Returns the exit code of a finished run (design: "Command line").
///
/// `verdicts` are those of the selected cases (see [`standings`]). Usage errors (2) and withheld files
/// (5) are decided before and after, by the command line.
pub fn exit_code(verdict: &RunVerdict, verdicts: &[Verdict], certify: bool) -> ExitCode {
    let inconclusive = verdicts.contains(&Verdict::Inconclusive);
    match verdict {
        RunVerdict::NotConformant => ExitCode::Failed,
        RunVerdict::RehearsalFailed if verdicts.contains(&Verdict::Failed) => ExitCode::Failed,
        RunVerdict::RehearsalFailed => ExitCode::Inconclusive,
        _ if inconclusive => ExitCode::Inconclusive,
        RunVerdict::NothingTested => ExitCode::NotTested,
        // Warnings alone prove as little as no case at all.
        RunVerdict::Incomplete { .. } if certify || !verdicts.contains(&Verdict::Passed) => {
            ExitCode::NotTested
        }
        RunVerdict::Incomplete { .. } | RunVerdict::RehearsalPassed | RunVerdict::Conformant => {
            ExitCode::Success
        }
    }
}
