//! Compares a value with a resolved demand, without copying the document. Operators compare for themselves.

use super::comparison::{MASKED, obstacle, quote_subject};
use super::demand::{Comparison, Demand, DemandKind, ObjectEntry, Resolved, Selector};
use super::describe::{describe_value, explain};
use super::place::{Place, Subject, Unread};
use super::tally::{Answer, Mismatch, Obstacle, Tally, TallyMode};
use super::word::MatcherWord;
use crate::source::Span;
use crate::value::equality::names;
use crate::value::kind::kind_name;
use crate::value::path::Found;
use serde_json::{Map, Value};

/// Compares a subject with a demand and all below it.
pub(super) fn check(
    demand: &Demand<Resolved>,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    if tally.is_decided() {
        return;
    }
    let comparison = Comparison {
        demand,
        subject,
        place,
    };
    if let Subject::Unread(unread) = subject
        && !demand.passes_subject_on()
    {
        check_unread(unread, &comparison, tally);
        return;
    }
    match &demand.kind {
        DemandKind::Word(word) => check_word(word, &comparison, tally),
        DemandKind::Literal(expected) => {
            check_literal(expected, &demand.span, subject, place, tally);
        }
        DemandKind::Array(demands) => check_array(demands, &comparison, tally),
        DemandKind::Object(entries) => check_object(entries, &comparison, tally),
        DemandKind::All(demands) => demands
            .iter()
            .for_each(|demand| check(demand, subject, place, tally)),
        DemandKind::Operator(operator) => operator.check(&comparison, tally),
    }
}

/// Returns whether a value matches, without counting or describing.
pub(super) fn answer(demand: &Demand<Resolved>, value: &Value) -> Answer {
    let mut tally = Tally::new(TallyMode::Decide);
    check(demand, Subject::Value(value), &Place::Root(""), &mut tally);
    tally.answer()
}

/// Tells whether a value matches: everything demanded was compared, and holds.
pub(super) fn matches(demand: &Demand<Resolved>, value: &Value) -> bool {
    answer(demand, value) == Answer::Holds
}

/// Weighs how far a value is from matching; 0 if it matches.
pub(super) fn distance(demand: &Demand<Resolved>, subject: Subject<'_>) -> usize {
    let mut tally = Tally::new(TallyMode::Count);
    check(demand, subject, &Place::Root(""), &mut tally);
    tally.unmet
}

/// Returns the first difference between a subject and a demand, or what is undecided, in one line.
pub(super) fn first_difference(
    demand: &Demand<Resolved>,
    subject: Subject<'_>,
    place: &Place<'_>,
) -> Option<String> {
    let mut tally = Tally::new(TallyMode::Explain);
    check(demand, subject, place, &mut tally);
    tally.first().map(Mismatch::summary)
}

/// Says that an array has another length than demanded.
fn other_length(seen: usize, wanted: usize) -> String {
    let plural = if seen == 1 { "" } else { "s" };
    format!("it has {seen} element{plural}, not {wanted}")
}

/// Compares what could not be read: it is there, and nothing else is known of it.
fn check_unread(unread: &Unread<'_>, comparison: &Comparison<'_>, tally: &mut Tally) {
    match &comparison.demand.kind {
        DemandKind::Word(word) if word.proves_nothing() => {}
        DemandKind::Word(word) if word.accepts_missing() => {
            tally.miss(1, || comparison.mismatch(Some(unread.why.to_owned())));
        }
        _ => comparison.undecide(unread.cause, unread.why.to_owned(), tally),
    }
}

fn check_word(word: &MatcherWord, comparison: &Comparison<'_>, tally: &mut Tally) {
    let held = match comparison.subject {
        Subject::Missing => word.accepts_missing(),
        Subject::Value(value) => (word.accepts)(value),
        Subject::Hits(hits) => word.accepts_hits(hits.len()),
        Subject::Unread(_) => false,
    };
    if !held && word.reads_form() && comparison.is_handle() {
        comparison.undecide(Obstacle::Unreadable, MASKED.to_owned(), tally);
    } else if !(held && word.proves_nothing()) {
        comparison.count(held, tally);
    }
}

fn check_array(demands: &[Demand<Resolved>], comparison: &Comparison<'_>, tally: &mut Tally) {
    let Some(items) = comparison.subject.items() else {
        tally.miss(comparison.demand.weight(), || comparison.mismatch(None));
        return;
    };
    if demands.len() != items.len() {
        tally.miss(comparison.demand.weight(), || {
            comparison.mismatch(Some(other_length(items.len(), demands.len())))
        });
        return;
    }
    tally.hold();
    for (index, demand) in demands.iter().enumerate() {
        let place = items.place(index, comparison.place);
        check(demand, Subject::Value(items.get(index)), &place, tally);
    }
}

fn check_object(entries: &[ObjectEntry<Resolved>], comparison: &Comparison<'_>, tally: &mut Tally) {
    let object = comparison.subject.value().and_then(Value::as_object);
    let has_keys = entries
        .iter()
        .any(|entry| matches!(entry.selector, Selector::Key(_)));
    if object.is_none() && (has_keys || entries.is_empty()) {
        tally.miss(comparison.demand.weight(), || {
            let found = match comparison.subject {
                Subject::Missing => None,
                Subject::Value(value) => Some(kind_name(value)),
                Subject::Hits(_) => Some("an array found by a JSONPath"),
                Subject::Unread(_) => Some("something that could not be read"),
            };
            comparison.mismatch(found.map(|found| format!("it is {found}")))
        });
        return;
    }
    if entries.is_empty() {
        tally.hold();
    }
    for entry in entries {
        check_entry(entry, object, comparison, tally);
    }
}

fn check_entry(
    entry: &ObjectEntry<Resolved>,
    object: Option<&Map<String, Value>>,
    comparison: &Comparison<'_>,
    tally: &mut Tally,
) {
    let demand = &entry.demand;
    match &entry.selector {
        Selector::Key(key) => {
            let value = Subject::from(object.and_then(|object| object.get(key)));
            check(demand, value, &Place::Key(comparison.place, key), tally);
        }
        Selector::Path(path) => {
            let place = Place::Path(comparison.place, path);
            match comparison.subject.value().map(|value| path.query(value)) {
                Some(Found::One(value)) => check(demand, Subject::from(value), &place, tally),
                Some(Found::Many(hits)) => check(demand, Subject::Hits(&hits), &place, tally),
                None if path.is_singular() => check(demand, Subject::Missing, &place, tally),
                None => check(demand, Subject::Hits(&[]), &place, tally),
            }
        }
    }
}

/// Compares with a value that a plan spells out or a reference names: scalars by value, objects in part, arrays in
/// full length.
fn check_literal(
    expected: &Value,
    span: &Span,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    if tally.is_decided() {
        return;
    }
    let mismatch = |why: Option<String>| Mismatch {
        at: place.location(),
        span: span.clone(),
        expected: describe_value(expected),
        seen: quote_subject(subject),
        why,
        unread: matches!(subject, Subject::Unread(_)),
    };
    match (expected, subject.value(), subject.items()) {
        (Value::Object(wanted), Some(Value::Object(entries)), _) => {
            if wanted.is_empty() {
                tally.hold();
            }
            for (key, value) in wanted {
                let there = Subject::from(entries.get(key));
                check_literal(value, span, there, &Place::Key(place, key), tally);
            }
        }
        (Value::Array(wanted), _, Some(items)) if wanted.len() == items.len() => {
            tally.hold();
            for (index, (value, item)) in wanted.iter().zip(items.iter()).enumerate() {
                let place = items.place(index, place);
                check_literal(value, span, Subject::Value(item), &place, tally);
            }
        }
        (Value::Array(wanted), _, Some(items)) => {
            let why = other_length(items.len(), wanted.len());
            tally.miss(wanted.len().max(1), || mismatch(Some(why)));
        }
        (expected, Some(value), _) if names(expected, value) => tally.hold(),
        (expected, Some(value), _) => match obstacle(expected, value) {
            Some((cause, why)) => tally.undecide(cause, || mismatch(Some(why))),
            None => tally.miss(literal_weight(expected), || {
                mismatch(explain(expected, value))
            }),
        },
        (expected, None, _) => tally.miss(literal_weight(expected), || mismatch(None)),
    }
}

fn literal_weight(expected: &Value) -> usize {
    match expected {
        Value::Array(items) => items.len().max(1),
        Value::Object(entries) => entries.len().max(1),
        _ => 1,
    }
}
