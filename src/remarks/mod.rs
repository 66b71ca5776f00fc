//! Remarks of reviewers about a finished run, and the file beside the run that contains them.
//!
//! A remark changes no verdict: it is what a person thought of one.

mod read;

use std::fmt;

use serde::{Serialize, Serializer};

pub use read::{REMARKS_BYTES_MAX, REMARKS_MAX, read};

/// What a reviewer says about a case, or about the whole run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The id of the case; `None` for the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Who says it.
    pub reviewer: String,
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// What is said, one paragraph.
    pub remark: String,
    /// What the reviewer decided.
    pub decision: Decision,
}

/// What a reviewer decided about a case or a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The result stands.
    Accepted,
    /// The result does not stand for this reviewer.
    Rejected,
    /// Something has to be answered first.
    Open,
}

impl Decision {
    /// All decisions.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Rejected, Self::Open];

    /// Returns the word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Open => "open",
        }
    }

    /// Finds the decision for a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|decision| decision.word() == word)
    }
}

impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, remark) = (self.decision.word(), &self.remark);
        write!(out, "{word} by {}, {}: {remark}", self.reviewer, self.date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_decision_has_a_word_of_its_own() {
        for decision in Decision::ALL {
            assert_eq!(Decision::of(decision.word()), Some(decision));
        }
        assert_eq!(Decision::of("maybe"), None);
    }
}
