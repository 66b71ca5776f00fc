//! `feedproof doctor`: looks at what is around a run and prints it as one table.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::SystemTime;

use colored::Colorize as _;
use tokio_util::sync::CancellationToken;

use crate::cli::arguments::DoctorArguments;
use crate::cli::documents::{open, resolve};
use crate::cli::error::CliError;
use crate::cli::header::header_of;
use crate::cli::runtime;
use crate::cli::terminal::data;
use crate::doctor::{Depth, Examined, State, examine, worst};
use crate::exit_code::ExitCode;
use crate::topology::{
    Entrance, Faults, RunEnvironment, RunEnvironmentError, RunEnvironmentSettings,
};
use crate::vault::Vault;

/// Runs the command and returns the exit code.
pub(super) fn doctor(arguments: &DoctorArguments) -> Result<ExitCode, CliError> {
    let opened = open(&arguments.documents)?;
    let header = header_of(&opened, &[], 0, &[]);
    let name = opened.environment.name.clone();
    let mode = opened.environment.mode;
    let mut found = vec![Examined::new(
        "environment",
        State::Well,
        format!("{name} is sound"),
    )];
    let vault = Arc::new(Vault::new());
    let resolved = resolve(opened.environment, &opened.sources, vault.clone())?;
    let runtime = runtime::start(None)?;
    let up = runtime.block_on(RunEnvironment::up(RunEnvironmentSettings {
        entrance: Entrance::Listen,
        library: Arc::new(opened.library),
        resolved,
        header,
        journal: None,
        faults: Faults::default(),
        forgets: true,
        shared_stage: false,
        jobs: None,
        person: None,
        interrupt: CancellationToken::new(),
    }));
    match up {
        Ok(mut run_environment) => {
            if run_environment.launches() {
                found.push(match runtime.block_on(run_environment.launch(None)) {
                    Ok(()) => Examined::new("provider", State::Well, "is ready"),
                    Err(error) => Examined::new("provider", State::Ill, error.to_string())
                        .with_hint("see `provider.start`, `ready` and `wait` in the environment"),
                });
            }
            let seen = format!("{} is ours", run_environment.origin);
            found.push(Examined::new("port", State::Well, seen));
            found.extend(runtime.block_on(examine(
                run_environment.preflight(),
                Depth::Whole,
                SystemTime::now,
            )));
            runtime
                .block_on(run_environment.down())
                .map_err(CliError::inconclusive)?;
        }
        Err(error @ RunEnvironmentError::Listen { .. }) => found.push(
            Examined::new("port", State::Ill, error.to_string()).with_hint(
                "stop what listens there, or name another address under `service.emulated.listen`",
            ),
        ),
        Err(error) => return Err(CliError::inconclusive(error).masked(&vault)),
    }
    runtime.shutdown_background();
    let text = format!(
        "What is around a run with {name} ({mode})\n\n{}",
        table(&found)
    );
    // Addresses and causes of errors are texts from outside.
    data(&vault.hide(&text));
    let (ill, doubtful) = (count(&found, State::Ill), count(&found, State::Doubtful));
    data(&match (ill, doubtful) {
        (0, 0) => "\nNothing is wrong.\n".to_owned(),
        (0, doubtful) => format!("\nNothing is wrong, {doubtful} doubtful.\n"),
        (ill, _) => format!("\n{ill} wrong: a run would judge nothing, or little.\n"),
    });
    Ok(match worst(&found) {
        State::Ill => ExitCode::Unfit,
        State::Well | State::Unseen | State::Doubtful => ExitCode::Success,
    })
}

fn count(found: &[Examined], state: State) -> usize {
    found.iter().filter(|one| one.state == state).count()
}

/// Draws the table: a line for each finding, and one more for what to do about it.
pub(super) fn table(found: &[Examined]) -> String {
    let width = found
        .iter()
        .map(|one| one.what.chars().count())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (index, one) in found.iter().enumerate() {
        let word = format!("{:<8}", one.state.as_str());
        let word = match one.state {
            State::Well => word.green(),
            State::Unseen => word.dimmed(),
            State::Doubtful => word.yellow(),
            State::Ill => word.red().bold(),
        };
        let pad = width - one.what.chars().count();
        // Writing to a text cannot fail.
        let _ = writeln!(out, "  {word}  {}{:pad$}  {}", one.what, "", one.seen);
        // What is wrong with several in a row is said once, after the last.
        let next = found.get(index + 1).and_then(|next| next.hint.as_ref());
        if let Some(hint) = one.hint.as_ref().filter(|hint| Some(*hint) != next) {
            let _ = writeln!(out, "  {:8}  {:width$}  -> {hint}", "", "");
        }
    }
    out
}
