//! The process group of a started provider: the signals that end it, and whether anything of it is alive.
//!
//! When it is ended, and how long that may take, is left to `provider_process`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use tokio::process::Child;

/// The process group of the provider that a run starts: the provider and its child processes, which may outlive it.
#[derive(Clone, Debug, Default)]
pub struct ProviderGroup(
    /// The id of the group; 0 before it is started and after it was ended.
    Arc<AtomicI32>,
);

impl ProviderGroup {
    /// Ends the group at once, for a process that is about to end itself.
    pub fn kill(&self) {
        self.signal(Ending::Kill);
    }

    /// Takes over the group of a child that was started as the leader of one.
    pub(super) fn begin(&self, child: &Child) {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        self.0.store(id.unwrap_or_default(), Ordering::SeqCst);
    }

    /// Forgets the group once it has ended: the system may give its id to another one.
    pub(super) fn forget(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    /// Asks all processes of the group to end; an error means that they have.
    #[cfg(unix)]
    pub(super) fn signal(&self, ending: Ending) {
        use nix::sys::signal::Signal;
        let _ = self.send(match ending {
            Ending::Terminate => Signal::SIGTERM,
            Ending::Kill => Signal::SIGKILL,
        });
    }

    /// Tells whether a process of the group is alive.
    #[cfg(unix)]
    pub(super) fn is_alive(&self) -> bool {
        self.send(None).is_ok() && !only_zombies(self.0.load(Ordering::SeqCst))
    }

    /// Sends a signal to the group; an error means that all of it has ended, or that it was not started.
    #[cfg(unix)]
    fn send(&self, signal: impl Into<Option<nix::sys::signal::Signal>>) -> nix::Result<()> {
        match self.0.load(Ordering::SeqCst) {
            // For the system, 0 is the own group.
            ..=0 => Err(nix::errno::Errno::ESRCH),
            group => nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), signal),
        }
    }

    #[cfg(not(unix))]
    pub(super) fn signal(&self, _ending: Ending) {}

    #[cfg(not(unix))]
    pub(super) fn is_alive(&self) -> bool {
        false
    }
}

/// Tells whether only zombies are left of a group, as in a container whose first process waits for nobody.
#[cfg(target_os = "linux")]
fn only_zombies(group: i32) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return false;
    };
    let mut states = processes
        .flatten()
        .filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok());
    !states.any(|stat| is_living_member(&stat, group))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn only_zombies(_group: i32) -> bool {
    false
}

/// Reads from the state of a process whether it lives and belongs to a group (proc_pid_stat(5)).
#[cfg(target_os = "linux")]
fn is_living_member(stat: &str, group: i32) -> bool {
    // The name of the program may contain anything: state, parent and group come after its last bracket.
    let Some((_, rest)) = stat.rsplit_once(')') else {
        return false;
    };
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next();
    state != Some("Z") && fields.nth(1) == Some(group.to_string().as_str())
}

/// How a process is asked to end.
#[derive(Clone, Copy)]
#[cfg_attr(not(unix), expect(dead_code, reason = "Windows knows one way only"))]
pub(super) enum Ending {
    Terminate,
    Kill,
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_zombie_does_not_live() {
        assert!(is_living_member("7 (a) b) S 1 42 42 0", 42));
        assert!(!is_living_member("7 (a) b) Z 1 42 42 0", 42));
        assert!(!is_living_member("7 (a) S 1 4 42 0", 42) && !is_living_member("", 42));
    }
}
