//! The catalogue of rules: every rule has a check or a reason, and what it names exists.
//!
//! `Library::read` refuses unknown requirements, cases, steps and faults that no requirement lists; here is what holds
//! for the shipped catalogue beyond that. That a named fault makes the named check fail, `tests/faults` verifies.

use std::collections::BTreeSet;

use feedproof::shipped;
use feedproof::topology::Fault;
use plan_language::plan::{Grade, Library, RuleState};

fn library() -> Library {
    Library::read(&shipped::documents_with_rules())
        .unwrap_or_else(|invalid| panic!("{:#?}", invalid.findings))
}

#[test]
fn every_rule_has_a_check_or_a_reason() {
    let library = library();
    assert!(library.rules.len() >= 180, "{}", library.rules.len());
    for rule in &library.rules {
        let has_reason = rule.not_tested.is_some();
        assert_eq!(
            rule.state() == RuleState::NotTested,
            has_reason,
            "{}",
            rule.id
        );
        assert!(rule.text.ends_with('.'), "{}", rule.id);
        assert!(rule.id.starts_with("rule-"), "{}", rule.id);
    }
}

#[test]
fn every_fault_of_a_rule_exists() {
    for rule in &library().rules {
        for fault in rule.checks.iter().flat_map(|check| &check.faults) {
            assert!(Fault::parse(fault).is_ok(), "{}: {fault}", rule.id);
        }
    }
}

#[test]
fn every_requirement_contains_a_rule_and_every_case_tests_one() {
    let library = library();
    let rules = &library.rules;
    let contained: BTreeSet<_> = rules.iter().flat_map(|rule| &rule.requirement).collect();
    for requirement in &library.requirements {
        assert!(contained.contains(&requirement.id), "{}", requirement.id);
    }
    let tested: BTreeSet<_> = rules
        .iter()
        .flat_map(|rule| rule.checks.iter().map(|check| &check.case))
        .collect();
    let untested: Vec<_> = library
        .cases()
        .map(|case| &case.id)
        .filter(|id| !tested.contains(id))
        .collect();
    assert!(
        untested.is_empty(),
        "cases that no rule names: {untested:?}"
    );
}

#[test]
fn the_rules_are_counted_by_source_and_state() {
    let library = library();
    let grades: Vec<_> = Grade::ALL
        .iter()
        .map(|(word, grade)| {
            let own = library.rules.iter().filter(|rule| rule.grade == *grade);
            format!("{word} {}", own.count())
        })
        .collect();
    let states: Vec<_> = RuleState::ALL
        .iter()
        .map(|state| {
            let own = library.rules.iter().filter(|rule| rule.state() == *state);
            format!("{state} {}", own.count())
        })
        .collect();
    assert_eq!(
        grades.join(", "),
        "seed 40, plan 8, doc 117, bruno 33, partner 2, infer 9"
    );
    assert_eq!(
        states.join(", "),
        "tested and proven 153, tested, no fault proves it 7, not tested 49"
    );
}
