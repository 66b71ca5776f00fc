//! `feedproof sign`: verifies a package, and signs the statement that follows from it.

use std::path::Path;

use crate::cli::arguments::SignArguments;
use crate::cli::error::CliError;
use crate::cli::finished_run::{self, FinishedRun};
use crate::cli::runtime;
use crate::cli::signatures;
use crate::cli::terminal::talk;
use crate::exit_code::ExitCode;
use crate::number::count;
use crate::report;
use crate::shipped;
use crate::signature::{Added, Envelope};
use crate::verification::{Standing, Verification, certification, verify};

/// Runs the command and returns the exit code.
pub(super) fn sign(arguments: &SignArguments) -> Result<ExitCode, CliError> {
    is_package(&arguments.package)?;
    // Before a long run is judged, so that the fault of the key is reported at once.
    let key = signatures::private_key(&arguments.key)?;
    let FinishedRun {
        files,
        header,
        library,
        journal: _,
        package,
    } = finished_run::open(&arguments.package, &[])?;
    let Some(package) = package else {
        return Err(folder(&arguments.package));
    };
    let nonce = arguments.nonce.as_deref();
    let shipped = shipped::digests();
    let verification =
        runtime::start(Some(1))?.block_on(verify(files, header, &library, &shipped, nonce));
    is_true(&verification)?;
    let payload = certification(&verification, package, arguments.assurance).write();
    let file = match &arguments.to {
        Some(file) => file.clone(),
        None => signatures::beside(&arguments.package),
    };
    if arguments.to.is_none() && file.is_symlink() {
        let shown = file.display();
        return Err(CliError::usage(format!("{shown} is a link"))
            .with_hint("name the file of the signatures with --to"));
    }
    let mut envelope = match signatures::envelope(&file)? {
        Some(envelope) if !envelope.has_payload(&payload) => return Err(other_statement(&file)),
        Some(envelope) => envelope,
        None => Envelope::of(payload),
    };
    let unusable = |error| CliError::usage(format!("{} {error}", file.display()));
    let added = envelope.sign(&key).map_err(unusable)?;
    if added == Added::Now {
        signatures::write(&file, &envelope.write().map_err(unusable)?)?;
    }
    talk(&told(
        arguments,
        &file,
        &verification,
        &key.public().id(),
        added,
        envelope.signatures(),
    ));
    Ok(ExitCode::Success)
}

/// Refuses a folder, and a name without a file.
fn is_package(place: &Path) -> Result<(), CliError> {
    if place.is_dir() {
        return Err(folder(place));
    }
    if !place.is_file() {
        let shown = place.display();
        return Err(CliError::usage(format!("{shown} does not exist")));
    }
    Ok(())
}

fn folder(place: &Path) -> CliError {
    let shown = place.display();
    CliError::usage(format!("{shown} is a folder, and a package is signed"))
        .with_hint(format!("make one: feedproof package {shown}"))
}

/// Refuses files that contradict their journal, and those that cannot be checked.
fn is_true(verification: &Verification) -> Result<(), CliError> {
    let (code, why) = match verification.worst() {
        Some(Standing::NotHeld) => (ExitCode::Failed, "contradicts its journal"),
        Some(Standing::NotChecked) => (ExitCode::Inconclusive, "cannot be checked"),
        Some(Standing::Held) | None => return Ok(()),
    };
    let checks = verification.checks.iter();
    let wrong: Vec<String> = checks
        .filter(|check| check.standing != Standing::Held)
        .map(|check| format!("{}: {}", check.what, report::line(&check.found)))
        .collect();
    Err(CliError {
        code,
        ..CliError::usage(format!(
            "this package {why}, and is not signed\n  {}",
            wrong.join("\n  ")
        ))
    })
}

fn other_statement(file: &Path) -> CliError {
    CliError::usage(format!(
        "{} holds another statement: about another package or name, or with another assurance",
        file.display()
    ))
    .with_hint("move it away, or write this signature to another file with --to")
}

/// Says what was signed, and how a reader checks it.
fn told(
    arguments: &SignArguments,
    file: &Path,
    verification: &Verification,
    id: &str,
    added: Added,
    number: usize,
) -> String {
    let (package, file) = (arguments.package.display(), file.display());
    let answer = report::answer(&verification.record);
    let certificate = if verification.meets_all_conditions() {
        "every condition of a certificate is met"
    } else {
        "not a certificate"
    };
    let assurance = arguments.assurance;
    let done = match added {
        Added::Now => format!("signed by {id}"),
        Added::Before => format!("is signed by {id} already, and stays as it is"),
    };
    let signatures = match &arguments.to {
        Some(_) => format!(" --signatures {file}"),
        None => String::new(),
    };
    let nonce = match &arguments.nonce {
        Some(_) => " --nonce VALUE",
        None => "",
    };
    format!(
        "{file}: {done}; {}\n  \
         the statement: {}, {certificate}; assurance {}: {}\n  \
         check it: feedproof verify {package}{nonce} --key PUBLIC-KEY{signatures}",
        count(number, "signature"),
        answer.word,
        assurance.word(),
        assurance.meaning(),
    )
}
