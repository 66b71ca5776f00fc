//! Ledgers: the bank's data about a customer, as a CSV file with a header.
//!
//! The columns are `account`, `date` and `amount`, and optionally `id`, `description` and `pending`, in any order.
//! Fields are separated by commas and may be quoted (RFC 4180); the way of spreadsheets elsewhere is read, too, where it
//! is unambiguous (`dialect`). What a ledger says about its customer is left to `customer_ledger`.

mod csv;
mod dialect;

use std::collections::HashMap;

use crate::environment::Reference;
use crate::environment::secret::beside;
use plan_language::source::{Finding, Span};

use csv::{Field, rows};
use dialect::{Dialect, Unclear, delimiter};
use serde_json::Number;

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
    /// How it was read, where a spreadsheet wrote it in another way than the documented one.
    pub note: Option<String>,
}

/// A transaction in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerTransaction {
    /// The account, as the provider names it: its external id.
    pub account: String,
    /// Date, `YYYY-MM-DD`.
    pub date: String,
    /// Signed amount with the decimals of the file; credits are positive.
    pub amount: Number,
    /// Unique id within the account, if the ledger has one.
    pub id: Option<String>,
    /// Description, if the ledger has one.
    pub description: Option<String>,
    /// Whether it is not cleared yet.
    pub pending: bool,
}

impl Ledger {
    /// Returns the name of the file, as findings show it.
    pub fn name(&self) -> String {
        let text = self.file.to_string();
        let path = text.strip_prefix("file:").unwrap_or(&text);
        beside(&self.file.span.file, path)
            .to_string_lossy()
            .replace('\\', "/")
    }

    /// Returns the days of the earliest and the latest transaction, `YYYY-MM-DD`; `None` without any.
    pub fn days(&self) -> Option<(&str, &str)> {
        let days = || {
            self.transactions
                .iter()
                .map(|transaction| &*transaction.date)
        };
        days().min().zip(days().max())
    }

    pub(super) fn count(&self, pending: bool) -> u64 {
        self.transactions
            .iter()
            .filter(|transaction| transaction.pending == pending)
            .count() as u64
    }
}

/// Reads the transactions of a ledger, and says how it was read where that needs to be said; rows with findings are left
/// out.
pub(super) fn transactions(
    file: &str,
    text: &str,
    findings: &mut Vec<Finding>,
) -> (Vec<LedgerTransaction>, Option<String>) {
    let delimiter = delimiter(text);
    let mut rows = rows(file, text, delimiter, findings).into_iter();
    let Some(header) = rows.next() else {
        let finding = Finding::new(&Span::outside(file), "a ledger begins with a header");
        findings.push(finding.with_hint("`account,date,amount`"));
        return (Vec::new(), None);
    };
    let Some(columns) = columns(&header, findings) else {
        return (Vec::new(), None);
    };
    let rows: Vec<_> = rows.collect();
    let column = |name: &'static str| {
        let at = columns.iter().position(|column| *column == name);
        let fields = rows.iter().filter_map(move |row| row.get(at?));
        fields.map(|field| field.text.trim())
    };
    let dialect = Dialect::of(delimiter, column("amount"), column("date"));
    let note = dialect.note(&mut column("date"));
    (read_rows(rows, (&columns, &dialect), findings), note)
}

/// Reads the rows below the header.
fn read_rows(
    rows: Vec<Vec<Field>>,
    (columns, dialect): (&[&'static str], &Dialect),
    findings: &mut Vec<Finding>,
) -> Vec<LedgerTransaction> {
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
            columns,
            dialect,
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
                findings.push(
                    finding
                        .with_hint(format!("columns are: {}", COLUMNS.join(", ")))
                        .suggesting(word, COLUMNS),
                );
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
    dialect: &'r Dialect,
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
        let date = self.read("date", Dialect::date);
        let amount = self.read("amount", Dialect::amount);
        let pending = match self.text("pending").as_deref() {
            None | Some("false" | "FALSE") => Some(false),
            Some("true" | "TRUE") => Some(true),
            Some(other) => {
                let message = format!("`pending` is true or false, and this is `{other}`");
                self.complain("pending", message, "leave it empty for false");
                None
            }
        };
        Some(LedgerTransaction {
            account: account?,
            date: date?,
            amount: amount?,
            id: self.text("id"),
            description: self.text("description"),
            pending: pending?,
        })
    }

    /// Reads a field in the dialect of the ledger; `None` with a finding if it is not clear.
    fn read<T>(
        &mut self,
        column: &str,
        read: fn(&Dialect, &str) -> Result<T, Unclear>,
    ) -> Option<T> {
        let text = self.text(column).unwrap_or_default();
        match read(self.dialect, &text) {
            Ok(value) => Some(value),
            Err(Unclear { why, hint }) => {
                self.complain(column, why, &hint);
                None
            }
        }
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

#[cfg(test)]
mod tests;
