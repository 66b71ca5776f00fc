//! Takes one message: records it, answers it from a stub or forwards it, and records the response.

use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;

use crate::clock;
use crate::exchange::{Breakdown, Incoming, Mount, MountOwner, Outgoing, Upstream};
use crate::journal::{Fact, Seq};
use crate::tap::body::{BodyError, no_memory, read_body};
use crate::tap::headers::{end_to_end, pairs, with_host};
use crate::tap::late::OwedAnswer;
use crate::tap::open::OpenExchange;
use crate::tap::probe::PROBE;
use crate::tap::reply::{plain, response};
use crate::tap::sender::{opens_page, sender};
use crate::tap::{Reaction, Tap};
use plan_language::participant::{Address, Author};

/// A message that a tap has read whole.
struct Received<'a> {
    mount: &'a Mount,
    to: Address,
    method: String,
    /// The path below the mount.
    path: &'a str,
    /// The query without its `?`; empty if there is none.
    query: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Received<'_> {
    /// Returns path and query, as they are sent on.
    fn target(&self) -> String {
        if self.query.is_empty() {
            self.path.to_owned()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }

    /// Makes the request that is sent on.
    fn outgoing(self) -> Outgoing {
        Outgoing {
            method: self.method,
            url: format!("{}{}", self.mount.base, self.path),
            headers: match &self.mount.upstream {
                // An emulated participant is reached at the address that the caller used; a signature may cover it.
                Upstream::Emulated(_) => with_host(self.headers),
                Upstream::Live(_) | Upstream::Parts(_) => end_to_end(self.headers),
            },
            body: self.body,
        }
    }
}

/// How a message ends: with a response and its author, or without one as stubbed.
type End = (Result<Option<Incoming>, Breakdown>, Author);

/// The response to a message.
struct Responded<'t> {
    /// `None` closes the connection without one.
    response: Option<Response>,
    /// The position of the last event of its exchange.
    last: Option<Seq>,
    /// Whether feedproof owes it at once, until it is handed over.
    owed: Option<OwedAnswer<'t>>,
}

impl Responded<'_> {
    /// A response of the tap's own, to a message that it does not record.
    fn unrecorded(response: Response) -> Self {
        Self {
            response: Some(response),
            last: None,
            owed: None,
        }
    }

    /// A response whose exchange is in the journal, up to a position.
    fn recorded((response, last): (Response, Seq)) -> Self {
        Self {
            response: Some(response),
            last: Some(last),
            owed: None,
        }
    }
}

impl Tap {
    /// Takes one message that arrived at an origin; `None` closes the connection without a response.
    ///
    /// The response waits until the operating system has the lines of the exchange.
    pub async fn take(&self, origin: &str, request: Request) -> Option<Response> {
        let responded = self.respond(origin, request).await;
        let response = self.once_kept(responded.response?, responded.last);
        drop(responded.owed);
        Some(response)
    }

    /// Returns a response once the operating system has the journal's line at `last`, the last of its exchange.
    fn once_kept(&self, response: Response, last: Option<Seq>) -> Response {
        match last.map_or(Ok(()), |last| self.journal.write_until(last)) {
            Ok(()) => response,
            Err(lost) => plain(StatusCode::SERVICE_UNAVAILABLE, &lost.to_string()),
        }
    }

    /// Makes the response to a message.
    async fn respond(&self, origin: &str, request: Request) -> Responded<'_> {
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        if self.client.mounts().inside(origin, &path) == PROBE {
            return Responded::unrecorded(self.answer_probe());
        }
        let Some((mount, path)) = self.client.mounts().find(origin, &path) else {
            let response = plain(StatusCode::NOT_FOUND, "nothing is served here");
            return Responded::unrecorded(response);
        };
        if path.ends_with(PROBE) {
            return Responded::unrecorded(self.answer_probe());
        }
        let to = mount.address(path);
        let Ok(_place) = self.places.try_acquire() else {
            let why = format!(
                "the limit for messages at once is {}",
                self.limits.messages_max
            );
            return Responded::recorded(self.refuse(
                &mount,
                to,
                StatusCode::SERVICE_UNAVAILABLE,
                &why,
            ));
        };
        let method = request.method().as_str().to_owned();
        let headers = pairs(request.headers());
        let body = match self.body(&headers, request.into_body()).await {
            Ok(body) => body,
            Err((status, why)) => {
                let why = format!("{method} {path}: {why}");
                return Responded::recorded(self.refuse(&mount, to, status, &why));
            }
        };
        let received = Received {
            mount: &mount,
            to,
            method,
            path,
            query,
            headers,
            body,
        };
        let (open, reaction) = self.record(&received);
        if reaction.is_none()
            && opens_page(to)
            && let Some(page) = self.page_behind(&received)
        {
            let last = if self.browser_reports {
                open.left_to_browser()
            } else {
                let why = "not observed: the tap redirected a browser that feedproof does not drive to the provider's own address";
                open.broken(why.to_owned())
            };
            return Responded::recorded((send_on(&page), last));
        }
        self.react(received, open, reaction).await
    }

    /// Makes the response to a message that is recorded.
    async fn react<'t>(
        &'t self,
        received: Received<'_>,
        open: OpenExchange<'_>,
        reaction: Option<Reaction>,
    ) -> Responded<'t> {
        let owed = self.owed(received.mount, &open, reaction.as_ref());
        let asked = received.headers.clone();
        let (result, author) = self.end(received, reaction).await;
        let (response, last) = self.finish(open, &asked, result, author);
        Responded {
            response,
            last: Some(last),
            owed,
        }
    }

    /// Returns what feedproof owes if the answer is its own, and no stub holds it back.
    ///
    /// The reference provider may take its time: it waits for others, and some of its faults are delays.
    pub(super) fn owed(
        &self,
        mount: &Mount,
        open: &OpenExchange<'_>,
        reaction: Option<&Reaction>,
    ) -> Option<OwedAnswer<'_>> {
        let own = match reaction {
            Some(reaction) if reaction.holds_back() => false,
            Some(reaction) if !reaction.reaches_participant() => true,
            _ => {
                matches!(mount.upstream, Upstream::Emulated(_))
                    && !matches!(mount.owner, MountOwner::Provider(_))
            }
        };
        own.then(|| OwedAnswer::since(Instant::now(), &self.journal, open.exchange()))
    }

    /// Reads a body once there is memory for the headers before it.
    async fn body(&self, headers: &[(String, String)], body: Body) -> Result<Bytes, BodyError> {
        let head: usize = headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        let share = self.vault.memory().take(head).map_err(no_memory)?;
        read_body(body, self.limits, share).await
    }

    /// Refuses a message of a connection for which there is no room.
    pub(super) fn turn_away(&self, origin: &str, request: &Request, why: &str) -> Response {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let (response, last) = match self.client.mounts().find(origin, request.uri().path()) {
            Some((mount, path)) => {
                let why = format!("{} {path}: {why}", request.method());
                let (response, last) = self.refuse(&mount, mount.address(path), status, &why);
                (response, Some(last))
            }
            None => (plain(status, why), None),
        };
        let mut response = self.once_kept(response, last);
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
        response
    }

    /// Records the request, and takes the reaction of the first stub that selects it.
    fn record<'t>(&'t self, received: &Received<'t>) -> (OpenExchange<'t>, Option<Reaction>) {
        let Received {
            mount, to, path, ..
        } = *received;
        let message = self.vault.mask_request(
            &received.method,
            path,
            &received.query,
            &received.headers,
            &received.body,
            clock::wall_seconds(),
        );
        let from = sender(to, path, &received.headers);
        let exchange = self.journal.number();
        tracing::debug!(exchange, %from, %to, message = %message.title(), "tapped");
        // Where cases share an address, a late message of one case must not use up the stub of another.
        let owner = mount.lane.clone().or_else(|| self.journal.owner(&message));
        let reaction = self.stub_registry.react(owner.as_ref(), to, &message);
        self.journal.append(
            mount.lane.as_ref(),
            Fact::Request {
                exchange,
                step: None,
                from,
                to,
                author: self.mode.author(from),
                message,
            },
        );
        let open = OpenExchange::new(&self.journal, mount.lane.as_ref(), exchange);
        (open, reaction)
    }

    /// Forwards the message, or lets a stub react to it.
    async fn end(&self, received: Received<'_>, reaction: Option<Reaction>) -> End {
        let (mount, target) = (received.mount, received.target());
        let author = self.mode.author(received.to.participant);
        let outgoing = received.outgoing();
        let Some(reaction) = reaction else {
            let forwarded = self.client.forward(mount, &target, outgoing).await;
            return (forwarded.map(Some), author);
        };
        let processed = if reaction.reaches_participant() {
            Some(self.client.forward(mount, &target, outgoing).await)
        } else {
            None
        };
        let author = if reaction.replaces_answer() {
            Author::Runner
        } else {
            author
        };
        (
            reaction.answer(processed, self.limits.patience).await,
            author,
        )
    }

    /// Records how the exchange ended, and makes the response, with the position of the end; `asked` are the headers of
    /// the request.
    fn finish(
        &self,
        open: OpenExchange<'_>,
        asked: &[(String, String)],
        result: Result<Option<Incoming>, Breakdown>,
        author: Author,
    ) -> (Option<Response>, Seq) {
        match result {
            Ok(Some(incoming)) => {
                let message = self.vault.mask_answer(
                    incoming.status,
                    &incoming.headers,
                    &incoming.body,
                    asked,
                    clock::wall_seconds(),
                );
                let last = open.answered(author, message);
                (Some(response(incoming)), last)
            }
            Ok(None) => {
                let why = "closed without a response, as stubbed";
                (None, open.broken(why.to_owned()))
            }
            Err(breakdown) => {
                let last = open.broken(self.vault.mask(&breakdown.to_string()).into_owned());
                let why = "the participant behind this address gave no complete response";
                (Some(plain(StatusCode::BAD_GATEWAY, why)), last)
            }
        }
    }

    /// Returns the live provider's own URL of the page that a browser asked for.
    fn page_behind(&self, received: &Received<'_>) -> Option<String> {
        let mut url = format!("{}{}", received.mount.base, received.path);
        if !received.query.is_empty() {
            url = format!("{url}?{}", received.query);
        }
        self.client.behind(&url)
    }
}

/// Redirects a browser to the page of a live provider, whose links and cookies would break under the tap's address.
///
/// What the browser sees there no tap observes: the exchange has no response that could be judged, unless the browser
/// reports one.
fn send_on(page: &str) -> Response {
    let mut response = plain(StatusCode::FOUND, "the page is the provider's own");
    match HeaderValue::from_str(page) {
        Ok(page) => {
            response.headers_mut().insert(LOCATION, page);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_GATEWAY,
    }
    response
}
