//! Serves the mounts of a listener until the shutdown.
//!
//! Any `Host` is served. Connectors reach a listener by names that feedproof cannot know: of a container, a tunnel or a
//! proxy. A page that leads its own name to this address in a customer's browser (DNS rebinding) gains nothing: what is
//! served demands credentials or an id that cannot be guessed, or is public.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::handles;
use crate::memory::{MemoryFull, MemoryShare};
use crate::tap::Tap;

/// How long a listener pauses after a connection that it could not accept.
///
/// Without a pause, a process that is out of file handles would do nothing but fail.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// How long no connection could be accepted until messages count as lost; connections wait that long without harm.
const ACCEPT_PATIENCE: Duration = Duration::from_millis(300);

/// How long a connection may take to end its last message after the shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(200);

/// The most that a connection may hold of a message that it has not handed on, in bytes.
const CONNECTION_BYTES: usize = 64 << 10;

/// The same for a connection that only hears why there is no room for it.
const TURNED_AWAY_BYTES: usize = 16 << 10;

/// The most connections at once that hear so; further ones are closed without a word.
const TURNED_AWAY_MAX: usize = 64;

/// The room for a connection, or why there is none.
enum Admission {
    /// It may send messages, which this share of the memory holds.
    Admitted(#[expect(dead_code, reason = "it is held until the connection ends")] MemoryShare),
    /// It hears why not.
    TurnedAway(MemoryFull),
}

impl Tap {
    /// Serves the mounts of one listener until the shutdown; `origin` is how its URLs begin.
    pub fn serve(
        self: &Arc<Self>,
        listener: TcpListener,
        origin: String,
        shutdown: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        let tap = self.clone();
        let tasks = TaskTracker::new();
        let turned_away = Arc::new(Semaphore::new(TURNED_AWAY_MAX));
        let mut failing = None;
        async move {
            loop {
                let (stream, _) = tokio::select! {
                    () = shutdown.cancelled() => break,
                    accepted = listener.accept() => match accepted {
                        Ok(accepted) => {
                            failing = None;
                            accepted
                        }
                        // Out of file handles, or a peer that left at once: other connections go on.
                        Err(error) => {
                            // A connection that waits is not lost yet.
                            let since = *failing.get_or_insert_with(clock::now);
                            if handles::is_shortage(&error) && since.elapsed() >= ACCEPT_PATIENCE {
                                tap.journal.note_shortage();
                            }
                            tracing::warn!(%error, "a connection could not be accepted");
                            tokio::time::sleep(ACCEPT_PAUSE).await;
                            continue;
                        }
                    },
                };
                let _ = stream.set_nodelay(true);
                let tap = tap.clone();
                let origin = origin.clone();
                let shutdown = shutdown.clone();
                let (admission, place) = match tap.vault.memory().take(CONNECTION_BYTES) {
                    Ok(share) => (Admission::Admitted(share), None),
                    Err(full) => match turned_away.clone().try_acquire_owned() {
                        Ok(place) => (Admission::TurnedAway(full), Some(place)),
                        Err(_) => {
                            tracing::warn!(%full, "a connection was closed");
                            continue;
                        }
                    },
                };
                tasks.spawn(async move {
                    tap.connection(stream, origin, shutdown, &admission).await;
                    drop(place);
                });
            }
            tasks.close();
            tasks.wait().await;
        }
    }

    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        origin: String,
        shutdown: CancellationToken,
        admission: &Admission,
    ) {
        let tap = self.clone();
        let (most, full) = match admission {
            Admission::Admitted(_) => (CONNECTION_BYTES, None),
            Admission::TurnedAway(full) => (TURNED_AWAY_BYTES, Some(*full)),
        };
        let service =
            hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let tap = tap.clone();
                let origin = origin.clone();
                async move {
                    let request = request.map(Body::new);
                    match full {
                        Some(full) => Ok(tap.turn_away(&origin, &request, &full.to_string())),
                        None => tap.take(&origin, request).await.ok_or(Reset),
                    }
                }
            });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(hyper_util::rt::TokioTimer::new())
            .header_read_timeout(self.limits.patience)
            .max_buf_size(most)
            .serve_connection(hyper_util::rt::TokioIo::new(stream), service);
        tokio::pin!(connection);
        tokio::select! {
            // The peer breaks off, or a stub resets the connection.
            _ = &mut connection => {}
            () = shutdown.cancelled() => {
                connection.as_mut().graceful_shutdown();
                let _ = tokio::time::timeout(SHUTDOWN_GRACE, connection).await;
            }
        }
    }
}

/// Closes a connection without a response.
#[derive(Debug, thiserror::Error)]
#[error("closed without a response")]
struct Reset;
