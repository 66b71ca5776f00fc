//! The clocks of a run: monotonic time for waits, and the time of day.
//!
//! Monotonic time is tokio's: in a simulation it stands still while the process works and jumps to the next timer.
//! The time of day is the system's, also in a simulation, because tokens and one-time codes expire by it. Durations
//! of the process itself (how long `prove` took, how often the journal is flushed) are measured with
//! [`std::time::Instant`], which no simulation moves.

use std::time::{SystemTime, UNIX_EPOCH};

use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime};

pub use tokio::time::Instant;

/// Returns the moment of monotonic time, which a simulation moves.
pub fn now() -> Instant {
    Instant::now()
}

/// Returns the time of day.
pub fn wall() -> SystemTime {
    SystemTime::now()
}

/// Returns the time of day in whole seconds since 1970, 0 for a clock that stands before.
pub fn wall_seconds() -> i64 {
    wall()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or_default()
}

/// Formats a time of day, in seconds since 1970, as RFC 3339 in UTC.
///
/// A moment that RFC 3339 cannot express (before the year 0 or after 9999) becomes `1970-01-01T00:00:00Z`.
pub fn rfc_3339(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

/// Tells whether a text is a day, `YYYY-MM-DD`; such texts sort as days do.
pub fn is_day(text: &str) -> bool {
    // ISO 8601 has other forms, such as weeks, of which some are as long.
    let form = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    form && text.len() == "2027-01-31".len() && Date::parse(text, &Iso8601::DATE).is_ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_of_day_has_its_zone() {
        assert_eq!(rfc_3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc_3339(1_780_272_000), "2026-06-01T00:00:00Z");
        assert_eq!(rfc_3339(i64::MAX), "1970-01-01T00:00:00Z");
        assert!(wall_seconds() > 1_700_000_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_simulation_moves_monotonic_time_only() {
        let (begun, day) = (now(), wall_seconds());
        tokio::time::sleep(Duration::from_secs(86_400)).await;
        assert!(begun.elapsed() >= Duration::from_secs(86_400));
        assert!(wall_seconds() - day < 3_600);
    }

    #[test]
    fn a_day_is_a_day_of_the_calendar_in_one_form() {
        assert!(is_day("2024-02-29"));
        for text in [
            "2026-02-29",
            "2026-W01-1",
            "2026-365",
            "20260101",
            "",
            "2026-1-1",
            "+2026-01-01",
            "2026-01-01T00",
        ] {
            assert!(!is_day(text), "{text}");
        }
    }
}
