//! Dates and date-times: one reading for every comparison of two of them.
//!
//! The forms are those of `form`. What an order means for a demand is left to the operators.

use super::form;
use super::zone::Zone;
use std::cmp::Ordering;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

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

    /// Orders two moments in every way that they may be read; more than one where the order depends on the zone, and none is
    /// known.
    ///
    /// Instants are ordered by instant. With a day the comparison is by day: that of a midnight and of a date-time without
    /// offset as it is written, that of another instant in the zone. Without a zone an instant may be on the day that is
    /// written, on that of UTC, and on the day that begins in the east while it is evening there: a bank in the east writes
    /// its midnight so. A date-time without offset may be read with every offset there is.
    pub(super) fn orders(self, other: Self, zone: Option<&Zone>) -> Vec<Ordering> {
        if matches!(self, Self::Day(_)) || matches!(other, Self::Day(_)) {
            let others = other.days(zone);
            let days = self.days(zone).into_iter();
            return distinct(days.flat_map(|day| others.map(|other| day.cmp(&other))));
        }
        match (self, other) {
            // Two clocks without offset are taken to be the same clock.
            (Self::Local(left), Self::Local(right)) => vec![left.cmp(&right)],
            _ => {
                let others = other.instants(zone);
                let instants = self.instants(zone).into_iter();
                distinct(instants.flat_map(|instant| others.map(|other| instant.cmp(&other))))
            }
        }
    }

    /// Tells whether it is on a calendar day; `None` where that depends on the zone, and none is known.
    pub(super) fn is_on(self, day: Date, zone: Option<&Zone>) -> Option<bool> {
        let within = |[first, last]: [Date; 2]| (first..=last).contains(&day);
        if within(self.certain_days(zone)) {
            return Some(true);
        }
        (!within(self.possible_days(zone))).then_some(false)
    }

    /// Returns the first and the last calendar day on which it is: the one that is written, because a bank that knows only
    /// days writes some hour of them, and that of the zone, or of UTC. A midnight is on the day that is written alone.
    pub(super) fn certain_days(self, zone: Option<&Zone>) -> [Date; 2] {
        let written = self.written_day();
        let other = match self {
            Self::Instant(instant) if !self.is_midnight() => in_zone(instant, zone),
            _ => written,
        };
        [written.min(other), written.max(other)]
    }

    /// Returns the first and the last calendar day that may be meant; without a zone those of every offset there is.
    pub(super) fn possible_days(self, zone: Option<&Zone>) -> [Date; 2] {
        match (self, zone) {
            (Self::Instant(instant), None) if !self.is_midnight() => {
                let [east, west] = OFFSETS.map(|hours| in_offset(instant, whole_hours(hours)));
                [west, east]
            }
            _ => self.certain_days(zone),
        }
    }

    /// Tells whether it is a date-time at midnight, as a bank writes a day that it knows no time of.
    fn is_midnight(self) -> bool {
        matches!(self, Self::Instant(instant) if instant.time() == Time::MIDNIGHT)
    }

    /// Returns the calendar day that is written.
    pub(super) fn written_day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Instant(instant) => instant.date(),
            Self::Local(local) => local.date(),
        }
    }

    /// Returns the calendar days on which it may be, seen from another day.
    fn days(self, zone: Option<&Zone>) -> [Date; 3] {
        let written = self.written_day();
        match self {
            Self::Instant(instant) if !self.is_midnight() => match zone {
                Some(_) => [in_zone(instant, zone); 3],
                None => {
                    let in_the_east = in_offset(instant, whole_hours(OFFSETS[0]));
                    [written, in_zone(instant, None), in_the_east]
                }
            },
            _ => [written; 3],
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
            None => OFFSETS.map(|hours| local.assume_offset(whole_hours(hours))),
        }
    }
}

/// The offsets from UTC between which all zones lie, in hours.
const OFFSETS: [i8; 2] = [14, -12];

/// Returns the calendar day of an instant in the zone; in UTC without one.
fn in_zone(instant: OffsetDateTime, zone: Option<&Zone>) -> Date {
    let offset = zone.map_or(UtcOffset::UTC, |zone| zone.offset_at(instant));
    in_offset(instant, offset)
}

fn whole_hours(hours: i8) -> UtcOffset {
    UtcOffset::from_hms(hours, 0, 0).unwrap_or(UtcOffset::UTC)
}

/// Returns the calendar day of an instant with an offset; at the ends of the calendar the day that is written.
fn in_offset(instant: OffsetDateTime, offset: UtcOffset) -> Date {
    let local = instant.checked_to_offset(offset);
    local.map_or(instant.date(), OffsetDateTime::date)
}

/// Returns each order once.
fn distinct(orders: impl Iterator<Item = Ordering>) -> Vec<Ordering> {
    let mut orders: Vec<Ordering> = orders.collect();
    orders.sort_unstable();
    orders.dedup();
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(left: &str, expected: Option<Ordering>, right: &str, zone: Option<&str>) {
        let zone = zone.map(|name| Zone::read(name).unwrap());
        let read = |text| Moment::read(text).unwrap();
        let (left, right) = (read(left), read(right));
        let agreed = |orders: Vec<Ordering>| (orders.len() == 1).then(|| orders[0]);
        assert_eq!(
            agreed(left.orders(right, zone.as_ref())),
            expected,
            "{left:?} {right:?} {zone:?}"
        );
        let reverse = right.orders(left, zone.as_ref());
        assert_eq!(agreed(reverse), expected.map(Ordering::reverse));
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
    fn without_a_zone_an_evening_may_be_the_next_day_of_a_bank_in_the_east() {
        let late = "2026-02-28T23:30:00Z";
        check(late, None, "2026-03-01", None);
        check(late, LESS, "2026-03-02", None);
        check(late, GREATER, "2026-02-27", None);
        check("2026-02-28T09:30:00Z", LESS, "2026-03-01", None);
        check("2026-02-28T09:30:00Z", EQUAL, "2026-02-28", None);
        // Not before its day, whichever it is.
        let midday = Moment::read("2026-03-01T12:00:00Z").unwrap();
        let day = Moment::read("2026-03-01").unwrap();
        assert_eq!(
            midday.orders(day, None),
            [Ordering::Equal, Ordering::Greater]
        );
    }

    #[test]
    fn a_midnight_is_the_day_that_is_written() {
        for zone in [None, Some("Europe/London"), Some("America/New_York")] {
            for midnight in ["2026-06-01T00:00:00+01:00", "2026-06-01T00:00:00.000Z"] {
                check(midnight, EQUAL, "2026-06-01", zone);
                check(midnight, LESS, "2026-06-02", zone);
                check(midnight, GREATER, "2026-05-31", zone);
            }
        }
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

    #[track_caller]
    fn lies(text: &str, day: &str, zone: Option<&str>, expected: Option<bool>) {
        let zone = zone.map(|name| Zone::read(name).unwrap());
        let day = form::date(day).unwrap();
        let moment = Moment::read(text).unwrap();
        assert_eq!(
            moment.is_on(day, zone.as_ref()),
            expected,
            "{text} {day} {zone:?}"
        );
    }

    #[test]
    fn an_instant_is_on_the_day_that_is_written_and_on_that_of_the_zone() {
        let midnight_of_london = "2026-06-30T23:00:00Z";
        lies(
            midnight_of_london,
            "2026-07-01",
            Some("Europe/London"),
            Some(true),
        );
        lies(
            midnight_of_london,
            "2026-06-30",
            Some("Europe/London"),
            Some(true),
        );
        lies(midnight_of_london, "2026-07-01", Some("UTC"), Some(false));
        lies(midnight_of_london, "2026-07-01", None, None);
        // At nine in UTC no clock shows the next day yet.
        lies("2026-06-30T09:00:00Z", "2026-07-01", None, Some(false));
        // Half past midnight in UTC is still the evening before in New York, and a midnight is a day.
        lies("2026-07-01T00:30:00Z", "2026-06-30", None, None);
        let new_york = Some("America/New_York");
        lies("2026-07-01T00:30:00Z", "2026-06-30", new_york, Some(true));
        lies("2026-07-01T00:00:00Z", "2026-06-30", None, Some(false));
        lies("2026-07-01T00:00:00Z", "2026-06-30", new_york, Some(false));
        lies("2026-07-01T00:00:00", "2026-06-30", None, Some(false));
        lies("2026-07-01", "2026-07-01", None, Some(true));
        lies("2026-07-01", "2026-07-02", None, Some(false));
    }

    #[test]
    fn other_texts_are_no_moments() {
        for text in ["", "2026-02-30", "01/03/2026", "2026-03-01T", "20260301"] {
            assert_eq!(Moment::read(text), None, "{text}");
        }
    }
}
