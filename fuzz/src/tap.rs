//! HTTP messages at a tap, as they come from the network.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use feedproof::exchange::{Client, Mount, MountOwner, Mounts, Upstream};
use feedproof::journal::{Fact, Header, Journal};
use feedproof::secret::Secret;
use feedproof::tap::{BODY_BYTES_MAX, Limits, Tap};
use feedproof::vault::Vault;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use plan_language::participant::Mode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// How the addresses of the tap begin.
const ORIGIN: &str = "http://tap";

/// The secrets that every text is searched for; one can be a method, or the name of a header.
const SECRETS: [&str; 2] = ["Zr7/planted+4711=secret", "zr7-planted.4711-token"];

/// How much may be on its way in each direction, in bytes.
const ON_ITS_WAY: usize = 64 << 10;

/// Sends bytes to a tap whose participant sends each body back.
///
/// What comes back is HTTP or nothing. Each request in the journal has one end; no line of the journal has a secret in
/// any encoding that is sought; and when the journal is gone, the messages hold no memory any more.
pub fn tap(data: &[u8]) {
    let vault = Arc::new(Vault::new());
    for secret in SECRETS {
        vault.register("api-key", &Secret::new(secret));
    }
    let journal = Arc::new(Journal::begin(header(), None));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    let came_back = runtime.block_on(converse(&vault, &journal, data));
    assert!(came_back.is_empty() || came_back.starts_with(b"HTTP/1."));
    check_ends(&journal);
    check_secret(&vault, &journal);
    let memory = vault.memory().clone();
    drop((runtime, journal, vault));
    assert_eq!(memory.taken(), 0, "bytes are held for nothing");
}

/// Sends the bytes, closes, and returns what came back.
async fn converse(vault: &Arc<Vault>, journal: &Arc<Journal>, data: &[u8]) -> Vec<u8> {
    let tap = Arc::new(tap_of(vault, journal));
    let (mut ours, theirs) = tokio::io::duplex(ON_ITS_WAY);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let tap = tap.clone();
        async move {
            let response = tap.take(ORIGIN, request.map(Body::new)).await;
            response.ok_or_else(|| std::io::Error::other("closed without a response"))
        }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .max_buf_size(ON_ITS_WAY)
        .serve_connection(TokioIo::new(theirs), service);
    let talking = async {
        let data = &data[..data.len().min(ON_ITS_WAY)];
        // The tap may close before it has read everything.
        let _ = ours.write_all(data).await;
        let _ = ours.shutdown().await;
        let mut came_back = Vec::new();
        let _ = ours.read_to_end(&mut came_back).await;
        came_back
    };
    tokio::join!(serving, talking).1
}

/// Returns a tap before a participant that sends each body back.
fn tap_of(vault: &Arc<Vault>, journal: &Arc<Journal>) -> Tap {
    let echo = |request: axum::extract::Request| async move {
        let (head, body) = request.into_parts();
        let mut response = axum::response::Response::new(body);
        for name in ["content-type", "content-encoding"] {
            if let Some(value) = head.headers.get(name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        response
    };
    let mounts = Arc::new(Mounts::default());
    let mount = Mount {
        base: format!("{ORIGIN}/s"),
        upstream: Upstream::Emulated(Router::new().fallback(echo)),
        owner: MountOwner::Service,
        lane: None,
    };
    mounts.add(ORIGIN, "s", Arc::new(mount));
    let client = Client::in_process(mounts, BODY_BYTES_MAX).within(vault.memory().clone());
    let limits = Limits {
        body_max: ON_ITS_WAY,
        patience: Duration::from_secs(5),
        messages_max: 64,
    };
    Tap::new(
        journal.clone(),
        vault.clone(),
        client,
        Mode::Rehearsal,
        limits,
    )
    .in_process(ORIGIN.to_owned())
}

/// Checks that each exchange of the journal has a request and one end.
fn check_ends(journal: &Journal) {
    let mut ends: BTreeMap<u64, usize> = BTreeMap::new();
    for event in journal.events() {
        match &event.fact {
            Fact::Request { exchange, .. } => assert_eq!(ends.insert(*exchange, 0), None),
            Fact::Answer { exchange, .. } | Fact::Broken { exchange, .. } => {
                *ends.get_mut(exchange).expect("its request comes first") += 1;
            }
            _ => {}
        }
    }
    assert!(ends.values().all(|count| *count == 1), "{ends:?}");
}

/// Checks that no line of the journal has a secret in it.
fn check_secret(vault: &Vault, journal: &Journal) {
    let scanner = vault.scanner().expect("the scanner finds its canary");
    for event in journal.events() {
        let line = serde_json::to_vec(&event).expect("an event is printed");
        let leaks = scanner
            .scan(&mut line.as_slice())
            .expect("memory can be read");
        assert_eq!(leaks, [], "in {}", String::from_utf8_lossy(&line));
    }
}

/// Returns the header of a run that is none.
fn header() -> Header {
    let header = serde_json::json!({
        "version": "0",
        "format": feedproof::journal::FORMAT,
        "started": "2026-01-01T00:00:00Z",
        "mode": "rehearsal",
        "environment": "fuzz",
        "sources": [],
        "provenance": "fuzz",
        "selection": [],
        "filtered_out": 0,
    });
    serde_json::from_value(header).expect("it is a header")
}
