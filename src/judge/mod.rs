//! Judging: what a check found, what it weighs, and the verdicts that follow. Pure throughout.
//!
//! The judge sees masked messages and plans. It neither acts nor waits, and it reads no clock.

mod check;
mod demand;
mod explain;
mod misrouted;
mod verdict;

pub use check::{
    Check, CheckOutcome, Difference, Finding, Miss, MissKind, Nearest, NoEvidenceReason,
    Provenance, Rest, Role, judge_check,
};
pub use demand::{Compared, Demand, Selector, form};
pub use explain::{Traffic, Window, explain_missed, explain_too_many, explain_unwanted, millis};
pub use verdict::{
    Judged, NOT_UNDER_TEST, RequirementOutcome, RunFacts, RunVerdict, Traced, Verdict, counts,
    exit_code, judge_case, judge_run, standings, trace,
};

#[cfg(test)]
mod tests;
