//! JSON, with the keys that an object has more than once.
//!
//! RFC 8259, section 4 leaves open which of equal keys counts. Most readers take the last one, some the first.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::unread::{Unread, UnreadCause};

/// The name under which `serde_json` shows numbers when it keeps all of their digits.
const NUMBER: &str = "$serde_json::private::Number";

/// A JSON document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document {
    /// Its value where the last of equal keys counts.
    pub last: Value,
    /// Its value where the first of equal keys counts; `None` without such keys.
    pub first: Option<Value>,
    /// The repeated keys with their paths, such as `data.status`, and how often each occurs.
    pub repeated: Vec<(String, usize)>,
}

/// Parses a text.
///
/// # Errors
/// Why it is not JSON, or is more than this reader takes.
pub(crate) fn parse(text: &str) -> Result<Document, Unread> {
    let last = serde_json::from_str(text).map_err(|error| refusal(&error))?;
    let mut seen = Repeated::default();
    let first = {
        let mut reader = serde_json::Deserializer::from_str(text);
        First(&mut seen).deserialize(&mut reader).ok()
    };
    Ok(Document {
        last,
        first: first.filter(|_| !seen.keys.is_empty()),
        repeated: seen.keys,
    })
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
    keys: Vec<(String, usize)>,
}

impl Repeated {
    fn note(&mut self, key: &str) {
        let mut path = String::new();
        for part in self.path.iter().map(String::as_str).chain([key]) {
            if !path.is_empty() && !part.starts_with('[') {
                path.push('.');
            }
            path.push_str(part);
        }
        match self.keys.iter_mut().find(|(known, _)| *known == path) {
            Some((_, count)) => *count += 1,
            None => self.keys.push((path, 2)),
        }
    }
}

/// Reads a value in which the first of equal keys counts.
struct First<'r>(&'r mut Repeated);

impl<'de> DeserializeSeed<'de> for First<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for First<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            self.0.path.push(format!("[{}]", list.len()));
            let item = items.next_element_seed(First(self.0))?;
            self.0.path.pop();
            match item {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            if key == NUMBER {
                let digits: String = fields.next_value()?;
                return serde_json::from_str(&digits).map_err(A::Error::custom);
            }
            self.0.path.push(key.clone());
            let value = fields.next_value_seed(First(self.0))?;
            self.0.path.pop();
            if map.contains_key(&key) {
                self.0.note(&key);
            } else {
                map.insert(key, value);
            }
        }
        Ok(Value::Object(map))
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
