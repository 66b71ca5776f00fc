//! What a case stands on: addresses, values, credentials, bank_actions. Modes open stages.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::journal::NotOpened;
use plan_language::participant::{Callback, Participant};
use plan_language::plan::{Case, Credentials};
use plan_language::value::{Template, Value};

/// A future that owns what it needs for as long as `'a`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The stage of one case.
pub struct Stage {
    /// The names that the case owns from the start, masked.
    pub values: serde_json::Map<String, Value>,
    /// Base URL of the Consumer API.
    pub consumer: String,
    /// Base URL of the service, above the Provider API.
    pub service: String,
    /// Base URL of the identity provider.
    pub sageid: String,
    /// The provider's callbacks, at the sink.
    pub callbacks: BTreeMap<Callback, String>,
    /// The runner's own address to which browsers come back.
    pub returns: String,
    /// The product's id.
    pub application: String,
    /// The handle of the product's signing key.
    pub application_key: String,
    /// Name and handle of the header on notifications.
    pub notification_header: (String, String),
    /// What stands behind the stage.
    pub parts: Arc<dyn Parts>,
}

/// What stands behind a stage.
pub trait Parts: Send + Sync {
    /// Makes a bearer for a notification; none where the identity provider is live.
    fn mint(&self, bearer: Credentials) -> Option<String>;

    /// Makes what exists at a participant older.
    ///
    /// # Errors
    /// Why it cannot be done.
    fn age(&self, who: Participant, by: Duration) -> Result<(), String>;

    /// Says how a bank action is pulled.
    ///
    /// # Errors
    /// Why it cannot be pulled.
    fn bank_action(&self, name: &str) -> Result<BankAction, String>;

    /// Ends the stage: background work is cancelled and joined, what was leased is given back.
    fn close(&self) -> Pending<'_, ()>;
}

/// How a bank action is pulled; its templates know what the step gives.
#[derive(Clone, Debug)]
pub enum BankAction {
    /// A JSON body is sent.
    Http {
        /// Method, upper case.
        method: String,
        /// Absolute URL.
        url: String,
        /// Headers beside `content-type`, masked.
        headers: Vec<(String, String)>,
        /// Fields of the body; unset for what the step gives, as it gives it.
        body: Option<Vec<(String, Template)>>,
    },
    /// A program is run.
    Command {
        /// The program and its arguments; never empty.
        words: Vec<Template>,
        /// The folder in which it runs.
        folder: PathBuf,
    },
    /// Somebody is asked to do it.
    Person(Template),
}

/// Opens stages.
pub trait Stages: Send + Sync {
    /// Tells whether cases share one stage.
    fn shared(&self) -> bool;

    /// Opens the stage of a case; waits until a customer that it needs is free.
    fn open<'a>(&'a self, case: &'a Arc<Case>) -> Pending<'a, Result<Stage, NotOpen>>;
}

/// Why a stage was not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotOpen {
    /// Whether the case does not apply, or cannot be judged.
    pub standing: NotOpened,
    /// Why, in one sentence.
    pub why: String,
}
