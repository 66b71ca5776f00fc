//! Steps, flows of them, and the verbs that neither send a message nor wait for one.
//!
//! What is sent is `message`'s, what is awaited `window`'s, and stubbed replies are `reply`'s.

use std::sync::Arc;
use std::time::Duration;

use super::{Capture, Expect, Mention, Needs, Never, Receive, Send, Stub};
use crate::participant::{Address, Participant};
use crate::source::Span;
use crate::value::{Matcher, PathTemplate, Template, Value};

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
    pub precondition: bool,
    /// The label of the provider's message whose effect it reads.
    pub evidence: Option<Mention>,
    /// Flows that must have run before, because they provide what the step uses.
    pub before: Vec<Arc<Flow>>,
    /// What it does.
    pub verb: Verb,
}

/// What a step does.
#[derive(Debug)]
pub enum Verb {
    /// Sends a message and judges its answer.
    Send(Box<Send>),
    /// Arms replies at a participant.
    Stub(Box<Stub>),
    /// Awaits a message.
    Receive(Box<Receive>),
    /// Demands silence.
    Never(Box<Never>),
    /// Sends the customer's browser somewhere.
    Browse(Box<Browse>),
    /// Judges a message that is bound already.
    Judge(Box<Judge>),
    /// Pulls a bank action.
    Trigger(Trigger),
    /// Uses a flow.
    Use(Use),
    /// Binds values.
    Set(Vec<(String, Span, Assigned)>),
    /// Runs branches at the same time.
    Parallel(Vec<Vec<Step>>),
    /// Makes what exists older.
    Age(Age),
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
    pub response: Option<Expect>,
    /// What the first answer of the provider to a visit must be like that is no redirect.
    pub first_page: Option<Expect>,
    /// What the whole address must be like at which a visit came back, and where that is written.
    pub returned_to: Option<(Matcher, Span)>,
    /// What is taken from it.
    pub capture: Vec<Capture>,
}

/// A bank action to be pulled.
#[derive(Debug)]
pub struct Trigger {
    /// Its name.
    pub bank_action: String,
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
pub struct Age {
    /// Whose things become older.
    pub at: Participant,
    /// By how much.
    pub by: Duration,
}
