//! The harness: adapts cases to libtest-mimic, which executes and prints trials but does not schedule.
//!
//! The future of every selected case is started ahead, behind the runner's queue; a trial only waits
//! for its outcome. So hundreds of cases wait at the same time on a few threads, under `cargo test` as
//! under `feedproof run`, and each case also runs alone in a process of its own.

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use libtest_mimic::{Arguments, Completion, Conclusion, Failed, Trial};
use tokio::runtime::Handle;

use crate::judge::Verdict;
use crate::record::Outcome;
use crate::runner::Runner;
use plan_language::plan::Case;

/// The most threads that wait for outcomes; concurrency is kept elsewhere.
const THREADS_MAX: usize = 256;

/// Which cases are run, and what is told on the way.
pub struct Harness<'a> {
    /// libtest-mimic's own arguments.
    pub arguments: Arguments,
    /// Runs the cases.
    pub runner: &'a Arc<Runner>,
    /// How many cases act at once.
    pub jobs: usize,
    /// The runtime on which cases are started.
    pub runtime: Handle,
    /// Told of each outcome as it comes, in no particular order.
    pub on_outcome: Arc<dyn Fn(&Outcome) + Send + Sync>,
    /// Describes what went wrong, for libtest-mimic's own output.
    pub describe: Arc<dyn Fn(&Outcome) -> String + Send + Sync>,
}

/// Splits cases into those that arguments select, in order, and the number of the others.
pub fn select(arguments: &Arguments, cases: &[Arc<Case>]) -> (Vec<Arc<Case>>, usize) {
    let selected: Vec<_> = cases
        .iter()
        .filter(|case| !arguments.is_filtered_out(&probe(case)))
        .cloned()
        .collect();
    let filtered_out = cases.len() - selected.len();
    (selected, filtered_out)
}

/// A trial that is never run, for questions about its name.
fn probe(case: &Case) -> Trial {
    Trial::test(&*case.id, || Ok(()))
}

/// Lists cases as libtest-mimic lists trials; opens no socket.
pub fn list(mut arguments: Arguments, cases: &[Arc<Case>]) -> Conclusion {
    arguments.list = true;
    let trials = cases.iter().map(|case| probe(case)).collect();
    libtest_mimic::run(&arguments, trials)
}

/// Runs cases and returns libtest-mimic's conclusion with the outcomes, in the order of the cases.
///
/// Blocks; must not be called on a thread of the runtime.
pub fn execute(harness: Harness<'_>, cases: &[Arc<Case>]) -> (Conclusion, Vec<Outcome>) {
    let Harness {
        mut arguments,
        runner,
        jobs,
        runtime,
        on_outcome,
        describe,
    } = harness;
    let outcomes: Arc<Mutex<Vec<Option<Outcome>>>> = Arc::new(Mutex::new(vec![None; cases.len()]));
    let mut trials = Vec::with_capacity(cases.len());
    for (index, case) in cases.iter().enumerate() {
        // What libtest-mimic leaves out must not be started either.
        if arguments.is_filtered_out(&probe(case)) || arguments.is_ignored(&probe(case)) {
            continue;
        }
        let (sender, receiver) = mpsc::sync_channel::<()>(1);
        let started = {
            let _inside = runtime.enter();
            runner.start(case.clone())
        };
        let kept = outcomes.clone();
        let on_outcome = on_outcome.clone();
        runtime.spawn(async move {
            if let Ok(outcome) = started.await {
                on_outcome(&outcome);
                kept.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(outcome);
            }
            // The trial may be gone already if libtest-mimic stopped.
            let _ = sender.send(());
        });
        let kept = outcomes.clone();
        let describe = describe.clone();
        trials.push(Trial::ignorable_test(&*case.id, move || {
            // A sender that is gone means a task that died: the outcome is missing then.
            let _ = receiver.recv();
            let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            match &kept[index] {
                None => Err(Failed::from("the case gave no outcome")),
                Some(outcome) => match outcome.verdict {
                    Verdict::Passed => Ok(Completion::Completed),
                    Verdict::Skipped => Ok(Completion::ignored_with(
                        outcome.reason.as_deref().unwrap_or("not applicable"),
                    )),
                    Verdict::Failed | Verdict::Inconclusive => {
                        let outcome = outcome.clone();
                        drop(kept);
                        Err(Failed::from(describe(&outcome)))
                    }
                },
            }
        }));
    }
    // Trials only wait. Where libtest-mimic prints, a thread for each running case lets lines come out
    // as cases finish; where it is silent, waking them would only cost.
    let usual = if arguments.logfile.is_some() { 1 } else { jobs };
    // No thread at all would wait for ever; more than there are trials would only sit there.
    let asked = arguments.test_threads.unwrap_or(usual);
    arguments.test_threads = Some(asked.min(trials.len()).clamp(1, THREADS_MAX));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let outcomes = std::mem::take(&mut *outcomes.lock().unwrap_or_else(PoisonError::into_inner));
    (conclusion, outcomes.into_iter().flatten().collect())
}
