//! Reads the body of a message whole, within the limits of a tap.

use axum::body::Body;
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::memory::{HeldBytes, MemoryFull, MemoryShare};
use crate::tap::Limits;

/// Why a tap does not take a body: the status of the refusal, and a sentence about the body.
pub(super) type BodyError = (StatusCode, String);

/// Reads a body; `share` is what the message has of the memory budget, and grows with the body.
///
/// # Errors
/// 400 when the body breaks off, 408 when it takes too long, 413 when it is too large, 503 when there is no memory for it.
pub(super) async fn read_body(
    body: Body,
    limits: Limits,
    share: MemoryShare,
) -> Result<Bytes, BodyError> {
    let patience = limits.patience;
    tokio::time::timeout(patience, read_all(body, limits.body_max, share))
        .await
        .unwrap_or_else(|_| {
            Err((
                StatusCode::REQUEST_TIMEOUT,
                format!("its body took longer than {patience:?}"),
            ))
        })
}

async fn read_all(body: Body, max: usize, mut share: MemoryShare) -> Result<Bytes, BodyError> {
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
        share.grow(chunk.len()).map_err(no_memory)?;
        taken.extend_from_slice(&chunk);
    }
    let bytes = taken;
    Ok(Bytes::from_owner(HeldBytes { bytes, share }))
}

/// The refusal of a body for which there is no memory.
pub(super) fn no_memory(full: MemoryFull) -> BodyError {
    (StatusCode::SERVICE_UNAVAILABLE, full.to_string())
}
