//! The part that all comparisons share: each counts in the tally, and describes itself if it breaks or is undecided.
//!
//! Here stands what cannot be decided about a single value, for all operators.

use super::demand::Comparison;
use super::describe::describe;
use super::place::Subject;
use super::tally::{Mismatch, Obstacle, Tally, quote};
use crate::source::Span;
use crate::value::equality::{equal, names};
use crate::value::handle;
use crate::value::kind::kind_name;
use serde_json::Value;

/// How many values that a path found a mismatch quotes.
const HITS_QUOTED_MAX: usize = 20;

impl<'c> Comparison<'c> {
    /// Counts the comparison, described by the demand itself if it did not hold.
    pub(super) fn count(&self, held: bool, tally: &mut Tally) {
        if held {
            tally.hold();
        } else {
            tally.miss(1, || self.mismatch(None));
        }
    }

    /// Counts that the comparison cannot be decided, and why.
    pub(super) fn undecide(&self, cause: Obstacle, why: String, tally: &mut Tally) {
        tally.undecide(cause, || self.mismatch(Some(why)));
    }

    /// Counts a comparison of texts. A missing value and `null` hold no text; another kind of value is undecided, and
    /// so is a masked one in which `holds` found nothing.
    pub(super) fn count_text(&self, holds: impl FnOnce(&str) -> bool, tally: &mut Tally) {
        match self.subject {
            Subject::Value(Value::String(text)) => {
                let held = holds(text);
                if !held && self.is_handle() {
                    self.undecide(Obstacle::Unreadable, MASKED.to_owned(), tally);
                } else {
                    self.count(held, tally);
                }
            }
            Subject::Missing | Subject::Value(Value::Null) | Subject::Hits([]) => {
                self.count(false, tally);
            }
            Subject::Value(_) | Subject::Hits(_) | Subject::Unread(_) => {
                self.undecide_kind("a string", tally);
            }
        }
    }

    /// Counts a comparison with a part of a string. Every string has an empty part, which the value of a reference may be.
    pub(super) fn count_part(
        &self,
        part: &str,
        holds: impl FnOnce(&str) -> bool,
        tally: &mut Tally,
    ) {
        if part.is_empty() && self.string().is_some() {
            let why = "what it is compared with is an empty string, so nothing was compared";
            self.undecide(Obstacle::Nothing, why.to_owned(), tally);
        } else {
            self.count_text(holds, tally);
        }
    }

    /// Counts that the value is of a kind for which the demand has no answer.
    pub(super) fn undecide_kind(&self, wanted: &str, tally: &mut Tally) {
        let kind = match self.subject {
            Subject::Missing => "missing",
            Subject::Value(value) => kind_name(value),
            Subject::Hits(_) => "an array found by a JSONPath",
            Subject::Unread(_) => "something that could not be read",
        };
        let why = format!("it is {kind}, so it cannot be compared as {wanted}");
        self.undecide(Obstacle::Value, why, tally);
    }

    /// Counts a comparison with values of which the subject must equal one.
    pub(super) fn count_equal_to_one(&self, values: &[Value], tally: &mut Tally) {
        let Some(seen) = self.subject.value() else {
            self.count(false, tally);
            return;
        };
        if values.iter().any(|value| names(value, seen)) {
            tally.hold();
        } else if let Some((cause, why)) = values.iter().find_map(|value| obstacle(value, seen)) {
            self.undecide(cause, why, tally);
        } else {
            self.count(false, tally);
        }
    }

    /// Counts that a subject has no length: a mismatch where nothing is there, else undecided.
    pub(super) fn count_sized(&self, tally: &mut Tally) {
        match self.subject {
            Subject::Missing | Subject::Value(Value::Null) => self.count(false, tally),
            Subject::Value(_) | Subject::Hits(_) | Subject::Unread(_) => {
                self.undecide_kind("something that has a length", tally);
            }
        }
    }

    /// Tells whether the subject is a masked value of which nothing but its handle is known.
    pub(super) fn is_handle(&self) -> bool {
        self.string().is_some_and(handle::is_handle)
    }

    /// Describes that the subject is not what the demand wants.
    pub(super) fn mismatch(&self, why: Option<String>) -> Mismatch {
        Mismatch {
            at: self.place.location(),
            span: Span::clone(&self.demand.span),
            expected: describe(self.demand),
            seen: quote_subject(self.subject),
            why,
            unread: matches!(self.subject, Subject::Unread(_)),
        }
    }

    /// Returns the subject, if it is a string of the document.
    pub(super) fn string(&self) -> Option<&'c str> {
        self.subject.string()
    }
}

/// Why a masked value is not compared.
pub(super) const MASKED: &str = "the value is masked, so only its handle can be compared";

/// Returns what keeps two values that are not equal from a decision: one looks like the other in another kind, or one
/// is masked.
pub(super) fn obstacle(expected: &Value, seen: &Value) -> Option<(Obstacle, String)> {
    match (expected, seen) {
        (Value::String(text), other) | (other, Value::String(text)) if is_spelled(other, text) => {
            let (seen, expected) = (kind_name(seen), kind_name(expected));
            let why = format!("it is {seen}, not {expected}, although it reads the same");
            Some((Obstacle::Value, why))
        }
        (Value::String(left), Value::String(right))
            if handle::is_handle(left) != handle::is_handle(right)
                && !(left.is_empty() || right.is_empty()) =>
        {
            Some((Obstacle::Unreadable, MASKED.to_owned()))
        }
        _ => None,
    }
}

/// Tells whether a number or a boolean reads like this text: `12.5` like `12.50`.
fn is_spelled(value: &Value, text: &str) -> bool {
    match value {
        Value::Bool(boolean) => boolean.to_string() == text,
        Value::Number(_) => {
            let read = text.trim().parse().map(Value::Number);
            read.is_ok_and(|number| equal(value, &number))
        }
        _ => false,
    }
}

/// Quotes what was there; `None` if nothing was.
pub(super) fn quote_subject(subject: Subject<'_>) -> Option<Value> {
    match subject {
        Subject::Missing | Subject::Unread(_) => None,
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
