//! `feedproof serve`: the emulated participants on fixed ports, to develop a connector against them.
//!
//! Prints the settings of the connector, shows every exchange when it ends, and starts flows on command. It judges
//! nothing and writes no reports.

mod command_line;
mod exchanges;
mod ready;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::BufReader;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::cli::arguments::{DocumentArguments, ServeArguments};
use crate::cli::documents::{open, resolve};
use crate::cli::error::CliError;
use crate::cli::header::header_of;
use crate::cli::interrupt::{Interrupts, watch};
use crate::cli::runtime;
use crate::cli::serve::command_line::{CommandLine, next_line};
use crate::cli::terminal::{data, talk};
use crate::exit_code::ExitCode;
use crate::journal::Seq;
use crate::topology::{RunEnvironment, RunEnvironmentError, RunEnvironmentSettings};
use crate::vault::Vault;

/// Default port of the emulated service.
const PORT: u16 = 9000;

/// Runs the command until `quit` or an interrupt, and returns the exit code.
pub(super) fn serve(arguments: &ServeArguments) -> Result<ExitCode, CliError> {
    let mut opened = open(&DocumentArguments {
        plans: Vec::new(),
        environment: arguments.environment.clone(),
        set: arguments.set.clone(),
    })?;
    let environment = &mut opened.environment;
    let usual = SocketAddr::from(([127, 0, 0, 1], PORT));
    environment.listen = arguments.listen.or(environment.listen).or(Some(usual));
    let header = header_of(&opened, &[], 0, &[]);
    let environment = opened.environment.clone();
    let resolved = resolve(opened.environment, &opened.sources, Arc::new(Vault::new()))?;
    let runtime = runtime::start(None)?;
    let Interrupts {
        interrupt,
        provider,
    } = watch("the participants end", talk)?;
    let up = runtime.block_on(RunEnvironment::up(RunEnvironmentSettings {
        shared_stage: true,
        interrupt: interrupt.clone(),
        provider,
        // `person` stays unset: the terminal reads commands.
        ..RunEnvironmentSettings::new(Arc::new(opened.library), resolved, header)
    }));
    let mut run_environment = up.map_err(not_up)?;
    let ready = ready::ConnectorSettings::of(&environment, run_environment.run_addresses());
    data(&ready.text());
    if let Some(file) = &arguments.ready_file {
        let shown = file.display();
        ready.write(file).map_err(|error| {
            CliError::usage(format!("cannot write the ready file {shown}: {error}"))
        })?;
        talk(&format!("{shown} is written; {}", ready::NOTICE));
    }
    if run_environment.launches()
        && let Err(error) = runtime.block_on(run_environment.launch(None))
    {
        runtime
            .block_on(run_environment.down())
            .map_err(CliError::inconclusive)?;
        return Err(CliError::inconclusive(error));
    }
    let session = session::Session::new(&environment);
    runtime.block_on(converse(session, &run_environment, &interrupt));
    runtime
        .block_on(run_environment.down())
        .map_err(CliError::inconclusive)?;
    runtime.shutdown_background();
    Ok(ExitCode::Success)
}

/// Creates the error of participants that could not be started.
fn not_up(error: RunEnvironmentError) -> CliError {
    let is_listen = matches!(error, RunEnvironmentError::Listen { .. });
    let error = CliError::inconclusive(error);
    if is_listen {
        error.with_hint("stop the program that listens there, or set another address with --listen")
    } else {
        error
    }
}

/// Shows exchanges and runs commands until `quit` or an interrupt.
async fn converse(
    session: session::Session,
    run_environment: &RunEnvironment,
    interrupt: &CancellationToken,
) {
    let (shown, came_to) = watch::channel(0);
    let showing = tokio::spawn(exchanges::show(
        run_environment.journal.clone(),
        shown,
        interrupt.clone(),
    ));
    read_commands(session, run_environment, came_to, interrupt).await;
    interrupt.cancel();
    // A task that panicked shows nothing more.
    let _ = showing.await;
}

/// Reads commands until `quit` or an interrupt; after the input is closed, only the interrupt ends it.
async fn read_commands(
    mut session: session::Session,
    run_environment: &RunEnvironment,
    mut came_to: watch::Receiver<Seq>,
    interrupt: &CancellationToken,
) {
    let mut input = BufReader::new(tokio::io::stdin());
    let mut open = true;
    loop {
        let line = tokio::select! {
            biased;
            () = interrupt.cancelled() => break,
            line = next_line(&mut input), if open => line,
        };
        let line = match line {
            Some(CommandLine::Command(line)) => line,
            Some(CommandLine::TooLong) => {
                talk("the command is too long: `help` lists the commands");
                continue;
            }
            Some(CommandLine::NotText) => {
                talk("the command is not UTF-8, and was not run: `help` lists the commands");
                continue;
            }
            None => {
                open = false;
                continue;
            }
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        if matches!(words.first(), Some(&"quit" | &"exit")) {
            break;
        }
        tokio::select! {
            biased;
            () = interrupt.cancelled() => break,
            told = session.execute(&words, run_environment) => {
                let last = run_environment.journal.last();
                // The task that shows exchanges ends only with the interrupt.
                let _ = came_to.wait_for(|shown| *shown >= last).await;
                data(&told);
            }
        }
    }
}
