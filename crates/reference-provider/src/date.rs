//! Calendar dates and timestamps in the service's formats, as strings in UTC.
//!
//! Dates have the format `YYYY-MM-DD`, so that they sort as strings.

use time::OffsetDateTime;
use time::UtcOffset;
use time::format_description::well_known::Rfc3339;

/// Returns the UTC date of an RFC 3339 date or date-time; `None` when the text is neither.
///
/// A date-time without an offset is in UTC, as in the service's documented examples.
pub(super) fn parse(text: &str) -> Option<String> {
    let read = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let moment = match text.len() {
        10 => read(&format!("{text}T00:00:00Z")),
        _ => read(text).or_else(|| read(&format!("{text}Z"))),
    };
    Some(moment?.to_offset(UtcOffset::UTC).date().to_string())
}

/// Returns today's date.
pub(super) fn today() -> String {
    OffsetDateTime::now_utc().date().to_string()
}

/// Returns the date so many days later; the date itself where there is no such day.
pub(super) fn moved(date: &str, days: i64) -> String {
    let midnight = OffsetDateTime::parse(&midnight(date), &Rfc3339).ok();
    let moved = midnight.and_then(|midnight| midnight.checked_add(time::Duration::days(days)));
    moved.map_or_else(|| date.to_owned(), |moved| moved.date().to_string())
}

/// Returns the date with its day and month swapped; the date itself if there is no such day.
pub(super) fn swapped(date: &str) -> String {
    let parts: Vec<&str> = date.splitn(3, '-').collect();
    let [year, month, day] = parts[..] else {
        return date.to_owned();
    };
    let swapped = format!("{year}-{day}-{month}");
    parse(&swapped).unwrap_or_else(|| date.to_owned())
}

/// Returns midnight at the beginning of a date, such as `2026-01-05T00:00:00.000Z`.
pub(super) fn midnight(date: &str) -> String {
    format!("{date}T00:00:00.000Z")
}

/// Returns the present time with milliseconds, such as `2026-01-05T12:30:00.250Z`.
pub(super) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let (hour, minute, second, milli) = now.time().as_hms_milli();
    format!(
        "{}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z",
        now.date()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_date_times_are_read_in_utc() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(parse(text).as_deref(), expected, "{text}")
        };
        check("2026-01-05", Some("2026-01-05"));
        check("2024-02-29", Some("2024-02-29"));
        check("2026-01-05T23:59:59.999Z", Some("2026-01-05"));
        check("2026-01-05T00:30:00+02:00", Some("2026-01-04"));
        check("2026-01-05T00:00:00", Some("2026-01-05"));
        check("2026-01-05T23:59:59.999", Some("2026-01-05"));
        check("2026-02-29", None);
        check("2026-02-29T00:00:00", None);
        check("2026-01-05T", None);
        check("2026-01-05T00:00:00ZZ", None);
        check("2026-1-5", None);
        check("05.01.2026", None);
        check("", None);
        check("2026-01-0\u{fc}", None);
    }

    #[test]
    fn timestamps_are_rfc_3339() {
        assert_eq!(parse(&now()), Some(today()));
        assert_eq!(
            parse(&midnight("2026-01-05")).as_deref(),
            Some("2026-01-05")
        );
    }
}
