//! Compares amounts with the ledger, and explains each difference by the entry that is nearest to it.

use super::booking::{Amount, Booking, Place};
use super::{LedgerAccount, LedgerEntry};
use crate::value::number;
use crate::value::zone::NO_ZONE;
use serde_json::{Number, Value};
use std::collections::HashMap;
use time::Date;

/// How many differences are described one by one.
const DIFFERENCES_MAX: usize = 6;

/// What a comparison with the ledger found.
#[derive(Debug, Default)]
pub(super) struct LedgerComparison {
    /// How many transactions are there as the ledger has them.
    pub(super) agreed: usize,
    /// What is not, at most [`DIFFERENCES_MAX`].
    pub(super) differences: Vec<LedgerDifference>,
    /// Why the comparison of some is open; `None` if none is.
    pub(super) open: Option<String>,
    /// How many differences are not described.
    omitted: usize,
}

/// One difference from the ledger.
#[derive(Debug)]
pub(super) struct LedgerDifference {
    /// Which transaction is wrong; `None` where one is missing.
    pub(super) index: Option<usize>,
    /// What is wrong.
    pub(super) why: String,
}

impl LedgerComparison {
    pub(super) fn add(&mut self, index: Option<usize>, why: String) {
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(LedgerDifference { index, why });
        } else {
            self.omitted += 1;
        }
    }

    /// Says how many differences are not described, and returns the rest.
    pub(super) fn completed(mut self) -> Self {
        if self.omitted > 0
            && let Some(last) = self.differences.last_mut()
        {
            last.why = format!("{}; and {} more differences", last.why, self.omitted);
        }
        self
    }
}

/// The entries of the ledger that no transaction has matched yet, by amount.
struct Open<'l>(HashMap<String, Vec<&'l LedgerEntry>>);

impl<'l> Open<'l> {
    fn new(entries: &'l [LedgerEntry]) -> Self {
        let mut open: HashMap<String, Vec<&LedgerEntry>> = HashMap::new();
        // Taken from the end, so that the oldest goes first.
        for entry in entries.iter().rev() {
            open.entry(number::canonical(&entry.amount))
                .or_default()
                .push(entry);
        }
        Self(open)
    }

    /// Takes out an entry of this amount.
    fn take(&mut self, amount: &Number) -> Option<&'l LedgerEntry> {
        self.0.get_mut(&number::canonical(amount))?.pop()
    }

    /// Takes out the entry of a day whose amount is nearest.
    fn take_nearest(
        &mut self,
        amount: &Number,
        is_same_day: impl Fn(Date) -> bool,
    ) -> Option<&'l LedgerEntry> {
        let entries = self.0.values().flatten().copied();
        let same_day = entries.filter(|entry| is_same_day(entry.date));
        let nearest = same_day
            .filter_map(|entry| Some((number::distance(&entry.amount, amount)?, entry)))
            .min_by(|(left, _), (right, _)| left.cmp(right))?;
        self.take(&nearest.1.amount)
    }

    fn rest(self) -> Vec<&'l LedgerEntry> {
        let mut rest: Vec<_> = self.0.into_values().flatten().collect();
        rest.sort_by_key(|entry| (entry.date, entry.amount.to_string()));
        rest
    }
}

impl LedgerAccount {
    /// Compares transactions with the ledger, each amount as often as it is there.
    pub(super) fn compare_amounts<'v>(
        &self,
        seen: impl Iterator<Item = (usize, &'v Value)>,
    ) -> LedgerComparison {
        let (mut within, mut at_border, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (index, transaction) in seen {
            let booking = Booking::read(index, transaction);
            match booking.place(self.from, self.until, self.zone.as_ref()) {
                Place::Within => within.push(booking),
                Place::AtBorder => at_border.push(booking),
                place @ (Place::Before | Place::After) => left_out.push((place, booking)),
            }
        }
        let mut open = Open::new(&self.entries);
        let mut compared = LedgerComparison::default();
        let mut surplus = Vec::new();
        for booking in &within {
            let found = booking.amount.number().and_then(|amount| open.take(amount));
            match (&booking.amount, found) {
                (Amount::Number(_), Some(_)) => compared.agreed += 1,
                (Amount::Text(number), Some(_)) => compared.add(
                    Some(booking.index),
                    format!(
                        "transactionAmount is the string \"{number}\"; an amount must be a number"
                    ),
                ),
                _ => surplus.push(booking),
            }
        }
        // Whether one at a border counts is open: it may be what is missing, and if it is not, it may be one too many.
        for booking in &at_border {
            let found = booking.amount.number().and_then(|amount| open.take(amount));
            match found {
                Some(_) => compared.agreed += 1,
                None => _ = compared.open.get_or_insert_with(|| self.why_open(booking)),
            }
        }
        for booking in surplus {
            if self.may_be_earlier(booking) {
                compared.open.get_or_insert_with(|| self.why_open(booking));
                continue;
            }
            let why = self.why_surplus(booking, &mut open);
            compared.add(Some(booking.index), why);
        }
        for entry in open.rest() {
            compared.add(None, self.why_missing(entry, &left_out));
        }
        compared.completed()
    }

    /// Says why it is open whether a transaction counts.
    fn why_open(&self, booking: &Booking<'_>) -> String {
        match self.zone {
            None => NO_ZONE.to_owned(),
            Some(_) => format!(
                "whether {} counts is open: its day differs from that of the bank's zone, and the ledger has no such amount",
                booking.written()
            ),
        }
    }

    /// Tells whether a transaction may be one of the ledger's before the first day that counts, because no zone is known.
    fn may_be_earlier(&self, booking: &Booking<'_>) -> bool {
        let Some(amount) = booking.amount.number() else {
            return false;
        };
        let mut earlier = self.earlier.iter();
        self.zone.is_none()
            && booking.has_day()
            && earlier.any(|entry| {
                number::equal(&entry.amount, amount)
                    && booking.is_on(entry.date, None) != Some(false)
            })
    }

    /// Says why a transaction is not one of the ledger's, and takes the entry that explains it.
    fn why_surplus(&self, booking: &Booking<'_>, open: &mut Open<'_>) -> String {
        let amount = match &booking.amount {
            Amount::Number(amount) | Amount::Text(amount) => amount,
            Amount::Unreadable(what) => {
                return format!("transactionAmount is {what}; an amount must be a number");
            }
        };
        if let Some(entry) = number::opposite(amount).and_then(|opposite| open.take(&opposite)) {
            return format!(
                "the ledger has it with the opposite sign: {} on {}",
                entry.amount, entry.date
            );
        }
        let booked = match booking.day() {
            "" => amount.to_string(),
            day => format!("{amount} was booked on {day}"),
        };
        let same = |entry: &&LedgerEntry| number::equal(&entry.amount, amount);
        match self.entries.iter().filter(same).count() {
            0 => {}
            1 => return "the ledger has this amount once".to_owned(),
            times => return format!("the ledger has this amount {times} times"),
        }
        if let Some(entry) = self.earlier.iter().rev().find(same) {
            let (from, date) = (self.from, entry.date);
            return format!("{booked}; the ledger has {date}, which is before {from}");
        }
        let zone = self.zone.as_ref();
        let is_same_day = |day| booking.is_on(day, zone) == Some(true);
        if let Some(entry) = open.take_nearest(amount, is_same_day) {
            return format!("{booked}; the ledger has {} on that day", entry.amount);
        }
        "the ledger has no such amount".to_owned()
    }

    /// Says that an entry is missing, and where a transaction of its amount lies outside of what is compared.
    fn why_missing(&self, entry: &LedgerEntry, left_out: &[(Place, Booking<'_>)]) -> String {
        let (amount, date) = (&entry.amount, entry.date);
        let mut left_out = left_out.iter();
        let outside = left_out.find(|(_, booking)| {
            let number = booking.amount.number();
            number.is_some_and(|number| number::equal(number, amount))
        });
        let Some((place, booking)) = outside else {
            return format!("{amount} of {date} is missing");
        };
        let day = booking.day();
        let border = match place {
            Place::Before => format!("before {}", self.from),
            _ => format!("after {}", self.until),
        };
        format!("{amount} of {date} is missing; {amount} was booked on {day}, which is {border}")
    }
}
