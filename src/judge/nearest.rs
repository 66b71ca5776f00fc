//! The message that is closest to a missed one, and how a sentence says in what it differs.

use std::sync::Arc;

use crate::journal::{Event, Fact, Message};
use crate::judge::check::Nearest;
use crate::matching::{Difference, Selector};
use plan_language::value::Value;

/// Number of differing fields that a sentence names.
const FIELDS_MAX: usize = 3;
/// Characters of a value that a sentence shows.
const VALUE_CHARS_MAX: usize = 60;

/// A request that address, method and path select.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub event: &'a Event,
    pub message: &'a Message,
}

impl<'a> Candidate<'a> {
    /// Returns the event as a candidate, if it is a request that address, method and path select.
    pub fn of(selector: &Selector, event: &'a Event) -> Option<Self> {
        match &event.fact {
            Fact::Request { to, message, .. } if selector.concerns(*to, message) => {
                Some(Self { event, message })
            }
            _ => None,
        }
    }

    /// Lists the candidates among events, in order.
    pub fn among(selector: &Selector, events: &'a [Arc<Event>]) -> Vec<Self> {
        let candidates = events.iter().map(|event| Self::of(selector, event));
        candidates.flatten().collect()
    }

    /// Returns in how many places the message differs; 0 means that it is selected.
    pub fn distance(self, selector: &Selector) -> usize {
        selector.select.test(self.message).distance()
    }

    /// Returns whether the selector selects the message.
    pub fn matches(self, selector: &Selector) -> bool {
        self.distance(selector) == 0
    }

    /// Describes the candidate as the closest message.
    pub fn nearest(self, selector: &Selector) -> Nearest {
        Nearest {
            seq: self.event.seq,
            message: self.message.title(),
            differences: selector.select.test(self.message).into_differences(),
        }
    }
}

/// Names the fields that differ; of a single one also the values: `` `body.id`: expected 7, found 8 ``.
pub(super) fn fields(differences: &[Difference]) -> String {
    if let [difference] = differences {
        let found = match &difference.seen {
            None => "nothing".to_owned(),
            Some(Value::Object(_)) => "an object".to_owned(),
            Some(Value::Array(items)) if items.len() == 1 => "an array of 1 element".to_owned(),
            Some(Value::Array(items)) => format!("an array of {} elements", items.len()),
            Some(value) => value.to_string(),
        };
        return format!(
            "`{}`: expected {}, found {}",
            difference.at,
            short(&difference.expected),
            short(&found)
        );
    }
    let mut named: Vec<_> = differences
        .iter()
        .take(FIELDS_MAX)
        .map(|difference| format!("`{}`", difference.at))
        .collect();
    let rest = differences.len().saturating_sub(FIELDS_MAX);
    let last = if rest == 0 {
        named.pop().unwrap_or_else(|| "nothing".to_owned())
    } else {
        format!("{rest} more")
    };
    if named.is_empty() {
        last
    } else {
        format!("{} and {last}", named.join(", "))
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan_language::plan::Place;
    use plan_language::source::Span;
    use serde_json::json;

    fn difference(seen: Value) -> Difference {
        Difference {
            at: "body.data".to_owned(),
            place: Place::from(&Span::outside("plan.yaml")),
            expected: "7".to_owned(),
            seen: Some(seen),
            why: None,
            unread: false,
        }
    }

    #[test]
    fn what_a_single_difference_found_is_shown_in_short() {
        for (seen, shown) in [
            (json!([]), "an array of 0 elements"),
            (json!([7]), "an array of 1 element"),
            (json!([7, 8]), "an array of 2 elements"),
            (json!({ "a": 7 }), "an object"),
            (json!("a"), "\"a\""),
        ] {
            let told = fields(&[difference(seen)]);
            assert_eq!(told, format!("`body.data`: expected 7, found {shown}"));
        }
    }
}
