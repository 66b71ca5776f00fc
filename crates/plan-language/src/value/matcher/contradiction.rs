//! Finds demands that no value can meet together: `{ $at_least: 3, $at_most: 2 }`, `$absent` beside a value.
//!
//! Only what is certain whatever document comes is found. What depends on a reference is left to the run.

use super::accept::accepted;
use super::check::matches;
use super::compile::all_of;
use super::describe::describe;
use super::resolve::resolve;
use super::tree::{Bound, Closed, Form, Open, Selector, Tree};
use super::word::Word;
use crate::source::Finding;
use crate::value::equality::order;
use crate::value::kinds::Kinds;
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// Complains about demands, in a compiled matcher, that contradict each other.
pub(super) fn find(tree: &Tree<Open>, findings: &mut Vec<Finding>) {
    together(&[tree], What::Value, findings);
}

/// What is judged: one value (or none), or all that a path found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Value,
    Hits,
}

/// Checks demands that are all made of the same value, and what they demand further inside.
fn together(demands: &[&Tree<Open>], what: What, findings: &mut Vec<Finding>) {
    if demands.is_empty() {
        return;
    }
    let demands: Vec<&Tree<Open>> = demands.iter().flat_map(|one| all_of(one)).collect();
    let before = findings.len();
    for demand in &demands {
        if let Form::Length(inner) = &demand.form {
            together(&[inner.as_ref()], What::Value, findings);
        }
    }
    if findings.len() > before {
        return;
    }
    if let Some(finding) = clash(&demands, what) {
        findings.push(finding);
        return;
    }
    for (what, inside) in entries(&demands) {
        together(&inside, what, findings);
    }
    elements(&demands, findings);
    for demand in &demands {
        match &demand.form {
            // Each for itself: that one alternative can never hold is a mistake as well.
            Form::AnyOf(trees) => trees
                .iter()
                .for_each(|one| together(&[one], what, findings)),
            Form::Not(inner) => together(&[inner.as_ref()], what, findings),
            Form::Contains(inner) | Form::None(inner) | Form::Sum { is: inner, .. } => {
                together(&[inner.as_ref()], What::Value, findings);
            }
            _ => {}
        }
    }
}

/// What is judged, and all that is demanded of it.
type Demanded<'t> = (What, Vec<&'t Tree<Open>>);

/// Groups what is demanded of the same key or path.
fn entries<'t>(demands: &[&'t Tree<Open>]) -> Vec<Demanded<'t>> {
    let mut groups: BTreeMap<(bool, &str), Demanded<'t>> = BTreeMap::new();
    for demand in demands {
        let Form::Map(entries) = &demand.form else {
            continue;
        };
        for entry in entries {
            let (key, what) = match &entry.selector {
                Selector::Key(key) => ((false, key.as_str()), What::Value),
                Selector::Path(path) if path.is_singular() => ((true, path.text()), What::Value),
                Selector::Path(path) => ((true, path.text()), What::Hits),
            };
            let group = groups.entry(key).or_insert_with(|| (what, Vec::new()));
            group.1.push(&entry.tree);
        }
    }
    groups.into_values().collect()
}

/// Checks what is demanded of single elements: what holds of each, holds also of the one that is selected.
fn elements(demands: &[&Tree<Open>], findings: &mut Vec<Finding>) {
    let each: Vec<&Tree<Open>> = demands
        .iter()
        .filter_map(|demand| match &demand.form {
            Form::Each(inner) => Some(inner.as_ref()),
            _ => None,
        })
        .collect();
    let before = findings.len();
    together(&each, What::Value, findings);
    if findings.len() > before {
        return;
    }
    for demand in demands {
        let own: Vec<Vec<&Tree<Open>>> = match &demand.form {
            Form::Some(inner) => vec![vec![inner.as_ref()]],
            Form::One { choice, is } => vec![
                std::iter::once(choice.as_ref())
                    .chain(is.as_deref())
                    .collect(),
            ],
            Form::List(trees) => trees.iter().map(|tree| vec![tree]).collect(),
            _ => Vec::new(),
        };
        for mut one in own {
            one.extend(&each);
            together(&one, What::Value, findings);
        }
    }
}

/// Finds two demands on the same value of which at most one can hold.
fn clash(demands: &[&Tree<Open>], what: What) -> Option<Finding> {
    for (at, second) in demands.iter().enumerate() {
        for first in &demands[..at] {
            let value = what == What::Value
                && (accepted(first).excludes(accepted(second))
                    || refuses(first, second)
                    || refuses(second, first)
                    || apart(first, second));
            if value {
                return Some(contradiction(first, second));
            }
        }
        let upto = &demands[..=at];
        if !any_length(upto, what) {
            let first = demands[..at]
                .iter()
                .find(|first| !any_length(&[first, second], what))
                .or(demands[..at].first());
            return Some(match first {
                Some(first) => contradiction(first, second),
                None => Finding::new(&second.span, "no length is like this")
                    .with_hint("a length is a whole number from 0"),
            });
        }
    }
    let kinds = demands
        .iter()
        .map(|one| accepted(one))
        .fold(Kinds::ALL, Kinds::and);
    match (demands, what) {
        ([first, .., last], What::Value) if kinds.excludes(Kinds::ALL) => {
            Some(contradiction(first, last))
        }
        _ => None,
    }
}

fn contradiction(first: &Tree<Open>, second: &Tree<Open>) -> Finding {
    let message = match (closed(first), closed(second)) {
        (Some(first), Some(second)) => format!(
            "these contradict each other: {}, and {}",
            describe(&first),
            describe(&second)
        ),
        _ => "this contradicts another demand on the same value".to_owned(),
    };
    Finding::new(&second.span, message)
        .with_note(&first.span, "the other demand")
        .with_hint("no value meets both; `$any_of` wants one of several")
}

/// Resolves a demand that holds no reference.
fn closed(tree: &Tree<Open>) -> Option<Tree<Closed>> {
    resolve(tree, &Map::new()).ok()
}

/// Tells whether `first` is a value, and `second` does not accept it.
fn refuses(first: &Tree<Open>, second: &Tree<Open>) -> bool {
    let value = match &first.form {
        Form::Literal(leaf) | Form::Equals(leaf) => leaf.as_fixed(),
        _ => None,
    };
    let (Some(value), Some(second)) = (value, closed(second)) else {
        return false;
    };
    !matches(&second, value)
}

/// Tells whether one is a lower border above the other, which is an upper one.
fn apart(first: &Tree<Open>, second: &Tree<Open>) -> bool {
    let border = |tree: &Tree<Open>| match &tree.form {
        Form::Bound(bound, leaf) => Some((*bound, leaf.as_fixed()?.clone())),
        _ => None,
    };
    let (Some((first, one)), Some((second, other))) = (border(first), border(second)) else {
        return false;
    };
    let lower = |bound| matches!(bound, Bound::AtLeast | Bound::MoreThan);
    let (low, high) = match (lower(first), lower(second)) {
        (true, false) => (one, other),
        (false, true) => (other, one),
        _ => return false,
    };
    let both_count = [first, second]
        .iter()
        .all(|bound| matches!(bound, Bound::AtLeast | Bound::AtMost));
    order(&low, &high).is_some_and(|order| order.is_gt() || (order.is_eq() && !both_count))
}

/// Tells whether there is a length with which all demands on length can hold.
fn any_length(demands: &[&Tree<Open>], what: What) -> bool {
    let tests: Vec<LengthTest> = demands
        .iter()
        .filter_map(|one| length_test(one, what))
        .collect();
    // Between two numbers that are named nothing changes, so their neighbours speak for all lengths.
    let mut lengths = vec![0, 1];
    for test in &tests {
        match test {
            LengthTest::Exactly(length) | LengthTest::AtLeast(length) => lengths.push(*length),
            LengthTest::Matches(tree) => numbers(tree, &mut lengths),
        }
    }
    let near = lengths
        .iter()
        .flat_map(|one| [one.saturating_sub(1), *one, one.saturating_add(1)]);
    near.into_iter()
        .any(|length| tests.iter().all(|test| test.holds(length)))
}

/// A demand on a length.
enum LengthTest {
    Exactly(u64),
    AtLeast(u64),
    Matches(Tree<Closed>),
}

impl LengthTest {
    fn holds(&self, length: u64) -> bool {
        match self {
            Self::Exactly(exactly) => length == *exactly,
            Self::AtLeast(least) => length >= *least,
            Self::Matches(tree) => matches(tree, &Value::from(length)),
        }
    }
}

fn length_test(demand: &Tree<Open>, what: What) -> Option<LengthTest> {
    Some(match &demand.form {
        Form::Length(inner) => LengthTest::Matches(closed(inner)?),
        Form::List(trees) => LengthTest::Exactly(u64::try_from(trees.len()).ok()?),
        Form::Word(Word::Empty) => LengthTest::Exactly(0),
        Form::Word(Word::Absent) if what == What::Hits => LengthTest::Exactly(0),
        Form::Word(Word::NotEmpty) => LengthTest::AtLeast(1),
        Form::Word(Word::Any) if what == What::Hits => LengthTest::AtLeast(1),
        Form::Each(_)
        | Form::Some(_)
        | Form::One { .. }
        | Form::DistinctBy(_)
        | Form::Same(_)
        | Form::Sum { .. } => LengthTest::AtLeast(1),
        _ => return None,
    })
}

/// Appends the whole numbers below and above those that a demand names.
fn numbers(tree: &Tree<Closed>, found: &mut Vec<u64>) {
    if let Form::Literal(Value::Number(number))
    | Form::Equals(Value::Number(number))
    | Form::Bound(_, Value::Number(number)) = &tree.form
    {
        found.extend(whole(number));
    }
    for child in tree.children() {
        numbers(child, found);
    }
}

/// Returns the whole number below; beyond the borders of `u64`, where no length lies, the nearest.
fn whole(number: &Number) -> Option<u64> {
    number
        .as_u64()
        .or_else(|| number.as_f64().map(|one| one.floor() as u64))
}
