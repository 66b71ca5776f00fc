//! The live provider of a run: a server that responds at once and, for an account, calls back later.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use feedproof::exchange::Client;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use crate::{Failure, JOBS, PATIENCE};

/// The delay of a callback.
pub const SLOWNESS: Duration = Duration::from_millis(500);

/// The server, with threads of its own; dropping it ends the server.
pub struct Provider {
    /// How its URLs begin, without a slash at the end.
    pub url: String,
    /// The callbacks.
    pub slow: Arc<Slow>,
    _runtime: Runtime,
}

impl Provider {
    /// Starts the server on a free port; must not be called within a runtime.
    ///
    /// # Errors
    /// When there is no runtime, client or port.
    pub fn start() -> Result<Self, Failure> {
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .thread_name("provider")
            .build()?;
        let slow = Arc::new(Slow {
            http: Client::http(PATIENCE)?,
            statements: Mutex::default(),
            places: Semaphore::new(JOBS),
            awaited: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/{number}", get(answer))
            .route("/bankaccounts/{id}", post(feed))
            .with_state(slow.clone());
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let url = format!("http://{}", listener.local_addr()?);
        runtime.spawn(serve(listener, router));
        Ok(Self {
            url,
            slow,
            _runtime: runtime,
        })
    }
}

/// Serves a router until the future is dropped.
pub async fn serve(listener: TcpListener, router: Router) {
    let listener = listener.tap_io(|stream| {
        // With Nagle's algorithm the loop would measure the operating system's timers.
        let _ = stream.set_nodelay(true);
    });
    // It never ends by itself, and returns no error.
    let _ = axum::serve(listener, router).await;
}

async fn answer(Path(number): Path<u32>) -> impl IntoResponse {
    json(
        StatusCode::OK,
        format!(r#"{{"number":{number},"currency":"GBP"}}"#),
    )
}

async fn feed(State(slow): State<Arc<Slow>>, Path(id): Path<String>) -> impl IntoResponse {
    let accepted = json(StatusCode::ACCEPTED, format!(r#"{{"accepted":"{id}"}}"#));
    tokio::spawn(slow.call_back(id));
    accepted
}

fn json(status: StatusCode, body: String) -> impl IntoResponse {
    (status, [(CONTENT_TYPE, "application/json")], body)
}

/// What the provider needs for its callbacks.
pub struct Slow {
    http: reqwest::Client,
    /// The URL to which the provider posts statements.
    statements: Mutex<String>,
    /// Keeps the number of open files below what systems allow a process.
    places: Semaphore,
    awaited: AtomicUsize,
    /// The greatest value of `awaited`.
    peak: AtomicUsize,
}

impl Slow {
    /// Sets the origin to which the provider posts statements.
    pub fn call_back_to(&self, origin: &str) {
        *self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = format!("{origin}/v1/statements");
    }

    /// Returns the greatest number of callbacks awaited at the same time since the last call.
    pub fn take_peak(&self) -> usize {
        self.peak.swap(0, Ordering::Relaxed)
    }

    async fn call_back(self: Arc<Self>, id: String) {
        let awaited = self.awaited.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(awaited, Ordering::Relaxed);
        tokio::time::sleep(SLOWNESS).await;
        self.awaited.fetch_sub(1, Ordering::Relaxed);
        let url = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Ok(_place) = self.places.acquire().await else {
            return;
        };
        let calling = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(format!(r#"{{"data":{{"principalId":"{id}"}}}}"#));
        // The task that awaits the callback fails if it does not arrive.
        if let Ok(answer) = calling.send().await {
            let _ = answer.bytes().await;
        }
    }
}
