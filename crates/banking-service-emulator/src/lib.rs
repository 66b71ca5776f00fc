//! The emulated Banking Service with its Sage ID: the counterpart a provider is proved against.
//!
//! It is a plain HTTP program. It knows the provider only through the callback URLs of the bank's
//! record and imports nothing else of this crate; recording, scripting and judging are left to
//! whoever stands in front of it. In: [`Settings`] and requests to [`Service::router`]. Out:
//! answers, and notifications to the provider.
//!
//! | below the base URL | what | where |
//! |---|---|---|
//! | `/sageid` | tokens, discovery document, key set | `sage_id`, `token` |
//! | `/v1` | Provider API | `provider_gate`, `authorisation`, `statement`, `posted`, `account_query`, `bank`, `sync` |
//! | `/api/v1` | Consumer API | `consumer_gate`, `tenant`, `bank`, `linking`, `candidate`, `reauthorisation`, `account`, `transaction` |
//! | `/ui` | the Service's own screens | `screen` |
//!
//! `state` is what it remembers, `notification` what it tells the provider by way of `outbound`, `settings` what was
//! ruled where the sources are silent, `fault` how it can be made to err.
//!
//! Every answer to a mistake is JSON of `code` and `message`, on the screens a page. A change is
//! made whole under one lock after everything was checked, or not at all.

mod account;
mod account_query;
mod authorisation;
mod bank;
mod call;
mod candidate;
mod consumer_gate;
mod dispatch;
mod fault;
mod fields;
mod linking;
mod moment;
mod notification;
mod outbound;
mod posted;
mod provider_gate;
mod reauthorisation;
mod refusal;
mod reply;
mod route;
mod sage_id;
mod screen;
mod settings;
mod shelf;
mod signature;
mod state;
mod statement;
mod sync;
mod tenant;
mod throttle;
mod token;
mod totals;
mod transaction;

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use fault::Fault;
pub use settings::{
    Bank, Callbacks, CancelledTransactions, DiscouragedData, DuplicateTransactions,
    LinkedNotification, ListShape, Outbound, PendingCandidates, Relinking, RenewalWithAccounts,
    RenewedUnfed, Rulings, Setting, SettingError, SettingType, SettingValue, Settings,
    StatementWords, UniqueIds,
};

use state::State;

/// One Banking Service; clones are the same Service, two made apart share nothing.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

impl fmt::Debug for Service {
    /// Shows the settings alone: what is remembered holds tokens and signing keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}

struct Inner {
    settings: Settings,
    base_url: String,
    state: Mutex<State>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

/// A bearer on notifications, right or wrong in exactly one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// Valid.
    Good,
    /// Ran out an hour ago.
    Expired,
    /// Made for another audience.
    WrongAudience,
    /// Signed with a key that is not published, under the published key's id.
    BadSignature,
}

impl Service {
    /// Makes a Service; costs microseconds and starts nothing.
    pub fn new(settings: Settings) -> Self {
        Self {
            inner: Arc::new(Inner {
                base_url: settings.base_url.trim_end_matches('/').to_owned(),
                state: Mutex::new(State::new(&settings)),
                settings,
                tasks: TaskTracker::new(),
                closing: CancellationToken::new(),
            }),
        }
    }

    /// The routes, relative to the base URL; may be nested below any prefix that is stripped.
    pub fn router(&self) -> Router {
        let service = self.clone();
        Router::new().fallback(move |request: Request| {
            let service = service.clone();
            async move { dispatch::answer(&service, request).await }
        })
    }

    /// Ages what exists (authorisations and tokens) by moving it into the past.
    ///
    /// What is made afterwards is not affected, and nothing is ever future-dated.
    pub fn age(&self, by: Duration) {
        self.state().age(by);
    }

    /// Makes a bearer as notifications carry it, signed by this Service's Sage ID.
    pub fn mint(&self, bearer: Bearer) -> String {
        match bearer {
            Bearer::Good => notification::bearer(self),
            other => notification::mint(self, other),
        }
    }

    /// Cancels notifications and other work in the background and waits for its end.
    ///
    /// The router keeps answering; the provider is not called any more, and a statement that is
    /// being processed takes effect at once.
    pub async fn close(&self) {
        self.inner.closing.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The base URL without a trailing slash.
    fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    fn shows(&self, fault: Fault) -> bool {
        self.inner.settings.faults.contains(&fault)
    }

    /// Locks the state. The guard must not live across an await; a panic elsewhere does not lock it out.
    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.inner.tasks.spawn(work);
    }

    async fn closing(&self) {
        self.inner.closing.cancelled().await;
    }
}

/// Compares two secrets in a time that depends on their lengths alone.
fn same(left: &str, right: &str) -> bool {
    left.len() == right.len()
        && left
            .bytes()
            .zip(right.bytes())
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}
