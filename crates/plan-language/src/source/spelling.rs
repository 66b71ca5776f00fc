//! Unquoted scalars whose meaning is not their spelling: `010`, `1_000`, `yes`. Finds them; the tree is not changed.
//!
//! YAML 1.1 and 1.2 readers disagree on these, and a bank's sort code that silently becomes a number is the kind of
//! mistake nobody sees in a plan. So only scalars are accepted whose JSON form prints back the same.

use super::{Finding, Kind, Span};
use serde_json::Number;

/// Words that are booleans to a YAML 1.1 reader and strings to a YAML 1.2 reader.
const HALF_BOOLEANS: [&str; 6] = ["yes", "no", "on", "off", "y", "n"];

/// How the loader names the numbers that JSON does not have.
const NOT_FINITE: [&str; 3] = [".inf", "-.inf", ".nan"];

/// Returns the complaint about an unquoted scalar, or `None` if it means what it says.
///
/// `spelling` is the scalar as written; a quoted or block scalar must not be handed in.
pub(super) fn complain(kind: &Kind, spelling: &str, span: &Span) -> Option<Finding> {
    let meaning = match kind {
        Kind::Null if matches!(spelling, "" | "~" | "null") => return None,
        Kind::Null => "null".to_owned(),
        Kind::Bool(truth) => truth.to_string(),
        Kind::Number(number) => number.to_string(),
        Kind::Text(text) if is_half_boolean(text) => {
            let message = format!(
                "unquoted `{spelling}` is a boolean to some readers of YAML and a string to others"
            );
            return Some(Finding::new(span, message).with_hint("quote it, or write true/false"));
        }
        Kind::Text(text) if is_sexagesimal(text) => {
            let message = format!(
                "unquoted `{spelling}` is a number to the base of 60 to some readers of YAML"
            );
            return Some(Finding::new(span, message).with_hint(quote(spelling)));
        }
        Kind::Text(text) if is_date(text) => {
            let message = format!(
                "unquoted `{spelling}` is a date to some readers of YAML and a string to others"
            );
            return Some(Finding::new(span, message).with_hint(quote(spelling)));
        }
        Kind::Text(text) if is_old_number(text) => {
            let message = format!(
                "unquoted `{spelling}` is a number to some readers of YAML and a string to others"
            );
            let hint = format!("{}, or write the number without `_`", quote(spelling));
            return Some(Finding::new(span, message).with_hint(hint));
        }
        Kind::Text(text) if NOT_FINITE.contains(&text.as_str()) => {
            let message = format!("unquoted `{spelling}` is a number that JSON does not have");
            return Some(Finding::new(span, message).with_hint(quote(spelling)));
        }
        Kind::Text(_) | Kind::List(_) | Kind::Map(_) => return None,
    };
    if meaning == spelling {
        return None;
    }
    let message = format!("unquoted `{spelling}` would become {meaning}");
    Some(Finding::new(span, message).with_hint(quote(spelling)))
}

/// Reads a plain decimal number with all of its digits, also beyond what a double tells apart.
///
/// `None` for spellings that do not print back the same in every reader: exponents, and zeros at the end (`1.10`).
pub(super) fn exact_number(spelling: &str) -> Option<Number> {
    let spelling = spelling.trim_end();
    let fraction = spelling
        .split_once('.')
        .map_or("0", |(_, fraction)| fraction);
    let is_plain = spelling != "-0"
        && !spelling.contains(['e', 'E'])
        && (fraction == "0" || !fraction.ends_with('0'));
    let number: Number = is_plain.then(|| spelling.parse().ok())??;
    (number.as_str() == spelling).then_some(number)
}

/// Tells whether YAML 1.1 takes the text for a boolean.
fn is_half_boolean(text: &str) -> bool {
    HALF_BOOLEANS
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// Tells whether YAML 1.1 takes the text for a number to the base of 60: `12:30`, `1:59:00.5`.
fn is_sexagesimal(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let mut more = parts.peekable();
    first.starts_with(|letter: char| letter.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && more.peek().is_some()
        && more.all(|part| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']))
}

/// Tells whether YAML 1.1 takes the text for a date or a date-time: `2026-01-31`, `2026-1-31 12:30:00`.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ', '\t']) {
        Some(at) => (&text[..at], Some(text[at + 1..].trim_start())),
        None => (text, None),
    };
    let counts = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let is_day = year.len() == 4 && counts(year, 4) && counts(month, 2) && counts(day, 2);
    // A date-time has an hour, and minutes after a colon.
    let is_time = |time: &str| {
        time.split_once(':').is_some_and(|(hour, rest)| {
            counts(hour, 2) && rest.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    is_day && time.is_none_or(is_time)
}

/// Tells whether YAML 1.1 takes the text for a number that has `_` between its digits: `0_1`, `0x_1F`, `1_0.5`.
///
/// Those that the reader takes for a number as well are found by their value.
fn is_old_number(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all = |digits: &str, is_digit: fn(u8) -> bool| {
        digits.bytes().all(|byte| byte == b'_' || is_digit(byte)) && digits.bytes().any(is_digit)
    };
    if !text.contains('_') {
        return false;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, |byte| byte.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0b") {
        return all(digits, |byte| matches!(byte, b'0' | b'1'));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    whole.starts_with(|first: char| first.is_ascii_digit())
        && all(whole, |byte| byte.is_ascii_digit())
        && all(fraction, |byte| byte.is_ascii_digit())
}

/// Returns the complaint about a key without a value that is hardly meant as one: `1,000` between `{ }` is `1` and the
/// key `000`, and `id:$uuid` is one key.
pub(super) fn complain_of_key(key: &str, spelling: &str, span: &Span) -> Option<Finding> {
    let is_word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '$'))
    };
    if let Some((name, value)) = key.split_once(':')
        && spelling == key
        && is_word(name)
        && !value.is_empty()
    {
        return Some(
            Finding::new(
                span,
                format!("`{key}` is a key without a value, because no blank follows its colon"),
            )
            .with_hint(format!(
                "write `{name}: {value}`; quote a key that contains a colon"
            )),
        );
    }
    let digits = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    (digits && spelling == key).then(|| {
        Finding::new(
            span,
            format!("`{key}` is a key without a value here, because a comma begins the next entry"),
        )
        .with_hint("write a number without commas; quote a string that contains one")
    })
}

/// Returns the hint that shows the quoted form.
fn quote(spelling: &str) -> String {
    format!("quote it: '{spelling}'")
}

#[cfg(test)]
mod tests {
    use super::super::load;

    fn hint(scalar: &str) -> Option<String> {
        match load("x.yaml", format!("key: {scalar}\n").as_bytes()) {
            Ok(_) => None,
            Err(findings) => findings.into_iter().next().and_then(|found| found.hint),
        }
    }

    #[test]
    fn refuses_what_does_not_print_back_the_same() {
        for scalar in [
            "010",
            "-010",
            "00123",
            "08",
            "1_000",
            "+49123456",
            "1e3",
            "0x1F",
            "0o17",
            "0b11",
            "1.10",
            ".5",
            "5.",
            "-0",
            "True",
            "FALSE",
            "NULL",
            "Null",
            ".inf",
            "-.INF",
            ".NaN",
            "1e999",
            "12:30",
            "1:59:00.5",
            "2026-01-31",
            "2026-1-5",
            "2026-01-31T12:30:00Z",
            "2026-01-31 12:30:00",
        ] {
            assert_eq!(
                hint(scalar),
                Some(format!("quote it: '{scalar}'")),
                "{scalar}"
            );
        }
    }

    #[test]
    fn refuses_numbers_of_yaml_1_1() {
        for scalar in ["0_1", "0x_1F", "0b1_0", "-0_7", "1_0.5_0", "1__0"] {
            assert!(hint(scalar).is_some(), "{scalar}");
        }
    }

    #[test]
    fn refuses_a_number_with_a_comma_between_braces() {
        let found = hint("{ amount: 1,000, b: 2 }");
        assert_eq!(
            found.as_deref(),
            Some("write a number without commas; quote a string that contains one")
        );
        for fine in ["{ 200: ok }", "{ a: }", "{ a: '1,000' }", "[ 1, 200 ]"] {
            assert_eq!(hint(fine), None, "{fine}");
        }
    }

    #[test]
    fn refuses_half_booleans() {
        for scalar in ["yes", "No", "ON", "off", "y", "N"] {
            assert_eq!(
                hint(scalar).as_deref(),
                Some("quote it, or write true/false"),
                "{scalar}"
            );
        }
    }

    #[test]
    fn accepts_what_means_what_it_says() {
        for scalar in [
            "0",
            "-3",
            "1.5",
            "12.25",
            "1.0",
            "18446744073709551615",
            "18446744073709551617",
            "-9223372036854775808",
            "9007199254740993.0",
            "9007199254740993.01",
            "-45.125",
            "true",
            "false",
            "null",
            "~",
            "",
            "2xx",
            "12:60",
            "127.0.0.1:80",
            "localhost:80",
            "10aaeee6-0000",
            "2026-01-310",
            "2026-01",
            "2026-01-31-2",
            "2026-01-31 is a date",
            "_1",
            "1_a",
            "a_1",
            "nope",
            "yes please",
            "'010'",
            "\"no\"",
            "'.inf'",
            "1.2.3",
            "!!str 010",
            "${x}",
        ] {
            assert_eq!(hint(scalar), None, "{scalar}");
        }
    }
}
