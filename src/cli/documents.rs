//! Finds the documents of a command: those of its arguments, those of the project, or the shipped ones.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::UTF_8;

use crate::cli::arguments::DocumentArguments;
use crate::cli::error::CliError;
use crate::cli::plan_folder::{FLOWS, tell_of_left_out, yaml_files};
use crate::cli::terminal::talk;
use crate::environment::{self, Environment, LookError, SecretLocation};
use crate::number::count;
use crate::secret::Secret;
use crate::shipped;
use crate::tls::BinaryForm;
use crate::topology::{ResolvedEnvironment, check_tls};
use crate::vault::Vault;
use crate::waivers::{self, Waiver};
use plan_language::participant::Mode;
use plan_language::plan::{Document, Documents, Library};
use plan_language::source::{Finding, Sources, nearest, render};

/// The documents of a command, validated.
#[derive(Debug)]
pub struct OpenedDocuments {
    /// The documents of the plans, as they were read.
    pub documents: Documents,
    /// The plans.
    pub library: Library,
    /// The environment.
    pub environment: Environment,
    /// The text of the environment, for findings about it.
    pub sources: Sources,
    /// The origin of the plans, in words.
    pub provenance: String,
}

/// The folder of a project's plans.
const FOLDER: &str = "plans";

/// The catalogue of rules in a folder of plans; it belongs to the cases of that folder, so a single plan has none.
const RULES: &str = "rules.yaml";

/// Reads the documents that the arguments name; reports all findings of all documents together.
///
/// # Errors
/// [`CliError`] with exit code 2 when a file cannot be read or is invalid.
pub fn open(arguments: &DocumentArguments) -> Result<OpenedDocuments, CliError> {
    let documents = find(&arguments.plans)?;
    let environment = match &arguments.environment {
        Some(path) => read(path)?,
        None => shipped::rehearsal(),
    };
    from(documents, environment, &arguments.set)
}

/// Reads the shipped documents.
///
/// # Errors
/// [`CliError`] when they are invalid.
pub fn open_shipped() -> Result<OpenedDocuments, CliError> {
    from(shipped::documents_with_rules(), shipped::rehearsal(), &[])
}

fn from(
    documents: Documents,
    environment: Document,
    changes: &[String],
) -> Result<OpenedDocuments, CliError> {
    let mut rendered = Vec::new();
    let library = match Library::read(&documents) {
        Ok(library) => Some(library),
        Err(invalid) => {
            rendered.extend(show(&invalid.findings, &invalid.sources));
            None
        }
    };
    let opening = environment::open(&environment.name, &environment.bytes, changes, &look_up);
    rendered.extend(show(&opening.findings, &opening.sources));
    match (library, opening.environment) {
        (Some(library), Some(environment)) if rendered.is_empty() => {
            check_features(&library, &environment)?;
            tell_of_ledgers(&environment);
            let changed = changed(&documents);
            let version = env!("CARGO_PKG_VERSION");
            Ok(OpenedDocuments {
                provenance: if changed.is_empty() {
                    format!("as shipped with {version}")
                } else {
                    format!("changed since {version}: {}", changed.join(", "))
                },
                documents,
                library,
                environment,
                sources: opening.sources,
            })
        }
        _ => Err(invalid(&rendered)),
    }
}

/// The features that the shipped plans ask for; plans of one's own may ask for none of them.
const FEATURES: [&str; 4] = [
    "multi-account",
    "empty-statements",
    "cancel-after-login",
    "login-at-each-visit",
];

/// Refuses a feature that no case asks for: a misspelt one would leave its cases skipped or judged by a guess.
fn check_features(library: &Library, environment: &Environment) -> Result<(), CliError> {
    let asked = library.cases().flat_map(|case| case.features.keys());
    let known: BTreeSet<&str> = asked.map(String::as_str).chain(FEATURES).collect();
    for declared in environment.features.keys() {
        if known.contains(declared.as_str()) {
            continue;
        }
        let message = format!("`features` of the environment: no case asks for `{declared}`");
        let hint = match nearest(declared, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let known: Vec<_> = known.into_iter().collect();
                format!("features are: {}", known.join(", "))
            }
        };
        return Err(CliError::usage(message).with_hint(hint));
    }
    Ok(())
}

/// Says how ledgers were read that a spreadsheet wrote in its own way, so that a wrong reading shows before the run.
fn tell_of_ledgers(environment: &Environment) {
    let ledgers = environment.customers.iter();
    for ledger in ledgers.filter_map(|customer| customer.ledger.as_ref()) {
        if let Some(note) = &ledger.note {
            talk(&format!("note: {} was read with {note}", ledger.name()));
        }
    }
}

/// Creates the error of documents with findings.
pub(super) fn rendered(findings: &[Finding], sources: &Sources) -> CliError {
    invalid(&show(findings, sources))
}

fn invalid(rendered: &[String]) -> CliError {
    let text = rendered.join("\n\n");
    CliError::usage(format!(
        "{text}\n\n{}; no request was sent",
        count(rendered.len(), "finding")
    ))
}

/// Resolves all references of an environment; the vault registers its secrets.
///
/// # Errors
/// [`CliError`] with exit code 2 that names every reference that is not set, and every fault of the files of `tls`.
pub fn resolve(
    environment: Environment,
    sources: &Sources,
    vault: Arc<Vault>,
) -> Result<ResolvedEnvironment, CliError> {
    ResolvedEnvironment::of(environment, vault, &look_up)
        .map_err(|unusable| invalid(&show(&unusable.0, sources)))
}

/// Reads the files to which `tls` of an environment refers, as far as they can be looked up here.
///
/// # Errors
/// [`CliError`] with exit code 2 that names every fault of these files.
pub fn check_tls_files(opened: &OpenedDocuments) -> Result<(), CliError> {
    let findings = check_tls(&opened.environment, &look_up);
    if findings.is_empty() {
        return Ok(());
    }
    Err(invalid(&show(&findings, &opened.sources)))
}

/// Looks a credential up in the process's environment or in a file.
///
/// # Errors
/// [`LookError`]: it cannot be read, or is a binary file of certificates or keys.
pub fn look_up(looked: SecretLocation<'_>) -> Result<Secret, LookError> {
    let value = match looked {
        SecretLocation::Variable(name) => std::env::var(name).map_err(|error| match error {
            std::env::VarError::NotPresent => "there is no such variable".to_owned(),
            std::env::VarError::NotUnicode(_) => "it is not UTF-8".to_owned(),
        })?,
        SecretLocation::File(path) => {
            let size = std::fs::metadata(path)
                .map_err(|error| error.to_string())?
                .len();
            if size > DOCUMENT_BYTES_MAX {
                let limit = DOCUMENT_BYTES_MAX;
                let why = format!("it has {size} bytes, more than the limit of {limit} bytes");
                return Err(why.into());
            }
            let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
            written_text(&bytes)?
        }
    };
    Ok(Secret::new(value))
}

/// Reads a text as its writer meant it: without the mark with which some editors begin a file, and in UTF-16 if the
/// mark says so.
fn written_text(bytes: &[u8]) -> Result<String, LookError> {
    let (text, charset, malformed) = UTF_8.decode(bytes);
    if malformed {
        return Err(match BinaryForm::of(bytes) {
            Some(form) => LookError::Binary(form),
            None if charset == UTF_8 => LookError::NotText,
            None => format!("it is not {}", charset.name()).into(),
        });
    }
    Ok(text.into_owned())
}

/// Reads a file of waivers for a run with a live participant.
///
/// # Errors
/// [`CliError`] with exit code 2 for a file that cannot be read or is invalid, and for a rehearsal.
pub fn open_waivers(path: &Path, opened: &OpenedDocuments) -> Result<Vec<Waiver>, CliError> {
    if opened.environment.mode == Mode::Rehearsal {
        let why = "--waivers excuses failures of a live participant, and this is a rehearsal";
        return Err(CliError::usage(why).with_hint("name the environment of your connector"));
    }
    let document = read(path)?;
    waivers::read(&document.name, &document.bytes, &opened.library).map_err(|findings| {
        let mut sources = Sources::new();
        sources.insert(&document.name, &document.bytes);
        invalid(&show(&findings, &sources))
    })
}

fn show(findings: &[Finding], sources: &Sources) -> Vec<String> {
    findings
        .iter()
        .map(|finding| render(finding, sources))
        .collect()
}

/// Lists the documents that differ from the shipped ones.
fn changed(documents: &Documents) -> Vec<String> {
    let shipped = shipped::documents();
    let all = |documents: &Documents| -> Vec<Document> {
        let catalogues = documents.requirements.iter().chain(&documents.rulings);
        catalogues
            .chain(&documents.flows)
            .chain(&documents.plans)
            .cloned()
            .collect()
    };
    let shipped = all(&shipped);
    all(documents)
        .into_iter()
        .filter(|document| !shipped.iter().any(|known| known.bytes == document.bytes))
        .map(|document| document.name)
        .collect()
}

/// Finds the documents that arguments name, without reading them as plans.
///
/// # Errors
/// [`CliError`] with exit code 2 when a file cannot be read.
pub(super) fn find(paths: &[PathBuf]) -> Result<Documents, CliError> {
    let project = Path::new(FOLDER);
    if paths.is_empty() && !project.is_dir() {
        return Ok(shipped::documents_with_rules());
    }
    let mut documents = shipped::documents();
    if project.is_dir() {
        overlay(project, &mut documents)?;
    }
    let mut plans = Vec::new();
    let given = if paths.is_empty() {
        vec![project.to_owned()]
    } else {
        paths.to_vec()
    };
    for path in &given {
        if path.is_dir() {
            overlay(path, &mut documents)?;
            let rules = path.join(RULES);
            if rules.is_file() {
                documents.rules = Some(read(&rules)?);
            }
            tell_of_left_out(path)?;
            for file in yaml_files(path)? {
                if !is_catalogue(&file) {
                    plans.push(read(&file)?);
                }
            }
        } else {
            if let Some(folder) = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                overlay(folder, &mut documents)?;
            }
            plans.push(read(path)?);
        }
    }
    if plans.is_empty() {
        return Err(CliError::usage("the named folders contain no plan"));
    }
    if paths.is_empty() {
        plans.sort_by_key(|plan| (shipped::order(&plan.name), plan.name.clone()));
    }
    documents.plans = plans;
    Ok(documents)
}

/// Replaces the shipped flows and catalogues with those of the same name in a folder.
fn overlay(folder: &Path, documents: &mut Documents) -> Result<(), CliError> {
    for (name, slot) in [
        ("requirements.yaml", &mut documents.requirements),
        ("rulings.yaml", &mut documents.rulings),
    ] {
        let path = folder.join(name);
        if path.is_file() {
            *slot = Some(read(&path)?);
        }
    }
    let flows = folder.join(FLOWS);
    if flows.is_dir() {
        for path in yaml_files(&flows)? {
            let document = read(&path)?;
            let file = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let same = |flow: &Document| file.as_deref() == flow.name.rsplit('/').next();
            documents.flows.retain(|flow| !same(flow));
            documents.flows.push(document);
        }
    }
    Ok(())
}

fn is_catalogue(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == "requirements.yaml" || name == "rulings.yaml" || name == RULES)
}

/// The largest document that is read, in bytes.
const DOCUMENT_BYTES_MAX: u64 = 16 << 20;

fn read(path: &Path) -> Result<Document, CliError> {
    let failed =
        |error: std::io::Error| CliError::usage(format!("cannot read {}: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > DOCUMENT_BYTES_MAX {
        return Err(CliError::usage(format!(
            "{} has {size} bytes, more than the limit of {DOCUMENT_BYTES_MAX} bytes",
            path.display()
        )));
    }
    let name = path.to_string_lossy().replace('\\', "/");
    Ok(Document {
        name: name.strip_prefix("./").unwrap_or(&name).to_owned(),
        bytes: std::fs::read(path).map_err(failed)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_at_the_beginning_of_a_file_is_no_part_of_the_credential() {
        let utf16 = |to: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "\u{feff}pä\r\n".encode_utf16().flat_map(to).collect()
        };
        for bytes in [
            "\u{feff}pä\r\n".into(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            assert_eq!(written_text(&bytes), Ok("pä\r\n".to_owned()), "{bytes:?}");
        }
        assert_eq!(written_text(b"p\xe4"), Err(LookError::NotText));
        let told = written_text(b"\xff\xfep\0\0\xd8");
        assert_eq!(told, Err("it is not UTF-16LE".to_owned().into()));
        let told = written_text(b"\x30\x80\x02\x01\x03\x30\x80");
        assert_eq!(told, Err(LookError::Binary(BinaryForm::Pkcs12)));
    }
}
