//! The verdict of a case, from the outcomes of its checks.
//!
//! `failed` outranks `inconclusive` outranks `passed`; adding a failure never improves a verdict.

use serde::{Deserialize, Serialize};

use crate::judge::check::{Check, CheckOutcome, Finding, NoEvidenceReason};
use plan_language::participant::Mode;

/// The verdict of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The case does not apply here.
    Skipped,
    /// Every check passed or is a precondition that holds, and at least one passed.
    Passed,
    /// The plan, network, environment, a precondition or the setup failed: the case says nothing about the subject.
    Inconclusive,
    /// The subject violated a requirement.
    Failed,
}

impl Verdict {
    /// All verdicts, in the order in which reports count them.
    pub const ALL: [Self; 4] = [
        Self::Passed,
        Self::Failed,
        Self::Inconclusive,
        Self::Skipped,
    ];

    /// Returns the word for the verdict, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Passed => "passed",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
        }
    }
}

/// Returns the reason of a case none of whose checks is evidence about a subject.
pub(super) fn nothing_tested(mode: Mode) -> &'static str {
    match mode {
        Mode::Rehearsal => "nothing in this case tests a subject of its requirements",
        Mode::Connector | Mode::EndToEnd => "nothing in this case tests your connector",
        Mode::Service => "nothing in this case tests the Banking Service",
    }
}

/// Returns the verdict of a case and, unless it passed, the reason.
///
/// `checks` are those of the setup and of the steps, in their order; those of the teardown are not among them. The
/// reason names the first check that decides.
pub fn judge_case(checks: &[Check], mode: Mode) -> (Verdict, Option<String>) {
    let has = |outcome: &CheckOutcome| checks.iter().any(|check| check.outcome == *outcome);
    let inconclusive = |why: &str| (Verdict::Inconclusive, Some(why.to_owned()));
    let violation = |check: &&Check| check.outcome == CheckOutcome::Violation;
    if let Some(check) = checks.iter().find(violation) {
        return (Verdict::Failed, Some(check.what.clone()));
    }
    if let Some(reason) = checks.iter().find_map(inconclusive_reason) {
        return (Verdict::Inconclusive, Some(reason));
    }
    if has(&CheckOutcome::NotReached) {
        return inconclusive("not every step was reached");
    }
    if has(&CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing)) {
        return inconclusive("a check compared nothing");
    }
    if has(&CheckOutcome::Pass) {
        return (Verdict::Passed, None);
    }
    if has(&CheckOutcome::NoEvidence(NoEvidenceReason::NotUnderTest)) {
        return (Verdict::Skipped, Some(nothing_tested(mode).to_owned()));
    }
    let inapplicable = checks.iter().find_map(|check| match &check.finding {
        Finding::Inapplicable { why } => Some(why.clone()),
        _ => None,
    });
    match inapplicable {
        Some(why) => (Verdict::Skipped, Some(why)),
        None => inconclusive("the case has no check that counts"),
    }
}

/// Returns why a check makes its case inconclusive, `None` if it does not.
fn inconclusive_reason(check: &Check) -> Option<String> {
    let CheckOutcome::Inconclusive(why) = &check.outcome else {
        return None;
    };
    let what = &check.what;
    Some(if check.step.as_str().starts_with("given") {
        format!("given: {what}: {why}")
    } else {
        format!("{what}: {why}")
    })
}
