//! The typed model of plans, cases, flows and steps. Every part remembers where it stands.
//!
//! The model says what an author wrote, nothing about how it is done: the runner interprets it, the
//! judge weighs what comes of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::plan::Place;
use crate::plan::participant::{Address, Participant};
use crate::source::Span;
use crate::value::{JsonPath, Matcher, PathTemplate, StatusMatcher, Template, Value};

/// A document of cases.
#[derive(Debug)]
pub struct Plan {
    /// Short name; the first part of its cases' ids by custom.
    pub name: Arc<str>,
    /// Title for readers.
    pub title: String,
    /// Name of the file.
    pub file: Arc<str>,
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// Its cases, in order; a case with examples stands here once a row.
    pub cases: Vec<Arc<Case>>,
}

/// One verdict.
#[derive(Clone, Debug)]
pub struct Case {
    /// Stable id; the name of the libtest-mimic trial and of the JUnit case.
    pub id: Arc<str>,
    /// Where the id, or that of its row, stands.
    pub id_span: Span,
    /// Name of the plan.
    pub plan: Arc<str>,
    /// Where it stands.
    pub place: Place,
    /// What is tested, in one line.
    pub title: String,
    /// What is expected, in one line.
    pub expected: String,
    /// Requirements that it cites.
    pub requirement: Vec<Arc<str>>,
    /// What the environment must declare.
    pub features: BTreeMap<String, Declared>,
    /// What the customer must be like.
    pub customer: Option<Matcher>,
    /// Whether the author wants it to run alone.
    pub alone: bool,
    /// How the embedded service is set for it.
    pub service: ServiceSetting,
    /// Values of its row of examples.
    pub row: Vec<(String, Value, Span)>,
    /// What it needs, derived from its steps.
    pub needs: Needs,
    /// Steps that set the scene.
    pub given: Arc<[Step]>,
    /// Steps that are judged.
    pub steps: Arc<[Step]>,
    /// Steps that clear up.
    pub teardown: Arc<[Step]>,
}

/// How the embedded service is set for one case; unset is as its rulings say.
///
/// Batch limit and rate are agreed on with a provider. One that is live has agreed on numbers of its own, which
/// its environment names, and these stand in the place of what the case says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceSetting {
    /// The most transactions of a statement.
    pub batch_limit: Option<u32>,
    /// Calls of the Provider API in a second; more are answered 429.
    pub requests_per_second: Option<u32>,
    /// Whether a 429 says when to come back.
    pub retry_after: Option<bool>,
    /// How long a statement is processed.
    pub processing: Option<Duration>,
}

/// What a case needs of its stage; derived, never written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Levers that it pulls.
    pub levers: Vec<String>,
    /// Participants whose time it moves.
    pub advances: Vec<Participant>,
    /// Participants at which it arms replies.
    pub arms: Vec<Participant>,
    /// Participants at which it watches for what others send.
    pub watches: Vec<Participant>,
    /// Whether it sends what only a token of the identity provider's own making opens: notifications.
    pub bearers: bool,
    /// Participants whom it plays and whose credentials it must hold.
    pub plays: Vec<Participant>,
    /// Whether it needs a second customer.
    pub stranger: bool,
    /// Whether it watches token calls, which name nobody.
    pub tokens: bool,
    /// Whether it compares with the ledger of a customer.
    pub ledger: bool,
}

impl Needs {
    /// Tells whether the case changes what others share, where a stage is shared.
    pub fn exclusive(&self) -> bool {
        let registers = self.levers.iter().any(|one| one == "register-bank");
        !self.advances.is_empty() || !self.arms.is_empty() || self.tokens || registers
    }
}

/// What a provider says of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// It is there.
    Supported,
    /// It is not there.
    Absent,
}

/// A named sequence of steps with inputs and outputs.
#[derive(Debug)]
pub struct Flow {
    /// Name.
    pub name: Arc<str>,
    /// Name of the file.
    pub file: Arc<str>,
    /// Its inputs; one without a default must be given.
    pub inputs: Vec<Input>,
    /// What it hands back.
    pub outputs: Vec<(String, Span, Template)>,
    /// Names owned by the case that it provides; it runs at most once a case then.
    pub provides: Vec<String>,
    /// What it needs of the stage, the flows that it uses included.
    pub needs: Needs,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// An input of a flow.
#[derive(Debug)]
pub struct Input {
    /// Name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Value if the caller gives none.
    pub default: Option<Value>,
}

/// One action, wait or judgement.
#[derive(Debug)]
pub struct Step {
    /// Where it stands.
    pub span: Span,
    /// The name of what it binds.
    pub label: Option<String>,
    /// Where that name stands.
    pub label_span: Option<Span>,
    /// Requirements that its checks serve.
    pub requirement: Vec<Arc<str>>,
    /// Whether it only makes sure that the case means something.
    pub control: bool,
    /// The label of the provider's message whose effect it reads.
    pub rests_on: Option<Mention>,
    /// Flows that must have run before, because they provide what the step uses.
    pub before: Vec<Arc<Flow>>,
    /// What it does.
    pub verb: Verb,
}

/// A label that a step mentions: `told` or `told.answered`.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The label.
    pub label: String,
    /// Whether the moment of the answer is meant.
    pub answered: bool,
    /// Where it is mentioned.
    pub span: Span,
}

/// What a step does.
#[derive(Debug)]
pub enum Verb {
    /// Sends a message and judges its answer.
    Send(Box<Send>),
    /// Arms replies at a participant.
    Answer(Box<Arm>),
    /// Awaits a message.
    Receive(Box<Receive>),
    /// Demands silence.
    Never(Box<Never>),
    /// Sends the customer's browser somewhere.
    Browse(Box<Browse>),
    /// Judges a message that is bound already.
    Judge(Box<Judge>),
    /// Pulls a lever.
    Trigger(Trigger),
    /// Uses a flow.
    Use(Use),
    /// Binds values.
    Set(Vec<(String, Span, Assigned)>),
    /// Runs branches at the same time.
    Together(Vec<Vec<Step>>),
    /// Makes what exists older.
    Advance(Advance),
}

/// A message to be sent.
#[derive(Debug)]
pub struct Send {
    /// Method, upper case.
    pub method: String,
    /// Path below the target's base, or an absolute URL.
    pub path: PathTemplate,
    /// Who sends it.
    pub by: Participant,
    /// To whom.
    pub to: Address,
    /// Query pairs.
    pub query: Vec<(String, Template)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, Template)>,
    /// Body.
    pub payload: Payload,
    /// Credentials.
    pub auth: Auth,
    /// What the answer must be like.
    pub expect: Expect,
    /// What is taken from the answer.
    pub capture: Vec<Capture>,
    /// How it is repeated.
    pub eventually: Option<Eventually>,
}

/// The body of a message to be sent.
#[derive(Debug)]
pub enum Payload {
    /// None.
    Empty,
    /// A JSON document.
    Json(Template),
    /// A form.
    Form(Vec<(String, Template)>),
}

/// The credentials of a message to be sent.
#[derive(Debug)]
pub enum Auth {
    /// Those that the sender has by rights.
    Usual,
    /// None at all.
    None,
    /// A signature with a signing key.
    Signature(SigningKey),
    /// The sender's own, wrong in one way each.
    Wrong {
        /// The bearer.
        bearer: Credentials,
        /// The notification header of the service, or the API key of a provider.
        key: Credentials,
    },
}

/// The key of a signature.
#[derive(Debug)]
pub enum SigningKey {
    /// The product's own.
    Application,
    /// One that was captured.
    Captured(Template),
}

/// One credential of a message to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// As it should be.
    Good,
    /// Left out.
    Missing,
    /// Another value.
    Wrong,
    /// A token past its time.
    Expired,
    /// A token for somebody else.
    WrongAudience,
    /// A token signed with another key.
    BadSignature,
}

/// What a message must be like.
#[derive(Debug, Default)]
pub struct Expect {
    /// Where it stands.
    pub span: Option<Span>,
    /// How it was written, to be compared with another; null if it was not.
    pub written: Value,
    /// Status of an answer.
    pub status: Option<(StatusMatcher, Span)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, Span, Matcher)>,
    /// Query parameters.
    pub query: Vec<(String, Span, Matcher)>,
    /// JSON body.
    pub body: Option<Matcher>,
    /// Form.
    pub form: Option<Matcher>,
}

impl Expect {
    /// Tells whether nothing is demanded.
    pub fn is_empty(&self) -> bool {
        self.status.is_none()
            && self.headers.is_empty()
            && self.query.is_empty()
            && self.body.is_none()
            && self.form.is_none()
    }
}

/// A value to be taken from a message.
#[derive(Debug)]
pub struct Capture {
    /// The name to bind.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Where the value is.
    pub from: Pick,
}

/// The part of a message that a capture takes.
#[derive(Debug)]
pub enum Pick {
    /// A place in the JSON body.
    Body(JsonPath),
    /// A header, by its name in lower case.
    Header(String),
    /// A query parameter.
    Query(String),
    /// The status.
    Status,
    /// The most specific identifier of the message.
    Id,
}

/// How a message is repeated until its answer is as expected.
#[derive(Debug)]
pub struct Eventually {
    /// How long.
    pub within: Wait,
    /// The longest pause between attempts; it is shorter when something happens before.
    pub every: Duration,
    /// Answers after which it makes no sense to go on.
    pub give_up_when: Option<Expect>,
    /// Where the URL of the next attempt is, for routes that serve once.
    pub next: Option<JsonPath>,
}

/// The longest time to wait.
#[derive(Clone, Debug)]
pub enum Wait {
    /// A named wait, which the environment may widen.
    Named(String, Span),
    /// A literal time.
    Literal(Duration, Span),
}

/// Which messages are meant.
#[derive(Debug)]
pub struct Query {
    /// Method, upper case.
    pub method: String,
    /// Path below the participant's base; any if absent.
    pub path: Option<PathTemplate>,
    /// Where it arrives.
    pub at: Address,
    /// What selects it.
    pub select: Expect,
}

/// A message to be awaited.
#[derive(Debug)]
pub struct Receive {
    /// Which one.
    pub query: Query,
    /// Until when.
    pub end: End,
    /// Where the window begins, if not at the nearest preceding act.
    pub since: Option<Mention>,
    /// What the caller must have sent.
    pub expect: Expect,
    /// What the one who was called must have answered.
    pub answered: Option<Expect>,
    /// How many.
    pub count: Count,
    /// The time between two messages.
    pub gap: Option<Gap>,
    /// What is taken from the message.
    pub capture: Vec<Capture>,
}

/// The end of a window.
#[derive(Debug)]
pub enum End {
    /// After a time at the latest.
    Within(Wait),
    /// At a label.
    Until(Mention),
}

/// How many messages are demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// At least.
    pub least: u32,
    /// At most, if there is a bound.
    pub most: Option<u32>,
}

/// The time between two messages.
#[derive(Debug)]
pub struct Gap {
    /// The moment from which it is measured.
    pub after: Mention,
    /// At least.
    pub least: Option<Least>,
    /// At most.
    pub most: Option<Duration>,
}

/// How long a gap is at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Least {
    /// A time.
    Time(Duration),
    /// As long as this many requests take at the rate that was agreed on; at least one.
    Requests(u32),
}

/// A silence to be demanded.
#[derive(Debug)]
pub struct Never {
    /// Which messages must not come.
    pub query: Query,
    /// Where the window begins, if not at the nearest preceding act.
    pub since: Option<Mention>,
    /// What closes the window.
    pub fence: Fence,
}

/// What closes the window of a silence.
#[derive(Debug)]
pub enum Fence {
    /// A later event that must come.
    Until(Mention),
    /// A quiet time, ended by a probe through the tap: weaker.
    For(Wait),
}

/// A visit of the customer's browser.
#[derive(Debug)]
pub struct Browse {
    /// Where it begins.
    pub start: Start,
    /// Query pairs.
    pub query: Vec<(String, Template)>,
    /// The customer who logs in.
    pub login: Option<Template>,
    /// What the customer decides about the consent.
    pub decision: Option<Template>,
    /// Which of the accounts offered the customer chooses, counted from 0, or its identifier.
    pub choose: Option<Template>,
    /// Outcomes that are expected, and where; empty when any is.
    pub outcome: Option<(Matcher, Span)>,
}

/// Where a visit begins.
#[derive(Debug)]
pub enum Start {
    /// At a callback of the provider.
    At(Address),
    /// At a URL.
    Url(PathTemplate),
}

/// A judgement on a message that is bound already.
#[derive(Debug)]
pub struct Judge {
    /// The message.
    pub on: Mention,
    /// What it must be like.
    pub expect: Expect,
    /// What its answer must be like.
    pub answered: Option<Expect>,
    /// What is taken from it.
    pub capture: Vec<Capture>,
}

/// A lever to be pulled.
#[derive(Debug)]
pub struct Trigger {
    /// Its name.
    pub lever: String,
    /// What it is given.
    pub with: Vec<(String, Template)>,
}

/// A flow to be used.
#[derive(Debug)]
pub struct Use {
    /// The flow.
    pub flow: Arc<Flow>,
    /// Its inputs.
    pub with: Vec<(String, Span, Template)>,
    /// Which of its outputs are bound, and to which names.
    pub bind: Vec<(String, String, Span)>,
}

/// A value to be bound.
#[derive(Debug)]
pub enum Assigned {
    /// One that the world makes.
    Generated(Generator),
    /// One that follows from others.
    Template(Template),
}

/// What the world can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generator {
    /// A random UUID.
    Uuid,
    /// A random word of twelve letters and digits.
    Word,
    /// The moment, RFC 3339 in UTC.
    Now,
    /// The day, as a date.
    Today,
}

impl Generator {
    /// The words of plans for generators.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("$new_uuid", Self::Uuid),
        ("$new_word", Self::Word),
        ("$now", Self::Now),
        ("$today", Self::Today),
    ];
}

/// Time to be moved.
#[derive(Debug)]
pub struct Advance {
    /// Whose things become older.
    pub at: Participant,
    /// By how much.
    pub by: Duration,
}

/// Replies to be armed.
#[derive(Debug)]
pub struct Arm {
    /// Which messages get them.
    pub query: Query,
    /// One after another; afterwards messages pass again.
    pub with: Vec<Reply>,
}

/// One armed reply.
#[derive(Debug)]
pub enum Reply {
    /// The message goes on to the participant.
    Pass,
    /// The message is answered here.
    Answer(Box<Scripted>),
}

/// A scripted answer.
#[derive(Debug)]
pub struct Scripted {
    /// What is answered.
    pub deed: Deed,
    /// How long the answer is held back.
    pub delay: Duration,
    /// Whether the participant processes the message before.
    pub after_processing: bool,
}

/// What an armed reply does.
#[derive(Debug)]
pub enum Deed {
    /// Answers.
    Respond {
        /// Status; the participant's own if absent.
        status: Option<u16>,
        /// Headers.
        headers: Vec<(String, Template)>,
        /// Body.
        body: Option<Template>,
    },
    /// Closes the connection without an answer.
    Reset,
    /// Never answers; the connection is closed after the longest time a tap holds one.
    TimeOut,
}
