//! Serves the mounts of a listener until the shutdown.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::tap::Tap;

/// How long a listener pauses after a connection that it could not accept.
///
/// Without a pause, a process that is out of file handles would do nothing but fail.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// How long a connection may take to end its last message after the shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(200);

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
        async move {
            loop {
                let (stream, _) = tokio::select! {
                    () = shutdown.cancelled() => break,
                    accepted = listener.accept() => match accepted {
                        Ok(accepted) => accepted,
                        // Out of file handles, or a peer that left at once: other connections go on.
                        Err(error) => {
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
                tasks.spawn(async move { tap.connection(stream, origin, shutdown).await });
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
    ) {
        let tap = self.clone();
        let service =
            hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let tap = tap.clone();
                let origin = origin.clone();
                async move { tap.take(&origin, request.map(Body::new)).await.ok_or(Reset) }
            });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(hyper_util::rt::TokioTimer::new())
            .header_read_timeout(self.limits.patience)
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
