//! Tests of the tables of documents against the readers, and of the schema as a whole.

use std::collections::{BTreeSet, HashMap};

use super::*;
use crate::plan::expect::{Side, read_expect};
use crate::plan::read::{Lost, Reader};
use crate::plan::requirement::{read_requirements, read_rulings};
use crate::plan::rule::read_rules;
use crate::source::{Finding, Node, load};

fn node(text: &str) -> Node {
    load("it.yaml", text.as_bytes()).expect("it is YAML")
}

fn names(object: &ObjectSpec) -> BTreeSet<&str> {
    object.fields.iter().map(|field| field.name).collect()
}

/// Compares a table with the fields that a reader lists after a field that it does not know.
#[track_caller]
fn check(object: &ObjectSpec, findings: &[Finding]) {
    let hint = findings
        .iter()
        .filter_map(|finding| finding.hint.as_deref()?.strip_prefix("fields are: "))
        .next()
        .unwrap_or_else(|| panic!("{}: {findings:?}", object.name));
    assert_eq!(
        hint.split(", ").collect::<BTreeSet<_>>(),
        names(object),
        "{}",
        object.name
    );
}

/// Reads with a reader that knows no requirement and no flow.
fn with_reader(read: impl FnOnce(&mut Reader<'_>)) -> Vec<Finding> {
    let flow_nodes = std::collections::BTreeMap::new();
    let mut flows = HashMap::new();
    let mut reader = Reader::new(&[], &flow_nodes, &mut flows, Lost::default());
    read(&mut reader);
    reader.finish()
}

#[test]
fn the_tables_of_plans_list_the_fields_that_are_read() {
    let plan = |text: &str| {
        let node = node(text);
        with_reader(|reader| {
            reader.plan(&node, String::new());
        })
    };
    check(&PLAN, &plan("qqqqqqqqqqqq: 1"));
    check(
        &CASE,
        &plan("{ plan: a, title: A, cases: [ { qqqqqqqqqqqq: 1 } ] }"),
    );
    let row = "{ plan: a, title: A, cases: [ { id: a/b, title: A, expected: A, steps: [], \
               examples: [ { id: a, qqqqqqqqqqqq: 1 } ] } ] }";
    check(&ROW, &plan(row));
}

#[test]
fn the_tables_of_catalogues_list_the_fields_that_are_read() {
    let mut findings = Vec::new();
    read_requirements(
        &node("requirements: [ { qqqqqqqqqqqq: 1 } ]"),
        &mut findings,
    );
    check(&REQUIREMENT, &findings);
    let mut findings = Vec::new();
    read_rulings(&node("rulings: [ { qqqqqqqqqqqq: 1 } ]"), &mut findings);
    check(&RULING, &findings);
    for (object, text) in [
        (&RULE, "rules: [ { qqqqqqqqqqqq: 1 } ]"),
        (
            &RULE_CHECK,
            "rules: [ { id: a, text: A, source: '[doc] a', section: A, binds: [service], checks: [ { qqqqqqqqqqqq: 1 } ] } ]",
        ),
    ] {
        let mut findings = Vec::new();
        read_rules(&node(text), &mut findings);
        check(object, &findings);
    }
}

#[test]
fn the_tables_of_expectations_list_the_fields_that_are_read() {
    let read = |side| {
        let mut findings = Vec::new();
        read_expect(&node("qqqqqqqqqqqq: 1"), "`expect`", side, &mut findings);
        let hint = findings.iter().find_map(|finding| finding.hint.clone());
        hint.expect("it lists fields")
    };
    // A key of the other side is read to be refused with its reason.
    for (side, object, refused) in [
        (Side::Answer, &RESPONSE_EXPECTATION, "query"),
        (Side::Request, &REQUEST_EXPECTATION, "status"),
    ] {
        let hint = read(side);
        let (listed, _) = hint.split_once("; ").expect("a remark follows");
        let mut fields: BTreeSet<_> = listed
            .trim_start_matches("fields are: ")
            .split(", ")
            .collect();
        assert!(fields.remove(refused), "{hint}");
        assert_eq!(fields, names(object));
    }
}

#[test]
fn every_definition_has_a_name_of_its_own() {
    let all: Vec<_> = document::DEFINITIONS
        .iter()
        .chain(vocabulary::DEFINITIONS)
        .chain(matcher::DEFINITIONS)
        .chain(verb::DEFINITIONS.iter().copied().flatten())
        .map(|definition| definition.entry().0)
        .chain(VERBS.iter().map(|verb| verb.name.to_owned()))
        .collect();
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}
