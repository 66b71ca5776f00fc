//! The JSON Schema of plans, flows and catalogues, made from the tables of the language.
//!
//! A schema can say less than the reader: that names are bound, flows and requirements exist, and every expectation can
//! fail, only `feedproof check` says. Definitions are named after the words of the language.

mod document;
mod matcher;
mod members;
mod vocabulary;

use serde_json::{Map, Value, json};

use super::spec::{ObjectSpec, described};
use super::verb::{self, VERBS};

pub use document::{CASE, FLOW, PLAN, REQUIREMENT, ROW, RULE, RULE_CHECK, RULING};
pub use vocabulary::{REQUEST_EXPECTATION, RESPONSE_EXPECTATION};

/// Returns the JSON Schema of plans, flows and catalogues, as draft 2020-12.
///
/// The first key of a document says which of the five it is.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:feedproof:plan",
        "title": "feedproof: plans, flows, requirements, rulings and rules",
        "description": "The documents of feedproof; the first key says which one it is. `feedproof check` validates more than a schema can: that names are bound, that flows and requirements exist, and that every expectation can fail.",
        "type": "object",
        "if": { "required": ["plan"] },
        "then": { "$ref": "#/$defs/plan" },
        "else": {
            "if": { "required": ["flow"] },
            "then": { "$ref": "#/$defs/flow" },
            "else": {
                "if": { "required": ["requirements"] },
                "then": { "$ref": "#/$defs/requirements" },
                "else": {
                    "if": { "required": ["rulings"] },
                    "then": { "$ref": "#/$defs/rulings" },
                    "else": {
                        "if": { "required": ["rules"] },
                        "then": { "$ref": "#/$defs/rules" },
                        "else": {
                            "anyOf": [
                                { "required": ["plan"] },
                                { "required": ["flow"] },
                                { "required": ["requirements"] },
                                { "required": ["rulings"] },
                                { "required": ["rules"] }
                            ]
                        }
                    }
                }
            }
        },
        "$defs": definitions()
    })
}

fn definitions() -> Map<String, Value> {
    let mut definitions = Map::new();
    let verb_definitions = verb::DEFINITIONS.iter().copied().flatten();
    let all = document::DEFINITIONS
        .iter()
        .chain(vocabulary::DEFINITIONS)
        .chain(matcher::DEFINITIONS)
        .chain(verb_definitions);
    for definition in all {
        let (name, schema) = definition.entry();
        definitions.insert(name, schema);
    }
    definitions.extend(members::definitions());
    definitions.insert("step".to_owned(), step());
    definitions.insert("idleStep".to_owned(), idle_step());
    for verb in VERBS {
        definitions.insert(verb.name.to_owned(), of_verb(verb));
    }
    definitions
}

/// Returns the schema of a step: an object with exactly one verb, which decides on the other fields.
fn step() -> Value {
    let properties: Map<_, _> = VERBS
        .iter()
        .map(|verb| {
            let description = described(verb.doc, verb.example);
            (verb.name.to_owned(), json!({ "description": description }))
        })
        .collect();
    let one_of: Vec<_> = VERBS
        .iter()
        .map(|verb| json!({ "required": [verb.name] }))
        .collect();
    let all_of: Vec<_> = VERBS
        .iter()
        .map(|verb| {
            json!({
                "if": { "required": [verb.name] },
                "then": { "$ref": format!("#/$defs/{}", verb.name) }
            })
        })
        .collect();
    json!({
        "description": described(
            "One action, wait or check: an object with exactly one verb",
            "{ send: 'GET /organisations/${org}', as: product, expect: { status: 200 } }",
        ),
        "type": "object",
        "properties": properties,
        "oneOf": one_of,
        "allOf": all_of
    })
}

/// Returns the schema of a step under `given`, under `teardown` or in a flow.
fn idle_step() -> Value {
    json!({
        "description": described(
            "A step that serves no requirement: under `given`, under `teardown` or in a flow",
            "{ use: onboarded-account }",
        ),
        "allOf": [{ "$ref": "#/$defs/step" }, { "properties": { "requirement": false } }]
    })
}

/// Returns the schema of a verb; a precondition serves no requirement, and a message that is documented has its members.
fn of_verb(verb: &ObjectSpec) -> Value {
    let mut schema = verb.schema();
    let mut all_of = members::of_verb(verb.name);
    if verb.has("precondition") && verb.has("requirement") {
        all_of.push(json!({
            "if": {
                "properties": { "precondition": { "const": true } },
                "required": ["precondition"]
            },
            "then": { "properties": { "requirement": false } }
        }));
    }
    if !all_of.is_empty() {
        schema["allOf"] = all_of.into();
    }
    schema
}

#[cfg(test)]
mod tests;
