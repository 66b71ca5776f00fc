//! The bank behind the connector: customers, their accounts, and what was booked. Pure data, amounts in cents.
//!
//! What the test bank actions add (bookings, accounts) stays, as it would at a bank.

use std::collections::HashSet;

use time::{Date, OffsetDateTime};

use crate::opening::{account, customers};

/// The bank's data.
#[derive(Debug)]
pub struct Bank {
    customers: Vec<Customer>,
    /// How much the bank actions have added so far; makes ids that were never used.
    added: u64,
}

/// A customer.
#[derive(Clone, Debug)]
pub struct Customer {
    pub username: &'static str,
    pub password: &'static str,
    /// Stands for the customer at this bank, whichever account it is about.
    pub identifier: &'static str,
    /// Whether the customer allows us to fetch the data.
    pub consents: bool,
    pub accounts: Vec<Account>,
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Our own handle, which the service hands back to us.
    pub external_id: String,
    pub name: String,
    pub branch: Option<String>,
    pub number: String,
    pub kind: &'static str,
    pub opening: i64,
    pub bookings: Vec<Booking>,
}

/// One booking on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    pub id: String,
    pub at: OffsetDateTime,
    /// Above zero for credits, below for debits.
    pub cents: i64,
    pub text: String,
    /// Whether it is final; only then it may be sent.
    pub cleared: bool,
}

/// What of an account is to be told next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Bookings, oldest first.
    pub bookings: Vec<Booking>,
    /// Balance before these bookings.
    pub before: i64,
    /// Balance after them.
    pub after: i64,
}

/// Which bookings are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Not booked before this day.
    pub from: Option<Date>,
    /// Not one of these.
    pub without: &'a HashSet<String>,
    /// So many at the most.
    pub limit: usize,
    /// Also those that are not final.
    pub pending: bool,
}

impl Bank {
    /// Opens the bank as of `now`.
    pub fn new(now: OffsetDateTime) -> Self {
        Self {
            customers: customers(now),
            added: 0,
        }
    }

    /// Writes down what it holds of each customer: the user name, and a ledger in CSV as feedproof reads it.
    pub fn ledgers(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.customers.iter().map(|customer| {
            let mut ledger = "account,date,amount,id,pending\n".to_owned();
            for account in &customer.accounts {
                for one in &account.bookings {
                    ledger.push_str(&format!(
                        "{},{},{},{},{}\n",
                        account.external_id,
                        one.at.date(),
                        one.cents as f64 / 100.0,
                        one.id,
                        !one.cleared
                    ));
                }
            }
            (customer.username, ledger)
        })
    }

    /// Finds the customer who logs in.
    pub fn log_in(&self, username: &str, password: &str) -> Option<&Customer> {
        self.customers
            .iter()
            .find(|one| one.username == username && one.password == password)
    }

    /// Finds a customer by user name.
    pub fn customer(&self, username: &str) -> Option<&Customer> {
        self.customers.iter().find(|one| one.username == username)
    }

    /// Finds the customer to whom an account belongs.
    pub fn owner(&self, external_id: &str) -> Option<&Customer> {
        self.customers
            .iter()
            .find(|one| one.accounts.iter().any(|it| it.external_id == external_id))
    }

    /// Sets whether a customer consents, and returns whether there is such a customer.
    pub fn set_consent(&mut self, username: &str, consents: bool) -> bool {
        let customer = self.customers.iter_mut().find(|it| it.username == username);
        customer.is_some_and(|customer| {
            customer.consents = consents;
            true
        })
    }

    /// Says what of an account is to be told next; `None` for an account that there is not.
    pub fn due(&self, external_id: &str, wanted: Wanted<'_>) -> Option<Due> {
        let account = self.account(external_id)?;
        let mut balance = account.opening;
        let mut due = Due {
            bookings: Vec::new(),
            before: 0,
            after: 0,
        };
        for booking in &account.bookings {
            let asked = (booking.cleared || wanted.pending)
                && wanted.from.is_none_or(|from| booking.at.date() >= from)
                && !wanted.without.contains(&booking.id);
            if asked && due.bookings.len() == wanted.limit {
                break;
            }
            if asked && due.bookings.is_empty() {
                due.before = balance;
            }
            if booking.cleared {
                balance += booking.cents;
            }
            if asked {
                due.bookings.push(booking.clone());
            }
        }
        due.after = balance;
        if due.bookings.is_empty() {
            due.before = balance;
        }
        Some(due)
    }

    /// Books amounts on an account now, and returns whether there is such an account.
    pub fn book(&mut self, external_id: &str, cents: &[i64], now: OffsetDateTime) -> bool {
        let Self { customers, added } = self;
        let mut accounts = customers.iter_mut().flat_map(|one| &mut one.accounts);
        let Some(account) = accounts.find(|one| one.external_id == external_id) else {
            return false;
        };
        for cents in cents {
            *added += 1;
            account.bookings.push(Booking {
                id: format!("{external_id}-test-{added}"),
                at: now,
                cents: *cents,
                text: "Booked by a test".to_owned(),
                cleared: true,
            });
        }
        true
    }

    /// Opens another account for a customer, and returns whether there is such a customer.
    pub fn add_account(&mut self, username: &str) -> bool {
        self.added += 1;
        let added = self.added;
        let customer = self.customers.iter_mut().find(|it| it.username == username);
        customer.is_some_and(|customer| {
            let number = customer.identifier.trim_start_matches("cust-");
            customer.accounts.push(account(
                &format!("nb-{number}-test-{added}"),
                "Opened by a test",
                Some("20-11-99"),
                "savings",
                0,
            ));
            true
        })
    }

    fn account(&self, external_id: &str) -> Option<&Account> {
        let mut accounts = self.customers.iter().flat_map(|one| &one.accounts);
        accounts.find(|one| one.external_id == external_id)
    }
}
