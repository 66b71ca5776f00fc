//! Customers: test users of the provider, and what the bank's data holds for them.

use std::collections::BTreeMap;

use serde_json::json;

use crate::environment::{Ledger, Reference};
use plan_language::source::Span;
use plan_language::value::Value;

/// With more transactions of an account than this no books are kept: a product reads them in several pieces.
const ENTRIES_MAX: usize = 1_000;

/// A test user.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Name in the environment.
    pub name: String,
    /// What the customer types as a user name.
    pub username: String,
    /// What the customer types as a password.
    pub password: Reference,
    /// What the customer types into further fields, by name or label of the field, in order.
    pub fields: Vec<(String, LoginField)>,
    /// Number of accounts.
    pub accounts: u64,
    /// Number of accounts without a branch.
    pub without_branch: u64,
    /// Number of cleared transactions.
    pub cleared: u64,
    /// Number of transactions that are not cleared yet.
    pub pending: u64,
    /// The customer's identifier at the bank, for an emulated provider.
    pub bank_identifier: Option<String>,
    /// The bank's data, for an emulated provider.
    pub data: Vec<BankAccount>,
    /// The bank's data, for a live provider; without entries until its file was read.
    pub ledger: Option<Ledger>,
    /// Which numbers the environment gives itself; a ledger gives the others.
    pub given: Given,
}

/// What a customer types into a further field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginField {
    /// A text.
    Text(Reference),
    /// A one-time code made from a secret in base32 (RFC 6238: SHA-1, six digits, 30 seconds).
    Totp(Reference),
}

/// Which numbers of a customer the environment gives itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Where the number of accounts stands.
    pub accounts: Option<Span>,
    /// Where the number of cleared transactions stands.
    pub cleared: Option<Span>,
    /// Where the number of pending transactions stands.
    pub pending: Option<Span>,
}

impl Customer {
    /// Returns what plans may ask of a customer before one is chosen; `batch_limit` is at least 1.
    pub fn traits(&self, batch_limit: u32) -> Value {
        json!({
            "name": self.name,
            "username": self.username,
            "accounts": self.accounts,
            "without_branch": self.without_branch,
            "cleared": self.cleared,
            "statements": self.cleared.div_ceil(u64::from(batch_limit.max(1))),
            "pending": self.pending,
        })
    }
}

impl Customer {
    /// Returns what the bank's data holds, with the last day that it tells of; nothing where the environment does not say.
    ///
    /// Only what is cleared is there, because nothing else may be posted. Accounts are named by their external ids.
    pub fn books(&self) -> Option<Value> {
        let mut accounts: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        let mut until = "";
        let mut lines: Vec<(&str, &str, i64, bool)> = Vec::new();
        for account in &self.data {
            accounts.entry(&account.external_id).or_default();
            let booked = account.transactions.iter();
            lines.extend(booked.map(|one| {
                let account = account.external_id.as_str();
                (account, one.date.as_str(), one.amount, one.pending)
            }));
        }
        if self.data.is_empty() {
            let ledger = self.ledger.as_ref()?;
            lines.extend(ledger.entries.iter().map(|one| {
                let account = one.account.as_str();
                (account, one.date.as_str(), one.amount, one.pending)
            }));
        }
        for (account, date, amount, pending) in lines {
            until = until.max(date);
            let entries = accounts.entry(account).or_default();
            if !pending {
                entries.push(json!([date, decimal(amount)]));
            }
        }
        let readable = accounts.values().all(|one| one.len() <= ENTRIES_MAX);
        readable.then(|| json!({ "until": until, "accounts": accounts }))
    }
}

/// Returns an amount in cents as a decimal number.
fn decimal(cents: i64) -> Value {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    let text = format!("{sign}{}.{:02}", cents / 100, cents % 100);
    // A sign, digits and two decimals are a number.
    text.parse().map_or(Value::Null, Value::Number)
}

/// An account in the bank's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAccount {
    /// The provider's own handle.
    pub external_id: String,
    /// Display name.
    pub name: String,
    /// Branch, if there is one.
    pub branch: Option<String>,
    /// Account number.
    pub identifier: String,
    /// Kind: `business`, `savings`, …
    pub kind: String,
    /// Balance before all transactions, in cents.
    pub opening_balance: i64,
    /// Transactions, oldest first.
    pub transactions: Vec<BankTransaction>,
}

/// A transaction in the bank's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankTransaction {
    /// Unique id.
    pub id: String,
    /// Day, `YYYY-MM-DD`.
    pub date: String,
    /// Signed amount, in cents.
    pub amount: i64,
    /// Description.
    pub description: String,
    /// Whether it is not cleared yet.
    pub pending: bool,
}
