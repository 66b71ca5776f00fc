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
        &[
            ("[0]", "the ledger has no such amount"),
            ("$", "-45.99 of 2026-02-01 is missing"),
        ],
    );
    let mut lines = SOUND.to_vec();
    lines.push(("2026-01-05", 9.99));
    tells(&lines, &[("[4]", "the ledger has no such amount")]);
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
