//! `feedproof package`: writes the files of a run into one zip file that can be handed over.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::arguments::PackageArguments;
use crate::cli::error::CliError;
use crate::cli::finished_run::{self, FinishedRun};
use crate::cli::runtime;
use crate::cli::terminal::talk;
use crate::complete_file::{self, Readers};
use crate::exit_code::ExitCode;
use crate::number::count;
use crate::package::{PackagedFiles, write};
use crate::report::JOURNAL_FILE;
use crate::shipped;
use crate::verification::{
    READ_ME_FILE, Standing, Verification, file_of, find_among, read_me, verify,
};

/// Runs the command and returns the exit code.
pub(super) fn package(arguments: &PackageArguments) -> Result<ExitCode, CliError> {
    let folder = &arguments.run;
    if folder.is_file() {
        let shown = folder.display();
        return Err(CliError::usage(format!("{shown} is no folder of a run"))
            .with_hint("a package is checked with `feedproof verify`"));
    }
    let to = target(folder, arguments.to.as_deref())?;
    let FinishedRun {
        files,
        journal,
        header,
        library,
        package: _,
    } = finished_run::open(folder, &arguments.plans)?;
    let mut packed: PackagedFiles = files.files.clone();
    packed.insert(JOURNAL_FILE.to_owned(), journal);
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
    contradicts_nothing(&verification)?;
    packed.insert(READ_ME_FILE.to_owned(), read_me(&verification.record));
    let nonce = match nonce {
        Some(_) => " --nonce VALUE",
        None => "",
    };
    let number = packed.len();
    let bytes = write(&packed).map_err(|error| CliError::usage(format!("the package {error}")))?;
    // The place that the caller names may be a pipe or a device; our own name may lie in somebody else's folder.
    let written = match &arguments.to {
        Some(_) => fs::write(&to, &bytes),
        None => complete_file::write(&to, &bytes, Readers::Usual),
    };
    written.map_err(|error| CliError::usage(format!("cannot write {}: {error}", to.display())))?;
    talk(&format!(
        "{}: {}, {} bytes\n  check it: feedproof verify {}{nonce}",
        to.display(),
        count(number, "file"),
        bytes.len(),
        to.display()
    ));
    Ok(ExitCode::Success)
}

/// Refuses files that their journal contradicts.
fn contradicts_nothing(verification: &Verification) -> Result<(), CliError> {
    let false_checks = verification.checks.iter();
    let contradicts: Vec<String> = false_checks
        .filter(|check| check.standing == Standing::NotHeld)
        .map(|check| format!("{}: {}", check.what, check.found))
        .collect();
    if contradicts.is_empty() {
        return Ok(());
    }
    let error = CliError {
        code: ExitCode::Failed,
        ..CliError::usage(format!(
            "the files of this run contradict its journal, and are not packed\n  {}",
            contradicts.join("\n  ")
        ))
    };
    Err(if verification.record.remarks.is_empty() {
        error
    } else {
        error.with_hint(
            "`feedproof report DIR` writes the reports again, with the remarks of review.yaml",
        )
    })
}

/// Refuses a place for a file of the caller's, such as a package, before the run is made that it is of.
///
/// # Errors
/// [`CliError`] with exit code 2 for a folder that is missing, and for one that is the folder of the run.
pub(super) fn can_be_written(to: &Path, run: Option<&Path>) -> Result<(), CliError> {
    let shown = to.display();
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |error: std::io::Error| CliError::usage(format!("cannot write {shown}: {error}"));
    let absolute = |path: &Path| std::path::absolute(path).map_err(failed);
    let parent = absolute(parent)?;
    let run = run.map(absolute).transpose()?;
    if run.is_some_and(|run| parent.starts_with(run)) {
        return Err(CliError::usage(format!(
            "{shown} is in the folder of the run, and could replace a file of it"
        ))
        .with_hint("write it beside the folder"));
    }
    fs::canonicalize(parent).map(drop).map_err(failed)
}

/// Returns where the package is written: where the caller says, or beside the folder under its name.
///
/// # Errors
/// [`CliError`] for a file in the folder itself, which could be one of the run.
fn target(folder: &Path, to: Option<&Path>) -> Result<PathBuf, CliError> {
    if !folder.is_dir() {
        // Opening it says what is wrong.
        return Ok(to.unwrap_or(folder).to_owned());
    }
    let folder = fs::canonicalize(folder)
        .map_err(|error| CliError::usage(format!("cannot read {}: {error}", folder.display())))?;
    let to = match to {
        Some(to) => to.to_owned(),
        None => {
            let mut name = folder.clone().into_os_string();
            name.push(".zip");
            name.into()
        }
    };
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if fs::canonicalize(parent).is_ok_and(|parent| parent.starts_with(&folder)) {
        return Err(CliError::usage(format!(
            "{} is in the folder of the run, and could replace a file of it",
            to.display()
        ))
        .with_hint("write the package beside the folder, or name another place with --to"));
    }
    Ok(to)
}
