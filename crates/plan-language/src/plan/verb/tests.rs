//! Tests of the table of verbs against the reader.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::VERBS;
use crate::plan::read::{Lost, Reader};
use crate::plan::requirement::read_requirements;
use crate::source::{Finding, Node, load};

/// The requirement and the flow that the examples name.
const REQUIREMENTS: &str = "requirements: [ { id: ONB-12, text: T, level: should, class: C, \
    subject: [provider], source: '[infer]', group: G } ]";
const FLOW: &str = "{ flow: onboarded-account, title: T, inputs: { choose: 0 }, \
    outputs: { account: 1 }, steps: [ { set: { a: 1 } } ] }";

fn node(text: &str) -> Node {
    load("it.yaml", text.as_bytes()).expect("it is YAML")
}

fn read(step: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let requirements = read_requirements(&node(REQUIREMENTS), &mut findings);
    assert_eq!(findings, []);
    let flow_nodes = BTreeMap::from([("onboarded-account".to_owned(), node(FLOW))]);
    let mut flows = HashMap::new();
    let mut reader = Reader::new(&requirements, &flow_nodes, &mut flows, Lost::default());
    reader.step(&node(step));
    reader.finish()
}

/// Returns the example of a verb, with real steps in place of the word `STEP`.
fn example(text: &str) -> String {
    text.replace("STEP", "{ set: { a: 1 } }")
}

#[test]
fn the_example_of_every_verb_is_a_valid_step() {
    for verb in VERBS {
        assert_eq!(read(&example(verb.example)), [], "{}", verb.example);
    }
}

#[test]
fn the_fields_in_the_table_are_those_that_are_read() {
    for verb in VERBS {
        let unknown = example(verb.example).replacen('{', "{ qqqqqqqqqqqqqq: 1, ", 1);
        let findings = read(&unknown);
        let hint = findings
            .iter()
            .find_map(|finding| finding.hint.as_deref()?.strip_prefix("fields are: "))
            .unwrap_or_else(|| panic!("{}: {findings:?}", verb.name));
        let table: BTreeSet<&str> = verb.fields.iter().map(|field| field.name).collect();
        assert_eq!(
            hint.split(", ").collect::<BTreeSet<_>>(),
            table,
            "{}",
            verb.name
        );
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
            assert!(!doc.ends_with('.'), "{}: {doc}", verb.name);
            assert!(doc.starts_with(|first: char| first.is_uppercase()), "{doc}");
            assert!(load("example", example.as_bytes()).is_ok(), "{example}");
        }
    }
}
