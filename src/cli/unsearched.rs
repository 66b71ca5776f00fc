//! The mark on a folder whose files were not searched for secrets yet, and the search of those that a kill left so.
//!
//! A run marks its folder before it writes anything else, and takes the mark away when its files were searched. It
//! holds a lock on the mark as long as it lives: a mark without a lock is that of a run that was killed.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;
use crate::cli::publish::{MARK, Publisher};
use crate::cli::terminal::talk;
use crate::number::count;
use crate::vault::Vault;

const TEXT: &str = "\
The files in this folder were not searched for secrets. If the run has ended, it was killed, or its search failed:
the next `feedproof run` with the same `--reports` and `--environment` searches them, and so does
`feedproof report` with `--environment`. Until then, treat the folder as confidential.
";

/// The mark of a run that lives.
#[derive(Debug)]
pub(super) struct Mark {
    path: PathBuf,
    /// Holds the lock.
    _file: File,
}

impl Mark {
    /// Marks a folder.
    ///
    /// # Errors
    /// Exit code 2 when the mark cannot be written.
    pub(super) fn set(folder: &Path) -> Result<Self, CliError> {
        let path = folder.join(MARK);
        let written = || -> io::Result<File> {
            let mut file = File::create_new(&path)?;
            file.write_all(TEXT.as_bytes())?;
            // Where locks are not supported, a run that lives cannot be told from one that was killed.
            match file.try_lock() {
                Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
                Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            }
        };
        match written() {
            Ok(file) => Ok(Self { path, _file: file }),
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
        remove(&self.path)
    }
}

fn remove(mark: &Path) -> Result<(), CliError> {
    fs::remove_file(mark).map_err(|error| {
        let shown = mark.display();
        CliError::inconclusive(format!("cannot remove {shown}: {error}"))
    })
}

/// Tells whether a folder has the mark of a run that was killed.
pub(super) fn was_left(folder: &Path) -> bool {
    let opened = File::options()
        .read(true)
        .write(true)
        .open(folder.join(MARK));
    opened.is_ok_and(|mark| mark.try_lock().is_ok())
}

/// Searches a folder that was left, and says what was found; deletes files that contain a secret.
///
/// # Errors
/// Exit code 5 when a file contained a secret or could not be searched.
pub(super) fn search(folder: &Path, vault: &Vault) -> Result<(), CliError> {
    let mut publisher = Publisher::new(vault, folder)?;
    let clean = publisher.search_folder()?;
    remove(&folder.join(MARK))?;
    talk(&format!(
        "{} was left by a run that did not reach its end: its files were searched for secrets now, {} without any",
        folder.display(),
        count(clean.len(), "file")
    ));
    publisher.end()
}

/// Searches all folders in a folder of reports that were left.
///
/// # Errors
/// Exit code 5 when a file contained a secret or could not be searched; the folders behind it are searched next time.
pub(super) fn search_all(reports: &Path, vault: &Vault) -> Result<(), CliError> {
    // Without the folder there is nothing to search; a folder that cannot be read fails when the run's own is made.
    let Ok(entries) = fs::read_dir(reports) else {
        return Ok(());
    };
    let mut left: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|folder| was_left(folder))
        .collect();
    left.sort();
    left.iter().try_for_each(|folder| search(folder, vault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn what_a_killed_run_left_was_never_searched() {
        let reports = tempfile::tempdir().expect("a folder");
        let folder = |name: &str| {
            let folder = reports.path().join(name);
            fs::create_dir(&folder).expect("created");
            fs::write(folder.join("journal.jsonl"), "x kept-by-nobody-1 y").expect("written");
            folder
        };
        let (ended, lives, killed) = (folder("ended"), folder("lives"), folder("killed"));
        let _lives = Mark::set(&lives).expect("marked");
        drop(Mark::set(&killed).expect("marked"));
        let vault = Vault::new();
        vault.register("api-key", &Secret::new("kept-by-nobody-1"));

        let error = search_all(reports.path(), &vault).expect_err("a secret");
        let text = error.to_string();
        assert!(text.contains("journal.jsonl was deleted"), "{text}");
        assert!(!text.contains("kept-by-nobody-1"), "{text}");
        let there = |folder: &Path| folder.join("journal.jsonl").exists();
        assert_eq!(
            (there(&ended), there(&lives), there(&killed)),
            (true, true, false)
        );
        assert!(!was_left(&killed));
        search_all(reports.path(), &vault).expect("nothing is left");
    }
}
