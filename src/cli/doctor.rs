//! `feedproof doctor`: performs all preflight checks and prints one table.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::SystemTime;

use colored::Colorize as _;

use crate::cli::arguments::DoctorArguments;
use crate::cli::documents::{open, resolve};
use crate::cli::error::CliError;
use crate::cli::header::header_of;
use crate::cli::interrupt::{Interrupts, watch};
use crate::cli::runtime;
use crate::cli::terminal::{data, talk};
use crate::doctor::{CheckScope, CheckState, PreflightCheck, examine, worst};
use crate::exit_code::ExitCode;
use crate::number::count;
use crate::topology::{RunEnvironment, RunEnvironmentError, RunEnvironmentSettings};
use crate::vault::Vault;

/// Runs the command and returns the exit code.
pub(super) fn doctor(arguments: &DoctorArguments) -> Result<ExitCode, CliError> {
    let opened = open(&arguments.documents)?;
    let header = header_of(&opened, &[], 0, &[]);
    let name = opened.environment.name.clone();
    let mode = opened.environment.mode;
    let mut found = vec![PreflightCheck::new(
        "environment",
        CheckState::Ok,
        format!("{name} is valid"),
    )];
    let vault = Arc::new(Vault::new());
    let resolved = resolve(opened.environment, &opened.sources, vault.clone())?;
    let runtime = runtime::start(None)?;
    let Interrupts {
        interrupt,
        provider,
    } = watch("the provider ends, if the environment started it", talk)?;
    let up = runtime.block_on(RunEnvironment::up(RunEnvironmentSettings {
        forgets: true,
        interrupt: interrupt.clone(),
        provider,
        ..RunEnvironmentSettings::new(Arc::new(opened.library), resolved, header)
    }));
    match up {
        Ok(mut run_environment) => {
            if run_environment.launches() {
                found.push(runtime.block_on(launched(&mut run_environment)));
            }
            let seen = format!("feedproof listens on {}", run_environment.origin);
            found.push(PreflightCheck::new("port", CheckState::Ok, seen));
            let examined = runtime.block_on(interrupt.run_until_cancelled(examine(
                run_environment.run_addresses(),
                CheckScope::All,
                SystemTime::now,
            )));
            runtime
                .block_on(run_environment.down())
                .map_err(CliError::inconclusive)?;
            found.extend(examined.ok_or_else(|| {
                CliError::inconclusive("interrupted before every check was performed")
            })?);
        }
        Err(error @ RunEnvironmentError::Listen { .. }) => found.push(
            PreflightCheck::new("port", CheckState::Error, error.to_string()).with_hint(
                "stop the program that listens there, or set another address in `service.emulated.listen`",
            ),
        ),
        Err(error) => return Err(CliError::inconclusive(error).masked(&vault)),
    }
    runtime.shutdown_background();
    let text = format!("Preflight checks for {name} ({mode})\n\n{}", table(&found));
    // Addresses and causes of errors come from outside, and may contain secrets.
    data(&vault.hide(&text));
    data(&summary(&found));
    Ok(match worst(&found) {
        CheckState::Error => ExitCode::Unfit,
        CheckState::Ok | CheckState::Unknown | CheckState::Warning => ExitCode::Success,
    })
}

/// Starts the provider, and returns whether it got ready.
async fn launched(run_environment: &mut RunEnvironment) -> PreflightCheck {
    match run_environment.launch(None).await {
        Ok(()) => PreflightCheck::new("provider", CheckState::Ok, "is ready"),
        Err(error) => PreflightCheck::new("provider", CheckState::Error, error.to_string())
            .with_hint("see `provider.start`, `ready` and `wait` in the environment"),
    }
}

/// Returns the sentence below the table.
fn summary(found: &[PreflightCheck]) -> String {
    let number = |state: CheckState| found.iter().filter(|check| check.state == state).count();
    let (errors, warnings) = (number(CheckState::Error), number(CheckState::Warning));
    if errors > 0 {
        let errors = count(errors, "error");
        format!("\n{errors}: a run could test little or nothing.\n")
    } else if warnings > 0 {
        format!("\nNo errors, {}.\n", count(warnings, "warning"))
    } else {
        "\nAll checks passed.\n".to_owned()
    }
}

/// Writes the table: a line for each check, and a line for its hint.
pub(super) fn table(found: &[PreflightCheck]) -> String {
    let width = found
        .iter()
        .map(|check| check.what.chars().count())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (index, check) in found.iter().enumerate() {
        let word = format!("{:<8}", check.state.as_str());
        let word = match check.state {
            CheckState::Ok => word.green(),
            CheckState::Unknown => word.dimmed(),
            CheckState::Warning => word.yellow(),
            CheckState::Error => word.red().bold(),
        };
        let pad = width - check.what.chars().count();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {word}  {}{:pad$}  {}", check.what, "", check.seen);
        // A hint that several checks in a row share is printed once, after the last.
        let next = found.get(index + 1).and_then(|next| next.hint.as_ref());
        if let Some(hint) = check.hint.as_ref().filter(|hint| Some(*hint) != next) {
            let _ = writeln!(out, "  {:8}  {:width$}  -> {hint}", "", "");
        }
    }
    out
}
