//! What a message must be like, and what is taken from one.

use crate::source::Span;
use crate::value::{JsonPath, Matcher, StatusMatcher, Value};

/// What a message must be like.
#[derive(Debug, Default)]
pub struct Expect {
    /// Its place; absent if it was not written.
    pub span: Option<Span>,
    /// The YAML as a JSON value, for comparing two expectations; `null` if it was not written.
    pub written: Value,
    /// Status of a response, with its place.
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
    /// Tells whether it demands nothing.
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
    /// Its place.
    pub span: Span,
    /// The part of the message that holds the value.
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
