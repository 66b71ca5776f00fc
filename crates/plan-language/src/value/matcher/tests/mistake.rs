//! What is refused in plans.

use super::*;

#[track_caller]
fn finds(yaml: &str, message: &str, hint: &str) {
    let (_, findings) = compile(yaml);
    assert_eq!(findings.len(), 1, "{yaml}: {findings:?}");
    assert_eq!(
        (
            findings[0].message.as_str(),
            findings[0].hint.as_deref().unwrap_or_default()
        ),
        (message, hint)
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one snapshot or one table, which is read as a whole"
)]
#[test]
fn mistakes_in_plans_are_found() {
    finds(
        "$uuidd",
        "there is no matcher `$uuidd`",
        "did you mean `$uuid`?",
    );
    finds(
        "$5.00",
        "there is no matcher `$5.00`",
        "for the string itself write '$$5.00'",
    );
    finds(
        "$matches",
        "`$matches` needs an argument",
        "write { $matches: ... }",
    );
    finds(
        "$.a",
        "there is no matcher `$.a`",
        "use a JSONPath as a key; its value says what the path must find",
    );
    finds(
        "{ $match: a }",
        "there is no operator `$match`",
        "did you mean `$matches`?",
    );
    finds(
        "{ $uuid: 1 }",
        "`$uuid` takes no argument",
        "write $uuid in place of the object",
    );
    finds(
        "{ $price: 1 }",
        "there is no operator `$price`",
        "for the key itself write '$$price'",
    );
    finds(
        "{ $length: 1, a: 2 }",
        "the key `a` and an operator are in one object",
        "use $all_of for both; write $$x for a key that begins with $",
    );
    finds(
        "{ '$.a[?@.b == \"${x}\"]': 1 }",
        "no interpolation inside JSONPath keys",
        "select with `$one: { where: …, is: … }`, where values may be inserted",
    );
    finds(
        "{ '${x}': 1 }",
        "no interpolation in keys",
        "for a literal `${` write `$${`",
    );
    finds("{ $any_of: [] }", "expected at least one matcher", "");
    finds(
        "{ $any_of: 1 }",
        "expected an array of matchers, found a number",
        "write them between `[ ]`, or each behind `- `",
    );
    finds(
        "{ $matches: '(' }",
        "not a regular expression: unclosed group",
        "",
    );
    finds(
        "{ $matches: 1 }",
        "expected a regular expression, found a number",
        "",
    );
    finds(
        "{ $starts_with: 1 }",
        "expected a string, found a number",
        "",
    );
    finds(
        "{ $at_least: soon }",
        "expected a number, a date or a date-time, found `soon`",
        "",
    );
    finds(
        "{ $media_type: json }",
        "expected a media type such as application/json, found `json`",
        "",
    );
    finds("{ $distinct_by: [] }", "expected at least one field", "");
    finds(
        "{ $holds_once: { by: [ id ] } }",
        "`each_of` and `by` are both needed",
        "write { each_of: \"${label.body.entries}\", by: [ field ] }",
    );
    finds(
        "{ $same: [$.a] }",
        "not the name of a field",
        "write id, or amount.value for a nested one",
    );
    finds(
        "{ $one: { is: 1 } }",
        "`where` is missing",
        "write { where: what selects the element, is: what it must be }",
    );
    finds(
        "{ $one: { where: 1, iss: 1 } }",
        "there is no key `iss` here",
        "did you mean `is`?",
    );
    finds(
        "{ $one: 1 }",
        "expected an object with `where` and `is`, found a number",
        "",
    );
    finds(
        "{ $sum: { of: a } }",
        "`of` and `is` are both needed",
        "write { of: field, is: what the sum must be }",
    );
    assert_eq!(
        compile("{ a: $nope, b: [$nope2, { $nope3: 1 }] }").1.len(),
        3
    );
}

/// Returns what is found in a matcher: the message, and whether another demand is pointed at.
fn contradictions(yaml: &str) -> Vec<String> {
    let (_, findings) = compile(yaml);
    findings.into_iter().map(|found| found.message).collect()
}

#[test]
fn demands_that_exclude_each_other_are_found() {
    for yaml in [
        "{ $at_least: 3, $at_most: 2 }",
        "{ $more_than: 2, $at_most: 2 }",
        "{ $at_least: '2026-02-01', $less_than: '2026-01-31' }",
        "{ $length: { $at_least: 3, $at_most: 2 } }",
        "{ $length: { $more_than: 2, $less_than: 3 } }",
        "{ $length: -1 }",
        "{ $length: 0, $each: $uuid }",
        "{ $all_of: [ $absent, '${x}' ] }",
        "{ $all_of: [ $absent, $text ] }",
        "{ $all_of: [ $empty, { $length: 2 } ] }",
        "{ $all_of: [ $uuid, $number ] }",
        "{ $equals: a, $not: a }",
        "{ $equals: 1, $matches: '1' }",
        "{ $all_of: [ { a: 1 }, { a: 2 } ] }",
        "{ $all_of: [ [ 1 ], { $length: 2 } ] }",
        "{ $one: { where: { s: a, n: 1 }, is: { s: b } } }",
        "{ $one: { where: { id: '${x}' }, is: { id: $absent } } }",
        "{ $each: { s: a }, $some: { s: b } }",
        "{ $.a: 1, $all_of: [ { $.a: 2 } ] }",
        "{ $any_of: [ $text, { $all_of: [ $text, $null ] } ] }",
        "{ '$..a': { $all_of: [ $absent, { $length: 1 } ] } }",
    ] {
        assert_eq!(contradictions(yaml).len(), 1, "{yaml}");
    }
}

#[test]
fn demands_that_something_meets_are_left_alone() {
    for yaml in [
        "{ $at_least: 2, $at_most: 2 }",
        "{ $more_than: 2, $less_than: 3 }",
        "{ $length: { $more_than: 2, $less_than: 4 } }",
        "{ $at_least: '${n}', $at_most: 1 }",
        "{ $all_of: [ $text, $not_empty, { $matches: '^a' }, abc ] }",
        "{ $all_of: [ { a: 1 }, { b: 2 }, { $.a: 1.0 } ] }",
        "{ $equals: 1, $not: { $any_of: [ 2, 3 ] } }",
        "{ $one: { where: { s: a }, is: { n: 1 } }, $each: { s: $text } }",
        "{ $any_of: [ $absent, { $not: { $matches: x } } ] }",
        "{ $all_of: [ '${x}', '${y}' ] }",
        "{ '$..a': { $all_of: [ $absent, $list ] } }",
        "{ $length: 0, $none: { a: 1 } }",
        "{ $all_of: [ $map, { $.a: $absent } ] }",
    ] {
        assert_eq!(contradictions(yaml), [""; 0], "{yaml}");
    }
}
