//! `feedproof schema`: the JSON Schemas of plans, environments, catalogues, records and comparisons.

use std::collections::BTreeSet;

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::cli::error::CliError;
use crate::cli::terminal::data;
use crate::exit_code::ExitCode;

/// The schema of plans, flows and catalogues as it is shipped.
pub const SCHEMA: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/plans/plan.schema.json"
));

/// The schema of environments as it is shipped.
pub const ENVIRONMENT_SCHEMA: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/plans/environment.schema.json"
));

/// The schema of records as it is shipped.
pub const RECORD_SCHEMA: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/reports/record.schema.json"
));

/// The schema of comparisons as it is shipped.
pub const COMPARISON_SCHEMA: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/reports/comparison.schema.json"
));

/// The documents that a schema describes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaSubject {
    /// Plans, flows and catalogues: all documents in `plans/`.
    #[default]
    Plans,
    /// Environments.
    Environment,
    /// Only the catalogues of requirements, rulings and rules.
    Requirements,
    /// `record.json`.
    Record,
    /// What `feedproof diff --format json` prints.
    Comparison,
}

/// Runs the command and returns the exit code.
pub(super) fn schema(subject: SchemaSubject) -> Result<ExitCode, CliError> {
    data(&of(subject));
    Ok(ExitCode::Success)
}

/// Returns a schema as JSON, indented, with a line break at its end.
pub fn of(subject: SchemaSubject) -> String {
    match subject {
        SchemaSubject::Plans => SCHEMA.to_owned(),
        SchemaSubject::Environment => ENVIRONMENT_SCHEMA.to_owned(),
        SchemaSubject::Record => RECORD_SCHEMA.to_owned(),
        SchemaSubject::Comparison => COMPARISON_SCHEMA.to_owned(),
        SchemaSubject::Requirements => format!("{:#}\n", catalogues()),
    }
}

/// Cuts the part about catalogues out of the schema of plans, so that both say the same.
fn catalogues() -> Value {
    let whole: Value = serde_json::from_str(SCHEMA).unwrap_or_default();
    let mut wanted = ["requirements", "rulings", "rules"]
        .map(str::to_owned)
        .to_vec();
    let mut kept = Map::new();
    while let Some(name) = wanted.pop() {
        if let Some(part) = whole["$defs"].get(&name)
            && !kept.contains_key(&name)
        {
            let mut named = BTreeSet::new();
            references(part, &mut named);
            wanted.extend(named);
            kept.insert(name, part.clone());
        }
    }
    json!({
        "$schema": whole["$schema"],
        "$id": "urn:feedproof:requirements",
        "title": "feedproof: requirements, rulings and rules",
        "description": "The catalogues that plans cite; the first key says which one it is.",
        "type": "object",
        "if": { "required": ["rulings"] },
        "then": { "$ref": "#/$defs/rulings" },
        "else": {
            "if": { "required": ["rules"] },
            "then": { "$ref": "#/$defs/rules" },
            "else": { "$ref": "#/$defs/requirements" }
        },
        "$defs": kept,
    })
}

/// Gathers the definitions that a part of a schema names.
fn references(part: &Value, named: &mut BTreeSet<String>) {
    match part {
        Value::Object(map) => {
            if let Some(name) = map
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|to| to.strip_prefix("#/$defs/"))
            {
                named.insert(name.to_owned());
            }
            map.values().for_each(|inner| references(inner, named));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, named)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
