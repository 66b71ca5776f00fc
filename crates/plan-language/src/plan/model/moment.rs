//! Labels that a step mentions, and times that it waits.

use std::time::Duration;

use crate::source::Span;

/// A label that a step mentions: `told` or `told.response`.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The label.
    pub label: String,
    /// Whether the moment of the response is meant.
    pub response: bool,
    /// Where it is mentioned.
    pub span: Span,
}

/// The longest time to wait.
#[derive(Clone, Debug)]
pub enum Wait {
    /// A named wait, which the environment may widen.
    Named(String, Span),
    /// A literal time.
    Literal(Duration, Span),
}
