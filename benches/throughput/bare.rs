//! The same exchanges without feedproof: the least time that they take with this client.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use feedproof::exchange::Client;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use crate::provider::{Provider, serve};
use crate::{Failure, JOBS, PATIENCE, REQUESTS, Size};

/// Measures the first figure without feedproof: the same requests, as many at once.
pub async fn request(size: Size, provider: &Provider) -> Result<Duration, Failure> {
    let http = Client::http(PATIENCE)?;
    let places = Arc::new(Semaphore::new(JOBS));
    timed(size, || {
        let (http, places, url) = (http.clone(), places.clone(), provider.url.clone());
        async move {
            let _place = places.acquire().await?;
            for number in 1..=REQUESTS {
                let answer = http.get(format!("{url}/{number}")).send().await?;
                answer.error_for_status()?.bytes().await?;
            }
            Ok(())
        }
    })
    .await
}

/// Measures the second figure without feedproof: the same requests, each with a callback to await.
pub async fn wait(size: Size, provider: &Provider) -> Result<Duration, Failure> {
    let http = Client::http(PATIENCE)?;
    let places = Arc::new(Semaphore::new(JOBS));
    let awaited = Arc::new(Awaited::default());
    let router = Router::new()
        .route("/v1/statements", post(take))
        .with_state(awaited.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    provider
        .slow
        .call_back_to(&format!("http://{}", listener.local_addr()?));
    let serving = tokio::spawn(serve(listener, router));
    let took = timed(size, || {
        let (http, places, url) = (http.clone(), places.clone(), provider.url.clone());
        let awaited = awaited.clone();
        async move {
            let id = uuid::Uuid::new_v4().to_string();
            let (sender, receiver) = oneshot::channel();
            awaited
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(id.clone(), sender);
            let place = places.acquire().await?;
            let answer = http.post(format!("{url}/bankaccounts/{id}")).send().await?;
            answer.error_for_status()?.bytes().await?;
            drop(place);
            tokio::time::timeout(PATIENCE, receiver).await??;
            Ok(())
        }
    })
    .await;
    serving.abort();
    // The callbacks of this loop must not count for the next run.
    provider.slow.take_peak();
    took
}

/// Measures as many tasks as there are cases.
async fn timed<F>(size: Size, task: impl Fn() -> F) -> Result<Duration, Failure>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..size.cases {
        tasks.spawn(task());
    }
    while let Some(joined) = tasks.join_next().await {
        joined??;
    }
    Ok(begun.elapsed())
}

/// The tasks that await a callback, by the id that they sent.
type Awaited = Mutex<HashMap<String, oneshot::Sender<()>>>;

async fn take(State(awaited): State<Arc<Awaited>>, body: Bytes) -> StatusCode {
    let document: Value = serde_json::from_slice(&body).unwrap_or_default();
    let id = document["data"]["principalId"].as_str().unwrap_or_default();
    let waiting = awaited
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(id);
    match waiting.map(|sender| sender.send(())) {
        Some(Ok(())) => StatusCode::CREATED,
        _ => StatusCode::NOT_FOUND,
    }
}
