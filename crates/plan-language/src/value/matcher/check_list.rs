//! Judges lists: literals, and the operators that count, compare and add elements.

use super::booked;
use super::check::{check as check_one, distance, first_difference, matches, mismatch};
use super::field::{Field, name_all};
use super::place::{Items, Place, Subject};
use super::tally::{Mismatch, Tally, quote};
use super::tree::{Closed, Form, Tree};
use crate::value::equality::{equal, write_canonical};
use crate::value::number;
use serde_json::Value;
use std::collections::HashMap;

/// How many positions a sentence names.
const NAMED_MAX: usize = 5;

/// Judges a subject by a demand on lists.
pub(super) fn check(
    tree: &Tree<Closed>,
    subject: Subject<'_>,
    place: &Place<'_>,
    tally: &mut Tally,
) {
    let Some(items) = subject.items() else {
        tally.miss(tree.weight(), || mismatch(tree, subject, place, None));
        return;
    };
    let list = List {
        tree,
        subject,
        items,
        place,
    };
    match &tree.form {
        Form::List(trees) => list.check_literal(trees, tally),
        Form::One { choice, is } => list.check_one(choice, is.as_deref(), tally),
        Form::Each(inner) if list.is_filled(tally) => list.check_each(inner, tally),
        Form::Some(inner) => list.check_some(inner, tally),
        Form::None(inner) => list.check_none(inner, tally),
        Form::DistinctBy(fields) if list.is_filled(tally) => list.check_distinct(fields, tally),
        Form::Same(fields) if list.is_filled(tally) => list.check_same(fields, tally),
        Form::Sum { of, is } if list.is_filled(tally) => list.check_sum(of, is, tally),
        Form::Booked(books) => list.check_booked(books, tally),
        // An empty list was counted by `is_filled`; no other form comes here.
        _ => {}
    }
}

/// Says that a list has another length than demanded.
pub(super) fn other_length(seen: usize, wanted: usize) -> String {
    format!(
        "it has {seen} element{}, not {wanted}",
        if seen == 1 { "" } else { "s" }
    )
}

/// A list under judgement.
struct List<'a> {
    tree: &'a Tree<Closed>,
    subject: Subject<'a>,
    items: Items<'a>,
    place: &'a Place<'a>,
}

impl List<'_> {
    fn mismatch(&self, why: String) -> Mismatch {
        mismatch(self.tree, self.subject, self.place, Some(why))
    }

    /// Tells whether there are elements; their lack is a mismatch, because nothing would be checked.
    fn is_filled(&self, tally: &mut Tally) -> bool {
        let filled = self.items.len() > 0;
        if !filled {
            tally.miss_for_want(|| self.mismatch("nothing to check: the list is empty".to_owned()));
        }
        filled
    }

    fn check_literal(&self, trees: &[Tree<Closed>], tally: &mut Tally) {
        if trees.len() != self.items.len() {
            let why = other_length(self.items.len(), trees.len());
            tally.miss(self.tree.weight(), || self.mismatch(why));
            return;
        }
        tally.hold();
        for (at, tree) in trees.iter().enumerate() {
            self.check_item(at, tree, tally);
        }
    }

    fn check_item(&self, at: usize, tree: &Tree<Closed>, tally: &mut Tally) {
        let item = Subject::Value(self.items.get(at));
        check_one(tree, item, &self.items.place(at, self.place), tally);
    }

    fn check_each(&self, inner: &Tree<Closed>, tally: &mut Tally) {
        (0..self.items.len()).for_each(|at| self.check_item(at, inner, tally));
    }

    fn check_some(&self, inner: &Tree<Closed>, tally: &mut Tally) {
        if self.items.iter().any(|item| matches(inner, item)) {
            tally.hold();
        } else {
            let nearest = self.nearest(inner);
            tally.miss(
                nearest.map_or_else(|| inner.weight(), |(_, far)| far),
                || self.missing(inner, nearest),
            );
        }
    }

    fn check_none(&self, inner: &Tree<Closed>, tally: &mut Tally) {
        // Of a list of the document it is seen that it is empty; a path that found nothing may be misspelt.
        if self.items.len() == 0 && matches!(self.items, Items::List(_)) {
            tally.hold();
        }
        for (at, item) in self.items.iter().enumerate() {
            if !matches(inner, item) {
                tally.hold();
                continue;
            }
            tally.miss(1, || Mismatch {
                at: self.items.place(at, self.place).location(),
                seen: Some(quote(item)),
                ..self.mismatch("this element is one".to_owned())
            });
        }
    }

    fn check_one(&self, choice: &Tree<Closed>, is: Option<&Tree<Closed>>, tally: &mut Tally) {
        let mut chosen = (0..self.items.len()).filter(|at| matches(choice, self.items.get(*at)));
        match (chosen.next(), chosen.next()) {
            (Some(at), None) => {
                tally.hold();
                if let Some(is) = is {
                    self.check_item(at, is, tally);
                }
            }
            (None, _) => {
                let nearest = self.nearest(choice);
                let weight = nearest.map_or_else(|| self.tree.weight(), |(_, far)| far);
                tally.miss(weight, || self.missing(choice, nearest));
            }
            (Some(first), Some(second)) => {
                let all: Vec<usize> = [first, second].into_iter().chain(chosen).collect();
                tally.miss(all.len() - 1, || {
                    self.mismatch(format!(
                        "{} elements are selected: {}",
                        all.len(),
                        name_positions(&all)
                    ))
                });
            }
        }
    }

    /// Finds the element that is nearest to a demand, the first of equals, and how far it is.
    fn nearest(&self, tree: &Tree<Closed>) -> Option<(usize, usize)> {
        self.items
            .iter()
            .map(|item| distance(tree, Subject::Value(item)))
            .enumerate()
            .min_by_key(|(_, far)| *far)
    }

    /// Describes that no element is as demanded, showing the nearest.
    fn missing(&self, tree: &Tree<Closed>, nearest: Option<(usize, usize)>) -> Mismatch {
        let Some((at, _)) = nearest else {
            return self.mismatch("the list is empty".to_owned());
        };
        let item = self.items.get(at);
        let place = self.items.place(at, self.place);
        let difference = first_difference(tree, Subject::Value(item), &place)
            .map(|difference| format!(": {difference}"))
            .unwrap_or_default();
        let none = format!(
            "none of {} is; nearest is the one at {}{difference}",
            count(self.items.len()),
            place.location()
        );
        Mismatch {
            seen: Some(quote(item)),
            ..self.mismatch(none)
        }
    }

    fn check_distinct(&self, fields: &[Field], tally: &mut Tally) {
        let mut seen: HashMap<String, usize> = HashMap::with_capacity(self.items.len());
        for (at, item) in self.items.iter().enumerate() {
            let mut key = String::new();
            let mut found = false;
            for value in fields.iter().map(|field| field.of(item)) {
                found |= value.is_some();
                // Two elements that both lack a field agree on it.
                match value {
                    Some(value) => write_canonical(value, &mut key),
                    None => key.push('-'),
                }
                key.push(';');
            }
            if !found {
                let why = format!("it has no {}", name_all(fields));
                tally.miss(1, || self.about(at, item, why));
            } else if let Some(first) = seen.get(&key) {
                let why = format!(
                    "it agrees with the one at {}",
                    self.items.place(*first, self.place).location()
                );
                tally.miss(1, || self.about(at, item, why));
            } else {
                seen.insert(key, at);
                tally.hold();
            }
        }
    }

    fn check_same(&self, fields: &[Field], tally: &mut Tally) {
        for field in fields {
            let first = field.of(self.items.get(0));
            for (at, item) in self.items.iter().enumerate() {
                match (first, field.of(item)) {
                    (_, None) => {
                        tally.miss(1, || self.about(at, item, format!("it has no {field}")))
                    }
                    (Some(first), Some(value)) if !equal(first, value) => {
                        tally.miss(1, || {
                            self.about(
                                at,
                                item,
                                format!("its {field} differs from that of the first element"),
                            )
                        });
                    }
                    // If the first element lacks the field, that is its own mismatch.
                    _ => tally.hold(),
                }
            }
        }
    }

    fn check_sum(&self, of: &Field, is: &Tree<Closed>, tally: &mut Tally) {
        let amounts: Vec<_> = self.items.iter().map(|item| of.of(item)).collect();
        let mut complete = true;
        for (at, (item, amount)) in self.items.iter().zip(&amounts).enumerate() {
            let why = match amount {
                Some(Value::Number(_)) => continue,
                Some(_) => format!("its {of} is not a number"),
                None => format!("it has no {of}"),
            };
            complete = false;
            tally.miss(1, || self.about(at, item, why));
        }
        if complete {
            let numbers = amounts.iter().filter_map(|amount| match amount {
                Some(Value::Number(number)) => Some(number),
                _ => None,
            });
            let total = Value::Number(number::sum(numbers));
            let what = format!("sum of {of}");
            check_one(
                is,
                Subject::Value(&total),
                &Place::Derived(self.place, &what),
                tally,
            );
        }
    }

    fn check_booked(&self, books: &Value, tally: &mut Tally) {
        let seen: Vec<&Value> = self.items.iter().collect();
        let compared = booked::compare(books, &seen);
        for _ in 0..compared.agreed.max(usize::from(compared.faults.is_empty())) {
            tally.hold();
        }
        for fault in compared.faults {
            tally.miss(1, || match fault.at {
                Some(at) => self.about(at, self.items.get(at), fault.why),
                None => self.mismatch(fault.why),
            });
        }
    }

    /// Describes a mismatch of one element.
    fn about(&self, at: usize, item: &Value, why: String) -> Mismatch {
        Mismatch {
            at: self.items.place(at, self.place).location(),
            seen: Some(quote(item)),
            ..self.mismatch(why)
        }
    }
}

fn count(len: usize) -> String {
    format!("{len} element{}", if len == 1 { "" } else { "s" })
}

fn name_positions(positions: &[usize]) -> String {
    let named: Vec<String> = positions
        .iter()
        .take(NAMED_MAX)
        .map(|at| format!("[{at}]"))
        .collect();
    match positions.len().checked_sub(NAMED_MAX) {
        Some(more @ 1..) => format!("{} and {more} more", named.join(", ")),
        _ => named.join(", "),
    }
}
