//! `feedproof diff`: tells what changed between two runs.
//!
//! Each run is judged again from its journal, as `feedproof report` does. A record without a journal is compared as it
//! is, and every format says that nothing verifies it.

use std::fs;
use std::path::Path;

use crate::cli::arguments::{ComparisonFormat, DiffArguments};
use crate::cli::error::CliError;
use crate::cli::finished_run;
use crate::cli::judged_again::{JudgedRun, judged_again};
use crate::cli::terminal::{data, talk};
use crate::comparison::{ComparisonAnswer, compare};
use crate::exit_code::ExitCode;
use crate::record::Record;
use crate::report::{ComparedRun, ComparedRuns};
use crate::shipped;
use crate::verification::RECORD_FILE;

const WITHOUT_PLANS: &str = "compare with the version of feedproof that made the run, which ships its plans; plans of your own are in the folder `plans` of their run";

/// A run of which the record is known, with what a reader must know of it.
struct KnownRun {
    run: JudgedRun,
    is_verified: bool,
}

/// Runs the command and returns the exit code.
pub(super) fn diff(arguments: &DiffArguments) -> Result<ExitCode, CliError> {
    let places = [&arguments.earlier, &arguments.later];
    if let Some(to) = &arguments.to {
        for place in places {
            is_outside(to, place)?;
        }
    }
    let [earlier, later] = places.map(|place| known(place));
    let (earlier, later) = (earlier?, later?);
    let shipped = shipped::digests();
    let comparison = compare(&earlier.run.record, &later.run.record, &shipped);
    let runs = ComparedRuns {
        earlier: compared(&arguments.earlier, &earlier),
        later: compared(&arguments.later, &later),
        comparison: &comparison,
    };
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

fn compared<'a>(place: &Path, known: &'a KnownRun) -> ComparedRun<'a> {
    ComparedRun {
        name: place.display().to_string(),
        record: &known.run.record,
        is_verified: known.is_verified,
        notes: known.run.notes.clone(),
    }
}

/// Finds the record of a run: what its journal gives, or what is written where no journal is.
///
/// # Errors
/// [`CliError`] with exit code 2 for what is no run or damaged, and 3 where the plans of the run are not found, so that
/// it cannot be judged again.
fn known(place: &Path) -> Result<KnownRun, CliError> {
    if let Some(json) = finished_run::record_alone(place)? {
        let record = Record::read_alone(&json).map_err(|error| {
            let path = place.join(RECORD_FILE);
            CliError::usage(format!("{} {error}", path.display()))
        })?;
        let run = JudgedRun {
            record,
            notes: Vec::new(),
        };
        return Ok(KnownRun {
            run,
            is_verified: false,
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
    Ok(KnownRun {
        run: judged_again(place, run)?,
        is_verified: true,
    })
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
