//! Judging: the outcome of each check, and the verdicts that follow. Pure.
//!
//! Inputs are masked messages of the journal, plans and requirements; outputs are checks, outcomes of cases and
//! requirements, and the verdict of the run. The judge never sends, waits or reads a clock.

mod check;
mod duration;
mod explain;
mod misrouted;
mod nearest;
mod outcome;
mod page_says;
mod run_verdict;
mod trace;
mod traffic;
mod verdict;

pub use check::{
    Check, CheckOutcome, EvidenceMessage, Finding, Miss, MissKind, Nearest, NoEvidenceReason,
    Provenance, Role, judge_check,
};
pub use duration::millis;
pub use explain::{explain_missed, explain_too_many, explain_unwanted};
pub use outcome::Outcome;
pub use page_says::{PageOutcome, PageWords, pages_say};
pub use run_verdict::{RunFacts, RunVerdict, counts, exit_code, judge_run};
pub(crate) use trace::not_the_subject;
pub use trace::{RequirementOutcome, TracedRequirement, trace};
pub use traffic::{Traffic, Window};
pub use verdict::{Verdict, judge_case};

#[cfg(test)]
mod tests;
