//! The schema of environments describes bank actions and waits as the language's tables do.
//!
//! `FEEDPROOF_BLESS=1 cargo test --test it environment_schema::` writes these parts of the schema.

use std::fs;
use std::path::Path;

use plan_language::plan::{AUTHORISATION_EXPIRY, BANK_ACTIONS, SETTLE, WAITS};
use plan_language::value::duration;
use serde_json::{Map, Value, json};

/// The variable that renews the schema.
const BLESS: &str = "FEEDPROOF_BLESS";

/// Compares the properties at a place of the schema with the expected ones, or writes them.
#[track_caller]
fn check(place: &str, expected: Map<String, Value>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans/environment.schema.json");
    let text = fs::read_to_string(&path).expect("the file is there");
    let mut schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
    let properties = &mut schema["properties"][place]["properties"];
    if std::env::var_os(BLESS).is_some_and(|value| !value.is_empty()) {
        *properties = Value::Object(expected);
        fs::write(path, format!("{schema:#}\n")).expect("the schema can be written");
        return;
    }
    assert_eq!(
        *properties,
        Value::Object(expected),
        "FEEDPROOF_BLESS=1 cargo test --test it environment_schema:: renews the schema"
    );
}

#[test]
fn the_schema_describes_bank_actions_and_waits_as_the_language_does() {
    let bank_actions = BANK_ACTIONS.iter().map(|action| {
        let arguments: Vec<_> = action
            .arguments
            .iter()
            .map(|argument| format!("`{}`: {}", argument.name, argument.doc))
            .collect();
        let arguments = if arguments.is_empty() {
            String::new()
        } else {
            format!(" Arguments of a step: {}.", arguments.join("; "))
        };
        let description = format!(
            "How {}.{arguments} Example: `{{ http: POST http://localhost:8081/test/{} }}`",
            action.doc, action.name
        );
        let value = json!({ "$ref": "#/$defs/bank_action", "description": description });
        (action.name.to_owned(), value)
    });
    check("bank_actions", bank_actions.collect());
    let waits = WAITS.iter().map(|wait| {
        let [usual, twice] = [wait.usual, wait.usual * 2].map(duration::format);
        let range = match wait.name {
            AUTHORISATION_EXPIRY => format!(", to `{usual}` or more. Example: `{usual}`"),
            SETTLE => ". Example: `5s`".to_owned(),
            _ => format!(". Default: `{usual}`. Example: `{twice}`"),
        };
        let description = format!("How long until {}{range}", wait.meaning);
        let value = json!({ "$ref": "#/$defs/duration", "description": description });
        (wait.name.to_owned(), value)
    });
    check("waits", waits.collect());
}
