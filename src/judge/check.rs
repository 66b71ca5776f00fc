//! What a single check found, and what the finding weighs.
//!
//! A check is one demand of a plan on one message, answer, visit or silence. What it weighs depends
//! on who wrote what was judged: no evidence, no pass, and the evidence must come from the subject.
//! Everything here is pure.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::journal::{Lane, Micros, Seq};
use plan_language::participant::{Address, Mode, Participant};
use plan_language::plan::{Place, Requirement, StepKey};
use plan_language::value::{Mismatch, Value};

/// One demand of a plan, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The step that demands it.
    pub step: StepKey,
    /// The line that demands it.
    pub place: Place,
    /// The demand in one sentence: `DELETE /… answers 204`.
    pub what: String,
    /// Ids of the requirements that it serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirement: Vec<Arc<str>>,
    /// Whether it only makes sure that the case means something.
    pub precondition: bool,
    /// Whose behaviour it judges.
    pub party: Participant,
    /// The provider's message whose effect is read, if the plan names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Rest>,
    /// What it found.
    pub finding: Finding,
    /// Positions in the journal of what it judged.
    pub messages: Vec<Seq>,
    /// Where the values that it used came from, for a check that broke.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Provenance>,
    /// What the finding weighs here.
    pub outcome: CheckOutcome,
}

/// The origin of a value that a check used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The name as the plan writes it: `account.id`.
    pub name: String,
    /// The value, masked.
    pub value: Value,
    /// Where it came from, in words.
    pub origin: String,
}

/// The message on which an effect rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// Position of the message in the journal.
    pub seq: Seq,
    /// Who wrote it.
    pub party: Participant,
    /// Whether it asked for the effect, or only answered.
    pub role: Role,
}

/// The part that a message plays in its exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It asked.
    Request,
    /// It answered.
    Answer,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Finding {
    /// What was demanded holds.
    Held {
        /// Number of atomic comparisons; zero is no evidence.
        checked: usize,
    },
    /// What was demanded does not hold.
    Broke {
        /// Each difference.
        differences: Vec<Difference>,
    },
    /// A message did not come, came too often, or came although it must not.
    Missed(Miss),
    /// No judgement: the network, the environment or the plan is to blame.
    Inconclusive {
        /// Why.
        why: String,
    },
    /// It does not apply here: the environment does not tell what it needs.
    Inapplicable {
        /// What it does not tell.
        why: String,
    },
    /// The case stopped before.
    NotReached,
}

/// One difference between what was demanded and what was there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Where in the message: `body.data.bankAccounts[1].branchIdentifier`.
    pub at: String,
    /// The line that demanded it.
    pub place: Place,
    /// What was demanded, in one phrase.
    pub expected: String,
    /// What was there; absent when nothing was.
    #[serde(
        default,
        deserialize_with = "there",
        skip_serializing_if = "Option::is_none"
    )]
    pub seen: Option<Value>,
    /// Why they differ, where that is not plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl From<Mismatch> for Difference {
    fn from(one: Mismatch) -> Self {
        Self {
            at: one.at,
            place: Place::from(&one.span),
            expected: one.expected,
            seen: one.seen,
            why: one.why,
        }
    }
}

/// Reads a value that is there, `null` too: only an absent field means that nothing was there.
fn there<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// A message that did not come as demanded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Miss {
    /// Where it was awaited.
    pub awaited: Address,
    /// The position behind which it counted: where the act began that was to cause it.
    pub since: Seq,
    /// Which of the ways it was.
    pub kind: MissKind,
    /// The same in plain words.
    pub why: String,
    /// The nearest candidate, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
}

/// The ways in which messages do not come as demanded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum MissKind {
    /// None of the kind came.
    NothingCame,
    /// Some came, but not enough.
    TooFew {
        /// How many came.
        came: usize,
        /// How many were demanded at least.
        least: u32,
    },
    /// It came after the wait had ended.
    Late {
        /// How long after, in microseconds.
        by_us: Micros,
    },
    /// It came before the act that was to cause it, and not again.
    Early {
        /// How long before, in microseconds.
        by_us: Micros,
    },
    /// Others of the kind came, and none is the one.
    Differs {
        /// How many.
        came: usize,
    },
    /// It came, and belongs to another case although it names something of this one.
    OtherCase {
        /// The other case.
        case: Lane,
    },
    /// One of the kind came that belongs to no case.
    NoCase,
    /// A tap refused it before it reached the one who should have it.
    Refused,
    /// It came although it must not.
    Unwanted,
    /// It came too often.
    TooMany {
        /// How many came.
        came: usize,
        /// How many may at most.
        most: u32,
    },
}

impl MissKind {
    /// Tells whether something was due that did not come; otherwise something came that must not.
    pub fn is_lack(&self) -> bool {
        !matches!(self, Self::Unwanted | Self::TooMany { .. })
    }
}

/// The message that came nearest to one that was missed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nearest {
    /// Its position in the journal.
    pub seq: Seq,
    /// The message in a few words.
    pub message: String,
    /// How it differs.
    pub differences: Vec<Difference>,
}

/// What a finding weighs in a mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", content = "why", rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// It holds, and a subject wrote what was judged.
    Pass,
    /// It is broken, and a subject is to blame.
    Violation,
    /// The case cannot be judged.
    Inconclusive(String),
    /// It is not broken and proves nothing.
    NoEvidence(NoEvidenceReason),
    /// The case stopped before.
    NotReached,
}

/// Why a finding proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoEvidenceReason {
    /// It is a precondition, or cites no requirement.
    Precondition,
    /// It compared nothing.
    ComparedNothing,
    /// What was judged was written by a part that is not under test here.
    NotUnderTest,
    /// The environment does not tell what it needs.
    NotApplicable,
}

/// Weighs a finding.
///
/// `requirements` are those that the check cites. In a rehearsal the emulated parts count as
/// subjects; elsewhere only a live participant that the requirement names does. A check on another
/// part is a precondition, unless it rests on a message of the subject: then that message is the
/// evidence, and a broken effect is the subject's failure where its message asked for the effect.
pub fn judge_check(
    finding: &Finding,
    precondition: bool,
    party: Participant,
    evidence: Option<Rest>,
    requirements: &[&Requirement],
    mode: Mode,
) -> CheckOutcome {
    let named = |one: Participant| requirements.iter().any(|req| req.subject.contains(&one));
    let rehearsal = mode == Mode::Rehearsal;
    let idle = precondition || requirements.is_empty();
    match finding {
        Finding::NotReached => CheckOutcome::NotReached,
        Finding::Inconclusive { why } => CheckOutcome::Inconclusive(why.clone()),
        Finding::Inapplicable { .. } => CheckOutcome::NoEvidence(NoEvidenceReason::NotApplicable),
        Finding::Held { .. } if idle => CheckOutcome::NoEvidence(NoEvidenceReason::Precondition),
        Finding::Held { checked: 0 } => CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing),
        Finding::Held { .. } => {
            let counts = |one| named(one) && mode.is_subject(one);
            if counts(party) || evidence.is_some_and(|rest| counts(rest.party)) {
                CheckOutcome::Pass
            } else {
                CheckOutcome::NoEvidence(NoEvidenceReason::NotUnderTest)
            }
        }
        Finding::Broke { .. } | Finding::Missed(_) => {
            let blames = |one| rehearsal || (named(one) && mode.is_live(one));
            if idle {
                CheckOutcome::Inconclusive("a precondition does not hold".to_owned())
            } else if blames(party) {
                CheckOutcome::Violation
            } else {
                match evidence {
                    Some(rest) if blames(rest.party) && rest.role == Role::Request => {
                        CheckOutcome::Violation
                    }
                    _ if mode.is_live(party) => CheckOutcome::Inconclusive(format!(
                        "what the {party} wrote does not hold, and no requirement of the {party} is cited"
                    )),
                    _ => CheckOutcome::Inconclusive(format!(
                        "what the {party} wrote does not hold, and the {party} is not under test here"
                    )),
                }
            }
        }
    }
}
