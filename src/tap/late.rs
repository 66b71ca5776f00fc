//! Notices when feedproof itself is late on a busy machine: with an answer of its own, or with everything.
//!
//! A connector that gives up on such an answer and sends its message again does nothing wrong. What follows for verdicts
//! is decided by the interpreter. The clock is the system's: what a simulation moves says nothing of the machine.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::journal::Journal;
use crate::tap::Tap;

/// From when an answer of feedproof's own is late. Connectors give up after a second at the earliest; some of it passes
/// before the message is read and after the answer is written.
pub(super) const LATE: Duration = Duration::from_millis(750);

/// How often the pulse of the runtime is felt.
const BEAT: Duration = Duration::from_millis(250);

/// From when a beat is late. All that waits meanwhile is as late: the client of an emulated provider, which gives up after
/// some seconds, may have done so before it saw a response that was there.
pub(super) const BEAT_LATE: Duration = Duration::from_secs(2);

/// An answer that feedproof owes without anything to wait for; dropping it notes whether it was late, also when its
/// caller left before it was there.
pub(super) struct OwedAnswer<'t> {
    journal: &'t Journal,
    exchange: u64,
    begun: Instant,
}

impl<'t> OwedAnswer<'t> {
    /// Begins with a message that was read whole at a moment.
    pub(super) fn since(begun: Instant, journal: &'t Journal, exchange: u64) -> Self {
        Self {
            journal,
            exchange,
            begun,
        }
    }
}

impl Drop for OwedAnswer<'_> {
    fn drop(&mut self) {
        let took = self.begun.elapsed();
        if took >= LATE {
            self.journal.note_late(format!(
                "feedproof itself was late: its own answer in exchange {} took {} ms while the case ran, so the \
                 connector may have given up and sent its message again; {REMEDY}",
                self.exchange,
                took.as_millis()
            ));
        }
    }
}

/// What to do about it.
const REMEDY: &str =
    "run it on a machine that has less to do, or with fewer cases at once (`--jobs`)";

/// The pulse of the runtime on which everything runs, from its first beat.
#[derive(Debug, Default)]
pub(super) struct Pulse(Mutex<Option<Instant>>);

impl Pulse {
    /// Notes that the runtime did not run for a while, if it is long since the last beat.
    pub(super) fn beat(&self, now: Instant, journal: &Journal) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last.replace(now).unwrap_or(now);
        let since = now.saturating_duration_since(before);
        if since >= BEAT_LATE {
            journal.note_late(format!(
                "feedproof itself was late: it hardly ran for {} ms while the case ran, so the client of the emulated \
                 provider may have given up and sent its message again; {REMEDY}",
                since.as_millis()
            ));
        }
    }

    /// Beats, unless nobody watches the pulse.
    fn feel(&self, journal: &Journal) {
        let is_watched = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some();
        if is_watched {
            self.beat(Instant::now(), journal);
        }
    }
}

impl Tap {
    /// Watches the pulse of the runtime until the end of the run, on a runtime whose clock is the system's, where the
    /// provider is emulated on it.
    ///
    /// Of a live provider nothing but feedproof's own answers tells whether it was kept waiting; a response of its own
    /// that is wrong stays wrong.
    pub async fn watch_pulse(&self, end: CancellationToken) {
        let beats = async {
            loop {
                self.pulse.beat(Instant::now(), &self.journal);
                tokio::time::sleep(BEAT).await;
            }
        };
        end.run_until_cancelled(beats).await;
    }

    /// Feels the pulse that is watched: a case that is about to end may run again before the next beat is noted.
    pub fn feel_pulse(&self) {
        self.pulse.feel(&self.journal);
    }
}
