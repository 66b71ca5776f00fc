//! The timeline of the run: a bar for every case that ran, in as few rows as possible.

use std::fmt::Write as _;

use crate::record::{Outcome, Record};
use crate::report::escape::escape;
use crate::report::html::anchor;
use crate::report::number::duration;

/// Width of the drawing, in its own units.
const WIDTH: f64 = 1_000.0;
/// Height of a row, in the same units; of very many rows, each is lower.
const ROW: usize = 14;
/// Height of all rows from which on they are lower.
const HEIGHT_MAX: usize = 560;
/// Number of marks on the axis, both ends included.
const TICKS: u64 = 5;

/// Assigns each case to the first row that is free when it begins; cases that never ran have none.
fn rows(cases: &[Outcome]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..cases.len())
        .filter(|index| cases[*index].took_us > 0)
        .collect();
    order.sort_by_key(|index| (cases[*index].started_us, *index));
    let mut free_at: Vec<u64> = Vec::new();
    order
        .into_iter()
        .map(|index| {
            let case = &cases[index];
            let end = case.started_us.saturating_add(case.took_us);
            let row = free_at.iter().position(|free| *free <= case.started_us);
            match row {
                Some(row) => free_at[row] = end,
                None => free_at.push(end),
            }
            (index, row.unwrap_or(free_at.len() - 1))
        })
        .collect()
}

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

/// Adds the timeline; nothing if no case ran.
pub(super) fn add(page: &mut String, record: &Record) {
    let rows = rows(&record.cases);
    let ends = rows.iter().map(|(index, _)| {
        let case = &record.cases[*index];
        case.started_us.saturating_add(case.took_us)
    });
    let Some(last) = ends.max() else {
        return;
    };
    let whole = last.max(record.took_us).max(1);
    let across = |micros: u64| micros as f64 / whole as f64 * WIDTH;
    let depth = rows.iter().map(|(_, row)| row + 1).max().unwrap_or(1);
    let each = (HEIGHT_MAX / depth).clamp(3, ROW);
    let height = depth * each;
    let _ = writeln!(
        page,
        "<section><h2>Timeline</h2>\n<p>The run took {}. Each bar is a case; the cases of a row ran one after the other.</p>\n\
         <svg class=\"timeline\" viewBox=\"0 0 {WIDTH} {}\" role=\"group\" aria-label=\"timeline of the run\">",
        duration(record.took_us),
        height + 24
    );
    for tick in 0..TICKS {
        let at = whole / (TICKS - 1) * tick;
        let x = across(at);
        let anchor = match tick {
            0 => "start",
            tick if tick == TICKS - 1 => "end",
            _ => "middle",
        };
        let _ = writeln!(
            page,
            "<line class=\"tick\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{height}\"/>\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            height + 16,
            escape(&duration(at))
        );
    }
    for (index, row) in rows {
        let case = &record.cases[index];
        let said = format!(
            "{}: {}, {} after {}",
            case.case,
            case.verdict.as_str(),
            duration(case.took_us),
            duration(case.started_us)
        );
        let _ = writeln!(
            page,
            "<a href=\"#{}\" aria-label=\"{said}\"><rect class=\"bar {}\" x=\"{:.2}\" y=\"{}\" width=\"{:.2}\" height=\"{}\" rx=\"2\"><title>{said}</title></rect></a>",
            anchor::case(index),
            case.verdict.as_str(),
            across(case.started_us),
            row * each,
            across(case.took_us).max(1.5),
            each - each.div_ceil(5),
            said = escape(&said)
        );
    }
    page.push_str("</svg></section>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Verdict;
    use crate::report::fixture::outcome;

    #[test]
    fn a_row_is_free_again_when_its_case_has_ended() {
        let timed = |started_us, took_us| {
            let mut one = outcome("p", "c", Verdict::Passed);
            (one.started_us, one.took_us) = (started_us, took_us);
            one
        };
        let cases = [timed(10, 10), timed(0, 10), timed(9, 5), timed(0, 0)];
        assert_eq!(rows(&cases), [(1, 0), (2, 1), (0, 0)]);
    }
}
