//! Durations as plans write them: `500ms`, `90s`, `2m`, `1h`, `1m30s`. Reads and writes strings only; there is no clock here.

use std::time::Duration;

/// The units from large to small, with their milliseconds.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a duration: whole numbers with units `h`, `m`, `s`, `ms`, from large to small, each at most once.
///
/// # Errors
///
/// A sentence for the plan's author: no unit, unknown unit, wrong order, a fraction, a sign, zero, or too long.
pub fn parse(text: &str) -> Result<Duration, String> {
    let mut rest = text;
    let mut total_ms: u64 = 0;
    let mut allowed = UNITS.as_slice();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        if number.is_empty() || (unit.is_empty() && !after.is_empty()) {
            return Err(match spelled_out(text) {
                Some(meant) => format!("`{text}` is not a duration: write `{meant}`"),
                None => format!("`{text}` is not a duration such as `90s`, `500ms` or `1m30s`"),
            });
        }
        if unit.is_empty() {
            return Err(format!(
                "`{text}` lacks a unit: write `{text}s` for seconds"
            ));
        }
        let Some(place) = allowed.iter().position(|(name, _)| *name == unit) else {
            return Err(if UNITS.iter().any(|(name, _)| *name == unit) {
                format!("`{text}` names its units out of order or twice: write `1h2m3s4ms`")
            } else {
                format!("`{text}` has the unknown unit `{unit}`: use h, m, s or ms")
            });
        };
        let unit_ms = allowed[place].1;
        allowed = &allowed[place + 1..];
        total_ms = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(unit_ms))
            .and_then(|part| total_ms.checked_add(part))
            .ok_or_else(|| format!("`{text}` is too long a duration"))?;
        rest = after;
    }
    match (text.is_empty(), total_ms) {
        (true, _) => Err("a duration such as `90s` is needed".to_owned()),
        (_, 0) => Err(format!("`{text}` is no time at all")),
        (_, total_ms) => Ok(Duration::from_millis(total_ms)),
    }
}

/// Returns the duration that is meant by a number with its unit in words: `5 seconds` is `5s`.
fn spelled_out(text: &str) -> Option<String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, word) = text.split_at(digits);
    let word = word.trim();
    let unit = match word.trim_end_matches('s') {
        "" if word == "s" => "s",
        "sec" | "second" => "s",
        "m" if word == "m" => "m",
        "min" | "minute" => "m",
        "h" | "hour" => "h",
        "m" | "milli" | "millisecond" => "ms",
        _ => return None,
    };
    (digits > 0).then(|| format!("{number}{unit}"))
}

/// Writes a duration the way [`parse`] reads it, in milliseconds rounded down; `0ms` for less than one.
pub fn format(duration: Duration) -> String {
    let mut rest_ms = duration.as_millis();
    let mut out = String::new();
    for (unit, unit_ms) in UNITS {
        let number = rest_ms / u128::from(unit_ms);
        rest_ms %= u128::from(unit_ms);
        if number > 0 {
            out.push_str(&format!("{number}{unit}"));
        }
    }
    if out.is_empty() {
        "0ms".to_owned()
    } else {
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_units_and_their_combinations() {
        for (text, ms) in [
            ("1ms", 1),
            ("500ms", 500),
            ("90s", 90_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("1m30s", 90_000),
            ("1h2m3s4ms", 3_723_004),
            ("0m1s", 1_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in [
            "",
            "0s",
            "0ms",
            "-1s",
            "+1s",
            "90",
            "1.5s",
            "s",
            "1d",
            "1S",
            "30s1m",
            "1s1s",
            " 1s",
            "1s ",
            "1 s",
            "1m30",
            "99999999999999999999s",
            "18446744073709551615h",
            "١s",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn says_what_to_write() {
        assert_eq!(
            parse("90"),
            Err("`90` lacks a unit: write `90s` for seconds".to_owned())
        );
        assert_eq!(
            parse("1d"),
            Err("`1d` has the unknown unit `d`: use h, m, s or ms".to_owned())
        );
    }

    #[test]
    fn less_than_a_millisecond_is_none() {
        assert_eq!(format(Duration::from_micros(999)), "0ms");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(ms in 1..u64::MAX) {
            let duration = Duration::from_millis(ms);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9hms .\\-é]{0,12}") {
            let _ = parse(&text);
        }
    }
}
