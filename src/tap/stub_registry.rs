//! Stubs: what a tap answers instead of a participant, before or after the participant has processed the message.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::clock;
use crate::exchange::{Breakdown, Incoming};
use crate::journal::{Lane, Message};
use crate::matching::Selector;
use plan_language::participant::Address;

/// What a stub makes a tap do with one message.
#[derive(Clone, Debug, Default)]
pub struct Reaction {
    /// The status; `None` leaves the participant's own response, headers and body included.
    pub status: Option<u16>,
    /// The headers of the response.
    pub headers: Vec<(String, String)>,
    /// The body of the response; `None` for an empty one.
    pub body: Option<Vec<u8>>,
    /// How far ahead the date of a `Retry-After` lies when the response is made; absent without that header.
    pub retry_at: Option<Duration>,
    /// How long the tap holds the response back.
    pub delay: Duration,
    /// Whether the participant processes the message first.
    pub after_processing: bool,
    /// Whether the tap closes the connection without a response.
    pub reset: bool,
    /// Whether the tap closes the connection after its longest patience.
    pub time_out: bool,
    /// Whether the message passes as if there were no stub.
    pub pass: bool,
}

impl Reaction {
    /// Returns whether the tap responds instead of the participant.
    pub fn replaces_answer(&self) -> bool {
        self.status.is_some() || self.reset || self.time_out
    }

    /// Returns whether the response is held back for a time, or for ever.
    pub(super) fn holds_back(&self) -> bool {
        self.time_out || !self.delay.is_zero()
    }

    /// Returns whether the participant receives the message: it responds itself, or processes it first.
    pub(super) fn reaches_participant(&self) -> bool {
        self.after_processing || !self.replaces_answer()
    }

    /// Makes the response; `Ok(None)` closes the connection. `patience` is the longest time to hold one back.
    pub(super) async fn answer(
        self,
        processed: Option<Result<Incoming, Breakdown>>,
        patience: Duration,
    ) -> Result<Option<Incoming>, Breakdown> {
        let hold = if self.time_out {
            patience
        } else {
            self.delay.min(patience)
        };
        if !hold.is_zero() {
            tokio::time::sleep(hold).await;
        }
        if self.reset || self.time_out {
            return Ok(None);
        }
        let mut headers = self.headers;
        if let Some(ahead) = self.retry_at {
            // The header has no fractions: the date lies up to a second earlier.
            let date = httpdate::fmt_http_date(clock::wall() + ahead);
            headers.push(("retry-after".to_owned(), date));
        }
        match (self.status, processed) {
            (None, Some(processed)) => processed.map(Some),
            (status, _) => Ok(Some(Incoming {
                status: status.unwrap_or(200),
                headers,
                body: Bytes::from(self.body.unwrap_or_default()),
            })),
        }
    }
}

/// Reactions to the messages that a selector selects, one after another.
#[derive(Debug)]
pub struct Stub {
    /// The case of the stub; it reacts only to messages of that case, where their case is known.
    pub lane: Lane,
    /// Which messages it reacts to.
    pub selector: Selector,
    /// The reactions that are left.
    pub replies: VecDeque<Reaction>,
    /// Whether a reaction that was given is put behind the others.
    pub repeat: bool,
}

impl Stub {
    /// Takes the next reaction.
    fn next(&mut self) -> Option<Reaction> {
        let reaction = self.replies.pop_front()?;
        if self.repeat {
            self.replies.push_back(reaction.clone());
        }
        Some(reaction)
    }
}

/// The stubs of all cases.
#[derive(Debug, Default)]
pub struct StubRegistry(Mutex<Vec<Stub>>);

impl StubRegistry {
    /// Registers a stub behind those that are registered.
    pub fn stub(&self, stubbed: Stub) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(stubbed);
    }

    /// Removes the stubs of a case.
    pub fn disarm(&self, lane: &Lane) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|stubbed| stubbed.lane != *lane);
    }

    /// Takes the next reaction of the first stub that selects a message.
    ///
    /// `lane` is the case of the message, as far as it is known. `None` where no stub selects it, or where it passes.
    pub(super) fn react(
        &self,
        lane: Option<&Lane>,
        to: Address,
        message: &Message,
    ) -> Option<Reaction> {
        let is_for = |stub: &Stub| match lane {
            Some(lane) => *lane == stub.lane,
            None => !is_statement(message),
        };
        let mut stubbed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reaction = stubbed
            .iter_mut()
            .filter(|stub| is_for(stub))
            .find(|stub| !stub.replies.is_empty() && stub.selector.selects(to, message))
            .and_then(Stub::next)?;
        (!reaction.pass).then_some(reaction)
    }
}

/// Returns whether a message is a statement.
///
/// The journal knows an account before the provider does, so a statement that belongs to no case is for an account of an
/// earlier run. Other messages may join their case later, or name no case at all.
fn is_statement(message: &Message) -> bool {
    let json = message.json();
    json.is_some_and(|json| json["data"]["principalId"].is_string())
}
