//! Reports: a finished record as text for people and as files for machines.
//!
//! Formats: `console` (what a person reads first), `junit` (what a pipeline reads), `html` (what a
//! reviewer reads), `markdown` (the summary of a job), `annotation` (lines for GitHub), `json` (what a
//! program reads). Each is a function of the [`Record`](crate::record::Record) alone: nothing here
//! judges, reads a clock or the environment, and only `folder` touches the disk. A further format
//! is a further file, and cannot change a verdict. What several formats say they take from the same
//! place: `words` for wording, `group` and `tally` for order and numbers, `failure` and `checks` for
//! what is said about a case.

mod annotation;
mod body;
mod checks;
mod console;
mod escape;
mod failure;
#[cfg(test)]
mod fixture;
mod folder;
mod group;
mod html;
mod json;
mod junit;
mod lines;
mod markdown;
mod plain;
mod proof;
mod tally;
mod words;

pub use annotation::github;
pub use checks::checks;
pub use console::{progress_line, results};
pub use failure::{failure, headline};
pub use folder::{ReportError, ReportFile, render, write_files, write_reports};
pub use group::{Group, groups};
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use plain::{cut, line, plain};
pub use proof::render_proof;
pub use tally::{Tally, tallies};
pub use words::{
    Answer, NOT_A_CERTIFICATE, NOT_ISSUED_BY_SAGE, Tone, answer, class_name, duration, mark, party,
    subject, warnings,
};

#[cfg(test)]
mod tests;
