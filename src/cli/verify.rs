//! `feedproof verify`: tells whether the reports of a run say what its journal gives, and whether the run can be a
//! certificate; of a package also, whether it is signed as the caller demands.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::arguments::{SignatureArguments, VerifyArguments};
use crate::cli::error::CliError;
use crate::cli::finished_run::{self, FinishedRun};
use crate::cli::runtime;
use crate::cli::signatures;
use crate::cli::terminal::{data, talk};
use crate::clock;
use crate::exit_code::ExitCode;
use crate::judge::RunVerdict;
use crate::number::count;
use crate::report;
use crate::shipped;
use crate::signature::{CheckedEnvelope, SignatureOutcome, Signer, StatementSubject};
use crate::verification::{
    Standing, Verification, signature_checks, stated_assurance, summary, verify as verify_run,
};

/// Runs the command and returns the exit code.
pub(super) fn verify(arguments: &VerifyArguments) -> Result<ExitCode, CliError> {
    let FinishedRun {
        files,
        header,
        library,
        journal: _,
        package,
    } = finished_run::open(&arguments.run, &arguments.plans)?;
    // Before a long run is judged, so that the fault of a key is reported at once.
    let signed = Signed::open(arguments, package.as_ref())?;
    let summarised = summarised(arguments, package)?;
    let nonce = arguments.nonce.as_deref();
    let shipped = shipped::digests();
    // Nothing waits in a replay; the smallest runtime is enough.
    let mut verification =
        runtime::start(Some(1))?.block_on(verify_run(files, header, &library, &shipped, nonce));
    let mut envelopes = Vec::new();
    if let Some(signed) = signed {
        envelopes = signed.envelopes;
        let checks = signature_checks(
            &verification,
            &signed.sha256,
            envelopes.iter().map(|(_, envelope)| envelope),
            &signed.demanded,
        );
        verification.checks.extend(checks);
    }
    if arguments.json {
        data(&machine(&verification, &envelopes));
    } else {
        data(&table(&verification));
    }
    if let Some((file, package)) = summarised {
        write_summary(&verification, file, package)?;
    }
    Ok(exit_code(&verification))
}

/// Returns the file of the summary and the package that it is about, if the caller wants one.
///
/// # Errors
/// [`CliError`] for a folder, which has no digest, and for a file that is there: it could be one that is verified.
fn summarised(
    arguments: &VerifyArguments,
    package: Option<StatementSubject>,
) -> Result<Option<(&Path, StatementSubject)>, CliError> {
    let Some(file) = &arguments.summary else {
        return Ok(None);
    };
    let Some(package) = package else {
        let shown = arguments.run.display();
        return Err(CliError::usage(format!(
            "{shown} is a folder, and a summary is about a package"
        )));
    };
    if file.try_exists().unwrap_or(true) {
        return Err(CliError::usage(format!(
            "{} exists, and a summary replaces no file",
            file.display()
        )));
    }
    Ok(Some((file, package)))
}

fn write_summary(
    verification: &Verification,
    file: &Path,
    package: StatementSubject,
) -> Result<(), CliError> {
    let created = clock::rfc_3339(clock::wall_seconds());
    let Some(summary) = summary(verification, package, &created) else {
        talk(&format!(
            "{} is not written: a summary lists what holds, and not every check does",
            file.display()
        ));
        return Ok(());
    };
    let mut bytes = summary.write();
    bytes.push(b'\n');
    signatures::write(file, &bytes)
}

/// The signatures of a package, compared with the keys that the caller names.
struct Signed {
    /// The digest of the package.
    sha256: String,
    /// Those who must have signed.
    demanded: Vec<Signer>,
    /// The files of signatures with their names.
    envelopes: Vec<(String, CheckedEnvelope)>,
}

impl Signed {
    /// Opens the signatures; `None` where the caller demands none.
    fn open(
        arguments: &VerifyArguments,
        package: Option<&StatementSubject>,
    ) -> Result<Option<Self>, CliError> {
        let run = &arguments.run;
        let SignatureArguments {
            key,
            allowed_signers,
            signatures: named,
        } = &arguments.signed;
        let is_demanded = !key.is_empty() || allowed_signers.is_some();
        if !is_demanded && !named.is_empty() {
            return Err(
                CliError::usage("--signatures without a key to check them with")
                    .with_hint("name the signers with --key or --allowed-signers"),
            );
        }
        let beside = signatures::beside(run);
        if !is_demanded {
            if package.is_some() && beside.exists() {
                talk(&format!(
                    "{} is not looked at: name the signers with --key or --allowed-signers",
                    beside.display()
                ));
            }
            return Ok(None);
        }
        let shown = run.display();
        let Some(package) = package else {
            return Err(CliError::usage(format!(
                "{shown} is a folder, and only packages are signed"
            )));
        };
        let known = signatures::known_signers(&arguments.signed)?;
        let files = match named.as_slice() {
            [] => vec![beside],
            named => named.to_vec(),
        };
        let mut envelopes = Vec::new();
        for file in files {
            let name = file.display().to_string();
            let envelope = signatures::envelope(&file)?.ok_or_else(|| {
                CliError::usage(format!("{name} does not exist: {shown} is not signed")).with_hint(
                    "ask for the file that `feedproof sign` wrote, or name it with --signatures",
                )
            })?;
            envelopes.push((name, envelope.check(&known.accepted)));
        }
        Ok(Some(Self {
            sha256: package.sha256.clone(),
            demanded: known.demanded,
            envelopes,
        }))
    }
}

/// A check that does not hold weighs more than all others, and a run that cannot be checked more than its verdict.
fn exit_code(verification: &Verification) -> ExitCode {
    match verification.worst() {
        Some(Standing::NotHeld) => ExitCode::Failed,
        Some(Standing::NotChecked) => ExitCode::Inconclusive,
        _ if verification.is_certificate() => ExitCode::Success,
        _ if verification.record.verdict == RunVerdict::NotConformant => ExitCode::Failed,
        _ => ExitCode::NotTested,
    }
}

/// Returns the answer in a word and a sentence.
fn answer(verification: &Verification) -> (&'static str, String) {
    let run = report::answer(&verification.record);
    let of = |standing| {
        let checks = verification.checks.iter();
        let found = checks.filter(|check| check.standing == standing);
        let names: Vec<&str> = found.map(|check| check.what.as_str()).collect();
        names.join(", ")
    };
    match verification.worst() {
        Some(Standing::NotHeld) => (
            "NOT VERIFIED",
            format!("this does not hold: {}", of(Standing::NotHeld)),
        ),
        Some(Standing::NotChecked) => (
            "NOT VERIFIED",
            format!("this could not be checked: {}", of(Standing::NotChecked)),
        ),
        _ if verification.is_certificate() => (
            "VERIFIED",
            format!(
                "{} conforms: the journal gives {}, and every condition of a certificate is met",
                report::subject(&verification.record).unwrap_or_default(),
                run.word
            ),
        ),
        _ => {
            let conditions = verification.conditions.iter();
            let unmet = conditions.filter(|condition| condition.unmet.is_some());
            (
                "VERIFIED, NOT A CERTIFICATE",
                format!(
                    "the journal gives {}; {} not met",
                    run.word,
                    match unmet.count() {
                        1 => "a condition of a certificate is".to_owned(),
                        number => format!("{} of a certificate are", count(number, "condition")),
                    }
                ),
            )
        }
    }
}

/// Draws the checks and the conditions for a person.
fn table(verification: &Verification) -> String {
    let mut text = String::from("The files of the run, compared with what its journal gives:\n");
    let names = verification.checks.iter().map(|check| check.what.len());
    let width = names.max().unwrap_or(0);
    for check in &verification.checks {
        let mark = match check.standing {
            Standing::Held => "✓",
            Standing::NotChecked => "?",
            Standing::NotHeld => "✗",
        };
        let found = report::line(&check.found);
        text.push_str(&format!("  {mark} {:width$}  {found}\n", check.what));
    }
    text.push_str("\nThe conditions of a certificate:\n");
    for condition in &verification.conditions {
        match &condition.unmet {
            None => text.push_str(&format!("  ✓ {}\n", condition.rule)),
            Some(why) => {
                text.push_str(&format!("  ✗ {}: {}\n", condition.rule, report::line(why)));
            }
        }
    }
    let (word, sentence) = answer(verification);
    text.push_str(&format!("\n{word}: {}\n", report::line(&sentence)));
    let run = report::answer(&verification.record);
    text.push_str(&format!(
        "The run: {}: {} ({})\n",
        run.word,
        report::line(&run.sentence),
        report::NOT_ISSUED_BY_SAGE
    ));
    text
}

/// Writes the same for a program, as one JSON document.
fn machine(verification: &Verification, envelopes: &[(String, CheckedEnvelope)]) -> String {
    let (word, sentence) = answer(verification);
    let run = report::answer(&verification.record);
    let checks: Vec<_> = verification
        .checks
        .iter()
        .map(|check| {
            let standing = match check.standing {
                Standing::Held => "held",
                Standing::NotChecked => "not-checked",
                Standing::NotHeld => "not-held",
            };
            json!({ "what": check.what, "standing": standing, "found": check.found })
        })
        .collect();
    let conditions: Vec<_> = verification
        .conditions
        .iter()
        .map(|condition| json!({ "rule": condition.rule, "unmet": condition.unmet }))
        .collect();
    let header = &verification.record.header;
    let document = json!({
        "answer": word,
        "sentence": sentence,
        "verified": verification.is_verified(),
        "certificate": verification.is_certificate(),
        "run": {
            "answer": run.word,
            "sentence": run.sentence,
            "subject": header.subject,
            "mode": header.mode,
            "started": header.started,
            "nonce": header.nonce,
            "journal": verification.record.journal,
        },
        "checks": checks,
        "conditions": conditions,
        "signatures": envelopes.iter().flat_map(signatures_of).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

/// Writes the signatures of a file for a program; `signer` is the name by which the caller knows the key.
fn signatures_of((file, envelope): &(String, CheckedEnvelope)) -> Vec<Value> {
    let payload = envelope.payload.as_deref();
    let assurance = payload.and_then(stated_assurance);
    let signatures = envelope.signatures.iter().map(|signature| {
        let (standing, signer) = match &signature.outcome {
            SignatureOutcome::Held(signer) => ("held", Some(signer)),
            SignatureOutcome::Broken(signer) => ("not-held", Some(signer)),
            SignatureOutcome::Again(signer) => ("repeated", Some(signer)),
            SignatureOutcome::Unknown => ("unknown-key", None),
        };
        let is_held = standing == "held";
        json!({
            "file": file,
            "standing": standing,
            "signer": signer.map(|signer| &signer.name),
            "key": match signer {
                Some(signer) => Some(signer.key.id()),
                None => signature.key_id.clone(),
            },
            "assurance": assurance.filter(|_| is_held).map(|assurance| assurance.word()),
        })
    });
    signatures.collect()
}
