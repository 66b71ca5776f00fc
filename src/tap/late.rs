//! Notices when feedproof itself is late with an answer of its own, on a busy machine.
//!
//! A connector that gives up on such an answer and sends its message again does nothing wrong. What follows for verdicts
//! is decided by the interpreter. The clock is the system's: what a simulation moves says nothing of the machine.

use std::time::{Duration, Instant};

use crate::journal::Journal;

/// From when an answer of feedproof's own is late. Connectors give up after a second at the earliest; some of it passes
/// before the message is read and after the answer is written.
pub(super) const LATE: Duration = Duration::from_millis(750);

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
                 connector may have given up and sent its message again; run it on a machine that has less to do, or \
                 with fewer cases at once (`--jobs`)",
                self.exchange,
                took.as_millis()
            ));
        }
    }
}
