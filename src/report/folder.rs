//! Writes reports into a folder. The only part of `report` that touches the disk.
//!
//! [`render`] returns the bytes, so that a caller can search them for secrets before they are written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::complete_file::{self, Readers};
use crate::record::Record;
use crate::report::formats::FORMATS;

/// The file of a run's folder that records every event.
pub const JOURNAL_FILE: &str = "journal.jsonl";
/// The folder, in a run's folder, of its plans that are not shipped with feedproof.
pub const PLANS_FOLDER: &str = "plans";
/// The file of a run's folder with the output of a provider that feedproof started.
pub const PROVIDER_LOG_FILE: &str = "provider.log";
/// The file of a run's folder with the remarks of reviewers.
pub const REVIEW_FILE: &str = "review.yaml";
/// The file of a run's folder that lists the accounts that the run left linked at the provider.
pub const ORPHANED_ACCOUNTS_FILE: &str = "orphaned-accounts.json";

/// The files of a run's folder that are no report, with what each contains.
pub const RUN_FILES: &[(&str, &str)] = &[
    (
        JOURNAL_FILE,
        "every fact of the run, masked, one JSON object for each line; a run is judged again from it",
    ),
    (
        PLANS_FOLDER,
        "the plans of the run that are not shipped with feedproof, each named after its digest",
    ),
    (
        PROVIDER_LOG_FILE,
        "the output of the provider, if the environment says how to start it",
    ),
    (
        REVIEW_FILE,
        "the remarks of reviewers, who write it; `feedproof report` shows them in the reports",
    ),
    (
        ORPHANED_ACCOUNTS_FILE,
        "the accounts that the run left linked at the provider; the next run with this environment offboards them",
    ),
];

/// A report as a file that is not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// Name of the file within the folder of the run.
    pub name: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The folder could not be created.
    #[error("cannot create the report folder {}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be written or renamed.
    #[error("cannot write the report {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Renders the formats that are files, in the order of [`FORMATS`].
pub fn render(record: &Record) -> Vec<ReportFile> {
    // Of a run of a thousand cases each takes as long as a few hundred requests.
    std::thread::scope(|scope| {
        let started: Vec<_> = FORMATS
            .iter()
            .filter_map(|format| Some((format.file()?, scope.spawn(|| format.render(record)))))
            .collect();
        let joined = started.into_iter().map(|(name, thread)| ReportFile {
            name,
            bytes: thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        });
        joined.collect()
    })
}

/// Renders all reports and writes them; see [`write_files`].
///
/// # Errors
/// [`ReportError`] when the folder or a file cannot be written.
pub fn write_reports(record: &Record, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    write_files(&render(record), folder)
}

/// Writes reports into a folder, which is created if it is missing, and returns their paths.
///
/// A reader sees the old or the new file, never half of one.
///
/// # Errors
/// [`ReportError`] when the folder or a file cannot be written; files before it stay.
pub fn write_files(files: &[ReportFile], folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    fs::create_dir_all(folder).map_err(|source| ReportError::Folder {
        folder: folder.to_owned(),
        source,
    })?;
    files
        .iter()
        .map(|file| {
            let path = folder.join(file.name);
            match complete_file::write(&path, &file.bytes, Readers::Usual) {
                Ok(()) => Ok(path),
                Err(source) => Err(ReportError::File { path, source }),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::Made;
    use crate::report::json;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .expect("the folder is there")
            .map(|entry| {
                entry
                    .expect("readable")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn reports_stand_in_the_folder_and_nothing_else() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("reports/run-1");
        let record = Made::default().record();
        for _ in 0..2 {
            let paths = write_reports(&record, &folder).expect("written");
            assert_eq!(
                paths,
                [
                    "junit.xml",
                    "report.html",
                    "test-plan.html",
                    "test-plan.csv",
                    "summary.md",
                    "record.json"
                ]
                .map(|name| folder.join(name))
            );
            assert_eq!(
                names(&folder),
                [
                    "junit.xml",
                    "record.json",
                    "report.html",
                    "summary.md",
                    "test-plan.csv",
                    "test-plan.html"
                ]
            );
        }
        assert_eq!(
            fs::read(folder.join("record.json")).expect("readable"),
            json(&record)
        );
    }

    #[test]
    fn a_place_that_is_taken_is_named_and_left_clean() {
        let place = tempfile::tempdir().expect("a folder");
        let record = Made::default().record();
        let file = place.path().join("file");
        fs::write(&file, "x").expect("written");
        let error = write_reports(&record, &file).expect_err("a file is no folder");
        assert!(
            error
                .to_string()
                .starts_with("cannot create the report folder "),
            "{error}"
        );

        let folder = place.path().join("run");
        fs::create_dir_all(folder.join("junit.xml/in-the-way")).expect("made");
        let error = write_reports(&record, &folder).expect_err("a folder is in the way");
        assert!(
            error.to_string().contains("junit.xml: Is a directory"),
            "{error}"
        );
        assert_eq!(names(&folder), ["junit.xml"]);
    }
}
