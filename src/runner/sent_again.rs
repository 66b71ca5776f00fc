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
        if let Some(why) = why_sent_again(check, lane) {
            check.excuse(&format!(
                "the sender saw no response to the same request before, and may have sent it again: {why}"
            ));
        }
    }
}

/// Returns why the first request broke, if all that a check found was sent again after one that broke.
fn why_sent_again(check: &Check, lane: &[Arc<Event>]) -> Option<String> {
    match &check.finding {
        Finding::Missed(miss) => match miss.kind {
            MissKind::TooMany { most, .. } => {
                within(most as usize, &requests(&check.messages, lane), lane)
            }
            // The last message is the one that ends the absence.
            MissKind::Unwanted => {
                let (_, unwanted) = check.messages.split_last()?;
                each_again(&requests(unwanted, lane), lane)
            }
            _ => None,
        },
        Finding::Broke { .. } => each_again(&refused(check, lane), lane),
        _ => None,
    }
}

/// Returns why one of these requests is sent again, if no more than `most` are not: of a request and the same one sent
/// again, one counts.
fn within(most: usize, requests: &[&Arc<Event>], lane: &[Arc<Event>]) -> Option<String> {
    let again = requests
        .iter()
        .filter_map(|request| unanswered(request, lane));
    let again: Vec<_> = again.collect();
    let counted = requests.len() - again.len();
    again.into_iter().next().filter(|_| counted <= most)
}

/// Returns why the first of these requests is sent again, if each of them is.
fn each_again(requests: &[&Arc<Event>], lane: &[Arc<Event>]) -> Option<String> {
    let why = requests.iter().map(|request| unanswered(request, lane));
    let why: Option<Vec<_>> = why.collect();
    why?.into_iter().next()
}

/// Returns the requests among messages, by their positions.
fn requests<'l>(messages: &[Seq], lane: &'l [Arc<Event>]) -> Vec<&'l Arc<Event>> {
    let is_request = |event: &&Arc<Event>| {
        messages.contains(&event.seq) && matches!(event.fact, Fact::Request { .. })
    };
    lane.iter().filter(is_request).collect()
}

/// Returns the requests to an emulated service whose responses a check found wrong.
///
/// A live service has to expect a repeated request, and so has a provider: how they respond to one is their own.
fn refused<'l>(check: &Check, lane: &'l [Arc<Event>]) -> Vec<&'l Arc<Event>> {
    let answered = lane
        .iter()
        .filter(|event| check.messages.contains(&event.seq));
    let exchanges: Vec<_> = answered
        .filter_map(|event| match &event.fact {
            Fact::Answer {
                exchange,
                author: Author::Emulated,
                message,
            } if message.status.is_some_and(|status| status >= 400) => Some(*exchange),
            _ => None,
        })
        .collect();
    let is_refused = |event: &&Arc<Event>| {
        matches!(&event.fact, Fact::Request { exchange, to, .. }
            if exchanges.contains(exchange) && to.participant == Participant::Service)
    };
    lane.iter().filter(is_refused).collect()
}

/// Returns why the last request before this one that equals it broke; `None` if there is none, or it got a response.
///
/// That the sender has left can be noticed after its next request has come on another connection.
fn unanswered(request: &Event, lane: &[Arc<Event>]) -> Option<String> {
    let Fact::Request {
        step: None,
        to,
        message,
        ..
    } = &request.fact
    else {
        return None;
    };
    let mut earlier = lane.iter().rev().filter(|event| event.seq < request.seq);
    let sent = earlier.find_map(|event| match &event.fact {
        Fact::Request {
            exchange,
            to: there,
            message: other,
            ..
        } if there == to && is_same(message, other) => Some(*exchange),
        _ => None,
    })?;
    lane.iter().find_map(|end| match &end.fact {
        Fact::Broken { exchange, why } if *exchange == sent => Some(why.clone()),
        _ => None,
    })
}

/// Tells whether two requests ask for the same; their headers may carry another token.
fn is_same(one: &Message, other: &Message) -> bool {
    one.method == other.method
        && one.path == other.path
        && one.query == other.query
        && one.body == other.body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::journal::Body;
    use plan_language::participant::Address;

    /// Requests with these bodies at the service, of which those in `broken` got no response.
    fn lane(bodies: &[u32], broken: &[u64]) -> Vec<Arc<Event>> {
        let mut facts = Vec::new();
        for (exchange, body) in (1..).zip(bodies) {
            facts.push(Fact::Request {
                exchange,
                step: None,
                from: Participant::Provider,
                to: Address::of(Participant::Service),
                author: Author::Live,
                message: Message {
                    method: Some("PATCH".to_owned()),
                    path: "/v1/authorisations/7".to_owned(),
                    body: Body::Json(json!(body).into()),
                    ..Message::default()
                },
            });
            facts.push(if broken.contains(&exchange) {
                Fact::Broken {
                    exchange,
                    why: format!("the caller of {exchange} left"),
                }
            } else {
                Fact::Answer {
                    exchange,
                    author: Author::Emulated,
                    message: Message::default(),
                }
            });
        }
        let events = (1..).zip(facts).map(|(seq, fact)| {
            Arc::new(Event {
                seq,
                at: seq,
                lane: None,
                fact,
            })
        });
        events.collect()
    }

    fn excused(most: usize, bodies: &[u32], broken: &[u64]) -> Option<String> {
        let lane = lane(bodies, broken);
        let all: Vec<Seq> = lane.iter().map(|event| event.seq).collect();
        within(most, &requests(&all, &lane), &lane)
    }

    #[test]
    fn a_request_counts_once_until_it_has_a_response() {
        let left = Some("the caller of 1 left".to_owned());
        assert_eq!(excused(1, &[5, 5], &[1]), left);
        assert_eq!(excused(1, &[5, 5, 5], &[1, 2]), left, "and again");
        assert_eq!(excused(1, &[5, 5], &[]), None, "the first got a response");
        assert_eq!(excused(1, &[5, 6], &[1]), None, "another request");
        assert_eq!(excused(1, &[5, 5], &[2]), None, "the second one broke");
    }

    #[test]
    fn one_broken_request_excused_all_that_came_later() {
        assert_eq!(excused(1, &[5, 5, 5], &[1]), None);
        assert!(excused(2, &[5, 5, 5], &[1]).is_some());
    }

    #[test]
    fn each_of_several_has_to_be_sent_again() {
        let lane = lane(&[5, 5, 6], &[1]);
        let at = |seqs: &[Seq]| each_again(&requests(seqs, &lane), &lane).is_some();
        assert!(at(&[3]) && !at(&[3, 5]) && !at(&[5]) && !at(&[]));
    }
}
