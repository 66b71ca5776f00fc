//! A folder of plans: which of its files are read, and what is left out, said in one line so that nobody believes that it
//! was read.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;
use crate::cli::terminal::talk;
use crate::number::count;

/// The folder of flows in a folder of plans.
pub(super) const FLOWS: &str = "flows";

/// The number of names that the line shows.
const NAMES_MAX: usize = 10;

/// Lists the YAML documents in a folder, in the order of their names.
///
/// # Errors
/// [`CliError`] with exit code 2 when the folder cannot be listed.
pub(super) fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let failed = |error| CliError::usage(format!("cannot list {}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() && is_yaml(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Tells whether a file is a YAML document that a person wrote.
///
/// Names that begin with a dot belong to editors (`.#plan.yaml`) and file systems (`._plan.yaml`).
fn is_yaml(path: &Path) -> bool {
    let is_hidden = path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let is_yaml = |end: &OsStr| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml");
    !is_hidden && path.extension().is_some_and(is_yaml)
}

/// Says what a folder of plans, or its folder of flows, contains that looks like a document and is not read.
///
/// # Errors
/// [`CliError`] with exit code 2 when a folder cannot be listed.
pub(super) fn tell_of_left_out(folder: &Path) -> Result<(), CliError> {
    let mut names = left_out(folder, "")?;
    let flows = folder.join(FLOWS);
    if flows.is_dir() {
        names.extend(left_out(&flows, &format!("{FLOWS}/"))?);
    }
    if let Some(sentence) = sentence(folder, &names) {
        talk(&sentence);
    }
    Ok(())
}

/// Lists what looks like a document in a folder and is not read, each name behind `before`.
fn left_out(folder: &Path, before: &str) -> Result<Vec<String>, CliError> {
    let failed = |error| CliError::usage(format!("cannot list {}: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else {
            continue;
        };
        if path.is_dir() {
            let is_read = before.is_empty() && name == FLOWS;
            // A folder that cannot be listed contains no document of this user.
            let files = yaml_files(&path).map_or(0, |files| files.len());
            if !is_read && !name.starts_with('.') && files > 0 {
                names.push(format!("{before}{name}/ ({})", count(files, "YAML file")));
            }
        } else if resembles_document(&name) && !(path.is_file() && is_yaml(&path)) {
            names.push(format!("{before}{name}"));
        }
    }
    names.sort();
    Ok(names)
}

/// Tells whether a name looks like that of a document: `plan.yaml`, also behind a dot or before another ending.
fn resembles_document(name: &str) -> bool {
    let name = name.to_lowercase();
    [".yaml", ".yml"].iter().any(|end| name.contains(end))
}

/// Writes the line; `None` if nothing is left out.
fn sentence(folder: &Path, names: &[String]) -> Option<String> {
    let shown = &names[..names.len().min(NAMES_MAX)];
    let more = match names.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!names.is_empty()).then(|| {
        format!(
            "note: left out of {}: {}{more}; plans end in .yaml or .yml and do not begin with a dot, and a folder is read if it is named",
            folder.display(),
            shown.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_document_is_told_apart_from_other_files() {
        for name in [
            "._plan.yaml",
            ".#plan.yml",
            "plan.yaml~",
            "PLAN.YAML.bak",
            "plan.yml.txt",
        ] {
            assert!(resembles_document(name), "{name}");
        }
        for name in ["README.md", "plan.schema.json", ".DS_Store", "yaml"] {
            assert!(!resembles_document(name), "{name}");
        }
    }

    #[test]
    fn a_line_stays_short() {
        let names: Vec<_> = (10..22).map(|number| format!("{number}.yaml~")).collect();
        assert_eq!(sentence(Path::new("plans"), &[]), None);
        let sentence = sentence(Path::new("plans"), &names).expect("something is left out");
        assert!(
            sentence.contains("18.yaml~, 19.yaml~ and 2 more; plans end"),
            "{sentence}"
        );
    }
}
