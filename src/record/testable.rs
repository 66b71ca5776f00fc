//! Whether a requirement can be tested in a mode and environment, however its checks come out.
//!
//! A reader must tell "this mode cannot show it" from "the run did not show it". [`Testable::of`] decides it in one
//! place, before a run and after it; what a finished run adds is derived from the outcomes of its cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::judge::{CheckOutcome, NoEvidenceReason, Verdict, not_the_subject};
use crate::record::Outcome;
use plan_language::participant::Mode;
use plan_language::plan::{Library, Requirement};

/// Whether a requirement can be tested in the mode of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Testable {
    /// Whether a case that was selected can test it here.
    pub can: bool,
    /// Why it cannot be tested, or which of its cases cannot test it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<Obstacle>,
}

/// A reason why cases cannot test a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// The kind of the reason.
    pub kind: ObstacleKind,
    /// The reason, in one sentence.
    pub why: String,
    /// The cases that cannot test it, in plan order; empty where the reason is not about cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Arc<str>>,
}

/// The kinds of reasons.
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

/// A case that cites a requirement, with what keeps it from testing that requirement, if anything does.
pub(crate) struct CitingCase {
    pub case: Arc<str>,
    pub obstacle: Option<(ObstacleKind, String)>,
}

impl Testable {
    /// Tells whether a requirement can be tested in a mode, from the cases that cite it.
    ///
    /// `cases` are those that were selected; `cited` tells whether any case of the plans cites the requirement. This is
    /// the one place that decides it: before a run the topology asks it with what the environment lacks, after a run
    /// the record asks it with what the cases did.
    pub(crate) fn of(
        requirement: &Requirement,
        cited: bool,
        cases: impl IntoIterator<Item = CitingCase>,
        mode: Mode,
    ) -> Self {
        if !requirement.subject.iter().any(|who| mode.is_subject(*who)) {
            let why = not_the_subject(requirement, mode);
            return Self::never(ObstacleKind::SubjectNotUnderTest, why);
        }
        let mut cases = cases.into_iter().peekable();
        if cases.peek().is_none() {
            return if cited {
                let why = "no case that cites it was selected".to_owned();
                Self::never(ObstacleKind::NotSelected, why)
            } else {
                let stated = requirement.not_tested.clone();
                let why = stated.unwrap_or_else(|| "no case cites it".to_owned());
                Self::never(ObstacleKind::NotTested, why)
            };
        }
        let mut testable = Self::default();
        for CitingCase { case, obstacle } in cases {
            match obstacle {
                Some((kind, why)) => testable.add(kind, why, case),
                None => testable.can = true,
            }
        }
        testable
    }

    /// Makes the answer for a requirement that no case can test, whatever the cases do.
    fn never(kind: ObstacleKind, why: String) -> Self {
        Self {
            can: false,
            obstacles: vec![Obstacle {
                kind,
                why,
                cases: Vec::new(),
            }],
        }
    }

    /// Adds a case to the obstacle that it shares with others, or to a new one.
    fn add(&mut self, kind: ObstacleKind, why: String, case: Arc<str>) {
        let mut obstacles = self.obstacles.iter_mut();
        match obstacles.find(|obstacle| obstacle.kind == kind && obstacle.why == why) {
            Some(obstacle) => obstacle.cases.push(case),
            None => self.obstacles.push(Obstacle {
                kind,
                why,
                cases: vec![case],
            }),
        }
    }
}

/// Tells for every requirement of the catalogue whether a finished run could test it, in the catalogue's order.
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
    let cited: BTreeSet<&str> = library
        .cases()
        .flat_map(|case| &case.requirement)
        .map(|id| &**id)
        .collect();
    library
        .requirements
        .iter()
        .map(|requirement| {
            let id = &*requirement.id;
            let outcomes = selected.remove(id).unwrap_or_default();
            let cases = outcomes.into_iter().map(|outcome| CitingCase {
                case: outcome.case.clone(),
                obstacle: obstacle(requirement, outcome, mode),
            });
            Testable::of(requirement, cited.contains(id), cases, mode)
        })
        .collect()
}

/// Returns what kept a case from testing a requirement in a finished run; `None` if nothing does.
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
        let outcome = check.outcome_for(requirement, mode);
        match outcome {
            CheckOutcome::NoEvidence(NoEvidenceReason::NotUnderTest) => emulated = true,
            CheckOutcome::NoEvidence(
                NoEvidenceReason::Precondition | NoEvidenceReason::NotApplicable,
            ) => {}
            _ => return None,
        }
    }
    emulated.then(|| {
        let why = "only emulated participants sent the messages that its checks judge";
        (ObstacleKind::NotUnderTest, why.to_owned())
    })
}
