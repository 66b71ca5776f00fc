//! Which kinds of values a demand can accept at all, before references have values.

use super::demand::{Compiled, Demand, DemandKind, ObjectEntry, RequiredKinds, Selector};
use crate::value::kinds::Kinds;
use crate::value::path::JsonPath;

/// Returns the kinds of which a demand may accept a value; never too few.
pub(super) fn accepted(demand: &Demand<Compiled>) -> Kinds {
    match &demand.kind {
        DemandKind::Word(word) => word.kinds,
        DemandKind::Literal(template)
            if template.as_fixed().is_none() && template.as_whole().is_none() =>
        {
            Kinds::STRING
        }
        DemandKind::Literal(template) => template.as_fixed().map_or(Kinds::PRESENT, Kinds::of),
        DemandKind::Array(_) => Kinds::ARRAY,
        DemandKind::Object(entries) => {
            let is_key = |entry: &ObjectEntry<Compiled>| matches!(entry.selector, Selector::Key(_));
            if entries.is_empty() || entries.iter().any(is_key) {
                Kinds::OBJECT
            } else {
                // Paths alone: what they find in a scalar is nothing, and that may be demanded.
                Kinds::ALL
            }
        }
        DemandKind::All(demands) => demands.iter().map(accepted).fold(Kinds::ALL, Kinds::and),
        DemandKind::Operator(operator) => operator.kinds(),
    }
}

/// Returns the kinds that a demand leaves to the value at a path; all if it says nothing of it.
pub(super) fn accepted_at(demand: &Demand<Compiled>, path: &JsonPath) -> Kinds {
    match path.keys() {
        Some(keys) => accepted_below(demand, &keys),
        None => Kinds::ALL,
    }
}

fn accepted_below(demand: &Demand<Compiled>, keys: &[&str]) -> Kinds {
    let Some((key, rest)) = keys.split_first() else {
        return accepted(demand);
    };
    let mut left = Kinds::ALL;
    for part in demand.parts() {
        let DemandKind::Object(entries) = &part.kind else {
            continue;
        };
        for entry in entries {
            left = left.and(match &entry.selector {
                Selector::Key(name) if name == key => accepted_below(&entry.demand, rest),
                Selector::Path(path) if path.keys().as_deref() == Some(keys) => {
                    accepted(&entry.demand)
                }
                Selector::Key(_) | Selector::Path(_) => Kinds::ALL,
            });
        }
    }
    left
}

/// Lists the references whose value must be of some kind, or nothing can match; `of_string`: a string is compared.
pub(super) fn required<'m>(
    demand: &'m Demand<Compiled>,
    of_string: bool,
    found: &mut Vec<RequiredKinds<'m>>,
) {
    match &demand.kind {
        DemandKind::Literal(template) if of_string => {
            found.extend(template.as_whole().map(|reference| RequiredKinds {
                reference,
                kinds: Kinds::STRING,
            }));
        }
        DemandKind::Operator(operator) => {
            found.extend(operator.required(of_string));
            if operator.requires_for_below() {
                return;
            }
        }
        _ => {}
    }
    // An alternative or a negation may be meant never to hold; only what all demand counts.
    let same = matches!(demand.kind, DemandKind::All(_));
    for below in demand.below() {
        required(below, of_string && same, found);
    }
}
