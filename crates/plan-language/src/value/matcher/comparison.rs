//! What every comparison does: it counts in the tally, and describes itself if it does not hold.

use super::demand::Comparison;
use super::describe::{describe, masked_note};
use super::place::Subject;
use super::tally::{Mismatch, Tally, quote};
use crate::source::Span;
use serde_json::Value;

/// How many values that a path found a mismatch quotes.
const HITS_QUOTED_MAX: usize = 20;

impl<'c> Comparison<'c> {
    /// Counts the comparison, described by the demand itself if it did not hold.
    pub(super) fn count(&self, held: bool, tally: &mut Tally) {
        if held {
            tally.hold();
        } else {
            tally.miss(1, || self.mismatch(self.string().and_then(masked_note)));
        }
    }

    /// Describes that the subject is not what the demand wants.
    pub(super) fn mismatch(&self, why: Option<String>) -> Mismatch {
        Mismatch {
            at: self.place.location(),
            span: Span::clone(&self.demand.span),
            expected: describe(self.demand),
            seen: quote_subject(self.subject),
            why,
        }
    }

    /// Returns the subject, if it is a string of the document.
    pub(super) fn string(&self) -> Option<&'c str> {
        self.subject.string()
    }
}

/// Quotes what was there; `None` if nothing was.
pub(super) fn quote_subject(subject: Subject<'_>) -> Option<Value> {
    match subject {
        Subject::Missing => None,
        Subject::Value(value) => Some(quote(value)),
        Subject::Hits(hits) => {
            // A few hits are quoted; the array is bounded again as a whole.
            let quoted = hits
                .iter()
                .take(HITS_QUOTED_MAX)
                .map(|hit| quote(hit.value));
            Some(quote(&Value::Array(quoted.collect())))
        }
    }
}
