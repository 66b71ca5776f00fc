//! What holds for all values.

use super::*;
use crate::source::Severity;
use crate::value::parts::escape;
use crate::value::samples::any_json;
use proptest::prelude::*;

/// Escapes a value so that, as YAML, it is a matcher of itself.
fn escaped(value: &Value) -> Value {
    let text = |text: &str| {
        let inner = escape(text);
        let dollars = inner.len() - inner.trim_start_matches('$').len();
        match dollars {
            0 => inner,
            _ if inner[dollars..].starts_with('{') => inner,
            _ => format!("${inner}"),
        }
    };
    match value {
        Value::String(literal) => Value::from(text(literal)),
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, value)| (text(key), escaped(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn matcher_of(value: &Value) -> ResolvedMatcher {
    let mut findings = Vec::new();
    let node = Node::from_value(&escaped(value), &Span::outside("x"));
    let matcher = Matcher::compile(&node, &mut findings);
    // A warning says that a text looks like something else; it is compared as it is written.
    let mut errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    assert!(errors.next().is_none(), "{findings:?}");
    matcher.resolve(&serde_json::Map::new()).unwrap()
}

/// Removes the entry of the given number, counted over all maps.
fn remove(value: &mut Value, left: &mut usize) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| remove(item, left)),
        Value::Object(entries) => {
            for key in entries.keys().cloned().collect::<Vec<_>>() {
                if *left == 0 {
                    *left = usize::MAX;
                    entries.shift_remove(&key);
                    return;
                }
                *left -= 1;
                remove(&mut entries[&key], left);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn every_value_matches_itself(value in any_json()) {
        let judged = matcher_of(&value).test(Some(&value));
        prop_assert_eq!(judged.mismatches, vec![]);
        prop_assert!(judged.checked > 0);
    }

    #[test]
    fn what_matches_a_literal_holds_all_of_it(demanded in any_json(), actual in any_json()) {
        let judged = matcher_of(&demanded).test(Some(&actual));
        if crate::value::equal(&demanded, &actual) {
            prop_assert!(judged.held());
        }
        if judged.held() && !actual.is_array() && !actual.is_object() {
            prop_assert!(crate::value::equal(&demanded, &actual));
        }
    }

    #[test]
    fn removing_a_key_makes_nothing_match(demanded in any_json(), mut actual in any_json(), mut at in 0usize..6) {
        let matcher = matcher_of(&demanded);
        let before = matcher.matches(Some(&actual));
        remove(&mut actual, &mut at);
        prop_assert!(before || !matcher.matches(Some(&actual)));
    }

    #[test]
    fn all_ways_to_ask_agree(yaml in any_matcher(), actual in any_subject()) {
        if let Some(matcher) = resolved(&yaml) {
            let judged = matcher.test(actual.as_ref());
            prop_assert_eq!(judged.held(), matcher.matches(actual.as_ref()));
            prop_assert_eq!(judged.held(), matcher.distance(actual.as_ref()) == 0);
        }
    }

    #[test]
    fn a_matcher_and_its_negation_never_both_hold_and_are_undecided_together(
        yaml in any_matcher(),
        actual in any_subject(),
    ) {
        let negated = format!("{{ $not: {yaml} }}");
        if let (Some(matcher), Some(negation)) = (resolved(&yaml), resolved(&negated)) {
            let (is, is_not) = (matcher.test(actual.as_ref()), negation.test(actual.as_ref()));
            let expected = match is.answer() {
                Answer::Holds => Answer::Breaks,
                Answer::Breaks => Answer::Holds,
                Answer::Undecided => Answer::Undecided,
            };
            prop_assert_eq!(is_not.answer(), expected, "{} {:?}", yaml, actual);
            let twice = format!("{{ $not: {negated} }}");
            // `check` refuses some double negations, such as that of `$absent`.
            if let Some(twice) = resolved(&twice) {
                let answer = twice.test(actual.as_ref()).answer();
                prop_assert_eq!(answer, is.answer(), "{} {:?}", yaml, actual);
            }
        }
    }

    #[test]
    fn what_is_undecided_of_an_element_decides_neither_some_nor_none(
        yaml in any_matcher(),
        elements in proptest::collection::vec(any_value(), 1..4),
    ) {
        let (some, none) = (format!("{{ $some: {yaml} }}"), format!("{{ $none: {yaml} }}"));
        if let (Some(matcher), Some(some), Some(none)) =
            (resolved(&yaml), resolved(&some), resolved(&none))
        {
            let answers: Vec<_> = elements.iter().map(|item| matcher.test(Some(item)).answer()).collect();
            let expected = if answers.contains(&Answer::Holds) {
                (Answer::Holds, Answer::Breaks)
            } else if answers.contains(&Answer::Undecided) {
                (Answer::Undecided, Answer::Undecided)
            } else {
                (Answer::Breaks, Answer::Holds)
            };
            let elements = Value::from(elements);
            let found = (some.test(Some(&elements)).answer(), none.test(Some(&elements)).answer());
            prop_assert_eq!(found, expected, "{} {}", yaml, elements);
        }
    }
}

fn resolved(yaml: &str) -> Option<ResolvedMatcher> {
    let (matcher, findings) = compile(yaml);
    let resolved = || matcher.resolve(&serde_json::Map::new()).unwrap();
    findings.is_empty().then(resolved)
}

/// Makes matchers of every word and operator, within each other.
fn any_matcher() -> impl Strategy<Value = String> {
    let leaves = [
        "1",
        "\"1\"",
        "a",
        "true",
        "null",
        "\"2026-03-01\"",
        "\"2026-03-01T10:00:00Z\"",
        "[]",
        "[ a ]",
        "{ a: 1 }",
        "{ b: { a: \"1\" } }",
        "{ $.b: $absent }",
        "{ \"$..a\": { $each: 1 } }",
        "{ $less_than: 2 }",
        "{ $at_least: \"2026-03-01\" }",
        "{ $more_than: \"2026-03-01T00:00:00Z\" }",
        "{ $at_most: 0 }",
        "{ $contains: a }",
        "{ $starts_with: a }",
        "{ $ends_with: a }",
        "{ $matches: \"^a\" }",
        "{ $media_type: text/html }",
        "{ $in: [ 1, a ] }",
        "{ $equals: { a: 1 } }",
        "{ $same: [ a ] }",
        "{ $distinct_by: [ a ] }",
        "{ $sum: { of: a, is: 1 } }",
        "{ $holds_once: { each_of: [ { a: 1 } ], by: [ a ] } }",
    ];
    let words = WORDS.iter().map(|word| word.name.to_owned());
    let leaves: Vec<String> = leaves.into_iter().map(str::to_owned).chain(words).collect();
    proptest::sample::select(leaves).prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (
                proptest::sample::select(
                    &["each", "some", "none", "not", "contains", "length"][..]
                ),
                inner.clone()
            )
                .prop_map(|(operator, inner)| format!("{{ ${operator}: {inner} }}")),
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| format!("{{ $any_of: [ {left}, {right} ] }}")),
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| format!("{{ $all_of: [ {left}, {right} ] }}")),
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| format!("{{ $one: {{ where: {left}, is: {right} }} }}")),
            inner.prop_map(|inner| format!("{{ a: {inner} }}")),
        ]
    })
}

/// Makes values, among them those that nearly fit, masked ones and days.
fn any_value() -> impl Strategy<Value = Value> {
    let near = [
        json!("1"),
        json!(1),
        json!("a"),
        json!(null),
        json!(""),
        json!("2026-03-01"),
        json!("2026-03-01T09:00:00"),
        json!("\u{27e6}secret:x#1\u{27e7}"),
        json!({ "a": 1 }),
        json!({ "a": "1" }),
        json!({ "b": { "a": 1 } }),
        json!([ { "a": 1 }, { "a": "1" } ]),
        json!([]),
        json!({}),
        json!(["a", null, 1]),
    ];
    prop_oneof![proptest::sample::select(near.to_vec()), any_json()]
}

/// Makes values, and what is missing.
fn any_subject() -> impl Strategy<Value = Option<Value>> {
    proptest::option::weighted(0.9, any_value())
}
