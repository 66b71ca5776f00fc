//! `feedproof verify`: tells whether the reports of a run say what its journal gives, and whether the run can be a
//! certificate.

use serde_json::json;

use crate::cli::arguments::VerifyArguments;
use crate::cli::error::CliError;
use crate::cli::finished_run::{self, FinishedRun};
use crate::cli::runtime;
use crate::cli::terminal::data;
use crate::exit_code::ExitCode;
use crate::judge::RunVerdict;
use crate::number::count;
use crate::report;
use crate::shipped;
use crate::verification::{Standing, Verification, verify as verify_run};

/// Runs the command and returns the exit code.
pub(super) fn verify(arguments: &VerifyArguments) -> Result<ExitCode, CliError> {
    let FinishedRun {
        files,
        header,
        library,
        journal: _,
    } = finished_run::open(&arguments.run, &arguments.plans)?;
    let nonce = arguments.nonce.as_deref();
    let shipped = shipped::digests();
    // Nothing waits in a replay; the smallest runtime is enough.
    let verification =
        runtime::start(Some(1))?.block_on(verify_run(files, header, &library, &shipped, nonce));
    if arguments.json {
        data(&machine(&verification));
    } else {
        data(&table(&verification));
    }
    Ok(exit_code(&verification))
}

/// A file that says something else weighs more than all others, and a run that cannot be checked more than its verdict.
fn exit_code(verification: &Verification) -> ExitCode {
    let worst = verification.checks.iter().map(|check| check.standing).max();
    match worst {
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
    match verification.checks.iter().map(|check| check.standing).max() {
        Some(Standing::NotHeld) => (
            "NOT VERIFIED",
            format!(
                "the files contradict the journal: {}",
                of(Standing::NotHeld)
            ),
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
fn machine(verification: &Verification) -> String {
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
    });
    format!("{document:#}\n")
}
