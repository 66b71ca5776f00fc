//! The inside of a Service, on which every handler works: settings, the state behind its one lock, background tasks.
//!
//! The meaning of requests is left to the handlers, the library's interface to `service`.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::received::ReceivedRequests;
use super::state::State;
use super::{Fault, Settings};

/// The inside of one Service; clones share it.
#[derive(Clone)]
pub(super) struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    base_url: String,
    state: Mutex<State>,
    received: Mutex<ReceivedRequests>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl fmt::Debug for Context {
    /// Shows the settings alone: the state holds tokens and signing keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// Makes the context of a new Service.
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            inner: Arc::new(Inner {
                base_url: settings.base_url.trim_end_matches('/').to_owned(),
                state: Mutex::new(State::new(&settings)),
                received: Mutex::default(),
                settings,
                tasks: TaskTracker::new(),
                closing: CancellationToken::new(),
            }),
        }
    }

    /// Returns the settings.
    pub(super) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Returns the base URL without a trailing slash.
    pub(super) fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    /// Says whether the Service has this fault.
    pub(super) fn shows(&self, fault: Fault) -> bool {
        self.inner.settings.faults.contains(&fault)
    }

    /// Locks the state. The guard must not live across an await; a panic elsewhere does not lock it out.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the list of received requests.
    pub(super) fn received(&self) -> MutexGuard<'_, ReceivedRequests> {
        self.inner
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in the background.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.inner.tasks.spawn(work);
    }

    /// Waits until the Service closes.
    pub(super) async fn closing(&self) {
        self.inner.closing.cancelled().await;
    }

    /// Says whether the Service closes or is closed.
    pub(super) fn is_closing(&self) -> bool {
        self.inner.closing.is_cancelled()
    }

    /// Cancels the work in the background and waits for its end.
    pub(super) async fn close(&self) {
        self.inner.closing.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    #[cfg(test)]
    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.inner.tasks
    }
}
