//! The mark on a folder whose files were not searched for secrets yet, and the search of those that a kill left so.
//!
//! A run marks its folder before it writes anything else, and takes the mark away when its files were searched. It
//! holds a lock on the mark as long as it lives: a mark without a lock is that of a run that was killed. The mark names
//! the environment, whose secrets are the ones to search for; tokens that the killed run observed are not known any
//! more.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;
use crate::cli::publish::{MARK, Publisher};
use crate::cli::terminal::talk;
use crate::journal::Header;
use crate::number::count;
use crate::vault::Vault;

/// The most bytes of a mark that are read.
const MARK_BYTES_MAX: u64 = 4 << 10;

/// Returns the text of a mark; its first line identifies the environment.
fn text(header: &Header) -> String {
    format!(
        "{}\n\n\
         The files in this folder were not searched for secrets. If the run has ended, it was killed, or its search failed:\n\
         the next `feedproof run` with the same `--reports` and `--environment` searches them, and so does\n\
         `feedproof report` with `--environment`. Until then, treat the folder as confidential.\n",
        first_line(&header.environment, header)
    )
}

fn first_line(environment: &str, header: &Header) -> String {
    let environment = environment.replace(['\n', '\r'], " ");
    format!("environment: {environment} ({})", header.mode)
}

/// The mark of a run that lives.
#[derive(Debug)]
pub(super) struct Mark {
    path: PathBuf,
    /// Holds the lock.
    file: File,
}

impl Mark {
    /// Marks a folder.
    ///
    /// # Errors
    /// Exit code 2 when the mark cannot be written.
    pub(super) fn set(folder: &Path, header: &Header) -> Result<Self, CliError> {
        let path = folder.join(MARK);
        let written = || -> io::Result<File> {
            let mut file = File::create_new(&path)?;
            // Locked as long as it is empty: an empty mark is left alone. Where locks are not supported, a run that
            // lives cannot be told from one that was killed.
            match file.try_lock() {
                Ok(()) | Err(TryLockError::Error(_)) => {}
                Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
            }
            file.write_all(text(header).as_bytes())?;
            Ok(file)
        };
        match written() {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => {
                let shown = path.display();
                Err(CliError::usage(format!("cannot write {shown}: {error}")))
            }
        }
    }

    /// Takes the mark away, because everything in the folder was searched.
    ///
    /// # Errors
    /// Exit code 3 when it cannot be removed.
    pub(super) fn remove(self) -> Result<(), CliError> {
        // Some systems delete no file that is open.
        drop(self.file);
        remove(&self.path)
    }
}

fn remove(mark: &Path) -> Result<(), CliError> {
    match fs::remove_file(mark) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => {
            let shown = mark.display();
            Err(CliError::inconclusive(format!(
                "cannot remove {shown}: {error}"
            )))
        }
    }
}

/// Tells whether a folder is that of a run that has not ended.
pub(super) fn is_alive(folder: &Path) -> bool {
    let opened = File::options()
        .read(true)
        .write(true)
        .open(folder.join(MARK));
    opened.is_ok_and(|mark| matches!(mark.try_lock(), Err(TryLockError::WouldBlock)))
}

/// A folder that a killed run left; nobody else searches it as long as this lives.
#[derive(Debug)]
pub(super) struct LeftFolder {
    folder: PathBuf,
    /// The first line of its mark.
    environment: String,
    /// Holds the lock.
    _mark: File,
}

impl LeftFolder {
    /// Returns a folder if a killed run left it.
    pub(super) fn of(folder: &Path) -> Option<Self> {
        let path = folder.join(MARK);
        let mark = File::options().read(true).write(true).open(&path).ok()?;
        let is_empty = mark.metadata().ok()?.len() == 0;
        if is_empty || mark.try_lock().is_err() {
            return None;
        }
        // It may have been searched in the meantime.
        fs::metadata(&path).ok()?;
        let mut text = String::new();
        (&mark)
            .take(MARK_BYTES_MAX)
            .read_to_string(&mut text)
            .ok()?;
        Some(Self {
            folder: folder.to_owned(),
            environment: text.lines().next().unwrap_or_default().to_owned(),
            _mark: mark,
        })
    }

    /// Tells whether its run had the environment of this header.
    fn is_of(&self, header: &Header) -> bool {
        self.environment == first_line(&header.environment, header)
    }

    /// Says that it stays unsearched.
    fn note(&self) {
        talk(&format!(
            "note: {} was left by a run that did not reach its end ({}), and its files were not searched for secrets; `feedproof report {} --environment FILE`, with the environment of that run, searches them",
            self.folder.display(),
            self.environment,
            self.folder.display(),
        ));
    }

    /// Searches it, and says what was found; deletes files that contain a secret. Leaves the folder of a run with
    /// another environment as it is, because the vault does not know its secrets.
    ///
    /// # Errors
    /// Exit code 5 when a file contained a secret or could not be searched.
    pub(super) fn search(self, header: &Header, vault: &Vault) -> Result<(), CliError> {
        if !self.is_of(header) {
            self.note();
            return Ok(());
        }
        let mut publisher = Publisher::new(vault, &self.folder)?;
        let clean = publisher.search_folder()?;
        remove(&self.folder.join(MARK))?;
        talk(&format!(
            "{} was left by a run that did not reach its end: its files were searched for secrets now, {} without any",
            self.folder.display(),
            count(clean.len(), "file")
        ));
        publisher.end()
    }
}

/// Searches all folders in a folder of reports that were left.
///
/// # Errors
/// Exit code 5 when a file contained a secret or could not be searched; the folders behind it are searched next time.
pub(super) fn search_all(reports: &Path, header: &Header, vault: &Vault) -> Result<(), CliError> {
    // Without the folder there is nothing to search; a folder that cannot be read fails when the run's own is made.
    let Ok(entries) = fs::read_dir(reports) else {
        return Ok(());
    };
    // A link leads to a folder that stands here too, or to one that is none of ours.
    let folders = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
    folders.sort();
    folders
        .iter()
        .filter_map(|folder| LeftFolder::of(folder))
        .try_for_each(|left| left.search(header, vault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use plan_language::participant::Mode;

    #[test]
    fn what_a_killed_run_left_was_never_searched() {
        let reports = tempfile::tempdir().expect("a folder");
        let folder = |name: &str| {
            let folder = reports.path().join(name);
            fs::create_dir(&folder).expect("created");
            fs::write(folder.join("journal.jsonl"), "x kept-by-nobody-1 y").expect("written");
            folder
        };
        let header = Header::made_up(Mode::Rehearsal);
        let mut other = header.clone();
        other.environment = "another".to_owned();
        let (ended, lives, killed) = (folder("ended"), folder("lives"), folder("killed"));
        let (elsewhere, begins) = (folder("elsewhere"), folder("begins"));
        let _lives = Mark::set(&lives, &header).expect("marked");
        drop(Mark::set(&killed, &header).expect("marked"));
        drop(Mark::set(&elsewhere, &other).expect("marked"));
        File::create(begins.join(MARK)).expect("an empty mark");
        let vault = Vault::new();
        vault.register("api-key", &Secret::new("kept-by-nobody-1"));

        let error = search_all(reports.path(), &header, &vault).expect_err("a secret");
        let text = error.to_string();
        assert!(text.contains("journal.jsonl was deleted"), "{text}");
        assert!(!text.contains("kept-by-nobody-1"), "{text}");
        let there = |folder: &Path| folder.join("journal.jsonl").exists();
        assert!(!there(&killed) && LeftFolder::of(&killed).is_none());
        for untouched in [&ended, &lives, &elsewhere, &begins] {
            assert!(there(untouched), "{}", untouched.display());
        }
        assert!(LeftFolder::of(&elsewhere).is_some(), "its mark stays");
        search_all(reports.path(), &header, &vault).expect("nothing is left");
        assert!(is_alive(&lives) && !is_alive(&elsewhere) && !is_alive(&ended));
    }
}
