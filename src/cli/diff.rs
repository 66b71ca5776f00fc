//! `feedproof diff`: tells what changed between two runs.
//!
//! Each run is judged again from its journal, as `feedproof report` does. A record without a journal is compared as it
//! is, and every format says that nothing verifies it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::arguments::{ComparisonFormat, DiffArguments};
use crate::cli::error::CliError;
use crate::cli::finished_run;
use crate::cli::judged_again::{JudgedRun, judged_again};
use crate::cli::terminal::{data, talk};
use crate::comparison::{Comparison, ComparisonAnswer, compare};
use crate::exit_code::ExitCode;
use crate::record::Record;
use crate::report::{ComparedRun, ComparedRuns};
use crate::verification::RECORD_FILE;

const WITHOUT_PLANS: &str = "compare with the version of feedproof that made the run, which ships its plans; plans of your own are in the folder `plans` of their run";

/// Runs the command and returns the exit code.
pub(super) fn diff(arguments: &DiffArguments) -> Result<ExitCode, CliError> {
    if let Some(to) = &arguments.to {
        is_outside(to, &arguments.earlier)?;
        is_outside(to, &arguments.later)?;
    }
    let earlier = ComparableRun::open(&arguments.earlier)?;
    let later = ComparableRun::open(&arguments.later)?;
    let comparison = comparison_of(&earlier, &later);
    let runs = compared(&earlier, &later, &comparison);
    let text = match arguments.format {
        ComparisonFormat::Text => runs.text(),
        ComparisonFormat::Markdown => runs.markdown(),
        ComparisonFormat::Json => runs.json(),
        ComparisonFormat::Html => runs.html(),
    };
    match &arguments.to {
        None => data(&text),
        Some(to) => {
            fs::write(to, text).map_err(|error| {
                CliError::usage(format!("cannot write {}: {error}", to.display()))
            })?;
            let word = comparison.answer().word();
            talk(&format!("{word}\n  {}", to.display()));
        }
    }
    Ok(match comparison.answer() {
        ComparisonAnswer::Worse => ExitCode::Failed,
        _ => ExitCode::Success,
    })
}

/// Returns the comparison of two runs as text for a terminal.
pub(super) fn text_of(earlier: &ComparableRun, later: &ComparableRun) -> String {
    compared(earlier, later, &comparison_of(earlier, later)).text()
}

fn comparison_of(earlier: &ComparableRun, later: &ComparableRun) -> Comparison {
    compare(&earlier.run.record, &later.run.record)
}

fn compared<'a>(
    earlier: &'a ComparableRun,
    later: &'a ComparableRun,
    comparison: &'a Comparison,
) -> ComparedRuns<'a> {
    let compared = |run: &'a ComparableRun| ComparedRun {
        name: run.place.display().to_string(),
        record: &run.run.record,
        is_verified: run.is_verified,
        notes: run.run.notes.clone(),
    };
    let (earlier, mut later) = (compared(earlier), compared(later));
    // Both are in UTC and in one form, so that texts sort as moments do.
    if later.record.header.started < earlier.record.header.started {
        let note = "this run began before A: each change happened the other way round";
        later.notes.push(note.to_owned());
    }
    ComparedRuns {
        earlier,
        later,
        comparison,
    }
}

/// A run that can be compared: its record, with what a reader must know of it.
pub(super) struct ComparableRun {
    place: PathBuf,
    run: JudgedRun,
    is_verified: bool,
}

impl ComparableRun {
    /// Finds the record of a run: what its journal gives, or what is written where no journal is.
    ///
    /// # Errors
    /// [`CliError`] with exit code 2 for what is no run or damaged, and 3 where the plans of the run are not found, so
    /// that it cannot be judged again.
    pub(super) fn open(place: &Path) -> Result<Self, CliError> {
        if let Some(json) = finished_run::record_alone(place)? {
            let record = Record::read_alone(&json).map_err(|error| {
                let path = place.join(RECORD_FILE);
                CliError::usage(format!("{} {error}", path.display()))
            })?;
            return Ok(Self {
                is_verified: false,
                ..Self::of_this_process(place.to_owned(), record)
            });
        }
        let found = finished_run::read(place)?;
        let documents = found.documents(&[]).map_err(|error| CliError {
            code: ExitCode::Inconclusive,
            ..CliError::usage(format!(
                "{} cannot be judged again: {}",
                place.display(),
                error.message
            ))
            .with_hint(WITHOUT_PLANS)
        })?;
        let run = found.with(&documents)?;
        Ok(Self {
            place: place.to_owned(),
            run: judged_again(place, run)?,
            is_verified: true,
        })
    }

    /// Returns its record.
    pub(super) fn record(&self) -> &Record {
        &self.run.record
    }

    /// Returns the run that this process made, with the record that it made of its journal.
    pub(super) fn of_this_process(place: PathBuf, record: Record) -> Self {
        Self {
            place,
            run: JudgedRun {
                record,
                notes: Vec::new(),
            },
            is_verified: true,
        }
    }
}

/// Refuses a file that could replace one of a run.
fn is_outside(to: &Path, place: &Path) -> Result<(), CliError> {
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let (Ok(parent), Ok(place)) = (fs::canonicalize(parent), fs::canonicalize(place)) else {
        // What is missing is named where it is read or written.
        return Ok(());
    };
    let is_the_package = fs::canonicalize(to).is_ok_and(|to| to == place);
    if is_the_package || parent.starts_with(&place) {
        return Err(
            CliError::usage(format!("{} could replace a file of the run", to.display()))
                .with_hint("name a place outside the runs with --to"),
        );
    }
    Ok(())
}
