//! `feedproof package`: writes the files of a run into one zip file that can be handed over.

use std::path::{Path, PathBuf};

use crate::cli::arguments::PackageArguments;
use crate::cli::error::CliError;
use crate::cli::finished_run::{self, FinishedRun};
use crate::cli::runtime;
use crate::cli::terminal::talk;
use crate::exit_code::ExitCode;
use crate::number::count;
use crate::package::{PackagedFiles, write};
use crate::report::JOURNAL_FILE;
use crate::shipped;
use crate::verification::{READ_ME_FILE, Standing, file_of, find_among, read_me, verify};

/// Runs the command and returns the exit code.
pub(super) fn package(arguments: &PackageArguments) -> Result<ExitCode, CliError> {
    let folder = &arguments.run;
    let FinishedRun {
        files,
        header,
        library,
    } = finished_run::open(folder, &arguments.plans)?;
    let mut packed: PackagedFiles = files.files.clone();
    let journal = folder.join(JOURNAL_FILE);
    let bytes = std::fs::read(&journal)
        .map_err(|error| CliError::usage(format!("cannot read {}: {error}", journal.display())))?;
    packed.insert(JOURNAL_FILE.to_owned(), bytes);
    let shipped = shipped::documents();
    for source in &header.sources {
        if let Some(bytes) = find_among(&shipped, source.role, &source.sha256) {
            packed.insert(file_of(source), bytes);
        }
    }
    let nonce = header.nonce.clone();
    let verification = runtime::start(Some(1))?.block_on(verify(
        files,
        header,
        &library,
        &shipped::digests(),
        nonce.as_deref(),
    ));
    let false_checks = verification.checks.iter();
    let contradicts: Vec<String> = false_checks
        .filter(|check| check.standing == Standing::NotHeld)
        .map(|check| format!("{}: {}", check.what, check.found))
        .collect();
    if !contradicts.is_empty() {
        return Err(CliError {
            code: ExitCode::Failed,
            ..CliError::usage(format!(
                "the files of this run contradict its journal, and are not packed\n  {}",
                contradicts.join("\n  ")
            ))
        });
    }
    packed.insert(READ_ME_FILE.to_owned(), read_me(&verification.record));
    let number = packed.len();
    let bytes = write(&packed).map_err(|error| CliError::usage(format!("the package {error}")))?;
    let to = arguments.to.clone().unwrap_or_else(|| beside(folder));
    std::fs::write(&to, &bytes)
        .map_err(|error| CliError::usage(format!("cannot write {}: {error}", to.display())))?;
    talk(&format!(
        "{}: {}, {} bytes\n  check it: feedproof verify {}",
        to.display(),
        count(number, "file"),
        bytes.len(),
        to.display()
    ));
    Ok(ExitCode::Success)
}

/// Returns the name of the package beside the folder.
fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.components().collect::<PathBuf>().into_os_string();
    name.push(".zip");
    name.into()
}
