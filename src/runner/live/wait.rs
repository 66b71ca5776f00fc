//! Waits of a case: for events in its lane, for a pause between attempts, and for the end of a bound.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::journal::{Body, Event, Fact, Micros, Seq, WaitEnd};
use crate::runner::live::case::Live;
use crate::runner::world::PendingWait;
use plan_language::participant::Participant;
use plan_language::plan::{AUTHORISATION_EXPIRY, SETTLE, StepKey, Wait};
use plan_language::source::Span;
use plan_language::value::duration;

/// Times its bound, a wait is extended at most while what it waits for advances, and no longer than [`EXTENDED_MAX`].
const EXTENDED: u32 = 5;

/// The longest extension of a wait, besides the time that the agreed rate takes for what is due.
const EXTENDED_MAX: Duration = Duration::from_secs(5 * 60);

/// The moments that matter to a wait.
#[derive(Clone, Copy)]
struct WaitTimes {
    /// When its step began.
    begun: Micros,
    /// Its bound.
    bound: Duration,
    /// The end of its bound, or of its extension.
    deadline: Instant,
    /// The end of all extensions for the case's own feed.
    last: Instant,
    /// The end of all extensions for the feed of other cases.
    last_for_others: Instant,
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
        let closed = self.wait_until(at, &pending, times).await;
        self.append(Fact::Closed {
            step: at.clone(),
            closed,
        });
        self.permit.take().await;
        closed
    }

    /// Waits until what exists at a live participant has become older.
    ///
    /// # Errors
    /// The reason why the run was cut short.
    pub(super) async fn wait_to_age(&self, at: &StepKey, since: Seq) -> Result<(), String> {
        self.wait_out(AUTHORISATION_EXPIRY, at, since).await
    }

    /// Waits until the bank has done what a bank action asked for, if the environment says how long that takes.
    ///
    /// Whatever follows happens after the effect: a window that must stay empty does not end before it.
    ///
    /// # Errors
    /// The reason why the run was cut short.
    pub(super) async fn settle(&self, at: &StepKey) -> Result<(), String> {
        if self.shared.named(SETTLE).is_zero() {
            return Ok(());
        }
        self.wait_out(SETTLE, at, self.journal().last()).await
    }

    /// Waits for the whole of a named wait, whatever happens meanwhile.
    async fn wait_out(&self, name: &str, at: &StepKey, since: Seq) -> Result<(), String> {
        let bound = Wait::Named(name.to_owned(), Span::outside("plan"));
        let pending = PendingWait {
            after: since,
            met: &|_| None,
            bound: &bound,
            pause: None,
            extended: false,
            since,
        };
        match self.wait_for(at, pending).await {
            WaitEnd::Deadline(_) => Ok(()),
            WaitEnd::Met(_) | WaitEnd::Advancing(_) | WaitEnd::Interrupted(_) => {
                Err(self.shared.cut_short())
            }
        }
    }

    /// Records that the wait begins, and returns its moments.
    fn wait_times(&self, at: &StepKey, pending: &PendingWait<'_>) -> WaitTimes {
        let begun = self.journal().event(pending.since);
        let begun = begun.map_or(0, |event| event.at);
        let bound = self.shared.bound(pending.bound);
        self.waiting(at, pending, begun, bound);
        let now = Instant::now();
        let deadline = self.journal().instant(begun) + bound;
        let last_for_others = deadline + EXTENDED_MAX.min(bound * EXTENDED);
        WaitTimes {
            begun,
            bound,
            deadline,
            last: last_for_others + self.shared.feed_time,
            last_for_others,
            earliest: pending.pause.map_or(now, |pause| now + pause.least),
            again: pending.pause.map(|pause| now + pause.most),
        }
    }

    /// Records how long the wait may take, counted from the beginning of its step.
    fn waiting(&self, at: &StepKey, pending: &PendingWait<'_>, begun: Micros, bound: Duration) {
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
    }

    async fn wait_until(
        &self,
        at: &StepKey,
        pending: &PendingWait<'_>,
        mut times: WaitTimes,
    ) -> WaitEnd {
        let (earliest, again) = (times.earliest, times.again);
        let mut changed = self.journal().watch(&self.lane);
        loop {
            changed.borrow_and_update();
            let (events, last) = self.journal().view_now(&self.lane, pending.after);
            let met = (pending.met)(&events).is_some();
            if met && Instant::now() >= earliest {
                return WaitEnd::Met(last);
            }
            if Instant::now() >= times.deadline {
                match self.extension(pending, times) {
                    Extension::None => return WaitEnd::Deadline(last),
                    Extension::Exhausted => return WaitEnd::Advancing(last),
                    Extension::Until(deadline) => {
                        times.deadline = deadline;
                        let begun = self.journal().instant(times.begun);
                        self.waiting(at, pending, times.begun, deadline - begun);
                    }
                }
            }
            let deadline = times.deadline;
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

    /// Decides whether a wait goes on whose time is over.
    fn extension(&self, pending: &PendingWait<'_>, times: WaitTimes) -> Extension {
        if !pending.extended {
            return Extension::None;
        }
        let instant = |event: &Arc<Event>| self.journal().instant(event.at);
        let since = pending.after.min(pending.since);
        let (events, _) = self.journal().view_now(&self.lane, since);
        let own = last_advance(&events).map(|event| instant(event) + times.bound);
        let other = self.feed_elsewhere(since);
        let other = other.map(|event| instant(&event) + times.bound / 2);
        let until = own
            .map(|own| own.min(times.last))
            .max(other.map(|other| other.min(times.last_for_others)));
        let now = Instant::now();
        match until {
            Some(until) if until > now => Extension::Until(until),
            _ if own.max(other).is_some_and(|until| until > now) => Extension::Exhausted,
            _ => Extension::None,
        }
    }
}

impl Live<'_> {
    /// Returns the last message of the feed of other cases that have the same provider: one that works accounts off one
    /// by one comes to this case's later.
    fn feed_elsewhere(&self, since: Seq) -> Option<Arc<Event>> {
        if !self.shared.one_provider {
            return None;
        }
        let requests = self.journal().elsewhere(&self.lane, since, Seq::MAX);
        let events: Vec<_> = requests.into_iter().map(|(_, event)| event).collect();
        last_advance(&events).cloned()
    }
}

/// What happens to a wait whose time is over.
enum Extension {
    /// Nothing advances: it ends.
    None,
    /// It goes on.
    Until(Instant),
    /// It ends, although what it waits for still advances.
    Exhausted,
}

/// Returns the last message of the feed that is neither the repetition of an earlier one nor known to be refused.
fn last_advance(events: &[Arc<Event>]) -> Option<&Arc<Event>> {
    let feed: Vec<_> = events.iter().filter(|event| is_feed(event)).collect();
    let refused = |request: &Event| {
        let Fact::Request { exchange: own, .. } = &request.fact else {
            return false;
        };
        events.iter().any(|event| match &event.fact {
            Fact::Answer {
                exchange, message, ..
            } => exchange == own && message.status.is_none_or(|status| status >= 300),
            _ => false,
        })
    };
    let repeats = |position: usize| {
        let mut earlier = feed[..position].iter();
        earlier.any(|earlier| body(earlier) == body(feed[position]))
    };
    let advances = |position: &usize| !refused(feed[*position]) && !repeats(*position);
    let latest = (0..feed.len()).rev().find(advances);
    latest.map(|position| feed[position])
}

fn body(event: &Event) -> Option<&Body> {
    match &event.fact {
        Fact::Request { message, .. } => Some(&message.body),
        _ => None,
    }
}

/// Tells whether an event is a request with which the provider feeds the service, whatever it contains.
fn is_feed(event: &Event) -> bool {
    match &event.fact {
        Fact::Request {
            step: None,
            to,
            message,
            ..
        } => to.participant == Participant::Service && message.method.as_deref() == Some("POST"),
        _ => false,
    }
}
