//! `feedproof check`: validates plans without sending any request.

use crate::cli::arguments::CheckArguments;
use crate::cli::documents::{OpenedDocuments, open};
use crate::cli::error::CliError;
use crate::cli::terminal::{data, talk};
use crate::exit_code::ExitCode;
use crate::number::count;
use crate::topology::testable;
use plan_language::source::render;

/// Runs the command and returns the exit code.
pub(super) fn check(arguments: &CheckArguments) -> Result<ExitCode, CliError> {
    let opened = open(&arguments.documents)?;
    let library = &opened.library;
    for warning in &library.warnings {
        talk(render(warning, &library.sources).trim_end());
    }
    let rules = match library.rules.len() {
        0 => String::new(),
        rules => format!(", {}", count(rules, "rule")),
    };
    let mut text = format!(
        "OK: {}, {}, {}, {}, {}{rules}\n",
        count(library.plans.len(), "plan"),
        count(library.cases().count(), "case"),
        count(library.flows.len(), "flow"),
        count(library.requirements.len(), "requirement"),
        count(library.rulings.len(), "ruling")
    );
    if arguments.documents.environment.is_some() {
        text.push_str(&testable_requirements(&opened));
    }
    data(&text);
    Ok(ExitCode::Success)
}

/// Lists which requirements are testable in the environment, and why others are not.
fn testable_requirements(opened: &OpenedDocuments) -> String {
    let mode = opened.environment.mode;
    let mut text = format!("\nin {} ({mode}):\n", opened.environment.name);
    let testable = testable(&opened.library, &opened.environment);
    for (requirement, testable) in opened.library.requirements.iter().zip(testable) {
        let level = requirement.level.to_string().to_uppercase();
        let answer = if testable.can {
            "testable".to_owned()
        } else {
            let reasons: Vec<_> = testable
                .obstacles
                .iter()
                .map(|obstacle| obstacle.why.as_str())
                .collect();
            format!("not testable: {}", reasons.join("; "))
        };
        text.push_str(&format!(
            "  {} {} {level:<6} {answer}\n",
            requirement.id, requirement.class
        ));
    }
    text
}
