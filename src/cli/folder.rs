//! The folder of a run or a proof: created before it begins, listed when it has ended.

use std::path::{Path, PathBuf};

use crate::cli::error::CliError;

/// Creates a folder for the run, named after its start.
pub(super) fn make_folder(reports: &Path, started: &str) -> Result<PathBuf, CliError> {
    let name = started.replace(':', "-");
    for more in 0..1000 {
        let folder = match more {
            0 => reports.join(&name),
            more => reports.join(format!("{name}-{more}")),
        };
        match std::fs::create_dir_all(reports).and_then(|()| std::fs::create_dir(&folder)) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => {
                let shown = folder.display();
                return Err(CliError::usage(format!(
                    "cannot create the folder {shown}: {error}"
                )));
            }
        }
    }
    Err(CliError::usage(format!(
        "{} contains too many runs of the same second",
        reports.display()
    )))
}

/// Makes the folder that the caller names for the run; one with files in it could be another run's.
pub(super) fn empty_folder(folder: &Path) -> Result<PathBuf, CliError> {
    let shown = folder.display();
    let failed = |error: std::io::Error| {
        CliError::usage(format!("cannot create the folder {shown}: {error}"))
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(CliError::usage(format!("{shown} is not empty"))
            .with_hint("remove its files, or name another folder"));
    }
    Ok(folder.to_owned())
}

/// Lists the files in a folder of reports, in words.
pub(super) fn left_in(folder: &Path, files: &[PathBuf]) -> String {
    let mut text = format!("\nreports in {}:", folder.display());
    for path in files {
        let name = path.strip_prefix(folder).unwrap_or(path).display();
        text.push_str(&format!("\n  {name}"));
    }
    text
}
