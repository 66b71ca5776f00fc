//! The schemas against an independent validator: every document of the project holds to its schema, and what feedproof
//! refuses its schema refuses, wherever a schema can.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use feedproof::cli::{SchemaSubject, schema_of};
use jsonschema::Validator;
use plan_language::source::load;
use serde_json::{Value, json};

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn validator(subject: SchemaSubject) -> Validator {
    let schema: Value = serde_json::from_str(&schema_of(subject)).expect("a schema is JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema holds to its own schema");
    jsonschema::draft202012::new(&schema).expect("a schema can be used")
}

/// Lists the YAML files of a folder.
fn yaml(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(root(folder))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder}");
    files
}

/// Reads a document as editors do; `None` for what is no YAML.
fn value(path: &Path) -> Option<Value> {
    let bytes = fs::read(path).expect("the file is there");
    load("it", &bytes).ok().map(|node| node.to_value())
}

#[track_caller]
fn check_all_hold(validator: &Validator, files: &[PathBuf]) {
    for path in files {
        let value = value(path).expect("it is YAML");
        let told: Vec<_> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(told.is_empty(), "{}: {}", path.display(), told.join("\n"));
    }
}

#[test]
fn every_document_of_the_project_holds_to_its_schema() {
    let plans = validator(SchemaSubject::Plans);
    check_all_hold(&plans, &yaml("plans"));
    check_all_hold(&plans, &yaml("plans/flows"));
    let environments = validator(SchemaSubject::Environment);
    check_all_hold(&environments, &yaml("fixtures/environments"));
    let catalogues = validator(SchemaSubject::Requirements);
    let files =
        ["requirements", "rulings", "rules"].map(|name| root(&format!("plans/{name}.yaml")));
    check_all_hold(&catalogues, &files);
    let plan = value(&root("plans/offboarding.yaml")).expect("it is YAML");
    assert!(!catalogues.is_valid(&plan) && !environments.is_valid(&plan));
}

/// Names the cases of a folder: the first parts of the names of its YAML files.
fn cases(folder: &str) -> BTreeSet<String> {
    yaml(folder)
        .iter()
        .filter_map(|path| {
            path.file_name()?
                .to_str()?
                .split('.')
                .next()
                .map(str::to_owned)
        })
        .collect()
}

/// Holds a folder of malformed documents against a schema. What the schema takes must be listed with the reason; what is
/// sound must be taken, and what is listed must not be refused.
#[track_caller]
fn check_malformed(folder: &str, validator: &Validator, beyond: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    let mut refused_count = 0;
    for name in cases(folder) {
        let told = fs::read_to_string(root(folder).join(format!("{name}.txt")));
        // A document with warnings alone is used.
        let told = told.expect("every case has a text");
        let sound = !told.lines().any(|line| line.starts_with("error: "));
        let documents = yaml(folder).into_iter().filter(|path| {
            let file = path
                .file_name()
                .and_then(|file| file.to_str())
                .unwrap_or_default();
            file.split('.').next() == Some(&name)
        });
        let refused = documents
            .into_iter()
            .any(|path| value(&path).is_none_or(|value| !validator.is_valid(&value)));
        refused_count += usize::from(refused);
        let listed = beyond.iter().any(|(listed, _)| *listed == name);
        let excused = beyond.iter().any(|(entry, _)| begins(entry, &name));
        match (refused, sound, listed) {
            (true, false, false) | (false, true, false) | (false, false, true) => {}
            (true, true, _) => wrong.push(format!("{name} is sound, and the schema refuses it")),
            (_, true, true) => wrong.push(format!("{name} is sound, and listed")),
            (true, false, true) => {
                wrong.push(format!("{name} is listed, and the schema refuses it"))
            }
            (false, false, false) if excused => {}
            (false, false, false) => wrong.push(format!("{name} is refused by feedproof alone")),
        }
    }
    for (listed, _) in beyond {
        let names = cases(folder);
        assert!(
            names
                .iter()
                .any(|name| listed == name || begins(listed, name)),
            "{listed} is no case"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused_count > 20, "{refused_count}");
}

/// Tells whether an entry ends in `_` and a name begins with it: of such cases the schema may take any.
fn begins(entry: &str, name: &str) -> bool {
    entry.ends_with('_') && name.starts_with(entry)
}

/// Malformed environments that the schema takes, and why.
const ENVIRONMENTS: &[(&str, &str)] = &[
    ("bank_action_arguments", "it reads the references in texts"),
    ("callbacks_with_two_users", "it compares two addresses"),
    ("customer_branches", "it compares two numbers"),
    ("customer_data", "it counts transactions"),
    ("customer_twice", "it compares two customers"),
    ("customers_without_data", "the addresses tell what is live"),
    ("ledger_ambiguous", "the ledger is another file"),
    ("ledger_columns", "the ledger is another file"),
    ("ledger_contradicts", "the ledger is another file"),
    ("ledger_malformed", "the ledger is another file"),
    ("ledger_missing", "the ledger is another file"),
    ("set_malformed", "the changes stand on the command line"),
    ("set_secret", "the changes stand on the command line"),
    ("set_unknown", "the changes stand on the command line"),
];

#[test]
fn what_is_no_environment_the_schema_refuses_too() {
    check_malformed(
        "tests/malformed-environments",
        &validator(SchemaSubject::Environment),
        ENVIRONMENTS,
    );
}

/// Malformed plans, flows and catalogues that the schema takes, and why.
const PLANS: &[(&str, &str)] = &[
    ("answered_twice", "it compares two steps"),
    ("argument_missing", "null may be an argument to the schema"),
    (
        "braces_in_",
        "braces stand within texts, and most texts may hold some",
    ),
    (
        "catalogue_rules_unknown",
        "requirements, cases and their faults are other documents",
    ),
    ("callback_method", "it compares a method with an address"),
    ("case_id_twice", "it compares two cases"),
    (
        "case_nothing_serves",
        "it compares what the case cites with what its steps cite",
    ),
    (
        "case_requirement_unknown",
        "the requirements are another document",
    ),
    (
        "case_without_requirement",
        "a step may cite one in its place, however deep within branches",
    ),
    ("examples_id_twice", "it compares two rows"),
    ("flow_cycle", "flows are other documents"),
    (
        "flow_itself",
        "it compares the flow's name with one in its steps",
    ),
    ("flow_twice", "flows are other documents"),
    ("flow_unknown", "flows are other documents"),
    (
        "headers_twice",
        "it compares names in another case of letters",
    ),
    ("holds_", "it reckons with what every demand accepts"),
    (
        "member_",
        "which message a step means is known from other keys and steps",
    ),
    (
        "hurried_comparisons",
        "which message a step means is known from other keys and steps",
    ),
    ("kinds_known", "kinds are known in the order of steps"),
    (
        "matcher_contradiction",
        "it compares demands with each other",
    ),
    ("name_token_", "flows are other documents"),
    ("name_provider_token_captured", "flows are other documents"),
    ("name_bound_later", "names are bound in the order of steps"),
    ("name_bound_twice", "names are bound in the order of steps"),
    ("name_of_a_flow_twice", "flows are other documents"),
    (
        "name_of_another_branch",
        "names are bound in the order of steps",
    ),
    ("name_unknown", "names are bound in the order of steps"),
    ("never_and_receive", "it compares two steps"),
    (
        "path_of_",
        "paths hold references, and any may be served elsewhere",
    ),
    (
        "path_with_a_query",
        "a path of `send` may have a query string",
    ),
    ("plan_name_twice", "it compares two documents"),
    (
        "reference_malformed",
        "references stand within texts, and any text may hold one",
    ),
    ("served_once", "it compares two steps"),
    (
        "status_",
        "it reckons with what several codes cover together",
    ),
    ("text_only", "any matcher may stand in another place"),
    (
        "title_with_controls",
        "every string may be a title to the schema",
    ),
    ("window_over", "it compares steps in their order"),
    ("wrong_in_two_ways", "it compares two steps"),
];

#[test]
fn what_is_no_plan_the_schema_refuses_too() {
    check_malformed("tests/malformed", &validator(SchemaSubject::Plans), PLANS);
}

#[test]
fn a_change_of_a_word_is_refused() {
    let environments = validator(SchemaSubject::Environment);
    let good = value(&root("fixtures/environments/connector.yaml")).expect("it is YAML");
    assert!(environments.is_valid(&good));
    for (pointer, bad) in [
        ("/jobs", json!(0)),
        ("/browser", json!("webdriver")),
        ("/credentials/api_key", json!("hunter2")),
        (
            "/customers/alice/login/fields/Memorable word",
            json!("hunter2"),
        ),
        ("/waits/first-statement", json!("90")),
        ("/waits/first-statement", json!("s90")),
        ("/service/emulated/listen", json!("localhost:9000")),
        ("/bank_actions/add-account/command", json!([])),
        ("/proxy", json!("http://ann:pw@proxy.example")),
        ("/masks/0", json!("accountName")),
    ] {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).expect(pointer) = bad.clone();
        assert!(!environments.is_valid(&changed), "{pointer}: {bad}");
    }
}

/// Returns the members that an editor offers in a part of a step; `way` leads into the part.
fn offered(schema: &Value, verb: &str, step: &Value, way: &[&str]) -> BTreeSet<String> {
    let conditions = schema["$defs"][verb]["allOf"].as_array().expect(verb);
    let mut members = BTreeSet::new();
    for condition in conditions {
        let meant = jsonschema::draft202012::new(&condition["if"]).expect("it is a schema");
        if !meant.is_valid(step) {
            continue;
        }
        let mut at = &condition["then"];
        for key in way {
            at = &at["properties"][key];
            if let Some(name) = at["$ref"].as_str() {
                at = &schema["$defs"][name.trim_start_matches("#/$defs/")];
            }
        }
        let names = at["properties"].as_object().into_iter().flatten();
        members.extend(
            names
                .map(|(name, _)| name.clone())
                .filter(|name| !name.starts_with('$')),
        );
    }
    members
}

#[test]
fn editors_offer_the_members_of_the_message_that_a_step_means() {
    let schema: Value =
        serde_json::from_str(&schema_of(SchemaSubject::Plans)).expect("a schema is JSON");
    let offers = |verb, step: Value, way: &[&str]| offered(&schema, verb, &step, way);
    let element = ["where", "body", "data", "transactionDetails", "$each"];
    let statement = json!({ "receive": "POST /v1/statements", "at": "service" });
    assert!(offers("receive", statement.clone(), &element).contains("datePosted"));
    let data = ["response", "body", "data"];
    assert_eq!(
        offers("receive", statement, &data),
        ["_id", "status"].map(str::to_owned).into()
    );
    let told = json!({ "receive": "POST", "at": "provider.notification" });
    assert!(offers("receive", told, &["expect", "body", "resource"]).contains("url"));
    let elsewhere = json!({ "receive": "POST /v1/statements", "at": "sageid" });
    assert!(offers("receive", elsewhere, &element).is_empty());
    let reported = json!({ "never": "PATCH /v1/authorisations/${id}", "at": "service" });
    assert!(offers("never", reported, &["where", "body", "data"]).contains("bankAccounts"));
    let any_patch = json!({ "stub": "PATCH", "at": "service" });
    assert!(offers("stub", any_patch, &["where", "body", "data"]).contains("bankAccounts"));
    let polled = json!({ "send": "GET /poll/${token}" });
    assert!(offers("send", polled, &["expect", "body", "account"]).contains("accountKey"));
    let asked = json!({ "send": "POST /oauth/token", "to": "sageid" });
    assert!(offers("send", asked, &["form"]).contains("grant_type"));
}
