//! `feedproof list`: cases, requirements, rules, faults and variants.

use std::fmt::Write as _;
use std::sync::Arc;

use colored::Colorize as _;
use serde_json::json;

use crate::cli::arguments::ListArguments;
use crate::cli::documents::open;
use crate::cli::error::CliError;
use crate::cli::selection::select;
use crate::cli::terminal::data;
use crate::exit_code::ExitCode;
use crate::number::count;
use crate::report::{is_official, known_rows};
use crate::topology::{Fault, Variant};
use plan_language::participant::Participant;
use plan_language::plan::{Case, Grade, Library, Requirement, Rule, RuleCheck, RuleState, diagram};

/// Runs the command and returns the exit code.
pub(super) fn list(arguments: &ListArguments) -> Result<ExitCode, CliError> {
    refuse_selection(arguments)?;
    let opened = open(&arguments.documents)?;
    let text = if arguments.requirements && arguments.json {
        requirements_json(&opened.library)
    } else if arguments.requirements {
        requirements(&opened.library)
    } else if arguments.rules {
        rules(&opened.library)?
    } else if arguments.faults {
        faults(&opened.library)
    } else if arguments.variants {
        variants()
    } else {
        let (selected, filtered_out) = select(&arguments.selection, &opened.library, None)?;
        if selected.is_empty() {
            return Err(CliError::not_tested("no case was selected")
                .with_hint("`feedproof list` shows the ids of all cases"));
        }
        if arguments.diagram {
            data(&diagrams(&selected));
            return Ok(ExitCode::Success);
        }
        if arguments.json {
            data(&cases_json(&selected));
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
            "{}, {filtered_out} filtered out",
            count(selected.len(), "case")
        );
        text
    };
    data(&text);
    Ok(ExitCode::Success)
}

/// Refuses a selection of cases where the list is none of cases: it would be ignored.
fn refuse_selection(arguments: &ListArguments) -> Result<(), CliError> {
    let lists = [
        (arguments.requirements, "--requirements"),
        (arguments.faults, "--faults"),
        (arguments.variants, "--variants"),
        (arguments.rules, "--rules"),
    ];
    let selection = &arguments.selection;
    let selections = [
        (!selection.filter.is_empty(), "--filter"),
        (!selection.skip.is_empty(), "--skip"),
        (selection.exact, "--exact"),
        (!selection.requirement.is_empty(), "--requirement"),
        (!selection.class.is_empty(), "--class"),
    ];
    let given = |options: &[(bool, &'static str)]| {
        let mut given = options.iter().filter(|(is_given, _)| *is_given);
        given.next().map(|(_, name)| *name)
    };
    match (given(&lists), given(&selections)) {
        (Some(list), Some(selection)) => Err(CliError::usage(format!(
            "`{selection}` selects cases, and `{list}` does not list cases"
        ))
        .with_hint(format!(
            "leave out `{selection}`, or leave out `{list}` to list the selected cases"
        ))),
        _ => Ok(()),
    }
}

/// Writes cases as Markdown with Mermaid diagrams.
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
    if let Some(known) = known_rows(&library.requirements) {
        let _ = writeln!(text, "{}", "official test plan".bold());
        let official = library
            .requirements
            .iter()
            .filter(|requirement| is_official(requirement));
        for requirement in official {
            add_requirement(&mut text, library, requirement);
        }
        let _ = writeln!(text, "  {known}");
    }
    let mut counts = std::collections::BTreeMap::new();
    let mut group = "";
    for requirement in &library.requirements {
        *counts.entry(requirement.class).or_insert(0) += 1;
        if is_official(requirement) {
            continue;
        }
        if requirement.group != group {
            group = &requirement.group;
            let _ = writeln!(text, "{}", group.bold());
        }
        add_requirement(&mut text, library, requirement);
    }
    let counts: Vec<_> = counts
        .into_iter()
        .map(|(class, count)| format!("{count} of class {class}"))
        .collect();
    let is_unexplained = |requirement: &&Arc<Requirement>| {
        requirement.not_tested.is_none() && cases_of(library, requirement).is_empty()
    };
    let unexplained = library.requirements.iter().filter(is_unexplained).count();
    let _ = writeln!(
        text,
        "{}: {}; {unexplained} not tested without a reason",
        count(library.requirements.len(), "requirement"),
        counts.join(", ")
    );
    let _ = writeln!(
        text,
        "A: the official plan · B: asserted by Sage's own collection · C: derived by us. Not issued by Sage."
    );
    text
}

/// Lists the ids of the cases that cite a requirement.
fn cases_of<'l>(library: &'l Library, requirement: &Requirement) -> Vec<&'l str> {
    library
        .cases()
        .filter(|case| case.requirement.contains(&requirement.id))
        .map(|case| &*case.id)
        .collect()
}

/// Lists cases for a program.
fn cases_json(cases: &[Arc<Case>]) -> String {
    let cases = cases.iter().map(|case| {
        json!({
            "id": case.id,
            "title": case.title,
            "expected": case.expected,
            "plan": case.plan,
            "file": case.place.file,
            "line": case.place.line,
            "requirements": case.requirement,
        })
    });
    format!("{:#}\n", json!({ "cases": cases.collect::<Vec<_>>() }))
}

/// Lists requirements for a program, each with the cases that test it or the reason why none does.
fn requirements_json(library: &Library) -> String {
    let requirements = library.requirements.iter().map(|requirement| {
        json!({
            "id": requirement.id,
            "level": requirement.level,
            "class": requirement.class,
            "text": requirement.text,
            "source": requirement.source,
            "cases": cases_of(library, requirement),
            "not_tested": requirement.not_tested,
        })
    });
    format!(
        "{:#}\n",
        json!({ "requirements": requirements.collect::<Vec<_>>() })
    )
}

fn add_requirement(text: &mut String, library: &Library, requirement: &Requirement) {
    let subject: Vec<_> = requirement
        .subject
        .iter()
        .map(|subject| subject.as_str())
        .collect();
    let _ = writeln!(
        text,
        "  {}  {}  {:<6}  {:<16}  {}",
        requirement.id,
        requirement.class,
        requirement.level.to_string(),
        subject.join(", "),
        requirement.text
    );
    let cases = cases_of(library, requirement);
    let covered = if cases.is_empty() {
        let why = requirement.not_tested.as_deref();
        format!("not tested: {}", why.unwrap_or("no reason is given"))
    } else {
        format!("cases: {}", cases.join(", "))
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

fn variants() -> String {
    let lines = Variant::ALL
        .iter()
        .map(|variant| format!("{}\n  {}\n", variant.id().bold(), variant.text()));
    lines.collect()
}

fn rules(library: &Library) -> Result<String, CliError> {
    if library.rules.is_empty() {
        return Err(
            CliError::usage("these plans have no catalogue of rules, rules.yaml").with_hint(
                "name a folder that contains one; the shipped rules belong to the shipped plans",
            ),
        );
    }
    let mut text = String::new();
    let mut section = "";
    for rule in &library.rules {
        if rule.section != section {
            section = &rule.section;
            let _ = writeln!(text, "{}", section.bold());
        }
        add_rule(&mut text, rule);
    }
    let _ = writeln!(text, "{}", count_rules(&library.rules));
    Ok(text)
}

fn add_rule(text: &mut String, rule: &Rule) {
    let binds: Vec<_> = rule.binds.iter().map(|bound| bound.as_str()).collect();
    let _ = writeln!(text, "  {}  {}: {}", rule.id, binds.join(", "), rule.text);
    let source = format!("{}: {}", rule.state(), rule.source);
    let _ = writeln!(text, "      {}", source.dimmed());
    if !rule.requirement.is_empty() {
        let cites = format!("in {}", rule.requirement.join(", "));
        let _ = writeln!(text, "      {}", cites.dimmed());
    }
    for check in &rule.checks {
        let _ = writeln!(text, "      {}", line_of(check).dimmed());
    }
    if let Some(why) = &rule.not_tested {
        let why = format!("reason: {why}");
        let _ = writeln!(text, "      {}", why.dimmed());
    }
}

fn line_of(check: &RuleCheck) -> String {
    let step = check.step.as_ref();
    let step = step.map(|step| format!(", {step}")).unwrap_or_default();
    let faults = if check.faults.is_empty() {
        String::new()
    } else {
        format!("; fails under {}", check.faults.join(", "))
    };
    format!("check: {}{step}{faults}", check.case)
}

/// Counts rules by source, by state, and the rules that bind the provider by state.
fn count_rules(rules: &[Rule]) -> String {
    let states = |chosen: &dyn Fn(&&Rule) -> bool| {
        let states = RuleState::ALL.map(|state| {
            let is_counted = |rule: &&Rule| rule.state() == state && chosen(rule);
            format!("{} {state}", rules.iter().filter(is_counted).count())
        });
        states.join("; ")
    };
    let grades = Grade::ALL.iter().filter_map(|(word, grade)| {
        let own = rules.iter().filter(|rule| rule.grade == *grade).count();
        (own > 0).then(|| format!("{own} [{word}]"))
    });
    let grades: Vec<_> = grades.collect();
    let binds_provider = |rule: &&Rule| rule.binds.contains(&Participant::Provider);
    format!(
        "{} by their strongest source: {}\n{}\n{} bind the provider: {}",
        count(rules.len(), "rule"),
        grades.join(", "),
        states(&|_| true),
        rules.iter().filter(binds_provider).count(),
        states(&binds_provider)
    )
}

fn faults(library: &Library) -> String {
    let mut text = String::new();
    for fault in Fault::all() {
        let proves: Vec<_> = library
            .requirements
            .iter()
            .filter(|requirement| requirement.faults.iter().any(|name| name == fault.id()))
            .map(|requirement| &*requirement.id)
            .collect();
        let _ = writeln!(text, "{} ({})", fault.id().bold(), fault.participant());
        let _ = writeln!(text, "  {}", fault.text());
        if !proves.is_empty() {
            let _ = writeln!(
                text,
                "  {}",
                format!("breaks {}", proves.join(", ")).dimmed()
            );
        }
    }
    text
}
