//! Customers: test users of the provider, and the bank's data about them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::environment::{Ledger, Reference};
use plan_language::source::Span;
use plan_language::value::Value;

/// The most transactions per account for which a case can compare with the bank's data: a product reads more of them in
/// several pages.
const BOOKED_MAX: usize = 1_000;

/// A test user.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Name in the environment.
    pub name: String,
    /// The user name that the customer types.
    pub username: String,
    /// The password that the customer types.
    pub password: Reference,
    /// The values of further login fields, by name or label of the field, in order.
    pub fields: Vec<(String, LoginField)>,
    /// What the customer does on pages of which the browser does not know how to leave them, in order.
    pub steps: Vec<LoginStep>,
    /// Number of accounts.
    pub accounts: u64,
    /// Number of accounts without a branch.
    pub without_branch: u64,
    /// Number of cleared transactions.
    pub cleared: u64,
    /// Number of transactions that are not cleared yet.
    pub pending: u64,
    /// The customer's identifier at the bank, for the reference provider.
    pub bank_identifier: Option<String>,
    /// The bank's data, for the reference provider.
    pub data: Vec<BankAccount>,
    /// The bank's data, for a live provider; empty until its file is read.
    pub ledger: Option<Ledger>,
    /// The numbers that the environment declares; a ledger gives the others.
    pub declared: DeclaredCounts,
}

/// The value of a further login field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginField {
    /// A fixed value.
    Text(Reference),
    /// A one-time code derived from a secret in base32 (RFC 6238: SHA-1, six digits, 30 seconds).
    Totp(Reference),
}

/// What a customer does on one page of a login, by names that the page shows.
///
/// A name is a visible text, a label, or the `name` of the control. A step applies to a page that has all of its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginStep {
    /// The form that counts: its heading, label, `name` or `id`.
    pub form: Option<String>,
    /// The checkboxes to tick.
    pub tick: Vec<String>,
    /// The radios or options to choose.
    pub choose: Vec<String>,
    /// The button or link to press.
    pub press: Option<String>,
    /// The button or link to press instead when a case cancels.
    pub cancel: Option<String>,
}

impl LoginStep {
    /// Returns the step as the value that the browser reads.
    pub fn value(&self) -> Value {
        let mut step = serde_json::Map::new();
        let texts = [
            ("form", &self.form),
            ("press", &self.press),
            ("cancel", &self.cancel),
        ];
        for (name, text) in texts {
            step.extend(
                text.as_ref()
                    .map(|text| (name.to_owned(), Value::from(text.as_str()))),
            );
        }
        for (name, texts) in [("tick", &self.tick), ("choose", &self.choose)] {
            if !texts.is_empty() {
                step.insert(name.to_owned(), texts.clone().into());
            }
        }
        step.into()
    }
}

/// The places where the environment declares numbers of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredCounts {
    /// The place of `accounts`.
    pub accounts: Option<Span>,
    /// The place of `cleared`.
    pub cleared: Option<Span>,
    /// The place of `pending`.
    pub pending: Option<Span>,
}

impl Customer {
    /// Returns the properties by which a case chooses its customer; `batch_limit` is at least 1.
    pub fn traits(&self, batch_limit: u32) -> Value {
        let days = self.booking_days();
        let (most, fewest) = self.sizes_of_accounts();
        let mut traits = json!({
            "name": self.name,
            "username": self.username,
            "accounts": self.accounts,
            "without_branch": self.without_branch,
            "cleared": self.cleared,
            "statements": self.cleared.div_ceil(u64::from(batch_limit.max(1))),
            "pending": self.pending,
            "largest_account": most,
            "smallest_account": fewest,
            "booking_days": days.len(),
        });
        if let Some(middle) = days.iter().nth(days.len() / 2) {
            traits["middle_day"] = Value::from(*middle);
        }
        traits
    }

    /// Returns the number of statements that the whole feed of an account needs, at most.
    pub fn statements_of_an_account(&self, batch_limit: u32) -> u64 {
        let (most, _) = self.sizes_of_accounts();
        most.div_ceil(u64::from(batch_limit.max(1)))
    }

    /// Returns the days with cleared transactions of a customer's only account; none of a customer with several accounts, or
    /// without data in the environment.
    fn booking_days(&self) -> BTreeSet<&str> {
        let data = self.data.iter();
        let of_data = data.flat_map(|account| {
            let booked = account.transactions.iter();
            booked.map(|booked| (&account.external_id, booked.date.as_str(), booked.pending))
        });
        let ledger = self.ledger.iter().flat_map(|ledger| &ledger.transactions);
        let of_ledger =
            ledger.map(|booked| (&booked.account, booked.date.as_str(), booked.pending));
        let mut account = None;
        let mut days = BTreeSet::new();
        for (of, day, pending) in of_data.chain(of_ledger) {
            if account.is_some_and(|known| known != of) {
                return BTreeSet::new();
            }
            account = Some(of);
            if !pending {
                days.insert(day);
            }
        }
        days
    }

    /// Returns the most and the fewest cleared transactions of one account: as far as the environment has no data about the
    /// customer, all of them may be on one.
    fn sizes_of_accounts(&self) -> (u64, u64) {
        let data = self.data.iter();
        let of_data = data.flat_map(|account| {
            let booked = account.transactions.iter();
            booked.map(|booked| (account.external_id.as_str(), booked.pending))
        });
        let ledger = self.ledger.iter().flat_map(|ledger| &ledger.transactions);
        let of_ledger = ledger.map(|booked| (booked.account.as_str(), booked.pending));
        let mut accounts: BTreeMap<&str, u64> = BTreeMap::new();
        for (account, pending) in of_data.chain(of_ledger) {
            *accounts.entry(account).or_default() += u64::from(!pending);
        }
        let all_known = accounts.len() as u64 == self.accounts;
        let fewest = accounts.values().min().copied().filter(|_| all_known);
        let most = accounts.into_values().max();
        (most.unwrap_or(self.cleared), fewest.unwrap_or(0))
    }

    /// Returns the cleared transactions of each account, by external id, and the last day of the bank's data.
    ///
    /// A provider posts no other transactions. Returns `None` if the environment has no data about the customer, or if an
    /// account has more transactions than a product reads at once.
    pub fn books(&self) -> Option<Value> {
        let mut accounts: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        let mut until = "";
        let mut lines: Vec<(&str, &str, Value, bool)> = Vec::new();
        for account in &self.data {
            accounts.entry(&account.external_id).or_default();
            let transactions = account.transactions.iter();
            lines.extend(transactions.map(|transaction| {
                let account = account.external_id.as_str();
                let date = transaction.date.as_str();
                (
                    account,
                    date,
                    decimal(transaction.amount),
                    transaction.pending,
                )
            }));
        }
        if self.data.is_empty() {
            let ledger = self.ledger.as_ref()?;
            lines.extend(ledger.transactions.iter().map(|transaction| {
                let account = transaction.account.as_str();
                let date = transaction.date.as_str();
                let amount = Value::Number(transaction.amount.clone());
                (account, date, amount, transaction.pending)
            }));
        }
        for (account, date, amount, pending) in lines {
            until = until.max(date);
            let booked = accounts.entry(account).or_default();
            if !pending {
                booked.push(json!([date, amount]));
            }
        }
        let readable = accounts.values().all(|booked| booked.len() <= BOOKED_MAX);
        readable.then(|| json!({ "until": until, "accounts": accounts }))
    }
}

/// Returns an amount in cents as a decimal number.
fn decimal(cents: i64) -> Value {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    let text = format!("{sign}{}.{:02}", cents / 100, cents % 100);
    // A sign, digits and two decimals always parse.
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
    /// Account type: `business`, `savings`, …
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
    /// Date, `YYYY-MM-DD`.
    pub date: String,
    /// Signed amount, in cents.
    pub amount: i64,
    /// Description.
    pub description: String,
    /// Whether it is not cleared yet.
    pub pending: bool,
}
