//! The navigation of a browser that feedproof does not fetch pages for, as far as taps observe it.
//!
//! In a rehearsal every request of such a browser passes a tap. The pages of a live provider do not: their responses
//! are not observed, and nothing is concluded about them.

use std::sync::Arc;

use crate::journal::{Body, Event, Fact, Journal, Lane, Message, Seq};
use plan_language::participant::{Callback, Participant};

/// The requests of a browser that taps observed since a visit began.
#[derive(Clone, Copy)]
pub(super) struct ObservedNavigation<'t> {
    pub journal: &'t Journal,
    pub lane: &'t Lane,
    /// The last event before the visit.
    pub since: Seq,
}

/// A request of a browser that a tap observed.
pub(super) struct ObservedRequest {
    pub exchange: u64,
    pub to: Participant,
    pub callback: Option<Callback>,
    pub message: Message,
    /// Whether the exchange has its end.
    pub ended: bool,
    /// Status of the response; `None` where there is none, or not yet.
    pub status: Option<u16>,
    /// The text of the response, as far as the journal keeps it.
    pub text: Option<String>,
}

impl ObservedNavigation<'_> {
    /// Returns the requests of the browser, in order.
    pub fn requests(&self) -> Vec<ObservedRequest> {
        let (events, _) = self.journal.view_now(self.lane, self.since);
        observed(&events)
    }

    /// Returns each `redirect_uri` in the requests for the provider's pages, in order.
    pub fn redirect_uris(&self) -> Vec<String> {
        let requests = self.requests().into_iter();
        let opened = requests.filter(ObservedRequest::opens_provider);
        opened
            .filter_map(|request| request.message.query("redirect_uri").map(str::to_owned))
            .collect()
    }
}

impl ObservedRequest {
    pub fn opens_provider(&self) -> bool {
        matches!(self.callback, Some(Callback::Auth | Callback::ReAuth))
    }

    /// Tells whether the browser shows the response to a person, in a window or in a frame.
    pub fn is_page(&self) -> bool {
        matches!(
            self.message.header("sec-fetch-dest"),
            None | Some("document" | "iframe" | "frame")
        )
    }

    /// Returns a return address, given without query, with the query of this request.
    ///
    /// A tap records a query decoded, so it is encoded again.
    pub fn returned_to(&self, address: &str) -> String {
        if self.message.query.is_empty() {
            return address.to_owned();
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.message.query);
        format!("{address}?{}", query.finish())
    }

    /// Tells whether the request asks for this return address, given without query.
    pub fn comes_back_to(&self, address: &str) -> bool {
        let there = matches!(self.to, Participant::Service | Participant::Product);
        let path = url::Url::parse(address).map(|url| url.path().to_owned());
        // The path below a mount lacks the beginning that the mount stands for.
        there && path.is_ok_and(|path| path.ends_with(self.message.path.as_str()))
    }
}

fn observed(events: &[Arc<Event>]) -> Vec<ObservedRequest> {
    let mut requests: Vec<ObservedRequest> = Vec::new();
    for event in events {
        match &event.fact {
            Fact::Request {
                exchange,
                step: None,
                from: Participant::Browser,
                to,
                message,
                ..
            } => requests.push(ObservedRequest {
                exchange: *exchange,
                to: to.participant,
                callback: to.callback,
                message: message.clone(),
                ended: false,
                status: None,
                text: None,
            }),
            Fact::Answer {
                exchange, message, ..
            } => {
                let mut known = requests.iter_mut();
                if let Some(request) = known.find(|request| request.exchange == *exchange) {
                    request.ended = true;
                    request.status = message.status;
                    request.text = match &message.body {
                        Body::Text { text, .. } => Some(text.clone()),
                        _ => None,
                    };
                }
            }
            Fact::Broken { exchange, .. } => {
                let mut known = requests.iter_mut();
                if let Some(request) = known.find(|request| request.exchange == *exchange) {
                    request.ended = true;
                }
            }
            _ => {}
        }
    }
    requests
}
