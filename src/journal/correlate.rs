//! Attributes the messages on a shared address to cases.
//!
//! A message belongs to the case that minted its most specific identifier. A case mints an identifier with its first
//! message that names it. A message may arrive before its identifier is minted (a notification that is sent while the
//! response that names the session is in progress): it joins its case at the moment the identifier is minted.
//! Attribution depends on the events alone, so a replay attributes as the live run did.
//!
//! The provider's own id of an account outlives cases, but belongs to a customer that one case at a time holds. Such a
//! *handle* leads to the open case whose message named it last, where no identifier leads to a case. Which names a
//! message contains is left to `identity`.

use std::collections::{HashMap, HashSet};

use crate::journal::fact::{Event, Fact, Lane, Message, Seq};
use crate::journal::identity::{Identifier, handles, identifiers};
use plan_language::value::Value;

/// Attributes events to cases, one after another.
#[derive(Debug, Default)]
pub struct Correlator {
    owners: HashMap<Identifier, Lane>,
    exchanges: HashMap<u64, OpenExchange>,
    /// Exchanges that belong to no case yet, by each of their identifiers.
    orphans: HashMap<Identifier, Vec<u64>>,
    /// The exclusive case that is open; messages without an owner belong to it.
    exclusive: Option<Lane>,
    /// The open case to which a handle leads.
    handles: HashMap<String, Lane>,
    /// Cases that have ended: their late messages take no handle.
    ended: HashSet<Lane>,
}

#[derive(Debug, Default)]
struct OpenExchange {
    lane: Option<Lane>,
    /// Events of an exchange that belongs to no case yet.
    held: Vec<Seq>,
    /// Identifiers of its response, minted once the exchange belongs to a case.
    answered: Vec<Identifier>,
    ended: bool,
}

impl Correlator {
    /// Takes the next event and returns which events joined which case because of it.
    pub fn take(&mut self, event: &Event) -> Vec<(Lane, Seq)> {
        let mut joined = Vec::new();
        match &event.fact {
            Fact::Opened { values } if values["exclusive"] == Value::Bool(true) => {
                self.exclusive = event.lane.clone();
            }
            Fact::Ended => self.end_case(event.lane.as_ref()),
            Fact::Request {
                exchange, message, ..
            } => self.take_request(event, *exchange, message, &mut joined),
            Fact::Answer {
                exchange, message, ..
            } => {
                let lane = self.end(event, *exchange, || identifiers(message), &mut joined);
                if let Some(lane) = lane {
                    self.hold(&lane, message);
                }
            }
            Fact::Broken { exchange, .. } => {
                self.end(event, *exchange, Vec::new, &mut joined);
            }
            _ => {}
        }
        if let Some(lane) = &event.lane {
            joined.push((lane.clone(), event.seq));
        }
        joined
    }

    /// Forgets the handles of a case that ended.
    fn end_case(&mut self, lane: Option<&Lane>) {
        if self.exclusive.as_ref() == lane {
            self.exclusive = None;
        }
        if let Some(lane) = lane {
            self.handles.retain(|_, other| other != lane);
            self.ended.insert(lane.clone());
        }
    }

    /// Attributes a request, or keeps it until one of its identifiers is minted.
    fn take_request(
        &mut self,
        event: &Event,
        exchange: u64,
        message: &Message,
        joined: &mut Vec<(Lane, Seq)>,
    ) {
        let names = identifiers(message);
        let lane = event
            .lane
            .clone()
            .or_else(|| self.owner_of(message, &names))
            .or_else(|| self.exclusive.clone());
        let Some(lane) = lane else {
            for name in names {
                self.orphans.entry(name).or_default().push(exchange);
            }
            let waiting = OpenExchange {
                held: vec![event.seq],
                ..OpenExchange::default()
            };
            self.exchanges.insert(exchange, waiting);
            return;
        };
        self.hold(&lane, message);
        if event.lane.is_none() {
            joined.push((lane.clone(), event.seq));
        }
        let attributed = OpenExchange {
            lane: Some(lane.clone()),
            ..OpenExchange::default()
        };
        self.exchanges.insert(exchange, attributed);
        self.mint(&lane, names, joined);
    }

    /// Returns the case to which the names in a request lead, `None` if they lead to no case.
    pub fn owner(&self, message: &Message) -> Option<Lane> {
        self.owner_of(message, &identifiers(message))
    }

    fn owner_of(&self, message: &Message, names: &[Identifier]) -> Option<Lane> {
        let by_name = names.iter().find_map(|name| self.owners.get(name));
        let by_handle = || {
            let mut handles = handles(message).into_iter();
            handles.find_map(|handle| self.handles.get(&handle))
        };
        by_name.or_else(by_handle).cloned()
    }

    /// Makes the handles in a message lead to its case from now on.
    fn hold(&mut self, lane: &Lane, message: &Message) {
        if !self.ended.contains(lane) {
            for handle in handles(message) {
                self.handles.insert(handle, lane.clone());
            }
        }
    }

    /// Ends an exchange and returns the case to which it belongs.
    fn end(
        &mut self,
        event: &Event,
        exchange: u64,
        names: impl FnOnce() -> Vec<Identifier>,
        joined: &mut Vec<(Lane, Seq)>,
    ) -> Option<Lane> {
        let known = self.exchanges.get_mut(&exchange)?;
        known.ended = true;
        match known.lane.clone().or_else(|| event.lane.clone()) {
            Some(lane) => {
                if event.lane.is_none() {
                    joined.push((lane.clone(), event.seq));
                }
                self.exchanges.remove(&exchange);
                self.mint(&lane, names(), joined);
                Some(lane)
            }
            None => {
                known.held.push(event.seq);
                known.answered = names();
                None
            }
        }
    }

    /// Gives identifiers to a case, and gives it the exchanges that waited for them.
    fn mint(&mut self, lane: &Lane, names: Vec<Identifier>, joined: &mut Vec<(Lane, Seq)>) {
        let mut queue = names;
        while let Some(name) = queue.pop() {
            if self.owners.contains_key(&name) {
                continue;
            }
            self.owners.insert(name.clone(), lane.clone());
            for exchange in self.orphans.remove(&name).unwrap_or_default() {
                let Some(known) = self.exchanges.get_mut(&exchange) else {
                    continue;
                };
                if known.lane.is_some() {
                    continue;
                }
                known.lane = Some(lane.clone());
                joined.extend(known.held.drain(..).map(|seq| (lane.clone(), seq)));
                queue.append(&mut known.answered);
                if known.ended {
                    self.exchanges.remove(&exchange);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Body;
    use plan_language::participant::{Address, Author, Participant};
    use serde_json::json;

    const ACCOUNT: &str = "b0a1c2d3-0000-4000-8000-000000000001";
    const SESSION: &str = "5e551011-0000-4000-8000-000000000001";

    fn request(seq: Seq, exchange: u64, lane: Option<&str>, path: &str, body: Value) -> Event {
        Event {
            seq,
            at: seq,
            lane: lane.map(Into::into),
            fact: Fact::Request {
                exchange,
                step: None,
                from: Participant::Provider,
                to: Address::of(Participant::Service),
                author: Author::Live,
                message: Message {
                    method: Some("POST".into()),
                    path: path.into(),
                    body: Body::Json(body.into()),
                    ..Message::default()
                },
            },
        }
    }

    fn answer(seq: Seq, exchange: u64, lane: Option<&str>, body: Value) -> Event {
        Event {
            seq,
            at: seq,
            lane: lane.map(Into::into),
            fact: Fact::Answer {
                exchange,
                author: Author::Emulated,
                message: Message {
                    status: Some(200),
                    body: Body::Json(body.into()),
                    ..Message::default()
                },
            },
        }
    }

    fn pairs(joined: Vec<(Lane, Seq)>) -> Vec<(String, Seq)> {
        joined
            .into_iter()
            .map(|(lane, seq)| (lane.to_string(), seq))
            .collect()
    }

    #[test]
    fn a_message_joins_the_case_that_minted_its_account() {
        let mut correlator = Correlator::default();
        correlator.take(&request(1, 1, Some("one"), "/bankaccounts", json!({})));
        correlator.take(&answer(
            2,
            1,
            Some("one"),
            json!({"bankAccountId": ACCOUNT}),
        ));
        let statement = json!({"data": {"principalId": ACCOUNT}});
        let joined = correlator.take(&request(3, 2, None, "/v1/statements", statement));
        assert_eq!(pairs(joined), [("one".to_owned(), 3)]);
        let joined = correlator.take(&answer(4, 2, None, json!({"data": {"_id": "statement-1"}})));
        assert_eq!(pairs(joined), [("one".to_owned(), 4)]);
        let joined = correlator.take(&request(
            5,
            3,
            None,
            "/v1/statements/statement-1",
            json!({}),
        ));
        assert_eq!(pairs(joined), [("one".to_owned(), 5)]);
    }

    #[test]
    fn a_message_that_came_too_early_joins_when_its_identifier_is_minted() {
        let mut correlator = Correlator::default();
        let body = json!({"resource": {"id": SESSION, "type": "authorisation"}});
        assert!(
            correlator
                .take(&request(1, 1, None, "/notification", body))
                .is_empty()
        );
        assert!(correlator.take(&answer(2, 1, None, json!({}))).is_empty());
        let redirect = json!({"redirect": format!("http://x/ui/authorisations/{SESSION}")});
        correlator.take(&request(3, 2, Some("one"), "/link", json!({})));
        let joined = correlator.take(&answer(4, 2, Some("one"), redirect));
        assert_eq!(
            pairs(joined),
            [
                ("one".to_owned(), 1),
                ("one".to_owned(), 2),
                ("one".to_owned(), 4)
            ]
        );
    }

    #[test]
    fn the_first_to_mint_an_identifier_keeps_it() {
        let mut correlator = Correlator::default();
        let path = format!("/bankaccounts/{ACCOUNT}");
        correlator.take(&request(1, 1, Some("one"), &path, json!({})));
        correlator.take(&request(2, 2, Some("two"), &path, json!({})));
        let joined = correlator.take(&request(3, 3, None, &path, json!({})));
        assert_eq!(pairs(joined), [("one".to_owned(), 3)]);
    }

    #[test]
    fn a_message_without_an_owner_belongs_to_the_exclusive_case() {
        let mut correlator = Correlator::default();
        let opened = |seq, exclusive: bool| Event {
            seq,
            at: seq,
            lane: Some("exclusive".into()),
            fact: Fact::Opened {
                values: json!({"exclusive": exclusive}),
            },
        };
        correlator.take(&opened(1, true));
        let joined = correlator.take(&request(2, 1, None, "/oauth/token", json!({})));
        assert_eq!(pairs(joined), [("exclusive".to_owned(), 2)]);
        correlator.take(&Event {
            seq: 3,
            at: 3,
            lane: Some("exclusive".into()),
            fact: Fact::Ended,
        });
        assert!(
            correlator
                .take(&request(4, 2, None, "/oauth/token", json!({})))
                .is_empty()
        );
    }

    #[test]
    fn a_handle_leads_to_the_case_that_is_open() {
        let ended = |seq, lane: &str| Event {
            seq,
            at: seq,
            lane: Some(lane.into()),
            fact: Fact::Ended,
        };
        let asked = |seq| {
            let mut event = request(seq, seq, None, "", Value::Null);
            let Fact::Request { message, .. } = &mut event.fact else {
                unreachable!("it is a request");
            };
            message.query = vec![("externalId".to_owned(), "ext-1".to_owned())];
            event
        };
        let told = || json!({"data": {"bankAccounts": [{"bankAccountExternalId": "ext-1"}]}});
        let mut correlator = Correlator::default();
        assert!(
            correlator.take(&asked(1)).is_empty(),
            "no case has named it"
        );
        correlator.take(&request(2, 2, Some("one"), "/v1/authorisations/x", told()));
        assert_eq!(pairs(correlator.take(&asked(3))), [("one".to_owned(), 3)]);
        correlator.take(&ended(4, "one"));
        assert!(correlator.take(&asked(5)).is_empty(), "that case has ended");
        // The same customer in the next case; a late message of the first one changes nothing.
        let polled = json!({"account": {"bankAccountExternalId": "ext-1"}});
        correlator.take(&request(6, 6, Some("two"), "/poll", json!({})));
        correlator.take(&answer(7, 6, Some("two"), polled));
        correlator.take(&request(8, 8, Some("one"), "/v1/authorisations/x", told()));
        assert_eq!(pairs(correlator.take(&asked(9))), [("two".to_owned(), 9)]);
    }
}
