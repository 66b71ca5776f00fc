//! Compares the days of transactions with the ledger.
//!
//! Which transaction is which entry follows from the amount, and among those of one amount from the day, so that no order
//! makes an honest provider differ. A transaction whose amount the ledger has not, or not as often, is left to the
//! comparison of amounts.

use super::booking::Booking;
use super::comparison::LedgerComparison;
use super::{LedgerAccount, LedgerEntry};
use crate::value::number;
use crate::value::zone::NO_ZONE;
use serde_json::Value;
use std::collections::BTreeMap;
use time::Date;

/// The transactions and the entries of one amount.
#[derive(Default)]
struct SameAmount<'a> {
    bookings: Vec<Booking<'a>>,
    entries: Vec<&'a LedgerEntry>,
}

/// What of both found no partner.
struct Unpaired<'a, 's> {
    bookings: Vec<&'s Booking<'a>>,
    entries: Vec<&'a LedgerEntry>,
}

impl<'a> SameAmount<'a> {
    /// Pairs as many as can be paired by their days: the transaction with the earliest last day takes the earliest entry that
    /// fits.
    fn pair(&self, days: impl Fn(&Booking<'a>) -> Option<[Date; 2]>) -> Unpaired<'a, '_> {
        let with_days = self.bookings.iter();
        let with_days = with_days.filter_map(|booking| Some((days(booking)?, booking)));
        let mut bookings: Vec<_> = with_days.collect();
        let mut entries = self.entries.clone();
        bookings.sort_by_key(|([first, last], _)| (*last, *first));
        entries.sort_by_key(|entry| entry.date);
        bookings.retain(|([first, last], _)| {
            let fits = |entry: &&LedgerEntry| (*first..=*last).contains(&entry.date);
            let found = entries.iter().position(fits);
            found.map(|at| entries.remove(at)).is_none()
        });
        Unpaired {
            bookings: bookings.into_iter().map(|(_, booking)| booking).collect(),
            entries,
        }
    }
}

impl LedgerAccount {
    /// Compares the days of the transactions whose amounts the ledger has.
    pub(super) fn compare_days<'v>(
        &'v self,
        seen: impl Iterator<Item = (usize, &'v Value)>,
    ) -> LedgerComparison {
        let mut groups: BTreeMap<String, SameAmount<'_>> = BTreeMap::new();
        for entry in self.earlier.iter().chain(&self.entries) {
            let group = groups.entry(number::canonical(&entry.amount)).or_default();
            group.entries.push(entry);
        }
        for (index, transaction) in seen {
            let booking = Booking::read(index, transaction);
            let amount = booking.amount.number().map(number::canonical);
            let group = amount.and_then(|amount| groups.get_mut(&amount));
            // A day that cannot be read is for the form of the transaction.
            if let Some(group) = group.filter(|_| booking.has_day()) {
                group.bookings.push(booking);
            }
        }
        let mut compared = LedgerComparison::default();
        for group in groups.values() {
            self.compare_same_amount(group, &mut compared);
        }
        compared
            .differences
            .sort_by_key(|difference| difference.index);
        compared.completed()
    }

    fn compare_same_amount(&self, group: &SameAmount<'_>, compared: &mut LedgerComparison) {
        let zone = self.zone.as_ref();
        let certain = group.pair(|booking| booking.certain_days(zone));
        let Unpaired { bookings, entries } = &certain;
        compared.agreed += group.bookings.len() - bookings.len();
        if bookings.is_empty() {
            return;
        }
        if bookings.len() > entries.len() {
            if let Some(entry) = entries.first() {
                let (amount, date) = (&entry.amount, entry.date);
                let number = bookings.len();
                compared.open.get_or_insert_with(|| {
                    format!("the ledger has {amount} on {date}, and it is open which of {number} transactions that is")
                });
            }
            // Without such an entry all were booked after the ledger was drawn up.
            return;
        }
        // In some zone all of them may be right; the pairs may be others then.
        let possible = group.pair(|booking| booking.possible_days(zone));
        if possible.bookings.is_empty() {
            compared.open.get_or_insert_with(|| NO_ZONE.to_owned());
            return;
        }
        for (booking, entry) in bookings.iter().zip(entries) {
            let (amount, date) = (&entry.amount, entry.date);
            let written = booking.written();
            let why = format!("{amount} has the date {written}; the ledger has it on {date}");
            compared.add(Some(booking.index), why);
        }
    }
}
