//! Simulated time: work that runs on a clock of its own, which jumps to the next moment when all wait.
//!
//! Nothing outside this process can keep up with such a clock, so only an in_process rehearsal runs on it. There a
//! wait of ten seconds takes none, and a machine under load is late for nothing: how busy it is cannot change a verdict.

use std::future::Future;
use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::journal::JournalError;
use crate::record::Outcome;
use crate::topology::run_environment::{
    RunEnvironment, RunEnvironmentError, RunEnvironmentSettings,
};
use plan_language::plan::Case;

/// Why cases could not be rehearsed in simulated time.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// There is no clock of its own to be had.
    #[error("no runtime could be started: {0}")]
    Runtime(#[from] io::Error),
    /// A rig could not be put together.
    #[error(transparent)]
    RunEnvironment(#[from] RunEnvironmentError),
    /// A journal could not be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A case came to no end.
    #[error("the case {0} gave no outcome")]
    Lost(Arc<str>),
}

/// Runs `work` to its end in simulated time, on this thread.
///
/// There is no network in it; sockets, files and programs are not to be touched.
///
/// # Errors
/// The cause, when no runtime can be had.
pub fn simulate<W: Future>(work: W) -> io::Result<W::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    Ok(runtime.block_on(work))
}

/// Rehearses cases in simulated time and returns their outcomes in the order of the cases.
///
/// They are shared out to `threads`, each with a rig of its own, where they run one after another: as a wait takes no
/// time, nothing is gained by running them at once. `settings` makes the settings of one in_process rig; `ended` hears
/// of each case that has ended, in the order in which they end.
///
/// # Errors
/// The first [`SimulationError`] of any thread; the others then end with the case they are at.
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
