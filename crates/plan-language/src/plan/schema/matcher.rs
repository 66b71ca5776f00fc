//! Definitions of matchers: words, operators, and the forms of what a value or a status must be.
//!
//! Names, docs and the schemas of the operators' arguments come from the tables of words and operators.

use serde_json::{Map, Value, json};

use crate::plan::spec::{Definition, described};
use crate::value::{OPERATORS, WORDS};

/// All definitions of this file.
pub(super) const DEFINITIONS: &[Definition] = &[
    Definition::Other("word", word),
    Definition::Other("field", field),
    Definition::Other("matcherMap", matcher_map),
    Definition::Other("matcher", matcher),
    Definition::Other("matchers", matchers),
    Definition::Other("statusList", status_list),
    Definition::Other("status", status),
];

fn word() -> Value {
    let docs: Vec<_> = WORDS
        .iter()
        .map(|word| format!("`{}` {}", word.name, word.doc))
        .collect();
    let doc = format!("A matcher without an argument: {}", docs.join("; "));
    let names: Vec<_> = WORDS.iter().map(|word| word.name).collect();
    json!({ "description": described(&doc, "$uuid"), "enum": names })
}

fn field() -> Value {
    json!({ "description": described("A field of array elements, nested with dots", "amount.value"), "type": "string", "pattern": "^[^.$\\[\\]{}]+(\\.[^.$\\[\\]{}]+)*$"})
}

fn matcher_map() -> Value {
    let properties: Map<_, _> = OPERATORS
        .iter()
        .map(|operator| (operator.name.to_owned(), operator.schema()))
        .collect();
    let any_operator: Vec<_> = OPERATORS
        .iter()
        .map(|operator| json!({ "required": [operator.name] }))
        .collect();
    json!({
        "description": described(
            "Operators, or keys and JSONPaths with what their values must be; further keys of the message are allowed. A key that begins with `$.` or `$[` is a JSONPath (RFC 9535) and cannot hold references; `$$x` is the key `$x`",
            r#"{ status: active, "$..[?@.id]": { $length: 2 } }"#,
        ),
        "type": "object",
        "properties": properties,
        "patternProperties": {"^\\$[.\\[]": {"$ref": "#/$defs/matcher"}, "^(?!\\$)|^\\$\\$": {"$ref": "#/$defs/matcher"}},
        "additionalProperties": false,
        "if": { "anyOf": any_operator },
        "then": {"propertyNames": {"pattern": "^\\$(?!\\$)"}}
    })
}

fn matcher() -> Value {
    json!({ "description": described("What a value must be: a literal, a `$word`, an operator, or an object of keys and JSONPaths. Objects match partially, arrays in full length; `$$x` is the string `$x`", "{ $any_of: [ active, pending ] }"), "anyOf": [{"$ref": "#/$defs/word"}, {"type": "string", "pattern": "^(?!\\$)|^\\$\\$|^\\$+\\{"}, {"type": ["number", "boolean", "null"]}, {"type": "array", "items": {"$ref": "#/$defs/matcher"}}, {"$ref": "#/$defs/matcherMap"}]})
}

fn matchers() -> Value {
    json!({ "description": described("Matchers by name", "{ Content-Type: { $media_type: application/json } }"), "type": "object", "additionalProperties": {"$ref": "#/$defs/matcher"}})
}

fn status_list() -> Value {
    json!({ "description": described("Codes or classes, of which one must match", "[200, 4xx]"), "type": "array", "minItems": 1, "items": {"anyOf": [{"type": "integer", "minimum": 100, "maximum": 599}, {"type": "string", "pattern": "^[1-5][xX]{2}$"}, {"const": "$any"}]}})
}

fn status() -> Value {
    json!({ "description": described("A code, a class, `$any` (which is no evidence), or an array of these", "2xx"), "anyOf": [{"type": "integer", "minimum": 100, "maximum": 599}, {"type": "string", "pattern": "^[1-5][xX]{2}$"}, {"const": "$any"}, {"$ref": "#/$defs/statusList"}, {"type": "object", "required": ["$any_of"], "properties": {"$any_of": {"$ref": "#/$defs/statusList"}}, "additionalProperties": false}]})
}
