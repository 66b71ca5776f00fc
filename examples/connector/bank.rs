//! The bank behind the connector: customers, their accounts, and what was booked. Pure data, amounts in cents.
//!
//! What the test levers add (bookings, accounts, a lost consent) is gone again once the customer has no linked
//! account any more, so that one test leaves the data of the next as it was.

use std::collections::HashSet;

use time::{Date, Duration, Month, OffsetDateTime, Time};

/// The bank's data.
#[derive(Debug)]
pub struct Bank {
    customers: Vec<Customer>,
    /// How much the levers have added so far; makes ids that were never used.
    added: u64,
}

/// A customer.
#[derive(Clone, Debug)]
pub struct Customer {
    pub username: &'static str,
    password: &'static str,
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
    opening: i64,
    bookings: Vec<Booking>,
    /// Whether a lever opened it.
    by_lever: bool,
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
    by_lever: bool,
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
    /// Opens the bank as of `now`: some bookings are of fixed days long ago, the others of the weeks before.
    pub fn new(now: OffsetDateTime) -> Self {
        let customers = vec![
            customer(
                "alice",
                "throw-away-alice",
                "cust-1001",
                vec![
                    account(
                        "nb-1001-1",
                        "Current ***4301",
                        Some("20-11-43"),
                        "business",
                        125_000,
                    ),
                    account("nb-1001-2", "Savings ***7719", None, "savings", 1_000_000),
                    account(
                        "nb-1001-3",
                        "Company card ***0088",
                        Some("20-11-44"),
                        "creditCard",
                        0,
                    ),
                ],
            ),
            customer(
                "bob",
                "throw-away-bob",
                "cust-1002",
                vec![
                    account(
                        "nb-1002-1",
                        "Current ***5512",
                        Some("30-90-12"),
                        "business",
                        -20_000,
                    ),
                    account(
                        "nb-1002-2",
                        "Loan ***9020",
                        Some("30-90-12"),
                        "loan",
                        -5_000_000,
                    ),
                ],
            ),
            customer(
                "carol",
                "throw-away-carol",
                "cust-1003",
                vec![account(
                    "nb-1003-1",
                    "Current ***2626",
                    Some("40-26-26"),
                    "personal",
                    75_000,
                )],
            ),
            customer(
                "dora",
                "throw-away-dora",
                "cust-1004",
                vec![
                    account("nb-1004-1", "Current ***8117", None, "business", 31_415),
                    account("nb-1004-2", "Reserve ***8118", None, "savings", 500_000),
                    account(
                        "nb-1004-3",
                        "Tax ***8119",
                        Some("50-81-17"),
                        "savings",
                        80_000,
                    ),
                ],
            ),
            // More than two statements hold.
            customer(
                "erin",
                "throw-away-erin",
                "cust-1005",
                vec![account(
                    "nb-1005-1",
                    "Shop ***9450",
                    Some("60-94-50"),
                    "business",
                    0,
                )],
            ),
        ];
        let mut bank = Self {
            customers,
            added: 0,
        };
        for account in bank.customers.iter_mut().flat_map(|one| &mut one.accounts) {
            account.bookings = history(&account.external_id, now);
        }
        let erins = &mut bank.customers[4].accounts[0];
        erins.bookings = sales(&erins.external_id)
            .chain(std::mem::take(&mut erins.bookings))
            .collect();
        let carols = &mut bank.customers[2].accounts[0];
        for (number, cents, text) in [(1, -2_500, "Fuel"), (2, 900, "Cashback")] {
            carols.bookings.push(Booking {
                id: format!("{}-pending-{number}", carols.external_id),
                at: now - Duration::hours(3),
                cents,
                text: text.to_owned(),
                cleared: false,
                by_lever: false,
            });
        }
        bank
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
                by_lever: true,
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
            let mut opened = account(
                &format!("nb-{number}-test-{added}"),
                "Opened by a test",
                Some("20-11-99"),
                "savings",
                0,
            );
            opened.by_lever = true;
            customer.accounts.push(opened);
            true
        })
    }

    /// Takes back what levers did to a customer.
    pub fn tidy(&mut self, username: &str) {
        if let Some(customer) = self.customers.iter_mut().find(|it| it.username == username) {
            customer.consents = true;
            customer.accounts.retain(|one| !one.by_lever);
            for account in &mut customer.accounts {
                account.bookings.retain(|one| !one.by_lever);
            }
        }
    }

    fn account(&self, external_id: &str) -> Option<&Account> {
        let mut accounts = self.customers.iter().flat_map(|one| &one.accounts);
        accounts.find(|one| one.external_id == external_id)
    }
}

fn customer(
    username: &'static str,
    password: &'static str,
    identifier: &'static str,
    accounts: Vec<Account>,
) -> Customer {
    Customer {
        username,
        password,
        identifier,
        consents: true,
        accounts,
    }
}

fn account(
    external_id: &str,
    name: &str,
    branch: Option<&str>,
    kind: &'static str,
    opening: i64,
) -> Account {
    Account {
        external_id: external_id.to_owned(),
        name: name.to_owned(),
        branch: branch.map(str::to_owned),
        number: format!("acct-{}", external_id.trim_start_matches("nb-")),
        kind,
        opening,
        bookings: Vec::new(),
        by_lever: false,
    }
}

/// What a shop sold in the spring of 2025, oldest first: 52 bookings.
fn sales(external_id: &str) -> impl Iterator<Item = Booking> {
    let first = Date::from_calendar_date(2025, Month::March, 1)
        .unwrap_or(Date::MIN)
        .with_time(Time::MIDNIGHT)
        .assume_utc();
    (0..52).map(move |number| Booking {
        id: format!("{external_id}-sale-{}", number + 1),
        at: first + Duration::days(number) + Duration::hours(18),
        cents: 10_000 + 37 * number,
        text: "Takings".to_owned(),
        cleared: true,
        by_lever: false,
    })
}

/// What was booked on an account so far, oldest first: eight bookings.
fn history(external_id: &str, now: OffsetDateTime) -> Vec<Booking> {
    let long_ago = [
        (2025, Month::September, 30, 210_000, "Opening invoice"),
        (2025, Month::November, 14, -12_999, "Winter tyres"),
        (2026, Month::January, 15, -85_000, "Rent"),
        (2026, Month::February, 27, 212_501, "Invoice paid"),
    ];
    let lately = [
        (60, -4_310, "Electricity"),
        (30, 1_995, "Refund"),
        (7, 94_520, "Invoice paid"),
        (2, -6_075, "Stationery"),
    ];
    let days = long_ago
        .into_iter()
        .filter_map(|(year, month, day, cents, text)| {
            // Every day above is one of the calendar.
            let date = Date::from_calendar_date(year, month, day).ok()?;
            Some((date, cents, text))
        });
    let recent = lately
        .into_iter()
        .map(|(ago, cents, text)| ((now - Duration::days(ago)).date(), cents, text));
    let mut bookings: Vec<_> = days
        .chain(recent)
        .enumerate()
        .map(|(number, (date, cents, text))| Booking {
            id: format!("{external_id}-tx-{}", number + 1),
            at: date.with_time(Time::MIDNIGHT).assume_utc() + Duration::hours(9),
            cents,
            text: text.to_owned(),
            cleared: true,
            by_lever: false,
        })
        .collect();
    bookings.sort_by_key(|one| one.at);
    bookings
}
