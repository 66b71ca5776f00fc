//! Strategies for property tests of this module: JSON values as they come in bodies.

use proptest::prelude::*;
use serde_json::{Value, json};

/// Any JSON value of a few levels, with strings and keys that look like syntax of the plan language.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let text = "\\PC{0,6}|[$.{}\\[\\]a]{0,6}|\\$any|\\$\\.a|\\$\\[0\\]|\\$not";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(|number| json!(number)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((text, inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}
