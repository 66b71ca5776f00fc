//! File handles: how many the process may have, how many a run needs, and which errors say that there are too few.
//!
//! A connection is a file, and in a rehearsal both of its ends are of this process. Without handles, messages are lost
//! on their way, which no participant is to blame for.

use std::error::Error;
use std::io;

/// Handles that a run needs beside those of its cases: streams, files, listeners and those of the runtime.
const BESIDE_CASES: usize = 40;

/// Handles that one running case needs at most; a rehearsal of two cases at once does with 64 in all.
const OF_A_CASE: usize = 12;

/// As many handles as any run uses; more would slow down programs that close all that they could have inherited.
#[cfg(unix)]
const WANTED: u64 = 16_384;

/// The limit of handles is too small even for one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this process may have {limit} files and connections at once (`ulimit -n`), and a run needs at least {}",
    needed(1)
)]
pub struct TooFewHandles {
    /// How many it may have.
    pub limit: usize,
}

/// Raises the limit of handles as far as the system allows and a run can use them.
///
/// Programs that the process starts later have the same limit.
#[cfg(unix)]
pub fn raise() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let wanted = hard.min(WANTED);
        if wanted > soft {
            // A system that refuses leaves the limit as it was, which a run checks.
            let _ = setrlimit(Resource::RLIMIT_NOFILE, wanted, hard);
        }
    }
}

/// Raises the limit of handles where there is one: here there is none that matters.
#[cfg(not(unix))]
pub fn raise() {}

/// Returns the limit of handles, `None` where there is none.
#[cfg(unix)]
pub fn limit() -> Option<usize> {
    use nix::sys::resource::{Resource, getrlimit};

    let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    usize::try_from(soft).ok()
}

/// Returns the limit of handles, `None` where there is none.
#[cfg(not(unix))]
pub fn limit() -> Option<usize> {
    None
}

/// Returns how many cases can be open at once within a limit of handles: a case that waits keeps its connections.
///
/// # Errors
/// [`TooFewHandles`] when not even one can.
pub fn open_at_once(limit: Option<usize>) -> Result<usize, TooFewHandles> {
    let Some(limit) = limit else {
        return Ok(usize::MAX);
    };
    let fit = limit.saturating_sub(BESIDE_CASES) / OF_A_CASE;
    if fit == 0 {
        return Err(TooFewHandles { limit });
    }
    Ok(fit)
}

/// Returns how many handles a run needs in which so many cases are open at once.
pub fn needed(cases: usize) -> usize {
    cases.saturating_mul(OF_A_CASE).saturating_add(BESIDE_CASES)
}

/// Tells whether an error, or a cause of it, says that the process or the system has no file handle left.
pub fn is_shortage(error: &(dyn Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(is_io_shortage)
    })
}

fn is_io_shortage(error: &io::Error) -> bool {
    match error.raw_os_error() {
        Some(code) => is_shortage_code(code),
        // The error that it wraps is no source of it; only the sources of that one are.
        None => error
            .get_ref()
            .is_some_and(|wrapped| is_shortage(wrapped as &(dyn Error + 'static))),
    }
}

/// Tells whether a code of the system is `EMFILE` or `ENFILE`.
#[cfg(unix)]
fn is_shortage_code(code: i32) -> bool {
    use nix::errno::Errno;

    [Errno::EMFILE, Errno::ENFILE].contains(&Errno::from_raw(code))
}

/// Tells whether a code of the system is `WSAEMFILE`.
#[cfg(not(unix))]
fn is_shortage_code(code: i32) -> bool {
    code == 10_024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_cases_are_open_at_once_as_there_are_handles_for() {
        assert_eq!(open_at_once(None), Ok(usize::MAX));
        assert_eq!(open_at_once(Some(1024)), Ok(82));
        assert_eq!(open_at_once(Some(64)), Ok(2));
        assert_eq!(open_at_once(Some(needed(64))), Ok(64));
        let few = open_at_once(Some(51)).expect_err("one case needs more");
        assert_eq!(
            few.to_string(),
            "this process may have 51 files and connections at once (`ulimit -n`), and a run needs at least 52"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_shortage_is_found_behind_other_errors() {
        let inner = io::Error::from_raw_os_error(24);
        let outer = io::Error::other(inner);
        assert!(is_shortage(&outer));
        assert!(!is_shortage(&io::Error::from_raw_os_error(2)));
    }
}
