//! Says in a phrase what a matcher demands, to follow "expected".

use super::booked;
use super::field::name_all;
use super::tally::shorten;
use super::tree::{Bound, Closed, Form, Selector, Tree};
use crate::value::handle;
use serde_json::Value;

/// How many characters of a value, and how many alternatives or keys, a phrase shows.
const VALUE_CHARS_MAX: usize = 200;
const PARTS_MAX: usize = 6;

/// How deep phrases nest before they say "...".
const DEPTH_MAX: usize = 4;

/// Describes a demand.
pub(super) fn describe(tree: &Tree<Closed>) -> String {
    describe_within(tree, DEPTH_MAX)
}

fn describe_within(tree: &Tree<Closed>, depth: usize) -> String {
    let Some(below) = depth.checked_sub(1) else {
        return "...".to_owned();
    };
    let inner = |tree: &Tree<Closed>| describe_within(tree, below);
    match &tree.form {
        Form::Word(word) => word.phrase().to_owned(),
        Form::Literal(value) => describe_value(value),
        Form::Equals(value) => format!("exactly {}", describe_value(value)),
        Form::In(list) => format!("one of {}", describe_value(list)),
        Form::List(trees) if trees.is_empty() => "an empty list".to_owned(),
        Form::List(trees) => format!("a list of {}: [{}]", trees.len(), join(trees, ", ", below)),
        Form::Map(entries) if entries.is_empty() => "a map".to_owned(),
        Form::Map(entries) => {
            let parts = entries.iter().map(|entry| {
                let key = match &entry.selector {
                    Selector::Key(key) => key,
                    Selector::Path(path) => path.text(),
                };
                format!("{key}: {}", inner(&entry.tree))
            });
            format!("a map with {}", limit(parts, entries.len(), ", "))
        }
        Form::All(trees) => join(trees, " and ", below),
        Form::AnyOf(trees) => join(trees, " or ", below),
        Form::Not(tree) => format!("not {}", inner(tree)),
        Form::Matches(regex) => format!(
            "a text that matches /{}/",
            shorten(regex.as_str(), VALUE_CHARS_MAX)
        ),
        Form::StartsWith(value) => format!("a text that starts with {}", describe_value(value)),
        Form::EndsWith(value) => format!("a text that ends with {}", describe_value(value)),
        Form::MediaType(value) => format!("the media type {}", value.as_str().unwrap_or_default()),
        Form::Bound(bound, value) => format!("{} {}", bound_phrase(*bound), describe_value(value)),
        Form::Contains(tree) => format!("something that contains {}", inner(tree)),
        Form::Length(tree) => format!("a length of {}", inner(tree)),
        Form::One { choice, is: None } => format!("exactly one element that is {}", inner(choice)),
        Form::One {
            choice,
            is: Some(is),
        } => {
            format!(
                "exactly one element that is {}, and it is {}",
                inner(choice),
                inner(is)
            )
        }
        Form::Each(tree) => format!("a list in which every element is {}", inner(tree)),
        Form::Some(tree) => format!("a list with an element that is {}", inner(tree)),
        Form::None(tree) => format!("a list without an element that is {}", inner(tree)),
        Form::DistinctBy(fields) => format!("elements that differ in {}", name_all(fields)),
        Form::Same(fields) => format!("elements that agree on {}", name_all(fields)),
        Form::Sum { of, is } => format!("a list whose {of} add up to {}", inner(is)),
        Form::Booked(books) => booked::describe(books),
    }
}

/// Describes a literal value by its JSON form.
pub(super) fn describe_value(value: &Value) -> String {
    shorten(&value.to_string(), VALUE_CHARS_MAX)
}

fn bound_phrase(bound: Bound) -> &'static str {
    match bound {
        Bound::AtLeast => "at least",
        Bound::AtMost => "at most",
        Bound::MoreThan => "more than",
        Bound::LessThan => "less than",
    }
}

fn join(trees: &[Tree<Closed>], joint: &str, depth: usize) -> String {
    let parts = trees.iter().map(|tree| describe_within(tree, depth));
    limit(parts, trees.len(), joint)
}

fn limit(parts: impl Iterator<Item = String>, len: usize, joint: &str) -> String {
    let mut shown: Vec<String> = parts.take(PARTS_MAX).collect();
    if len > PARTS_MAX {
        shown.push(format!("... ({} more)", len - PARTS_MAX));
    }
    shown.join(joint)
}

/// Says why a comparison surprises: a number is no text, a secret shows only its handle.
pub(super) fn explain(expected: &Value, seen: &Value) -> Option<String> {
    match (expected, seen) {
        (Value::String(text), other) | (other, Value::String(text)) if is_spelled(other, text) => {
            Some("a text never equals a number or a boolean".to_owned())
        }
        (Value::String(left), Value::String(right))
            if left.trim() == right.trim() && left != right =>
        {
            Some("they differ only in blanks around".to_owned())
        }
        (Value::String(left), Value::String(right)) if left.eq_ignore_ascii_case(right) => {
            Some("they differ only in upper and lower case".to_owned())
        }
        (_, Value::String(text)) => masked_note(text),
        _ => None,
    }
}

/// Tells whether a number or a boolean is written like this.
fn is_spelled(value: &Value, text: &str) -> bool {
    let spelling = match value {
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => return false,
    };
    spelling == text
}

/// Says that a text holds a secret, so that its form was not tested.
pub(super) fn masked_note(text: &str) -> Option<String> {
    handle::is_masked(text)
        .then(|| "it holds a secret, of which only the handle is seen".to_owned())
}
