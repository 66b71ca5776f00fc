//! Differences: where, what was expected, what was seen, and why that is not the same.

use crate::judge::Difference;
use crate::plan::Place;
use crate::report::failure::{BRIEF_BYTES_MAX, VALUE_BYTES_MAX, arrow};
use crate::report::lines::Lines;
use crate::report::plain::{cut, line};
use crate::report::words::more;
use crate::value::Value;

/// Number of differences of one message that are shown.
const DIFFERENCES_MAX: usize = 20;

/// Adds differences; `known` is the place that the reader has seen already.
pub(super) fn add(lines: &mut Lines, differences: &[Difference], known: &Place) {
    for one in differences.iter().take(DIFFERENCES_MAX) {
        lines.add(format!("at {}", cut(&line(&one.at), VALUE_BYTES_MAX)));
        if one.place.line != known.line || one.place.file != known.file {
            lines.add(arrow(&one.place));
        }
        lines.within(|lines| {
            lines.add(format!(
                "expected  {}",
                cut(&line(&one.expected), VALUE_BYTES_MAX)
            ));
            lines.add(format!("seen      {}", seen(one, VALUE_BYTES_MAX)));
            if let Some(why) = &one.why {
                lines.add(format!("because   {}", cut(&line(why), VALUE_BYTES_MAX)));
            }
        });
    }
    if differences.len() > DIFFERENCES_MAX {
        lines.add(format!(
            "and {}, see record.json",
            more(differences.len() - DIFFERENCES_MAX, "difference")
        ));
    }
}

/// Says a difference in part of a line.
pub(super) fn brief(one: &Difference) -> String {
    format!(
        "at {}: expected {}, seen {}",
        cut(&line(&one.at), BRIEF_BYTES_MAX),
        cut(&line(&one.expected), BRIEF_BYTES_MAX),
        seen(one, BRIEF_BYTES_MAX)
    )
}

fn seen(one: &Difference, most: usize) -> String {
    one.seen
        .as_ref()
        .map_or_else(|| "nothing".to_owned(), |value| shown(value, most))
}

/// Writes a value as JSON on one line, cut with both sizes.
pub(super) fn shown(value: &Value, most: usize) -> String {
    let text = value.to_string();
    // Cut first: nothing is gained by looking through a megabyte that is not shown.
    line(&cut(&text, most)).into_owned()
}
