//! Reports: a finished record as text for people and as files for machines.
//!
//! [`FORMATS`] lists the formats. Each is a function of the [`Record`](crate::record::Record) alone: nothing
//! here judges, reads a clock or the environment, and only `folder` touches the disk. Formats share their words
//! and numbers: `answer` for the answer of the run, `run_facts` and `testable_here` for the head, `number` and
//! `label` for counts and names, `group` and `tally` for order and totals, `failure` and `checks` for a case.

mod annotation;
mod answer;
mod body;
mod causes;
mod checks;
mod comparison;
mod console;
mod escape;
mod failure;
#[cfg(test)]
mod fixture;
mod folder;
mod format;
mod formats;
mod group;
mod html;
mod json;
mod junit;
mod label;
mod lines;
mod markdown;
mod not_started;
mod number;
mod observed;
mod official;
mod plain;
mod proof;
mod run_facts;
mod shared_cause;
mod tally;
mod test_plan;
mod testable_here;

pub use annotation::github;
pub use answer::{
    AnswerTone, NOT_A_CERTIFICATE, NOT_ISSUED_BY_SAGE, RUN_ANSWERS, RunAnswer, answer, waivers,
    warnings, watermark,
};
pub use checks::checks;
pub use comparison::{ComparedRun, ComparedRuns};
pub use console::{closing, progress_line, result_line, results};
pub use failure::{failure, headline};
pub use folder::{
    JOURNAL_FILE, ORPHANED_ACCOUNTS_FILE, PLANS_FOLDER, PROVIDER_LOG_FILE, REVIEW_FILE, RUN_FILES,
    ReportError, ReportFile, render, write_files, write_reports,
};
pub use format::ReportFormat;
pub use formats::FORMATS;
pub use group::{PlanGroup, groups};
pub use html::html;
pub use json::json;
pub use junit::{JUNIT_FILE, junit};
pub use label::{class_name, mark, party, verdict_meaning};
pub use markdown::markdown;
pub use not_started::not_started;
pub use number::duration;
pub use official::{is_official, known_rows, official_rows_sentence, row_word};
pub use plain::{cut, line, plain};
pub use proof::render_proof;
pub use run_facts::{participants_of, subject};
pub use tally::{ClassTally, tallies};

#[cfg(test)]
mod tests;
