//! The matchers without an argument: `$uuid`, `$absent`, … and what each of them accepts.

use crate::value::form;
use crate::value::number;
use serde_json::Value;

/// The words with one line each, for guides and schemas.
pub const WORDS: &[(&str, &str)] = &[
    ("$any", "present, whatever it is; proves nothing by itself"),
    ("$absent", "not there; null is there"),
    ("$uuid", "a UUID in hyphenated form, of either case"),
    ("$datetime", "an RFC 3339 date-time with an offset"),
    ("$date", "a calendar date such as 2026-01-31"),
    ("$text", "any text, also an empty one"),
    ("$number", "any number"),
    ("$integer", "a number without a fraction; 2.0 is one"),
    ("$boolean", "true or false"),
    ("$null", "null, and present"),
    ("$list", "any list"),
    ("$map", "any map"),
    ("$url", "an absolute http or https URL"),
    ("$empty", "a text, list or map with nothing in it"),
    ("$not_empty", "a text, list or map with something in it"),
];

/// A matcher without an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Any,
    Absent,
    Uuid,
    Datetime,
    Date,
    Text,
    Number,
    Integer,
    Boolean,
    Null,
    List,
    Map,
    Url,
    Empty,
    NotEmpty,
}

impl Word {
    /// Finds the word of a name such as `$uuid`.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "$any" => Self::Any,
            "$absent" => Self::Absent,
            "$uuid" => Self::Uuid,
            "$datetime" => Self::Datetime,
            "$date" => Self::Date,
            "$text" => Self::Text,
            "$number" => Self::Number,
            "$integer" => Self::Integer,
            "$boolean" => Self::Boolean,
            "$null" => Self::Null,
            "$list" => Self::List,
            "$map" => Self::Map,
            "$url" => Self::Url,
            "$empty" => Self::Empty,
            "$not_empty" => Self::NotEmpty,
            _ => return None,
        })
    }

    /// Tells whether a present value is accepted.
    pub(super) fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => false,
            Self::Uuid => value.as_str().is_some_and(form::is_uuid),
            Self::Datetime => value
                .as_str()
                .is_some_and(|text| form::datetime(text).is_some()),
            Self::Date => value
                .as_str()
                .is_some_and(|text| form::date(text).is_some()),
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::Integer => matches!(value, Value::Number(number) if is_integer(number)),
            Self::Boolean => value.is_boolean(),
            Self::Null => value.is_null(),
            Self::List => value.is_array(),
            Self::Map => value.is_object(),
            Self::Url => value.as_str().is_some_and(form::is_url),
            Self::Empty => len(value) == Some(0),
            Self::NotEmpty => len(value).is_some_and(|len| len > 0),
        }
    }

    /// Tells whether a list of so many values, found by a path, is accepted. An empty one counts as absent.
    pub(super) fn accepts_hits(self, len: usize) -> bool {
        match self {
            Self::Any | Self::NotEmpty => len > 0,
            Self::Absent | Self::Empty => len == 0,
            Self::List => true,
            _ => false,
        }
    }

    /// Says what is accepted, to follow "expected".
    pub(super) fn phrase(self) -> &'static str {
        match self {
            Self::Any => "anything present",
            Self::Absent => "nothing there",
            Self::Uuid => "a UUID",
            Self::Datetime => "an RFC 3339 date-time",
            Self::Date => "a date such as 2026-01-31",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Boolean => "true or false",
            Self::Null => "null",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Url => "an absolute http or https URL",
            Self::Empty => "an empty text, list or map",
            Self::NotEmpty => "something that is not empty",
        }
    }
}

fn is_integer(number: &serde_json::Number) -> bool {
    // Doubles beyond 64 bits have no fraction either.
    number::integer(number).is_some() || number.as_f64().is_some_and(|double| double.fract() == 0.0)
}

fn len(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.len()),
        Value::Array(items) => Some(items.len()),
        Value::Object(entries) => Some(entries.len()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(name: &str, yes: &[Value], no: &[Value]) {
        let word = Word::named(name).unwrap();
        assert!(yes.iter().all(|value| word.accepts(value)), "{name}");
        assert!(!no.iter().any(|value| word.accepts(value)), "{name}");
    }

    #[test]
    fn every_listed_word_is_known() {
        assert!(
            WORDS
                .iter()
                .all(|(name, line)| Word::named(name).is_some() && !line.is_empty())
        );
        assert_eq!(Word::named("$nope"), None);
    }

    #[test]
    fn kinds() {
        check("$any", &[json!(null), json!(0), json!([])], &[]);
        check("$absent", &[], &[json!(null), json!("")]);
        check("$text", &[json!("")], &[json!(1), json!(null)]);
        check("$number", &[json!(1), json!(-1.5)], &[json!("1")]);
        check(
            "$integer",
            &[json!(1), json!(2.0), json!(1e300)],
            &[json!(1.5), json!("1")],
        );
        check("$boolean", &[json!(false)], &[json!("false"), json!(0)]);
        check("$null", &[json!(null)], &[json!(""), json!(0)]);
        check("$list", &[json!([])], &[json!({})]);
        check("$map", &[json!({})], &[json!([])]);
    }

    #[test]
    fn forms() {
        let uuid = "10aaeee6-0000-4000-8000-000000000001";
        check("$uuid", &[json!(uuid)], &[json!("x"), json!([uuid])]);
        check(
            "$datetime",
            &[json!("2026-01-31T00:00:00Z")],
            &[json!("2026-01-31"), json!(20260131)],
        );
        check(
            "$date",
            &[json!("2026-01-31")],
            &[json!("2026-01-31T00:00:00Z")],
        );
        check("$url", &[json!("https://h/a")], &[json!("/a"), json!(null)]);
    }

    #[test]
    fn emptiness_is_of_texts_lists_and_maps() {
        let (empty, full) = (
            [json!(""), json!([]), json!({})],
            [json!(" "), json!([0]), json!({ "a": 1 })],
        );
        check("$empty", &empty, &full);
        check("$not_empty", &full, &empty);
        check("$not_empty", &[], &[json!(null), json!(1), json!(true)]);
        check("$empty", &[], &[json!(null), json!(0), json!(false)]);
    }

    #[test]
    fn a_list_found_by_a_path_is_absent_when_empty() {
        let check = |name: &str, none, some| {
            let word = Word::named(name).unwrap();
            assert_eq!(
                (word.accepts_hits(0), word.accepts_hits(1)),
                (none, some),
                "{name}"
            );
        };
        check("$any", false, true);
        check("$absent", true, false);
        check("$empty", true, false);
        check("$not_empty", false, true);
        check("$list", true, true);
        check("$text", false, false);
    }
}
