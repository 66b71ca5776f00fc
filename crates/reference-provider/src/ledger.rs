//! The bank's data: customers, their accounts and transactions.
//!
//! The order of an account's transactions is fixed (by date, then as given; new ones come last), so that a position in
//! the list is a cursor for posting. Other modules decide who may see the data.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};

use super::date;

/// A customer of the bank with the login for the bank's page.
///
/// `Debug` prints no password.
#[derive(Clone, Deserialize)]
pub struct Customer {
    /// The login name, unique over all customers.
    pub username: String,
    /// The login password.
    pub password: String,
    /// The identifier of the customer's login, the same for all accounts of the customer.
    pub bank_identifier: String,
    /// The customer's accounts, in the order they are listed.
    pub accounts: Vec<Account>,
}

/// An account with its transactions.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// The provider's handle of the account, unique over all customers.
    pub external_id: String,
    /// The display name.
    pub name: String,
    /// The branch, where the bank has one.
    #[serde(default)]
    pub branch: Option<String>,
    /// The real-world account number.
    pub identifier: String,
    /// One of business, savings, loan, creditCard, corporate, personal.
    pub kind: String,
    /// The balance before the first transaction, in cents.
    pub opening_balance: i64,
    /// Its transactions; sorted by date when the provider is created. Each rehearsed case has a provider of its own: they
    /// share the transactions.
    #[serde(default)]
    pub transactions: Vec<Arc<Transaction>>,
}

/// A transaction on an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Transaction {
    /// The bank's id, never used for another transaction.
    pub id: String,
    /// The booking date, `YYYY-MM-DD`.
    #[serde(deserialize_with = "read_date")]
    pub date: String,
    /// The amount in cents, negative for debits.
    pub amount: i64,
    /// The description in statements.
    pub description: String,
    /// Whether it has not cleared yet; a pending transaction does not count in the balance and is never sent.
    #[serde(default)]
    pub pending: bool,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customer")
            .field("username", &self.username)
            .field("bank_identifier", &self.bank_identifier)
            .field("accounts", &self.accounts)
            .finish_non_exhaustive()
    }
}

fn read_date<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let text = String::deserialize(input)?;
    if text.len() == 10 && date::parse(&text).is_some() {
        return Ok(text);
    }
    Err(serde::de::Error::custom(format!(
        "{text:?} is not a date such as 2026-01-05"
    )))
}

/// The position of an account in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AccountPosition {
    /// The position of the customer.
    pub customer: usize,
    /// The position of the account among the customer's.
    pub account: usize,
}

/// All customers with an index of their accounts.
#[derive(Debug)]
pub(super) struct Ledger {
    customers: Vec<Customer>,
    /// The number of accounts that each customer had at the beginning.
    original: Vec<usize>,
    places: HashMap<String, AccountPosition>,
    booked: u64,
}

impl Ledger {
    /// Takes the bank's data over and sorts the transactions of each account.
    ///
    /// Pending transactions are removed, because they must not be sent, unless `keep_pending`.
    pub(super) fn new(mut customers: Vec<Customer>, keep_pending: bool) -> Self {
        let mut places = HashMap::new();
        for (customer, entry) in customers.iter_mut().enumerate() {
            for (account, held) in entry.accounts.iter_mut().enumerate() {
                held.transactions
                    .retain(|entry| keep_pending || !entry.pending);
                held.transactions.sort_by(|a, b| a.date.cmp(&b.date));
                places
                    .entry(held.external_id.clone())
                    .or_insert(AccountPosition { customer, account });
            }
        }
        Ledger {
            original: customers
                .iter()
                .map(|customer| customer.accounts.len())
                .collect(),
            customers,
            places,
            booked: 0,
        }
    }

    /// Returns all customers.
    pub(super) fn customers(&self) -> &[Customer] {
        &self.customers
    }

    /// Returns the position of the customer with this login name.
    pub(super) fn customer(&self, username: &str) -> Option<usize> {
        self.customers
            .iter()
            .position(|customer| customer.username == username)
    }

    /// Tells whether the account was added after the provider was created.
    pub(super) fn is_new(&self, place: AccountPosition) -> bool {
        place.account >= self.original[place.customer]
    }

    /// Returns the position of the account with this external id.
    pub(super) fn find(&self, external_id: &str) -> Option<AccountPosition> {
        self.places.get(external_id).copied()
    }

    /// Makes an account reachable under a further external id.
    pub(super) fn alias(&mut self, external_id: String, place: AccountPosition) {
        self.places.entry(external_id).or_insert(place);
    }

    /// Returns the account at a position that [`Ledger::find`] returned.
    pub(super) fn account(&self, place: AccountPosition) -> &Account {
        &self.customers[place.customer].accounts[place.account]
    }

    /// Returns the position of the first transaction on or after a date.
    pub(super) fn position(&self, place: AccountPosition, start: Option<&str>) -> usize {
        let Some(start) = start else { return 0 };
        self.account(place)
            .transactions
            .partition_point(|booked| booked.date.as_str() < start)
    }

    /// Returns the balance after the first `count` transactions, in cents; pending ones do not count.
    pub(super) fn balance_after(&self, place: AccountPosition, count: usize) -> i64 {
        let account = self.account(place);
        account
            .transactions
            .iter()
            .take(count)
            .filter(|booked| !booked.pending)
            .fold(account.opening_balance, |balance, booked| {
                balance.saturating_add(booked.amount)
            })
    }

    /// Returns the newest transaction of another account of the same customer, which only a fault sends.
    pub(super) fn sibling_booking(&self, place: AccountPosition) -> Option<Transaction> {
        let accounts = self.customers[place.customer].accounts.iter().enumerate();
        let mut siblings = accounts.filter(|(number, _)| *number != place.account);
        let newest = siblings.find_map(|(_, account)| account.transactions.last());
        newest.map(|booked| (**booked).clone())
    }

    /// Returns the position of the first transaction of an account, with a start date that is moved by so many days.
    pub(super) fn moved_position(
        &self,
        place: AccountPosition,
        start: Option<&str>,
        days: i64,
    ) -> usize {
        let moved = start.map(|start| date::moved(start, days));
        self.position(place, moved.as_deref())
    }

    /// Opens a new account with one transaction for a customer and returns its position.
    pub(super) fn open(&mut self, customer: usize) -> AccountPosition {
        let entry = &mut self.customers[customer];
        let place = AccountPosition {
            customer,
            account: entry.accounts.len(),
        };
        let fresh = uuid::Uuid::new_v4().simple().to_string();
        let external_id = format!("ext-new-{fresh}");
        entry.accounts.push(Account {
            external_id: external_id.clone(),
            name: format!("New account ***{}", &fresh[..4]),
            branch: None,
            identifier: format!("acct-new-{fresh}"),
            kind: "business".to_owned(),
            opening_balance: 0,
            transactions: Vec::new(),
        });
        self.places.insert(external_id, place);
        self.book(place, None);
        place
    }

    /// Books one new transaction, dated today or as the newest one, whichever is later.
    ///
    /// Without an amount in cents, credits and debits of varying size alternate.
    pub(super) fn book(&mut self, place: AccountPosition, amount: Option<i64>) -> Transaction {
        self.booked += 1;
        let number = self.booked;
        let cents = 1_000 + i64::try_from(number % 9_000).unwrap_or(0);
        let transactions = &mut self.customers[place.customer].accounts[place.account].transactions;
        let today = date::today();
        let date = match transactions.last() {
            Some(newest) if newest.date > today => newest.date.clone(),
            _ => today,
        };
        let booked = Transaction {
            id: format!("new-{}", uuid::Uuid::new_v4()),
            date,
            amount: amount.unwrap_or(if number.is_multiple_of(2) {
                -cents
            } else {
                cents
            }),
            description: format!("new transaction {number}"),
            pending: false,
        };
        transactions.push(Arc::new(booked.clone()));
        booked
    }
}

#[cfg(test)]
mod tests {
    use super::super::testbed;
    use super::*;

    fn ledger() -> (Ledger, AccountPosition) {
        let ledger = Ledger::new(testbed::customers(), false);
        let place = ledger.find("ext-1").unwrap();
        (ledger, place)
    }

    #[test]
    fn positions_and_balances_follow_booking_order() {
        let (ledger, place) = ledger();
        let ids: Vec<_> = ledger
            .account(place)
            .transactions
            .iter()
            .map(|booked| booked.id.as_str())
            .collect();
        assert_eq!(ids, ["tx-1", "tx-2", "tx-3"]);
        assert_eq!(ledger.position(place, None), 0);
        assert_eq!(ledger.position(place, Some("2026-01-02")), 0);
        assert_eq!(ledger.position(place, Some("2026-01-03")), 1);
        assert_eq!(ledger.position(place, Some("2027-01-01")), 3);
        assert_eq!(ledger.balance_after(place, 0), 10_000);
        assert_eq!(ledger.balance_after(place, 1), 11_250);
        assert_eq!(ledger.balance_after(place, 3), 11_150);
    }

    #[test]
    fn a_new_transaction_is_the_last_and_never_older_than_the_newest() {
        let (mut ledger, place) = ledger();
        let first = ledger.book(place, None);
        let second = ledger.book(place, None);
        assert!(first.amount > 0 && second.amount < 0);
        assert_ne!(first.id, second.id);
        assert_eq!(
            ledger
                .account(place)
                .transactions
                .last()
                .map(|last| &**last),
            Some(&second)
        );
        assert!(*first.date >= *"2026-01-05" && second.date >= first.date);
        assert_eq!(ledger.book(place, Some(-7)).amount, -7);
    }

    #[test]
    fn what_is_pending_is_left_out_and_never_part_of_the_balance() {
        let mut customers = testbed::customers();
        Arc::make_mut(&mut customers[0].accounts[0].transactions[1]).pending = true;
        let ledger = Ledger::new(customers.clone(), false);
        let place = ledger.find("ext-1").unwrap();
        assert_eq!(ledger.account(place).transactions.len(), 2);
        assert_eq!(ledger.balance_after(place, 2), 9_900);
        let keeping = Ledger::new(customers, true);
        assert_eq!(keeping.account(place).transactions.len(), 3);
        assert_eq!(keeping.balance_after(place, 3), 9_900);
    }

    #[test]
    fn a_new_account_is_the_customers_last_and_has_one_transaction() {
        let (mut ledger, old) = ledger();
        let (first, second) = (ledger.open(0), ledger.open(0));
        assert_eq!(
            first,
            AccountPosition {
                customer: 0,
                account: 2
            }
        );
        assert!(ledger.is_new(first) && ledger.is_new(second) && !ledger.is_new(old));
        let account = ledger.account(first);
        assert_eq!(account.transactions.len(), 1);
        assert_eq!(ledger.find(&account.external_id), Some(first));
        assert_ne!(account.identifier, ledger.account(second).identifier);
        assert_eq!(ledger.customer("bob"), Some(1));
        assert_eq!(ledger.customer("nobody"), None);
    }

    #[test]
    fn fixtures_are_read_and_bad_dates_refused() {
        let read = |date: &str| {
            serde_json::from_value::<Transaction>(
                serde_json::json!({"id": "t", "date": date, "amount": -5, "description": ""}),
            )
        };
        let plain = read("2026-01-05").unwrap();
        assert_eq!((plain.amount, plain.pending), (-5, false));
        assert!(read("2026-13-05").is_err());
        assert!(read("2026-01-05T00:00:00Z").is_err());
    }
}
