//! Causes that several cases share, in words.

use crate::number::{count, is_or_are};
use crate::record::{Record, SharedCause};
use crate::report::failure::{headline, refusals};

/// Says how many cases share a cause.
pub(super) fn title(cause: &SharedCause) -> String {
    let cases = cause.cases.len();
    format!(
        "{} {} inconclusive because of one cause",
        count(cases, "case"),
        is_or_are(cases)
    )
}

/// Says which cause it is, and which cases failed because of it.
pub(super) fn reason(record: &Record, cause: &SharedCause) -> String {
    let Some(refusal) = &cause.refusal else {
        // The first of the cases says more than the reason that they share.
        let mut cases = record.cases.iter();
        let first = cases.find(|case| Some(&case.case) == cause.cases.first());
        let told = first.and_then(|case| headline(record, case));
        let told = told.as_deref().unwrap_or(&cause.reason);
        return told.trim_start_matches("inconclusive: ").to_owned();
    };
    let refused = refusals(record, refusal);
    if cause.failed.is_empty() {
        return refused;
    }
    let failed = cause.failed.len();
    format!(
        "{refused}; {} failed because of it: {}",
        count(failed, "case"),
        cause.failed.join(", ")
    )
}
