//! Messages: what is sent and with which credentials, what a message must be like, and what is taken from one.

use std::time::Duration;

use super::Wait;
use crate::participant::{Address, Participant};
use crate::source::Span;
use crate::value::{JsonPath, Matcher, PathTemplate, StatusMatcher, Template, Value};

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
