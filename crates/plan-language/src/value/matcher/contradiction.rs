//! Finds demands that no value can meet together: `{ $at_least: 3, $at_most: 2 }`, `$absent` beside a value.
//!
//! Only what is certain whatever document comes is found. What depends on a reference is left to the run.
//! What an operator demands, it says itself in its [`Constraints`].

use super::accept::accepted;
use super::check::matches;
use super::demand::{
    BorderSide, Compiled, Constraints, Demand, DemandKind, LengthConstraint, Resolved, Selector,
};
use super::describe::describe;
use super::length::LengthRange;
use super::resolve::resolve;
use crate::source::Finding;
use crate::value::equality::order;
use crate::value::kinds::Kinds;
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// Reports demands, in a compiled matcher, that contradict each other.
pub(super) fn find(demand: &Demand<Compiled>, findings: &mut Vec<Finding>) {
    find_in(&[demand], Target::Value, findings);
}

/// What demands are made of: one value (or none), or all that a path found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Value,
    Hits,
}

/// Checks demands that are all made of the same value, and what they demand further inside.
fn find_in(demands: &[&Demand<Compiled>], target: Target, findings: &mut Vec<Finding>) {
    if demands.is_empty() {
        return;
    }
    let demands: Vec<&Demand<Compiled>> =
        demands.iter().flat_map(|demand| demand.parts()).collect();
    let before = findings.len();
    for demand in &demands {
        if let Some(LengthConstraint::Matching(inner)) = constraints(demand).length {
            find_in(&[inner], Target::Value, findings);
        }
    }
    if findings.len() > before {
        return;
    }
    if let Some(finding) = clash(&demands, target) {
        findings.push(finding);
        return;
    }
    for (target, inside) in entries(&demands) {
        find_in(&inside, target, findings);
    }
    find_in_elements(&demands, findings);
    for demand in &demands {
        let constraints = constraints(demand);
        // Each by itself: that one alternative can never hold is a mistake as well.
        for alternative in constraints.alternatives {
            find_in(&[alternative], target, findings);
        }
        for apart in constraints.apart {
            find_in(&[apart], Target::Value, findings);
        }
    }
}

/// Returns the constraints of an operator; those of anything else are empty.
fn constraints(demand: &Demand<Compiled>) -> Constraints<'_> {
    match &demand.kind {
        DemandKind::Operator(operator) => operator.constraints(),
        DemandKind::Array(demands) => Constraints {
            length: Some(LengthConstraint::Range(LengthRange::Exactly(
                demands.len() as u64
            ))),
            elements: demands.iter().map(|demand| vec![demand]).collect(),
            ..Constraints::default()
        },
        DemandKind::Word(_)
        | DemandKind::Literal(_)
        | DemandKind::Object(_)
        | DemandKind::All(_) => Constraints::default(),
    }
}

/// What demands are made of, and the demands.
type TargetDemands<'d> = (Target, Vec<&'d Demand<Compiled>>);

/// Groups what is demanded of the same key or path.
fn entries<'d>(demands: &[&'d Demand<Compiled>]) -> Vec<TargetDemands<'d>> {
    let mut groups: BTreeMap<(bool, &str), TargetDemands<'d>> = BTreeMap::new();
    for demand in demands {
        let DemandKind::Object(entries) = &demand.kind else {
            continue;
        };
        for entry in entries {
            let (key, target) = match &entry.selector {
                Selector::Key(key) => ((false, key.as_str()), Target::Value),
                Selector::Path(path) if path.is_singular() => ((true, path.text()), Target::Value),
                Selector::Path(path) => ((true, path.text()), Target::Hits),
            };
            let group = groups.entry(key).or_insert_with(|| (target, Vec::new()));
            group.1.push(&entry.demand);
        }
    }
    groups.into_values().collect()
}

/// Checks what is demanded of single elements: what holds of each, holds also of the one that is selected.
fn find_in_elements(demands: &[&Demand<Compiled>], findings: &mut Vec<Finding>) {
    let each: Vec<&Demand<Compiled>> = demands
        .iter()
        .filter_map(|demand| constraints(demand).each)
        .collect();
    let before = findings.len();
    find_in(&each, Target::Value, findings);
    if findings.len() > before {
        return;
    }
    for demand in demands {
        for mut element in constraints(demand).elements {
            element.extend(&each);
            find_in(&element, Target::Value, findings);
        }
    }
}

/// Finds two demands on the same value of which at most one can hold.
fn clash(demands: &[&Demand<Compiled>], target: Target) -> Option<Finding> {
    for (index, second) in demands.iter().enumerate() {
        for first in &demands[..index] {
            if target == Target::Value && excludes(first, second) {
                return Some(contradiction(first, second));
            }
        }
        if any_length(&demands[..=index], target) {
            continue;
        }
        let first = demands[..index]
            .iter()
            .find(|first| !any_length(&[first, second], target))
            .or(demands[..index].first());
        return Some(match first {
            Some(first) => contradiction(first, second),
            None => Finding::new(&second.span, "no value has such a length")
                .with_hint("a length is a whole number from 0"),
        });
    }
    let kinds = demands
        .iter()
        .map(|demand| accepted(demand))
        .fold(Kinds::ALL, Kinds::and);
    match (demands, target) {
        ([first, .., last], Target::Value) if kinds.excludes(Kinds::ALL) => {
            Some(contradiction(first, last))
        }
        _ => None,
    }
}

/// Tells whether no value can meet both demands.
fn excludes(first: &Demand<Compiled>, second: &Demand<Compiled>) -> bool {
    accepted(first).excludes(accepted(second))
        || refuses(first, second)
        || refuses(second, first)
        || borders_apart(first, second)
}

fn contradiction(first: &Demand<Compiled>, second: &Demand<Compiled>) -> Finding {
    let message = match (resolved(first), resolved(second)) {
        (Some(first), Some(second)) => format!(
            "these demands contradict each other: {}, and {}",
            describe(&first),
            describe(&second)
        ),
        _ => "this contradicts another demand on the same value".to_owned(),
    };
    Finding::new(&second.span, message)
        .with_note(&first.span, "the other demand")
        .with_hint("no value meets both; use `$any_of` if one of several is enough")
}

/// Resolves a demand that contains no reference.
fn resolved(demand: &Demand<Compiled>) -> Option<Demand<Resolved>> {
    resolve(demand, &Map::new()).ok()
}

/// Tells whether `first` is a value, and `second` does not accept it.
fn refuses(first: &Demand<Compiled>, second: &Demand<Compiled>) -> bool {
    let value = match first.compared() {
        Some((template, None)) => template.as_fixed(),
        _ => None,
    };
    let (Some(value), Some(second)) = (value, resolved(second)) else {
        return false;
    };
    !matches(&second, value)
}

/// Tells whether one is a lower border above the other, which is an upper one.
fn borders_apart(first: &Demand<Compiled>, second: &Demand<Compiled>) -> bool {
    let border = |demand: &Demand<Compiled>| match demand.compared() {
        Some((template, Some(side))) => Some((side, template.as_fixed()?.clone())),
        _ => None,
    };
    let (Some((first_side, first)), Some((second_side, second))) = (border(first), border(second))
    else {
        return false;
    };
    let is_lower = |side| matches!(side, BorderSide::AtLeast | BorderSide::MoreThan);
    if is_lower(first_side) == is_lower(second_side) {
        return false;
    }
    let (low, high) = if is_lower(first_side) {
        (first, second)
    } else {
        (second, first)
    };
    let both_inclusive = [first_side, second_side]
        .iter()
        .all(|side| matches!(side, BorderSide::AtLeast | BorderSide::AtMost));
    order(&low, &high).is_some_and(|order| order.is_gt() || (order.is_eq() && !both_inclusive))
}

/// Tells whether there is a length with which all demands on length can hold.
fn any_length(demands: &[&Demand<Compiled>], target: Target) -> bool {
    let tests: Vec<LengthTest> = demands
        .iter()
        .filter_map(|demand| length_test(demand, target))
        .collect();
    // Between two numbers that are named nothing changes, so their neighbours speak for all lengths.
    let mut lengths = vec![0, 1];
    for test in &tests {
        match test {
            LengthTest::Range(LengthRange::Exactly(length) | LengthRange::AtLeast(length)) => {
                lengths.push(*length);
            }
            LengthTest::Matching(demand) => numbers(demand, &mut lengths),
        }
    }
    let near = lengths
        .iter()
        .flat_map(|length| [length.saturating_sub(1), *length, length.saturating_add(1)]);
    near.into_iter()
        .any(|length| tests.iter().all(|test| test.holds(length)))
}

/// Tells whether every length meets a demand on lengths.
pub(super) fn every_length(demand: &Demand<Compiled>) -> bool {
    let Some(demand) = resolved(demand) else {
        return false;
    };
    let mut lengths = vec![0, 1];
    numbers(&demand, &mut lengths);
    lengths
        .iter()
        .flat_map(|length| [length.saturating_sub(1), *length, length.saturating_add(1)])
        .all(|length| matches(&demand, &Value::from(length)))
}

/// A demand on a length that contains no reference.
enum LengthTest {
    Range(LengthRange),
    Matching(Demand<Resolved>),
}

impl LengthTest {
    fn holds(&self, length: u64) -> bool {
        match self {
            Self::Range(range) => range.contains(length),
            Self::Matching(demand) => matches(demand, &Value::from(length)),
        }
    }
}

fn length_test(demand: &Demand<Compiled>, target: Target) -> Option<LengthTest> {
    if let DemandKind::Word(word) = &demand.kind {
        let range = match target {
            Target::Value => word.length,
            Target::Hits => word.hits,
        };
        return range.map(LengthTest::Range);
    }
    Some(match constraints(demand).length? {
        LengthConstraint::Range(range) => LengthTest::Range(range),
        LengthConstraint::Matching(inner) => LengthTest::Matching(resolved(inner)?),
    })
}

/// Appends the whole numbers below and above those that a demand names.
fn numbers(demand: &Demand<Resolved>, found: &mut Vec<u64>) {
    if let Some(Value::Number(number)) = demand.compared() {
        found.extend(whole(number));
    }
    for below in demand.below() {
        numbers(below, found);
    }
}

/// Returns the whole number below; beyond the borders of `u64`, where no length lies, the nearest.
fn whole(number: &Number) -> Option<u64> {
    number
        .as_u64()
        .or_else(|| number.as_f64().map(|double| double.floor() as u64))
}
