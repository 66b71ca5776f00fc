//! Explains the messages that were awaited in vain, once the case has ended, and holds none against a provider to which the
//! connection broke before, or that a person said to have refused a visit.

use std::sync::PoisonError;

use crate::journal::Seq;
use crate::judge::{Finding, MissKind, Traffic, explain_missed};
use crate::runner::step::{DraftCheck, Interpreter};
use crate::runner::verb::said_end;
use crate::runner::world::World;

impl<W: World> Interpreter<'_, W> {
    /// Completes every miss with its reason; `ended` is the position of the end of the case.
    pub(super) fn explain(&self, checks: &mut [DraftCheck], ended: Seq) {
        if checks.iter().all(|draft| draft.missed.is_none()) {
            return;
        }
        let lane = self.world.seen(0, ended);
        let unattributed = self.world.unattributed(ended);
        let severed = self.severed.lock().unwrap_or_else(PoisonError::into_inner);
        let said = said_end(&lane);
        for DraftCheck { check, missed } in checks {
            let Some(mut missed) = missed.take() else {
                continue;
            };
            missed.window.closed_by(&check.step, &lane);
            let elsewhere = self.world.elsewhere(missed.window.after, ended);
            let traffic = Traffic {
                lane: &lane,
                unattributed: &unattributed,
                elsewhere: &elsewhere,
            };
            if let Some((end, why)) = &*severed
                && missed.window.upto > *end
            {
                // Web servers drop what they do for a client that has gone.
                check.excuse(&format!(
                    "in a visit before, the connection to the provider broke, and it may have dropped what it did then: {why}"
                ));
            }
            if let Some((end, why)) = said
                && missed.window.upto > end
            {
                check.excuse(&format!(
                    "a visit before ended because of what a person said, so that it may have led to nothing: {why}"
                ));
            }
            let counts = (missed.came, missed.least);
            let miss = explain_missed(&missed.selector, missed.window, counts, traffic);
            if miss.kind == MissKind::JoinedLate {
                check.excuse(&miss.why);
            }
            let nearest = miss.nearest.as_ref().map(|nearest| nearest.seq);
            check.messages.extend(nearest);
            check.finding = Finding::Missed(miss);
        }
    }
}
