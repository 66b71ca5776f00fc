//! Waivers: failures that somebody answers for until a day, as the run's header keeps them.
//!
//! A waived requirement is tested all the same. Which failures a waiver excuses is left to `record`.

mod read;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::is_day;

pub use read::{WAIVERS_MAX, read};

/// A failure that somebody answers for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// What is waived.
    #[serde(flatten)]
    pub target: WaiverTarget,
    /// Why, in one sentence.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it is in force, `YYYY-MM-DD` in UTC.
    pub expires: String,
    /// Where the failure is tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// What a waiver is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverTarget {
    /// A requirement, by its id.
    Requirement(String),
    /// A case, by its id.
    Case(String),
}

impl WaiverTarget {
    /// Returns the id.
    pub fn id(&self) -> &str {
        match self {
            Self::Requirement(id) | Self::Case(id) => id,
        }
    }
}

impl fmt::Display for WaiverTarget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requirement(id) => write!(out, "requirement {id}"),
            Self::Case(id) => write!(out, "case {id}"),
        }
    }
}

impl Waiver {
    /// Tells whether it is in force at a moment (RFC 3339 in UTC).
    pub fn is_in_force(&self, moment: &str) -> bool {
        let day = moment.get(..self.expires.len()).filter(|day| is_day(day));
        day.is_some_and(|day| is_day(&self.expires) && day <= self.expires.as_str())
    }

    /// Says who answers for it, until when, and why.
    pub fn told(&self) -> String {
        let link = self.link.as_ref().map(|link| format!("; {link}"));
        format!(
            "{} answers for it until {}: {}{}",
            self.owner,
            self.expires,
            self.reason,
            link.unwrap_or_default()
        )
    }
}

#[cfg(test)]
impl Waiver {
    /// Returns a waiver that was in force in 2026.
    pub(crate) fn made_up(target: WaiverTarget) -> Self {
        Self {
            target,
            reason: "release 1.5 mends it".into(),
            owner: "jane@acme.example".into(),
            expires: "2026-12-31".into(),
            link: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_in_force_on_its_last_day() {
        let waiver = Waiver::made_up(WaiverTarget::Case("a/b".into()));
        assert!(waiver.is_in_force("2026-12-31T23:59:59Z"));
        assert!(!waiver.is_in_force("2027-01-01T00:00:00Z"));
        assert!(waiver.is_in_force("2025-01-01T00:00:00Z"));
        assert!(!waiver.is_in_force("soon"));
        for expires in ["", "9", "2999-W01-1"] {
            let expires = expires.to_owned();
            let waiver = Waiver {
                expires,
                ..waiver.clone()
            };
            assert!(!waiver.is_in_force("2026-12-31T00:00:00Z"), "{waiver:?}");
        }
    }

    #[test]
    fn its_json_names_what_it_is_for() {
        let waiver = Waiver::made_up(WaiverTarget::Requirement("OFF-03".into()));
        let json = serde_json::to_value(&waiver).expect("JSON");
        assert_eq!(json["requirement"], "OFF-03");
        assert_eq!(
            serde_json::from_value::<Waiver>(json).expect("read"),
            waiver
        );
    }
}
