//! One check: what it found, and the outcome that follows from the finding. Pure.
//!
//! A check is one demand of a plan on one message, response or visit, or on the absence of a message. Its outcome
//! depends on the participant that it judges: without evidence from the subject no check passes. How messages are
//! compared is left to `matching`, the verdict of a case to `verdict`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::journal::{Lane, Micros, Seq};
use crate::matching::{Compared, Difference};
use plan_language::participant::{Address, Mode, Participant};
use plan_language::plan::{Place, Requirement, StepKey};
use plan_language::value::Value;

/// One demand of a plan, with its finding and its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The step that makes the demand.
    pub step: StepKey,
    /// The line of the plan that makes the demand.
    pub place: Place,
    /// The demand in one phrase: `DELETE /… at service`.
    pub what: String,
    /// Ids of the requirements that the check cites; empty for a precondition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirement: Vec<Arc<str>>,
    /// Whether it is a precondition: if it fails, the case is inconclusive.
    pub precondition: bool,
    /// The participant whose behaviour the check judges.
    pub party: Participant,
    /// The message whose effect the check reads, if the step names one (`evidence: LABEL`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceMessage>,
    /// What the check found.
    pub finding: Finding,
    /// Positions in the journal of the messages that it judged.
    pub messages: Vec<Seq>,
    /// Where the values that it used came from; empty unless the check failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Provenance>,
    /// What the finding means in the mode of the run.
    pub outcome: CheckOutcome,
    /// Why the finding does not count, if feedproof itself was hindered while the case ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
}

impl Check {
    /// Returns the outcome of the check for one requirement.
    ///
    /// A check that cites several requirements can prove one and not another: it counts for each by what that
    /// requirement's own subjects did.
    pub fn outcome_for(&self, requirement: &Requirement, mode: Mode) -> CheckOutcome {
        let outcome = judge_check(
            &self.finding,
            self.precondition,
            self.party,
            self.evidence,
            &[requirement],
            mode,
        );
        match &self.withheld {
            Some(why) if outcome.is_concluded() => CheckOutcome::Inconclusive(why.clone()),
            _ => outcome,
        }
    }

    /// Takes back what the check concluded, because messages may have been lost: one that did not arrive, or one that
    /// would have spoken against the subject.
    pub fn withhold(&mut self, why: &str) {
        self.withheld = Some(why.to_owned());
        if self.outcome.is_concluded() {
            self.outcome = CheckOutcome::Inconclusive(why.to_owned());
        }
    }

    /// Takes back what the check found against the subject, because feedproof itself was late: a connector that gave up
    /// and sent its message again did nothing wrong. What was found in its favour stays: all messages are there.
    pub fn excuse(&mut self, why: &str) {
        if self.outcome == CheckOutcome::Violation {
            self.withhold(why);
        }
    }
}

/// The origin of a value that a check used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The name as the plan writes it: `account.id`.
    pub name: String,
    /// The value, masked.
    pub value: Value,
    /// Where the value came from, in words.
    pub origin: String,
}

/// The message that a check names as its evidence (`evidence: LABEL`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceMessage {
    /// Position of the message in the journal.
    pub seq: Seq,
    /// The participant that sent it.
    pub party: Participant,
    /// Whether it asked for the effect, or only answered.
    pub role: Role,
}

/// The role of a message in its exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The request.
    Request,
    /// The response.
    Answer,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Finding {
    /// The demand holds.
    Held {
        /// Number of atomic comparisons; 0 is no evidence.
        checked: usize,
    },
    /// A message differs from the demand.
    Broke {
        /// Each difference.
        differences: Vec<Difference>,
    },
    /// A message did not arrive, arrived too often, or arrived although it must not.
    Missed(Miss),
    /// The network, the environment or the plan keeps the check from a conclusion.
    Inconclusive {
        /// Why.
        why: String,
    },
    /// The check does not apply: the environment does not declare what it needs.
    Inapplicable {
        /// What the environment does not declare.
        why: String,
    },
    /// The case ended before the check.
    NotReached,
}

impl Finding {
    /// Returns the finding of a comparison with a message of the participant that the check judges.
    ///
    /// A value that cannot be compared as its sender wrote it speaks against the sender: the demand needs a readable
    /// value. A comparison that is undecided for another reason makes the check inconclusive.
    pub fn of(compared: Compared) -> Self {
        if compared.holds() {
            return Self::Held {
                checked: compared.checked,
            };
        }
        match compared.open_reason() {
            Some(why) => Self::Inconclusive { why },
            None => Self::Broke {
                differences: compared.into_differences(),
            },
        }
    }
}

/// A message that did not arrive as demanded, or that arrived although it must not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Miss {
    /// The address at which the message was awaited.
    pub awaited: Address,
    /// Only messages behind this position count: there the step began that was to cause the message.
    pub since: Seq,
    /// In which way the message was missed.
    pub kind: MissKind,
    /// The same as a sentence without a full stop.
    pub why: String,
    /// The closest message, if one is close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
}

/// The ways in which a message is missed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum MissKind {
    /// No message of the kind arrived.
    NothingCame,
    /// Messages arrived, but not enough.
    TooFew {
        /// Number of messages that arrived.
        came: usize,
        /// The least number that the plan demands.
        least: u32,
    },
    /// The message arrived after the wait had ended.
    Late {
        /// How long after the end of the wait, in microseconds.
        by_us: Micros,
    },
    /// The message arrived before the step that was to cause it, and not again.
    Early {
        /// How long before the step, in microseconds.
        by_us: Micros,
    },
    /// Messages of the kind arrived, and none matched.
    Differs {
        /// Number of messages that arrived.
        came: usize,
    },
    /// The message arrived in time, and was known to be this case's only after the wait had ended.
    JoinedLate,
    /// The message belongs to another case, although it names an identifier of this one.
    OtherCase {
        /// The other case.
        case: Lane,
    },
    /// A message of the kind arrived that belongs to no case.
    NoCase,
    /// A tap refused the message before it reached its participant.
    Refused,
    /// A message arrived although it must not.
    Unwanted,
    /// More messages arrived than may.
    TooMany {
        /// Number of messages that arrived.
        came: usize,
        /// The greatest number that the plan allows.
        most: u32,
    },
}

impl MissKind {
    /// Returns whether a message is missing; otherwise a message arrived that must not.
    pub fn is_lack(&self) -> bool {
        !matches!(self, Self::Unwanted | Self::TooMany { .. })
    }
}

/// The message that is closest to a missed one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nearest {
    /// Its position in the journal.
    pub seq: Seq,
    /// Method and path of the message.
    pub message: String,
    /// How it differs from the demand.
    pub differences: Vec<Difference>,
}

/// The outcome of a check: what its finding means in a mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", content = "why", rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// The demand holds, and the message that proves it comes from the subject.
    Pass,
    /// The subject violates a requirement that the check cites.
    Violation,
    /// The check makes its case inconclusive, for this reason.
    Inconclusive(String),
    /// The check did not fail and proves nothing.
    NoEvidence(NoEvidenceReason),
    /// The case ended before the check.
    NotReached,
}

impl CheckOutcome {
    /// Returns whether it speaks for the subject or against it.
    fn is_concluded(&self) -> bool {
        matches!(self, Self::Pass | Self::Violation)
    }
}

/// Why a check that did not fail proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoEvidenceReason {
    /// The check is a precondition, or cites no requirement.
    Precondition,
    /// The check compared nothing.
    ComparedNothing,
    /// The message that it judged comes from a participant that is not under test here.
    NotUnderTest,
    /// The environment does not declare what the check needs.
    NotApplicable,
}

/// Returns the outcome of a check: what its finding means in a mode.
///
/// `requirements` are those that the check cites. In a rehearsal the emulated participants count as subjects; elsewhere
/// only a live participant that a requirement names does. A check on another participant is a precondition, unless it
/// names a message of the subject as its evidence: then that message is what proves the requirement, and a failed
/// check is a violation by the subject if its message asked for the effect.
pub fn judge_check(
    finding: &Finding,
    precondition: bool,
    party: Participant,
    evidence: Option<EvidenceMessage>,
    requirements: &[&Requirement],
    mode: Mode,
) -> CheckOutcome {
    let named = |participant: Participant| {
        let mut subjects = requirements.iter().map(|requirement| &requirement.subject);
        subjects.any(|subject| subject.contains(&participant))
    };
    let proves_nothing = precondition || requirements.is_empty();
    match finding {
        Finding::NotReached => CheckOutcome::NotReached,
        Finding::Inconclusive { why } => CheckOutcome::Inconclusive(why.clone()),
        Finding::Inapplicable { .. } => CheckOutcome::NoEvidence(NoEvidenceReason::NotApplicable),
        Finding::Held { .. } if proves_nothing => {
            CheckOutcome::NoEvidence(NoEvidenceReason::Precondition)
        }
        Finding::Held { checked: 0 } => CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing),
        Finding::Held { .. } => {
            let proves = |participant| named(participant) && mode.is_subject(participant);
            if proves(party) || evidence.is_some_and(|message| proves(message.party)) {
                CheckOutcome::Pass
            } else {
                CheckOutcome::NoEvidence(NoEvidenceReason::NotUnderTest)
            }
        }
        Finding::Broke { .. } | Finding::Missed(_) if proves_nothing => {
            CheckOutcome::Inconclusive("a precondition failed".to_owned())
        }
        Finding::Broke { .. } | Finding::Missed(_) => {
            let blames = |participant| {
                mode == Mode::Rehearsal || (named(participant) && mode.is_live(participant))
            };
            let asked = evidence
                .is_some_and(|message| message.role == Role::Request && blames(message.party));
            if blames(party) || asked {
                CheckOutcome::Violation
            } else {
                CheckOutcome::Inconclusive(not_to_blame(party, mode))
            }
        }
    }
}

/// Says why a failed check is no violation by the participant whose behaviour it judges.
fn not_to_blame(judged: Participant, mode: Mode) -> String {
    let party = judged.as_noun();
    if mode.is_live(judged) {
        format!(
            "{party} does not do what the check demands, but the check cites no requirement of {party}"
        )
    } else {
        format!("{party} does not do what the check demands, but {party} is not under test here")
    }
}
