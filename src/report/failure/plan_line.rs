//! The line of a plan to which a check belongs, with a mark below the place.

use crate::record::Record;
use crate::report::lines::{LineStyle, Lines};
use plan_language::plan::Place;

/// Adds a place as ` --> plans/x.yaml:12:7`, and its line if the record has it.
pub(super) fn add(lines: &mut Lines, record: &Record, place: &Place) {
    lines.add(arrow(place));
    let Some(excerpt) = record.excerpt(place) else {
        return;
    };
    let number = place.line.to_string();
    let pad = number.len();
    // Common indentation is removed, so that the line fits the window.
    let lead = excerpt.text.len() - excerpt.text.trim_start_matches(' ').len();
    let lead = lead.min(excerpt.marks.len().saturating_sub(1));
    lines.add(format!("{number} | {}", &excerpt.text[lead..]));
    lines.look(
        LineStyle::Mark,
        format!("{:pad$} | {}", "", &excerpt.marks[lead..]),
    );
}

/// Writes a place in the form that readers of JUnit XML recognise.
pub(super) fn arrow(place: &Place) -> String {
    format!(" --> {place}")
}
