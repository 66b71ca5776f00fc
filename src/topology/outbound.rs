//! How emulated participants send messages: over the network, or within this process.
//!
//! Either way a message passes the tap before its recipient, if there is one.

use std::sync::{Arc, Weak};

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_LENGTH, HOST};
use axum::http::{HeaderValue, Request, Response};
use tokio_util::task::AbortOnDropHandle;
use tower::BoxError;

use crate::handles;
use crate::journal::Journal;
use crate::tap::Tap;
use banking_service_emulator::Outbound;

/// Makes the sender of a run with a network.
pub(super) fn over_network(http: reqwest::Client, journal: Arc<Journal>) -> Outbound {
    Outbound::new(tower::service_fn(move |request| {
        send(http.clone(), journal.clone(), request)
    }))
}

async fn send(
    http: reqwest::Client,
    journal: Arc<Journal>,
    request: Request<Body>,
) -> Result<Response<Body>, BoxError> {
    let (parts, body) = request.into_parts();
    // Requests of the emulators are in memory already.
    let body = to_bytes(body, usize::MAX).await?;
    let request = reqwest::Request::try_from(Request::from_parts(parts, body))?;
    let response = http.execute(request).await.map_err(|error| {
        if handles::is_shortage(&error) {
            journal.note_shortage();
        }
        error.without_url()
    })?;
    Ok(Response::<reqwest::Body>::from(response).map(Body::new))
}

/// Makes the sender of an in-process run: it hands every message to the tap, whose URLs begin with `origin`.
pub(super) fn within(tap: &Arc<Tap>, origin: &str) -> Outbound {
    // A weak reference: the tap owns the mounts, the mounts own the participants, and these own this sender.
    let tap = Arc::downgrade(tap);
    let origin: Arc<str> = origin.into();
    Outbound::new(tower::service_fn(move |request| {
        carry(tap.clone(), origin.clone(), request)
    }))
}

async fn carry(
    tap: Weak<Tap>,
    origin: Arc<str>,
    request: Request<Body>,
) -> Result<Response<Body>, BoxError> {
    let tap = tap.upgrade().ok_or("the run is over")?;
    let request = as_sent(request)?;
    // A task of its own, like a connection; it ends when the sender stops waiting.
    let taking = tokio::spawn(async move { tap.take(&origin, request).await });
    AbortOnDropHandle::new(taking)
        .await?
        .ok_or_else(|| "the connection was closed without a response".into())
}

/// Adds to a request the headers that an HTTP client adds when it sends it.
fn as_sent(mut request: Request<Body>) -> Result<Request<Body>, BoxError> {
    if let Some(authority) = request.uri().authority() {
        let host = HeaderValue::from_str(authority.as_str())?;
        request.headers_mut().insert(HOST, host);
    }
    let length = request.body().size_hint().exact();
    if let Some(length) = length.filter(|length| *length > 0) {
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    request
        .headers_mut()
        .entry(ACCEPT)
        .or_insert(HeaderValue::from_static("*/*"));
    Ok(request)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::routing::get;

    use tower::ServiceExt as _;

    use super::*;
    use crate::exchange::{Client, Mount, MountOwner, Mounts, Upstream};
    use crate::journal::{Event, Fact, Header, Journal};
    use crate::tap::Limits;
    use crate::vault::Vault;
    use plan_language::participant::Mode;

    const ORIGIN: &str = "http://feedproof.invalid";

    /// An in-process tap with a service behind it that greets, never answers, or panics.
    fn in_process() -> Arc<Tap> {
        let router = axum::Router::new()
            .route("/greet", get(|| async { "hello" }))
            .route("/hang", get(std::future::pending::<()>))
            .route("/fall", get(async || -> () { panic!("on purpose") }));
        let mounts = Mounts::default();
        let mount = Mount {
            base: format!("{ORIGIN}/a"),
            upstream: Upstream::Emulated(router),
            owner: MountOwner::Service,
            lane: Some("case".into()),
        };
        mounts.add(ORIGIN, "a", Arc::new(mount));
        let tap = Tap::new(
            Arc::new(Journal::begin(Header::made_up(Mode::Rehearsal), None)),
            Arc::new(Vault::new()),
            Client::in_process(Arc::new(mounts), 1000),
            Mode::Rehearsal,
            Limits::default(),
        );
        Arc::new(tap.in_process(ORIGIN.to_owned()))
    }

    async fn ask(outbound: &Outbound, path: &str) -> Result<Response<Body>, BoxError> {
        let request = Request::get(format!("{ORIGIN}{path}")).body(Body::empty())?;
        outbound.clone().oneshot(request).await
    }

    fn facts(tap: &Tap) -> Vec<Arc<Event>> {
        tap.journal.events()
    }

    #[tokio::test(start_paused = true)]
    async fn within_a_process_a_message_passes_the_tap_as_an_http_client_would_send_it() {
        let tap = in_process();
        let outbound = within(&tap, ORIGIN);
        let answer = ask(&outbound, "/a/greet").await.expect("it answers");
        let body = to_bytes(answer.into_body(), usize::MAX).await;
        assert_eq!(body.expect("the body is whole"), "hello");
        let told = facts(&tap);
        let request = told.iter().find_map(|event| match &event.fact {
            Fact::Request { message, .. } => Some(message.clone()),
            _ => None,
        });
        let request = request.expect("it was recorded");
        let header = |wanted: &str| {
            let mut headers = request.headers.iter();
            headers.find_map(|(name, value)| (&**name == wanted).then(|| value.to_string()))
        };
        assert_eq!(header("host").as_deref(), Some("feedproof.invalid"));
        assert_eq!(header("accept").as_deref(), Some("*/*"));
        assert!(matches!(
            told.last().expect("facts").fact,
            Fact::Answer { .. }
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_stops_waiting_and_a_handler_that_panics_break_the_exchange() {
        let tap = in_process();
        let outbound = within(&tap, ORIGIN);
        let hanging = ask(&outbound, "/a/hang");
        let left = tokio::time::timeout(Duration::from_secs(7), hanging).await;
        assert!(left.is_err(), "nobody answers");
        // The task that carried it ends at its next turn.
        tokio::task::yield_now().await;
        let broken = |tap: &Tap| match &facts(tap).last().expect("facts").fact {
            Fact::Broken { why, .. } => why.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(
            broken(&tap).contains("left after 7000 ms"),
            "{}",
            broken(&tap)
        );
        let answer = ask(&outbound, "/a/fall").await.expect("the tap answers");
        assert_eq!(answer.status(), 502);
        assert!(broken(&tap).contains("panicked"), "{}", broken(&tap));
        drop(tap);
        assert!(ask(&outbound, "/a/greet").await.is_err(), "the run is over");
    }
}
