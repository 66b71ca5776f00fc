//! The comparison as Markdown. Texts from outside are escaped, so that none becomes markup.

use std::fmt::Write as _;

use crate::comparison::ChangeKind;
use crate::report::answer::NOT_ISSUED_BY_SAGE;
use crate::report::comparison::{ComparedRuns, heading, sign};
use crate::report::markdown::text;
use crate::report::number::more;

/// Number of changes of a kind; a comment of a pull request has at most 65,536 characters.
const CHANGES_MAX: usize = 50;
/// Number of details of a change.
const DETAILS_MAX: usize = 3;

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

pub(super) fn markdown(runs: &ComparedRuns<'_>) -> String {
    let answer = runs.comparison.answer().word();
    let mut page = format!(
        "## {answer}\n\n{}\n\nfeedproof, {NOT_ISSUED_BY_SAGE}\n\n| | run | |\n|---|---|---|\n",
        text(&runs.sentence())
    );
    for (letter, run) in runs.runs() {
        let _ = writeln!(
            page,
            "| {letter} | {} | {} |",
            text(&run.name),
            text(&run.line())
        );
    }
    page.push('\n');
    for (letter, run) in runs.runs() {
        for warning in run.warnings() {
            let _ = writeln!(page, "- **{letter}: {}**", text(&warning));
        }
    }
    for kind in ChangeKind::ALL {
        add(&mut page, runs, kind);
    }
    page
}

fn add(page: &mut String, runs: &ComparedRuns<'_>, kind: ChangeKind) {
    let changes: Vec<_> = runs.comparison.of_kind(kind).collect();
    if changes.is_empty() {
        return;
    }
    let _ = write!(
        page,
        "\n### {} {}\n\n| what | A | B | why |\n|---|---|---|---|\n",
        sign(kind),
        heading(kind)
    );
    for change in changes.iter().take(CHANGES_MAX) {
        let mut details: Vec<_> = change.details.iter().take(DETAILS_MAX).collect();
        let further = more(change.details.len() - details.len(), "detail");
        if change.details.len() > DETAILS_MAX {
            details.push(&further);
        }
        let details: Vec<_> = details.into_iter().map(|detail| text(detail)).collect();
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} |",
            text(&change.about()),
            text(&change.earlier),
            text(&change.later),
            details.join("<br>")
        );
    }
    if changes.len() > CHANGES_MAX {
        let rest = more(changes.len() - CHANGES_MAX, "change");
        let _ = writeln!(page, "\nand {rest}");
    }
}
