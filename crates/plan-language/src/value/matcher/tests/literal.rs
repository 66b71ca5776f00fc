//! Literals, references, escapes, words and paths.

use super::*;

#[test]
fn scalars_are_compared_by_value() {
    holds("1", json!(1.0), 1);
    holds("active", json!("active"), 1);
    holds("null", json!(null), 1);
    breaks("active", json!("Active"), &[("$", "\"active\"")]);
    breaks("null", json!(0), &[("$", "null")]);
    for (yaml, actual, why) in [
        (
            "1",
            json!("1"),
            "it is a string, not a number, although it reads the same",
        ),
        (
            "{ $not: 12.5 }",
            json!("12.50"),
            "it is a string, not a number, although it reads the same",
        ),
        (
            "'true'",
            json!(true),
            "it is a boolean, not a string, although it reads the same",
        ),
        (
            "{ $in: [2, 1] }",
            json!("1"),
            "it is a string, not a number, although it reads the same",
        ),
        (
            "{ $equals: '1' }",
            json!(1),
            "it is a number, not a string, although it reads the same",
        ),
    ] {
        undecided(yaml, Some(actual), Obstacle::Value, why);
    }
    assert_eq!(
        why("active", json!("Active")),
        "they differ only in upper and lower case"
    );
    assert_eq!(
        why("active", json!("active ")),
        "they differ only in white space at the beginning or end"
    );
    assert_eq!(judge("null", None).mismatches.len(), 1);
}

#[test]
fn objects_match_in_part_and_arrays_in_full() {
    holds(
        "{ a: 1, b: [{ c: 2 }] }",
        json!({ "a": 1, "b": [{ "c": 2, "d": 3 }], "e": 4 }),
        3,
    );
    breaks(
        "{ a: 1, b: 2 }",
        json!({ "b": 3 }),
        &[("a", "1"), ("b", "2")],
    );
    breaks("[1]", json!([1, 2]), &[("$", "an array of 1: [1]")]);
    breaks("{ a: [1, 2] }", json!({ "a": [1, 3] }), &[("a[1]", "2")]);
    breaks("[]", json!({}), &[("$", "an empty array")]);
    breaks("{}", json!([]), &[("$", "an object")]);
    holds("{}", json!({ "a": 1 }), 1);
    holds("[]", json!([]), 1);
    assert_eq!(why("[1]", json!([1, 2])), "it has 2 elements, not 1");
    assert_eq!(why("{ a: 1 }", json!("x")), "it is a string");
}

#[test]
fn mismatches_name_place_line_and_value() {
    let judged = resolve("data:\n  list:\n    - id: $uuid\n")
        .test_at("body", Some(&json!({ "data": { "list": [{ "id": 7 }] } })));
    let mismatch = &judged.mismatches[0];
    assert_eq!(mismatch.at, "body.data.list[0].id");
    assert_eq!(mismatch.span.to_string(), "plan.yaml:3:11");
    assert_eq!(
        (mismatch.expected.as_str(), &mismatch.seen),
        ("a UUID", &Some(json!(7)))
    );
    let judged = resolve("a: { $at_least: 2 }").test_at("body", Some(&json!({ "a": 1 })));
    assert_eq!(judged.mismatches[0].span.to_string(), "plan.yaml:1:6");
    let judged = resolve("a: 1").test_at("body", None);
    assert_eq!(
        (judged.mismatches[0].at.as_str(), &judged.mismatches[0].seen),
        ("body", &None)
    );
}

#[test]
fn any_proves_nothing_and_absent_does() {
    holds("$any", json!(null), 0);
    holds("{ a: $absent }", json!({}), 1);
    breaks("{ a: $any }", json!({}), &[("a", "any value")]);
    breaks(
        "{ a: $absent }",
        json!({ "a": null }),
        &[("a", "a missing value")],
    );
    assert!(judge("$absent", None).held());
    assert!(!judge("$any", None).held() && !judge("{ a: $absent }", None).held());
}

#[test]
fn references_are_literals() {
    holds(
        "{ a: '${x}', b: '${n}', c: 'x-${n}' }",
        json!({ "a": "v", "b": 2.0, "c": "x-2" }),
        3,
    );
    holds("'${m}'", json!({ "a": 1, "more": 2 }), 1);
    holds("'${l}'", json!([1, { "b": 2, "c": 3 }]), 3);
    breaks("'${l}'", json!([1, { "b": 3 }]), &[("[1].b", "2")]);
    breaks("'${l}'", json!([1]), &[("$", "[1,{\"b\":2}]")]);
    let matcher = resolve_in("'${w}'", json!({ "w": "$any" })).unwrap();
    assert!(matcher.matches(Some(&json!("$any"))) && !matcher.matches(Some(&json!("x"))));
    assert_eq!(
        resolve_in("{ a: '${nope}' }", json!({})).unwrap_err(),
        "`${nope}` cannot be used: nothing is bound to `nope`"
    );
}

#[test]
fn masked_strings_match_by_tag() {
    let matcher = resolve_in("Bearer ${t}", json!({ "t": "⟦secret:token#a1⟧" })).unwrap();
    assert!(matcher.matches(Some(&json!("Bearer ⟦secret:bearer#a1⟧"))));
    assert!(!matcher.matches(Some(&json!("Bearer ⟦secret:token#a2⟧"))));
    let masked = "the value is masked, so only its handle can be compared";
    for yaml in ["$uuid", "abc", "{ $not: abc }", "{ $matches: '^[a-z]+$' }"] {
        let handle = Some(json!("⟦secret:token#a1⟧"));
        undecided(yaml, handle, Obstacle::Unreadable, masked);
    }
}

#[test]
fn references_are_found_everywhere() {
    let (matcher, _) = compile(
        "{ a: '${a}', b: { $one: { where: { x: '${b}' }, is: '${c}' } }, d: { $matches: '^${d}' }, e: [{ $at_least: '${e}' }], f: { $equals: { g: '${f.g}' } } }",
    );
    let names: Vec<String> = matcher
        .references()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["${a}", "${b}", "${c}", "${d}", "${e}", "${f.g}"]);
}

#[test]
fn dollars_are_escaped_by_doubling() {
    holds("$$anyone", json!("$anyone"), 1);
    holds("{ $$not: 1 }", json!({ "$not": 1 }), 1);
    holds("{ '$$.a': 1 }", json!({ "$.a": 1 }), 1);
    holds("'$${x}'", json!("${x}"), 1);
    holds("'$$$${x}'", json!("$${x}"), 1);
    holds("'$$5 ${x}'", json!("$5 v"), 1);
}

#[test]
fn json_paths_look_inside() {
    let actual = json!({ "a": { "list": [{ "id": 1 }, { "id": 2 }] } });
    holds("{ '$.a.list[0].id': 1, $..id: [1, 2] }", actual.clone(), 4);
    breaks(
        "{ '$.a.list[2]': 1 }",
        actual.clone(),
        &[("a.list[2]", "1")],
    );
    breaks(
        "{ $..id: { $each: { $at_most: 1 } } }",
        actual.clone(),
        &[("a.list[1].id", "at most 1")],
    );
    holds("{ $..nope: $absent, a: $map }", actual.clone(), 2);
    holds("{ $..nope: [] }", actual.clone(), 1);
    holds("{ '$[0]': 7, $length: 1 }", json!([7]), 2);
    breaks(
        "{ '$..[?@.id]': { id: 1 } }",
        actual.clone(),
        &[("$..[?@.id]", "an object with `id` 1")],
    );
    holds("{ $..id: { $equals: [1, 2] } }", actual.clone(), 1);
    breaks(
        "{ $..id: { $equals: [1] } }",
        actual,
        &[("$..id", "exactly [1]")],
    );
    assert!(
        !judge("{ $.a: 1 }", None).held() && judge("{ $.a: $absent, $..b: $absent }", None).held()
    );
}

#[test]
fn the_nearest_candidate_has_the_least_distance() {
    let matcher = resolve("{ type: resourceDeleted, resource: { id: a, type: b } }");
    let far = |value: Value| matcher.distance(Some(&value));
    assert_eq!(
        far(json!({ "type": "resourceDeleted", "resource": { "id": "a", "type": "b" } })),
        0
    );
    assert_eq!(
        far(json!({ "type": "resourceDeleted", "resource": { "id": "x", "type": "b" } })),
        1
    );
    assert_eq!(far(json!({ "type": "resourceDeleted" })), 2);
    assert_eq!(
        (far(json!({})), far(json!("x")), matcher.distance(None)),
        (3, 3, 3)
    );
}
