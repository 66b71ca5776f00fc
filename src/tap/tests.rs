//! Tests of taps on real sockets, and what they share: a bench with one listener and its upstreams.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::exchange::{Breakdown, Incoming, Mount, MountOwner, Mounts, Outgoing, Upstream};
use crate::journal::{Event, Fact, Header, Lane, Message};
use crate::tap::headers::pairs;
use plan_language::participant::{Address, Author, Callback, Participant};

mod bounds;
mod late;
mod record;
mod stub_registry;

/// The longest time that a test waits for what must come at once.
const SOON: Duration = Duration::from_secs(5);

/// One listener with taps behind it.
struct Bench {
    tap: Arc<Tap>,
    origin: String,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
}

impl Bench {
    async fn open(mode: Mode, limits: Limits) -> Self {
        let header = Header::made_up(mode);
        let journal = Arc::new(Journal::begin(header, None));
        let http = Client::http(SOON).expect("a client builds");
        let client = Client::new(http, Arc::new(Mounts::default()), BODY_BYTES_MAX);
        let tap = Arc::new(Tap::new(journal, Arc::default(), client, mode, limits));
        let (listener, origin) = listen().await;
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(tap.serve(listener, origin.clone(), shutdown.clone()));
        Self {
            tap,
            origin,
            shutdown,
            serving,
        }
    }

    /// A bench beside a live provider, with the usual limits.
    async fn connector() -> Self {
        Self::open(Mode::Connector, Limits::default()).await
    }

    /// A bench with little patience and small bodies.
    async fn impatient() -> Self {
        let limits = Limits {
            body_max: 16,
            patience: Duration::from_millis(200),
            messages_max: 64,
        };
        Self::open(Mode::Connector, limits).await
    }

    /// Serves one more mount and returns its base URL.
    fn mount(
        &self,
        segment: &str,
        owner: MountOwner,
        upstream: Upstream,
        lane: Option<&str>,
    ) -> String {
        let base = format!("{}/{segment}", self.origin);
        let mount = Mount {
            base: base.clone(),
            upstream,
            owner,
            lane: lane.map(Into::into),
        };
        self.tap
            .client
            .mounts()
            .add(&self.origin, segment, Arc::new(mount));
        base
    }

    /// Serves the emulated service for the case `one`.
    fn service(&self, upstream: &Upside) -> String {
        self.mount("s", MountOwner::Service, upstream.emulated(), Some("one"))
    }

    /// Sends what somebody outside sends.
    async fn send(&self, method: &str, url: &str, body: &str) -> Result<Incoming, Breakdown> {
        self.send_with(method, url, &[], body).await
    }

    async fn send_with(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Incoming, Breakdown> {
        let outgoing = Outgoing {
            method: method.into(),
            url: url.into(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        self.tap.client.send_outside(outgoing).await
    }

    /// Opens a connection of its own and sends bytes on it.
    async fn connect(&self, bytes: &[u8]) -> TcpStream {
        let address = self.origin.strip_prefix("http://").expect("the scheme");
        let mut stream = TcpStream::connect(address).await.expect("the tap listens");
        stream.write_all(bytes).await.expect("the tap takes it");
        stream
    }

    /// Lists what happened since the head of the run.
    fn events(&self) -> Vec<Arc<Event>> {
        self.tap.journal.events().split_off(1)
    }

    /// Names the facts in their order.
    fn facts(&self) -> Vec<&'static str> {
        self.events()
            .iter()
            .map(|event| match event.fact {
                Fact::Request { .. } => "request",
                Fact::Answer { .. } => "answer",
                Fact::Broken { .. } => "broken",
                Fact::Refused { .. } => "refused",
                _ => "other",
            })
            .collect()
    }

    /// Waits until the case `one` has so many events, and returns the last.
    async fn nth(&self, number: usize) -> Arc<Event> {
        let lane: Lane = "one".into();
        let mut watch = self.tap.journal.watch(&lane);
        let waiting = async {
            loop {
                let (events, _) = self.tap.journal.view_now(&lane, 0);
                if events.len() >= number {
                    break events[number - 1].clone();
                }
                watch.changed().await.expect("the journal lives");
            }
        };
        tokio::time::timeout(SOON, waiting)
            .await
            .expect("it is written down")
    }

    /// Returns why the only exchange broke or the only message was refused.
    fn why(&self) -> String {
        let mut whys = self
            .events()
            .into_iter()
            .filter_map(|event| match &event.fact {
                Fact::Broken { why, .. } | Fact::Refused { why, .. } => Some(why.clone()),
                _ => None,
            });
        let why = whys.next().expect("something went wrong");
        assert_eq!(whys.next(), None, "and only once");
        why
    }

    async fn close(self) {
        self.shutdown.cancel();
        tokio::time::timeout(SOON, self.serving)
            .await
            .expect("the tap comes to an end")
            .expect("and does not panic");
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let origin = format!(
        "http://{}",
        listener.local_addr().expect("it has an address")
    );
    (listener, origin)
}

/// Reads until the other side has closed.
async fn all_of(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let reading = stream.read_to_end(&mut text);
    // A reset is an end as well.
    let _ = tokio::time::timeout(SOON, reading)
        .await
        .expect("the tap closes");
    String::from_utf8_lossy(&text).into_owned()
}

fn text(answer: &Incoming) -> &str {
    std::str::from_utf8(&answer.body).expect("text")
}

/// What an upstream was sent.
#[derive(Clone, Debug)]
struct Taken {
    method: String,
    uri: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Taken {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A participant that keeps what it is sent and answers `201 done`.
#[derive(Clone, Default)]
struct Upside(Arc<Mutex<Vec<Taken>>>);

impl Upside {
    fn taken(&self) -> Vec<Taken> {
        self.0.lock().expect("nobody panicked").clone()
    }

    fn calls(&self) -> usize {
        self.taken().len()
    }

    fn router(&self) -> Router {
        let own = self.clone();
        Router::new().fallback(async move |request: Request| {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX)
                .await
                .expect("a whole body");
            own.0.lock().expect("nobody panicked").push(Taken {
                method: head.method.to_string(),
                uri: head.uri.to_string(),
                headers: pairs(&head.headers),
                body,
            });
            let set_cookie = ("set-cookie", "session=s3cret");
            let kept_alive = ("keep-alive", "timeout=7");
            let greeting = ("x-greeting", "gr\u{fc}ezi");
            (
                StatusCode::CREATED,
                [set_cookie, kept_alive, greeting],
                "done",
            )
                .into_response()
        })
    }

    fn emulated(&self) -> Upstream {
        Upstream::Emulated(self.router())
    }

    /// Serves it on a port of its own, until the runtime of the test ends.
    async fn live(&self) -> String {
        let (listener, origin) = listen().await;
        let router = self.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        origin
    }
}
