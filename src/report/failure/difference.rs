//! Differences between an expected and an actual message: location, expected value, actual value, and why.

use crate::matching::Difference;
use crate::number::count;
use crate::record::Record;
use crate::report::failure::{BRIEF_BYTES_MAX, VALUE_BYTES_MAX, plan_line};
use crate::report::lines::{LineStyle, Lines};
use crate::report::number::more;
use crate::report::plain::{cut, line};
use plan_language::plan::Place;
use plan_language::value::Value;

/// Number of differences of one message that are shown.
const DIFFERENCES_MAX: usize = 20;
/// Bytes of a value on one line.
const FLAT_BYTES_MAX: usize = 80;
/// Number of lines of a value that is written over several.
const VALUE_LINES_MAX: usize = 16;

/// Adds differences in their order, grouped by the part of the message; `known` is the place of the plan that was shown
/// before.
pub(super) fn add(lines: &mut Lines, record: &Record, differences: &[Difference], known: &Place) {
    let shown = &differences[..differences.len().min(DIFFERENCES_MAX)];
    let mut rest = shown;
    while let Some(first) = rest.first() {
        let part = parent(&first.at);
        let same = |difference: &&Difference| !part.is_empty() && parent(&difference.at) == part;
        match rest.iter().take_while(same).count() {
            0 | 1 => {
                lines.look(LineStyle::Heading, location(&first.at));
                lines.within(|lines| leaf(lines, record, first, known));
                rest = &rest[1..];
            }
            together => {
                lines.look(LineStyle::Heading, location(part));
                lines.within(|lines| {
                    for one in &rest[..together] {
                        let key = one.at[part.len()..].trim_start_matches('.');
                        lines.look(LineStyle::Heading, cut(&line(key), VALUE_BYTES_MAX));
                        lines.within(|lines| leaf(lines, record, one, known));
                    }
                });
                rest = &rest[together..];
            }
        }
    }
    if differences.len() > DIFFERENCES_MAX {
        lines.add(format!(
            "and {}, see record.json",
            more(differences.len() - DIFFERENCES_MAX, "difference")
        ));
    }
}

fn location(at: &str) -> String {
    format!("at {}", cut(&line(at), VALUE_BYTES_MAX))
}

/// Returns the location of the object or array that contains a location; empty at the top.
fn parent(at: &str) -> &str {
    // The last dot or bracket outside quoted keys.
    let mut quoted = false;
    let mut end = 0;
    let mut escaped = false;
    for (index, one) in at.char_indices() {
        match one {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '.' | '[' if !quoted => end = index,
            _ => {}
        }
    }
    &at[..end]
}

fn leaf(lines: &mut Lines, record: &Record, one: &Difference, known: &Place) {
    if one.place.line != known.line || one.place.file != known.file {
        plan_line::add(lines, record, &one.place);
    }
    let expected = cut(&line(&one.expected), VALUE_BYTES_MAX).into_owned();
    lines.look(LineStyle::Wanted, format!("expected  {expected}"));
    match &one.seen {
        Some(value @ (Value::Object(_) | Value::Array(_)))
            if value.to_string().len() > FLAT_BYTES_MAX =>
        {
            lines.look(LineStyle::Seen, "actual");
            lines.within(|lines| lines.look(LineStyle::Seen, deep(value)));
        }
        _ => lines.look(LineStyle::Seen, format!("actual    {}", actual(one))),
    }
    if let Some(why) = &one.why {
        let why = cut(&line(why), VALUE_BYTES_MAX).into_owned();
        lines.sentence(format!("because   {why}"));
    }
}

/// Writes a difference in part of a line.
pub(super) fn brief(one: &Difference) -> String {
    let seen = match &one.seen {
        None if one.unread => "but it could not be read".to_owned(),
        None => "but it is missing".to_owned(),
        // Compound values are shown below; here they would push the sentence out of sight.
        Some(Value::Object(_)) => "got an object".to_owned(),
        Some(Value::Array(items)) => format!("got an array of {}", count(items.len(), "element")),
        Some(value) => format!("got {}", shown(value, BRIEF_BYTES_MAX)),
    };
    let text = format!(
        "{}: expected {}, {seen}",
        cut(&line(&one.at), BRIEF_BYTES_MAX),
        cut(&line(&one.expected), BRIEF_BYTES_MAX),
    );
    match &one.why {
        Some(why) => format!("{text} ({})", cut(&line(why), BRIEF_BYTES_MAX)),
        None => text,
    }
}

/// Writes the actual value of a difference; `missing` without one.
fn actual(one: &Difference) -> String {
    if one.unread {
        return "could not be read".to_owned();
    }
    one.seen.as_ref().map_or_else(
        || "missing".to_owned(),
        |value| shown(value, VALUE_BYTES_MAX),
    )
}

/// Writes a value as JSON on one line, cut with both sizes.
pub(super) fn shown(value: &Value, most: usize) -> String {
    let text = value.to_string();
    // Cut first: nothing is gained by looking through a megabyte that is not shown.
    line(&cut(&text, most)).into_owned()
}

/// Writes a value as JSON over several lines, of which the first are shown.
fn deep(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let number = text.lines().count();
    let mut kept: Vec<_> = text
        .lines()
        .take(VALUE_LINES_MAX)
        .map(|text| cut(text, VALUE_BYTES_MAX).into_owned())
        .collect();
    if number > VALUE_LINES_MAX {
        kept.push(format!("… (cut: {VALUE_LINES_MAX} of {number} lines)"));
    }
    kept.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_a_location_is_all_but_its_last_key() {
        for (at, part) in [
            ("status", ""),
            ("body.type", "body"),
            ("body.data[2].id", "body.data[2]"),
            ("body.data[2]", "body.data"),
            (r#"body["a.b[0]"]"#, "body"),
            (r#"body["a\".b"].c"#, r#"body["a\".b"]"#),
            ("", ""),
        ] {
            assert_eq!(parent(at), part, "{at}");
        }
    }
}
