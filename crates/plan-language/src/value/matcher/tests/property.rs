//! What holds for all values.

use super::*;
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
    assert!(findings.is_empty(), "{findings:?}");
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
    fn all_ways_to_ask_agree(
        yaml in "\\{ \\$(each|some|none|not|contains|length|same|distinct_by|starts_with|at_least|any_of|equals): (1|a|\\[a\\]|\\$text|\\{ a: 1 \\}|\\$any|\\[\\]) \\}",
        actual in any_json(),
    ) {
        let (matcher, findings) = compile(&yaml);
        if findings.is_empty() {
            let matcher = matcher.resolve(&serde_json::Map::new()).unwrap();
            let judged = matcher.test(Some(&actual));
            prop_assert_eq!(judged.held(), matcher.matches(Some(&actual)));
            prop_assert_eq!(judged.held(), matcher.distance(Some(&actual)) == 0);
        }
    }
}
