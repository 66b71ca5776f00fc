//! What a run leaves: its reports, its printed results, and the reports of a run that could not start.

use std::path::{Path, PathBuf};

use crate::cli::arguments::RunArguments;
use crate::cli::error::CliError;
use crate::cli::folder::left_in;
use crate::cli::publish::Publisher;
use crate::cli::terminal::{talk, width};
use crate::cli::unsearched::Mark;
use crate::exit_code::ExitCode;
use crate::journal::Header;
use crate::record::Record;
use crate::report::{self, JUNIT_FILE};
use crate::vault::Vault;

/// Writes the reports and prints the results, without those that contain a secret.
///
/// # Errors
/// When a file cannot be written, or contained a secret.
pub(super) fn publish(
    record: &Record,
    code: ExitCode,
    arguments: &RunArguments,
    folder: &Path,
    mark: Mark,
    vault: &Vault,
) -> Result<(), CliError> {
    let mut publisher = Publisher::new(vault, folder)?;
    let written = publisher.files(report::render(record))?;
    mark.remove()?;
    publisher.print(&if arguments.json {
        report::result_line(record, code.number(), folder)
    } else if arguments.quiet {
        report::closing(record)
    } else {
        report::results(record, arguments.verbose, width())
    });
    if !arguments.quiet {
        talk(&vault.hide(&left_in(folder, &written)));
    }
    publisher.end()?;
    match &arguments.junit {
        Some(to) => copy_junit(folder, &written, to),
        None => Ok(()),
    }
}

/// Writes the reports of a run that could not start.
pub(super) fn report_not_started(
    arguments: &RunArguments,
    folder: &Path,
    header: &Header,
    error: &CliError,
    vault: &Vault,
) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let shown = folder.display();
        CliError::usage(format!("cannot create the folder {shown}: {error}"))
    })?;
    let mut publisher = Publisher::new(vault, folder)?;
    let files = report::not_started(header, &error.message, error.hint.as_deref());
    let written = publisher.files(files)?;
    if let Some(to) = &arguments.junit {
        copy_junit(folder, &written, to)?;
    }
    talk(&vault.hide(&left_in(folder, &written)));
    publisher.end()
}

/// Copies the JUnit report to where a pipeline looks for it, unless it was withheld.
fn copy_junit(folder: &Path, written: &[PathBuf], to: &Path) -> Result<(), CliError> {
    let report = folder.join(JUNIT_FILE);
    if !written.contains(&report) {
        return Ok(());
    }
    let copied = std::fs::copy(&report, to).map(|_| ());
    copied.map_err(|error| CliError::usage(format!("cannot write {}: {error}", to.display())))
}
