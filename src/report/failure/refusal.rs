//! The refusal behind a failure: what was answered to the subject before a wait for an effect ran out.
//!
//! A statement that the service refused explains better than a missing effect what went wrong. Replies that the plan
//! itself made are left out: the case is about them.

use std::sync::Arc;

use crate::journal::{Body, Event, Fact, Message, Seq};
use crate::judge::{Check, Finding};
use crate::record::{Outcome, Record};
use crate::report::failure::{BRIEF_BYTES_MAX, VALUE_BYTES_MAX};
use crate::report::label::party;
use crate::report::plain::{cut, line};
use plan_language::participant::{Author, Participant};

/// The first status that refuses.
const REFUSED: u16 = 400;

/// Returns the last refusal within the wait of a check, in part of a line: `the provider's POST
/// /v1/statements was refused: 400 totals_mismatch, …`; `None` if the check waited for nothing, or nothing was refused that did not succeed later.
pub(super) fn refusal(record: &Record, outcome: &Outcome, check: &Check) -> Option<String> {
    let (after, upto) = waited(record, outcome, check)?;
    let own = |event: &&Arc<Event>| {
        event.lane.as_deref() == Some(&*outcome.case) && event.seq > after && event.seq <= upto
    };
    let mut answered = record.events.iter().filter(own).rev();
    let mut succeeded: Vec<&Message> = Vec::new();
    answered.find_map(|event| {
        let Fact::Answer {
            author: Author::Live | Author::Emulated,
            message,
            ..
        } = &event.fact
        else {
            return None;
        };
        let (from, asked) = asked_by_subject(record, event.seq)?;
        match message.status? {
            status if status >= REFUSED => {
                let is_same =
                    |other: &&Message| other.method == asked.method && other.path == asked.path;
                let text = || {
                    let who = party(from, record.header.mode);
                    let title = title(asked);
                    format!("{who}'s {title} was refused: {status}{}", said(message))
                };
                (!succeeded.iter().any(is_same)).then(text)
            }
            _ => {
                succeeded.push(asked);
                None
            }
        }
    })
}

/// Returns the positions between which a check waited; `None` if it did not wait for something that failed to come.
fn waited(record: &Record, outcome: &Outcome, check: &Check) -> Option<(Seq, Seq)> {
    let own = record.events.iter();
    let own = own.filter(|event| event.lane.as_deref() == Some(&*outcome.case));
    let (mut waits, mut closed) = (false, None);
    for event in own {
        match &event.fact {
            Fact::Waiting { step, .. } => waits |= *step == check.step,
            Fact::Closed { step, .. } if *step == check.step => closed = Some(event.seq),
            _ => {}
        }
    }
    let after = match &check.finding {
        Finding::Missed(miss) if miss.kind.is_lack() => miss.since,
        // An effect that was read again and again is of some step before; which one, the journal does not say.
        Finding::Broke { .. } if waits => 0,
        _ => return None,
    };
    Some((after, closed.unwrap_or(Seq::MAX)))
}

/// Returns the request that an event answers, and its sender, if the subject sent it.
fn asked_by_subject(record: &Record, answer: Seq) -> Option<(Participant, &Message)> {
    match &record.exchange(answer)?.request.fact {
        Fact::Request {
            from,
            author: Author::Live | Author::Emulated,
            message,
            ..
        } if *from == Participant::Provider || record.header.mode.is_live(*from) => {
            Some((*from, message))
        }
        _ => None,
    }
}

fn title(asked: &Message) -> String {
    line(&cut(&asked.title(), BRIEF_BYTES_MAX)).into_owned()
}

/// Returns what a refusal says for itself, after a space; empty where its body has no words.
fn said(message: &Message) -> String {
    let words = match &message.body {
        Body::Json { json, .. } => {
            let member = |name: &str| json.get(name).and_then(|value| value.as_str());
            let known: Vec<&str> = ["code", "message"].into_iter().filter_map(member).collect();
            known.join(", ")
        }
        Body::Text { text, .. } => text.clone(),
        _ => String::new(),
    };
    if words.trim().is_empty() {
        return String::new();
    }
    format!(" {}", line(&cut(&words, VALUE_BYTES_MAX)))
}
