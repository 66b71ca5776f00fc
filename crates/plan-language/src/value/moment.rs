//! Dates and date-times: one reading for every comparison of two of them.
//!
//! The forms are those of `form`. What an order means for a demand is left to the operators.

use super::form;
use super::zone::Zone;
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

    /// Orders two moments; `None` where the order depends on the zone, and none is known.
    ///
    /// Instants are ordered by instant. With a day the comparison is by day: that of a date-time without offset as it is
    /// written, that of an instant in the zone. Without a zone an instant may be on the day that is written or on that
    /// of UTC, and a date-time without offset may be read with every offset there is.
    pub(super) fn order(self, other: Self, zone: Option<&Zone>) -> Option<Ordering> {
        if matches!(self, Self::Day(_)) || matches!(other, Self::Day(_)) {
            let [first, second] = self.days(zone);
            let orders = [first, second].into_iter();
            let others = other.days(zone);
            return agreed(orders.flat_map(|day| others.map(|other| day.cmp(&other))));
        }
        match (self, other) {
            // Two clocks without offset are taken to be the same clock.
            (Self::Local(left), Self::Local(right)) => Some(left.cmp(&right)),
            _ => {
                let others = other.instants(zone);
                let instants = self.instants(zone).into_iter();
                agreed(instants.flat_map(|instant| others.map(|other| instant.cmp(&other))))
            }
        }
    }

    /// Returns the first and the last calendar day on which it may be.
    fn days(self, zone: Option<&Zone>) -> [Date; 2] {
        match (self, zone) {
            (Self::Day(day), _) => [day; 2],
            (Self::Local(local), _) => [local.date(); 2],
            (Self::Instant(instant), None) => [instant.date(), in_offset(instant, UtcOffset::UTC)],
            (Self::Instant(instant), Some(zone)) => {
                [in_offset(instant, zone.offset_at(instant)); 2]
            }
        }
    }

    /// Returns the first and the last instant that it may be; that of a day is its beginning.
    fn instants(self, zone: Option<&Zone>) -> [OffsetDateTime; 2] {
        let local = match self {
            Self::Instant(instant) => return [instant; 2],
            Self::Day(day) => day.midnight(),
            Self::Local(local) => local,
        };
        match zone {
            Some(zone) => [local.assume_offset(zone.offset_of(local)); 2],
            None => OFFSETS.map(|hours| {
                local.assume_offset(UtcOffset::from_hms(hours, 0, 0).unwrap_or(UtcOffset::UTC))
            }),
        }
    }
}

/// The offsets from UTC between which all zones lie, in hours.
const OFFSETS: [i8; 2] = [14, -12];

/// Returns the calendar day of an instant with an offset; at the ends of the calendar the day that is written.
fn in_offset(instant: OffsetDateTime, offset: UtcOffset) -> Date {
    let local = instant.checked_to_offset(offset);
    local.map_or(instant.date(), OffsetDateTime::date)
}

/// Returns the order on which all readings agree.
fn agreed(mut orders: impl Iterator<Item = Ordering>) -> Option<Ordering> {
    let first = orders.next()?;
    orders.all(|order| order == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(left: &str, expected: Option<Ordering>, right: &str, zone: Option<&str>) {
        let zone = zone.map(|name| Zone::read(name).unwrap());
        let read = |text| Moment::read(text).unwrap();
        let (left, right) = (read(left), read(right));
        assert_eq!(
            left.order(right, zone.as_ref()),
            expected,
            "{left:?} {right:?} {zone:?}"
        );
        let reverse = right.order(left, zone.as_ref());
        assert_eq!(reverse, expected.map(Ordering::reverse));
    }

    const LESS: Option<Ordering> = Some(Ordering::Less);
    const EQUAL: Option<Ordering> = Some(Ordering::Equal);
    const GREATER: Option<Ordering> = Some(Ordering::Greater);

    #[test]
    fn instants_are_ordered_by_instant_and_days_by_day() {
        for zone in [None, Some("America/New_York")] {
            check(
                "2026-01-01T01:00:00+01:00",
                EQUAL,
                "2026-01-01T00:00:00Z",
                zone,
            );
            check("2026-01-02", LESS, "2026-01-10", zone);
        }
    }

    #[test]
    fn a_date_is_compared_with_a_date_time_by_the_day_of_the_zone() {
        let late = "2026-02-28T23:30:00Z";
        check(late, LESS, "2026-03-01", None);
        check(late, LESS, "2026-03-01", Some("Europe/London"));
        check(late, EQUAL, "2026-03-01", Some("Europe/Paris"));
        // In summer London is an hour ahead of UTC.
        check(
            "2026-06-30T23:30:00Z",
            EQUAL,
            "2026-07-01",
            Some("Europe/London"),
        );
    }

    #[test]
    fn without_a_zone_the_day_of_a_midnight_with_offset_is_open() {
        let midnight = "2026-06-01T00:00:00+01:00";
        check(midnight, None, "2026-06-01", None);
        check(midnight, EQUAL, "2026-06-01", Some("Europe/London"));
        check(midnight, LESS, "2026-06-01", Some("UTC"));
        check(midnight, LESS, "2026-06-02", None);
        check(midnight, GREATER, "2026-05-30", None);
    }

    #[test]
    fn a_date_time_without_offset_has_its_day_and_is_read_in_the_zone() {
        check("2026-03-01T00:30:00", EQUAL, "2026-03-01", None);
        check(
            "2026-03-01T00:30:00",
            EQUAL,
            "2026-03-01",
            Some("America/New_York"),
        );
        check(
            "2026-03-01T00:30:00",
            EQUAL,
            "2026-03-01T00:30:00Z",
            Some("UTC"),
        );
        check("2026-03-01T00:30:00", None, "2026-03-01T00:30:00Z", None);
        check("2026-03-01T00:30:00", LESS, "2026-03-02T00:30:00Z", None);
        check(
            "2026-07-01T00:30:00",
            LESS,
            "2026-07-01T00:00:00Z",
            Some("Europe/London"),
        );
        check(
            "2026-03-01T00:30:00.5",
            GREATER,
            "2026-03-01T00:30:00",
            None,
        );
    }

    #[test]
    fn other_texts_are_no_moments() {
        for text in ["", "2026-02-30", "01/03/2026", "2026-03-01T", "20260301"] {
            assert_eq!(Moment::read(text), None, "{text}");
        }
    }
}
