//! The harness: adapts cases to libtest-mimic, which executes and prints trials but does not schedule.
//!
//! Every selected case starts ahead, in the runner's queue; its trial only waits for the outcome. So hundreds of cases
//! wait at the same time on a few threads, under `cargo test` as under `feedproof run`, and each case also runs alone in
//! a process of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use libtest_mimic::{Arguments, Completion, Conclusion, Failed, Trial};
use tokio::runtime::Handle;

use crate::judge::Outcome;
use crate::judge::Verdict;
use crate::runner::Runner;
use plan_language::plan::Case;

/// Maximum number of threads that wait for outcomes; the runner bounds how many cases act.
const THREADS_MAX: usize = 256;

/// How cases run under libtest-mimic.
pub struct Harness<'a> {
    /// libtest-mimic's own arguments.
    pub arguments: Arguments,
    /// Runs the cases.
    pub runner: &'a Arc<Runner>,
    /// Maximum number of cases that act at once.
    pub jobs: usize,
    /// The runtime on which cases start.
    pub runtime: Handle,
    /// Called with each outcome as it arrives, in no particular order.
    pub on_outcome: Arc<dyn Fn(&Outcome) + Send + Sync>,
    /// Describes a failure, for libtest-mimic's own output.
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

/// Returns a trial that never runs, to ask whether libtest-mimic selects its name.
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
    let outcomes = Outcomes(Arc::new(Mutex::new(vec![None; cases.len()])));
    // A case that libtest-mimic leaves out must not start either.
    let arguments = &harness.arguments;
    let mut starting: Vec<_> = (0..cases.len())
        .filter(|index| {
            let probe = probe(&cases[*index]);
            !arguments.is_filtered_out(&probe) && !arguments.is_ignored(&probe)
        })
        .collect();
    starting.sort_by_cached_key(|index| harness.runner.place(&cases[*index]));
    // In the order of the plans again.
    let started: BTreeMap<_, _> = starting
        .into_iter()
        .map(|index| (index, harness.start(&cases[index], index, &outcomes)))
        .collect();
    let mut trials = Vec::with_capacity(started.len());
    for (index, ended) in started {
        let outcomes = outcomes.clone();
        let describe = harness.describe.clone();
        trials.push(Trial::ignorable_test(&*cases[index].id, move || {
            // A sender that is gone means a task that died: the outcome is missing then.
            let _ = ended.recv();
            completion(outcomes.get(index), &*describe)
        }));
    }
    let mut arguments = harness.arguments;
    // Trials only wait. Where libtest-mimic prints, a thread for each running case lets lines come out
    // as cases end; where it is silent, waking them would only cost.
    let usual = if arguments.logfile.is_some() {
        1
    } else {
        harness.jobs
    };
    // Without a thread the run would wait for ever; more threads than trials would idle.
    let asked = arguments.test_threads.unwrap_or(usual);
    arguments.test_threads = Some(asked.min(trials.len()).clamp(1, THREADS_MAX));
    let conclusion = libtest_mimic::run(&arguments, trials);
    (conclusion, outcomes.take())
}

/// The outcomes of a run, by the index of their cases.
#[derive(Clone)]
struct Outcomes(Arc<Mutex<Vec<Option<Outcome>>>>);

impl Outcomes {
    fn lock(&self) -> MutexGuard<'_, Vec<Option<Outcome>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, index: usize, outcome: Outcome) {
        self.lock()[index] = Some(outcome);
    }

    fn get(&self, index: usize) -> Option<Outcome> {
        self.lock()[index].clone()
    }

    fn take(self) -> Vec<Outcome> {
        let outcomes = std::mem::take(&mut *self.lock());
        outcomes.into_iter().flatten().collect()
    }
}

impl Harness<'_> {
    /// Starts a case; the channel tells when its outcome is there.
    fn start(&self, case: &Arc<Case>, index: usize, outcomes: &Outcomes) -> mpsc::Receiver<()> {
        let (sender, receiver) = mpsc::sync_channel::<()>(1);
        let started = {
            let _inside = self.runtime.enter();
            self.runner.start(case.clone())
        };
        let outcomes = outcomes.clone();
        let on_outcome = self.on_outcome.clone();
        self.runtime.spawn(async move {
            if let Ok(outcome) = started.await {
                on_outcome(&outcome);
                outcomes.set(index, outcome);
            }
            // The trial may be gone already if libtest-mimic stopped.
            let _ = sender.send(());
        });
        receiver
    }
}

/// Returns the completion of a trial, for the outcome of its case.
fn completion(
    outcome: Option<Outcome>,
    describe: &(dyn Fn(&Outcome) -> String + Send + Sync),
) -> Result<Completion, Failed> {
    let Some(outcome) = outcome else {
        return Err(Failed::from("the case has no outcome"));
    };
    match outcome.verdict {
        Verdict::Passed => Ok(Completion::Completed),
        Verdict::Skipped => {
            let reason = outcome.reason.as_deref().unwrap_or("not applicable");
            Ok(Completion::ignored_with(reason))
        }
        Verdict::Failed | Verdict::Inconclusive => Err(Failed::from(describe(&outcome))),
    }
}
