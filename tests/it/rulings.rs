//! Rulings and the service's settings agree: every setting belongs to the ruling that names it, and an environment can
//! choose every setting.
//!
//! `FEEDPROOF_BLESS=1 cargo test --test it rulings::` writes the part of the environments' schema that describes the settings.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use banking_service_emulator::{Rulings, Setting, SettingType};
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

/// The settings that rulings name, each with the ruling's id.
fn named() -> BTreeMap<String, String> {
    let bytes = fs::read(file("rulings.yaml")).expect("the file is there");
    let rulings = load("rulings.yaml", &bytes).expect("it is YAML").to_value();
    let mut named = BTreeMap::new();
    for ruling in rulings["rulings"].as_array().expect("a list") {
        let text = |name: &str| ruling[name].as_str().unwrap_or_default().to_owned();
        for setting in text("setting").split(", ").filter(|name| !name.is_empty()) {
            let other = named.insert(setting.to_owned(), text("id"));
            assert_eq!(other, None, "two rulings name {setting}");
        }
    }
    named
}

#[test]
fn every_setting_of_the_service_belongs_to_the_ruling_that_names_it_and_the_reverse() {
    let settings: BTreeMap<_, _> = Rulings::SETTINGS
        .iter()
        .map(|setting| (setting.name.to_owned(), setting.ruling.to_owned()))
        .collect();
    assert!(settings.len() > 25, "{settings:?}");
    assert_eq!(settings, named());
}

/// The settings that an environment chooses in `rulings`.
fn choosable() -> impl Iterator<Item = &'static Setting> {
    Rulings::SETTINGS
        .iter()
        .filter(|setting| setting.name != AGREED)
}

/// What the schema says of a setting.
fn described(setting: &Setting) -> Value {
    let mut takes = match setting.takes {
        SettingType::Bool => json!({ "type": "boolean" }),
        SettingType::Number { least, most } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        SettingType::Duration { .. } => json!({ "$ref": "#/$defs/duration" }),
        SettingType::Status { least, most } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        SettingType::RefusalOr(word) => json!({ "anyOf": [
            { "type": "integer", "minimum": 400, "maximum": 599 },
            { "const": word },
        ] }),
        SettingType::Word(words) => json!({ "enum": words }),
        SettingType::String => json!({ "type": "string", "minLength": 1 }),
        SettingType::Strings(names) => {
            let each: Map<_, _> = names
                .iter()
                .map(|name| {
                    let description = format!("The word for {name}. Example: `{name}`");
                    let value =
                        json!({ "description": description, "type": "string", "minLength": 1 });
                    ((*name).to_owned(), value)
                })
                .collect();
            json!({ "type": "object", "properties": each, "additionalProperties": false })
        }
    };
    let default = setting
        .default_value()
        .map(|value| format!(" Default: `{value}`."))
        .unwrap_or_default();
    takes["description"] = json!(format!(
        "{} (ruling {}).{default} Example: `{}`",
        setting.about, setting.ruling, setting.example
    ));
    takes
}

#[test]
fn the_schema_of_environments_describes_every_setting_as_it_is() {
    let path = file("environment.schema.json");
    let text = fs::read_to_string(&path).expect("the file is there");
    let mut schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
    let properties: Map<_, _> = choosable()
        .map(|setting| (setting.name.to_owned(), described(setting)))
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
fn an_environment_can_choose_every_setting_and_its_example_changes_it() {
    let good =
        fs::read_to_string(file("../fixtures/environments/rehearsal.yaml")).expect("it is there");
    for setting in choosable() {
        let rulings = format!("{}: {}", setting.name, setting.example);
        let text = format!("{good}\nservice: {{ emulated: {{ rulings: {{ {rulings} }} }} }}\n");
        let no_file = |_: feedproof::environment::SecretLocation<'_>| {
            Err("nothing is looked up".to_owned().into())
        };
        let opening = feedproof::environment::open("it.yaml", text.as_bytes(), &[], &no_file);
        let findings: Vec<_> = opening
            .findings
            .iter()
            .map(|finding| &finding.message)
            .collect();
        let environment = opening
            .environment
            .unwrap_or_else(|| panic!("{rulings}: {findings:?}"));
        let value = environment.rulings.get(setting.name).expect(&rulings);
        let mut changed = Rulings::default();
        setting.apply(&mut changed, value).expect(&rulings);
        assert_ne!(changed, Rulings::default(), "{rulings}");
    }
}
