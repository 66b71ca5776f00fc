//! A finished run, opened from its folder: the journal, the plans of the run by their digests, and its other files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::documents::{find, rendered};
use crate::cli::error::CliError;
use crate::journal::{Fact, Header, JournalError, read};
use crate::number::{count, is_or_are};
use crate::report::{FORMATS, JOURNAL_FILE, PLANS_FOLDER};
use crate::shipped;
use crate::verification::{RunFiles, documents, find_among};
use plan_language::plan::{Document, DocumentRole, Documents, Library, SourceDigest};

/// The largest file of a run that is read, in bytes.
const FILE_BYTES_MAX: u64 = 512 << 20;

/// A finished run.
#[derive(Debug)]
pub(super) struct FinishedRun {
    /// The journal and the reports.
    pub files: RunFiles,
    /// The header of the journal.
    pub header: Header,
    /// The plans of the run.
    pub library: Library,
}

/// Opens the folder of a run; `plans` are searched for its documents first.
///
/// # Errors
/// [`CliError`] with exit code 2 for a folder that is none of a run, a damaged journal, and plans that are not found.
pub(super) fn open(folder: &Path, plans: &[PathBuf]) -> Result<FinishedRun, CliError> {
    let hint = "name the folder of one run, such as reports/2026-11-21T10-42-53Z";
    if !folder.is_dir() {
        let shown = folder.display();
        return Err(CliError::usage(format!("{shown} is not a folder")).with_hint(hint));
    }
    let path = folder.join(JOURNAL_FILE);
    if !path.is_file() {
        let shown = path.display();
        return Err(CliError::usage(format!("{shown} does not exist")).with_hint(hint));
    }
    let journal = read(&path).map_err(unusable)?;
    let Some(Fact::Run { header }) = journal.events.first().map(|event| &event.fact) else {
        // The journal is refused before, when it is read.
        let shown = path.display();
        return Err(CliError::usage(format!(
            "{shown} has no first line about the run"
        )));
    };
    let header = (**header).clone();
    let library = plans_of(folder, &header, plans)?;
    Ok(FinishedRun {
        files: RunFiles {
            journal,
            files: reports_in(folder)?,
        },
        header,
        library,
    })
}

/// Finds the plans of a run: among the named ones, in the folder of the run, and among the shipped ones.
fn plans_of(folder: &Path, header: &Header, plans: &[PathBuf]) -> Result<Library, CliError> {
    let kept = folder.join(PLANS_FOLDER);
    let named = match plans {
        [] => None,
        plans => Some(find(plans)?),
    };
    if let Some(named) = &named {
        are_of_the_run(named, header)?;
    }
    let shipped = shipped::documents();
    let look = |source: &SourceDigest| {
        let among = |documents| find_among(documents, source.role, &source.sha256);
        named
            .as_ref()
            .and_then(among)
            .or_else(|| read_file(&kept.join(file_of(source))).ok())
            .or_else(|| among(&shipped))
    };
    let found = documents(&header.sources, look).map_err(|missing| {
        CliError::usage(missing).with_hint(format!(
            "the plans of the run: {}; name those behind the folder",
            header.provenance
        ))
    })?;
    Library::read(&found).map_err(|invalid| rendered(&invalid.findings, &invalid.sources))
}

/// Refuses named plans that the run did not use: they would be left unread.
fn are_of_the_run(named: &Documents, header: &Header) -> Result<(), CliError> {
    let known = |document: &&Document| {
        let source = SourceDigest::of(DocumentRole::Plan, document);
        header
            .sources
            .iter()
            .any(|used| used.sha256 == source.sha256)
    };
    let others: Vec<&str> = named
        .plans
        .iter()
        .filter(|document| !known(document))
        .map(|document| document.name.as_str())
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    Err(CliError::usage(format!(
        "these documents differ from those of the run: {}",
        others.join(", ")
    ))
    .with_hint(format!("the plans of the run: {}", header.provenance)))
}

/// Keeps the documents of a run that are not shipped in its folder, so that it can be judged again where they are not.
///
/// # Errors
/// [`CliError`] with exit code 2 when a file cannot be written.
pub(super) fn keep_plans(folder: &Path, documents: &Documents) -> Result<(), CliError> {
    let shipped = shipped::documents();
    let kept = folder.join(PLANS_FOLDER);
    for (role, document) in documents.with_roles() {
        let source = SourceDigest::of(role, document);
        if find_among(&shipped, role, &source.sha256).is_some() {
            continue;
        }
        let path = kept.join(file_of(&source));
        fs::create_dir_all(&kept)
            .and_then(|()| fs::write(&path, &document.bytes))
            .map_err(|error| {
                CliError::usage(format!("cannot write {}: {error}", path.display()))
            })?;
    }
    Ok(())
}

/// Returns the name under which the folder of a run keeps one of its documents.
fn file_of(source: &SourceDigest) -> String {
    // A digest that somebody wrote into a journal may be any text, and must name no other folder.
    let digest: String = source
        .sha256
        .chars()
        .filter(char::is_ascii_hexdigit)
        .collect();
    format!("{digest}.yaml")
}

/// Reads the reports that are in a folder.
fn reports_in(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    let mut files = BTreeMap::new();
    for name in FORMATS.iter().filter_map(|format| format.file()) {
        let path = folder.join(name);
        if path.is_file() {
            files.insert(name.to_owned(), read_file(&path)?);
        }
    }
    Ok(files)
}

fn read_file(path: &Path) -> Result<Vec<u8>, CliError> {
    let failed =
        |error: std::io::Error| CliError::usage(format!("cannot read {}: {error}", path.display()));
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > FILE_BYTES_MAX {
        return Err(CliError::usage(format!(
            "{} has {size} bytes, more than the limit of {FILE_BYTES_MAX} bytes",
            path.display()
        )));
    }
    fs::read(path).map_err(failed)
}

/// Creates the error of a journal that cannot be read, with what can still be shown of its run.
fn unusable(error: JournalError) -> CliError {
    let intact = match &error {
        JournalError::Damaged(damaged) => damaged.line - 1,
        JournalError::File { .. } | JournalError::Format { .. } => 0,
    };
    let error = CliError::usage(error);
    if intact == 0 {
        return error;
    }
    error.with_hint(format!(
        "{} before it {} intact: copy {} into journal.jsonl in an empty folder, and name that folder, to judge the run as if it had been killed there",
        count(intact, "line"),
        is_or_are(intact),
        if intact == 1 { "it" } else { "them" }
    ))
}
