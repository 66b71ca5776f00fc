//! `feedproof serve`: the embedded parts on fixed ports, for those who develop a connector against them.
//!
//! Says what to put into the connector's configuration, shows every exchange as it ends, and starts flows at a
//! word. It judges nothing and writes no reports.

mod exchanges;
mod ready;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::cli::arguments::{DocumentArguments, ServeArguments};
use crate::cli::documents::{open, resolve};
use crate::cli::error::CliError;
use crate::cli::header::header_of;
use crate::cli::terminal::{data, talk};
use crate::journal::Seq;
use crate::topology::{Entrance, Faults, Rig, RigError, RigSettings};
use crate::vault::Vault;

/// Where to listen if nothing is said.
const PORT: u16 = 9000;

/// The longest command that is read, in bytes.
const COMMAND_BYTES_MAX: usize = 4 << 10;

/// Runs the command until it is interrupted or told to quit, and returns the exit code.
pub(super) fn serve(arguments: &ServeArguments) -> Result<u8, CliError> {
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
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::unjudged(format!("no runtime could be started: {error}")))?;
    let interrupt = CancellationToken::new();
    let up = runtime.block_on(Rig::up(RigSettings {
        entrance: Entrance::Listen,
        library: Arc::new(opened.library),
        resolved,
        header,
        journal: None,
        faults: Faults::default(),
        // A case is looked at once it has ended; what it leaves is let go then.
        forgets: false,
        one_stage: true,
        // Commands are read from the terminal, so nobody else can be asked at it.
        person: None,
        jobs: None,
        interrupt: interrupt.clone(),
    }));
    let mut rig = match up {
        Ok(rig) => rig,
        Err(error @ RigError::Listen { .. }) => {
            return Err(CliError::unjudged(error)
                .with_hint("stop what listens there, or name another address with --listen"));
        }
        Err(error) => return Err(CliError::unjudged(error)),
    };
    let ready = ready::Ready::of(&environment, rig.surroundings());
    data(&ready.text());
    if let Some(file) = &arguments.ready_file {
        ready.write(file).map_err(|error| {
            CliError::usage(format!(
                "cannot write the ready file {}: {error}",
                file.display()
            ))
        })?;
    }
    if rig.launches()
        && let Err(error) = runtime.block_on(rig.launch(None))
    {
        runtime.block_on(rig.down()).map_err(CliError::unjudged)?;
        return Err(CliError::unjudged(error));
    }
    let (shown, came_to) = watch::channel(0);
    let showing = runtime.spawn(exchanges::show(
        rig.journal.clone(),
        shown,
        interrupt.clone(),
    ));
    let session = session::Session::new(&environment);
    runtime.block_on(obey(session, &rig, came_to, &interrupt));
    interrupt.cancel();
    // A task that panicked has shown what it could.
    let _ = runtime.block_on(showing);
    runtime.block_on(rig.down()).map_err(CliError::unjudged)?;
    runtime.shutdown_background();
    Ok(0)
}

/// Reads commands until there is one to quit, or an interrupt; a closed input leaves it to the interrupt.
async fn obey(
    mut session: session::Session,
    rig: &Rig,
    mut came_to: watch::Receiver<Seq>,
    interrupt: &CancellationToken,
) {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut open = true;
    loop {
        let line = tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => break,
            () = interrupt.cancelled() => break,
            line = lines.next_line(), if open => line,
        };
        let line = match line {
            Ok(Some(line)) if line.len() <= COMMAND_BYTES_MAX => line,
            Ok(Some(_)) => {
                talk("a command is a few words");
                continue;
            }
            // Nobody types here, or what was typed is no text.
            Ok(None) | Err(_) => {
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
            _ = tokio::signal::ctrl_c() => break,
            told = session.obey(&words, rig) => {
                let last = rig.journal.last();
                // Whoever shows goes on until the interrupt.
                let _ = came_to.wait_for(|shown| *shown >= last).await;
                data(&told);
            }
        }
    }
}
