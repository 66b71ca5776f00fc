//! Runs cases at the same time: queues them, opens a stage for each, and collects their outcomes.
//!
//! The command line prints and chooses exit codes; the runner only knows cases.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use tokio::sync::{OwnedRwLockReadGuard, OwnedSemaphorePermit, RwLock, Semaphore, oneshot};

use crate::journal::{Fact, Journal, Lane, NotOpened};
use crate::judge::{Outcome, Verdict};
use crate::runner::interpret::interpret;
use crate::runner::live::{Live, Shared};
use crate::runner::permit::Permit;
use crate::runner::replay::Replay;
use crate::runner::setup::Setup;
use crate::runner::stage::{NotOpen, Stage, Stages};
use crate::runner::step::JudgeContext;
use plan_language::plan::{Case, Library};
use plan_language::value::Value;

/// The place of a case that is open.
type Place = Option<OwnedSemaphorePermit>;

/// Runs the cases of one run.
pub struct Runner {
    library: Arc<Library>,
    shared: Shared,
    stages: Arc<dyn Stages>,
    permits: Arc<Semaphore>,
    /// The places of cases that are open, also while they wait.
    places: Arc<Semaphore>,
    /// Exclusive cases lock it for writing, all others for reading.
    exclusive: Arc<RwLock<()>>,
    /// The setup failures of cases that share a stage.
    setup: Setup,
}

impl Runner {
    /// Makes a runner of which at most `jobs` cases act at once, and at most `open` have begun and not ended; 0 counts
    /// as 1.
    pub fn new(
        library: Arc<Library>,
        shared: Shared,
        stages: Arc<dyn Stages>,
        jobs: usize,
        open: usize,
    ) -> Self {
        Self {
            library,
            shared,
            stages,
            permits: Arc::new(Semaphore::new(jobs.clamp(1, Semaphore::MAX_PERMITS))),
            places: Arc::new(Semaphore::new(open.clamp(1, Semaphore::MAX_PERMITS))),
            exclusive: Arc::default(),
            setup: Setup::default(),
        }
    }

    /// Starts a case and returns the channel of its outcome; must be called within a tokio runtime.
    pub fn start(self: &Arc<Self>, case: Arc<Case>) -> oneshot::Receiver<Outcome> {
        let (sender, receiver) = oneshot::channel();
        let runner = self.clone();
        // Taken before its task is polled: one that runs alone, and is polled earlier, would hold up all that were
        // started before it.
        let beside = (!self.runs_alone(&case)).then(|| self.exclusive.clone().try_read_owned());
        let beside = beside.and_then(Result::ok);
        tokio::spawn(async move {
            let lane: Lane = case.id.clone();
            let running = AssertUnwindSafe(runner.run(&case, beside)).catch_unwind();
            let outcome = match running.await {
                Ok(outcome) => outcome,
                Err(_) => {
                    runner.shared.journal.append(Some(&lane), Fact::Ended);
                    let why = "feedproof itself failed while it judged this case; please report it";
                    unopened(&case, NotOpened::Inconclusive, why.to_owned())
                }
            };
            // The receiver is gone only where the run is ending.
            let _ = sender.send(outcome);
        });
        receiver
    }

    /// Tells whether a case runs while no other one does.
    fn runs_alone(&self, case: &Case) -> bool {
        case.exclusive || (self.stages.shared() && case.needs.exclusive(self.stages.mode()))
    }

    /// Returns the place of a case in the order in which cases begin: lower ones before higher ones, equal ones in the
    /// order of their plans.
    ///
    /// Cases that run alone come after all others: between them, each would wait until all before it have ended, and
    /// hold up all behind it.
    pub fn place(&self, case: &Case) -> (bool, usize) {
        (self.runs_alone(case), self.stages.place(case))
    }

    /// Runs a case; `beside` is its lock beside others, if it has it already.
    async fn run(&self, case: &Arc<Case>, beside: Option<OwnedRwLockReadGuard<()>>) -> Outcome {
        let exclusive = self.runs_alone(case);
        let (_alone, _others);
        if exclusive {
            _alone = self.exclusive.write().await;
        } else if beside.is_none() {
            _others = self.exclusive.read().await;
        }
        let opened = tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => Err(NotOpen {
                standing: NotOpened::Inconclusive,
                why: self.shared.cut_short(),
            }),
            opened = self.open(case) => opened,
        };
        // Its place is free for another case once the stage is closed.
        let (_place, permit, stage) = match opened {
            Ok(opened) => opened,
            Err(NotOpen { standing, why }) => return self.not_opened(case, standing, why),
        };
        let shared = self.stages.shared();
        let known_failure = shared.then(|| self.setup.known_failure(case, &stage.values));
        if let Some(why) = known_failure.flatten() {
            stage.parts.close().await;
            return self.not_opened(case, NotOpened::Inconclusive, why);
        }
        let outcome = self.interpret(case, &stage, permit, exclusive).await;
        if shared && !self.shared.interrupt.is_cancelled() {
            self.setup.record(case, &stage.values, &outcome);
        }
        stage.parts.close().await;
        if self.shared.forgets {
            self.shared.journal.forget(&case.id);
        }
        outcome
    }

    /// Opens the stage of a case once there is a place for it; while one waits for a customer, other cases act.
    async fn open(&self, case: &Arc<Case>) -> Result<(Place, Permit, Stage), NotOpen> {
        // The semaphore is never closed; if it were, the case would be open without a place.
        let place = self.places.clone().acquire_owned().await.ok();
        let permit = Permit::first(self.permits.clone()).await;
        let mut opening = self.stages.open(case);
        // Most stages open at once.
        let stage = match (&mut opening).now_or_never() {
            Some(stage) => stage,
            None => {
                permit.release();
                let stage = opening.await;
                permit.take().await;
                stage
            }
        };
        Ok((place, permit, stage?))
    }

    /// Records that the case opens, and interprets it in the live world.
    async fn interpret(
        &self,
        case: &Case,
        stage: &Stage,
        permit: Permit,
        exclusive: bool,
    ) -> Outcome {
        let lane: Lane = case.id.clone();
        let mut values = stage.values.clone();
        values.insert("exclusive".to_owned(), Value::Bool(exclusive));
        let values = Value::Object(values);
        let opened = Fact::Opened {
            values: values.clone(),
        };
        let opened = self.shared.journal.append(Some(&lane), opened);
        let world = Live {
            lane,
            shared: &self.shared,
            stage,
            permit,
            opened: (opened.seq, values),
            cookies: Mutex::default(),
        };
        tracing::debug!(case = %case.id, "opened");
        let outcome = interpret(case, self.judge_context(), &world).await;
        tracing::debug!(case = %case.id, verdict = outcome.verdict.as_str(), "ended");
        outcome
    }

    fn not_opened(&self, case: &Case, standing: NotOpened, why: String) -> Outcome {
        let fact = Fact::NotOpened {
            standing,
            why: why.clone(),
        };
        let event = self.shared.journal.append(Some(&case.id), fact);
        Outcome {
            started_us: event.at,
            ..unopened(case, standing, why)
        }
    }

    fn judge_context(&self) -> JudgeContext<'_> {
        JudgeContext {
            requirements: &self.library.requirements,
            mode: self.shared.tap.mode,
        }
    }
}

/// Judges a whole run again from its journal, in the order of its selection.
///
/// A case that the library no longer contains is left out; plans may have changed since the run.
pub async fn judge_again(library: &Library, journal: &Journal) -> Vec<Outcome> {
    let Some(header) = journal.header() else {
        return Vec::new();
    };
    let context = JudgeContext {
        requirements: &library.requirements,
        mode: header.mode,
    };
    let mut outcomes = Vec::with_capacity(header.selection.len());
    for id in &header.selection {
        if let Some(case) = library.cases().find(|case| *case.id == **id) {
            outcomes.push(replay(case, context, journal).await);
        }
    }
    outcomes
}

/// Judges a case again from a journal; plans may have changed since the run.
pub async fn replay(case: &Case, context: JudgeContext<'_>, journal: &Journal) -> Outcome {
    let lane: Lane = case.id.clone();
    let unopened_before = journal
        .view(&lane, 0, journal.last())
        .iter()
        .find_map(|event| match &event.fact {
            Fact::NotOpened { standing, why } => Some((event.at, *standing, why.clone())),
            _ => None,
        });
    if let Some((started_us, standing, why)) = unopened_before {
        return Outcome {
            started_us,
            ..unopened(case, standing, why)
        };
    }
    interpret(case, context, &Replay::of(journal, &lane)).await
}

/// The outcome of a case that was not opened.
fn unopened(case: &Case, standing: NotOpened, why: String) -> Outcome {
    Outcome {
        case: case.id.clone(),
        plan: case.plan.clone(),
        place: case.place.clone(),
        title: case.title.clone(),
        expected: case.expected.clone(),
        requirement: case.requirement.clone(),
        verdict: match standing {
            NotOpened::Skipped | NotOpened::Declared => Verdict::Skipped,
            NotOpened::Inconclusive => Verdict::Inconclusive,
        },
        reason: Some(why),
        declared: standing == NotOpened::Declared,
        started_us: 0,
        took_us: 0,
        checks: Vec::new(),
        teardown: Vec::new(),
    }
}
