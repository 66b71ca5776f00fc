//! `feedproof report`: regenerates the reports of a finished run from its folder.
//!
//! The verdicts are those that the journal gives, judged again with the plans of the run; a `record.json` that says
//! something else is refused. A run that was killed left only a journal.

use std::path::Path;
use std::sync::Arc;

use crate::cli::arguments::{AnnotationFormat, DocumentArguments, ReportArguments};
use crate::cli::documents::{open, resolve};
use crate::cli::error::CliError;
use crate::cli::finished_run::{self, FinishedRun};
use crate::cli::header::header_of;
use crate::cli::runtime;
use crate::cli::terminal::{commands, talk};
use crate::cli::unsearched::LeftFolder;
use crate::exit_code::ExitCode;
use crate::journal::Journal;
use crate::record::Record;
use crate::report;
use crate::runner::judge_again;
use crate::vault::Vault;
use crate::verification::{RECORD_FILE, RunFiles, differences};

const WITHOUT_RECORD: &str = "remove record.json, and the run is judged again from its journal alone, as a run that was killed";

/// Runs the command and returns the exit code.
pub(super) fn report(arguments: &ReportArguments) -> Result<ExitCode, CliError> {
    search_left(arguments)?;
    let record = judged_again(
        &arguments.run,
        finished_run::open(&arguments.run, &arguments.plans)?,
    )?;
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

/// Judges a run again, and compares the verdicts with those of its record.
///
/// # Errors
/// [`CliError`] with exit code 2 when the record is none, belongs to another journal, or says something else than its
/// journal gives.
fn judged_again(folder: &Path, run: FinishedRun) -> Result<Record, CliError> {
    let FinishedRun {
        files,
        header,
        library,
        journal: _,
        package: _,
    } = run;
    let path = folder.join(RECORD_FILE);
    let RunFiles { journal, mut files } = files;
    let is_cut = journal.is_cut;
    let journal = Journal::of_file(journal);
    let written = files.remove(RECORD_FILE);
    if let Some(json) = &written {
        Record::read(json, &journal).map_err(|error| {
            CliError::usage(format!("{} {error}", path.display())).with_hint(WITHOUT_RECORD)
        })?;
    } else {
        talk(
            "record.json is missing: the run was killed before its end, and is judged again from its journal",
        );
    }
    if is_cut {
        talk("the last line of journal.jsonl is incomplete, and is left out");
    }
    let version = header.version.clone();
    // Nothing waits in a replay; the smallest runtime is enough.
    let outcomes = runtime::start(Some(1))?.block_on(judge_again(&library, &journal));
    let record = Record::of(&library, &journal, header, outcomes);
    let given = report::json(&record);
    match written {
        Some(json) if json != given && version == env!("CARGO_PKG_VERSION") => {
            let shown = path.display();
            Err(
                CliError::usage(format!("{shown}: {}", differences(&json, &given)))
                    .with_hint(WITHOUT_RECORD),
            )
        }
        Some(json) if json != given => {
            talk(&format!(
                "feedproof {version} made the run; the reports say what this version gives: {}",
                differences(&json, &given)
            ));
            Ok(record)
        }
        _ => Ok(record),
    }
}
