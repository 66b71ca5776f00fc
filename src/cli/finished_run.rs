//! A finished run, opened from its folder or its package: the journal, the plans of the run by their digests, and its
//! other files.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::documents::{find, rendered};
use crate::cli::error::CliError;
use crate::complete_file::{self, Readers};
use crate::journal::{Fact, Header, JournalError, read_from};
use crate::number::{count, is_or_are};
use crate::package::{self, PACKAGE_BYTES_MAX, PackageError, PackagedFiles};
use crate::remarks::{self, REMARKS_BYTES_MAX, Remark};
use crate::report::{FORMATS, JOURNAL_FILE, PLANS_FOLDER, REVIEW_FILE};
use crate::shipped;
use crate::signature::StatementSubject;
use crate::verification::{READ_ME_FILE, RECORD_FILE, RunFiles, documents, file_of, find_among};
use plan_language::plan::{Document, DocumentRole, Documents, Library, SourceDigest};
use plan_language::source::Sources;

/// The largest file of a run that is read, in bytes.
const FILE_BYTES_MAX: u64 = 512 << 20;

/// A finished run.
#[derive(Debug)]
pub(super) struct FinishedRun {
    /// The journal and the reports.
    pub files: RunFiles,
    /// The bytes of the journal.
    pub journal: Vec<u8>,
    /// The header of the journal.
    pub header: Header,
    /// The plans of the run.
    pub library: Library,
    /// Name and digest of the package; `None` for a folder.
    pub package: Option<StatementSubject>,
}

/// The files of a finished run, before its plans are looked for.
#[derive(Debug)]
pub(super) struct FoundRun {
    files: RunFiles,
    journal: Vec<u8>,
    header: Header,
    package: Option<StatementSubject>,
}

impl FoundRun {
    /// Finds the plans of the run: `plans` are searched first.
    ///
    /// # Errors
    /// [`CliError`] with exit code 2 for plans that are not found.
    pub(super) fn documents(&self, plans: &[PathBuf]) -> Result<Documents, CliError> {
        documents_of(&self.files, &self.header, plans)
    }

    /// Adds the plans of the run.
    ///
    /// # Errors
    /// [`CliError`] with exit code 2 for plans that are invalid, or not as the header names them.
    pub(super) fn with(self, documents: &Documents) -> Result<FinishedRun, CliError> {
        let library = library_of(documents, &self.header)?;
        Ok(FinishedRun {
            files: self.files,
            journal: self.journal,
            header: self.header,
            library,
            package: self.package,
        })
    }
}

/// Opens the folder of a run or a package of it; `plans` are searched for its documents first.
///
/// # Errors
/// [`CliError`] with exit code 2 for what is no run, a damaged file, and plans that are not found.
pub(super) fn open(place: &Path, plans: &[PathBuf]) -> Result<FinishedRun, CliError> {
    let found = read(place)?;
    let documents = found.documents(plans)?;
    found.with(&documents)
}

/// Reads the folder of a run or a package of it.
///
/// # Errors
/// [`CliError`] with exit code 2 for what is no run, and a damaged file.
pub(super) fn read(place: &Path) -> Result<FoundRun, CliError> {
    let (journal, mut files, package) = if place.is_file() {
        let (journal, files, package) = packaged(place)?;
        (journal, files, Some(package))
    } else {
        let (journal, files) = in_folder(place)?;
        (journal, files, None)
    };
    let Some(Fact::Run { header }) = files.journal.events.first().map(|event| &event.fact) else {
        // The journal is refused before, when it is read.
        let shown = place.display();
        return Err(CliError::usage(format!("{shown} has no head of a run")));
    };
    let header = (**header).clone();
    files.remarks = remarks_of(place, &files, &header)?;
    Ok(FoundRun {
        files,
        journal,
        header,
        package,
    })
}

/// Reads the remarks of reviewers, if there are any.
fn remarks_of(place: &Path, files: &RunFiles, header: &Header) -> Result<Vec<Remark>, CliError> {
    let Some(bytes) = files.files.get(REVIEW_FILE) else {
        return Ok(Vec::new());
    };
    let name = place.join(REVIEW_FILE).display().to_string();
    if bytes.len() > REMARKS_BYTES_MAX {
        let (size, most) = (bytes.len(), REMARKS_BYTES_MAX);
        let why = format!("{name} has {size} bytes, more than the limit of {most} bytes");
        return Err(CliError::usage(why));
    }
    remarks::read(&name, bytes, &header.selection).map_err(|findings| {
        let mut sources = Sources::new();
        sources.insert(&name, bytes);
        rendered(&findings, &sources)
    })
}

/// Reads the record of a folder or a package that has no journal; `None` if it has one, or has no record either.
///
/// # Errors
/// [`CliError`] with exit code 2 for a file that cannot be read.
pub(super) fn record_alone(place: &Path) -> Result<Option<Vec<u8>>, CliError> {
    if place.is_file() {
        let (mut files, _) = package_files(place)?;
        let record = files.remove(RECORD_FILE);
        return Ok(record.filter(|_| !files.contains_key(JOURNAL_FILE)));
    }
    let is_there = |name: &str| fs::symlink_metadata(place.join(name)).is_ok();
    if is_there(JOURNAL_FILE) || !is_there(RECORD_FILE) {
        return Ok(None);
    }
    read_file(&place.join(RECORD_FILE), FILE_BYTES_MAX).map(Some)
}

/// Reads the files of a package; nothing of it is unpacked to the disk.
fn package_files(package: &Path) -> Result<(PackagedFiles, StatementSubject), CliError> {
    let shown = package.display();
    let unusable_package = |error: PackageError| {
        CliError::usage(format!("{shown} {error}"))
            .with_hint("a package is made with `feedproof package DIR`")
    };
    // A link that the caller names is followed.
    let target = fs::canonicalize(package).unwrap_or_else(|_| package.to_owned());
    let bytes = read_file(&target, PACKAGE_BYTES_MAX)?;
    let files = package::read(&bytes).map_err(unusable_package)?;
    // Of the bytes that are judged: the file itself may be another one by now.
    let subject = StatementSubject {
        name: package
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        sha256: package::digest_of(&bytes),
    };
    Ok((files, subject))
}

/// Reads a package with its journal.
fn packaged(package: &Path) -> Result<(Vec<u8>, RunFiles, StatementSubject), CliError> {
    let shown = package.display();
    let (mut files, subject) = package_files(package)?;
    let journal = files
        .remove(JOURNAL_FILE)
        .ok_or_else(|| CliError::usage(format!("{shown} contains no {JOURNAL_FILE}")))?;
    let name = package.join(JOURNAL_FILE);
    let recorded = read_from(&name, journal.as_slice()).map_err(unusable)?;
    let files = RunFiles {
        journal: recorded,
        files,
        remarks: Vec::new(),
    };
    Ok((journal, files, subject))
}

/// Reads the folder of a run: the files that a run writes, and no other.
fn in_folder(folder: &Path) -> Result<(Vec<u8>, RunFiles), CliError> {
    let hint =
        "name the folder of one run, such as reports/2026-11-21T10-42-53Z, or a package of it";
    let shown = folder.display();
    if !folder.exists() {
        return Err(CliError::usage(format!("{shown} does not exist")).with_hint(hint));
    }
    if !folder.is_dir() {
        return Err(CliError::usage(format!("{shown} is not a folder")).with_hint(hint));
    }
    let path = folder.join(JOURNAL_FILE);
    if !path.is_file() {
        let shown = path.display();
        return Err(CliError::usage(format!("{shown} does not exist")).with_hint(hint));
    }
    let bytes = read_file(&path, FILE_BYTES_MAX)?;
    let journal = read_from(&path, bytes.as_slice()).map_err(unusable)?;
    let mut files = BTreeMap::new();
    let plans = match journal.events.first().map(|event| &event.fact) {
        Some(Fact::Run { header }) => header.sources.iter().map(file_of).collect(),
        _ => Vec::new(),
    };
    let reports = FORMATS.iter().filter_map(|format| format.file());
    let reports = reports
        .chain([READ_ME_FILE, REVIEW_FILE])
        .map(str::to_owned);
    for name in reports.chain(plans) {
        let path = folder.join(&name);
        if fs::symlink_metadata(&path).is_ok() {
            files.insert(name, read_file(&path, FILE_BYTES_MAX)?);
        }
    }
    let remarks = Vec::new();
    Ok((
        bytes,
        RunFiles {
            journal,
            files,
            remarks,
        },
    ))
}

/// Finds the plans of a run: among the named ones, in the folder of the run, and among the shipped ones.
fn documents_of(
    files: &RunFiles,
    header: &Header,
    plans: &[PathBuf],
) -> Result<Documents, CliError> {
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
            .or_else(|| among(&shipped))
            .or_else(|| files.files.get(&file_of(source)).cloned())
    };
    documents(&header.sources, look).map_err(|missing| {
        CliError::usage(missing).with_hint(format!(
            "the plans of the run: {}; name those behind the folder",
            header.provenance
        ))
    })
}

fn library_of(documents: &Documents, header: &Header) -> Result<Library, CliError> {
    let library = Library::read(documents)
        .map_err(|invalid| rendered(&invalid.findings, &invalid.sources))?;
    if library.digests != header.sources {
        return Err(CliError::usage(
            "the journal names the documents of its run in another order or role than a run does: it was changed",
        ));
    }
    Ok(library)
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
    for (role, document) in documents.with_roles() {
        let source = SourceDigest::of(role, document);
        if find_among(&shipped, role, &source.sha256).is_some() {
            continue;
        }
        let path = folder.join(file_of(&source));
        fs::create_dir_all(folder.join(PLANS_FOLDER))
            .and_then(|()| complete_file::write(&path, &document.bytes, Readers::Usual))
            .map_err(|error| {
                CliError::usage(format!("cannot write {}: {error}", path.display()))
            })?;
    }
    Ok(())
}

pub(super) fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, CliError> {
    let failed =
        |error: std::io::Error| CliError::usage(format!("cannot read {}: {error}", path.display()));
    let wrong = |why: String| Err(CliError::usage(format!("{} {why}", path.display())));
    // Neither a link nor a pipe, which could lead anywhere or never end.
    if !fs::symlink_metadata(path).map_err(failed)?.is_file() {
        return wrong("is no regular file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > most {
        return wrong(format!("has more than the limit of {most} bytes"));
    }
    Ok(bytes)
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
