//! The small interface through which the interpreter reaches the world.
//!
//! Every answer of the world is a fact of the journal, keyed by the step that asked. There are two
//! worlds: `Live` acts and writes the facts, `Replay` finds them again. `None` always means that the
//! journal does not tell: the step was never observed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::browser::Choice;
use crate::journal::{Closed, Event, Fact, Lane, Message, Seq, Visited};
use crate::judge::Selector;
use crate::tap::Reaction;
use plan_language::participant::{Address, Participant};
use plan_language::plan::{Age, Credentials, Generator, StepKey, Wait};
use plan_language::value::Value;

/// A message to be sent, as masked text.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Who sends it.
    pub by: Participant,
    /// To whom.
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
    /// Those in the headers are all.
    Headers,
    /// A product's signature with this masked key; none for the application's own.
    Signature(Option<String>),
    /// The bearer and the header of a notification.
    Notification {
        /// The bearer.
        bearer: Credentials,
        /// The header.
        key: Credentials,
    },
    /// The bearer in the headers, with its signature spoilt.
    Spoilt,
}

/// An exchange that the runner had.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The event of the request.
    pub request: Arc<Event>,
    /// The event of the answer or of the breakdown.
    pub end: Arc<Event>,
}

impl Exchange {
    /// Returns the answer, or why there is none.
    pub fn answer(&self) -> Result<&Message, &str> {
        match &self.end.fact {
            Fact::Answer { message, .. } => Ok(message),
            Fact::Broken { why, .. } => Err(why),
            _ => Err("the exchange has no end"),
        }
    }
}

/// What a wait is for.
pub struct Pending<'a> {
    /// The events after this one count.
    pub after: Seq,
    /// Looks at the events and returns the last one that counted, once it is enough.
    pub met: &'a (dyn Fn(&[Arc<Event>]) -> Option<Seq> + Sync),
    /// How long, counted from where the step began.
    pub bound: &'a Wait,
    /// The pause of a step that tries again; the wait then ends as met.
    pub pause: Option<Pause>,
    /// The step whose beginning counts.
    pub since: Seq,
}

/// The pause before another attempt: it ends early when something has happened.
#[derive(Clone, Copy, Debug)]
pub struct Pause {
    /// Not before this time, whatever has happened.
    pub least: Duration,
    /// At this time, also when nothing has happened.
    pub most: Duration,
}

impl Pause {
    /// The least pause after the first attempt.
    const FIRST: Duration = Duration::from_millis(1);

    /// Returns the pause after so many attempts, 1 or more.
    ///
    /// What happened may be what the attempt itself has caused: then nothing but the least pause keeps one attempt
    /// from following on another without end. So it doubles, from a millisecond up to the most.
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
pub struct Journey {
    /// Where it begins: an absolute URL, or a callback of the provider.
    pub start: Result<String, Address>,
    /// Query pairs.
    pub query: Vec<(String, String)>,
    /// Who logs in.
    pub login: Option<Value>,
    /// What the customer decides.
    pub decision: String,
    /// Which account the customer chooses.
    pub choose: Option<Choice>,
}

/// The world of one case.
pub trait World: Sync {
    /// Returns the values that the case owns, and the position of the event that says so.
    fn opened(&self) -> Option<(Seq, Value)>;

    /// Begins a step.
    fn begin(&self, at: &StepKey) -> Option<Seq>;

    /// Makes a value.
    fn generate(&self, at: &StepKey, kind: Generator) -> Option<Value>;

    /// Sends a message and takes in its answer.
    fn send(&self, at: &StepKey, draft: Draft) -> impl Future<Output = Option<Exchange>> + Send;

    /// Waits.
    fn wait(
        &self,
        at: &StepKey,
        pending: Pending<'_>,
    ) -> impl Future<Output = Option<Closed>> + Send;

    /// Sends the browser on a visit; returns its end and its position.
    fn browse(
        &self,
        at: &StepKey,
        journey: Journey,
    ) -> impl Future<Output = Option<(Seq, Visited)>> + Send;

    /// Arms replies.
    fn stub(&self, at: &StepKey, selector: Selector, replies: Vec<Reaction>) -> Option<Seq>;

    /// Pulls a bank action; `Err` says why it could not be done.
    fn pull(
        &self,
        at: &StepKey,
        bank_action: &str,
        with: Value,
    ) -> impl Future<Output = Option<Result<(), String>>> + Send;

    /// Makes what exists older; `Err` says why it could not be done.
    fn age(&self, at: &StepKey, age: &Age) -> Option<Result<(), String>>;

    /// Sends a probe through the tap before an address; `false` when it was not seen there.
    fn probe(&self, at: &StepKey, address: Address) -> impl Future<Output = Option<bool>> + Send;

    /// Returns the case's events after `after` and up to `upto`.
    fn seen(&self, after: Seq, upto: Seq) -> Vec<Arc<Event>>;

    /// Returns the requests that belonged to no case at `upto`.
    fn unattributed(&self, upto: Seq) -> Vec<Arc<Event>>;

    /// Returns the requests after `after` that belonged to other cases at `upto`, each with its case.
    fn elsewhere(&self, after: Seq, upto: Seq) -> Vec<(Lane, Arc<Event>)>;

    /// Ends the case and returns the event that says so.
    fn end(&self) -> Option<Arc<Event>>;

    /// Returns the event at a position.
    fn event(&self, seq: Seq) -> Option<Arc<Event>>;
}
