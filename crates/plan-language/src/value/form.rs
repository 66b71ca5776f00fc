//! Forms of texts: UUIDs, dates, date-times, URLs, media types. Strict where the field's specifications are.

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime};
use url::Url;

/// Tells whether a text is a UUID in its hyphenated form of 36 characters (RFC 9562 section 4), of either case.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// Reads an RFC 3339 date-time; it must have an offset.
pub(super) fn datetime(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// Reads a date-time that is one of RFC 3339 but for its offset, which is missing.
pub(super) fn local_datetime(text: &str) -> Option<PrimitiveDateTime> {
    let in_utc = datetime(&format!("{text}Z"))?;
    Some(PrimitiveDateTime::new(in_utc.date(), in_utc.time()))
}

/// Reads a calendar date of the form `2026-01-31`.
pub(super) fn date(text: &str) -> Option<Date> {
    let digits = text.bytes().enumerate().all(|(at, byte)| {
        if matches!(at, 4 | 7) {
            byte == b'-'
        } else {
            byte.is_ascii_digit()
        }
    });
    if text.len() != 10 || !digits {
        return None;
    }
    let month = Month::try_from(text[5..7].parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(text[..4].parse().ok()?, month, text[8..].parse().ok()?).ok()
}

/// Tells whether a text is an absolute `http` or `https` URL without blanks around or control characters within.
pub(super) fn is_url(text: &str) -> bool {
    // The parser forgives blanks and control characters by removing them.
    let clean = !text.contains(|c: char| c.is_control() || c.is_whitespace());
    clean
        && text.contains("://")
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Returns the essence of a media type in lower case: `application/json` of `Application/JSON; charset=UTF-8`.
///
/// `None` if it has not the form of one (RFC 9110 section 8.3.1).
pub(super) fn media_essence(text: &str) -> Option<String> {
    let essence = text.split(';').next()?.trim_matches([' ', '\t']);
    let (kind, subtype) = essence.split_once('/')?;
    let is_token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    (is_token(kind) && is_token(subtype)).then(|| essence.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(holds: impl Fn(&str) -> bool, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(holds(text), "{text}");
        }
        for text in no {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn uuids_are_hyphenated() {
        check(
            is_uuid,
            &[
                "10aaeee6-0000-4000-8000-000000000001",
                "10AAEEE6-0000-4000-8000-00000000000F",
            ],
            &[
                "",
                "10aaeee600004000800000000000000 1",
                "10aaeee6000040008000000000000001",
                "{10aaeee6-0000-4000-8000-00000000001}",
                "urn:uuid:10aaeee6-0000-4000-8000-000000000001",
                "10aaeee6-0000-4000-8000-00000000000g",
                "10aaeee6-0000-4000-8000-000000000001 ",
            ],
        );
    }

    #[test]
    fn date_times_have_an_offset_and_dates_have_no_time() {
        check(
            |text| datetime(text).is_some(),
            &["2026-01-31T23:59:59Z", "2026-01-31T23:59:59.123456+05:30"],
            &[
                "",
                "2026-01-31",
                "2026-01-31T23:59:59",
                "2026-02-30T00:00:00Z",
                "2026-01-31T24:00:00Z",
            ],
        );
        check(
            |text| date(text).is_some(),
            &["2026-01-31", "2024-02-29", "0001-01-01"],
            &[
                "",
                "2026-02-29",
                "2026-1-31",
                "31-01-2026",
                "2026-13-01",
                "2026-01-31T00:00:00Z",
                "20260131",
                "+026-01-01",
                "２０26-01-1",
            ],
        );
    }

    #[test]
    fn urls_are_absolute() {
        check(
            is_url,
            &["http://localhost:8080/a?b=c", "https://h", "HTTPS://h/é"],
            &[
                "",
                "/a",
                "h/a",
                "ftp://h",
                "http://",
                "http:h",
                " https://h",
                "https://h\n",
                "https://h /a",
            ],
        );
    }

    #[test]
    fn media_types_are_reduced_to_their_essence() {
        assert_eq!(
            media_essence("Application/JSON ; charset=UTF-8").as_deref(),
            Some("application/json")
        );
        assert_eq!(media_essence("text/html").as_deref(), Some("text/html"));
        for text in ["", "json", "a/", "/b", "a/b/c", "a b/c", ";a/b"] {
            assert_eq!(media_essence(text), None, "{text}");
        }
    }
}
