//! Taps: listeners that record a message, then answer as stubbed or hand it on.
//!
//! The sink before the provider and the tap before service and identity provider are the same thing
//! with another face. A tap records what others send; it neither judges nor decides who is right.

mod headers;
mod open;
mod stub_registry;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::exchange::{Client, Face, Incoming, Mount, Outgoing, Upstream};
use crate::journal::{Fact, Journal};
use crate::vault::Vault;
use plan_language::participant::{Address, Author, Callback, Mode, Participant};

use headers::{end_to_end, pairs, with_host};
use open::OpenExchange;
pub use stub_registry::{Reaction, Stub, StubRegistry};

/// The end of a path, below a mount or one of its callbacks, that the tap itself answers.
pub const PROBE: &str = "/.feedproof-probe";

/// The length of the word that answers it, in bytes.
pub const WORD_BYTES: u64 = 32;

/// The largest body of a message that a tap takes, in bytes: as much as the emulated service takes (ruling R-16).
pub const BODY_BYTES_MAX: usize = 32 << 20;

/// Bounds that a tap keeps.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest body, in bytes.
    pub body_max: usize,
    /// The longest time that a body may take to arrive, and that a held answer is held.
    pub patience: Duration,
    /// The most messages under way at once; more are refused with 503.
    pub messages_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_max: BODY_BYTES_MAX,
            patience: Duration::from_secs(30),
            messages_max: 4096,
        }
    }
}

/// What all taps of a run share.
#[derive(Debug)]
pub struct Tap {
    /// Where facts are written.
    pub journal: Arc<Journal>,
    /// The border that masks them.
    pub vault: Arc<Vault>,
    /// The client that hands messages on; it knows the mounts.
    pub client: Client,
    /// Who is live.
    pub mode: Mode,
    /// Replies that are stubbed.
    pub stub_registry: StubRegistry,
    /// Bounds.
    pub limits: Limits,
    /// What a probe is answered: a word of this run's own, so that nobody else's answer is taken for ours.
    pub word: String,
    /// How the URLs of an in_process run begin, in which no listener takes messages.
    in_process: Option<String>,
    /// Messages that are being recorded or handed on.
    places: tokio::sync::Semaphore,
}

impl Tap {
    /// Makes the taps of a run.
    pub fn new(
        journal: Arc<Journal>,
        vault: Arc<Vault>,
        client: Client,
        mode: Mode,
        limits: Limits,
    ) -> Self {
        Self {
            journal,
            vault,
            client,
            mode,
            stub_registry: StubRegistry::default(),
            word: uuid::Uuid::new_v4().simple().to_string(),
            in_process: None,
            places: tokio::sync::Semaphore::new(limits.messages_max),
            limits,
        }
    }

    /// Makes them the taps of an in_process run: messages come by [`Tap::take`] alone; `origin` is how their URLs begin.
    #[must_use]
    pub fn in_process(self, origin: String) -> Self {
        Self {
            in_process: Some(origin),
            ..self
        }
    }

    /// Serves the mounts of one listener until the shutdown; `origin` is how its URLs begin.
    pub fn serve(
        self: &Arc<Self>,
        listener: TcpListener,
        origin: String,
        shutdown: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        let tap = self.clone();
        let tasks = TaskTracker::new();
        async move {
            loop {
                let (stream, _) = tokio::select! {
                    () = shutdown.cancelled() => break,
                    accepted = listener.accept() => match accepted {
                        Ok(accepted) => accepted,
                        // Out of file handles, or a peer that left at once: others go on.
                        Err(error) => {
                            tracing::warn!(%error, "a connection could not be accepted");
                            // Without a pause, a process out of handles would do nothing but fail.
                            tokio::time::sleep(Duration::from_millis(10)).await;
                            continue;
                        }
                    },
                };
                let _ = stream.set_nodelay(true);
                let tap = tap.clone();
                let origin = origin.clone();
                let shutdown = shutdown.clone();
                tasks.spawn(async move { tap.connection(stream, origin, shutdown).await });
            }
            tasks.close();
            tasks.wait().await;
        }
    }

    async fn connection(
        self: Arc<Self>,
        stream: tokio::net::TcpStream,
        origin: String,
        shutdown: CancellationToken,
    ) {
        let tap = self.clone();
        let service =
            hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let tap = tap.clone();
                let origin = origin.clone();
                async move {
                    match tap.take(&origin, request.map(Body::new)).await {
                        Some(response) => Ok::<_, Reset>(response),
                        None => Err(Reset),
                    }
                }
            });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(hyper_util::rt::TokioTimer::new())
            .header_read_timeout(self.limits.patience)
            .serve_connection(hyper_util::rt::TokioIo::new(stream), service);
        tokio::pin!(connection);
        tokio::select! {
            // A peer that breaks off, or a reply stubbed to break off, ends the connection.
            _ = &mut connection => {}
            () = shutdown.cancelled() => {
                connection.as_mut().graceful_shutdown();
                let _ = tokio::time::timeout(Duration::from_millis(200), connection).await;
            }
        }
    }

    /// Sends a probe to a URL that taps serve and tells whether a tap heard it.
    ///
    /// The probe takes the way that others' messages take, and leaves no exchange behind.
    pub async fn probe(&self, url: &str) -> bool {
        let url = format!("{}{PROBE}", url.split('?').next().unwrap_or_default());
        if let Some(origin) = &self.in_process {
            let Ok(probe) = Request::get(&url).body(Body::empty()) else {
                return false;
            };
            let Some(answer) = self.take(origin, probe).await else {
                return false;
            };
            let word = axum::body::to_bytes(answer.into_body(), self.word.len()).await;
            return word.is_ok_and(|word| word == self.word.as_bytes());
        }
        let probe = Outgoing {
            method: "GET".to_owned(),
            url,
            headers: Vec::new(),
            body: Bytes::new(),
        };
        match self.client.send_outside(probe).await {
            Ok(answer) => answer.status == 200 && answer.body == self.word.as_bytes(),
            Err(_) => false,
        }
    }

    /// Takes one message that came for an origin; `None` closes the connection without an answer.
    pub async fn take(&self, origin: &str, request: Request) -> Option<Response> {
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        if self.client.mounts().inside(origin, &path) == PROBE {
            return Some(Response::new(Body::from(self.word.clone())));
        }
        let Some((mount, rest)) = self.client.mounts().find(origin, &path) else {
            return Some(plain(StatusCode::NOT_FOUND, "nothing is served here"));
        };
        if rest.ends_with(PROBE) {
            return Some(Response::new(Body::from(self.word.clone())));
        }
        let address = mount.address(rest);
        let Ok(_place) = self.places.try_acquire() else {
            return Some(self.refuse(
                &mount,
                address,
                StatusCode::SERVICE_UNAVAILABLE,
                format!("more than {} messages at once", self.limits.messages_max),
            ));
        };
        let method = request.method().as_str().to_owned();
        let headers = pairs(request.headers());
        let body = match self.read(request.into_body()).await {
            Ok(body) => body,
            Err((status, why)) => {
                return Some(self.refuse(
                    &mount,
                    address,
                    status,
                    format!("{method} {rest}: {why}"),
                ));
            }
        };
        let message = self.vault.mask_request(
            &method,
            rest,
            &query,
            &headers,
            &body,
            clock::wall_seconds(),
        );
        let from = sender(address, rest, &headers);
        let exchange = self.journal.number();
        tracing::debug!(exchange, %from, to = %address, message = %message.title(), "tapped");
        // Where cases share an address, a late message of one must not use up what another has stubbed.
        let owner = mount.lane.clone().or_else(|| self.journal.owner(&message));
        let reaction = self.stub_registry.react(owner.as_ref(), address, &message);
        self.journal.append(
            mount.lane.as_ref(),
            Fact::Request {
                exchange,
                step: None,
                from,
                to: address,
                author: self.mode.author(from),
                message,
            },
        );
        let open = OpenExchange::new(&self.journal, mount.lane.as_ref(), exchange);
        let outgoing = Outgoing {
            method,
            url: format!("{}{rest}", mount.base),
            headers: match &mount.upstream {
                // Whoever is emulated is reached by the address that the caller used; a signature may cover it.
                Upstream::Emulated(_) => with_host(headers),
                Upstream::Live(_) | Upstream::Parts(_) => end_to_end(headers),
            },
            body,
        };
        let rest = match query.is_empty() {
            true => rest.to_owned(),
            false => format!("{rest}?{query}"),
        };
        let mut author = self.mode.author(address.participant);
        let result = match reaction {
            None if opens_page(address) && self.client.behind(&outgoing.url).is_some() => {
                return Some(self.send_on(open, exchange, &outgoing.url, &rest));
            }
            None => self.client.forward(&mount, &rest, outgoing).await.map(Some),
            Some(reaction) => {
                let processed = match reaction.reaches_participant() {
                    true => Some(self.client.forward(&mount, &rest, outgoing).await),
                    false => None,
                };
                if reaction.replaces_answer() {
                    author = Author::Runner;
                }
                reaction.answer(processed, self.limits.patience).await
            }
        };
        match result {
            Ok(Some(answer)) => {
                let message = self.vault.mask_answer(
                    answer.status,
                    &answer.headers,
                    &answer.body,
                    clock::wall_seconds(),
                );
                open.end(Fact::Answer {
                    exchange,
                    author,
                    message,
                });
                Some(response(answer))
            }
            Ok(None) => {
                let why = "closed without an answer, as stubbed".to_owned();
                open.end(Fact::Broken { exchange, why });
                None
            }
            Err(breakdown) => {
                let why = self.vault.mask(&breakdown.to_string()).into_owned();
                open.end(Fact::Broken { exchange, why });
                Some(plain(
                    StatusCode::BAD_GATEWAY,
                    "the participant behind this address gave no whole answer",
                ))
            }
        }
    }

    /// Sends a browser on to the page of a live provider: under our address its links and cookies would break.
    ///
    /// What the browser sees there is not observed, so the exchange has no answer of which anything could be judged.
    fn send_on(&self, open: OpenExchange<'_>, exchange: u64, url: &str, rest: &str) -> Response {
        let query = rest.split_once('?').map_or("", |(_, query)| query);
        let url = match query {
            "" => url.to_owned(),
            query => format!("{url}?{query}"),
        };
        let to = self.client.behind(&url).unwrap_or_default();
        let why = "not observed: the browser was sent on to the provider's own address, and is not our own".to_owned();
        open.end(Fact::Broken { exchange, why });
        let mut response = plain(StatusCode::FOUND, "the page is the provider's own");
        match HeaderValue::from_str(&to) {
            Ok(to) => {
                response
                    .headers_mut()
                    .insert(axum::http::header::LOCATION, to);
            }
            Err(_) => *response.status_mut() = StatusCode::BAD_GATEWAY,
        }
        response
    }

    fn refuse(&self, mount: &Mount, at: Address, status: StatusCode, why: String) -> Response {
        let why = self.vault.mask(&why).into_owned();
        let response = match (&mount.face, &mount.upstream) {
            // To its caller the tap is the service, whose errors have a form (ruling 8.10).
            (Face::Service, Upstream::Emulated(_)) => error(status, &why),
            _ => plain(status, &why),
        };
        self.journal
            .append(mount.lane.as_ref(), Fact::Refused { at, why });
        response
    }

    async fn read(&self, body: Body) -> Result<Bytes, (StatusCode, String)> {
        let max = self.limits.body_max;
        let reading = async {
            let mut stream = body.into_data_stream();
            let mut taken = BytesMut::new();
            while let Some(chunk) = stream.next().await {
                let chunk = chunk.map_err(|error| {
                    (
                        StatusCode::BAD_REQUEST,
                        format!("its body broke off: {error}"),
                    )
                })?;
                if taken.len() + chunk.len() > max {
                    return Err((
                        StatusCode::PAYLOAD_TOO_LARGE,
                        format!("its body is larger than {max} bytes"),
                    ));
                }
                taken.extend_from_slice(&chunk);
            }
            Ok(taken.freeze())
        };
        let patience = self.limits.patience;
        tokio::time::timeout(patience, reading)
            .await
            .unwrap_or_else(|_| {
                Err((
                    StatusCode::REQUEST_TIMEOUT,
                    format!("its body took longer than {patience:?}"),
                ))
            })
    }
}

/// Tells whether an address is a page of the provider that only a customer's browser opens.
fn opens_page(address: Address) -> bool {
    matches!(
        (address.participant, address.callback),
        (
            Participant::Provider,
            Some(Callback::Auth | Callback::ReAuth)
        )
    )
}

/// Says who sent a message that a tap took.
///
/// A browser says so itself, by headers that it alone sends; `sec-fetch-mode` is none of them, because HTTP clients
/// of servers send it too. Who brings credentials of an API is no customer's browser, whatever it says.
fn sender(address: Address, path: &str, headers: &[(String, String)]) -> Participant {
    let has = |wanted: &str| headers.iter().any(|(name, _)| name == wanted);
    let browses = has("sec-fetch-dest") || has("upgrade-insecure-requests");
    let browses = browses && !has("authorization") && !has("x-api-key");
    let page = opens_page(address) || address.participant == Participant::Product;
    let screen = address.participant == Participant::Service && path.starts_with("/ui/");
    match address.participant {
        _ if browses || page || screen => Participant::Browser,
        Participant::Provider => Participant::Service,
        _ => Participant::Provider,
    }
}

/// Closes a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed without an answer")]
struct Reset;

fn response(answer: Incoming) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in end_to_end(answer.headers) {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Refuses as the emulated service does: JSON with a short code and a message.
fn error(status: StatusCode, message: &str) -> Response {
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::REQUEST_TIMEOUT => "too_slow",
        StatusCode::SERVICE_UNAVAILABLE => "full",
        _ => "malformed",
    };
    let body = serde_json::json!({ "code": code, "message": message });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(format!("feedproof: {text}\n")));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests;
