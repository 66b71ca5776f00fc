//! Compares with literal values: what a plan spells out, and what a reference stands for.

use super::check::seen;
use super::check_list::other_length;
use super::describe::{describe_value, explain};
use super::place::{Place, Subject};
use super::tally::{Mismatch, Tally};
use crate::source::Span;
use crate::value::equality::equal;
use serde_json::Value;

/// Compares with a value: scalars by value, maps in part, lists in full length.
pub(super) fn check(
    expected: &Value,
    span: &Span,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    if tally.is_decided() {
        return;
    }
    let differ = |why: Option<String>| Mismatch {
        at: place.location(),
        span: span.clone(),
        expected: describe_value(expected),
        seen: seen(subject),
        why,
    };
    match (expected, subject.value(), subject.items()) {
        (Value::Object(wanted), Some(Value::Object(entries)), _) => {
            if wanted.is_empty() {
                tally.hold();
            }
            for (key, value) in wanted {
                let there = Subject::from(entries.get(key));
                check(value, span, there, &Place::Key(place, key), tally);
            }
        }
        (Value::Array(wanted), _, Some(items)) if wanted.len() == items.len() => {
            tally.hold();
            for (at, (value, item)) in wanted.iter().zip(items.iter()).enumerate() {
                let place = items.place(at, place);
                check(value, span, Subject::Value(item), &place, tally);
            }
        }
        (Value::Array(wanted), _, Some(items)) => {
            let why = other_length(items.len(), wanted.len());
            tally.miss(wanted.len().max(1), || differ(Some(why)));
        }
        (expected, Some(value), _) if equal(expected, value) => tally.hold(),
        (expected, value, _) => {
            let why = || value.and_then(|value| explain(expected, value));
            tally.miss(weight_of(expected), || differ(why()));
        }
    }
}

fn weight_of(expected: &Value) -> usize {
    match expected {
        Value::Array(items) => items.len().max(1),
        Value::Object(entries) => entries.len().max(1),
        _ => 1,
    }
}
