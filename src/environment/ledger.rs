//! Ledgers: what the bank's data holds for a customer, as a CSV file with a header.
//!
//! The columns are `account`, `date` and `amount`, and if wished `id`, `description` and `pending`, in any order. Fields
//! are separated by commas and may be quoted (RFC 4180). A ledger gives the customer's numbers unless the environment
//! does; where both do, they must agree.

mod csv;

use std::collections::{BTreeSet, HashMap};

use crate::environment::secret::beside;
use crate::environment::{Customer, Environment, Looked, Reference};
use crate::secret::Secret;
use plan_language::source::{Finding, Sources, Span};

use csv::{Field, rows};

/// The columns that must be there.
const REQUIRED: [&str; 3] = ["account", "date", "amount"];
/// All columns.
const COLUMNS: [&str; 6] = ["account", "date", "amount", "id", "description", "pending"];
/// More transactions than this are not taken in.
const ENTRIES_MAX: usize = 100_000;

/// What the bank's data holds for a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Where it is to be found.
    pub file: Reference,
    /// Its transactions, in the order of the file.
    pub entries: Vec<Entry>,
}

/// A transaction in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The account, as the provider names it: its external id.
    pub account: String,
    /// Day, `YYYY-MM-DD`.
    pub date: String,
    /// Signed amount, in cents: credits above zero, debits below.
    pub amount: i64,
    /// Unique id within the account, if it is known.
    pub id: Option<String>,
    /// Description, if it is known.
    pub description: Option<String>,
    /// Whether it is not cleared yet.
    pub pending: bool,
}

/// Reads the ledgers of all customers and gives each customer the numbers that follow; `look` gives the text of a file.
///
/// What was read is added to `sources`, so that findings can show it.
pub fn read_ledgers(
    environment: &mut Environment,
    look: &dyn Fn(Looked<'_>) -> Result<Secret, String>,
    sources: &mut Sources,
    findings: &mut Vec<Finding>,
) {
    for customer in &mut environment.customers {
        let Some(ledger) = &mut customer.ledger else {
            continue;
        };
        match ledger.file.resolve(look) {
            Err(unresolved) => findings.push(unresolved.finding()),
            Ok(content) => {
                let name = ledger.name();
                let text = content.expose();
                sources.insert(&name, text.as_bytes());
                let before = findings.len();
                ledger.entries = entries(&name, text, findings);
                if findings.len() == before {
                    agree(customer, findings);
                }
            }
        }
    }
}

impl Ledger {
    /// Returns the name of the file, as findings show it.
    fn name(&self) -> String {
        let text = self.file.to_string();
        let path = text.strip_prefix("file:").unwrap_or(&text);
        beside(&self.file.span.file, path)
            .to_string_lossy()
            .replace('\\', "/")
    }

    fn count(&self, pending: bool) -> u64 {
        self.entries
            .iter()
            .filter(|one| one.pending == pending)
            .count() as u64
    }
}

/// Gives a customer the numbers of its ledger, and complains where the environment says otherwise.
fn agree(customer: &mut Customer, findings: &mut Vec<Finding>) {
    let Some(ledger) = &customer.ledger else {
        return;
    };
    let name = ledger.name();
    let accounts: BTreeSet<_> = ledger.entries.iter().map(|one| &one.account).collect();
    let mut settle = |what: &str,
                      given: &Option<Span>,
                      number: &mut u64,
                      counted: u64,
                      holds: fn(u64, u64) -> bool| {
        match given {
            None => *number = counted,
            Some(span) if !holds(*number, counted) => {
                let message = format!("`{what}` is {number}, and {name} holds {counted}");
                findings.push(
                    Finding::new(span, message)
                        .with_hint(format!("leave `{what}` out: the ledger tells it")),
                );
            }
            Some(_) => {}
        }
    };
    let given = &customer.given;
    let counted = [
        accounts.len() as u64,
        ledger.count(false),
        ledger.count(true),
    ];
    // An account without transactions is in no ledger.
    settle(
        "accounts",
        &given.accounts,
        &mut customer.accounts,
        counted[0],
        |said, seen| said >= seen,
    );
    settle(
        "cleared",
        &given.cleared,
        &mut customer.cleared,
        counted[1],
        |said, seen| said == seen,
    );
    settle(
        "pending",
        &given.pending,
        &mut customer.pending,
        counted[2],
        |said, seen| said == seen,
    );
}

/// Reads the transactions of a ledger; those with findings are left out.
fn entries(file: &str, text: &str, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let mut rows = rows(file, text, findings).into_iter();
    let Some(header) = rows.next() else {
        let finding = Finding::new(&Span::outside(file), "a ledger begins with a header");
        findings.push(finding.with_hint("`account,date,amount`"));
        return Vec::new();
    };
    let Some(columns) = columns(&header, findings) else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    let mut ids: HashMap<(String, String), Span> = HashMap::new();
    for row in rows {
        let first = row[0].span.clone();
        if entries.len() == ENTRIES_MAX {
            findings.push(Finding::new(
                &first,
                format!("a ledger holds at most {ENTRIES_MAX} transactions"),
            ));
            break;
        }
        if row.len() != columns.len() {
            let message = format!("{} fields, and the header has {}", row.len(), columns.len());
            findings.push(Finding::new(&first, message));
            continue;
        }
        if let Some(entry) = entry(&columns, &row, findings) {
            if let Some(id) = &entry.id {
                let place = row[columns
                    .iter()
                    .position(|one| *one == "id")
                    .unwrap_or_default()]
                .span
                .clone();
                if let Some(other) = ids.insert((entry.account.clone(), id.clone()), place.clone())
                {
                    let message =
                        format!("the id `{id}` stands twice in account `{}`", entry.account);
                    findings.push(Finding::new(&place, message).with_note(&other, "first here"));
                }
            }
            entries.push(entry);
        }
    }
    entries
}

/// Finds out which column is which; `None` with findings when the header is not usable.
fn columns(header: &[Field], findings: &mut Vec<Finding>) -> Option<Vec<&'static str>> {
    let before = findings.len();
    let mut columns: Vec<&'static str> = Vec::new();
    for field in header {
        let word = field.text.trim();
        match COLUMNS.into_iter().find(|one| *one == word) {
            Some(column) if columns.contains(&column) => {
                findings.push(Finding::new(
                    &field.span,
                    format!("the column `{column}` stands twice"),
                ));
            }
            Some(column) => columns.push(column),
            None => {
                let finding = Finding::new(&field.span, format!("a ledger has no column `{word}`"));
                findings.push(match word.contains(';') || word.contains('\t') {
                    true => finding.with_hint("fields are separated by commas"),
                    false => finding
                        .with_hint(format!("columns are: {}", COLUMNS.join(", ")))
                        .suggesting(word, COLUMNS),
                });
            }
        }
    }
    for column in REQUIRED.into_iter().filter(|one| !columns.contains(one)) {
        // What is misspelt has been told.
        if findings.len() == before {
            findings.push(Finding::new(
                &header[0].span,
                format!("a ledger needs the column `{column}`"),
            ));
        }
    }
    (findings.len() == before).then_some(columns)
}

fn entry(columns: &[&str], row: &[Field], findings: &mut Vec<Finding>) -> Option<Entry> {
    let before = findings.len();
    let field = |name: &str| {
        columns
            .iter()
            .position(|one| *one == name)
            .map(|at| &row[at])
    };
    let text = |name: &str| {
        field(name)
            .map(|one| one.text.trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let mut complain = |name: &str, message: String, hint: &str| {
        if let Some(field) = field(name) {
            findings.push(Finding::new(&field.span, message).with_hint(hint));
        }
    };
    let account = text("account").unwrap_or_default();
    if account.is_empty() {
        complain(
            "account",
            "`account` is empty".to_owned(),
            "the account's external id",
        );
    }
    let date = text("date").unwrap_or_default();
    if !is_day(&date) {
        complain(
            "date",
            format!("`{date}` is no day"),
            "such as `2026-03-31`",
        );
    }
    let amount = text("amount").unwrap_or_default();
    let cents = cents(&amount);
    if cents.is_none() {
        complain(
            "amount",
            format!("`{amount}` is no amount"),
            "a signed number with at most two decimals, such as `-45.99`",
        );
    }
    let pending = match text("pending").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            complain(
                "pending",
                format!("`pending` is true or false, and this is `{other}`"),
                "empty for false",
            );
            false
        }
    };
    let (id, description) = (text("id"), text("description"));
    (findings.len() == before).then(|| Entry {
        account,
        date,
        amount: cents.unwrap_or_default(),
        id,
        description,
        pending,
    })
}

/// Tells whether a text is a day of the calendar, `YYYY-MM-DD`.
fn is_day(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |digits: usize| -> Option<u16> {
        let part = parts.next()?;
        (part.len() == digits && part.bytes().all(|one| one.is_ascii_digit()))
            .then(|| part.parse().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else {
        return false;
    };
    let (Ok(month), Ok(day)) = (u8::try_from(month), u8::try_from(day)) else {
        return false;
    };
    parts.next().is_none()
        && time::Month::try_from(month)
            .is_ok_and(|month| time::Date::from_calendar_date(year.into(), month, day).is_ok())
}

/// Reads a signed decimal amount as cents.
fn cents(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "00"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    if !all_digits(whole) || !all_digits(part) || part.len() > 2 {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    let cents = whole.checked_mul(100)?.checked_add(part)?;
    Some(if negative { -cents } else { cents })
}

#[cfg(test)]
mod tests;
