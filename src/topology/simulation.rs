//! Simulated time: a clock that jumps to the next moment when all tasks wait.
//!
//! Nothing outside this process can follow such a clock, so only an in-process rehearsal runs on it. A wait of ten
//! seconds then takes no time, and the load of the machine cannot change a verdict.

use std::future::Future;
use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::journal::JournalError;
use crate::judge::Outcome;
use crate::topology::run_environment::{
    RunEnvironment, RunEnvironmentError, RunEnvironmentSettings,
};
use plan_language::plan::Case;

/// Why cases could not be rehearsed in simulated time.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// No runtime with a simulated clock could be started.
    #[error("cannot start the runtime: {0}")]
    Runtime(#[from] io::Error),
    /// A run environment could not be set up.
    #[error(transparent)]
    RunEnvironment(#[from] RunEnvironmentError),
    /// A journal could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The task of a case ended without an outcome.
    #[error("the case {0} gave no outcome")]
    Lost(Arc<str>),
}

/// Runs `work` to its end in simulated time, on this thread.
///
/// The work must use no socket, file or program: none of them knows the simulated clock.
///
/// # Errors
/// The cause, when no runtime can be started.
pub fn simulate<W: Future>(work: W) -> io::Result<W::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    Ok(runtime.block_on(work))
}

/// Rehearses cases in simulated time and returns their outcomes in the order of the cases.
///
/// Up to `threads` threads share the cases. Each thread has its own run environment and runs one case after another: as
/// a wait takes no time, running them in parallel would gain nothing. `settings` makes the settings of one in-process
/// run environment; `ended` is called for each case when it ends, in the order in which the cases end.
///
/// # Errors
/// The first [`SimulationError`] of any thread; the other threads then end after their current case.
pub fn rehearse(
    cases: &[Arc<Case>],
    threads: NonZero<usize>,
    settings: impl Fn() -> RunEnvironmentSettings + Sync,
    ended: impl Fn(&Outcome) + Sync,
) -> Result<Vec<Outcome>, SimulationError> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(vec![None; cases.len()]);
    let keep = |at: usize, outcome: Outcome| {
        ended(&outcome);
        outcomes.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(outcome);
    };
    let work = async || {
        let run_environment = RunEnvironment::up(settings()).await?;
        while let Some((at, case)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            cases.get(at).map(|case| (at, case))
        } {
            let lost = |_| SimulationError::Lost(case.id.clone());
            keep(
                at,
                run_environment
                    .runner
                    .start(case.clone())
                    .await
                    .map_err(lost)?,
            );
        }
        Ok(run_environment.down().await?)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.get().min(cases.len()))
            .map(|_| {
                scope.spawn(|| {
                    let done = simulate(work()).map_err(SimulationError::from).flatten();
                    if done.is_err() {
                        next.store(cases.len(), Ordering::Relaxed);
                    }
                    done
                })
            })
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| match thread.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            })
    })?;
    let outcomes = outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    cases
        .iter()
        .zip(outcomes)
        .map(|(case, outcome)| outcome.ok_or_else(|| SimulationError::Lost(case.id.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_day_passes_at_once() {
        let begun = Instant::now();
        let passed = simulate(async {
            let before = tokio::time::Instant::now();
            tokio::time::sleep(Duration::from_secs(24 * 60 * 60)).await;
            before.elapsed()
        });
        assert!(passed.expect("there is a runtime") >= Duration::from_secs(24 * 60 * 60));
        assert!(begun.elapsed() < Duration::from_secs(60 * 60));
    }
}
