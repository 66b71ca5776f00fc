use proptest::prelude::*;

use super::*;
use plan_language::source::Sources;
use plan_language::source::render;

fn read(text: &str) -> Result<Vec<LedgerTransaction>, String> {
    let mut findings = Vec::new();
    let transactions = transactions("l.csv", text, &mut findings);
    let mut sources = Sources::new();
    sources.insert("l.csv", text.as_bytes());
    if findings.is_empty() {
        Ok(transactions)
    } else {
        let rendered = findings.iter().map(|finding| render(finding, &sources));
        Err(rendered.collect())
    }
}

#[track_caller]
fn check_refused(text: &str, expected: &[&str]) {
    let error = read(text).expect_err("it is refused");
    for words in expected {
        assert!(error.contains(words), "{words:?} in {error}");
    }
}

#[test]
fn columns_come_in_any_order_and_fields_may_be_quoted() {
    let text = "\u{feff}date,account,amount,description,pending\r\n\
        2026-01-05,ext-1,-45.9,\"Paper, \"\"A4\"\"\",\r\n\n2026-02-29x,";
    assert!(read(text).is_err());
    let transactions =
        read(&text.replace("\n2026-02-29x,", "2024-02-29,ext-2,+7,,true")).expect("it is valid");
    assert_eq!(
        transactions,
        [
            LedgerTransaction {
                account: "ext-1".to_owned(),
                date: "2026-01-05".to_owned(),
                amount: -4590,
                id: None,
                description: Some("Paper, \"A4\"".to_owned()),
                pending: false,
            },
            LedgerTransaction {
                account: "ext-2".to_owned(),
                date: "2024-02-29".to_owned(),
                amount: 700,
                id: None,
                description: None,
                pending: true,
            },
        ]
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one snapshot or one table, which is read as a whole"
)]
#[test]
fn every_refusal_names_line_and_column() {
    check_refused("", &["begins with a header"]);
    check_refused(
        "account;date;amount\n",
        &["l.csv:1:1", "separate fields with commas"],
    );
    check_refused(
        "acount,date,amount\n",
        &["no column `acount`", "did you mean `account`?"],
    );
    check_refused("account,date\n", &["needs the column `amount`"]);
    check_refused(
        "account,account,date\n",
        &["l.csv:1:9", "the column `account` twice"],
    );
    check_refused(
        "account,date,amount\na,2026-02-29,1\n",
        &["l.csv:2:3", "`2026-02-29` is not a date"],
    );
    check_refused(
        "account,date,amount\na,2026-1-2,1\n",
        &["`2026-1-2` is not a date"],
    );
    check_refused(
        "account,date,amount\na,2026-02-28,1.234\n",
        &["l.csv:2:14", "`1.234` is not an amount"],
    );
    check_refused(
        "account,date,amount\na,2026-02-28,1e3\n",
        &["`1e3` is not an amount"],
    );
    check_refused(
        "account,date,amount\na,2026-02-28,99999999999999999999\n",
        &["is not an amount"],
    );
    check_refused(
        "account,date,amount\n,2026-02-28,1\n",
        &["`account` is empty"],
    );
    check_refused(
        "account,date,amount\na,2026-02-28\n",
        &["this row has 2 fields, and the header has 3"],
    );
    check_refused(
        "account,date,amount\n\"a,2026-02-28,1\n",
        &["l.csv:2:1", "not closed"],
    );
    check_refused(
        "account,date,amount\n\"a\"b,2026-02-28,1\n",
        &["after the closing quote"],
    );
    check_refused(
        "account,date,amount,pending\na,2026-02-28,1,yes\n",
        &["`pending` is true or false"],
    );
    check_refused(
        "account,date,amount,id\na,2026-02-28,1,t\nb,2026-02-28,1,t\na,2026-02-28,2,t\n",
        &[
            "l.csv:4:16",
            "account `a` has the id `t` twice",
            "l.csv:2:16",
        ],
    );
}

#[test]
fn amounts_are_cents() {
    for (text, expected) in [
        ("0", Some(0)),
        ("-0.01", Some(-1)),
        ("+12.5", Some(1250)),
        ("12.50", Some(1250)),
        ("92233720368547758.07", Some(i64::MAX)),
        ("92233720368547758.08", None),
        ("1.", None),
        (".5", None),
        ("--1", None),
        ("1 000", None),
    ] {
        assert_eq!(cents(text), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z,\"\\r\\n0-9.-]{0,80}") {
        let _ = read(&format!("account,date,amount\n{text}"));
        let _ = read(&text);
    }

    #[test]
    fn an_amount_survives(cents_in in -1_000_000_000_i64..1_000_000_000) {
        let sign = if cents_in < 0 { "-" } else { "" };
        let text = format!("{sign}{}.{:02}", cents_in.abs() / 100, cents_in.abs() % 100);
        prop_assert_eq!(cents(&text), Some(cents_in));
    }
}
