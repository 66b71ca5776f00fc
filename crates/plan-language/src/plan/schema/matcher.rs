//! Definitions of matchers: words, operators, and the forms of what a value or a status must be.
//!
//! Names and docs of words and operators come from their own tables; the shapes of the operators' arguments are here.

use serde_json::{Map, Value, json};

use crate::plan::spec::{Definition, FieldSpec, Shape, described};
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
        .map(|(word, doc)| format!("`{word}` {doc}"))
        .collect();
    let doc = format!("A matcher without an argument: {}", docs.join("; "));
    let names: Vec<_> = WORDS.iter().map(|(word, _)| *word).collect();
    json!({ "description": described(&doc, "$uuid"), "enum": names })
}

fn field() -> Value {
    json!({ "description": described("A field of array elements, nested with dots", "amount.value"), "type": "string", "pattern": "^[^.$\\[\\]{}]+(\\.[^.$\\[\\]{}]+)*$"})
}

/// The operators, with the shapes of their arguments.
const ARGUMENTS: &[FieldSpec] = &[
    FieldSpec::optional(
        "$matches",
        Shape::Schema(|| json!({"type": "string"})),
        "Text in which the regular expression is found; anchor it with ^ and $ for the whole text",
        r#"{ $matches: "^[A-Z]{2}" }"#,
    ),
    FieldSpec::optional(
        "$any_of",
        Shape::Schema(
            || json!({"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/matcher"}}),
        ),
        "At least one of the listed matchers holds",
        "{ $any_of: [ $absent, [] ] }",
    ),
    FieldSpec::optional(
        "$all_of",
        Shape::Schema(
            || json!({"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/matcher"}}),
        ),
        "All of the listed matchers hold",
        "{ $all_of: [ $not_empty, { $matches: x } ] }",
    ),
    FieldSpec::optional(
        "$in",
        Shape::Schema(|| json!({"anyOf": [{"type": "array"}, {"type": "string"}]})),
        "One of the elements of this list, such as one that was captured",
        r#"{ $in: "${known}" }"#,
    ),
    FieldSpec::optional(
        "$not",
        Shape::Def("matcher"),
        "The matcher does not hold; also true of what is absent",
        "{ $not: cancelled }",
    ),
    FieldSpec::optional(
        "$equals",
        Shape::Schema(|| json!({})),
        "Exactly this value: maps without further keys; `$` means nothing within, but references do",
        r#"{ $equals: { id: "${id}" } }"#,
    ),
    FieldSpec::optional(
        "$one",
        Shape::Schema(
            || json!({"type": "object", "required": ["where"], "properties": {"where": {"$ref": "#/$defs/matcher", "description": "Selects the element. Example: `{ id: \"${id}\" }`"}, "is": {"$ref": "#/$defs/matcher", "description": "What the element must be. Example: `{ status: active }`"}}, "additionalProperties": false}),
        ),
        "Exactly one element matches `where`, and it matches `is`",
        r#"{ $one: { where: { id: "${id}" }, is: { status: active } } }"#,
    ),
    FieldSpec::optional(
        "$each",
        Shape::Def("matcher"),
        "Every element matches; an empty list never holds",
        "{ $each: { id: $uuid } }",
    ),
    FieldSpec::optional(
        "$some",
        Shape::Def("matcher"),
        "At least one element matches",
        r#"{ $some: { id: "${id}" } }"#,
    ),
    FieldSpec::optional(
        "$none",
        Shape::Def("matcher"),
        "No element matches",
        "{ $none: { status: cancelled } }",
    ),
    FieldSpec::optional(
        "$contains",
        Shape::Def("matcher"),
        "A text holds the text, or a list has an element that matches",
        r#"{ $contains: "/v1/" }"#,
    ),
    FieldSpec::optional(
        "$length",
        Shape::Def("matcher"),
        "How many characters, elements or keys: a number or a matcher",
        "{ $length: { $at_most: 100 } }",
    ),
    FieldSpec::optional(
        "$distinct_by",
        Shape::Schema(
            || json!({"anyOf": [{"$ref": "#/$defs/field"}, {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/field"}}]}),
        ),
        "No two elements agree on all of these fields; an empty list never holds",
        "{ $distinct_by: [bankIdentifier, accountIdentifier] }",
    ),
    FieldSpec::optional(
        "$same",
        Shape::Schema(
            || json!({"anyOf": [{"$ref": "#/$defs/field"}, {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/field"}}]}),
        ),
        "All elements have and agree on these fields; an empty list never holds",
        "{ $same: currency }",
    ),
    FieldSpec::optional(
        "$starts_with",
        Shape::Schema(|| json!({"type": "string"})),
        "Text that begins with this text",
        r#"{ $starts_with: "${ui.return}" }"#,
    ),
    FieldSpec::optional(
        "$ends_with",
        Shape::Schema(|| json!({"type": "string"})),
        "Text that ends with this text",
        "{ $ends_with: /auth }",
    ),
    FieldSpec::optional(
        "$at_least",
        Shape::Schema(
            || json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}|\\$\\{"}]}),
        ),
        "A number (or date, or date-time) not below this one",
        "{ $at_least: 2 }",
    ),
    FieldSpec::optional(
        "$at_most",
        Shape::Schema(
            || json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}|\\$\\{"}]}),
        ),
        "A number (or date, or date-time) not above this one",
        "{ $at_most: 1000 }",
    ),
    FieldSpec::optional(
        "$more_than",
        Shape::Schema(
            || json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}|\\$\\{"}]}),
        ),
        "A number (or date, or date-time) above this one",
        "{ $more_than: 0 }",
    ),
    FieldSpec::optional(
        "$less_than",
        Shape::Schema(
            || json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}|\\$\\{"}]}),
        ),
        "A number (or date, or date-time) below this one",
        "{ $less_than: 2026-01-31 }",
    ),
    FieldSpec::optional(
        "$media_type",
        Shape::Schema(|| json!({"type": "string", "pattern": "/|\\$\\{"})),
        "This media type; parameters such as charset and the case do not count",
        "{ $media_type: application/json }",
    ),
    FieldSpec::optional(
        "$sum",
        Shape::Schema(
            || json!({"type": "object", "required": ["of", "is"], "properties": {"of": {"$ref": "#/$defs/field", "description": "The field that is added up. Example: `amount`"}, "is": {"$ref": "#/$defs/matcher", "description": "What the sum must be. Example: `12.5`"}}, "additionalProperties": false}),
        ),
        "The elements' numbers add up to a match; an empty list never holds",
        r#"{ $sum: { of: amount, is: "${total}" } }"#,
    ),
    FieldSpec::optional(
        "$booked",
        Shape::Schema(
            || json!({"type": "object", "required": ["ledger", "account", "from"], "properties": {"ledger": {"description": "What the bank's data holds. Example: `${customer.ledger}`", "type": "string", "pattern": "\\$\\{"}, "account": {"description": "The account, by its external id. Example: `${account.externalId}`", "type": "string"}, "from": {"description": "The first day that counts. Example: `2026-01-01`", "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$|\\$\\{"}}, "additionalProperties": false}),
        ),
        "Transactions with exactly the amounts that the ledger holds of the account from that day on; what is dated after the ledger's last day is left out",
        r#"{ $booked: { ledger: "${customer.ledger}", account: "${account.externalId}", from: "2026-01-01" } }"#,
    ),
];

fn matcher_map() -> Value {
    let properties: Map<_, _> = ARGUMENTS
        .iter()
        .map(|operator| (operator.name.to_owned(), operator.schema()))
        .collect();
    let any_operator: Vec<_> = OPERATORS
        .iter()
        .map(|(operator, _)| json!({ "required": [operator] }))
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
