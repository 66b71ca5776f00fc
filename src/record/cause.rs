//! Reasons that several cases share, so that reports name each once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::judge::{Outcome, Verdict};
use crate::record::{Record, RefusalKind, refusal_behind};

/// A reason that several cases share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedCause {
    /// The reason that the first of the cases gives.
    pub reason: String,
    /// The refusal behind all of them, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalKind>,
    /// The cases that failed because of the same refusal, in plan order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Arc<str>>,
    /// The cases, in plan order.
    pub cases: Vec<Arc<str>>,
}

/// Lists the reasons why several cases are inconclusive: a refusal of the same kind, or the same words.
pub(super) fn causes(record: &Record) -> Vec<SharedCause> {
    let mut causes: Vec<SharedCause> = Vec::new();
    for outcome in &record.cases {
        let Some(reason) = &outcome.reason else {
            continue;
        };
        if outcome.verdict != Verdict::Inconclusive {
            continue;
        }
        let refusal = refusal_of(record, outcome);
        let is_shared = |cause: &SharedCause| match (&cause.refusal, &refusal) {
            (None, None) => cause.reason == *reason,
            (known, refusal) => known == refusal,
        };
        match causes.iter_mut().find(|cause| is_shared(cause)) {
            Some(cause) => cause.cases.push(outcome.case.clone()),
            None => causes.push(SharedCause {
                reason: reason.clone(),
                refusal,
                failed: Vec::new(),
                cases: vec![outcome.case.clone()],
            }),
        }
    }
    causes.retain(|cause| cause.cases.len() > 1);
    let failed = record.cases.iter();
    for outcome in failed.filter(|outcome| outcome.verdict == Verdict::Failed) {
        let refusal = refusal_of(record, outcome);
        let cause = causes.iter_mut();
        let mut cause = cause.filter(|cause| cause.refusal.is_some() && cause.refusal == refusal);
        if let Some(cause) = cause.next() {
            cause.failed.push(outcome.case.clone());
        }
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.cases.len()));
    causes
}

/// Returns the kind of the refusal behind the first broken check of a case.
fn refusal_of(record: &Record, outcome: &Outcome) -> Option<RefusalKind> {
    let check = outcome.broken().next()?;
    Some(refusal_behind(record, outcome, check)?.kind())
}
