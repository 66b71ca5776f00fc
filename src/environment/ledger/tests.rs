use proptest::prelude::*;

use super::*;
use plan_language::source::Sources;
use plan_language::source::render;

fn read(text: &str) -> Result<Vec<LedgerTransaction>, String> {
    let mut findings = Vec::new();
    let (transactions, _) = transactions("l.csv", text, &mut findings);
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
                amount: "-45.9".parse().expect("a number"),
                id: None,
                description: Some("Paper, \"A4\"".to_owned()),
                pending: false,
            },
            LedgerTransaction {
                account: "ext-2".to_owned(),
                date: "2024-02-29".to_owned(),
                amount: "7".parse().expect("a number"),
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
        "account,date,amount\na,2026-02-28,1.2.3\n",
        &["l.csv:2:14", "`1.2.3` is not an amount"],
    );
    check_refused(
        "account,date,amount\na,2026-02-28,1e3\n",
        &["`1e3` is not an amount"],
    );
    check_refused(
        "account;date;amount\na;03/02/2026;1.045\n",
        &[
            "l.csv:2:3",
            "`03/02/2026` may be 2026-02-03 or 2026-03-02",
            "l.csv:2:14",
            "`1.045` may be 1045 or 1.045",
        ],
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
fn a_ledger_as_a_continental_spreadsheet_saves_it_is_read_and_that_is_said() {
    let text = "\u{feff}account;date;amount\r\next-1;03.02.2026;-1.045,99\r\n";
    let mut findings = Vec::new();
    let (transactions, note) = transactions("l.csv", text, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(transactions.len(), 1);
    assert_eq!(transactions[0].date, "2026-02-03");
    assert_eq!(transactions[0].amount.to_string(), "-1045.99");
    assert_eq!(
        note.as_deref(),
        Some("fields separated by semicolons, decimal commas, dates as day.month.year")
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z,\"\\r\\n0-9.-]{0,80}") {
        let _ = read(&format!("account,date,amount\n{text}"));
        let _ = read(&format!("account;date;amount\n{}", text.replace(',', ";")));
        let _ = read(&text);
    }

    #[test]
    fn an_amount_survives(cents_in in -1_000_000_000_i64..1_000_000_000) {
        let sign = if cents_in < 0 { "-" } else { "" };
        let text = format!("{sign}{}.{:02}", cents_in.abs() / 100, cents_in.abs() % 100);
        let transactions = read(&format!("account,date,amount\na,2026-01-05,{text}\n"));
        let transactions = transactions.expect("it is valid");
        prop_assert_eq!(transactions[0].amount.to_string(), text);
    }
}
