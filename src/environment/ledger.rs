//! Ledgers: the bank's data about a customer, as a CSV file with a header.
//!
//! The columns are `account`, `date` and `amount`, and optionally `id`, `description` and `pending`, in any order.
//! Fields are separated by commas and may be quoted (RFC 4180). What a ledger says about its customer is left to
//! `customer_ledger`.

mod csv;

use std::collections::HashMap;

use crate::environment::Reference;
use crate::environment::secret::beside;
use plan_language::source::{Finding, Span};

use csv::{Field, rows};

/// The columns that a ledger must have.
const REQUIRED: [&str; 3] = ["account", "date", "amount"];
/// All columns.
const COLUMNS: [&str; 6] = ["account", "date", "amount", "id", "description", "pending"];
/// The most transactions of a ledger.
const TRANSACTIONS_MAX: usize = 100_000;

/// The bank's data about a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Its file.
    pub file: Reference,
    /// Its transactions, in the order of the file.
    pub transactions: Vec<LedgerTransaction>,
}

/// A transaction in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerTransaction {
    /// The account, as the provider names it: its external id.
    pub account: String,
    /// Date, `YYYY-MM-DD`.
    pub date: String,
    /// Signed amount in cents; credits are positive.
    pub amount: i64,
    /// Unique id within the account, if the ledger has one.
    pub id: Option<String>,
    /// Description, if the ledger has one.
    pub description: Option<String>,
    /// Whether it is not cleared yet.
    pub pending: bool,
}

impl Ledger {
    /// Returns the name of the file, as findings show it.
    pub(super) fn name(&self) -> String {
        let text = self.file.to_string();
        let path = text.strip_prefix("file:").unwrap_or(&text);
        beside(&self.file.span.file, path)
            .to_string_lossy()
            .replace('\\', "/")
    }

    pub(super) fn count(&self, pending: bool) -> u64 {
        self.transactions
            .iter()
            .filter(|transaction| transaction.pending == pending)
            .count() as u64
    }
}

/// Reads the transactions of a ledger; rows with findings are left out.
pub(super) fn transactions(
    file: &str,
    text: &str,
    findings: &mut Vec<Finding>,
) -> Vec<LedgerTransaction> {
    let mut rows = rows(file, text, findings).into_iter();
    let Some(header) = rows.next() else {
        let finding = Finding::new(&Span::outside(file), "a ledger begins with a header");
        findings.push(finding.with_hint("`account,date,amount`"));
        return Vec::new();
    };
    let Some(columns) = columns(&header, findings) else {
        return Vec::new();
    };
    let mut transactions = Vec::new();
    let mut ids: HashMap<(String, String), Span> = HashMap::new();
    for fields in rows {
        let first = fields[0].span.clone();
        if transactions.len() == TRANSACTIONS_MAX {
            let message = format!("a ledger contains at most {TRANSACTIONS_MAX} transactions");
            findings.push(Finding::new(&first, message));
            break;
        }
        if fields.len() != columns.len() {
            let (count, expected) = (fields.len(), columns.len());
            let word = if count == 1 { "field" } else { "fields" };
            let message = format!("this row has {count} {word}, and the header has {expected}");
            findings.push(Finding::new(&first, message));
            continue;
        }
        let mut row = Row {
            columns: &columns,
            fields: &fields,
            findings,
        };
        if let Some(transaction) = row.transaction() {
            if let (Some(id), Some(field)) = (&transaction.id, row.field("id")) {
                let place = field.span.clone();
                let key = (transaction.account.clone(), id.clone());
                if let Some(other) = ids.insert(key, place.clone()) {
                    let account = &transaction.account;
                    let message = format!("account `{account}` has the id `{id}` twice");
                    findings.push(Finding::new(&place, message).with_note(&other, "first here"));
                }
            }
            transactions.push(transaction);
        }
    }
    transactions
}

/// Matches the fields of a header with columns, in the order of the file; `None` with findings when it is not usable.
fn columns(header: &[Field], findings: &mut Vec<Finding>) -> Option<Vec<&'static str>> {
    let before = findings.len();
    let mut columns: Vec<&'static str> = Vec::new();
    for field in header {
        let word = field.text.trim();
        match COLUMNS.into_iter().find(|column| *column == word) {
            Some(column) if columns.contains(&column) => {
                let message = format!("the header has the column `{column}` twice");
                findings.push(Finding::new(&field.span, message));
            }
            Some(column) => columns.push(column),
            None => {
                let finding = Finding::new(&field.span, format!("a ledger has no column `{word}`"));
                findings.push(if word.contains(';') || word.contains('\t') {
                    finding.with_hint("separate fields with commas")
                } else {
                    finding
                        .with_hint(format!("columns are: {}", COLUMNS.join(", ")))
                        .suggesting(word, COLUMNS)
                });
            }
        }
    }
    for column in REQUIRED {
        // A misspelt column has a finding already.
        if !columns.contains(&column) && findings.len() == before {
            let message = format!("a ledger needs the column `{column}`");
            findings.push(Finding::new(&header[0].span, message));
        }
    }
    (findings.len() == before).then_some(columns)
}

/// A row of a ledger with as many fields as the header.
struct Row<'r> {
    columns: &'r [&'static str],
    fields: &'r [Field],
    findings: &'r mut Vec<Finding>,
}

impl Row<'_> {
    /// Reads the transaction of the row; `None` with findings when a field is not valid.
    fn transaction(&mut self) -> Option<LedgerTransaction> {
        let account = self.text("account");
        if account.is_none() {
            let hint = "the account's external id";
            self.complain("account", "`account` is empty".to_owned(), hint);
        }
        let date = self.text("date").unwrap_or_default();
        let is_date = is_date(&date);
        if !is_date {
            let message = format!("`{date}` is not a date");
            self.complain("date", message, "such as `2026-03-31`");
        }
        let amount = self.text("amount").unwrap_or_default();
        let cents = cents(&amount);
        if cents.is_none() {
            let message = format!("`{amount}` is not an amount");
            let hint = "a signed number with at most two decimals, such as `-45.99`";
            self.complain("amount", message, hint);
        }
        let pending = match self.text("pending").as_deref() {
            None | Some("false") => Some(false),
            Some("true") => Some(true),
            Some(other) => {
                let message = format!("`pending` is true or false, and this is `{other}`");
                self.complain("pending", message, "leave it empty for false");
                None
            }
        };
        Some(LedgerTransaction {
            account: account?,
            date: is_date.then_some(date)?,
            amount: cents?,
            id: self.text("id"),
            description: self.text("description"),
            pending: pending?,
        })
    }

    fn field(&self, column: &str) -> Option<&Field> {
        let at = self.columns.iter().position(|name| *name == column)?;
        self.fields.get(at)
    }

    /// Returns the trimmed text of a field; `None` if it is empty or the ledger lacks the column.
    fn text(&self, column: &str) -> Option<String> {
        let text = self.field(column)?.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn complain(&mut self, column: &str, message: String, hint: &str) {
        if let Some(field) = self.field(column) {
            let finding = Finding::new(&field.span, message).with_hint(hint);
            self.findings.push(finding);
        }
    }
}

/// Tells whether a text is a date of the calendar, `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |digits: usize| -> Option<u16> {
        let part = parts.next()?;
        (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
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
    let all_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
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
