//! What a window of the journal held: the messages that a step means, and why one that was awaited is not among them.
//!
//! The verbs that ask stand in `receive`, `never` and `comparison`.

use std::sync::Arc;

use crate::journal::{Event, Fact, Seq};
use crate::judge::{Finding, Selector, Traffic, explain_missed};
use crate::runner::check::{Drafted, Walk};
use crate::runner::world::World;
use plan_language::participant::{Address, Callback, Participant};

/// A request in a window, with its end as far as it was there.
pub(super) struct Seen {
    /// The request.
    pub request: Arc<Event>,
    /// Its answer, or how it broke.
    pub end: Option<Arc<Event>>,
}

impl Seen {
    /// Says who sent it.
    pub(super) fn from(&self) -> Participant {
        match &self.request.fact {
            Fact::Request { from, .. } => *from,
            _ => Participant::Service,
        }
    }
}

/// Picks the requests that a selector means, each with its end.
pub(super) fn select(events: &[Arc<Event>], selector: &Selector) -> Vec<Seen> {
    let mut seen: Vec<Seen> = Vec::new();
    for event in events {
        match &event.fact {
            Fact::Request { to, message, .. } if selector.selects(*to, message) => {
                seen.push(Seen {
                    request: event.clone(),
                    end: None,
                });
            }
            Fact::Answer { exchange, .. } | Fact::Broken { exchange, .. } => {
                let open = seen.iter_mut().find(|one| {
                    matches!(&one.request.fact, Fact::Request { exchange: own, .. } if own == exchange)
                });
                if let Some(open) = open {
                    open.end = Some(event.clone());
                }
            }
            _ => {}
        }
    }
    seen
}

/// Says who calls an address when nobody has.
pub(super) fn usual_caller(at: Address) -> Participant {
    match (at.participant, at.callback) {
        (Participant::Provider, Some(Callback::Auth | Callback::ReAuth)) => Participant::Browser,
        (Participant::Provider, _) => Participant::Service,
        _ => Participant::Provider,
    }
}

/// Says that a label names no moment.
pub(super) fn no_moment(label: &str) -> String {
    format!("`{label}` has no such moment: its message was not there, or was not answered")
}

impl<W: World> Walk<'_, W> {
    /// Tells the reasons of all misses, now that everything has come that will.
    pub(super) fn explain(&self, checks: &mut [Drafted], ended: Seq) {
        if checks.iter().all(|drafted| drafted.missed.is_none()) {
            return;
        }
        let lane = self.world.seen(0, ended);
        let unattributed = self.world.unattributed(ended);
        for drafted in checks {
            if let Some(mut missed) = drafted.missed.take() {
                missed.window.closed_by(&drafted.check.step, &lane);
                let elsewhere = self.world.elsewhere(missed.window.after, ended);
                let miss = explain_missed(
                    &missed.selector,
                    missed.window,
                    (missed.came, missed.least),
                    Traffic {
                        lane: &lane,
                        unattributed: &unattributed,
                        elsewhere: &elsewhere,
                    },
                );
                drafted
                    .check
                    .messages
                    .extend(miss.nearest.as_ref().map(|one| one.seq));
                drafted.check.finding = Finding::Missed(miss);
            }
        }
    }
}
