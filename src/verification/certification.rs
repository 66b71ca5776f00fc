//! The statement that a signer signs about a package: everything that verification derives, and nothing else.
//!
//! It follows from the package, its name and the assurance that the signer states, so that a reader can derive it again
//! and compare the bytes. Envelopes, keys and signatures are left to [`signature`](crate::signature).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::journal::{JournalEnd, LedgerExtent};
use crate::record::{Record, RequirementRow, VerdictCounts};
use crate::remarks::Remark;
use crate::report;
use crate::signature::{Statement, StatementSubject};
use crate::verification::Verification;
use crate::verification::read_me::NOT_PROVEN;
use crate::waivers::Waiver;
use plan_language::participant::{Mode, Subject};
use plan_language::plan::{Declared, Level};

/// The type of the predicate. A change of its members raises the number.
pub const CERTIFICATION_TYPE: &str = "urn:feedproof:certification:v1";

/// How the signer knows that the journal was recorded as it says; the signer states it, and nothing derives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assurance {
    /// The signer made the run.
    OwnRun,
    /// The signer made a run of its own as well.
    Reproduced,
    /// The messages were recorded at a sink of the certifier.
    CertifierSink,
}

impl Assurance {
    /// All levels, the weakest first.
    pub const ALL: [Self; 3] = [Self::OwnRun, Self::Reproduced, Self::CertifierSink];

    /// Returns the word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OwnRun => "self",
            Self::Reproduced => "reproduced",
            Self::CertifierSink => "certifier-sink",
        }
    }

    /// Says what the signer states with it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::OwnRun => "the signer made this run",
            Self::Reproduced => "a run of the signer's own gave the same answer",
            Self::CertifierSink => {
                "the messages were recorded at a sink that the certifier operates"
            }
        }
    }

    /// Finds the level for a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }
}

/// The predicate; its members are in the order in which a reader needs them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Certification<'a> {
    answer: Answer,
    /// Whether every condition of a certificate is met.
    certificate: bool,
    assurance: &'static str,
    subject: &'a Option<Subject>,
    mode: Mode,
    started: &'a str,
    nonce: &'a Option<String>,
    /// Whether a failing SHOULD counts.
    strict: bool,
    features: &'a BTreeMap<String, Declared>,
    feedproof_version: &'a str,
    journal: &'a Option<JournalEnd>,
    conditions: Vec<MetOrNot<'a>>,
    cases: VerdictCounts,
    requirements: Vec<RequirementResult<'a>>,
    /// The waits and other limits that the environment loosens, in words.
    limits_loosened: &'a [String],
    ledgers: &'a BTreeMap<String, LedgerExtent>,
    waivers: &'a [Waiver],
    remarks: &'a [Remark],
    not_proven: [&'static str; 3],
}

#[derive(Serialize)]
struct Answer {
    word: String,
    sentence: String,
}

#[derive(Serialize)]
struct MetOrNot<'a> {
    rule: &'static str,
    unmet: &'a Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequirementResult<'a> {
    id: &'a Arc<str>,
    level: Level,
    /// `passed`, `partly tested`, `failed`, `not tested` or `not applicable`.
    outcome: &'static str,
    /// The part that was left open of one that is partly tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_open: Option<&'a str>,
    /// Why it was not tested, or does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    /// Who answers for its failure, until when and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    waived: Option<&'a str>,
}

/// Derives the statement about a package from its verification.
pub fn certification(
    verification: &Verification,
    package: StatementSubject,
    assurance: Assurance,
) -> Statement {
    Statement {
        subject: package,
        predicate_type: CERTIFICATION_TYPE.to_owned(),
        predicate: predicate(verification, assurance),
    }
}

#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
fn predicate(verification: &Verification, assurance: Assurance) -> Value {
    let Record {
        header,
        requirements,
        ..
    } = &verification.record;
    let answer = report::answer(&verification.record);
    let conditions = verification.conditions.iter();
    let certification = Certification {
        answer: Answer {
            word: answer.word,
            sentence: answer.sentence,
        },
        certificate: verification.meets_all_conditions(),
        assurance: assurance.word(),
        subject: &header.subject,
        mode: header.mode,
        started: &header.started,
        nonce: &header.nonce,
        strict: header.strict,
        features: &header.features,
        feedproof_version: &header.version,
        journal: &verification.record.journal,
        conditions: conditions
            .map(|condition| MetOrNot {
                rule: condition.rule,
                unmet: &condition.unmet,
            })
            .collect(),
        cases: verification.record.counts,
        requirements: requirements.iter().map(result).collect(),
        limits_loosened: &header.limits_loosened,
        ledgers: &header.ledgers,
        waivers: &header.waivers,
        remarks: &verification.record.remarks,
        not_proven: NOT_PROVEN,
    };
    serde_json::to_value(certification).expect("texts and numbers, written to memory")
}

fn result(row: &RequirementRow) -> RequirementResult<'_> {
    RequirementResult {
        id: &row.requirement.id,
        level: row.requirement.level,
        outcome: report::row_word(row),
        left_open: row.partly.as_deref().filter(|_| row.is_partly_tested()),
        why: row.traced.why.as_deref(),
        waived: row.waived.as_deref(),
    }
}
