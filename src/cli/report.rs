//! `feedproof report`: regenerates the reports of a finished run from its folder.
//!
//! The verdicts are those of `record.json`; the journal beside it adds the messages. A run that was killed left only a
//! journal: it is judged again, with plans that have the digests of the run's plans.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::arguments::{AnnotationFormat, DocumentArguments, ReportArguments};
use crate::cli::documents::{open, resolve};
use crate::cli::error::CliError;
use crate::cli::header::header_of;
use crate::cli::runtime;
use crate::cli::terminal::{commands, talk};
use crate::cli::unsearched::LeftFolder;
use crate::exit_code::ExitCode;
use crate::journal::{Header, Journal, JournalError, RecordedJournal, read};
use crate::number::{count, is_or_are};
use crate::record::Record;
use crate::report::{self, JOURNAL_FILE};
use crate::runner::judge_again;
use crate::vault::Vault;
use plan_language::plan::Library;

/// Runs the command and returns the exit code.
pub(super) fn report(arguments: &ReportArguments) -> Result<ExitCode, CliError> {
    search_left(arguments)?;
    let record = open_run(&arguments.run, &arguments.plans)?;
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

/// Reads the record of a run with its events.
fn open_run(folder: &Path, plans: &[PathBuf]) -> Result<Record, CliError> {
    let hint = "name the folder of one run, such as reports/2026-11-21T10-42-53Z";
    if !folder.is_dir() {
        let shown = folder.display();
        return Err(CliError::usage(format!("{shown} is not a folder")).with_hint(hint));
    }
    let journal = folder.join(JOURNAL_FILE);
    if !journal.is_file() {
        let shown = journal.display();
        return Err(CliError::usage(format!("{shown} does not exist")).with_hint(hint));
    }
    let recorded = read(&journal).map_err(unusable)?;
    let path = folder.join("record.json");
    if !path.is_file() {
        return judged_again(&journal, recorded, plans);
    }
    if !plans.is_empty() {
        return Err(CliError::usage(format!(
            "{} exists and contains the verdicts: name plans only for a run without it",
            path.display()
        )));
    }
    let json = std::fs::read(&path)
        .map_err(|error| CliError::usage(format!("cannot read {}: {error}", path.display())))?;
    Record::read(&json, recorded.events).map_err(|error| {
        CliError::usage(format!("{} {error}", path.display())).with_hint(
            "without record.json, the run is judged again from its journal, as a run that was killed",
        )
    })
}

/// Creates the error of a journal that cannot be read, with what can still be shown of its run.
fn unusable(error: JournalError) -> CliError {
    let intact = match &error {
        JournalError::Damaged(damaged) => damaged.line - 1,
        JournalError::File { .. } | JournalError::Format { .. } => 0,
    };
    let error = CliError::usage(error);
    if intact == 0 {
        return error;
    }
    error.with_hint(format!(
        "{} before it {} intact: copy {} into journal.jsonl in an empty folder, and name that folder, to judge the run as if it had been killed there",
        count(intact, "line"),
        is_or_are(intact),
        if intact == 1 { "it" } else { "them" }
    ))
}

/// Judges a run without a record again.
fn judged_again(
    path: &Path,
    recorded: RecordedJournal,
    plans: &[PathBuf],
) -> Result<Record, CliError> {
    talk(
        "record.json is missing: the run was killed before its end, and is judged again from its journal",
    );
    if recorded.is_cut {
        talk(&format!(
            "the last line of {} is incomplete, and is left out",
            path.display()
        ));
    }
    let library = open(&DocumentArguments {
        plans: plans.to_vec(),
        ..DocumentArguments::default()
    })?
    .library;
    let journal = Journal::recorded(recorded.events);
    let header = journal.header().ok_or_else(|| {
        CliError::usage(format!(
            "{} has no first line about the run",
            path.display()
        ))
    })?;
    same_plans(&header, &library)?;
    // Nothing waits in a replay; the smallest runtime is enough.
    let outcomes = runtime::start(Some(1))?.block_on(judge_again(&library, &journal));
    Ok(Record::of(&library, &journal, header, outcomes))
}

/// Refuses plans that differ from those of the run.
fn same_plans(header: &Header, library: &Library) -> Result<(), CliError> {
    let differ: Vec<&str> = header
        .sources
        .iter()
        .filter(|digest| !library.digests.contains(digest))
        .map(|digest| digest.file.as_str())
        .collect();
    let further = library
        .digests
        .iter()
        .filter(|digest| !header.sources.iter().any(|known| known.file == digest.file))
        .map(|digest| digest.file.as_str());
    let differ: Vec<&str> = differ.into_iter().chain(further).collect();
    if differ.is_empty() {
        return Ok(());
    }
    Err(CliError::usage(format!(
        "these documents differ from those of the run: {}",
        differ.join(", ")
    ))
    .with_hint(format!(
        "the plans of the run: {}; name those: feedproof report DIR PLAN…",
        header.provenance
    )))
}
