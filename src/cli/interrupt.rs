//! Interrupts of the process: the first ends all waits and lets teardown run, the second ends the process.
//!
//! Ctrl-C, SIGTERM (a cancelled CI job, `docker stop`) and SIGHUP (a closed terminal) mean the same. A thread of its own
//! waits for them until the process ends, so that a second one works whatever the rest of the process does.

use std::io;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio_util::sync::CancellationToken;

use crate::cli::error::CliError;
use crate::exit_code::ExitCode;
use crate::topology::ProviderGroup;

/// How long the output of a killed provider may take to reach its log.
const LAST_OUTPUT: Duration = Duration::from_millis(150);

/// What the interrupts of a command end.
pub(super) struct Interrupts {
    /// Cancelled by the first interrupt.
    pub interrupt: CancellationToken,
    /// The processes that do not outlive the second interrupt.
    pub provider: ProviderGroup,
}

/// Starts to wait for interrupts; from now on, none of them ends the process by itself.
///
/// `ends` says what the first one ends, such as `waits end, teardown runs`; `say` writes a line of talk.
///
/// # Errors
/// [`CliError`] with the exit code `inconclusive` when the system refuses a thread or a handler.
pub(super) fn watch(
    ends: &'static str,
    say: impl Fn(&str) + Send + 'static,
) -> Result<Interrupts, CliError> {
    let failed = |error| CliError::inconclusive(format!("cannot wait for interrupts: {error}"));
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::listen().map_err(failed)?
    };
    let (interrupt, provider) = (CancellationToken::new(), ProviderGroup::default());
    let watched = Interrupts {
        interrupt: interrupt.clone(),
        provider: provider.clone(),
    };
    let handling = async move {
        let name = signals.next().await;
        interrupt.cancel();
        say(&format!(
            "interrupted by {name}: {ends}; interrupt again to stop at once"
        ));
        signals.next().await;
        provider.kill();
        tokio::time::sleep(LAST_OUTPUT).await;
        std::process::exit(ExitCode::Interrupted.number().into());
    };
    std::thread::Builder::new()
        .name("interrupts".to_owned())
        .spawn(move || runtime.block_on(handling))
        .map_err(failed)?;
    Ok(watched)
}

/// The signals that interrupt the process.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// Unset where the process was started to survive the end of its terminal.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = || signal(SignalKind::hangup());
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: (!ignores_hangup()).then(hangup).transpose()?,
        })
    }

    /// Waits for the next signal, and returns its name.
    async fn next(&mut self) -> &'static str {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(()) = self.interrupt.recv() => "SIGINT",
            Some(()) = self.terminate.recv() => "SIGTERM",
            Some(()) = hangup => "SIGHUP",
            // No signal can come any more.
            else => std::future::pending().await,
        }
    }
}

/// Tells whether the process was started with SIGHUP ignored, as `nohup` does.
///
/// Linux alone tells it without unsafe code; elsewhere the process does not survive its terminal.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| is_hangup_ignored(&status))
}

/// Reads whether SIGHUP, signal 1, is ignored from the status of a process (proc_pid_status(5)).
#[cfg(unix)]
fn is_hangup_ignored(status: &str) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 != 0)
}

/// The events of the console that interrupt the process.
#[cfg(windows)]
struct Signals {
    c: tokio::signal::windows::CtrlC,
    pause: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        Ok(Self {
            c: ctrl_c()?,
            pause: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    /// Waits for the next event, and returns its name.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            Some(()) = self.c.recv() => "Ctrl-C",
            Some(()) = self.pause.recv() => "Ctrl-Break",
            Some(()) = self.close.recv() => "the closed console",
            Some(()) = self.shutdown.recv() => "the shutdown",
            // No event can come any more.
            else => std::future::pending().await,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_to_survive_its_terminal_is_found_out() {
        let status = |mask: &str| {
            format!("Name:\tfeedproof\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\nSigCgt:\t1\n")
        };
        assert!(is_hangup_ignored(&status("0000000000001001")));
        assert!(!is_hangup_ignored(&status("0000000000001000")));
        assert!(!is_hangup_ignored(&status("?")) && !is_hangup_ignored(""));
    }
}
