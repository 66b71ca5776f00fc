//! `feedproof list`: cases, requirements and faults.

use std::fmt::Write as _;
use std::sync::Arc;

use colored::Colorize as _;

use crate::cli::arguments::ListArguments;
use crate::cli::documents::open;
use crate::cli::error::CliError;
use crate::cli::run::selecting;
use crate::cli::terminal::data;
use crate::exit_code::ExitCode;
use crate::harness::select;
use crate::topology::Fault;
use plan_language::plan::{Case, Library, diagram};

/// Runs the command and returns the exit code.
pub(super) fn list(arguments: &ListArguments) -> Result<ExitCode, CliError> {
    let opened = open(&arguments.documents)?;
    let text = if arguments.requirements {
        requirements(&opened.library)
    } else if arguments.faults {
        faults(&opened.library)
    } else {
        let cases: Vec<_> = opened.library.cases().cloned().collect();
        let (selected, filtered_out) = select(&selecting(&arguments.selection), &cases);
        if selected.is_empty() {
            return Err(CliError::not_tested("no case was selected"));
        }
        if arguments.diagram {
            data(&diagrams(&selected));
            return Ok(ExitCode::Success);
        }
        let mut text = String::new();
        // Writing to a string cannot fail.
        for plan in &opened.library.plans {
            let own: Vec<_> = selected
                .iter()
                .filter(|case| case.plan == plan.name)
                .collect();
            if own.is_empty() {
                continue;
            }
            let _ = writeln!(text, "{} ({})", plan.title.bold(), plan.file);
            for case in own {
                let cites = case.requirement.join(" ");
                let _ = writeln!(text, "  {}  {}  {}", case.id, case.title, cites.dimmed());
            }
        }
        let _ = writeln!(
            text,
            "{} cases, {filtered_out} filtered out",
            selected.len()
        );
        text
    };
    data(&text);
    Ok(ExitCode::Success)
}

/// Draws cases as Markdown with Mermaid blocks, to be pasted or piped.
fn diagrams(cases: &[Arc<Case>]) -> String {
    let drawn: Vec<_> = cases
        .iter()
        .map(|case| {
            format!(
                "## {}\n\n{}\n\n```mermaid\n{}```\n",
                case.id,
                case.title,
                diagram(case)
            )
        })
        .collect();
    drawn.join("\n")
}

fn requirements(library: &Library) -> String {
    let mut text = String::new();
    let mut counts = std::collections::BTreeMap::new();
    let mut uncovered = 0;
    let mut group = "";
    for requirement in &library.requirements {
        if requirement.group != group {
            group = &requirement.group;
            let _ = writeln!(text, "{}", group.bold());
        }
        *counts.entry(requirement.class).or_insert(0) += 1;
        let subject: Vec<_> = requirement.subject.iter().map(|one| one.as_str()).collect();
        let _ = writeln!(
            text,
            "  {}  {}  {:<6}  {:<16}  {}",
            requirement.id,
            requirement.class,
            requirement.level.to_string(),
            subject.join(", "),
            requirement.text
        );
        let cases: Vec<_> = library
            .cases()
            .filter(|case| case.requirement.contains(&requirement.id))
            .map(|case| &*case.id)
            .collect();
        let covered = match (cases.is_empty(), &requirement.not_tested) {
            (false, _) => format!("cases: {}", cases.join(", ")),
            (true, Some(why)) => format!("not tested: {why}"),
            (true, None) => {
                uncovered += 1;
                "not tested, and no reason is given".to_owned()
            }
        };
        let _ = writeln!(text, "          {}", covered.dimmed());
        if !requirement.faults.is_empty() {
            let faults = format!("faults: {}", requirement.faults.join(", "));
            let _ = writeln!(text, "          {}", faults.dimmed());
        }
        if let Some(why) = &requirement.unbreakable {
            let why = format!("no fault of the provider: {why}");
            let _ = writeln!(text, "          {}", why.dimmed());
        }
    }
    let counts: Vec<_> = counts
        .into_iter()
        .map(|(class, count)| format!("{count} of class {class}"))
        .collect();
    let _ = writeln!(
        text,
        "{} requirements: {}; {uncovered} uncovered without a reason",
        library.requirements.len(),
        counts.join(", ")
    );
    let _ = writeln!(
        text,
        "A: the official plan · B: asserted by Sage's own collection · C: derived by us. Not issued by Sage."
    );
    text
}

fn faults(library: &Library) -> String {
    let mut text = String::new();
    for fault in Fault::all() {
        let proves: Vec<_> = library
            .requirements
            .iter()
            .filter(|one| one.faults.iter().any(|name| name == fault.id()))
            .map(|one| &*one.id)
            .collect();
        let _ = writeln!(text, "{} ({})", fault.id().bold(), fault.participant());
        let _ = writeln!(text, "  {}", fault.text());
        if !proves.is_empty() {
            let _ = writeln!(
                text,
                "  {}",
                format!("proves the checks of {}", proves.join(", ")).dimmed()
            );
        }
    }
    text
}
