//! Publishing: every file and the printed results of a run are searched for secrets before anyone reads them.
//!
//! Masking should have left no secret in a text; the search does not rely on it. Reports are searched before they are
//! written, all other files of the folder in their place. A file that contains a secret is withheld; the message
//! names the secret's kind, tag and form, never the secret.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use secret_search::{Leak, Scanner};

use crate::cli::error::CliError;
use crate::cli::terminal::{data, talk};
use crate::journal::OpenedJournal;
use crate::report::{JOURNAL_FILE, ReportFile, write_files};
use crate::vault::Vault;

/// The file that marks a folder whose files were not searched yet.
pub(super) const MARK: &str = "not-searched.txt";

/// An output that is kept back because it contains a secret.
#[derive(Debug)]
pub(super) struct Withheld {
    /// What it is, and whether it was deleted or not written.
    what: String,
    /// The secrets in it.
    leaks: Vec<Leak>,
}

/// Searches and writes the files of a run's folder.
pub(super) struct Publisher<'r> {
    folder: &'r Path,
    scanner: Scanner,
    withheld: Vec<Withheld>,
}

impl<'r> Publisher<'r> {
    /// Creates a publisher for a folder, for all secrets that the vault knows.
    ///
    /// # Errors
    /// Exit code 5 when the search itself does not work; the folder is deleted then.
    pub(super) fn new(vault: &Vault, folder: &'r Path) -> Result<Self, CliError> {
        let scanner = vault.scanner().map_err(|untrusted| {
            let gone = match fs::remove_dir_all(folder) {
                Ok(()) => format!("{} was deleted", folder.display()),
                Err(error) => format!(
                    "{} could not be deleted ({error}), delete it",
                    folder.display()
                ),
            };
            CliError::leak(format!(
                "the search for secrets could not be trusted: {untrusted}; no report was written, {gone}"
            ))
            .with_hint("this is a fault of feedproof itself; please report it")
        })?;
        Ok(Self {
            folder,
            scanner,
            withheld: Vec::new(),
        })
    }

    /// Writes the reports that contain no secret, and returns the paths of all files of the folder that contain none.
    ///
    /// # Errors
    /// When a file cannot be written, or cannot be searched.
    pub(super) fn files(&mut self, files: Vec<ReportFile>) -> Result<Vec<PathBuf>, CliError> {
        // Each is as large as the run; they are searched side by side.
        let searched: Vec<_> = std::thread::scope(|scope| {
            let started: Vec<_> = files
                .iter()
                .map(|file| scope.spawn(|| self.scanner.scan_bytes(&file.bytes)))
                .collect();
            let done = started.into_iter().map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            done.collect()
        });
        let mut clean = Vec::new();
        for (file, leaks) in files.into_iter().zip(searched) {
            if leaks.is_empty() {
                clean.push(file);
            } else {
                self.withhold(format!("{} was not written", file.name), leaks);
            }
        }
        // First what is there already: it must not stay unsearched because a report cannot be written.
        let there = self.search_folder()?;
        let mut paths = write_files(&clean, self.folder).map_err(CliError::inconclusive)?;
        paths.extend(there);
        Ok(paths)
    }

    /// Searches the files in the folder, deletes those that contain a secret, and returns the paths of the others.
    pub(super) fn search_folder(&mut self) -> Result<Vec<PathBuf>, CliError> {
        let mut files = Vec::new();
        files_below(self.folder, &mut files)
            .map_err(|error| unsearched(self.folder, "the files", &error))?;
        files.retain(|path| *path != self.folder.join(MARK));
        files.sort();
        let mut paths = Vec::new();
        for path in files {
            let name = path.strip_prefix(self.folder).unwrap_or(&path).display();
            let leaks = fs::File::open(&path)
                .and_then(|mut file| {
                    if path.ends_with(JOURNAL_FILE) {
                        // What is compressed in it is searched as what it says.
                        self.scanner.scan(&mut OpenedJournal::of(file))
                    } else {
                        self.scanner.scan(&mut file)
                    }
                })
                .map_err(|error| unsearched(self.folder, &name.to_string(), &error))?;
            if leaks.is_empty() {
                paths.push(path);
                continue;
            }
            let what = match fs::remove_file(&path) {
                Ok(()) => format!("{name} was deleted"),
                Err(error) => format!("{name} could not be deleted ({error}), delete it"),
            };
            self.withhold(what, leaks);
        }
        Ok(paths)
    }

    /// Prints results unless they contain a secret.
    pub(super) fn print(&mut self, results: &str) {
        let leaks = self.scanner.scan_bytes(results.as_bytes());
        if leaks.is_empty() {
            data(results);
        } else {
            self.withhold("the results were not printed".to_owned(), leaks);
        }
    }

    /// Ends publishing.
    ///
    /// # Errors
    /// Exit code 5, with all that was withheld, if anything was.
    pub(super) fn end(self) -> Result<(), CliError> {
        if self.withheld.is_empty() {
            return Ok(());
        }
        let mut text = "the output contained a secret".to_owned();
        for withheld in &self.withheld {
            text.push_str(&format!("\n  {}:", withheld.what));
            for leak in &withheld.leaks {
                text.push_str(&format!("\n    {leak}"));
            }
        }
        Err(CliError::leak(text).with_hint(
            "search plans, the subject, waivers, addresses and file names for it; if it is not there, feedproof failed to mask it: please report that",
        ))
    }

    fn withhold(&mut self, what: String, leaks: Vec<Leak>) {
        self.withheld.push(Withheld { what, leaks });
    }
}

/// Creates the error of a file that could not be searched.
fn unsearched(folder: &Path, what: &str, error: &io::Error) -> CliError {
    let folder = folder.display();
    CliError::leak(format!(
        "{what} in {folder} could not be searched for secrets: {error}"
    ))
    .with_hint(format!("treat {folder} as confidential, or delete it"))
}

/// Lists the files below a folder; links are not followed.
fn files_below(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => files_below(&entry.path(), found)?,
            kind if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
    Ok(())
}

/// Warns of the secrets of the environment that are too short to search for.
pub(super) fn warn_of_unscannable(vault: &Vault) {
    for handle in vault.unscannable() {
        talk(&format!(
            "warning: the {} of the environment ({handle}) is too short or too common to search for in texts; feedproof masks it only in the fields and headers that carry it",
            handle.kind().replace('-', " "),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit_code::ExitCode;
    use crate::journal::Body;
    use crate::secret::Secret;

    const SECRET: &str = "k+/=%\"<&é y7";

    fn report(name: &'static str, text: &str) -> ReportFile {
        ReportFile {
            name,
            bytes: text.as_bytes().to_vec(),
        }
    }

    /// Publishes two reports and a journal, and returns what is left in the folder and what was said.
    fn publish(junit: &str, html: &str, journal: &str) -> (Vec<String>, Result<(), CliError>) {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path();
        fs::create_dir(folder.join("logs")).expect("made");
        fs::write(folder.join("logs/journal.jsonl"), journal).expect("written");
        let vault = Vault::new();
        vault.register("api-key", &Secret::new(SECRET));
        let mut publisher = Publisher::new(&vault, folder).expect("trusted");
        let paths = publisher
            .files(vec![
                report("junit.xml", junit),
                report("report.html", html),
            ])
            .expect("written");
        let mut left = Vec::new();
        files_below(folder, &mut left).expect("listed");
        left.sort();
        let mut told = paths.clone();
        told.sort();
        assert_eq!(left, told, "the listed files are those that are there");
        let names = left.iter().map(|path| path.file_name().expect("a name"));
        let names = names.map(|name| name.to_string_lossy().into_owned());
        (names.collect(), publisher.end())
    }

    #[test]
    fn what_is_clean_is_written() {
        let (left, result) = publish("<a/>", "<b/>", "{}\n");
        assert_eq!(left, ["junit.xml", "journal.jsonl", "report.html"]);
        assert!(result.is_ok());
    }

    #[test]
    fn a_report_with_a_secret_is_not_written_and_a_journal_with_one_is_deleted() {
        let page = "<p>k+/=%&quot;&lt;&amp;&eacute; y7</p>";
        let line = serde_json::json!({ "a": SECRET }).to_string();
        let (left, result) = publish("<a/>", page, &line);
        assert_eq!(left, ["junit.xml"]);
        let error = result.expect_err("a leak");
        assert_eq!(error.code, ExitCode::Secret);
        let text = error.to_string();
        let (before, rest) = text.split_once("#").expect("a tag");
        insta::assert_snapshot!(before, @r#"
        error: the output contained a secret
          report.html was not written:
            secret:api-key
        "#);
        assert!(rest.contains(" escaped as in HTML at byte 3\n"), "{text}");
        assert!(rest.contains("journal.jsonl was deleted:\n"), "{text}");
        assert!(rest.contains(" escaped as in JSON at byte 6\n"), "{text}");
        assert!(!text.contains("k+"), "{text}");
    }

    #[test]
    fn a_secret_in_a_compressed_body_of_the_journal_is_found() {
        let lines = vec!["a line of a long statement"; 9000];
        let body = |last: &str| Body::Json(serde_json::json!([lines, last]).into());
        let line = |last| serde_json::to_string(&body(last)).expect("written");
        assert!(line("clean").contains("deflated"));
        assert!(publish("<a/>", "<b/>", &line("clean")).1.is_ok());
        let (left, result) = publish("<a/>", "<b/>", &line(SECRET));
        assert_eq!(left, ["junit.xml", "report.html"]);
        assert_eq!(result.expect_err("a leak").code, ExitCode::Secret);
    }

    #[test]
    fn results_with_a_secret_are_not_printed() {
        let place = tempfile::tempdir().expect("a folder");
        let vault = Vault::new();
        vault.register("api-key", &Secret::new(SECRET));
        let mut publisher = Publisher::new(&vault, place.path()).expect("trusted");
        publisher.print(&format!("it is {SECRET}\n"));
        let text = publisher.end().expect_err("a leak").to_string();
        assert!(text.contains("the results were not printed"), "{text}");
    }
}
