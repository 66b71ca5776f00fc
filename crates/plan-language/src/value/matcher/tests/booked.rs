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
}

#[test]
fn an_empty_or_outdated_part_of_a_ledger_is_no_evidence() {
    let open = |matcher: &str, account: &str, lines: &[(&str, f64)]| {
        let judged = resolve_in(matcher, scope(account))
            .expect("it resolves")
            .test(Some(&posted(lines)));
        assert_eq!((judged.mismatches, judged.checked), (vec![], 0));
        let open = judged.undecided.into_iter();
        let open: Vec<_> = open.filter_map(|open| open.mismatch.why).collect();
        open.join("; ")
    };
    let nothing = "the ledger has no transaction of the account from 2026-02-01 to 2026-03-31, so no amount was compared";
    assert_eq!(open(MATCHER, "ext-2", &[]), nothing);
    assert_eq!(open(MATCHER, "ext-2", &[("2026-04-03", 5.0)]), nothing);
    let later = MATCHER.replace("2026-02-01", "2027-01-01");
    assert_eq!(
        open(&later, "ext-1", &[("2027-01-05", 5.0)]),
        "the ledger ends on 2026-03-31, before 2027-01-01, the first day that counts, so no amount was compared"
    );
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
        "an object with `ledger`, `account`, `from` and `compare`",
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

/// Judges the days of transactions, each with an amount, against the ledger of [`scope`]; returns the differences and what is
/// open.
fn days_told(zone: Option<&str>, lines: &[(&str, f64)]) -> (Vec<String>, Vec<String>) {
    let mut scope = scope("ext-1");
    if let Some(zone) = zone {
        scope["bank"] = json!({ "zone": zone });
    }
    let posted: Vec<_> = lines
        .iter()
        .map(|(date, amount)| json!({ "datePosted": date, "transactionAmount": amount }))
        .collect();
    let matcher = MATCHER.replace("from:", "compare: days, from:");
    let judged = resolve_in(&matcher, scope)
        .expect("it resolves")
        .test(Some(&json!(posted)));
    let why = |mismatch: Mismatch| mismatch.why.unwrap_or_default();
    (
        judged.mismatches.into_iter().map(why).collect(),
        judged
            .undecided
            .into_iter()
            .map(|undecided| why(undecided.mismatch))
            .collect(),
    )
}

#[test]
fn days_hold_as_they_are_written_and_in_the_zone_of_the_bank() {
    let nothing = (vec![], vec![]);
    let as_written = [
        ("2026-03-02T00:00:00.000Z", 7.0),
        ("2026-02-01", -45.99),
        ("2026-03-02T23:30:00.000Z", 7.0),
        ("2026-01-05T09:00:00Z", 9.99),
        ("2026-04-09T09:00:00Z", 1234.5),
    ];
    assert_eq!(days_told(None, &as_written), nothing);
    assert_eq!(days_told(Some("America/New_York"), &as_written), nothing);
    let midnight_in_berlin = [("2026-02-28T23:00:00Z", 1800.0)];
    assert_eq!(
        days_told(Some("Europe/Berlin"), &midnight_in_berlin),
        nothing
    );
    let (differences, open) = days_told(None, &midnight_in_berlin);
    assert!(differences.is_empty());
    assert!(open[0].contains("zone"), "{open:?}");
}

#[test]
fn a_shifted_day_is_told_with_both_days() {
    let (differences, open) = days_told(
        Some("UTC"),
        &[("2026-01-31T23:00:00Z", -45.99), ("2026-03-01", 1800.0)],
    );
    assert_eq!(
        differences,
        ["-45.99 has the date 2026-01-31T23:00:00Z; the ledger has it on 2026-02-01"]
    );
    assert!(open.is_empty());
    let hours_before = [("2026-01-31T09:00:00Z", -45.99)];
    assert_eq!(days_told(None, &hours_before).0.len(), 1);
}

#[test]
fn transactions_of_one_amount_are_paired_by_their_days_in_any_order() {
    // Both fit the third of March in Berlin, and only the first fits the second.
    let scope = json!({
        "books": { "until": "2026-03-31", "accounts": { "ext-1": [["2026-03-02", 7], ["2026-03-03", 7]] } },
        "account": "ext-1",
        "bank": { "zone": "Europe/Berlin" },
    });
    let posted = json!([
        { "datePosted": "2026-03-03T09:00:00Z", "transactionAmount": 7 },
        { "datePosted": "2026-03-02T23:30:00Z", "transactionAmount": 7 },
    ]);
    let matcher = MATCHER.replace("from:", "compare: days, from:");
    let judged = resolve_in(&matcher, scope)
        .expect("it resolves")
        .test(Some(&posted));
    assert_eq!((judged.mismatches, judged.checked), (vec![], 2));
    // One of two that the ledger has on one day is shifted.
    let (differences, _) = days_told(Some("UTC"), &[("2026-03-02", 7.0), ("2026-03-03", 7.0)]);
    assert_eq!(differences.len(), 1);
    // One more was booked since; whether it is the one that is missing cannot be told.
    let three = [
        ("2026-03-02", 7.0),
        ("2026-03-05", 7.0),
        ("2026-04-01", 7.0),
    ];
    let (differences, open) = days_told(Some("UTC"), &three);
    assert!(differences.is_empty());
    assert_eq!(
        open,
        ["the ledger has 7 on 2026-03-02, and it is open which of 2 transactions that is"]
    );
}

#[test]
fn days_of_which_none_was_compared_are_open() {
    let (differences, open) = days_told(None, &[("2026-03-02", 8.0)]);
    assert!(differences.is_empty());
    assert_eq!(
        open,
        ["no transaction has an amount of the ledger, so no day was compared"]
    );
}

#[test]
fn a_midnight_at_the_first_day_is_neither_missing_nor_too_much() {
    let mut lines = SOUND.map(|(date, amount)| (format!("{date}T09:00:00Z"), amount));
    lines[0].0 = "2026-01-31T23:00:00Z".to_owned();
    let posted = |lines: &[(String, f64)]| -> Value {
        lines
            .iter()
            .map(|(date, amount)| json!({ "datePosted": date, "transactionAmount": amount }))
            .collect()
    };
    let mut scope = scope("ext-1");
    for zone in [None, Some("Europe/Berlin")] {
        if let Some(zone) = zone {
            scope["bank"] = json!({ "zone": zone });
        }
        let resolved = resolve_in(MATCHER, scope.clone()).expect("it resolves");
        assert!(resolved.test(Some(&posted(&lines))).held());
        // One that the ledger has not may be of the day before.
        let mut more = lines.to_vec();
        more.push(("2026-01-31T23:00:00Z".to_owned(), 3.0));
        let judged = resolved.test(Some(&posted(&more)));
        assert!(judged.mismatches.is_empty() && !judged.undecided.is_empty());
    }
    scope["bank"] = json!({ "zone": "UTC" });
    let resolved = resolve_in(MATCHER, scope).expect("it resolves");
    assert!(!resolved.test(Some(&posted(&lines))).held());
}

#[test]
fn a_surplus_at_midnight_of_the_first_day_is_one_at_every_bank() {
    let mut scope = scope("ext-1");
    let mut lines = SOUND.to_vec();
    lines.push(("2026-02-01", 3.0));
    let posted: Vec<_> = lines
        .iter()
        .map(|(date, amount)| json!({ "datePosted": format!("{date}T00:00:00.000Z"), "transactionAmount": amount }))
        .collect();
    for zone in ["UTC", "America/New_York", "Asia/Tokyo"] {
        scope["bank"] = json!({ "zone": zone });
        let resolved = resolve_in(MATCHER, scope.clone()).expect("it resolves");
        assert_eq!(
            resolved.test(Some(&json!(posted))).mismatches.len(),
            1,
            "{zone}"
        );
    }
}

#[test]
fn days_that_are_a_day_late_are_told_at_a_bank_in_the_west() {
    let late = [("2026-02-02T00:00:00.000Z", -45.99)];
    assert_eq!(days_told(Some("America/New_York"), &late).0.len(), 1);
}

#[test]
fn equal_amounts_on_consecutive_days_are_open_without_a_zone() {
    // The midnights of a bank in London in summer.
    let scope = json!({
        "books": { "until": "2026-07-31", "accounts": { "ext-1": [["2026-07-01", -3.5], ["2026-07-02", -3.5]] } },
        "account": "ext-1",
    });
    let posted = json!([
        { "datePosted": "2026-06-30T23:00:00.000Z", "transactionAmount": -3.5 },
        { "datePosted": "2026-07-01T23:00:00.000Z", "transactionAmount": -3.5 },
    ]);
    let matcher = MATCHER.replace("from:", "compare: days, from:");
    let judged = resolve_in(&matcher, scope)
        .expect("it resolves")
        .test(Some(&posted));
    assert!(
        judged.mismatches.is_empty() && !judged.undecided.is_empty(),
        "{judged:?}"
    );
}
