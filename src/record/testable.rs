//! Whether a requirement can be judged where the run took place, however its checks came out.
//!
//! A reader must tell "this mode cannot show it" from "it was not shown". Everything is
//! derived from the catalogue and the outcomes of the cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::judge::{CheckOutcome, NoEvidenceReason, Verdict, judge_check};
use crate::record::Outcome;
use plan_language::participant::Mode;
use plan_language::plan::{Library, Requirement};

/// Whether a requirement can be judged in the mode of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Testable {
    /// Whether a case that was selected can judge it here.
    pub can: bool,
    /// What stands against it: why it cannot be judged, or which of its cases were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<Obstacle>,
}

/// Something that keeps cases from judging a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// What kind of thing it is.
    pub kind: ObstacleKind,
    /// What it is, in one sentence.
    pub why: String,
    /// The cases that it keeps from judging, in plan order; empty where it is not about cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Arc<str>>,
}

/// The kinds of obstacles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObstacleKind {
    /// None of its subjects is under test here.
    SubjectNotUnderTest,
    /// No case of the plans cites it.
    NotTested,
    /// No case that cites it was selected.
    NotSelected,
    /// A case does not apply: a bank action, a feature, a customer or a movable clock is missing.
    Inapplicable,
    /// A case judged only what emulated parts wrote.
    NotUnderTest,
}

/// Says for every requirement of the catalogue whether it can be judged, in the catalogue's order.
pub(super) fn testable(library: &Library, outcomes: &[Outcome], mode: Mode) -> Vec<Testable> {
    let mut selected: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let checked = outcome.checks.iter().flat_map(|check| &check.requirement);
        let cited: BTreeSet<&str> = outcome
            .requirement
            .iter()
            .chain(checked)
            .map(|id| &**id)
            .collect();
        for id in cited {
            selected.entry(id).or_default().push(outcome);
        }
    }
    let known: BTreeSet<&str> = library
        .cases()
        .flat_map(|case| &case.requirement)
        .map(|id| &**id)
        .collect();
    library
        .requirements
        .iter()
        .map(|requirement| {
            let id = &*requirement.id;
            let cases = selected.remove(id).unwrap_or_default();
            one(requirement, &cases, known.contains(id), mode)
        })
        .collect()
}

fn one(requirement: &Requirement, cases: &[&Outcome], known: bool, mode: Mode) -> Testable {
    let mut subjects = requirement.subject.iter();
    let cannot = |kind, why: String| Testable {
        can: false,
        obstacles: vec![Obstacle {
            kind,
            why,
            cases: Vec::new(),
        }],
    };
    if !subjects.any(|one| mode.is_subject(*one)) {
        let subjects: Vec<_> = requirement.subject.iter().map(|one| one.as_str()).collect();
        let why = format!("the {} is not under test here", subjects.join(" or "));
        return cannot(ObstacleKind::SubjectNotUnderTest, why);
    }
    if cases.is_empty() {
        return match (known, &requirement.not_tested) {
            (true, _) => cannot(
                ObstacleKind::NotSelected,
                "no case that cites it was selected".to_owned(),
            ),
            (false, Some(why)) => cannot(ObstacleKind::NotTested, why.clone()),
            (false, None) => cannot(ObstacleKind::NotTested, "no case cites it".to_owned()),
        };
    }
    let mut testable = Testable::default();
    for case in cases {
        let Some((kind, why)) = obstacle(requirement, case, mode) else {
            testable.can = true;
            continue;
        };
        let mut known = testable.obstacles.iter_mut();
        match known.find(|known| known.kind == kind && known.why == why) {
            Some(known) => known.cases.push(case.case.clone()),
            None => testable.obstacles.push(Obstacle {
                kind,
                why,
                cases: vec![case.case.clone()],
            }),
        }
    }
    testable
}

/// Says what keeps a case from judging a requirement; `None` if nothing does.
fn obstacle(
    requirement: &Requirement,
    case: &Outcome,
    mode: Mode,
) -> Option<(ObstacleKind, String)> {
    if case.verdict == Verdict::Skipped && case.checks.is_empty() {
        let why = case.reason.as_deref().unwrap_or("no reason was recorded");
        return Some((ObstacleKind::Inapplicable, why.to_owned()));
    }
    // What a check weighs depends on the requirement for which it is asked.
    let mut emulated = false;
    let own = case
        .checks
        .iter()
        .filter(|check| check.requirement.contains(&requirement.id));
    for check in own {
        let outcome = judge_check(
            &check.finding,
            check.precondition,
            check.party,
            check.evidence,
            &[requirement],
            mode,
        );
        match outcome {
            CheckOutcome::NoEvidence(NoEvidenceReason::NotUnderTest) => emulated = true,
            CheckOutcome::NoEvidence(
                NoEvidenceReason::Precondition | NoEvidenceReason::NotApplicable,
            ) => {}
            _ => return None,
        }
    }
    emulated.then(|| {
        let why = "only emulated parts wrote what is judged";
        (ObstacleKind::NotUnderTest, why.to_owned())
    })
}
