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
    /// With the first and the last day on which each is.
    bookings: Vec<([Date; 2], Booking<'a>)>,
    entries: Vec<&'a LedgerEntry>,
}

impl LedgerAccount {
    /// Compares the days of the transactions whose amounts the ledger has.
    pub(super) fn compare_days<'v>(
        &self,
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
            if let (Some(group), Some(days)) = (group, booking.certain_days(self.zone.as_ref())) {
                group.bookings.push((days, booking));
            }
        }
        let mut compared = LedgerComparison::default();
        for group in groups.into_values() {
            self.compare_same_amount(group, &mut compared);
        }
        compared
            .differences
            .sort_by_key(|difference| difference.index);
        compared.completed()
    }

    fn compare_same_amount(&self, group: SameAmount<'_>, compared: &mut LedgerComparison) {
        let SameAmount {
            mut bookings,
            mut entries,
        } = group;
        // The transaction with the earliest last day takes the earliest entry that fits: this pairs as many as can be paired.
        bookings.sort_by_key(|([first, last], _)| (*last, *first));
        entries.sort_by_key(|entry| entry.date);
        bookings.retain(|([first, last], _)| {
            let fits = |entry: &&LedgerEntry| (*first..=*last).contains(&entry.date);
            let found = entries.iter().position(fits);
            if let Some(at) = found {
                entries.remove(at);
                compared.agreed += 1;
            }
            found.is_none()
        });
        if bookings.len() > entries.len() {
            if let Some(entry) = entries.first() {
                let number = bookings.len();
                let (amount, date) = (&entry.amount, entry.date);
                compared.open.get_or_insert_with(|| {
                    format!("the ledger has {amount} on {date}, and which of {number} transactions that is cannot be told")
                });
            }
            // Without such an entry all are booked later than the ledger was drawn up.
            return;
        }
        for ((_, booking), entry) in bookings.iter().zip(&entries) {
            let (amount, date) = (&entry.amount, entry.date);
            match booking.is_on(date, self.zone.as_ref()) {
                None => _ = compared.open.get_or_insert_with(|| NO_ZONE.to_owned()),
                Some(_) => compared.add(
                    Some(booking.index),
                    format!(
                        "{amount} has the date {}; the ledger has it on {date}",
                        booking.written()
                    ),
                ),
            }
        }
    }
}
