//! Rulings, settings and the service hold together: every setting of the service stands in one ruling, every ruling names
//! settings that are there, and an environment can choose each.
//!
//! `FEEDPROOF_BLESS=1 cargo test --test it rulings::` writes the part of the environments' schema that describes the settings.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use banking_service_emulator::Rulings;
use feedproof::environment::{SETTINGS, Setting, Takes};
use plan_language::source::load;
use serde_json::{Map, Value, json};

/// The variable that renews the schema.
const BLESS: &str = "FEEDPROOF_BLESS";

/// The place of the settings in the schema.
const PLACE: &str = "/properties/service/properties/emulated/properties/rulings";

/// The one setting that is agreed on with a provider, so that plans and provider know it as well.
const AGREED: &str = "batch_limit";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("plans")
        .join(name)
}

/// The fields of the service's rulings, as their `Debug` form shows them.
fn fields() -> Vec<String> {
    format!("{:#?}", Rulings::default())
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| Some(line.split_once(':')?.0.to_owned()))
        .collect()
}

/// The settings that rulings name, each with the ruling's id.
fn named() -> BTreeMap<String, String> {
    let bytes = fs::read(file("rulings.yaml")).expect("the file is there");
    let rulings = load("rulings.yaml", &bytes).expect("it is YAML").to_value();
    let mut named = BTreeMap::new();
    for ruling in rulings["rulings"].as_array().expect("a list") {
        let text = |name: &str| ruling[name].as_str().unwrap_or_default().to_owned();
        for setting in text("setting").split(", ").filter(|one| !one.is_empty()) {
            let other = named.insert(setting.to_owned(), text("id"));
            assert_eq!(other, None, "{setting} stands in two rulings");
        }
    }
    named
}

#[test]
fn every_setting_of_the_service_stands_in_one_ruling_and_every_ruling_names_settings_that_are_there()
 {
    let mut fields = fields();
    fields.sort();
    assert!(fields.len() > 25, "{fields:?}");
    let named: Vec<_> = named().into_keys().collect();
    assert_eq!(fields, named);
}

#[test]
fn an_environment_can_choose_every_setting_but_the_agreed_one() {
    let mut named = named();
    assert!(named.remove(AGREED).is_some());
    let chosen: BTreeMap<_, _> = SETTINGS
        .iter()
        .map(|one| (one.name.to_owned(), one.ruling.to_owned()))
        .collect();
    assert_eq!(chosen.len(), SETTINGS.len(), "a setting stands there twice");
    assert_eq!(chosen, named);
}

/// What the schema says of a setting.
fn described(setting: &Setting) -> Value {
    let mut takes = match setting.takes {
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::Count(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Takes::Time(_) => json!({ "$ref": "#/$defs/duration" }),
        Takes::Status(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Takes::RefusalOr(word) => json!({ "anyOf": [
            { "type": "integer", "minimum": 400, "maximum": 599 },
            { "const": word },
        ] }),
        Takes::Word(words) => json!({ "enum": words }),
        Takes::Text => json!({ "type": "string", "minLength": 1 }),
        Takes::Texts(names) => {
            let each: Map<_, _> = names
                .iter()
                .map(|name| {
                    let description = format!("The text for {name}. Example: `{name}`");
                    let value =
                        json!({ "description": description, "type": "string", "minLength": 1 });
                    ((*name).to_owned(), value)
                })
                .collect();
            json!({ "type": "object", "properties": each, "additionalProperties": false })
        }
    };
    takes["description"] = json!(format!(
        "{} (ruling {}). Example: `{}`",
        setting.about, setting.ruling, setting.example
    ));
    takes
}

#[test]
fn the_schema_of_environments_describes_every_setting_as_it_is() {
    let path = file("environment.schema.json");
    let text = fs::read_to_string(&path).expect("the file is there");
    let mut schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
    let properties: Map<_, _> = SETTINGS
        .iter()
        .map(|one| (one.name.to_owned(), described(one)))
        .collect();
    let place = schema
        .pointer_mut(PLACE)
        .expect("the settings have a place");
    if std::env::var_os(BLESS).is_some_and(|value| !value.is_empty()) {
        place["properties"] = Value::Object(properties);
        fs::write(path, format!("{schema:#}\n")).expect("the schema can be written");
        return;
    }
    assert_eq!(
        place["properties"],
        Value::Object(properties),
        "{BLESS}=1 writes it anew"
    );
}

#[test]
fn every_example_of_a_setting_is_taken_and_is_not_the_usual_one() {
    let good =
        fs::read_to_string(file("../fixtures/environments/rehearsal.yaml")).expect("it is there");
    for setting in SETTINGS {
        let rulings = format!("{}: {}", setting.name, setting.example);
        let text = format!("{good}\nservice: {{ emulated: {{ rulings: {{ {rulings} }} }} }}\n");
        let no_file =
            |_: feedproof::environment::Looked<'_>| Err("nothing is looked up".to_owned());
        let opening = feedproof::environment::open("it.yaml", text.as_bytes(), &[], &no_file);
        let findings: Vec<_> = opening.findings.iter().map(|one| &one.message).collect();
        let environment = opening
            .environment
            .unwrap_or_else(|| panic!("{rulings}: {findings:?}"));
        assert!(environment.rulings.contains_key(setting.name), "{rulings}");
        let usual = format!("usually {}", setting.example);
        assert!(!setting.about.ends_with(&usual), "{rulings}");
    }
}
