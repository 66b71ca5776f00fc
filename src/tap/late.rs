//! Notices when feedproof itself is late: with an answer of its own, or with everything, on a busy machine.
//!
//! A connector that gives up on such an answer and sends its message again does nothing wrong. What follows for verdicts
//! is decided by the interpreter.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{self, Instant};
use crate::journal::Journal;

/// From when an answer of feedproof's own is late. Connectors give up after a second at the earliest; some of it passes
/// before the message is read and after the answer is written.
pub(super) const LATE: Duration = Duration::from_millis(750);

/// How often the process looks whether it still gets its turn.
const BEAT: Duration = Duration::from_millis(100);

/// An answer that feedproof owes without anything to wait for; dropping it notes whether it was late, also when its
/// caller left before it was there.
pub(super) struct OwedAnswer<'t> {
    journal: &'t Journal,
    exchange: u64,
    begun: Instant,
}

impl<'t> OwedAnswer<'t> {
    /// Begins with a message that was read whole.
    pub(super) fn new(journal: &'t Journal, exchange: u64) -> Self {
        Self {
            journal,
            exchange,
            begun: clock::now(),
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

/// Notes in the journal whenever the process did not get its turn for [`LATE`], until the shutdown.
pub async fn note_stalls(journal: Arc<Journal>, shutdown: CancellationToken) {
    let beat = async || {
        let begun = clock::now();
        tokio::time::sleep(BEAT).await;
        begun.elapsed().saturating_sub(BEAT)
    };
    while let Some(stalled) = shutdown.run_until_cancelled(beat()).await {
        if stalled >= LATE {
            journal.note_late(format!(
                "feedproof itself was late: it did not get its turn for {} ms while the case ran, so the connector may \
                 have given up and sent a message again; run it on a machine that has less to do, or with fewer cases \
                 at once (`--jobs`)",
                stalled.as_millis()
            ));
        }
    }
}
