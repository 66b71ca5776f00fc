//! Stages: addresses, values, credentials and bank actions of a case. Modes of a run open them.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::journal::NotOpened;
use plan_language::participant::{Callback, Mode, Participant};
use plan_language::plan::{Case, Credentials};
use plan_language::value::{Template, Value};

/// A boxed future, for traits that are used as objects.
pub type PendingFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

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
    /// The runner's own return address for browsers.
    pub returns: String,
    /// The product's id.
    pub application: String,
    /// The handle of the product's signing key.
    pub application_key: String,
    /// Name and handle of the header on notifications.
    pub notification_header: (String, String),
    /// The names that the environment gives the case's customers: its own one, then the other one if it needs one.
    pub customers: Vec<String>,
    /// The parts behind the stage.
    pub parts: Arc<dyn Parts>,
}

/// The parts behind a stage, as far as the runner acts on them.
pub trait Parts: Send + Sync {
    /// Returns a bearer token for a notification; none where the identity provider is live.
    fn mint(&self, bearer: Credentials) -> Option<String>;

    /// Makes what exists at a participant older, if its clock can be moved.
    fn age(&self, who: Participant, by: Duration) -> Ageing;

    /// Returns how a bank action is performed.
    ///
    /// # Errors
    /// The reason why it cannot be performed.
    fn bank_action(&self, name: &str) -> Result<BankAction, String>;

    /// Ends the stage: cancels and joins background work, and returns the customers that the case leased.
    fn close(&self) -> PendingFuture<'_, ()>;
}

/// How a bank action is performed; its templates refer to what the step gives.
#[derive(Clone, Debug)]
pub enum BankAction {
    /// feedproof sends a request with a JSON body.
    Http {
        /// Method, upper case.
        method: String,
        /// Absolute URL.
        url: String,
        /// Headers beside `content-type`, masked.
        headers: Vec<(String, String)>,
        /// Fields of the body; `None` for an object of what the step gives.
        body: Option<Vec<(String, Template)>>,
    },
    /// feedproof runs a program.
    Command {
        /// The program and its arguments; never empty.
        words: Vec<Template>,
        /// The folder in which it runs.
        folder: PathBuf,
    },
    /// feedproof asks a person to do this.
    Person(Template),
}

/// How what exists at a participant becomes older.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ageing {
    /// Its clock was moved.
    Done,
    /// Nobody can move its clock, and the environment says how long to wait instead.
    TakesTime,
    /// It cannot be done, for this reason.
    Impossible(String),
}

/// Opens stages.
pub trait Stages: Send + Sync {
    /// Returns whether all cases share one stage.
    fn shared(&self) -> bool;

    /// Returns which participants are live.
    fn mode(&self) -> Mode {
        Mode::Rehearsal
    }

    /// Returns the place of a case in the order in which cases begin: lower ones before higher ones, equal ones in the
    /// order of their plans.
    fn place(&self, _: &Case) -> usize {
        0
    }

    /// Opens the stage of a case; waits until a customer that it needs is free.
    fn open<'a>(&'a self, case: &'a Arc<Case>) -> PendingFuture<'a, Result<Stage, NotOpen>>;
}

/// Why a stage was not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotOpen {
    /// Whether the case is skipped or inconclusive.
    pub standing: NotOpened,
    /// Why, in one sentence.
    pub why: String,
}
