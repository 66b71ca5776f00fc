//! Dates and date-times: one reading for every comparison of two of them.
//!
//! The forms are those of `form`. What an order means for a demand is left to the operators.

use super::form;
use std::cmp::Ordering;
use time::{Date, OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// A date or a date-time, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A calendar day, in no zone.
    Day(Date),
    /// An instant: a date-time with an offset.
    Instant(OffsetDateTime),
    /// A date-time without an offset: its day is certain, its instant is not.
    Local(PrimitiveDateTime),
}

impl Moment {
    /// Reads `2026-01-31`, an RFC 3339 date-time, or one without its offset; `None` for any other text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let day = form::date(text).map(Self::Day);
        let instant = || form::datetime(text).map(Self::Instant);
        day.or_else(instant)
            .or_else(|| form::local_datetime(text).map(Self::Local))
    }

    /// Orders two moments; what has no offset is read in `zone`.
    ///
    /// Instants are ordered by instant. With a day the comparison is by day: that of an instant in `zone`, that of a
    /// date-time without offset as it is written.
    pub(super) fn order(self, other: Self, zone: UtcOffset) -> Ordering {
        match (self, other) {
            (Self::Day(_), _) | (_, Self::Day(_)) => self.day(zone).cmp(&other.day(zone)),
            _ => self.instant(zone).cmp(&other.instant(zone)),
        }
    }

    /// Returns the calendar day in a zone.
    pub(super) fn day(self, zone: UtcOffset) -> Date {
        match self {
            Self::Day(day) => day,
            // At the ends of the calendar there is no other day.
            Self::Instant(instant) => instant
                .checked_to_offset(zone)
                .map_or(instant.date(), |local| local.date()),
            Self::Local(local) => local.date(),
        }
    }

    /// Returns the instant; that of a day is its beginning in the zone.
    fn instant(self, zone: UtcOffset) -> OffsetDateTime {
        match self {
            Self::Day(day) => day.midnight().assume_offset(zone),
            Self::Instant(instant) => instant,
            Self::Local(local) => local.assume_offset(zone),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: i8) -> UtcOffset {
        UtcOffset::from_hms(hours, 0, 0).unwrap()
    }

    fn check(left: &str, expected: Ordering, right: &str, zone: UtcOffset) {
        let (left, right) = (Moment::read(left).unwrap(), Moment::read(right).unwrap());
        assert_eq!(left.order(right, zone), expected, "{left:?} {right:?}");
        assert_eq!(right.order(left, zone), expected.reverse());
    }

    #[test]
    fn instants_are_ordered_by_instant_and_days_by_day() {
        let utc = UtcOffset::UTC;
        check(
            "2026-01-01T01:00:00+01:00",
            Ordering::Equal,
            "2026-01-01T00:00:00Z",
            utc,
        );
        check("2026-01-02", Ordering::Less, "2026-01-10", utc);
    }

    #[test]
    fn a_date_is_compared_with_a_date_time_by_the_day_of_the_zone() {
        let late = "2026-02-28T23:30:00Z";
        check(late, Ordering::Less, "2026-03-01", UtcOffset::UTC);
        check(late, Ordering::Equal, "2026-03-01", hours(1));
        check(
            "2026-03-01T00:30:00+01:00",
            Ordering::Less,
            "2026-03-01",
            UtcOffset::UTC,
        );
    }

    #[test]
    fn a_date_time_without_offset_has_its_day_and_is_read_in_the_zone() {
        check(
            "2026-03-01T00:30:00",
            Ordering::Equal,
            "2026-03-01",
            hours(-5),
        );
        check(
            "2026-03-01T00:30:00",
            Ordering::Equal,
            "2026-03-01T00:30:00Z",
            UtcOffset::UTC,
        );
        check(
            "2026-03-01T00:30:00",
            Ordering::Less,
            "2026-03-01T00:30:00Z",
            hours(1),
        );
        check(
            "2026-03-01T00:30:00.5",
            Ordering::Greater,
            "2026-03-01T00:30:00Z",
            UtcOffset::UTC,
        );
    }

    #[test]
    fn other_texts_are_no_moments() {
        for text in ["", "2026-02-30", "01/03/2026", "2026-03-01T", "20260301"] {
            assert_eq!(Moment::read(text), None, "{text}");
        }
    }
}
