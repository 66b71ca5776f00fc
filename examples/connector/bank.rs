//! The bank behind the connector: customers, accounts and bookings. Pure data, amounts in cents.
//!
//! The bookings and accounts that bank actions add stay, as they would at a bank.

use std::collections::HashSet;

use time::{Date, OffsetDateTime};

use crate::opening::{account, customers};

/// The bank's data.
#[derive(Debug)]
pub struct Bank {
    customers: Vec<Customer>,
    /// The number of additions by bank actions so far, for new ids.
    added: u64,
}

/// A customer.
#[derive(Clone, Debug)]
pub struct Customer {
    pub username: &'static str,
    pub password: &'static str,
    /// The identifier of the customer, the same for all accounts.
    pub identifier: &'static str,
    /// Whether the customer consents to the feed.
    pub consents: bool,
    pub accounts: Vec<Account>,
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// The external id, by which the service refers to the account.
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
    /// Positive for credits, negative for debits.
    pub cents: i64,
    pub text: String,
    /// Whether it has cleared; only cleared bookings may be sent.
    pub cleared: bool,
}

/// The bookings of an account that are to be sent next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Bookings, oldest first.
    pub bookings: Vec<Booking>,
    /// Balance before these bookings.
    pub before: i64,
    /// Balance after them.
    pub after: i64,
}

/// A selection of bookings.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The first day, if any.
    pub from: Option<Date>,
    /// The ids to leave out.
    pub without: &'a HashSet<String>,
    /// The most bookings.
    pub limit: usize,
    /// Whether to include bookings that have not cleared.
    pub pending: bool,
}

impl Bank {
    /// Opens the bank as of `now`; a statement holds at most `batch_limit` bookings.
    pub fn new(now: OffsetDateTime, batch_limit: usize) -> Self {
        Self {
            customers: customers(now, batch_limit),
            added: 0,
        }
    }

    /// Returns the ledger of each customer, by user name, as CSV for feedproof.
    pub fn ledgers(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.customers.iter().map(|customer| {
            let mut ledger = "account,date,amount,id,pending\n".to_owned();
            for account in &customer.accounts {
                for booking in &account.bookings {
                    ledger.push_str(&format!(
                        "{},{},{},{},{}\n",
                        account.external_id,
                        booking.at.date(),
                        booking.cents as f64 / 100.0,
                        booking.id,
                        !booking.cleared
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
            .find(|customer| customer.username == username && customer.password == password)
    }

    /// Finds a customer by user name.
    pub fn customer(&self, username: &str) -> Option<&Customer> {
        self.customers
            .iter()
            .find(|customer| customer.username == username)
    }

    /// Finds the owner of an account.
    pub fn owner(&self, external_id: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| {
            let mut accounts = customer.accounts.iter();
            accounts.any(|account| account.external_id == external_id)
        })
    }

    /// Sets whether a customer consents; returns false for an unknown customer.
    pub fn set_consent(&mut self, username: &str, consents: bool) -> bool {
        let customer = self.customers.iter_mut().find(|it| it.username == username);
        customer.is_some_and(|customer| {
            customer.consents = consents;
            true
        })
    }

    /// Returns the bookings of an account that are to be sent next; `None` for an unknown account.
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

    /// Books amounts on an account now; returns false for an unknown account.
    pub fn book(&mut self, external_id: &str, cents: &[i64], now: OffsetDateTime) -> bool {
        let Self { customers, added } = self;
        let mut accounts = customers
            .iter_mut()
            .flat_map(|customer| &mut customer.accounts);
        let Some(account) = accounts.find(|account| account.external_id == external_id) else {
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

    /// Opens another account for a customer; returns false for an unknown customer.
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
        let mut accounts = self
            .customers
            .iter()
            .flat_map(|customer| &customer.accounts);
        accounts.find(|account| account.external_id == external_id)
    }
}
