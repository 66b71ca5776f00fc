//! Runs cases at the same time: queues them, gives each its stage, and collects their outcomes.
//!
//! What prints and what decides about exit codes is elsewhere; the runner only knows cases.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::{RwLock, Semaphore, oneshot};

use crate::journal::{Fact, Journal, Lane, NotOpened};
use crate::judge::Verdict;
use crate::record::Outcome;
use crate::runner::check::{Bench, INTERRUPTED};
use crate::runner::interpret::interpret;
use crate::runner::live::{Live, Shared};
use crate::runner::replay::Replay;
use crate::runner::setup::Setup;
use crate::runner::stage::{NotOpen, Stages};
use crate::runner::turn::Turn;
use plan_language::plan::{Case, Library};
use plan_language::value::Value;

/// Runs the cases of one run.
pub struct Runner {
    library: Arc<Library>,
    shared: Shared,
    stages: Arc<dyn Stages>,
    places: Arc<Semaphore>,
    /// Cases that run alone hold it for themselves.
    exclusive: RwLock<()>,
    /// What broke under cases that share a stage.
    setup: Setup,
}

impl Runner {
    /// Makes a runner; `jobs` cases at most act at once (at least one).
    pub fn new(
        library: Arc<Library>,
        shared: Shared,
        stages: Arc<dyn Stages>,
        jobs: usize,
    ) -> Self {
        Self {
            library,
            shared,
            stages,
            places: Arc::new(Semaphore::new(jobs.max(1))),
            exclusive: RwLock::new(()),
            setup: Setup::default(),
        }
    }

    /// Starts a case and returns where its outcome will arrive; must be called within a tokio runtime.
    pub fn start(self: &Arc<Self>, case: Arc<Case>) -> oneshot::Receiver<Outcome> {
        let (sender, receiver) = oneshot::channel();
        let runner = self.clone();
        tokio::spawn(async move {
            let lane: Lane = case.id.clone();
            let running = AssertUnwindSafe(runner.run(&case)).catch_unwind();
            let outcome = match running.await {
                Ok(outcome) => outcome,
                Err(_) => {
                    runner.shared.journal.append(Some(&lane), Fact::Ended);
                    let why = "feedproof itself failed while it judged this case; please report it";
                    unopened(&case, NotOpened::Inconclusive, why.to_owned())
                }
            };
            // Nobody waits any more only if the run is being torn down.
            let _ = sender.send(outcome);
        });
        receiver
    }

    async fn run(&self, case: &Arc<Case>) -> Outcome {
        let exclusive = case.exclusive || (self.stages.shared() && case.needs.exclusive());
        let (_alone, _others) = match exclusive {
            true => (Some(self.exclusive.write().await), None),
            false => (None, Some(self.exclusive.read().await)),
        };
        let lane: Lane = case.id.clone();
        let opening = async {
            let turn = Turn::first(self.places.clone()).await;
            let mut stage = self.stages.open(case);
            // Most stages open at once; while one waits for a customer, others act.
            let opened = match (&mut stage).now_or_never() {
                Some(opened) => opened,
                None => {
                    turn.release();
                    let opened = stage.await;
                    turn.take().await;
                    opened
                }
            };
            (turn, opened)
        };
        let opened = tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => None,
            opened = opening => Some(opened),
        };
        let (turn, stage) = match opened {
            Some((turn, Ok(stage))) => (turn, stage),
            Some((_, Err(NotOpen { standing, why }))) => {
                return self.not_opened(case, &lane, standing, why);
            }
            None => {
                return self.not_opened(
                    case,
                    &lane,
                    NotOpened::Inconclusive,
                    INTERRUPTED.to_owned(),
                );
            }
        };
        if self.stages.shared()
            && let Some(why) = self.setup.gives_way(case, &stage.values)
        {
            stage.parts.close().await;
            return self.not_opened(case, &lane, NotOpened::Inconclusive, why);
        }
        let mut values = stage.values.clone();
        values.insert("exclusive".to_owned(), Value::Bool(exclusive));
        let values = Value::Object(values);
        let opened = self.shared.journal.append(
            Some(&lane),
            Fact::Opened {
                values: values.clone(),
            },
        );
        let world = Live {
            lane,
            shared: &self.shared,
            stage: &stage,
            turn,
            opened: (opened.seq, values),
        };
        tracing::debug!(case = %case.id, "opened");
        let outcome = interpret(case, self.bench(), &world).await;
        tracing::debug!(case = %case.id, verdict = outcome.verdict.as_str(), "ended");
        let lane = world.lane.clone();
        drop(world);
        if self.stages.shared() && !self.shared.interrupt.is_cancelled() {
            self.setup.note(case, &stage.values, &outcome);
        }
        stage.parts.close().await;
        if self.shared.forgets {
            self.shared.journal.forget(&lane);
        }
        outcome
    }

    fn not_opened(&self, case: &Case, lane: &Lane, standing: NotOpened, why: String) -> Outcome {
        let event = self.shared.journal.append(
            Some(lane),
            Fact::NotOpened {
                standing,
                why: why.clone(),
            },
        );
        Outcome {
            started_us: event.at,
            ..unopened(case, standing, why)
        }
    }

    fn bench(&self) -> Bench<'_> {
        Bench {
            requirements: &self.library.requirements,
            mode: self.shared.tap.mode,
        }
    }
}

/// Judges a whole run again from its journal, in the order of its selection.
///
/// A case that the library no longer has is left out; plans may have been edited since the run.
pub async fn judge_again(library: &Library, journal: &Journal) -> Vec<Outcome> {
    let Some(header) = journal.header() else {
        return Vec::new();
    };
    let bench = Bench {
        requirements: &library.requirements,
        mode: header.mode,
    };
    let mut outcomes = Vec::with_capacity(header.selection.len());
    for id in &header.selection {
        if let Some(case) = library.cases().find(|case| *case.id == **id) {
            outcomes.push(replay(case, bench, journal).await);
        }
    }
    outcomes
}

/// Judges a case again from a journal; plans may have been edited since.
///
pub async fn replay(case: &Case, bench: Bench<'_>, journal: &Journal) -> Outcome {
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
    interpret(case, bench, &Replay::of(journal, &lane)).await
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
