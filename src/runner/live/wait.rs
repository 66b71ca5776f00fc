//! Waits of a case: for events in its lane, for a pause between attempts, and for the end of a bound.

use tokio::time::Instant;

use crate::journal::{Fact, Micros, WaitEnd};
use crate::runner::live::case::Live;
use crate::runner::world::PendingWait;
use plan_language::plan::{StepKey, Wait};
use plan_language::value::duration;

/// The moments that matter to a wait.
#[derive(Clone, Copy)]
struct WaitTimes {
    /// The end of its bound.
    deadline: Instant,
    /// It is not met before this moment.
    earliest: Instant,
    /// The end of the pause before another attempt.
    again: Option<Instant>,
}

impl Live<'_> {
    /// Waits and records how the wait ended; other cases may act meanwhile.
    pub(super) async fn wait_for(&self, at: &StepKey, pending: PendingWait<'_>) -> WaitEnd {
        let times = self.wait_times(at, &pending);
        self.permit.release();
        let closed = self.wait_until(&pending, times).await;
        self.append(Fact::Closed {
            step: at.clone(),
            closed,
        });
        self.permit.take().await;
        closed
    }

    /// Records that the wait begins, and returns its moments.
    fn wait_times(&self, at: &StepKey, pending: &PendingWait<'_>) -> WaitTimes {
        let begun = self.journal().event(pending.since);
        let begun = begun.map_or(0, |event| event.at);
        let bound = self.shared.bound(pending.bound);
        let bound_us = bound.as_micros() as Micros;
        self.append(Fact::Waiting {
            step: at.clone(),
            wait: match pending.bound {
                Wait::Named(name, _) => name.clone(),
                Wait::Literal(time, _) => duration::format(*time),
            },
            bound_us,
            until_us: begun.saturating_add(bound_us),
        });
        let now = Instant::now();
        WaitTimes {
            deadline: self.journal().instant(begun) + bound,
            earliest: pending.pause.map_or(now, |pause| now + pause.least),
            again: pending.pause.map(|pause| now + pause.most),
        }
    }

    async fn wait_until(&self, pending: &PendingWait<'_>, times: WaitTimes) -> WaitEnd {
        let WaitTimes {
            deadline,
            earliest,
            again,
        } = times;
        let mut changed = self.journal().watch(&self.lane);
        loop {
            changed.borrow_and_update();
            let (events, last) = self.journal().view_now(&self.lane, pending.after);
            let met = (pending.met)(&events).is_some();
            if met && Instant::now() >= earliest {
                return WaitEnd::Met(last);
            }
            if Instant::now() >= deadline {
                return WaitEnd::Deadline(last);
            }
            tokio::select! {
                biased;
                () = self.shared.interrupt.cancelled() => {
                    return WaitEnd::Interrupted(self.journal().last());
                }
                result = changed.changed() => {
                    // The journal outlives every wait.
                    if result.is_err() {
                        return WaitEnd::Interrupted(self.journal().last());
                    }
                }
                () = tokio::time::sleep_until(earliest.min(deadline)), if met => {}
                () = tokio::time::sleep_until(again.map_or(deadline, |again| again.min(deadline))) => {
                    if again.is_some_and(|again| again < deadline) {
                        return WaitEnd::Met(self.journal().last());
                    }
                }
            }
        }
    }
}
