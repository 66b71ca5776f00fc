//! `feedproof check`: proves plans sound without sending anything.

use std::collections::BTreeSet;

use crate::cli::arguments::CheckArguments;
use crate::cli::documents::open;
use crate::cli::error::CliError;
use crate::cli::terminal::{data, talk};
use crate::exit_code::ExitCode;
use crate::topology::inapplicable;
use plan_language::participant::Mode;
use plan_language::plan::{Level, unused_captures, unused_in_flow};
use plan_language::source::{Finding, render_warning};

/// Runs the command and returns the exit code.
pub(super) fn check(arguments: &CheckArguments) -> Result<ExitCode, CliError> {
    let opened = open(&arguments.documents)?;
    let library = &opened.library;
    let of_cases = library.cases().flat_map(|case| unused_captures(case));
    let of_flows = library.flows.values().flat_map(|flow| unused_in_flow(flow));
    let mut unused: Vec<_> = of_flows.chain(of_cases).collect();
    // Rows of examples share their steps.
    unused.sort_by(|(_, one), (_, other)| one.cmp(other));
    unused.dedup();
    for (name, span) in unused {
        let warning = Finding::new(&span, format!("`{name}` is captured and never used"));
        talk(render_warning(&warning, &library.sources).trim_end());
    }
    let cases = library.cases().count();
    let mut text = format!(
        "sound: {} plans, {cases} cases, {} flows, {} requirements, {} rulings\n",
        library.plans.len(),
        library.flows.len(),
        library.requirements.len(),
        library.rulings.len()
    );
    if arguments.documents.environment.is_some() {
        text.push_str(&testable(&opened));
    }
    data(&text);
    Ok(ExitCode::Success)
}

/// Says which requirements can be judged in the environment, and why others cannot.
fn testable(opened: &crate::cli::documents::Opened) -> String {
    let mode: Mode = opened.environment.mode;
    let mut text = format!("\nin {} ({mode}):\n", opened.environment.name);
    for requirement in &opened.library.requirements {
        let cases: Vec<_> = opened
            .library
            .cases()
            .filter(|case| case.requirement.contains(&requirement.id))
            .collect();
        let live = requirement.subject.iter().any(|one| mode.is_subject(*one));
        let why = if !live {
            Some("its subject is not under test here".to_owned())
        } else if cases.is_empty() {
            let reason = requirement
                .not_tested
                .as_deref()
                .unwrap_or("no case cites it");
            Some(format!("not tested: {reason}"))
        } else {
            let reasons: Vec<_> = cases
                .iter()
                .map_while(|case| inapplicable(case, &opened.environment).map(|one| one.why))
                .collect();
            (reasons.len() == cases.len()).then(|| {
                let reasons: BTreeSet<_> = reasons.into_iter().collect();
                reasons.into_iter().collect::<Vec<_>>().join("; ")
            })
        };
        let level = match requirement.level {
            Level::Must => "MUST",
            Level::Should => "SHOULD",
            Level::May => "MAY",
        };
        let class = requirement.class;
        match why {
            None => text.push_str(&format!(
                "  {} {class} {level:<6} can be judged\n",
                requirement.id
            )),
            Some(why) => {
                text.push_str(&format!(
                    "  {} {class} {level:<6} cannot: {why}\n",
                    requirement.id
                ));
            }
        }
    }
    text
}
