//! Operators on arrays.

use super::*;

#[test]
fn one_element_is_selected_and_judged() {
    let list = json!([{ "id": 1, "s": "a" }, { "id": 2, "s": "b" }, { "id": 2, "s": "c" }]);
    holds(
        "{ $one: { where: { id: 1 }, is: { s: a } } }",
        list.clone(),
        2,
    );
    holds("{ $one: { where: { id: 1 } } }", list.clone(), 1);
    breaks(
        "{ $one: { where: { id: 1 }, is: { s: b } } }",
        list.clone(),
        &[("[0].s", "\"b\"")],
    );
    let none = judge("{ $one: { where: { id: 3, s: b } } }", Some(list.clone()))
        .mismatches
        .remove(0);
    assert_eq!(none.seen, Some(json!({ "id": 2, "s": "b" })));
    assert_eq!(
        none.why.as_deref(),
        Some("0 of 3 elements match; the closest is [1]: [1].id is 2, expected 3")
    );
    assert_eq!(
        why("{ $one: { where: { id: 2 } } }", list),
        "2 elements match: [1], [2]"
    );
    assert_eq!(
        why("{ $one: { where: { id: 2 } } }", json!([])),
        "the array is empty"
    );
    undecided(
        "{ $one: { where: { id: 1 } } }",
        Some(json!({ "id": 1 })),
        Obstacle::Value,
        "it is an object, so it cannot be compared as an array",
    );
}

#[test]
fn every_element_of_nothing_is_never_green() {
    for yaml in [
        "{ $each: { $not: 1 } }",
        "{ $same: id }",
        "{ $distinct_by: [id] }",
        "{ $sum: { of: id, is: 0 } }",
    ] {
        let nothing = "the array is empty, so nothing was compared";
        undecided(yaml, Some(json!([])), Obstacle::Nothing, nothing);
        let judged = judge(yaml, Some(json!([])));
        assert_eq!((judged.checked, judged.held()), (0, false), "{yaml}");
        assert!(
            !judge(yaml, None).held() && !judge(yaml, Some(json!({}))).held(),
            "{yaml}"
        );
    }
}

#[test]
fn elements_are_judged() {
    holds("{ $each: { $at_least: 1 } }", json!([1, 2]), 2);
    breaks(
        "{ $each: { $at_least: 2 } }",
        json!([1, 2, 0]),
        &[("[0]", "at least 2"), ("[2]", "at least 2")],
    );
    holds("{ $some: 2 }", json!([1, 2]), 1);
    breaks(
        "{ $some: 3 }",
        json!([1, 2]),
        &[("$", "an element that is 3")],
    );
    breaks("{ $some: 3 }", json!([]), &[("$", "an element that is 3")]);
    holds("{ $none: 3 }", json!([1, 2]), 2);
    holds("{ $none: 3 }", json!([]), 1);
    holds("{ $..id: { $none: 3 } }", json!({}), 0);
    breaks(
        "{ $none: 2 }",
        json!([1, 2]),
        &[("[1]", "no element that is 2")],
    );
    breaks(
        "{ $none: 2 }",
        json!(null),
        &[("$", "no element that is 2")],
    );
    undecided(
        "{ $none: 2 }",
        Some(json!(1)),
        Obstacle::Value,
        "it is a number, so it cannot be compared as an array",
    );
}

#[test]
fn fields_are_compared_across_elements() {
    let list = json!([{ "a": 1, "b": "x" }, { "a": 1.0, "b": "y" }, { "b": "y" }]);
    holds("{ $distinct_by: [a, b] }", list.clone(), 3);
    breaks(
        "{ $distinct_by: b }",
        list.clone(),
        &[("[2]", "elements that differ in b")],
    );
    assert_eq!(
        why("{ $distinct_by: b }", list.clone()),
        "it agrees with [1]"
    );
    assert_eq!(
        why("{ $distinct_by: a }", list.clone()),
        "it agrees with [0]"
    );
    assert_eq!(why("{ $distinct_by: c }", list.clone()), "it has no c");
    assert_eq!(why("{ $same: a }", list.clone()), "it has no a");
    holds("{ $same: a }", json!([{ "a": 1 }, { "a": 1.0 }]), 2);
    breaks(
        "{ $same: [b] }",
        list,
        &[
            ("[1]", "elements that agree on b"),
            ("[2]", "elements that agree on b"),
        ],
    );
    holds("{ $same: a.b }", json!([{ "a": { "b": null } }]), 1);
}

#[test]
fn amounts_add_up() {
    holds(
        "{ $sum: { of: amount, is: 0.3 } }",
        json!([{ "amount": 0.1 }, { "amount": 0.2 }]),
        1,
    );
    breaks(
        "{ $sum: { of: a, is: 3 } }",
        json!([{ "a": 1 }, { "a": 1 }]),
        &[("$ (sum of a)", "3")],
    );
    let judged = judge("{ $sum: { of: a, is: 3 } }", Some(json!([{ "a": "3" }])));
    let undecided = judged.undecided.first().map(|open| &open.mismatch.why);
    assert_eq!(
        undecided.and_then(Option::as_deref),
        Some("its a is a string; only numbers are added up")
    );
    holds(
        "{ $sum: { of: a, from: -10.05, is: -9.75 } }",
        json!([{ "a": 0.1 }, { "a": 0.2 }]),
        1,
    );
    breaks(
        "{ $sum: { of: a, from: 5, is: 3 } }",
        json!([{ "a": -3 }]),
        &[("$ (sum of a)", "3")],
    );
    assert_eq!(
        why("{ $sum: { of: a, is: 0 } }", json!([{}])),
        "it has no a"
    );
}

#[test]
fn a_flood_of_mismatches_is_bounded() {
    let judged = judge("{ $each: 1 }", Some(json!(vec![0; 5_000])));
    assert_eq!(
        (judged.checked, judged.mismatches.len(), judged.omitted),
        (5_000, 100, 4_900)
    );
}

#[test]
fn each_given_element_must_be_held_exactly_once() {
    let demand = |elements: &str| {
        format!("{{ $holds_once: {{ each_of: {elements}, by: [ id, amount ] }} }}")
    };
    let list = json!([{ "id": 1, "amount": 2.50 }, { "id": 2, "amount": 3 }, { "id": 2, "amount": 4 }, { "id": 3, "amount": 1 }, { "id": 3, "amount": 1 }]);
    holds(
        &demand("[ { id: 2, amount: 4.0, more: x }, { id: 1, amount: 2.5 } ]"),
        list.clone(),
        2,
    );
    assert_eq!(
        why(&demand("[ { id: 2, amount: 5 } ]"), list.clone()),
        "no element has id 2, amount 5"
    );
    assert_eq!(
        why(&demand("[ { id: 3, amount: 1 } ]"), list.clone()),
        "it is there more than once"
    );
    let twice = demand("[ { id: 3, amount: 1 }, { id: 3, amount: 1 } ]");
    holds(&twice, list.clone(), 1);
    let once = json!([{ "id": 3, "amount": 1 }]);
    assert_eq!(why(&twice, once), "it is there once instead of 2 times");
    assert_eq!(
        why(&demand("[ { id: 3, amount: 1 } ]"), json!([])),
        "no element has id 3, amount 1"
    );
    undecided(
        &demand("[ ]"),
        Some(list.clone()),
        Obstacle::Nothing,
        "`each_of` is empty, so nothing was compared",
    );
    undecided(
        &demand("[ { other: 1 } ]"),
        Some(list),
        Obstacle::Nothing,
        "an element of `each_of` has no id and amount",
    );
}
