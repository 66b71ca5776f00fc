//! A finished run, judged again from its journal, for the commands that show what it says.
//!
//! The verdicts are those that the journal gives, with the plans of the run; a `record.json` that says something else
//! is refused. A run that was killed left only a journal.

use std::path::Path;

use crate::cli::error::CliError;
use crate::cli::finished_run::FinishedRun;
use crate::cli::runtime;
use crate::journal::Journal;
use crate::record::Record;
use crate::report;
use crate::runner;
use crate::verification::{RECORD_FILE, RunFiles, differences};

const WITHOUT_RECORD: &str = "remove record.json, and the run is judged again from its journal alone, as a run that was killed";

/// The record of a run that was judged again.
#[derive(Debug)]
pub(super) struct JudgedRun {
    /// What the journal gives.
    pub record: Record,
    /// What a reader must know of it, a sentence without the final full stop each.
    pub notes: Vec<String>,
}

/// Judges a run again, and compares the verdicts with those of its record; `place` names it in messages.
///
/// # Errors
/// [`CliError`] with exit code 2 when the record is none, belongs to another journal, or says something else than its
/// journal gives.
pub(super) fn judged_again(place: &Path, run: FinishedRun) -> Result<JudgedRun, CliError> {
    let FinishedRun {
        files,
        header,
        library,
        journal: _,
        package: _,
    } = run;
    let path = place.join(RECORD_FILE);
    let RunFiles {
        journal,
        mut files,
        remarks,
    } = files;
    let is_cut = journal.is_cut;
    let journal = Journal::of_file(journal);
    let mut notes = Vec::new();
    let written = files.remove(RECORD_FILE);
    if let Some(json) = &written {
        Record::read(json, &journal).map_err(|error| {
            CliError::usage(format!("{} {error}", path.display())).with_hint(WITHOUT_RECORD)
        })?;
    } else {
        notes.push(
            "record.json is missing: the run was killed before its end, and is judged again from its journal"
                .to_owned(),
        );
    }
    if is_cut {
        notes.push("the last line of journal.jsonl is incomplete, and is left out".to_owned());
    }
    let version = header.version.clone();
    // Nothing waits in a replay; the smallest runtime is enough.
    let outcomes = runtime::start(Some(1))?.block_on(runner::judge_again(&library, &journal));
    let mut record = Record::of(&library, &journal, header, outcomes);
    record.remarks = remarks;
    if let Some(json) = written {
        let given = report::json(&record);
        if json != given && version == env!("CARGO_PKG_VERSION") {
            let shown = path.display();
            return Err(
                CliError::usage(format!("{shown}: {}", differences(&json, &given)))
                    .with_hint(WITHOUT_RECORD),
            );
        }
        if json != given {
            notes.push(format!(
                "feedproof {version} made the run; what follows is what this version gives: {}",
                differences(&json, &given)
            ));
        }
    }
    Ok(JudgedRun { record, notes })
}
