//! The small interface through which the interpreter reaches the world.
//!
//! Every answer of the world is a fact of the journal, keyed by the step that asked. There are two worlds: `Live`
//! acts and records the facts, `Replay` reads them. `None` always means that the journal contains no such fact: the
//! step was never observed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::browser::Choice;
use crate::journal::{Event, Fact, INTERRUPTED, Journal, Lane, Message, Seq, Visited, WaitEnd};
use crate::matching::Selector;
use crate::tap::Reaction;
use plan_language::participant::{Address, Participant};
use plan_language::plan::{Age, Credentials, Generator, StepKey, Wait};
use plan_language::value::Value;

/// The reason of everything that the journal does not contain.
pub const NOT_OBSERVED: &str = "not observed";

/// Returns the reason of everything that is cut short in a run: that its time was over, or an interrupt.
pub(super) fn cut_short(journal: &Journal) -> String {
    let cut_short = journal.cut_short();
    cut_short.unwrap_or_else(|| INTERRUPTED.to_owned())
}

/// A message to be sent, as masked text.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Who sends it.
    pub by: Participant,
    /// Who receives it.
    pub to: Address,
    /// Method, upper case.
    pub method: String,
    /// Path below the target's base, or an absolute URL; percent-encoded.
    pub path: String,
    /// Query pairs.
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: DraftBody,
    /// What the world adds while sending.
    pub auth: DraftAuth,
}

/// The body of a message to be sent.
#[derive(Clone, Debug)]
pub enum DraftBody {
    /// None.
    Empty,
    /// A JSON document.
    Json(Value),
    /// A form.
    Form(Vec<(String, String)>),
}

/// The credentials that the world adds while sending.
#[derive(Clone, Debug)]
pub enum DraftAuth {
    /// None beyond those in the headers.
    Headers,
    /// A product's signature with this masked key; `None` for the key of the application.
    Signature(Option<String>),
    /// The bearer and the header of a notification.
    Notification {
        /// The bearer.
        bearer: Credentials,
        /// The header.
        key: Credentials,
    },
    /// The bearer in the headers, with a wrong signature.
    BadSignature,
}

/// An exchange that the runner had.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The event of the request.
    pub request: Arc<Event>,
    /// The event of the response, or of how the exchange broke.
    pub end: Arc<Event>,
}

impl Exchange {
    /// Returns the response, or why there is none.
    pub fn answer(&self) -> Result<&Message, &str> {
        match &self.end.fact {
            Fact::Answer { message, .. } => Ok(message),
            Fact::Broken { why, .. } => Err(why),
            _ => Err("the exchange has no response yet"),
        }
    }
}

/// A wait, and what ends it.
pub struct PendingWait<'a> {
    /// The events after this one count.
    pub after: Seq,
    /// Returns the position of the event that completes what is awaited; `None` while something is missing.
    pub met: &'a (dyn Fn(&[Arc<Event>]) -> Option<Seq> + Sync),
    /// The longest time, counted from the beginning of the step.
    pub bound: &'a Wait,
    /// The pause before another attempt; the wait then ends as met.
    pub pause: Option<Pause>,
    /// Whether the wait goes on while the provider posts more to the service; a wait for absence never does.
    pub extended: bool,
    /// The position of the beginning of the step.
    pub since: Seq,
}

/// The pause before another attempt; an event in the case ends it early.
#[derive(Clone, Copy, Debug)]
pub struct Pause {
    /// The shortest pause, whatever has happened.
    pub least: Duration,
    /// The longest pause, when nothing has happened.
    pub most: Duration,
}

impl Pause {
    /// The least pause after the first attempt.
    const FIRST: Duration = Duration::from_millis(1);

    /// Returns the pause after a number of attempts, at least 1.
    ///
    /// An attempt may itself cause the event that ends the pause; then only the least pause keeps attempts apart. So it
    /// doubles with each attempt, from a millisecond up to `most`.
    pub fn after(attempts: u32, most: Duration) -> Self {
        let doublings = attempts.saturating_sub(1);
        let least = Self::FIRST.saturating_mul(2_u32.saturating_pow(doublings));
        Self {
            least: least.min(most),
            most,
        }
    }
}

/// A visit of the browser, as masked text.
#[derive(Clone, Debug)]
pub struct VisitRequest {
    /// Where it begins: an absolute URL (`Ok`), or a callback of the provider (`Err`).
    pub start: Result<String, Address>,
    /// Query pairs.
    pub query: Vec<(String, String)>,
    /// The customer who logs in: an object with `username`, `password` and `fields`.
    pub login: Option<Value>,
    /// What the customer decides: `allow`, `cancel` or `cancel-after-login`.
    pub decision: String,
    /// Which account the customer chooses.
    pub choose: Option<Choice>,
    /// Whether the browser is that of the case's previous visit.
    pub same_browser: bool,
}

/// The world of one case.
pub trait World: Sync {
    /// Returns the position at which the case opened, and the values that the stage gives it.
    fn opened(&self) -> Option<(Seq, Value)>;

    /// Begins a step and returns the position of its beginning.
    fn begin(&self, at: &StepKey) -> Option<Seq>;

    /// Generates a value.
    fn generate(&self, at: &StepKey, kind: Generator) -> Option<Value>;

    /// Sends a message and awaits its response.
    fn send(&self, at: &StepKey, draft: Draft) -> impl Future<Output = Option<Exchange>> + Send;

    /// Waits, and returns how the wait ended.
    fn wait(
        &self,
        at: &StepKey,
        pending: PendingWait<'_>,
    ) -> impl Future<Output = Option<WaitEnd>> + Send;

    /// Makes a visit with the browser; returns the position of its end, and how it ended.
    fn browse(
        &self,
        at: &StepKey,
        request: VisitRequest,
    ) -> impl Future<Output = Option<(Seq, Visited)>> + Send;

    /// Registers canned replies; with `repeat` they begin again after the last one.
    fn stub(
        &self,
        at: &StepKey,
        selector: Selector,
        replies: Vec<Reaction>,
        repeat: bool,
    ) -> Option<Seq>;

    /// Triggers a bank action; `Err` says why it could not be done.
    fn trigger(
        &self,
        at: &StepKey,
        bank_action: &str,
        with: Value,
    ) -> impl Future<Output = Option<Result<(), String>>> + Send;

    /// Makes what exists at a participant older, by its clock or by waiting; `Err` says why it could not be done.
    ///
    /// `since` is the position of the beginning of the step.
    fn age(
        &self,
        at: &StepKey,
        since: Seq,
        age: &Age,
    ) -> impl Future<Output = Option<Result<(), String>>> + Send;

    /// Sends a probe through the tap before an address; returns whether the tap received it.
    fn probe(&self, at: &StepKey, address: Address) -> impl Future<Output = Option<bool>> + Send;

    /// Returns the case's events after `after` and up to `upto`.
    fn seen(&self, after: Seq, upto: Seq) -> Vec<Arc<Event>>;

    /// Returns the requests that belonged to no case at `upto`.
    fn unattributed(&self, upto: Seq) -> Vec<Arc<Event>>;

    /// Returns the requests after `after` that belonged to other cases at `upto`, each with its case.
    fn elsewhere(&self, after: Seq, upto: Seq) -> Vec<(Lane, Arc<Event>)>;

    /// Ends the case and returns the event of its end.
    fn end(&self) -> Option<Arc<Event>>;

    /// Returns the event at a position.
    fn event(&self, seq: Seq) -> Option<Arc<Event>>;

    /// Returns the reason of everything that is cut short: that the time of the run was over, or an interrupt.
    fn cut_short(&self) -> String;

    /// Returns what the process lacked after `after` and up to `upto`, if it lacked anything.
    fn shortage(&self, after: Seq, upto: Seq) -> Option<String>;

    /// Returns with what feedproof itself was late after `after` and up to `upto`, if it was.
    fn late(&self, after: Seq, upto: Seq) -> Option<String>;

    /// Tells whether the provider itself had sent a request to the service or to Sage ID up to `upto`, in any case.
    fn provider_called(&self, who: Participant, upto: Seq) -> bool;
}
