//! Equality and order of JSON values: numbers by value, masked strings by tag, the order of keys never counts.

use super::moment::Moment;
use super::zone::Zone;
use super::{handle, number};
use http_message::same_id;
use serde_json::Value;
use std::cmp::Ordering;
use std::fmt::Write;

/// Tells whether two values are equal, deeply and exactly. A string never equals a number.
pub fn equal(left: &Value, right: &Value) -> bool {
    compare(left, right, handle::same_text)
}

/// Tells whether a value is the one that a plan names: as [`equal`], but UUIDs count in any of their spellings.
///
/// RFC 9562 reads UUIDs regardless of case, and so does the service, which takes ids that a sender writes in capitals.
pub(super) fn names(wanted: &Value, seen: &Value) -> bool {
    compare(wanted, seen, |wanted, seen| {
        handle::same_text(wanted, seen) || same_id(wanted, seen)
    })
}

fn compare(left: &Value, right: &Value, same_text: fn(&str, &str) -> bool) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => number::equal(left, right),
        (Value::String(left), Value::String(right)) => same_text(left, right),
        (Value::Array(left), Value::Array(right)) => {
            let mut pairs = left.iter().zip(right);
            left.len() == right.len() && pairs.all(|(a, b)| compare(a, b, same_text))
        }
        (Value::Object(left), Value::Object(right)) => {
            let mut entries = left.iter();
            let same = |(key, a): (&String, &Value)| {
                right.get(key).is_some_and(|b| compare(a, b, same_text))
            };
            left.len() == right.len() && entries.all(same)
        }
        (left, right) => left == right,
    }
}

/// Orders two values as [`orders_in`] does without a zone; `None` where they have no order, or it is open.
pub(super) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match *orders_in(left, right, None)? {
        [order] => Some(order),
        _ => None,
    }
}

/// Orders two values: numbers by value, dates and date-times as [`Moment::orders`] does in a zone.
///
/// `None` where they have no order: they are of different kinds, or texts that are no dates. More than one order where it
/// depends on the zone, and none is known.
pub(super) fn orders_in(left: &Value, right: &Value, zone: Option<&Zone>) -> Option<Vec<Ordering>> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(vec![number::compare(left, right)?]),
        (Value::String(left), Value::String(right)) => {
            Some(Moment::read(left)?.orders(Moment::read(right)?, zone))
        }
        _ => None,
    }
}

/// Writes a value so that equal values are written the same; masked strings in whatever kind they came.
pub(super) fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => out.push_str(&number::canonical(number)),
        Value::String(text) => {
            for piece in handle::pieces(text) {
                match piece {
                    handle::Piece::Text(text) => _ = write!(out, "{text:?}"),
                    handle::Piece::Secret(tagged) => _ = write!(out, "#{}", tagged.tag()),
                }
            }
            out.push('"');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(entries) => {
            let mut keys: Vec<&String> = entries.keys().collect();
            keys.sort();
            out.push('{');
            for key in keys {
                _ = write!(out, "{key:?}:");
                write_canonical(&entries[key], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) => _ = write!(out, "{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::any_json;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn numbers_are_equal_by_value_and_never_to_texts() {
        assert!(equal(&json!([1, { "a": 2.0 }]), &json!([1.0, { "a": 2 }])));
        assert!(!equal(&json!(1), &json!("1")));
        assert!(!equal(&json!(0), &json!(false)) && !equal(&json!(""), &json!(null)));
    }

    #[test]
    fn maps_are_equal_whatever_the_order_but_not_in_part() {
        assert!(equal(
            &json!({ "a": 1, "b": 2 }),
            &json!({ "b": 2, "a": 1 })
        ));
        assert!(!equal(&json!({ "a": 1 }), &json!({ "a": 1, "b": 2 })));
        assert!(!equal(&json!({ "a": null }), &json!({ "b": null })));
    }

    #[test]
    fn instants_and_days_have_an_order() {
        let check = |left: &str, right: &str, expected| {
            assert_eq!(order(&json!(left), &json!(right)), expected)
        };
        check(
            "2026-01-01T01:00:00+01:00",
            "2026-01-01T00:00:00Z",
            Some(Ordering::Equal),
        );
        check("2026-01-02", "2026-01-10", Some(Ordering::Less));
        check("2026-01-02", "2026-01-10T00:00:00Z", Some(Ordering::Less));
        check("a", "b", None);
        check("2026-01-02", "b", None);
        assert_eq!(order(&json!(1), &json!("1")), None);
    }

    fn canonical(value: &Value) -> String {
        let mut out = String::new();
        write_canonical(value, &mut out);
        out
    }

    proptest! {
        #[test]
        fn equal_values_are_written_the_same(left in any_json(), right in any_json()) {
            prop_assert!(equal(&left, &left));
            prop_assert_eq!(equal(&left, &right), canonical(&left) == canonical(&right));
        }
    }

    #[test]
    fn what_differs_is_written_differently() {
        assert_eq!(
            canonical(&json!([1.0, "⟦secret:a#1⟧"])),
            canonical(&json!([1, "⟦secret:b#1⟧"]))
        );
        for (left, right) in [
            (json!("a"), json!(["a"])),
            (json!("1"), json!(1)),
            (json!(["a", "b"]), json!(["a\",\"b"])),
            (json!("#1"), json!("⟦secret:a#1⟧")),
            (json!(""), json!(null)),
            (json!([[], 1]), json!([[1]])),
        ] {
            assert_ne!(canonical(&left), canonical(&right));
        }
    }
}
