//! Says in a phrase what a matcher demands, to follow "expected". Operators word themselves.

use super::demand::{Demand, DemandKind, ObjectEntry, Resolved, Selector};
use super::tally::shorten;
use serde_json::Value;

/// How many characters of a value a phrase shows.
pub(super) const VALUE_CHARS_MAX: usize = 200;

/// How many alternatives or keys a phrase shows.
const PARTS_MAX: usize = 6;

/// How deep phrases nest before they say "...".
const DEPTH_MAX: usize = 4;

/// Describes a demand.
pub(super) fn describe(demand: &Demand<Resolved>) -> String {
    describe_within(demand, DEPTH_MAX)
}

fn describe_within(demand: &Demand<Resolved>, depth: usize) -> String {
    let Some(below) = depth.checked_sub(1) else {
        return "...".to_owned();
    };
    let inner = |demand: &Demand<Resolved>| describe_within(demand, below);
    match &demand.kind {
        DemandKind::Word(word) => word.phrase.to_owned(),
        DemandKind::Literal(value) => describe_value(value),
        DemandKind::Array(demands) if demands.is_empty() => "an empty array".to_owned(),
        DemandKind::Array(demands) => {
            let elements = join(demands, ", ", &inner);
            format!("an array of {}: [{elements}]", demands.len())
        }
        DemandKind::Object(entries) if entries.is_empty() => "an object".to_owned(),
        DemandKind::Object(entries) => format!("an object with {}", entry_list(entries, &inner)),
        DemandKind::All(demands) => join(demands, " and ", &inner),
        DemandKind::Operator(operator) => operator.describe(&inner),
    }
}

/// Describes an element of an array, without an article: `element with ...` or `element that is ...`.
pub(super) fn describe_element(
    demand: &Demand<Resolved>,
    inner: &dyn Fn(&Demand<Resolved>) -> String,
) -> String {
    let phrase = inner(demand);
    match (&demand.kind, phrase.strip_prefix("an object with ")) {
        (DemandKind::Object(_), Some(entries)) => format!("element with {entries}"),
        _ => format!("element that is {phrase}"),
    }
}

/// Describes the entries of an object: `` `status` "active", `id`: a UUID``.
fn entry_list(
    entries: &[ObjectEntry<Resolved>],
    inner: &dyn Fn(&Demand<Resolved>) -> String,
) -> String {
    let parts = entries.iter().map(|entry| {
        let key = match &entry.selector {
            Selector::Key(key) => key,
            Selector::Path(path) => path.text(),
        };
        // A value or a border reads on after the name; a longer phrase needs a colon.
        let joint = if entry.demand.compared().is_some() {
            " "
        } else {
            ": "
        };
        format!("`{key}`{joint}{}", inner(&entry.demand))
    });
    limit(parts, entries.len(), ", ")
}

/// Describes a literal value by its JSON form.
pub(super) fn describe_value(value: &Value) -> String {
    shorten(&value.to_string(), VALUE_CHARS_MAX)
}

/// Describes several demands; of many only the first.
pub(super) fn join(
    demands: &[Demand<Resolved>],
    joint: &str,
    inner: &dyn Fn(&Demand<Resolved>) -> String,
) -> String {
    limit(demands.iter().map(inner), demands.len(), joint)
}

fn limit(parts: impl Iterator<Item = String>, length: usize, joint: &str) -> String {
    let mut shown: Vec<String> = parts.take(PARTS_MAX).collect();
    if length > PARTS_MAX {
        shown.push(format!("... ({} more)", length - PARTS_MAX));
    }
    shown.join(joint)
}

/// Says why a comparison surprises: texts differ in what a reader overlooks.
pub(super) fn explain(expected: &Value, seen: &Value) -> Option<String> {
    match (expected, seen) {
        (Value::String(left), Value::String(right))
            if left.trim() == right.trim() && left != right =>
        {
            Some("they differ only in white space at the beginning or end".to_owned())
        }
        (Value::String(left), Value::String(right)) if left.eq_ignore_ascii_case(right) => {
            Some("they differ only in upper and lower case".to_owned())
        }
        _ => None,
    }
}
