//! `record.json` is what `reports/record.schema.json` says, by the word of an independent validator.

use serde_json::{Value, json};

use plan_language::plan::WAITS;

use super::{bytes, feedproof, finished};

fn schema() -> Value {
    let output = feedproof(&["schema", "record"]);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/record.schema.json");
    let text = std::fs::read(path).expect("the schema is there");
    assert!(output.stdout == text, "what is printed is what lies there");
    serde_json::from_slice(&text).expect("the schema is JSON")
}

fn record() -> Value {
    serde_json::from_slice(&bytes(finished(), "record.json")).expect("the record is JSON")
}

#[test]
fn the_record_of_a_run_is_as_the_schema_says() {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is sound");
    let record = record();
    let wrong: Vec<_> = validator
        .iter_errors(&record)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .take(5)
        .collect();
    assert!(
        wrong.is_empty(),
        "reports/record.schema.json must describe what is written:\n{}",
        wrong.join("\n")
    );
    let words = record.to_string();
    for kind in ["held", "broke", "pass", "violation", "no-evidence"] {
        assert!(words.contains(&format!("\"is\":\"{kind}\"")), "no {kind}");
    }
}

/// Visits every object with the pointer to it; free values of the plans' own are left out.
fn each_object(value: &Value, pointer: &str, visit: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(map) => {
            visit(pointer, value);
            for (key, inner) in map
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "seen" | "value"))
            {
                each_object(inner, &format!("{pointer}/{key}"), visit);
            }
        }
        Value::Array(list) => {
            for (at, inner) in list.iter().enumerate().take(3) {
                each_object(inner, &format!("{pointer}/{at}"), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn the_schema_knows_every_wait() {
    let known = &schema()["$defs"]["header"]["properties"]["waits"]["propertyNames"]["enum"];
    let names: Vec<&str> = WAITS.iter().map(|wait| wait.name).collect();
    assert_eq!(*known, json!(names));
}

#[test]
fn the_schema_refuses_what_is_missing_unknown_or_of_another_kind() {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is sound");
    let mut whole = record();
    // Few are enough, and each is checked many times.
    for list in ["cases", "requirements"] {
        let list = whole[list].as_array_mut().expect("a list");
        list.truncate(2);
    }
    let mut seen = 0;
    each_object(&whole, "", &mut |pointer, object| {
        let changed = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut changed = whole.clone();
            let at = changed.pointer_mut(pointer).expect("it is there");
            change(at.as_object_mut().expect("an object"));
            validator.is_valid(&changed)
        };
        assert!(
            !changed(&|fields| {
                fields.insert("further".to_owned(), json!(1));
            }),
            "an unknown field at {pointer}"
        );
        for key in object.as_object().expect("an object").keys() {
            seen += 1;
            if !matches!(key.as_str(), "seen" | "value") {
                assert!(
                    !changed(&|fields| {
                        fields.insert(key.clone(), json!(-1.5));
                    }),
                    "a number at {pointer}/{key}"
                );
            }
        }
    });
    assert!(seen > 50, "{seen}");
    for required in [
        "format",
        "header",
        "verdict",
        "counts",
        "cases",
        "requirements",
    ] {
        let mut less = whole.clone();
        less.as_object_mut().expect("an object").remove(required);
        assert!(!validator.is_valid(&less), "without {required}");
    }
    let mut other = whole.clone();
    other["format"] = json!(99);
    assert!(!validator.is_valid(&other));
}

#[test]
fn every_field_is_described() {
    fn look(value: &Value, place: &str, bare: &mut Vec<String>) {
        if let Some(fields) = value["properties"].as_object() {
            for (name, field) in fields {
                let told = field["description"].is_string()
                    || field["$ref"].is_string()
                    || field["const"].is_string();
                if !told {
                    bare.push(format!("{place}/{name}"));
                }
            }
        }
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    look(inner, &format!("{place}/{key}"), bare);
                }
            }
            Value::Array(list) => list.iter().for_each(|inner| look(inner, place, bare)),
            _ => {}
        }
    }
    let mut bare = Vec::new();
    look(&schema(), "", &mut bare);
    assert!(bare.is_empty(), "{bare:?}");
}
