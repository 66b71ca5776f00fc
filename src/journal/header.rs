//! The header of a run: what a reader of its journal and reports needs first.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::number::count;
use crate::waivers::Waiver;
use plan_language::participant::{Mode, Subject};
use plan_language::plan::{Declared, SourceDigest};

/// The header of a run: versions, plans, environment and selection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Version of feedproof.
    pub version: String,
    /// Version of the journal's format.
    pub format: u32,
    /// When the run began, RFC 3339 in UTC.
    pub started: String,
    /// Which participants were live, and which emulated.
    pub mode: Mode,
    /// Name of the environment.
    pub environment: String,
    /// The subject under test, if the environment names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// Who runs the tests, if the environment says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The plans, flows and catalogues of the run, with their digests.
    pub sources: Vec<SourceDigest>,
    /// Where the plans came from, in words.
    pub provenance: String,
    /// Ids of the selected cases, in plan order.
    pub selection: Vec<String>,
    /// Number of cases that the filter excluded.
    pub filtered_out: usize,
    /// Faults that were injected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Limits that the environment loosens, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits_loosened: Vec<String>,
    /// The features that the environment declares.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, Declared>,
    /// The features that cases of the plans ask for and the environment does not declare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<String>,
    /// The waits that the environment sets, in milliseconds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waits: BTreeMap<String, u64>,
    /// How the environment is set, as names and values in its order, without anything that could be a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outline: Vec<(String, String)>,
    /// The values of the environment that the command line changed, as it was written: `waits.first-statement=90s`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed_values: Vec<String>,
    /// The bank's data of each live customer that has a ledger, by the name of the customer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ledgers: BTreeMap<String, LedgerExtent>,
    /// The failures that somebody answers for, in the order of their file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// How the documents differ from those that this version of feedproof ships; `None` if they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_plans: Option<String>,
    /// The nonce of a certifier: a word that was not known before, which tells the run from an older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The number of the run among those with its nonce in its folder of reports, from 1; only with a nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Whether a failing SHOULD counts as a failure.
    #[serde(default)]
    pub strict: bool,
}

#[cfg(test)]
impl Header {
    /// Returns the header of a made-up run.
    pub(crate) fn made_up(mode: Mode) -> Self {
        Self {
            version: "0".into(),
            format: FORMAT,
            started: "2026-01-01T00:00:00Z".into(),
            mode,
            environment: "test".into(),
            subject: None,
            operator: None,
            sources: Vec::new(),
            provenance: "test".into(),
            selection: Vec::new(),
            filtered_out: 0,
            faults: Vec::new(),
            limits_loosened: Vec::new(),
            features: BTreeMap::new(),
            undeclared: Vec::new(),
            waits: BTreeMap::new(),
            outline: Vec::new(),
            changed_values: Vec::new(),
            ledgers: BTreeMap::new(),
            waivers: Vec::new(),
            changed_plans: None,
            nonce: None,
            attempt: None,
            strict: false,
        }
    }
}

/// How far the bank's data of a customer reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerExtent {
    /// The number of transactions.
    pub transactions: usize,
    /// The day of the earliest transaction, `YYYY-MM-DD`; `None` without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The day of the latest transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl fmt::Display for LedgerExtent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.until) {
            (Some(from), Some(until)) => {
                write!(
                    out,
                    "{} from {from} to {until}",
                    count(self.transactions, "transaction")
                )
            }
            _ => out.write_str("no transaction"),
        }
    }
}

#[cfg(test)]
impl LedgerExtent {
    /// Returns a ledger of three transactions in a week.
    pub(crate) fn made_up() -> Self {
        Self {
            transactions: 3,
            from: Some("2026-11-20".into()),
            until: Some("2026-11-26".into()),
        }
    }
}

/// What stands for the nonce in the values of a case, where nobody gave the run one.
pub const NO_NONCE: &str = "feedproof";

/// The version of the journal's format that this crate writes.
pub const FORMAT: u32 = 6;
