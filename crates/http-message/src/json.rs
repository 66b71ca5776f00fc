//! JSON, with the keys that an object has more than once.
//!
//! RFC 8259, section 4 leaves open which of equal keys counts. Most readers take the last one, some the first.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::unread::{Unread, UnreadCause};

/// The name under which `serde_json` shows numbers when it keeps all of their digits.
const NUMBER: &str = "$serde_json::private::Number";

/// Number of repeated keys that are told apart; more are no slip of a writer.
pub(crate) const REPEATED_MAX: usize = 1000;

/// How much of the path of a repeated key is kept, in characters.
const PATH_CHARS_MAX: usize = 200;

/// A JSON document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document {
    /// Its value where the last of equal keys counts.
    pub last: Value,
    /// Its value where the first of equal keys counts; `None` without such keys.
    pub first: Option<Value>,
    /// The repeated keys with their paths, such as `data.status`, and how often each occurs; at most [`REPEATED_MAX`] of them.
    pub repeated: Vec<(String, usize)>,
}

/// Parses a text.
///
/// # Errors
/// Why it is not JSON, or is more than this reader takes.
pub(crate) fn parse(text: &str) -> Result<Document, Unread> {
    let last = serde_json::from_str(text).map_err(|error| refusal(&error))?;
    let mut seen = Repeated::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    // Repeated keys are found without the values, which would take as much memory again.
    let first = match Keys(&mut seen).deserialize(&mut reader) {
        Ok(()) if !seen.keys.is_empty() => {
            let mut reader = serde_json::Deserializer::from_str(text);
            First.deserialize(&mut reader).ok()
        }
        _ => None,
    };
    Ok(Document {
        last,
        first,
        repeated: seen.keys,
    })
}

/// Reads a text without keeping anything of it.
///
/// # Errors
/// Those of [`parse`].
pub(crate) fn validate(text: &str) -> Result<(), Unread> {
    serde_json::from_str::<IgnoredAny>(text)
        .map(|IgnoredAny| ())
        .map_err(|error| refusal(&error))
}

/// Reads the beginning of a document; the value on its edge stands as `…`.
pub(crate) fn read_beginning(text: &str) -> Value {
    let mut value = edge();
    let mut reader = serde_json::Deserializer::from_str(text);
    // It ends with an error, at the edge.
    let _ = Beginning(&mut value).deserialize(&mut reader);
    value
}

/// What stands for a value of which only the beginning is known.
fn edge() -> Value {
    Value::from("…")
}

fn refusal(error: &serde_json::Error) -> Unread {
    let text = error.to_string();
    // Both are JSON; it is this reader that does not take them.
    if text.starts_with("recursion limit") || text.starts_with("number out of range") {
        Unread::new(UnreadCause::BeyondLimit, format!("JSON, but {text}"))
    } else {
        Unread::malformed(format!("not JSON: {text}"))
    }
}

/// The repeated keys that were found so far.
#[derive(Default)]
struct Repeated {
    path: Vec<String>,
    /// The first [`REPEATED_MAX`] of them, and where each stands.
    keys: Vec<(String, usize)>,
    places: HashMap<String, usize>,
}

impl Repeated {
    fn note(&mut self, key: &str) {
        let mut path = String::new();
        for part in self.path.iter().map(String::as_str).chain([key]) {
            if !path.is_empty() && !part.starts_with('[') {
                path.push('.');
            }
            path.extend(part.chars().take(PATH_CHARS_MAX));
            if path.len() > PATH_CHARS_MAX {
                path.push('…');
                break;
            }
        }
        if let Some(place) = self.places.get(&path) {
            self.keys[*place].1 += 1;
        } else if self.keys.len() < REPEATED_MAX {
            self.places.insert(path.clone(), self.keys.len());
            self.keys.push((path, 2));
        }
    }
}

/// Finds the repeated keys of a value.
struct Keys<'r>(&'r mut Repeated);

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for place in 0_usize.. {
            self.0.path.push(format!("[{place}]"));
            let item = items.next_element_seed(Keys(self.0))?;
            self.0.path.pop();
            if item.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut known = HashSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            if key == NUMBER {
                return fields.next_value::<IgnoredAny>().map(|IgnoredAny| ());
            }
            self.0.path.push(key.clone());
            fields.next_value_seed(Keys(self.0))?;
            self.0.path.pop();
            if known.contains(&key) {
                self.0.note(&key);
            } else {
                known.insert(key);
            }
        }
        Ok(())
    }
}

/// Reads a value in which the first of equal keys counts.
struct First;

impl<'de> DeserializeSeed<'de> for First {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        let mut value = Value::Null;
        Beginning(&mut value).deserialize(from)?;
        Ok(value)
    }
}

/// Reads a value into its place, where it stays as far as it was read; the first of equal keys counts.
struct Beginning<'v>(&'v mut Value);

impl<'de> DeserializeSeed<'de> for Beginning<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Beginning<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        *self.0 = value.into();
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        *self.0 = value.into();
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        *self.0 = value.into();
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        *self.0 = value.into();
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        *self.0 = value.into();
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        *self.0 = Value::Null;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let list = self.0;
        *list = Value::Array(Vec::new());
        loop {
            let mut value = edge();
            let read = items.next_element_seed(Beginning(&mut value));
            if let (Value::Array(list), Ok(Some(())) | Err(_)) = (&mut *list, &read) {
                list.push(value);
            }
            if read?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let map = self.0;
        *map = Value::Object(Map::new());
        while let Some(key) = fields.next_key::<String>()? {
            if key == NUMBER {
                let digits: String = fields.next_value()?;
                *map = serde_json::from_str(&digits).map_err(A::Error::custom)?;
                return Ok(());
            }
            let mut value = edge();
            let read = fields.next_value_seed(Beginning(&mut value));
            if let Value::Object(map) = &mut *map {
                map.entry(key).or_insert(value);
            }
            read?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn repeated_keys_are_found_at_every_depth() {
        let text = r#"{"a":1,"b":[{"c":1,"c":2,"c":3}],"a":{"d":0.5}}"#;
        let document = parse(text).expect("it is JSON");
        assert_eq!(document.last, json!({"a": {"d": 0.5}, "b": [{"c": 3}]}));
        assert_eq!(document.first, Some(json!({"a": 1, "b": [{"c": 1}]})));
        let repeated = [("b[0].c".to_owned(), 3), ("a".to_owned(), 2)];
        assert_eq!(document.repeated, repeated);
    }

    #[test]
    fn equal_keys_of_different_objects_are_no_repetition() {
        let document = parse(r#"{"a":{"k":1},"b":{"k":2},"k":[{"k":1},{"k":null}]}"#);
        let document = document.expect("it is JSON");
        assert_eq!((document.first, document.repeated), (None, Vec::new()));
    }

    #[test]
    fn a_document_that_is_too_deep_is_the_readers_limit() {
        let deep = "[".repeat(1000) + &"]".repeat(1000);
        assert_eq!(
            parse(&deep).expect_err("it is too deep").cause,
            UnreadCause::BeyondLimit
        );
        let broken = parse("{\"a\":1 \"b\":2}").expect_err("it is no JSON");
        assert_eq!(broken.cause, UnreadCause::Malformed);
        assert_eq!(
            broken.why,
            "not JSON: expected `,` or `}` at line 1 column 8"
        );
    }
}
