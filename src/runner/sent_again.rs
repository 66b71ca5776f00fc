//! Holds no second message against a sender that saw no response to the first: it may send a request again then. How soon
//! it gives up is its own decision, and a stub or a busy machine can take longer than that.

use std::sync::Arc;

use crate::journal::{Event, Fact, Message, Seq};
use crate::judge::{Check, Finding, MissKind};
use plan_language::participant::{Author, Participant};

/// Takes back what speaks against the sender of a message, or of its response, if the same request broke before: one
/// message too many, and a response that refuses what had been accepted. `lane` are the events of the case.
pub(super) fn excuse(checks: &mut [Check], lane: &[Arc<Event>]) {
    for check in checks {
        let Some(request) = judged_request(check, lane) else {
            continue;
        };
        if let Some(why) = unanswered(request, lane) {
            check.excuse(&format!(
                "the sender saw no response to the same request before, and may have sent it again: {why}"
            ));
        }
    }
}

/// Returns the request that a check found one too many, or whose response it found wrong.
fn judged_request(check: &Check, lane: &[Arc<Event>]) -> Option<Seq> {
    match &check.finding {
        Finding::Missed(miss) => {
            let too_many = matches!(miss.kind, MissKind::TooMany { .. } | MissKind::Unwanted);
            let extra = miss.nearest.as_ref().filter(|_| too_many)?;
            Some(extra.seq)
        }
        Finding::Broke { .. } => check.messages.iter().find_map(|judged| {
            let answer = lane.iter().find(|event| event.seq == *judged)?;
            // A live service has to expect a repeated request, too.
            let Fact::Answer {
                exchange,
                author: Author::Emulated,
                ..
            } = &answer.fact
            else {
                return None;
            };
            // How a provider responds to a repeated request is its own: it has to expect one.
            let asked = lane.iter().find(|event| {
                matches!(&event.fact, Fact::Request { exchange: own, to, .. }
                    if own == exchange && to.participant == Participant::Service)
            });
            asked.map(|event| event.seq)
        }),
        _ => None,
    }
}

/// Returns why a request broke that equals the one at a position, and was sent before it.
///
/// That the sender has left can be noticed after its next request has come on another connection.
fn unanswered(at: Seq, lane: &[Arc<Event>]) -> Option<String> {
    let last = lane.iter().find(|event| event.seq == at)?;
    let Fact::Request {
        step: None,
        to,
        message,
        ..
    } = &last.fact
    else {
        return None;
    };
    let earlier = lane.iter().take_while(|event| event.seq < at);
    let mut same = earlier.filter_map(|event| match &event.fact {
        Fact::Request {
            exchange,
            to: there,
            message: other,
            ..
        } if there == to && is_same(message, other) => Some(*exchange),
        _ => None,
    });
    same.find_map(|sent| {
        lane.iter().find_map(|end| match &end.fact {
            Fact::Broken { exchange, why } if *exchange == sent => Some(why.clone()),
            _ => None,
        })
    })
}

/// Tells whether two requests ask for the same; their headers may carry another token.
fn is_same(one: &Message, other: &Message) -> bool {
    one.method == other.method
        && one.path == other.path
        && one.query == other.query
        && one.body == other.body
}
