//! The refusal behind a failed or inconclusive check: what was responded to the subject before an effect failed to come.
//!
//! A statement that the service refused explains better than a missing effect what went wrong. Replies that the plan
//! itself made are left out: the case is about them. The words are left to the reports.

use std::collections::HashSet;
use std::sync::Arc;

use plan_language::participant::{Author, Callback, Participant};
use serde::{Deserialize, Serialize};

use crate::journal::{Event, Fact, Identifier, IdentifierKind, Message, Seq, identifiers};
use crate::judge::{Check, Finding};
use crate::record::{Outcome, Record};

/// The first status that refuses.
const REFUSED: u16 = 400;

/// What is common to refusals of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalKind {
    /// Whose request was refused.
    pub by: Participant,
    /// The method of the request.
    pub method: String,
    /// Its path, identifiers as `…`.
    pub path: String,
    /// The status of the response.
    pub status: u16,
    /// The member `code` of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A request of the subject with a response that refuses it.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// Whose request it was.
    pub by: Participant,
    /// The request.
    pub request: &'a Message,
    /// The response.
    pub response: &'a Message,
    /// The status of the response, at least 400.
    pub status: u16,
}

impl Refusal<'_> {
    /// Returns what it has in common with others.
    pub fn kind(&self) -> RefusalKind {
        let json = self.response.json();
        let code = json.as_ref().and_then(|json| json.get("code")?.as_str());
        RefusalKind {
            by: self.by,
            method: self.request.method.clone().unwrap_or_default(),
            path: self.request.shape_of_path(),
            status: self.status,
            code: code.map(ToOwned::to_owned),
        }
    }

    /// Tells whether another request asked for the same.
    fn is_of(&self, other: &Message) -> bool {
        self.request.method == other.method && self.request.path == other.path
    }
}

/// Finds the refusal that explains a check: the response that the check judges, or the last one to the subject while
/// the check waited. Returns `None` if nothing was refused that did not succeed later.
pub fn refusal_behind<'a>(
    record: &'a Record,
    outcome: &Outcome,
    check: &Check,
) -> Option<Refusal<'a>> {
    let of_evidence = || match &check.finding {
        Finding::Broke { .. } => {
            let mut judged = check.messages.iter();
            // A check of the response to a notification says itself that it was refused.
            judged
                .find_map(|seq| refusal_at(record, *seq))
                .filter(|refusal| refusal.by != Participant::Service)
        }
        _ => None,
    };
    let judged = |refusal: &Refusal<'_>| {
        let mut judged = check
            .messages
            .iter()
            .filter_map(|seq| record.exchange(*seq));
        judged.any(|exchange| {
            exchange
                .message()
                .is_some_and(|message| std::ptr::eq(message, refusal.request))
        })
    };
    of_evidence().or_else(|| {
        while_waiting(record, outcome, check)
            .filter(|refusal| refusal.by != Participant::Service || !judged(refusal))
    })
}

/// Returns the refusal of the exchange to which an event belongs, if the subject asked and nobody but the service or
/// the product's emulation refused.
fn refusal_at(record: &Record, seq: Seq) -> Option<Refusal<'_>> {
    let exchange = record.exchange(seq)?;
    let Fact::Answer {
        author: Author::Live | Author::Emulated,
        message: response,
        ..
    } = &exchange.end?.fact
    else {
        return None;
    };
    let status = response.status.filter(|status| *status >= REFUSED)?;
    let (by, request) = asked_by_subject(record, exchange.request)?;
    Some(Refusal {
        by,
        request,
        response,
        status,
    })
}

/// Finds the last refusal within the wait of a check that no later success made good.
fn while_waiting<'a>(record: &'a Record, outcome: &Outcome, check: &Check) -> Option<Refusal<'a>> {
    let (after, upto) = waited(record, outcome, check)?;
    let within = |event: &&Arc<Event>| event.seq > after && event.seq <= upto;
    // Where the end of the wait is unknown, what came later may be refused for other reasons.
    let names = if upto == Seq::MAX {
        HashSet::new()
    } else {
        names_of(record, outcome)
    };
    let own = |event: &&Arc<Event>| match &event.lane {
        Some(lane) => **lane == *outcome.case,
        None => is_about(record, event, &names),
    };
    let shared = |event: &&Arc<Event>| event.lane.is_none() && is_about_a_token(record, event);
    // Tokens are fetched for all cases; without one the provider sends nothing that could be refused.
    last_unrecovered(record, |event| within(event) && own(event))
        .or_else(|| last_unrecovered(record, |event| within(event) && shared(event)))
}

/// Lists what the messages of a case name: its authorisations, accounts and statements.
///
/// Where all cases share one service, the provider's own messages name their case in no other way.
fn names_of(record: &Record, outcome: &Outcome) -> HashSet<Identifier> {
    let events = record.events.iter();
    let own = events.filter(|event| event.lane.as_deref() == Some(&*outcome.case));
    own.filter_map(|event| match &event.fact {
        Fact::Request { message, .. } | Fact::Answer { message, .. } => Some(message),
        _ => None,
    })
    .flat_map(identifiers)
    .filter(|named| is_of_one_case(named.kind))
    .collect()
}

/// Tells whether a resource of a kind belongs to one case alone.
fn is_of_one_case(kind: IdentifierKind) -> bool {
    match kind {
        IdentifierKind::Statement | IdentifierKind::Account | IdentifierKind::Authorisation => true,
        IdentifierKind::Company | IdentifierKind::Organisation => false,
    }
}

/// Tells whether the request to which an event belongs names one of these.
fn is_about(record: &Record, event: &Event, names: &HashSet<Identifier>) -> bool {
    let exchange = record.exchange(event.seq);
    let message = exchange.as_ref().and_then(|exchange| exchange.message());
    message.is_some_and(|message| {
        identifiers(message)
            .iter()
            .any(|named| names.contains(named))
    })
}

/// Tells whether an event responds to a request for a token.
fn is_about_a_token(record: &Record, event: &Event) -> bool {
    let exchange = record.exchange(event.seq);
    exchange.is_some_and(|exchange| match &exchange.request.fact {
        Fact::Request { to, message, .. } => {
            to.participant == Participant::Sageid && message.method.as_deref() == Some("POST")
        }
        _ => false,
    })
}

/// Finds the last refusal among some events that no later success made good.
fn last_unrecovered<'a>(
    record: &'a Record,
    counts: impl Fn(&&Arc<Event>) -> bool,
) -> Option<Refusal<'a>> {
    let mut succeeded: Vec<&Message> = Vec::new();
    for event in record.events.iter().filter(counts).rev() {
        let Fact::Answer { message, .. } = &event.fact else {
            continue;
        };
        if let Some(refusal) = refusal_at(record, event.seq) {
            if !succeeded.iter().any(|other| refusal.is_of(other)) {
                return Some(refusal);
            }
            continue;
        }
        let exchange = record.exchange(event.seq);
        if let Some((_, request)) =
            exchange.and_then(|exchange| asked_by_subject(record, exchange.request))
            && message.status.is_some_and(|status| status < REFUSED)
        {
            succeeded.push(request);
        }
    }
    None
}

/// Returns the positions between which a check waited; `None` if it did not wait for something that failed to come.
fn waited(record: &Record, outcome: &Outcome, check: &Check) -> Option<(Seq, Seq)> {
    let own = record.events.iter();
    let own = own.filter(|event| event.lane.as_deref() == Some(&*outcome.case));
    let (mut waits, mut closed) = (false, None);
    for event in own {
        match &event.fact {
            Fact::Waiting { step, .. } => waits |= step.is_part_of(&check.step),
            Fact::Closed { step, .. } if step.is_part_of(&check.step) => closed = Some(event.seq),
            // A visit lasts until the provider leads the browser on.
            Fact::Visited { step, .. } if step.is_part_of(&check.step) => {
                (waits, closed) = (true, Some(event.seq));
            }
            _ => {}
        }
    }
    let after = match &check.finding {
        Finding::Missed(miss) if miss.kind.is_lack() => miss.since,
        // An effect that was read again and again is of some step before; which one, the journal does not say.
        Finding::Broke { .. } if waits => 0,
        // What a step before should have brought is not there to be used.
        Finding::Inconclusive { .. } => 0,
        _ => return None,
    };
    Some((after, closed.unwrap_or(Seq::MAX)))
}

/// Returns a request and its sender, if the subject sent it, or if it is a notification: a provider that refuses one
/// knows nothing of what follows.
fn asked_by_subject<'a>(record: &Record, request: &'a Event) -> Option<(Participant, &'a Message)> {
    match &request.fact {
        Fact::Request {
            from,
            to,
            author: Author::Live | Author::Emulated,
            message,
            ..
        } if *from == Participant::Provider
            || record.header.mode.is_live(*from)
            || to.callback == Some(Callback::Notification) =>
        {
            Some((*from, message))
        }
        _ => None,
    }
}
