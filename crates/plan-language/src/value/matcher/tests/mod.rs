//! Tests of matchers from YAML to comparison, and what they share.

use super::*;
use crate::source::load;
use serde_json::json;

mod booked;
mod list;
mod literal;
mod mistake;
mod operator;
mod property;

fn compile(yaml: &str) -> (Matcher, Vec<Finding>) {
    let node = load("plan.yaml", yaml.as_bytes()).expect(yaml);
    let mut findings = Vec::new();
    (Matcher::compile(&node, &mut findings), findings)
}

fn resolve_in(yaml: &str, scope: Value) -> Result<ResolvedMatcher, String> {
    let (matcher, findings) = compile(yaml);
    assert!(findings.is_empty(), "{yaml}: {findings:?}");
    matcher
        .resolve(scope.as_object().unwrap())
        .map_err(|unset| unset.to_string())
}

fn resolve(yaml: &str) -> ResolvedMatcher {
    resolve_in(
        yaml,
        json!({ "x": "v", "e": "", "n": 2, "m": { "a": 1 }, "l": [1, { "b": 2 }] }),
    )
    .unwrap()
}

/// Compares, and checks that all ways to ask agree.
fn judge(yaml: &str, actual: Option<Value>) -> Judged {
    let matcher = resolve(yaml);
    let judged = matcher.test(actual.as_ref());
    assert_eq!(judged.held(), matcher.matches(actual.as_ref()), "{yaml}");
    assert_eq!(
        judged.held(),
        matcher.distance(actual.as_ref()) == 0,
        "{yaml}"
    );
    judged
}

#[track_caller]
fn holds(yaml: &str, actual: Value, checked: usize) {
    let judged = judge(yaml, Some(actual));
    assert_eq!(
        (judged.mismatches, judged.checked),
        (vec![], checked),
        "{yaml}"
    );
}

#[track_caller]
fn breaks(yaml: &str, actual: Value, expected: &[(&str, &str)]) {
    let judged = judge(yaml, Some(actual));
    let found: Vec<(&str, &str)> = judged
        .mismatches
        .iter()
        .map(|mismatch| (mismatch.at.as_str(), mismatch.expected.as_str()))
        .collect();
    assert_eq!(found, expected, "{yaml}");
}

/// Checks that nothing is decided, for one reason.
#[track_caller]
fn undecided(yaml: &str, actual: Option<Value>, cause: Obstacle, why: &str) {
    let judged = judge(yaml, actual);
    assert_eq!(judged.answer(), Answer::Undecided, "{yaml}");
    let told: Vec<_> = judged
        .undecided
        .iter()
        .map(|undecided| (undecided.cause, undecided.mismatch.why.as_deref()))
        .collect();
    assert_eq!(told, [(cause, Some(why))], "{yaml}");
}

#[track_caller]
fn why(yaml: &str, actual: Value) -> String {
    judge(yaml, Some(actual))
        .mismatches
        .remove(0)
        .why
        .unwrap_or_default()
}
