//! Stub replies: what a tap answers in place of the participant, before or after it has processed.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::exchange::{Breakdown, Incoming};
use crate::journal::{Body, Lane, Message};
use crate::matching::Selector;
use plan_language::participant::Address;

/// What a tap does with one message.
#[derive(Clone, Debug, Default)]
pub struct Reaction {
    /// Status; if absent, the participant's own answer stands, headers and body included.
    pub status: Option<u16>,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
    /// Body of the answer.
    pub body: Option<Vec<u8>>,
    /// How long the answer is held back.
    pub delay: Duration,
    /// Whether the participant sees the message before.
    pub after_processing: bool,
    /// Whether the connection is closed without an answer.
    pub reset: bool,
    /// Whether the answer is held back for as long as the tap holds any.
    pub time_out: bool,
    /// Whether the message just passes.
    pub pass: bool,
}

impl Reaction {
    /// Tells whether the answer is ours and not the participant's.
    pub fn replaces_answer(&self) -> bool {
        self.status.is_some() || self.reset || self.time_out
    }

    /// Tells whether the participant is to see the message: it answers itself, or processes it before.
    pub(super) fn reaches_participant(&self) -> bool {
        self.after_processing || !self.replaces_answer()
    }

    /// Makes the answer; `Ok(None)` closes the connection. `patience` is the longest time to hold one.
    pub(super) async fn answer(
        self,
        processed: Option<Result<Incoming, Breakdown>>,
        patience: Duration,
    ) -> Result<Option<Incoming>, Breakdown> {
        let hold = match self.time_out {
            true => patience,
            false => self.delay.min(patience),
        };
        if !hold.is_zero() {
            tokio::time::sleep(hold).await;
        }
        if self.reset || self.time_out {
            return Ok(None);
        }
        match (self.status, processed) {
            (None, Some(processed)) => processed.map(Some),
            (status, _) => Ok(Some(Incoming {
                status: status.unwrap_or(200),
                headers: self.headers,
                body: Bytes::from(self.body.unwrap_or_default()),
            })),
        }
    }
}

/// Replies for messages of one kind, one after another.
#[derive(Debug)]
pub struct Stub {
    /// The case that stubbed them; only its own messages get them, where messages can be told apart.
    pub lane: Lane,
    /// Which messages get them.
    pub selector: Selector,
    /// The replies that are left.
    pub replies: VecDeque<Reaction>,
}

/// All replies that are stubbed.
#[derive(Debug, Default)]
pub struct StubRegistry(Mutex<Vec<Stub>>);

impl StubRegistry {
    /// Arms replies.
    pub fn stub(&self, stubbed: Stub) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(stubbed);
    }

    /// Takes back what a case has stubbed.
    pub fn disarm(&self, lane: &Lane) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|stubbed| stubbed.lane != *lane);
    }

    /// Returns the reply for a message, if there is one; `lane` is the case to which it belongs, as far as that is known.
    pub(super) fn react(
        &self,
        lane: Option<&Lane>,
        to: Address,
        message: &Message,
    ) -> Option<Reaction> {
        let may_take = |one: &Stub| match lane {
            Some(lane) => *lane == one.lane,
            None => !is_statement(message),
        };
        let mut stubbed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reaction = stubbed
            .iter_mut()
            .filter(|one| may_take(one))
            .find(|one| !one.replies.is_empty() && one.selector.selects(to, message))
            .and_then(|one| one.replies.pop_front())?;
        (!reaction.pass).then_some(reaction)
    }
}

/// Tells whether a message is a statement. An account is known before the provider is told of it, so a statement that
/// belongs to no case is for an account of former days. Other messages may find their case later, or never say whose they are.
fn is_statement(message: &Message) -> bool {
    matches!(&message.body, Body::Json { json } if json["data"]["principalId"].is_string())
}
