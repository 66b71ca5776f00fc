//! What ends a run before its cases have: its time is over, too many cases have failed, or the provider that feedproof started has
//! ended. The run then
//! ends as after an interrupt, with a reason of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::journal::{Fact, Journal};

/// Why a run is cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EarlyEndCause {
    /// The reason of everything that is cut short, as a sentence without the final full stop.
    pub why: String,
    /// What can be done about it, with what is known of the cause.
    pub remedy: String,
}

/// How long a cause that may have come with the end of the last case is waited for.
const SETTLING: Duration = Duration::from_millis(300);

/// Waits for what ends a run early; dropped when every case has ended.
#[derive(Debug)]
pub struct EarlyEnd(JoinHandle<()>);

impl EarlyEnd {
    /// Begins to wait for a cause; must be called within a tokio runtime.
    ///
    /// The journal then has the cause, `interrupt` is cancelled, and `said` gets the reason. Nothing of it happens after an
    /// interrupt.
    pub(super) fn by(
        journal: Arc<Journal>,
        interrupt: CancellationToken,
        cause: impl Future<Output = EarlyEndCause> + Send + 'static,
        said: impl FnOnce(&str) + Send + 'static,
    ) -> Self {
        Self(tokio::spawn(async move {
            tokio::select! {
                biased;
                () = interrupt.cancelled() => {}
                EarlyEndCause { why, remedy } = cause => {
                    let reason = why.clone();
                    // The reason is known before anything asks for it.
                    journal.append(None, Fact::CutShort { why, remedy });
                    interrupt.cancel();
                    said(&reason);
                }
            }
        }))
    }

    /// Waits for the cause for a moment, for an end that came together with that of the last case.
    pub async fn settle(&mut self) {
        // An error means that there is none.
        let _ = tokio::time::timeout(SETTLING, &mut self.0).await;
    }
}

impl Drop for EarlyEnd {
    fn drop(&mut self) {
        self.0.abort();
    }
}
