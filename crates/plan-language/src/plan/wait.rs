//! The named waits: words that plans use and whose lengths environments set.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::plan::model::Wait;

/// A named wait with its usual bound.
#[derive(Clone, Copy, Debug)]
pub struct NamedWait {
    /// The word.
    pub name: &'static str,
    /// The longest time to wait, unless the environment sets another.
    pub usual: Duration,
    /// What the step waits for, and the reason for an unusual length; a sentence without the final full stop.
    pub meaning: &'static str,
}

impl Wait {
    /// Returns the longest time to wait: that of the environment, or the usual one.
    pub fn bound(&self, set: &BTreeMap<String, Duration>) -> Duration {
        match self {
            Self::Literal(time, _) => *time,
            Self::Named(name, _) => named_wait(name, set),
        }
    }
}

/// Returns the length of a named wait: that of the environment, or the usual one.
pub fn named_wait(name: &str, set: &BTreeMap<String, Duration>) -> Duration {
    set.get(name).copied().unwrap_or_else(|| {
        WAITS
            .iter()
            .find(|wait| wait.name == name)
            .map_or(Duration::from_secs(10), |wait| wait.usual)
    })
}

const fn wait(name: &'static str, seconds: u64, meaning: &'static str) -> NamedWait {
    NamedWait {
        name,
        usual: Duration::from_secs(seconds),
        meaning,
    }
}

/// The wait that stands for a moved clock where the provider is live; never used unless an environment sets it.
pub const AUTHORISATION_EXPIRY: &str = "authorisation-expiry";

/// The wait after a bank action; none unless an environment sets it.
pub const SETTLE: &str = "settle";

/// All named waits.
pub const WAITS: &[NamedWait] = &[
    wait(
        "notification",
        10,
        "a notification reaches the provider after the action that causes it",
    ),
    wait(
        "authorisation",
        30,
        "the provider reports the result of a session after the customer consented",
    ),
    wait(
        "linked",
        30,
        "the product's poll returns the outcome of a session",
    ),
    wait(
        "first-statement",
        30,
        "the provider posts the first statement of a new account",
    ),
    wait(
        "next-statement",
        30,
        "the provider posts a statement about new transactions",
    ),
    wait(
        "history",
        120,
        "the provider has posted everything that is due of an account, in any number of statements",
    ),
    wait(
        "retry",
        60,
        "the provider tries again after a refusal or a transport error",
    ),
    wait(
        "no-answer",
        90,
        "the provider tries again after a request without a response: the connection ends after 30 s, and a pause follows",
    ),
    wait(
        "key-set",
        360,
        "the provider knows a key that Sage ID has published since: libraries ask for the keys again when a token names an \
         unknown one, and not more often than every 5 minutes",
    ),
    wait(
        "sync-retry",
        2100,
        "the provider tries again, or reports, when the processing of a statement failed: 30 minutes between attempts are recommended",
    ),
    wait(
        "status-change",
        30,
        "a change of an account's status is visible to readers",
    ),
    wait(
        AUTHORISATION_EXPIRY,
        1260,
        "the authorisations at a live provider, whose clock nobody can move, have expired; cases wait for it only if the environment sets this time",
    ),
    wait(
        SETTLE,
        0,
        "the bank has done what a bank action asked for, which responds earlier; cases wait for it after each one only if \
         the environment sets this time",
    ),
    wait(
        VISIT,
        180,
        "a visit of the customer's browser ends, also if a person plays the customer",
    ),
];

/// The wait that bounds every visit of the customer's browser.
pub const VISIT: &str = "visit";
