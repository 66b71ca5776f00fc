//! The matchers without an argument: `$uuid`, `$absent`, … One row of [`WORDS`] is all there is to a word.

use super::length::LengthRange;
use crate::value::form;
use crate::value::kinds::Kinds;
use crate::value::number;
use serde_json::Value;
use std::fmt;

/// A matcher without an argument.
pub struct MatcherWord {
    /// The name with its dollar sign, for example `$uuid`.
    pub name: &'static str,
    /// What it accepts, in one line without a full stop, for guides and schemas.
    pub doc: &'static str,
    /// An example of its use in YAML.
    pub example: &'static str,
    /// What it accepts, to follow "expected".
    pub(super) phrase: &'static str,
    /// The kinds of what it accepts.
    pub(super) kinds: Kinds,
    /// Whether it accepts every value of these kinds.
    pub(super) accepts_all: bool,
    /// Tells whether it accepts a value that is there.
    pub(super) accepts: fn(&Value) -> bool,
    /// The lengths of strings, arrays and objects that it accepts, if it speaks of length.
    pub(super) length: Option<LengthRange>,
    /// How many values a JSONPath must have found; `None`: what a path found is never accepted.
    pub(super) hits: Option<LengthRange>,
}

/// The word that accepts every value; it also takes the place of a matcher that is wrong.
pub(super) const ANY: MatcherWord = MatcherWord {
    name: "$any",
    doc: "present, whatever it is; proves nothing by itself",
    example: "{ id: $any }",
    phrase: "any value",
    kinds: Kinds::PRESENT,
    accepts_all: true,
    accepts: |_| true,
    length: None,
    hits: Some(LengthRange::AtLeast(1)),
};

/// All words, in the order of guides.
pub const WORDS: &[MatcherWord] = &[
    ANY,
    MatcherWord {
        name: "$absent",
        doc: "missing; `null` is not missing",
        example: "{ error: $absent }",
        phrase: "a missing value",
        kinds: Kinds::ABSENT,
        accepts_all: true,
        accepts: |_| false,
        length: None,
        hits: Some(LengthRange::Exactly(0)),
    },
    MatcherWord {
        name: "$uuid",
        doc: "a UUID in hyphenated form, in upper or lower case",
        example: "{ id: $uuid }",
        phrase: "a UUID",
        kinds: Kinds::STRING,
        accepts_all: false,
        accepts: |value| value.as_str().is_some_and(form::is_uuid),
        length: None,
        hits: None,
    },
    MatcherWord {
        name: "$datetime",
        doc: "an RFC 3339 date-time with an offset",
        example: "{ datePosted: $datetime }",
        phrase: "an RFC 3339 date-time",
        kinds: Kinds::STRING,
        accepts_all: false,
        accepts: |value| {
            value
                .as_str()
                .is_some_and(|text| form::datetime(text).is_some())
        },
        length: None,
        hits: None,
    },
    MatcherWord {
        name: "$date",
        doc: "a calendar date such as 2026-01-31",
        example: "{ startDate: $date }",
        phrase: "a date such as 2026-01-31",
        kinds: Kinds::STRING,
        accepts_all: false,
        accepts: |value| {
            value
                .as_str()
                .is_some_and(|text| form::date(text).is_some())
        },
        length: None,
        hits: None,
    },
    MatcherWord {
        name: "$text",
        doc: "any string, also an empty one",
        example: "{ status: $text }",
        phrase: "a string",
        kinds: Kinds::STRING,
        accepts_all: true,
        accepts: Value::is_string,
        length: None,
        hits: None,
    },
    MatcherWord {
        name: "$number",
        doc: "any number",
        example: "{ amount: $number }",
        phrase: "a number",
        kinds: Kinds::NUMBER,
        accepts_all: true,
        accepts: Value::is_number,
        length: None,
        hits: None,
    },
    MatcherWord {
        name: "$integer",
        doc: "a number without a fraction; 2.0 is one",
        example: "{ count: $integer }",
        phrase: "an integer",
        kinds: Kinds::NUMBER,
        accepts_all: false,
        accepts: is_integer,
        length: None,
        hits: None,
    },
    MatcherWord {
        name: "$boolean",
        doc: "true or false",
        example: "{ joint: $boolean }",
        phrase: "true or false",
        kinds: Kinds::BOOLEAN,
        accepts_all: true,
        accepts: Value::is_boolean,
        length: None,
        hits: None,
    },
    MatcherWord {
        name: "$null",
        doc: "null, and present",
        example: "{ branch: $null }",
        phrase: "null",
        kinds: Kinds::NULL,
        accepts_all: true,
        accepts: Value::is_null,
        length: None,
        hits: None,
    },
    MatcherWord {
        name: "$list",
        doc: "any array",
        example: "{ bankAccounts: $list }",
        phrase: "an array",
        kinds: Kinds::ARRAY,
        accepts_all: true,
        accepts: Value::is_array,
        length: None,
        hits: Some(LengthRange::AtLeast(0)),
    },
    MatcherWord {
        name: "$map",
        doc: "any object",
        example: "{ additionalData: $map }",
        phrase: "an object",
        kinds: Kinds::OBJECT,
        accepts_all: true,
        accepts: Value::is_object,
        length: None,
        hits: None,
    },
    MatcherWord {
        name: "$url",
        doc: "an absolute http or https URL",
        example: "{ redirect: $url }",
        phrase: "an absolute http or https URL",
        kinds: Kinds::STRING,
        accepts_all: false,
        accepts: |value| value.as_str().is_some_and(form::is_url),
        length: None,
        hits: None,
    },
    MatcherWord {
        name: "$empty",
        doc: "a string, array or object of length 0",
        example: "{ bankAccounts: $empty }",
        phrase: "an empty string, array or object",
        kinds: SIZED,
        accepts_all: false,
        accepts: |value| length(value) == Some(0),
        length: Some(LengthRange::Exactly(0)),
        hits: Some(LengthRange::Exactly(0)),
    },
    MatcherWord {
        name: "$not_empty",
        doc: "a string, array or object of length 1 or more",
        example: "{ accountName: $not_empty }",
        phrase: "a string, array or object that is not empty",
        kinds: SIZED,
        accepts_all: false,
        accepts: |value| length(value).is_some_and(|length| length > 0),
        length: Some(LengthRange::AtLeast(1)),
        hits: Some(LengthRange::AtLeast(1)),
    },
];

/// The kinds of values that have a length.
const SIZED: Kinds = Kinds::STRING.or(Kinds::ARRAY).or(Kinds::OBJECT);

impl MatcherWord {
    /// Finds the word of a name such as `$uuid`.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        WORDS.iter().find(|word| word.name == name)
    }

    /// Tells whether a missing value is accepted.
    pub(super) fn accepts_missing(&self) -> bool {
        self.kinds == Kinds::ABSENT
    }

    /// Tells whether so many values, found by a path, are accepted.
    pub(super) fn accepts_hits(&self, hits: usize) -> bool {
        self.hits.is_some_and(|range| range.contains(hits as u64))
    }

    /// Tells whether it reads the form of a text, which a masked value does not show.
    pub(super) fn reads_form(&self) -> bool {
        matches!(self.name, "$uuid" | "$datetime" | "$date" | "$url")
    }

    /// Tells whether a value that is accepted is no evidence of anything.
    pub(super) fn proves_nothing(&self) -> bool {
        self.name == ANY.name
    }
}

impl fmt::Debug for MatcherWord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}

fn is_integer(value: &Value) -> bool {
    matches!(value, Value::Number(number) if number::is_whole(number))
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.len()),
        Value::Array(items) => Some(items.len()),
        Value::Object(entries) => Some(entries.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(name: &str, yes: &[Value], no: &[Value]) {
        let word = MatcherWord::named(name).unwrap();
        assert!(yes.iter().all(|value| (word.accepts)(value)), "{name}");
        assert!(!no.iter().any(|value| (word.accepts)(value)), "{name}");
    }

    #[test]
    fn a_word_is_found_by_its_name() {
        assert!(WORDS.iter().all(|word| {
            let found = MatcherWord::named(word.name).map(|found| found.name);
            found == Some(word.name) && word.example.contains(word.name)
        }));
        assert!(MatcherWord::named("$nope").is_none());
    }

    #[test]
    fn what_a_word_accepts_is_of_its_kinds() {
        let values = [
            json!(null),
            json!(true),
            json!(1),
            json!(""),
            json!([]),
            json!({}),
        ];
        for word in WORDS {
            for value in values.iter().filter(|value| (word.accepts)(value)) {
                assert!(!word.kinds.excludes(Kinds::of(value)), "{word:?} {value}");
            }
        }
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
    fn emptiness_is_of_strings_arrays_and_objects() {
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
            let word = MatcherWord::named(name).unwrap();
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
