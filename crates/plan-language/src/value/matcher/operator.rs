//! The matchers with an argument, `{ $operator: argument }`: their names and what each demands.

/// The operators with one line each, for guides and schemas.
pub const OPERATORS: &[(&str, &str)] = &[
    (
        "$matches",
        "text in which the regular expression is found; anchor it with ^ and $ for the whole text",
    ),
    ("$any_of", "at least one of the listed matchers holds"),
    ("$all_of", "all of the listed matchers hold"),
    (
        "$in",
        "one of the elements of this list, such as one that was captured",
    ),
    (
        "$not",
        "the matcher does not hold; also true of what is absent",
    ),
    (
        "$equals",
        "exactly this value: maps without further keys; `$` means nothing within",
    ),
    (
        "$one",
        "{ where: m, is: m }: exactly one element matches `where`, and it matches `is`",
    ),
    ("$each", "every element matches; an empty list never holds"),
    ("$some", "at least one element matches"),
    ("$none", "no element matches"),
    (
        "$contains",
        "a text holds the text, or a list has an element that matches",
    ),
    (
        "$length",
        "how many characters, elements or keys: a number or a matcher",
    ),
    (
        "$distinct_by",
        "no two elements agree on all of these fields; an empty list never holds",
    ),
    (
        "$same",
        "all elements have and agree on these fields; an empty list never holds",
    ),
    ("$starts_with", "text that begins with this text"),
    ("$ends_with", "text that ends with this text"),
    (
        "$at_least",
        "a number (or date, or date-time) not below this one",
    ),
    (
        "$at_most",
        "a number (or date, or date-time) not above this one",
    ),
    (
        "$more_than",
        "a number (or date, or date-time) above this one",
    ),
    (
        "$less_than",
        "a number (or date, or date-time) below this one",
    ),
    (
        "$media_type",
        "this media type; parameters such as charset and the case do not count",
    ),
    (
        "$sum",
        "{ of: field, is: m }: the elements' numbers add up to a match; an empty list never holds",
    ),
    (
        "$booked",
        "{ ledger, account, from }: transactions with exactly the amounts that the ledger holds of the account from that day on",
    ),
];

/// Tells whether there is an operator of this name.
pub(super) fn is_operator(name: &str) -> bool {
    OPERATORS.iter().any(|(known, _)| *known == name)
}
