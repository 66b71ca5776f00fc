//! The trail that a browser not our own leaves at our taps: where it was sent, and whether it came back.
//!
//! In a rehearsal everything that such a browser asks for passes a tap. Where the provider is live, its own pages do
//! not: what it answered there is not observed, and nothing here pretends that it was.

use std::sync::Arc;

use crate::journal::{Event, Fact, Journal, Lane, Message, Seq};
use plan_language::participant::{Callback, Participant};

/// What was seen of a browser since a visit began.
pub(super) struct Trail<'t> {
    pub journal: &'t Journal,
    pub lane: &'t Lane,
    /// The last event before the visit.
    pub since: Seq,
}

/// A request of a browser that a tap saw.
pub(super) struct Passed {
    pub exchange: u64,
    pub to: Participant,
    pub callback: Option<Callback>,
    pub message: Message,
    /// Status of the answer; `None` while there is none, and for good where there was none.
    pub status: Option<u16>,
    /// The answer's text, as far as it was kept.
    pub text: Option<String>,
}

impl Trail<'_> {
    /// Lists what the browser asked for, in order.
    pub fn passed(&self) -> Vec<Passed> {
        let (events, _) = self.journal.view_now(self.lane, self.since);
        passed(&events)
    }

    /// Lists the `redirect_uri` that the provider's pages were opened with.
    pub fn named(&self) -> Vec<String> {
        let opened = self.passed().into_iter().filter(Passed::opens_provider);
        opened
            .filter_map(|one| one.message.query("redirect_uri").map(str::to_owned))
            .collect()
    }
}

impl Passed {
    fn opens_provider(&self) -> bool {
        matches!(self.callback, Some(Callback::Auth | Callback::ReAuth))
    }

    /// Tells whether a person sees the answer, in a window or frame of its own.
    pub fn is_page(&self) -> bool {
        matches!(
            self.message.header("sec-fetch-dest"),
            None | Some("document" | "iframe" | "frame")
        )
    }

    /// Returns a return address, given without query, with the query with which the browser asked for it.
    ///
    /// A tap keeps a query decoded, so it is spelt anew.
    pub fn returned_to(&self, address: &str) -> String {
        if self.message.query.is_empty() {
            return address.to_owned();
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.message.query);
        format!("{address}?{}", query.finish())
    }

    /// Tells whether the browser asked for this return address, given without query.
    pub fn comes_back_to(&self, address: &str) -> bool {
        let there = matches!(self.to, Participant::Service | Participant::Product);
        let path = url::Url::parse(address).map(|url| url.path().to_owned());
        // Below a mount of a stage the path has a beginning that the message does not show.
        there && path.is_ok_and(|path| path.ends_with(self.message.path.as_str()))
    }
}

fn passed(events: &[Arc<Event>]) -> Vec<Passed> {
    let mut passed: Vec<Passed> = Vec::new();
    for event in events {
        match &event.fact {
            Fact::Request {
                exchange,
                step: None,
                from: Participant::Browser,
                to,
                message,
                ..
            } => passed.push(Passed {
                exchange: *exchange,
                to: to.participant,
                callback: to.callback,
                message: message.clone(),
                status: None,
                text: None,
            }),
            Fact::Answer {
                exchange, message, ..
            } => {
                if let Some(one) = passed.iter_mut().find(|one| one.exchange == *exchange) {
                    one.status = message.status;
                    one.text = match &message.body {
                        crate::journal::Body::Text { text, .. } => Some(text.clone()),
                        _ => None,
                    };
                }
            }
            _ => {}
        }
    }
    passed
}
