//! The comparison for a terminal: short, the worst first.

use crate::comparison::{ChangeKind, RunChange};
use crate::report::answer::NOT_ISSUED_BY_SAGE;
use crate::report::comparison::{ComparedRuns, heading, sign};
use crate::report::number::more;
use crate::report::plain::{cut, line};

/// Number of changes of a kind that are about one aspect, such as cases.
const CHANGES_MAX: usize = 10;
/// Number of details of a change.
const DETAILS_MAX: usize = 3;
/// Bytes of one line.
const LINE_BYTES_MAX: usize = 400;

pub(super) fn text(runs: &ComparedRuns<'_>) -> String {
    let mut text = String::new();
    for (letter, run) in runs.runs() {
        let name = shown(&run.name);
        text.push_str(&format!("{letter}  {name}: {}\n", shown(&run.line())));
        for warning in run.warnings() {
            text.push_str(&format!("   ! {}\n", shown(&warning)));
        }
    }
    let answer = runs.comparison.answer().word();
    text.push_str(&format!(
        "\n{answer}: {} ({NOT_ISSUED_BY_SAGE})\n",
        runs.sentence()
    ));
    for kind in ChangeKind::ALL {
        let changes: Vec<_> = runs.comparison.of_kind(kind).collect();
        if changes.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{}:\n", heading(kind)));
        for of_aspect in changes.chunk_by(|one, next| one.aspect == next.aspect) {
            for change in of_aspect.iter().take(CHANGES_MAX) {
                add(&mut text, change);
            }
            if of_aspect.len() > CHANGES_MAX {
                let rest = more(of_aspect.len() - CHANGES_MAX, "such change");
                text.push_str(&format!("  and {rest}: `--format html` lists all\n"));
            }
        }
    }
    text
}

fn add(text: &mut String, change: &RunChange) {
    text.push_str(&format!(
        "  {} {}: {} → {}\n",
        sign(change.kind),
        shown(&change.about()),
        shown(&change.earlier),
        shown(&change.later)
    ));
    for detail in change.details.iter().take(DETAILS_MAX) {
        text.push_str(&format!("      {}\n", shown(detail)));
    }
    if change.details.len() > DETAILS_MAX {
        let rest = change.details.len() - DETAILS_MAX;
        text.push_str(&format!("      and {rest} more\n"));
    }
}

/// Makes a text from outside one line of bounded length.
fn shown(text: &str) -> String {
    cut(&line(text), LINE_BYTES_MAX).into_owned()
}
