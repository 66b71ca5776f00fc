//! Time zones: which day an instant is on at the bank.
//!
//! The rules come with the program (the IANA time zone database, compiled in), so that a run is judged alike on every
//! machine. Reading dates and date-times is left to `moment`.

use super::reference::Scope;
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Reads an IANA name such as `Europe/London`, or `UTC`; `None` for any other text.
    ///
    /// ```
    /// use plan_language::value::Zone;
    ///
    /// assert!(Zone::read("Europe/London").is_some());
    /// assert!(Zone::read("UTC").is_some());
    /// assert!(Zone::read("London").is_none());
    /// ```
    pub fn read(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// Returns the offset at an instant; UTC beyond the years 1 to 9999.
    pub(super) fn offset_at(&self, instant: OffsetDateTime) -> UtcOffset {
        let timestamp = Timestamp::from_second(instant.unix_timestamp());
        timestamp.map_or(UtcOffset::UTC, |timestamp| {
            offset(self.0.to_offset(timestamp))
        })
    }

    /// Returns the offset of a local time; the earlier instant of one that a clock shows twice.
    pub(super) fn offset_of(&self, local: PrimitiveDateTime) -> UtcOffset {
        let in_utc = Timestamp::from_second(local.assume_utc().unix_timestamp());
        let found = in_utc.map(|in_utc| {
            let local = Offset::UTC.to_datetime(in_utc);
            match self.0.to_ambiguous_timestamp(local).offset() {
                AmbiguousOffset::Unambiguous { offset } => offset,
                AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => {
                    before
                }
            }
        });
        found.map_or(UtcOffset::UTC, offset)
    }
}

/// Why a comparison is open that depends on the zone.
pub(super) const NO_ZONE: &str = "the answer depends on the bank's time zone; name it in the environment, for example `bank: { zone: Europe/London }`";

/// Returns the zone of the bank, as far as the scope knows it; what reads an environment refuses names that are none.
pub(super) fn bank_zone(scope: &dyn Scope) -> Option<Zone> {
    let bank = scope.lookup("bank")?;
    bank.get("zone")?.as_str().and_then(Zone::read)
}

fn offset(offset: Offset) -> UtcOffset {
    UtcOffset::from_whole_seconds(offset.seconds()).unwrap_or(UtcOffset::UTC)
}
