//! Holds no second message against a sender that saw no response to the first: it may send a request again then. How soon
//! it gives up is its own decision, and a stub or a busy machine can take longer than that.

use std::sync::Arc;

use crate::journal::{Event, Fact, Message};
use crate::judge::{Check, Finding, MissKind};

/// Takes back what speaks against the sender of one message too many, if the same request broke before; `lane` are the
/// events of the case.
pub(super) fn excuse(checks: &mut [Check], lane: &[Arc<Event>]) {
    for check in checks {
        let Finding::Missed(miss) = &check.finding else {
            continue;
        };
        if !matches!(miss.kind, MissKind::TooMany { .. } | MissKind::Unwanted) {
            continue;
        }
        let Some(extra) = &miss.nearest else {
            continue;
        };
        let before = lane.iter().take_while(|event| event.seq <= extra.seq);
        if let Some(why) = unanswered(&before.collect::<Vec<_>>()) {
            check.excuse(&format!(
                "the sender saw no response to the same request before, and may have sent it again: {why}"
            ));
        }
    }
}

/// Returns why a request broke that equals the last of these events.
fn unanswered(events: &[&Arc<Event>]) -> Option<String> {
    let (last, before) = events.split_last()?;
    let Fact::Request { to, message, .. } = &last.fact else {
        return None;
    };
    let same = |event: &&&Arc<Event>| match &event.fact {
        Fact::Request {
            exchange,
            to: there,
            message: other,
            ..
        } if there == to && is_same(message, other) => Some(*exchange),
        _ => None,
    };
    before.iter().find_map(|event| {
        let exchange = same(&event)?;
        before.iter().find_map(|end| match &end.fact {
            Fact::Broken {
                exchange: broken,
                why,
            } if *broken == exchange => Some(why.clone()),
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
