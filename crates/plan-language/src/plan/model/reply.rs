//! Replies that a step arms at a participant before others call it.

use std::time::Duration;

use super::Query;
use crate::value::Template;

/// Replies to be stubbed.
#[derive(Debug)]
pub struct Stub {
    /// Which messages get them.
    pub query: Query,
    /// One after another; afterwards messages pass again.
    pub with: Vec<Reply>,
}

/// One stubbed reply.
#[derive(Debug)]
pub enum Reply {
    /// The message goes on to the participant.
    Pass,
    /// The message is answered here.
    Canned(Box<CannedReply>),
}

/// A scripted answer.
#[derive(Debug)]
pub struct CannedReply {
    /// What is answered.
    pub deed: Deed,
    /// How long the answer is held back.
    pub delay: Duration,
    /// Whether the participant processes the message before.
    pub after_processing: bool,
}

/// What an stubbed reply does.
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
