//! `$booked`: transactions as the product reads them, held against what the bank's data holds of the account.
//!
//! The amounts are compared, with their signs, each as often as the ledger holds it; so loss, doubling, flipped signs and
//! wrong amounts all show. A ledger is a picture of the past: what is dated after its last day was booked since, by the
//! bank actions of a run for example, and is left out.

use std::collections::HashMap;

use super::operators::need;
use crate::source::{Finding, Node};
use crate::value::equality::write_canonical;
use crate::value::form;
use crate::value::reference::{Reason, Scope, Unset};
use crate::value::template::Template;
use serde_json::{Value, json};

/// The keys of the argument.
const KEYS: [&str; 3] = ["ledger", "account", "from"];
/// How many differences are told one by one.
const TOLD_MAX: usize = 6;
/// How many accounts a message names.
const NAMED_MAX: usize = 6;
/// The length of a day, `YYYY-MM-DD`.
const DAY: usize = 10;

/// Reads `{ ledger, account, from }`.
pub(super) fn compile(argument: &Node, findings: &mut Vec<Finding>) -> Option<Template> {
    let Some(entries) = argument.as_map() else {
        findings.push(need(argument, "a map with `ledger`, `account` and `from`"));
        return None;
    };
    let before = findings.len();
    for (key, value) in entries {
        if !KEYS.contains(&key.text.as_str()) {
            let message = format!("there is no `{}` here", key.text);
            findings.push(Finding::new(&key.span, message).suggesting(&key.text, KEYS));
        }
        let day = value
            .as_text()
            .is_some_and(|text| form::date(text).is_some());
        let open = value.as_text().is_some_and(|text| text.contains("${"));
        if key.text == "from" && !day && !open {
            findings.push(need(value, "a day such as \"2026-01-01\""));
        }
    }
    for key in KEYS {
        if !entries.iter().any(|(one, _)| one.text == key) {
            findings.push(
                Finding::new(&argument.span, format!("`{key}` is missing"))
                    .with_hint("write { ledger: \"${customer.ledger}\", account: external id, from: first day }"),
            );
        }
    }
    (findings.len() == before).then(|| Template::compile(argument, findings))
}

/// Looks up what the ledger holds.
///
/// # Errors
///
/// [`Unset`] where a value is not there, and where the ledger does not know the account: that is no affair of whoever posted.
pub(super) fn resolve(leaf: &Template, scope: &dyn Scope) -> Result<Value, Unset> {
    let value = leaf.render(scope)?;
    let account = value["account"].as_str().unwrap_or_default();
    let from = day(value["from"].as_str().unwrap_or_default());
    let accounts = value["ledger"]["accounts"].as_object();
    let Some(entries) = accounts
        .and_then(|all| all.get(account))
        .and_then(Value::as_array)
    else {
        let names = accounts.into_iter().flat_map(|all| all.keys());
        let known: Vec<&str> = names.map(String::as_str).take(NAMED_MAX).collect();
        let reason = Reason::NotInLedger {
            account: account.to_owned(),
            known: known.join(", "),
        };
        return Err(match leaf.references().first() {
            Some(reference) => reference.unset(reason),
            None => unnamed(reason),
        });
    };
    let entries: Vec<&Value> = entries
        .iter()
        .filter(|entry| entry[0].as_str().is_some_and(|date| date >= from))
        .collect();
    Ok(json!({ "entries": entries, "from": from, "until": value["ledger"]["until"] }))
}

/// A ledger that was written into the plan itself has no reference to blame.
fn unnamed(why: Reason) -> Unset {
    use crate::source::Span;
    use crate::value::reference::Reference;
    let name = Reference {
        name: "ledger".into(),
        path: Vec::new(),
        span: Span::outside("plan"),
    };
    name.unset(why)
}

/// Says what is demanded.
pub(super) fn describe(books: &Value) -> String {
    let number = books["entries"].as_array().map_or(0, Vec::len);
    let text = |key: &str| books[key].as_str().unwrap_or_default().to_owned();
    format!(
        "exactly the {number} transaction{} that the bank's data holds from {} to {}",
        if number == 1 { "" } else { "s" },
        text("from"),
        text("until")
    )
}

/// What a comparison with the books gave.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Compared {
    /// How many transactions are there as the bank's data has them.
    pub(super) agreed: usize,
    /// What is not.
    pub(super) faults: Vec<Fault>,
}

/// One difference from the books.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    /// Which transaction is wrong; none where one is missing.
    pub(super) at: Option<usize>,
    /// What is wrong.
    pub(super) why: String,
}

/// Compares transactions with the books.
pub(super) fn compare(books: &Value, seen: &[&Value]) -> Compared {
    let none = Vec::new();
    let entries = books["entries"].as_array().unwrap_or(&none);
    let until = books["until"].as_str().unwrap_or_default();
    let mut owed: HashMap<String, Vec<&Value>> = HashMap::new();
    for entry in entries.iter().rev() {
        owed.entry(key(&entry[1])).or_default().push(entry);
    }
    let held = |amount: &str| entries.iter().filter(|one| key(&one[1]) == amount).count();
    let mut compared = Compared::default();
    let mut surplus = Vec::new();
    for (at, transaction) in seen.iter().enumerate() {
        let date = transaction["datePosted"].as_str().unwrap_or_default();
        if day(date) > until {
            continue;
        }
        let amount = key(&transaction["transactionAmount"]);
        match owed.get_mut(&amount).and_then(Vec::pop) {
            Some(_) => compared.agreed += 1,
            None => surplus.push((at, amount)),
        }
    }
    let mut told = 0;
    let mut tell = |compared: &mut Compared, fault: Fault| {
        told += 1;
        if told <= TOLD_MAX {
            compared.faults.push(fault);
        }
    };
    for (at, amount) in surplus {
        let opposite = match amount.strip_prefix('-') {
            Some(rest) => rest.to_owned(),
            None => format!("-{amount}"),
        };
        let flipped = owed.get_mut(&opposite).and_then(Vec::pop);
        let why = match (flipped, held(&amount)) {
            (Some(entry), _) => format!(
                "the bank's data holds it with the other sign: {} on {}",
                entry[1],
                entry[0].as_str().unwrap_or_default()
            ),
            (None, 0) => "the bank's data holds no such amount".to_owned(),
            (None, 1) => "the bank's data holds this amount once".to_owned(),
            (None, times) => format!("the bank's data holds this amount {times} times"),
        };
        tell(&mut compared, Fault { at: Some(at), why });
    }
    let mut missing: Vec<&Value> = owed.into_values().flatten().collect();
    missing.sort_by_key(|entry| (entry[0].to_string(), entry[1].to_string()));
    for entry in missing {
        let why = format!(
            "{} of {} is missing",
            entry[1],
            entry[0].as_str().unwrap_or_default()
        );
        tell(&mut compared, Fault { at: None, why });
    }
    if let Some(more @ 1..) = told.checked_sub(TOLD_MAX)
        && let Some(last) = compared.faults.last_mut()
    {
        last.why = format!("{}; and {more} more like it", last.why);
    }
    compared
}

/// Spells a value so that equal amounts are spelt alike.
fn key(amount: &Value) -> String {
    let mut key = String::new();
    write_canonical(amount, &mut key);
    key
}

/// Returns the day of a date or a date-time, as it is written.
fn day(text: &str) -> &str {
    text.get(..DAY).unwrap_or(text)
}
