//! `feedproof report`: regenerates the reports of a finished run from its folder.
//!
//! The verdicts are those that the journal gives, judged again with the plans of the run; a `record.json` that says
//! something else is refused. A run that was killed left only a journal.

use std::sync::Arc;

use crate::cli::arguments::{AnnotationFormat, DocumentArguments, ReportArguments};
use crate::cli::documents::{open, resolve};
use crate::cli::error::CliError;
use crate::cli::finished_run;
use crate::cli::header::header_of;
use crate::cli::judged_again::{JudgedRun, judged_again};
use crate::cli::terminal::{commands, talk};
use crate::cli::unsearched::LeftFolder;
use crate::exit_code::ExitCode;
use crate::report;
use crate::vault::Vault;

/// Runs the command and returns the exit code.
pub(super) fn report(arguments: &ReportArguments) -> Result<ExitCode, CliError> {
    search_left(arguments)?;
    let run = finished_run::open(&arguments.run, &arguments.plans)?;
    let JudgedRun { record, notes } = judged_again(&arguments.run, run)?;
    for note in notes {
        talk(&note);
    }
    let folder = arguments.to.as_deref().unwrap_or(&arguments.run);
    let written = report::write_reports(&record, folder).map_err(CliError::usage)?;
    if let Some(AnnotationFormat::Github) = arguments.annotations {
        commands(&report::github(&record));
    }
    let answer = report::answer(&record);
    talk(&format!("{}: {}", answer.word, answer.sentence));
    for path in written {
        talk(&format!("  {}", path.display()));
    }
    Ok(ExitCode::Success)
}

/// Searches the folder of a run that was killed for the secrets of its environment.
fn search_left(arguments: &ReportArguments) -> Result<(), CliError> {
    let Some(left) = LeftFolder::of(&arguments.run) else {
        return Ok(());
    };
    // Without an environment, that of the shipped rehearsal; of another one it is said that it is missing.
    let opened = open(&DocumentArguments {
        plans: arguments.plans.clone(),
        environment: arguments.environment.clone(),
        ..DocumentArguments::default()
    })?;
    let header = header_of(&opened, &[], 0, &[]);
    let vault = Arc::new(Vault::new());
    resolve(opened.environment, &opened.sources, vault.clone())?;
    left.search(&header, &vault)
}
