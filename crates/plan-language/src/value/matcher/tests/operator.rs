//! Operators on single values.

use super::*;

#[test]
fn strings_are_searched() {
    holds("{ $matches: 'b+' }", json!("abbc"), 1);
    breaks(
        "{ $matches: '^b+$' }",
        json!("abbc"),
        &[("$", "a string that matches /^b+$/")],
    );
    undecided(
        "{ $matches: '1' }",
        Some(json!(1)),
        Obstacle::Value,
        "it is a number, so it cannot be compared as a string",
    );
    let matcher = resolve_in("{ $matches: '^${x}$' }", json!({ "x": "a.b" })).unwrap();
    assert!(matcher.matches(Some(&json!("a.b"))) && !matcher.matches(Some(&json!("axb"))));
    holds("{ $starts_with: ab, $ends_with: '${x}' }", json!("abv"), 2);
    breaks(
        "{ $starts_with: ab }",
        json!("b"),
        &[("$", "a string that starts with \"ab\"")],
    );
    undecided(
        "{ $ends_with: ab }",
        Some(json!(["ab"])),
        Obstacle::Value,
        "it is an array, so it cannot be compared as a string",
    );
    breaks(
        "{ $ends_with: ab }",
        json!(null),
        &[("$", "a string that ends with \"ab\"")],
    );
    holds(
        "{ $media_type: application/json }",
        json!("Application/JSON;charset=UTF-8"),
        1,
    );
    breaks(
        "{ $media_type: application/json }",
        json!("text/json"),
        &[("$", "the media type application/json")],
    );
    breaks(
        "{ $media_type: application/json }",
        json!("json"),
        &[("$", "the media type application/json")],
    );
}

#[test]
fn borders_are_sharp() {
    for (yaml, below, at, above) in [
        ("{ $at_least: 2 }", false, true, true),
        ("{ $at_most: 2 }", true, true, false),
        ("{ $more_than: 2 }", false, false, true),
        ("{ $less_than: '${n}' }", true, false, false),
    ] {
        for (actual, held) in [
            (json!(1.99), below),
            (json!(2.0), at),
            (json!(2.01), above),
            (json!("2"), false),
        ] {
            assert_eq!(judge(yaml, Some(actual)).held(), held, "{yaml}");
        }
    }
    holds("{ $at_least: '2026-01-31' }", json!("2026-02-01"), 1);
    holds(
        "{ $at_least: '2026-01-31' }",
        json!("2026-01-31T00:00:00Z"),
        1,
    );
    breaks(
        "{ $at_least: '2026-01-31' }",
        json!("2026-01-30T23:59:59"),
        &[("$", "not before 2026-01-31")],
    );
    holds(
        "{ $more_than: '2026-01-31T00:00:00Z' }",
        json!("2026-01-31T00:00:00-01:00"),
        1,
    );
    let wrong = resolve_in("{ $at_least: '${x}' }", json!({ "x": "soon" }));
    assert_eq!(
        wrong.unwrap_err(),
        "`${x}` cannot be used: it is a string; expected a number, a date or a date-time"
    );
}

#[test]
fn what_cannot_be_compared_with_a_border_is_never_on_its_other_side() {
    let no_date = "it is neither a date nor a date-time (RFC 3339)";
    for yaml in [
        "{ $less_than: '2026-03-01' }",
        "{ $not: { $less_than: '2026-03-01' } }",
        "{ $any_of: [null, { $less_than: '2026-03-01' }] }",
    ] {
        undecided(yaml, Some(json!("01/03/2026")), Obstacle::Value, no_date);
        undecided(yaml, None, Obstacle::Value, "nothing is there to compare");
        let number = Some(json!(20260301));
        undecided(
            yaml,
            number,
            Obstacle::Value,
            "it is a number, not a date or a date-time",
        );
    }
    let none = "{ $none: { datePosted: { $less_than: '2026-03-01' } } }";
    holds(none, json!([{ "datePosted": "2026-03-01T00:00:00" }]), 1);
    breaks(
        none,
        json!([{ "datePosted": "2026-02-28T23:00:00" }, { "datePosted": "soon" }]),
        &[("[0]", "no element with `datePosted` before 2026-03-01")],
    );
    undecided(
        none,
        Some(json!([{ "datePosted": "soon" }])),
        Obstacle::Value,
        no_date,
    );
    let amount = Some(json!("12.50"));
    undecided(
        "{ $more_than: 2 }",
        amount,
        Obstacle::Value,
        "it is a string, not a number",
    );
}

#[test]
fn a_page_shows_every_text_as_often_as_it_is_there() {
    let names = "{ $shows: [Savings, 'Savings  two', Current] }";
    holds(names, json!("Choose: Current Savings two Savings"), 3);
    let page = json!("Choose: Current Savings two");
    assert_eq!(why(names, page), "it does not show \"Savings\"");
    let twice = "{ $shows: [Savings, Savings] }";
    holds(twice, json!("Savings and Savings"), 2);
    assert_eq!(why(twice, json!("Savings")), "it does not show \"Savings\"");
    holds("{ $shows: ['Sav\u{ad}ings'] }", json!("Savings"), 1);
    let blank = why("{ $shows: [' '] }", json!("a page"));
    assert_eq!(blank, "nothing of the text \" \" can be seen");
    // Nothing to be shown is nothing compared.
    holds("{ $shows: [] }", json!("a page"), 0);
}

#[test]
fn a_text_that_no_page_can_show_is_undecided() {
    let masked = "{ $shows: ['«text#1a2b3c»'] }";
    if crate::value::handle::is_masked("«text#1a2b3c»") {
        let judged = judge(masked, Some(json!("a page")));
        assert_eq!(judged.answer(), Answer::Undecided);
    }
    let why = "2 is no text that a page can show";
    undecided(
        "{ $shows: [2] }",
        Some(json!("a page")),
        Obstacle::Value,
        why,
    );
    let why = "it is an object, so it cannot be compared as a string";
    undecided("{ $shows: [a] }", Some(json!({})), Obstacle::Value, why);
}

#[test]
fn an_element_that_may_be_selected_keeps_one_from_a_decision() {
    let one = "{ $one: { where: { id: 1 }, is: { a: 2 } } }";
    let alike = "it is a string, not a number, although it reads the same";
    undecided(one, Some(json!([{ "id": "1" }])), Obstacle::Value, alike);
    undecided(
        one,
        Some(json!([{ "id": 1, "a": 2 }, { "id": "1" }])),
        Obstacle::Value,
        alike,
    );
    breaks(
        one,
        json!([{ "id": 1, "a": 3 }, { "id": "1" }]),
        &[("[0].a", "2")],
    );
    holds(one, json!([{ "id": 1, "a": 2 }, { "id": "2" }]), 2);
}

#[test]
fn logic() {
    holds("{ $any_of: [1, $text] }", json!("x"), 1);
    holds("{ $any_of: [$any] }", json!("x"), 0);
    assert!(judge("{ $any_of: [$absent, []] }", None).held());
    holds("{ $any_of: [$absent, []] }", json!([]), 1);
    breaks(
        "{ $any_of: [$absent, []] }",
        json!([1]),
        &[("$", "a missing value or an empty array")],
    );
    breaks(
        "{ $any_of: [{ a: 1, b: 1 }, { a: 2, b: 2 }] }",
        json!({ "a": 2 }),
        &[(
            "$",
            "an object with `a` 1, `b` 1 or an object with `a` 2, `b` 2",
        )],
    );
    assert_eq!(
        why(
            "{ $any_of: [{ a: 1, b: 1 }, { a: 2, b: 2 }] }",
            json!({ "a": 2 })
        ),
        "closest alternative: b is missing, expected 2"
    );
    holds("{ $all_of: [$text, { $length: 2 }] }", json!("ab"), 2);
    breaks(
        "{ $all_of: [$text, { $length: 2 }] }",
        json!("a"),
        &[("$ (length)", "2")],
    );
    breaks(
        "{ $at_least: 1, $at_most: 3 }",
        json!(4),
        &[("$", "at most 3")],
    );
    holds("{ $not: cancelled }", json!("active"), 1);
    breaks(
        "{ $not: cancelled }",
        json!("cancelled"),
        &[("$", "not \"cancelled\"")],
    );
    holds("{ a: { $not: cancelled } }", json!({}), 0);
    undecided(
        "{ $not: { $each: 1 } }",
        Some(json!([])),
        Obstacle::Nothing,
        "the array is empty, so nothing was compared",
    );
    assert!(!judge("{ $not: $absent }", None).held());
}

#[test]
fn equals_is_exact() {
    holds(
        "{ $equals: { a: [1], b: $any } }",
        json!({ "b": "$any", "a": [1.0] }),
        1,
    );
    breaks(
        "{ $equals: { a: 1 } }",
        json!({ "a": 1, "b": 2 }),
        &[("$", "exactly {\"a\":1}")],
    );
}

#[test]
fn a_comparison_with_an_empty_value_of_a_reference_is_undecided() {
    let nothing = "what it is compared with is an empty string, so nothing was compared";
    for yaml in [
        "{ $starts_with: '${e}' }",
        "{ $ends_with: '${e}' }",
        "{ $contains: '${e}' }",
    ] {
        undecided(yaml, Some(json!("abc")), Obstacle::Nothing, nothing);
        assert!(!judge(yaml, None).held(), "{yaml}");
    }
    undecided(
        "{ $matches: '^${e}' }",
        Some(json!("abc")),
        Obstacle::Nothing,
        "with its values the expression is found in every string, so nothing was compared",
    );
    holds("{ $contains: '${e}' }", json!(["a", ""]), 1);
    holds("{ $matches: '^${e}$' }", json!(""), 1);
}

#[test]
fn strings_and_arrays_contain() {
    holds("{ $contains: b }", json!("abc"), 1);
    holds(
        "{ $contains: { id: 2 } }",
        json!([{ "id": 1 }, { "id": 2 }]),
        1,
    );
    breaks(
        "{ $contains: d }",
        json!("abc"),
        &[("$", "a string or array that contains \"d\"")],
    );
    breaks(
        "{ $contains: b }",
        json!(["abc", 1]),
        &[("$", "a string or array that contains \"b\"")],
    );
    undecided(
        "{ $contains: b }",
        Some(json!({ "b": 1 })),
        Obstacle::Value,
        "it is an object, so it cannot be compared as a string",
    );
}

#[test]
fn lengths_are_numbers() {
    holds("{ $length: 2 }", json!("éé"), 1);
    holds("{ $length: { $at_least: 1 } }", json!({ "a": 1 }), 1);
    holds("{ $length: 0 }", json!([]), 1);
    breaks(
        "{ a: { $length: 2 } }",
        json!({ "a": [1] }),
        &[("a (length)", "2")],
    );
    breaks("{ $length: 1 }", json!(null), &[("$", "a length of 1")]);
    undecided(
        "{ $length: 1 }",
        Some(json!(1)),
        Obstacle::Value,
        "it is a number, so it cannot be compared as something that has a length",
    );
}

#[test]
fn the_example_of_every_operator_is_valid_and_its_schema_is_one() {
    for operator in OPERATORS {
        let (_, findings) = compile(operator.example);
        assert!(findings.is_empty(), "{operator:?}: {findings:?}");
        assert!(operator.example.contains(operator.name), "{operator:?}");
        let schema = operator.schema();
        let description = schema["description"].as_str().unwrap_or_default();
        assert!(description.ends_with(&format!("Example: `{}`", operator.example)));
    }
    let names: std::collections::BTreeSet<_> =
        OPERATORS.iter().map(|operator| operator.name).collect();
    assert_eq!(names.len(), OPERATORS.len(), "each name once");
}

#[test]
fn one_of_a_captured_list_is_told_from_all_others() {
    holds("{ $in: [a, 2] }", json!(2), 1);
    holds("{ $in: '${l}' }", json!({ "b": 2 }), 1);
    holds("{ $not: { $in: '${l}' } }", json!(2), 1);
    breaks(
        "{ $in: '${l}' }",
        json!(2),
        &[("$", "one of [1,{\"b\":2}]")],
    );
    breaks("{ $in: [] }", json!("a"), &[("$", "one of []")]);
    let unset = resolve_in("{ $in: '${x}' }", json!({ "x": "a" })).unwrap_err();
    assert!(unset.to_string().contains("an array"), "{unset}");
}
