//! Judges a value by a resolved matcher. Walks the document without copying it; literals and lists have files of their
//! own.

use super::describe::{describe, masked_note};
use super::place::{Place, Subject};
use super::tally::{Mismatch, Mode, Tally, quote};
use super::tree::{Bound, Closed, Entry, Form, Selector, Tree};
use super::word::Word;
use super::{check_list, check_literal};
use crate::value::equality::{equal, order};
use crate::value::form;
use crate::value::kind::kind_name;
use crate::value::path::Found;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// Judges a subject by a demand and all below it.
pub(super) fn check(
    tree: &Tree<Closed>,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    if tally.is_decided() {
        return;
    }
    match &tree.form {
        Form::Word(word) => check_word(tree, *word, subject, place, tally),
        Form::Literal(value) => check_literal::check(value, &tree.span, subject, place, tally),
        Form::Map(entries) => check_map(tree, entries, subject, place, tally),
        Form::All(trees) => trees
            .iter()
            .for_each(|tree| check(tree, subject, place, tally)),
        Form::AnyOf(trees) => check_any_of(tree, trees, subject, place, tally),
        Form::Not(inner) => check_not(tree, inner, subject, place, tally),
        Form::Equals(value) => {
            let held = match subject {
                Subject::Value(seen) => equal(value, seen),
                Subject::Hits(hits) => value.as_array().is_some_and(|items| {
                    items.len() == hits.len()
                        && items.iter().zip(hits).all(|(a, hit)| equal(a, hit.value))
                }),
                Subject::Absent => false,
            };
            judge(held, tree, subject, place, tally);
        }
        Form::In(list) => {
            let mut known = list.as_array().into_iter().flatten();
            let seen = subject.value();
            let held = seen.is_some_and(|seen| known.any(|one| equal(one, seen)));
            judge(held, tree, subject, place, tally);
        }
        Form::Matches(regex) => {
            judge(
                subject.text().is_some_and(|text| regex.is_match(text)),
                tree,
                subject,
                place,
                tally,
            );
        }
        Form::StartsWith(start) => {
            let held =
                both_texts(subject, start).is_some_and(|(text, start)| text.starts_with(start));
            judge(held, tree, subject, place, tally);
        }
        Form::EndsWith(end) => {
            let held = both_texts(subject, end).is_some_and(|(text, end)| text.ends_with(end));
            judge(held, tree, subject, place, tally);
        }
        Form::MediaType(wanted) => {
            let held = both_texts(subject, wanted).is_some_and(|(text, wanted)| {
                let essence = form::media_essence(text);
                essence.is_some() && essence == form::media_essence(wanted)
            });
            judge(held, tree, subject, place, tally);
        }
        Form::Bound(bound, border) => {
            let held = subject
                .value()
                .and_then(|value| order(value, border))
                .is_some_and(|order| is_within(*bound, order));
            judge(held, tree, subject, place, tally);
        }
        Form::Length(inner) => check_length(tree, inner, subject, place, tally),
        Form::Contains(inner) => check_contains(tree, inner, subject, place, tally),
        Form::List(_)
        | Form::One { .. }
        | Form::Each(_)
        | Form::Some(_)
        | Form::None(_)
        | Form::DistinctBy(_)
        | Form::Same(_)
        | Form::Sum { .. }
        | Form::Booked(_) => check_list::check(tree, subject, place, tally),
    }
}

/// Counts a comparison, described by the demand itself if it did not hold.
pub(super) fn judge(
    held: bool,
    tree: &Tree<Closed>,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    if held {
        tally.hold();
    } else {
        tally.miss(1, || {
            let note = subject.text().and_then(masked_note);
            mismatch(tree, subject, place, note)
        });
    }
}

/// Describes that a subject is not what a demand wants.
pub(super) fn mismatch(
    tree: &Tree<Closed>,
    subject: Subject<'_>,
    place: &Place<'_>,
    why: Option<String>,
) -> Mismatch {
    Mismatch {
        at: place.location(),
        span: tree.span.clone(),
        expected: describe(tree),
        seen: seen(subject),
        why,
    }
}

/// Quotes what was there.
pub(super) fn seen(subject: Subject<'_>) -> Option<Value> {
    match subject {
        Subject::Absent => None,
        Subject::Value(value) => Some(quote(value)),
        Subject::Hits(hits) => {
            // A few hits are quoted; the list is bounded again as a whole.
            let values = hits.iter().take(20).map(|hit| quote(hit.value)).collect();
            Some(quote(&Value::Array(values)))
        }
    }
}

fn both_texts<'t>(subject: Subject<'t>, argument: &'t Value) -> Option<(&'t str, &'t str)> {
    Some((subject.text()?, argument.as_str()?))
}

fn is_within(bound: Bound, order: Ordering) -> bool {
    match bound {
        Bound::AtLeast => order.is_ge(),
        Bound::AtMost => order.is_le(),
        Bound::MoreThan => order.is_gt(),
        Bound::LessThan => order.is_lt(),
    }
}

fn check_word(
    tree: &Tree<Closed>,
    word: Word,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    let held = match subject {
        Subject::Absent => word == Word::Absent,
        Subject::Value(value) => word.accepts(value),
        Subject::Hits(hits) => word.accepts_hits(hits.len()),
    };
    // That something is there, whatever it is, is no evidence.
    if word != Word::Any || !held {
        judge(held, tree, subject, place, tally);
    }
}

fn check_map(
    tree: &Tree<Closed>,
    entries: &[Entry<Closed>],
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    let map = subject.value().and_then(Value::as_object);
    let has_keys = entries
        .iter()
        .any(|entry| matches!(entry.selector, Selector::Key(_)));
    match map {
        None if has_keys || entries.is_empty() => {
            tally.miss(tree.weight(), || {
                let kind = match subject {
                    Subject::Absent => None,
                    Subject::Value(value) => Some(kind_name(value)),
                    Subject::Hits(_) => Some("a list found by a path"),
                };
                mismatch(
                    tree,
                    subject,
                    place,
                    kind.map(|kind| format!("it is {kind}")),
                )
            });
            return;
        }
        Some(_) if entries.is_empty() => tally.hold(),
        _ => {}
    }
    for entry in entries {
        check_entry(entry, map, subject, place, tally);
    }
}

fn check_entry(
    entry: &Entry<Closed>,
    map: Option<&Map<String, Value>>,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    match &entry.selector {
        Selector::Key(key) => {
            let there = Subject::from(map.and_then(|map| map.get(key)));
            check(&entry.tree, there, &Place::Key(place, key), tally);
        }
        Selector::Path(path) => {
            let place = Place::Path(place, path);
            match subject.value().map(|value| path.query(value)) {
                Some(Found::One(value)) => check(&entry.tree, Subject::from(value), &place, tally),
                Some(Found::Many(hits)) => check(&entry.tree, Subject::Hits(&hits), &place, tally),
                None if path.is_singular() => check(&entry.tree, Subject::Absent, &place, tally),
                None => check(&entry.tree, Subject::Hits(&[]), &place, tally),
            }
        }
    }
}

fn check_any_of(
    tree: &Tree<Closed>,
    trees: &[Tree<Closed>],
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    let mut nearest: Option<(usize, &Tree<Closed>)> = None;
    for alternative in trees {
        let mut tried = Tally::new(Mode::Count);
        check(alternative, subject, place, &mut tried);
        if tried.misses == 0 {
            tally.checked += tried.checked;
            return;
        }
        if nearest.is_none_or(|(least, _)| tried.unmet < least) {
            nearest = Some((tried.unmet, alternative));
        }
    }
    let weight = nearest.map_or(1, |(unmet, _)| unmet.max(1));
    tally.miss(weight, || {
        let why = nearest.and_then(|(_, tree)| first_difference(tree, subject, place));
        mismatch(
            tree,
            subject,
            place,
            why.map(|why| format!("nearest alternative: {why}")),
        )
    });
}

/// Tells the first difference between a subject and a demand in one line.
pub(super) fn first_difference(
    tree: &Tree<Closed>,
    subject: Subject<'_>,
    place: &Place<'_>,
) -> Option<String> {
    let mut tally = Tally::new(Mode::Explain);
    check(tree, subject, place, &mut tally);
    tally.first().map(Mismatch::summary)
}

fn check_not(
    tree: &Tree<Closed>,
    inner: &Tree<Closed>,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    let mut tried = Tally::new(Mode::Count);
    check(inner, subject, place, &mut tried);
    if tried.is_void() {
        tally.miss_for_want(|| {
            mismatch(
                tree,
                subject,
                place,
                Some("there was nothing to check".to_owned()),
            )
        });
    } else if tried.misses == 0 {
        judge(false, tree, subject, place, tally);
    } else if !is_missing(subject) {
        tally.hold();
    }
    // Of what is absent nothing was compared: it holds, and is no evidence.
}

fn is_missing(subject: Subject<'_>) -> bool {
    matches!(subject, Subject::Absent | Subject::Hits([]))
}

fn check_length(
    tree: &Tree<Closed>,
    inner: &Tree<Closed>,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    let len = match subject {
        Subject::Value(Value::String(text)) => Some(text.chars().count()),
        Subject::Value(Value::Object(entries)) => Some(entries.len()),
        other => other.items().map(super::place::Items::len),
    };
    match len {
        Some(len) => {
            let len = Value::from(len);
            check(
                inner,
                Subject::Value(&len),
                &Place::Derived(place, "length"),
                tally,
            );
        }
        None => judge(false, tree, subject, place, tally),
    }
}

fn check_contains(
    tree: &Tree<Closed>,
    inner: &Tree<Closed>,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    let held = match (subject.text(), &inner.form, subject.items()) {
        (Some(text), Form::Literal(Value::String(part)), _) => text.contains(part),
        (_, _, Some(items)) => items.iter().any(|item| matches(inner, item)),
        _ => false,
    };
    judge(held, tree, subject, place, tally);
}

/// Tells whether a value matches, without counting or describing.
pub(super) fn matches(tree: &Tree<Closed>, value: &Value) -> bool {
    let mut tally = Tally::new(Mode::Decide);
    check(tree, Subject::Value(value), &Place::Root(""), &mut tally);
    tally.misses == 0
}

/// Weighs how far a value is from matching; 0 if it matches.
pub(super) fn distance(tree: &Tree<Closed>, subject: Subject<'_>) -> usize {
    let mut tally = Tally::new(Mode::Count);
    check(tree, subject, &Place::Root(""), &mut tally);
    tally.unmet
}
