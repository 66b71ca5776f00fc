//! Notices when feedproof itself is late on a busy machine: with an answer of its own, or with everything.
//!
//! A connector that gives up on such an answer and sends its message again does nothing wrong. What follows for verdicts
//! is decided by the interpreter. The clock is the system's: what a simulation moves says nothing of the machine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::journal::Journal;

/// From when an answer of feedproof's own is late. Connectors give up after a second at the earliest; some of it passes
/// before the message is read and after the answer is written.
pub(super) const LATE: Duration = Duration::from_millis(750);

/// How often the pulse of the runtime is felt.
pub(super) const BEAT: Duration = Duration::from_millis(250);

/// From when a beat is late. All that waits meanwhile (messages to be read, answers to be written, emulated participants)
/// is as late; participants that give up after a few seconds may have done so, which nothing else shows.
pub(super) const BEAT_LATE: Duration = Duration::from_millis(1500);

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
                "feedproof itself was late: its own answer in exchange {} took {} ms while the case ran, {REMEDY}",
                self.exchange,
                took.as_millis()
            ));
        }
    }
}

/// What lateness means, and what to do.
const REMEDY: &str = "so the connector may have given up and sent its message again; run it on a machine that has less \
                      to do, or with fewer cases at once (`--jobs`)";

/// The pulse of the runtime on which everything runs.
pub(super) struct Pulse {
    pub(super) last: Instant,
}

impl Pulse {
    /// Notes that nothing ran for a while, if this beat is late.
    pub(super) fn beat(&mut self, now: Instant, journal: &Journal) {
        let late = now
            .saturating_duration_since(self.last)
            .saturating_sub(BEAT);
        self.last = now;
        if late >= BEAT_LATE {
            journal.note_late(format!(
                "feedproof itself was late: nothing of it ran for {} ms while the case ran, {REMEDY}",
                late.as_millis()
            ));
        }
    }
}

/// Feels the pulse of the runtime until the end of the run; must be called within a tokio runtime whose clock is the
/// system's.
pub fn watch_pulse(journal: Arc<Journal>, end: CancellationToken) {
    let beats = async move {
        let mut pulse = Pulse {
            last: Instant::now(),
        };
        loop {
            tokio::time::sleep(BEAT).await;
            pulse.beat(Instant::now(), &journal);
        }
    };
    tokio::spawn(async move { end.run_until_cancelled(beats).await });
}
