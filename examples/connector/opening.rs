//! The initial data of the bank: some bookings are on fixed days in the past, the others in the weeks before now.

use time::{Date, Duration, Month, OffsetDateTime, Time};

use crate::bank::{Account, Booking, Customer};

/// Returns the customers as of `now`; one of them has more bookings than two statements of `batch_limit` hold.
///
/// The function is long because it is a table of data.
#[expect(clippy::too_many_lines, reason = "a table of data")]
pub fn customers(now: OffsetDateTime, batch_limit: usize) -> Vec<Customer> {
    let mut customers = vec![
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

    for account in customers
        .iter_mut()
        .flat_map(|customer| &mut customer.accounts)
    {
        account.bookings = history(&account.external_id, now);
    }
    let erins = &mut customers[4].accounts[0];
    erins.bookings = sales(&erins.external_id, 2 * batch_limit + 12)
        .chain(std::mem::take(&mut erins.bookings))
        .collect();
    let carols = &mut customers[2].accounts[0];
    // The bank has not made up its mind about these; what came after them is final.
    for (number, cents, text) in [(1, -2_500, "Fuel"), (2, 900, "Cashback")] {
        carols.bookings.push(Booking {
            id: format!("{}-pending-{number}", carols.external_id),
            at: now - Duration::days(5),
            cents,
            text: text.to_owned(),
            cleared: false,
        });
    }
    carols.bookings.sort_by_key(|booking| booking.at);
    customers
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

/// Makes an account without bookings.
pub fn account(
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
    }
}

/// Returns the sales of a shop in the spring of 2025, oldest first: `count` bookings in 52 days.
fn sales(external_id: &str, count: usize) -> impl Iterator<Item = Booking> {
    let first = Date::from_calendar_date(2025, Month::March, 1)
        .unwrap_or(Date::MIN)
        .with_time(Time::MIDNIGHT)
        .assume_utc();
    (0..count as i64).map(move |number| Booking {
        id: format!("{external_id}-sale-{}", number + 1),
        at: first + Duration::days(52 * number / count as i64) + Duration::hours(18),
        cents: 10_000 + 37 * number,
        text: "Takings".to_owned(),
        cleared: true,
    })
}

/// Returns the bookings of an account before now, oldest first: eight bookings.
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
        })
        .collect();
    bookings.sort_by_key(|booking| booking.at);
    bookings
}
