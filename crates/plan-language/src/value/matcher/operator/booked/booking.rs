//! A transaction as the product reads it: its amount as its sender wrote it, and the days on which it may be.

use super::DAY;
use crate::value::moment::Moment;
use crate::value::zone::Zone;
use serde_json::{Number, Value};
use time::Date;

/// A transaction as the product reads it.
#[derive(Debug)]
pub(super) struct Booking<'v> {
    pub(super) index: usize,
    /// When it was posted; `None` if that is missing or no date.
    moment: Option<Moment>,
    /// What is written there.
    written: &'v str,
    pub(super) amount: Amount,
}

/// Where a transaction lies, seen from the days that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Within,
    /// Within or without, by the zone.
    AtBorder,
    Before,
    After,
}

impl<'v> Booking<'v> {
    pub(super) fn read(index: usize, transaction: &'v Value) -> Self {
        let written = transaction["datePosted"].as_str().unwrap_or_default();
        Self {
            index,
            moment: Moment::read(written),
            written,
            amount: Amount::read(&transaction["transactionAmount"]),
        }
    }

    /// Tells whether it is on a day; `None` where that depends on the zone, or where it has no readable day.
    pub(super) fn is_on(&self, day: Date, zone: Option<&Zone>) -> Option<bool> {
        self.moment?.is_on(day, zone)
    }

    /// Tells whether its day can be read.
    pub(super) fn has_day(&self) -> bool {
        self.moment.is_some()
    }

    /// Returns the first and the last day that may be meant; `None` if it has no readable day.
    pub(super) fn possible_days(&self, zone: Option<&Zone>) -> Option<[Date; 2]> {
        Some(self.moment?.possible_days(zone))
    }

    /// Returns the first and the last day on which it is; `None` if it has no readable day.
    pub(super) fn certain_days(&self, zone: Option<&Zone>) -> Option<[Date; 2]> {
        Some(self.moment?.certain_days(zone))
    }

    /// Tells where it lies: by all days on which it is if the zone is known, else by the day that is written.
    ///
    /// One without a readable day lies within, so that nothing is hidden by leaving the day out.
    pub(super) fn place(&self, from: Date, until: Date, zone: Option<&Zone>) -> Place {
        let Some(moment) = self.moment else {
            return Place::Within;
        };
        let [first, last] = moment.possible_days(zone);
        let counts = from..=until;
        if last < from {
            Place::Before
        } else if until < first {
            Place::After
        } else if counts.contains(&first) && counts.contains(&last)
            || zone.is_none() && counts.contains(&moment.written_day())
        {
            Place::Within
        } else {
            Place::AtBorder
        }
    }

    /// Returns its day as it is written.
    pub(super) fn day(&self) -> &'v str {
        self.written.get(..DAY).unwrap_or(self.written)
    }

    /// Returns when it was posted, as it is written.
    pub(super) fn written(&self) -> &'v str {
        self.written
    }
}

/// An amount as its sender wrote it.
#[derive(Debug)]
pub(super) enum Amount {
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

    pub(super) fn number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) | Self::Text(number) => Some(number),
            Self::Unreadable(_) => None,
        }
    }
}
