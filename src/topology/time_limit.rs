//! The time that a run may take: once it is over, the run ends as after an interrupt, with a reason of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::journal::{Fact, Journal};

/// Ends a run once its time is over; dropped when every case has ended.
#[derive(Debug)]
pub struct TimeLimit(JoinHandle<()>);

impl TimeLimit {
    /// Begins to wait until `limit` has passed since the run began; must be called within a tokio runtime.
    ///
    /// The journal then has `why` as the reason of everything that is cut short, `interrupt` is cancelled, and `over` is
    /// called. Nothing of it happens after an interrupt.
    pub(super) fn start(
        journal: Arc<Journal>,
        interrupt: CancellationToken,
        limit: Duration,
        why: String,
        over: impl FnOnce() + Send + 'static,
    ) -> Self {
        let end = journal.instant(0) + limit;
        Self(tokio::spawn(async move {
            tokio::select! {
                biased;
                () = interrupt.cancelled() => {}
                () = tokio::time::sleep_until(end) => {
                    // The reason is known before anything asks for it.
                    journal.append(None, Fact::TimeOver { why });
                    interrupt.cancel();
                    over();
                }
            }
        }))
    }
}

impl Drop for TimeLimit {
    fn drop(&mut self) {
        self.0.abort();
    }
}
