use std::collections::BTreeSet;

use serde_json::Value;

use super::{ENVIRONMENT_SCHEMA, SCHEMA, SchemaSubject, of};
use plan_language::participant::{Address, Callback, Participant};
use plan_language::plan::{BANK_ACTIONS, Generator, VERBS, WAITS};
use plan_language::value::{OPERATORS, WORDS};

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

fn environment_schema() -> Value {
    serde_json::from_str(ENVIRONMENT_SCHEMA).expect("the schema is JSON")
}

fn def<'s>(schema: &'s Value, name: &str) -> &'s Value {
    schema
        .pointer(&format!("/$defs/{name}"))
        .expect("the schema defines it")
}

fn keys(value: &Value) -> BTreeSet<String> {
    let map = value.as_object().expect("it is a map");
    map.keys().cloned().collect()
}

fn words(value: &Value) -> BTreeSet<String> {
    let list = value["enum"].as_array().expect("it is an enumeration");
    list.iter()
        .map(|word| word.as_str().expect("of strings").to_owned())
        .collect()
}

fn set<'w>(words: impl IntoIterator<Item = &'w str>) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// Visits every map of `properties` below a value, with the place where it stands.
fn each_properties(value: &Value, place: &str, visit: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let place = format!("{place}/{key}");
                // In a `then` or `if` fields are restricted, not described.
                if !matches!(key.as_str(), "if" | "then" | "oneOf" | "not") {
                    if key == "properties" {
                        visit(&place, inner);
                    }
                    each_properties(inner, &place, visit);
                }
            }
        }
        Value::Array(list) => {
            for (at, inner) in list.iter().enumerate() {
                each_properties(inner, &format!("{place}/{at}"), visit);
            }
        }
        _ => {}
    }
}

/// Visits every `$ref` below a value.
fn each_reference(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(to)) = map.get("$ref") {
                visit(to);
            }
            map.values().for_each(|inner| each_reference(inner, visit));
        }
        Value::Array(list) => list.iter().for_each(|inner| each_reference(inner, visit)),
        _ => {}
    }
}

/// The file in `plans/` serves editors; `FEEDPROOF_BLESS=1` writes it anew.
#[test]
fn the_file_is_what_the_tables_of_the_language_make() {
    let made = format!("{:#}\n", plan_language::plan::schema());
    let bless = std::env::var_os("FEEDPROOF_BLESS").is_some();
    if bless && made != SCHEMA {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/plans/plan.schema.json");
        std::fs::write(file, &made).expect("the schema can be written");
    }
    assert!(
        bless || made == SCHEMA,
        "plans/plan.schema.json differs from the tables: run this test with FEEDPROOF_BLESS=1"
    );
}

#[test]
fn it_names_its_dialect_and_itself_without_an_internet_address() {
    let schema = schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert_eq!(schema["$id"], "urn:feedproof:plan");
}

#[test]
fn its_verbs_are_those_of_the_language() {
    let schema = schema();
    let verbs = set(VERBS.iter().map(|verb| verb.name));
    let step = def(&schema, "step");
    assert_eq!(keys(&step["properties"]), verbs);
    let chosen = |list: &Value, at: &str| -> BTreeSet<String> {
        let list = list.as_array().expect("a list of choices");
        list.iter()
            .map(|choice| {
                choice
                    .pointer(at)
                    .and_then(Value::as_str)
                    .expect("a verb")
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(chosen(&step["oneOf"], "/required/0"), verbs);
    assert_eq!(chosen(&step["allOf"], "/if/required/0"), verbs);
    for verb in &verbs {
        let fields = def(&schema, verb);
        assert_eq!(fields["additionalProperties"], false, "{verb}");
        assert!(fields["properties"].get(verb).is_some(), "{verb}");
    }
}

#[test]
fn its_words_are_those_of_the_language() {
    let schema = schema();
    let check = |name: &str, expected: BTreeSet<String>| {
        assert_eq!(words(def(&schema, name)), expected, "{name}");
    };
    check("namedWait", set(WAITS.iter().map(|wait| wait.name)));
    check(
        "bank_action",
        set(BANK_ACTIONS.iter().map(|action| action.name)),
    );
    check("word", set(WORDS.iter().map(|word| word.name)));
    check(
        "participant",
        set(Participant::ALL.map(Participant::as_str)),
    );
    let callbacks: BTreeSet<String> = Callback::ALL
        .map(|callback| Address::callback(callback).to_string())
        .into();
    check("callback", callbacks.clone());
    let mut addresses = words(&def(&schema, "address")["anyOf"][0]);
    addresses.extend(callbacks);
    assert_eq!(addresses, Address::words().into_iter().collect());
    let made = &def(&schema, "set")["properties"]["set"]["additionalProperties"]["anyOf"][0];
    assert_eq!(
        words(made),
        set(Generator::WORDS.iter().map(|(word, _)| *word))
    );
    let operators = set(OPERATORS.iter().map(|operator| operator.name));
    assert_eq!(keys(&def(&schema, "matcherMap")["properties"]), operators);
    for operator in OPERATORS {
        let described = &def(&schema, "matcherMap")["properties"][operator.name];
        assert_eq!(*described, operator.schema(), "{operator:?}");
    }
}

#[test]
fn its_words_are_explained_as_in_the_language() {
    let schema = schema();
    let told = |name: &str| {
        def(&schema, name)["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    for wait in WAITS {
        assert!(told("namedWait").contains(wait.meaning), "{}", wait.name);
    }
    for action in BANK_ACTIONS {
        assert!(told("bank_action").contains(action.doc), "{}", action.name);
    }
    for word in WORDS {
        let line = format!("`{}` {}", word.name, word.doc);
        assert!(told("word").contains(&line), "{word:?}");
    }
}

#[test]
fn every_field_is_described_with_an_example() {
    for (schema, least) in [(schema(), 100), (environment_schema(), 80)] {
        let described = |field: &Value| {
            let told = |part: &Value| {
                part["description"]
                    .as_str()
                    .is_some_and(|text| text.contains("Example: "))
            };
            let named = field["$ref"]
                .as_str()
                .and_then(|to| schema.pointer(to.trim_start_matches('#')));
            told(field) || named.is_some_and(told)
        };
        let mut seen = 0;
        let mut visit = |place: &str, properties: &Value| {
            // Members of messages are no fields of the language; of them only the kind is known.
            if place.starts_with("/members.") {
                return;
            }
            // `false` forbids a field; `const` alone is a condition on a field that is described elsewhere.
            let is_condition = |field: &Value| {
                field
                    .as_object()
                    .is_some_and(|field| field.keys().eq(["const"]))
            };
            let fields = properties.as_object().expect("fields by name");
            for (name, field) in fields
                .iter()
                .filter(|(_, field)| **field != Value::Bool(false) && !is_condition(field))
            {
                seen += 1;
                assert!(described(field), "{place}/{name}");
            }
        };
        each_properties(&schema["$defs"], "", &mut visit);
        if let Some(properties) = schema.get("properties") {
            visit("/properties", properties);
            each_properties(properties, "", &mut visit);
        }
        assert!(seen > least, "{seen}");
    }
}

#[test]
fn the_words_of_an_environment_are_those_of_the_language() {
    let schema = environment_schema();
    assert_eq!(schema["$id"], "urn:feedproof:environment");
    let fields = |name: &str| schema["properties"][name]["properties"].clone();
    let told = |field: &Value| field["description"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        keys(&fields("waits")),
        set(WAITS.iter().map(|wait| wait.name))
    );
    for wait in WAITS {
        assert!(
            told(&fields("waits")[wait.name]).contains(wait.meaning),
            "{}",
            wait.name
        );
    }
    assert_eq!(
        keys(&fields("bank_actions")),
        set(BANK_ACTIONS.iter().map(|action| action.name))
    );
    for action in BANK_ACTIONS {
        assert!(
            told(&fields("bank_actions")[action.name]).contains(action.doc),
            "{}",
            action.name
        );
    }
    let callbacks = &fields("provider")["callbacks"]["properties"];
    assert_eq!(keys(callbacks), set(Callback::ALL.map(Callback::as_str)));
}

#[test]
fn the_schema_of_the_catalogues_holds_what_they_need_and_nothing_more() {
    let catalogues: Value = serde_json::from_str(&of(SchemaSubject::Requirements)).expect("JSON");
    assert_eq!(catalogues["$id"], "urn:feedproof:requirements");
    let expected = [
        "requirement",
        "requirements",
        "rule",
        "ruleCheck",
        "rules",
        "ruling",
        "rulings",
        "words",
    ];
    assert_eq!(keys(&catalogues["$defs"]), set(expected));
    each_reference(&catalogues, &mut |to| {
        assert!(
            catalogues.pointer(to.trim_start_matches('#')).is_some(),
            "{to}"
        );
    });
}

#[test]
fn every_reference_leads_somewhere() {
    for schema in [schema(), environment_schema()] {
        each_reference(&schema, &mut |to| {
            assert!(schema.pointer(to.trim_start_matches('#')).is_some(), "{to}");
        });
    }
}
