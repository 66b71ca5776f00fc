//! Compares transactions with the ledger, and explains each difference by the entry that is nearest to it.

use super::{LedgerAccount, LedgerEntry, day};
use crate::value::number;
use serde_json::{Number, Value};
use std::collections::HashMap;

/// How many differences are described one by one.
const DIFFERENCES_MAX: usize = 6;

/// What a comparison with the ledger found.
#[derive(Debug, Default)]
pub(super) struct LedgerComparison {
    /// How many transactions are there as the ledger has them.
    pub(super) agreed: usize,
    /// What is not, at most [`DIFFERENCES_MAX`].
    pub(super) differences: Vec<LedgerDifference>,
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
    fn add(&mut self, index: Option<usize>, why: String) {
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(LedgerDifference { index, why });
        } else {
            self.omitted += 1;
        }
    }
}

/// A transaction as the product reads it.
struct Booking<'v> {
    index: usize,
    /// Its day as it is written; empty without one.
    day: &'v str,
    amount: Amount,
}

/// An amount as its sender wrote it.
enum Amount {
    Number(Number),
    /// A string that reads as a number.
    Text(Number),
    /// Neither: what it is, in words.
    Unreadable(String),
}

impl Amount {
    fn read(value: &Value) -> Self {
        match value {
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => match text.trim().parse() {
                Ok(number) => Self::Text(number),
                Err(_) => Self::Unreadable("a string that is not a number".to_owned()),
            },
            Value::Null => Self::Unreadable("missing".to_owned()),
            Value::Bool(_) => Self::Unreadable("a boolean".to_owned()),
            Value::Array(_) => Self::Unreadable("an array".to_owned()),
            Value::Object(_) => Self::Unreadable("an object".to_owned()),
        }
    }

    fn number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) | Self::Text(number) => Some(number),
            Self::Unreadable(_) => None,
        }
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
    fn take_nearest(&mut self, day: &str, amount: &Number) -> Option<&'l LedgerEntry> {
        let entries = self.0.values().flatten().copied();
        let same_day = entries.filter(|entry| entry.date == day);
        let nearest = same_day
            .filter_map(|entry| Some((number::distance(&entry.amount, amount)?, entry)))
            .min_by(|(left, _), (right, _)| left.cmp(right))?;
        self.take(&nearest.1.amount)
    }

    fn rest(self) -> Vec<&'l LedgerEntry> {
        let mut rest: Vec<_> = self.0.into_values().flatten().collect();
        rest.sort_by_key(|entry| (&entry.date, entry.amount.to_string()));
        rest
    }
}

impl LedgerAccount {
    /// Compares transactions with the ledger, each amount as often as it is there.
    pub(super) fn compare<'v>(
        &self,
        seen: impl Iterator<Item = (usize, &'v Value)>,
    ) -> LedgerComparison {
        let bookings = seen.map(|(index, transaction)| Booking {
            index,
            day: day(transaction["datePosted"].as_str().unwrap_or_default()),
            amount: Amount::read(&transaction["transactionAmount"]),
        });
        let (bookings, left_out): (Vec<_>, Vec<_>) =
            bookings.partition(|booking| self.counts(booking.day));
        let mut open = Open::new(&self.entries);
        let mut compared = LedgerComparison::default();
        let mut surplus = Vec::new();
        for booking in &bookings {
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
        for booking in surplus {
            let why = self.why_surplus(booking, &mut open);
            compared.add(Some(booking.index), why);
        }
        for entry in open.rest() {
            compared.add(None, self.why_missing(entry, &left_out));
        }
        if compared.omitted > 0
            && let Some(last) = compared.differences.last_mut()
        {
            last.why = format!("{}; and {} more differences", last.why, compared.omitted);
        }
        compared
    }

    /// Tells whether a day lies within the days that are compared; so does one that is not told.
    fn counts(&self, day: &str) -> bool {
        day.is_empty() || (self.from.as_str()..=self.until.as_str()).contains(&day)
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
        let day = booking.day;
        let booked = match day {
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
            let (from, date) = (&self.from, &entry.date);
            return format!("{booked}; the ledger has {date}, which is before {from}");
        }
        if let Some(entry) = open.take_nearest(day, amount) {
            return format!("{booked}; the ledger has {} on that day", entry.amount);
        }
        "the ledger has no such amount".to_owned()
    }

    /// Says that an entry is missing, and where a transaction of its amount lies outside of what is compared.
    fn why_missing(&self, entry: &LedgerEntry, left_out: &[Booking<'_>]) -> String {
        let (amount, date) = (&entry.amount, &entry.date);
        let mut left_out = left_out.iter();
        let outside = left_out.find(|booking| {
            let number = booking.amount.number();
            number.is_some_and(|number| number::equal(number, amount))
        });
        match outside {
            None => format!("{amount} of {date} is missing"),
            Some(Booking { day, .. }) => {
                let (place, border) = if *day < self.from.as_str() {
                    ("before", &self.from)
                } else {
                    ("after", &self.until)
                };
                format!(
                    "{amount} of {date} is missing; {amount} was booked on {day}, which is {place} {border}"
                )
            }
        }
    }
}
