//! Unquoted scalars whose meaning is not their spelling: `010`, `1_000`, `yes`. Finds them; the tree is not changed.
//!
//! YAML 1.1 and 1.2 readers disagree on these, and a bank's sort code that silently becomes a number is the kind of
//! mistake nobody sees in a plan. So only scalars are accepted whose JSON form prints back the same.

use super::{Finding, Kind, Span};

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
            "18446744073709551616",
            "9007199254740993.0",
            ".inf",
            "-.INF",
            ".NaN",
            "1e999",
            "12:30",
            "1:59:00.5",
        ] {
            assert_eq!(
                hint(scalar),
                Some(format!("quote it: '{scalar}'")),
                "{scalar}"
            );
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
            "-9223372036854775808",
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
            "2026-01-31",
            "2026-01-31T12:30:00Z",
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
