//! The tree that a YAML document becomes. Holds values and positions; compiles and judges nothing.

use super::Span;
use serde_json::{Number, Value};

/// One value of a YAML document with its position.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value stands; for a value that came through an alias or a merge, where the alias stands.
    pub span: Span,
    /// The value.
    pub kind: Kind,
}

/// What a [`Node`] is: the six kinds of JSON, with positions further down.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number whose JSON form is its spelling.
    Number(Number),
    /// Any string.
    Text(String),
    /// An array in its order; may be empty.
    List(Vec<Node>),
    /// An object in its order, every key once; may be empty.
    Map(Vec<(Key, Node)>),
}

/// A key of an object: always a string, a key written `200` is the string `200`.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The key's text, unquoted.
    pub text: String,
    /// Where the key stands.
    pub span: Span,
}

impl Node {
    /// Makes a tree from a JSON value, everything in it at the same place.
    pub fn from_value(value: &Value, span: &Span) -> Self {
        let kind = match value {
            Value::Null => Kind::Null,
            Value::Bool(truth) => Kind::Bool(*truth),
            Value::Number(number) => Kind::Number(number.clone()),
            Value::String(text) => Kind::Text(text.clone()),
            Value::Array(items) => Kind::List(
                items
                    .iter()
                    .map(|item| Self::from_value(item, span))
                    .collect(),
            ),
            Value::Object(entries) => Kind::Map(
                entries
                    .iter()
                    .map(|(text, value)| {
                        let key = Key {
                            text: text.clone(),
                            span: span.clone(),
                        };
                        (key, Self::from_value(value, span))
                    })
                    .collect(),
            ),
        };
        Self {
            span: span.clone(),
            kind,
        }
    }

    /// Returns the string, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the elements, if this is an array.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the entries in their order, if this is an object.
    pub fn as_map(&self) -> Option<&[(Key, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the value under a key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?
            .iter()
            .find(|(candidate, _)| candidate.text == key)
            .map(|(_, node)| node)
    }

    /// Tells whether nothing is written behind a key, which is `null` as well.
    pub fn is_unwritten(&self, key: &Key) -> bool {
        self.kind == Kind::Null && self.span == key.span
    }

    /// Returns the JSON value, without positions.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(truth) => Value::Bool(*truth),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => items.iter().map(Self::to_value).collect(),
            Kind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.text.clone(), node.to_value()))
                    .collect(),
            ),
        }
    }

    /// Returns what this is with its article, for messages: `an object`, `a string`, `null`.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a string",
            Kind::List(_) => "an array",
            Kind::Map(_) => "an object",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(value: Value) -> Node {
        Node::from_value(&value, &Span::outside("test"))
    }

    #[test]
    fn a_value_survives_the_way_there_and_back() {
        let value = json!({ "z": [1, 2.5, null, true], "a": { "text": "é" }, "empty": {} });
        assert_eq!(node(value.clone()).to_value(), value);
    }

    #[test]
    fn accessors_answer_only_for_their_kind() {
        let map = node(json!({ "a": "x" }));
        assert_eq!(map.get("a").and_then(Node::as_text), Some("x"));
        assert!(map.get("b").is_none() && map.as_list().is_none() && map.as_text().is_none());
        let list = node(json!([1]));
        assert_eq!(list.as_list().map(<[Node]>::len), Some(1));
        assert!(list.get("a").is_none() && list.as_map().is_none());
    }

    #[test]
    fn kinds_have_names() {
        let names = [
            json!(null),
            json!(true),
            json!(1),
            json!("x"),
            json!([]),
            json!({}),
        ]
        .map(|value| node(value).kind_name());
        assert_eq!(
            names,
            [
                "null",
                "a boolean",
                "a number",
                "a string",
                "an array",
                "an object"
            ]
        );
    }
}
