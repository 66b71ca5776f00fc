//! `$booked`: transactions compared with a ledger.

use super::*;

const MATCHER: &str =
    "{ $booked: { ledger: \"${books}\", account: \"${account}\", from: \"2026-02-01\" } }";

/// What the bank's data holds; the first line is before the day from which it counts.
fn scope(account: &str) -> Value {
    let entries = json!([
        ["2026-01-05", 9.99],
        ["2026-02-01", -45.99],
        ["2026-03-01", 1800.00],
        ["2026-03-02", 7],
        ["2026-03-02", 7]
    ]);
    let ledger = json!({ "until": "2026-03-31", "accounts": { "ext-1": entries, "ext-2": [] } });
    json!({ "books": ledger, "account": account })
}

fn posted(lines: &[(&str, f64)]) -> Value {
    let transactions = lines.iter().map(|(date, amount)| {
        json!({ "datePosted": format!("{date}T09:00:00.000Z"), "transactionAmount": amount })
    });
    transactions.collect()
}

const SOUND: [(&str, f64); 4] = [
    ("2026-02-01", -45.99),
    ("2026-03-01", 1800.0),
    ("2026-03-02", 7.0),
    ("2026-03-02", 7.0),
];

/// Judges transactions and returns where and why they differ.
fn told(lines: &[(&str, f64)]) -> Vec<(String, String)> {
    let judged = resolve_in(MATCHER, scope("ext-1"))
        .expect("it resolves")
        .test(Some(&posted(lines)));
    let mismatches = judged.mismatches.into_iter();
    mismatches
        .map(|mismatch| (mismatch.at, mismatch.why.unwrap_or_default()))
        .collect()
}

#[track_caller]
fn tells(lines: &[(&str, f64)], expected: &[(&str, &str)]) {
    let told = told(lines);
    let told: Vec<_> = told
        .iter()
        .map(|(at, why)| (at.as_str(), why.as_str()))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn what_the_bank_has_holds_in_any_order_and_later_bookings_do_not_count() {
    let mut lines = SOUND.to_vec();
    lines.reverse();
    lines.push(("2026-04-01", 1234.56));
    let judged = resolve_in(MATCHER, scope("ext-1"))
        .expect("it resolves")
        .test(Some(&posted(&lines)));
    assert_eq!((judged.mismatches, judged.checked), (vec![], 4));
    let nothing = resolve_in(MATCHER, scope("ext-2"))
        .expect("it resolves")
        .test(Some(&json!([])));
    assert_eq!((nothing.mismatches, nothing.checked), (vec![], 1));
}

#[test]
fn loss_doubling_flipped_signs_and_wrong_amounts_are_each_told() {
    tells(&SOUND[1..], &[("$", "-45.99 of 2026-02-01 is missing")]);
    let mut lines = SOUND.to_vec();
    lines.push(("2026-03-01", 1800.0));
    tells(&lines, &[("[4]", "the ledger has this amount once")]);
    lines[4].1 = 7.0;
    tells(&lines, &[("[4]", "the ledger has this amount 2 times")]);
    let mut lines = SOUND.to_vec();
    lines[0].1 = 45.99;
    tells(
        &lines,
        &[(
            "[0]",
            "the ledger has it with the opposite sign: -45.99 on 2026-02-01",
        )],
    );
    lines[0].1 = -459.9;
    tells(
        &lines,
        &[(
            "[0]",
            "-459.9 was booked on 2026-02-01; the ledger has -45.99 on that day",
        )],
    );
    lines[0].0 = "2026-02-02";
    tells(
        &lines,
        &[
            ("[0]", "the ledger has no such amount"),
            ("$", "-45.99 of 2026-02-01 is missing"),
        ],
    );
}

#[test]
fn a_booking_on_another_side_of_the_first_day_names_the_entry_that_it_is() {
    let mut lines = SOUND.to_vec();
    lines.push(("2026-02-11", 9.99));
    tells(
        &lines,
        &[(
            "[4]",
            "9.99 was booked on 2026-02-11; the ledger has 2026-01-05, which is before 2026-02-01",
        )],
    );
    let mut lines = SOUND.to_vec();
    lines[0].0 = "2026-01-31";
    tells(
        &lines,
        &[(
            "$",
            "-45.99 of 2026-02-01 is missing; -45.99 was booked on 2026-01-31, which is before 2026-02-01",
        )],
    );
}

#[test]
fn bookings_before_the_first_day_are_left_out() {
    let mut lines = SOUND.to_vec();
    lines.push(("2026-01-05", 9.99));
    lines.push(("2026-01-31", 1.0));
    tells(&lines, &[]);
}

/// Judges transactions of these amounts, all booked on one day, against a ledger with others.
fn told_of(ledger: &str, posted: &str) -> Vec<String> {
    let amounts = |text: &str| -> Vec<Value> { serde_json::from_str(text).expect("JSON") };
    let entries = amounts(ledger).into_iter();
    let entries: Vec<_> = entries
        .map(|amount| json!(["2026-02-03", amount]))
        .collect();
    let books = json!({ "until": "2026-03-31", "accounts": { "ext-1": entries } });
    let posted = amounts(posted).into_iter();
    let posted: Vec<_> = posted
        .map(|amount| json!({ "datePosted": "2026-02-03", "transactionAmount": amount }))
        .collect();
    let judged = resolve_in(MATCHER, json!({ "books": books, "account": "ext-1" }))
        .expect("it resolves")
        .test(Some(&json!(posted)));
    let mismatches = judged.mismatches.into_iter();
    mismatches
        .map(|mismatch| mismatch.why.unwrap_or_default())
        .collect()
}

#[test]
fn amounts_sent_as_strings_are_refused_for_that_and_not_called_missing() {
    assert_eq!(
        told_of("[-45.99, 7]", r#"["-45.99", 7.00]"#),
        [r#"transactionAmount is the string "-45.99"; an amount must be a number"#]
    );
    assert_eq!(
        told_of("[-45.99]", r#"["-45,99"]"#),
        [
            "transactionAmount is a string that is not a number; an amount must be a number",
            "-45.99 of 2026-02-03 is missing"
        ]
    );
}

#[test]
fn the_noise_of_floating_point_is_not_the_amount_of_the_ledger() {
    assert_eq!(
        told_of("[45.99, 0.30]", "[45.989999999999995, 0.30000000000000004]"),
        [
            "45.989999999999995 was booked on 2026-02-03; the ledger has 45.99 on that day",
            "0.30000000000000004 was booked on 2026-02-03; the ledger has 0.30 on that day"
        ]
    );
    assert!(told_of("[45.99, 0.30]", "[0.3, 4599e-2]").is_empty());
}

#[test]
fn a_cent_beyond_what_a_double_tells_apart_is_a_difference() {
    assert!(told_of("[9007199254740993.01]", "[9007199254740993.01]").is_empty());
    assert_eq!(
        told_of("[9007199254740993.01]", "[9007199254740993.02]").len(),
        1
    );
}

#[test]
fn currencies_of_three_decimals_and_of_none_are_compared_like_others() {
    assert!(told_of("[-45.125, 1000]", "[-45.125, 1000]").is_empty());
    assert_eq!(told_of("[-45.125]", "[-45.13]").len(), 1);
}

#[test]
fn many_differences_are_told_in_part() {
    let lines: Vec<_> = (1..=9)
        .map(|number| ("2026-02-02", f64::from(number) / 100.0))
        .collect();
    let told = told(&lines);
    assert_eq!(told.len(), 6);
    assert!(
        told[5].1.ends_with("; and 7 more differences"),
        "{}",
        told[5].1
    );
}

#[test]
fn an_account_that_the_ledger_does_not_know_is_no_affair_of_the_provider() {
    let why = resolve_in(MATCHER, scope("ext-3")).expect_err("nothing can be compared");
    assert!(
        why.contains("the ledger has no account `ext-3`; its accounts are ext-1, ext-2"),
        "{why}"
    );
}

#[test]
fn its_argument_is_checked() {
    let finds = |yaml: &str, message: &str| {
        let (_, findings) = compile(yaml);
        assert!(
            findings.iter().any(|found| found.message.contains(message)),
            "{findings:?}"
        );
    };
    finds(
        "{ $booked: ledger }",
        "an object with `ledger`, `account` and `from`",
    );
    finds(
        "{ $booked: { ledger: \"${x}\", account: a } }",
        "`from` is missing",
    );
    finds(
        "{ $booked: { ledger: \"${x}\", acount: a, from: \"2026-01-01\" } }",
        "there is no key `acount` here",
    );
    finds(
        "{ $booked: { ledger: \"${x}\", account: a, from: soon } }",
        "a day such as",
    );
}
