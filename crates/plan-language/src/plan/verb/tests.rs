//! Tests of the table of verbs against the reader.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::VERBS;
use crate::plan::read::{Lost, Reader};
use crate::source::load;

/// Reads a step with one field that no verb has, and returns the messages and hints of the findings.
fn read(step: &str) -> Vec<String> {
    let node = load("step.yaml", step.as_bytes()).expect("it is YAML");
    let flow_node =
        load("flow.yaml", b"flow: known\ntitle: Known\nsteps: []\n").expect("it is YAML");
    let flow_nodes = BTreeMap::from([("known".to_owned(), flow_node)]);
    let mut flows = HashMap::new();
    let lost = Lost::default();
    let mut reader = Reader::new(&[], &flow_nodes, &mut flows, lost);
    reader.step(&node);
    let findings = reader.finish().into_iter();
    findings
        .flat_map(|finding| [Some(finding.message), finding.hint])
        .flatten()
        .collect()
}

#[test]
fn the_fields_in_the_table_are_those_that_are_read() {
    for verb in VERBS {
        let value = match verb.name {
            "send" | "stub" | "receive" | "never" => "GET /",
            "browse" => "provider.auth",
            "trigger" => "look-up",
            "use" => "known",
            "judge" => "told",
            "set" => "{ id: 1 }",
            "parallel" => "[]",
            "age" => "{ at: service, by: 1s }",
            other => panic!("a value for `{other}` is needed here"),
        };
        let found = read(&format!("{}: {value}\nqqqqqqqqqqqqqq: 1\n", verb.name));
        let fields: BTreeSet<&str> = found
            .iter()
            .find_map(|text| text.strip_prefix("fields are: "))
            .unwrap_or_else(|| panic!("{}: {found:?}", verb.name))
            .split(", ")
            .collect();
        let table: BTreeSet<&str> = verb.fields.iter().map(|field| field.name).collect();
        assert_eq!(fields, table, "{}", verb.name);
    }
}

#[test]
fn the_first_field_of_a_verb_has_its_name_and_is_required() {
    for verb in VERBS {
        let first = verb.fields.first().expect("a verb has fields");
        assert_eq!(first.name, verb.name);
        assert!(first.is_required, "{}", verb.name);
    }
}

#[test]
fn every_doc_is_a_sentence_with_an_example_of_yaml() {
    for verb in VERBS {
        let fields = verb.fields.iter().map(|field| (field.doc, field.example));
        for (doc, example) in fields.chain([(verb.doc, verb.example)]) {
            assert!(
                !doc.is_empty() && !doc.ends_with('.'),
                "{}: {doc}",
                verb.name
            );
            assert!(doc.starts_with(|first: char| first.is_uppercase()), "{doc}");
            assert!(load("example", example.as_bytes()).is_ok(), "{example}");
        }
    }
}
