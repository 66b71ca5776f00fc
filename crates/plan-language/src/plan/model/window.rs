//! Windows: which messages of others are awaited or forbidden, from when, and until when.

use std::time::Duration;

use super::{Capture, Expect, Mention, Wait};
use crate::participant::Address;
use crate::value::PathTemplate;

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
    pub response: Option<Expect>,
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
    pub sentinel: Sentinel,
}

/// What closes the window of a silence.
#[derive(Debug)]
pub enum Sentinel {
    /// A later event that must come.
    Until(Mention),
    /// A quiet time, ended by a probe through the tap: weaker.
    For(Wait),
}
