//! Requests and responses as plain values, and how an exchange can break.

use bytes::Bytes;

use crate::memory::MemoryFull;

/// A request that is ready to go, secrets filled in.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Method, upper case.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body; empty for none.
    pub body: Bytes,
}

/// A response as it arrived.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Status.
    pub status: u16,
    /// Headers in order, names in lower case; a value that is not ASCII is shown by its length.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
}

/// An exchange that broke before its answer was complete.
#[derive(Debug, thiserror::Error)]
pub enum Breakdown {
    /// The request cannot be put into HTTP.
    #[error("{method} {url} cannot be sent: {cause}")]
    Unsendable {
        /// Method.
        method: String,
        /// Address.
        url: String,
        /// Cause.
        cause: String,
    },
    /// No response arrived.
    #[error("no response from {address}: {cause}")]
    NoAnswer {
        /// Address, without path and query.
        address: String,
        /// Cause, innermost last.
        cause: String,
    },
    /// The response broke off.
    #[error("the response of {address} broke off: {cause}")]
    Broken {
        /// Address, without path and query.
        address: String,
        /// Cause.
        cause: String,
    },
    /// The response is larger than the largest body that is read; its beginning must not pass for the whole.
    #[error(
        "the response of {address} (status {status}) is larger than {body_max} bytes; no more of it was read, and none of it was used"
    )]
    TooLarge {
        /// Address, without path and query.
        address: String,
        /// Status.
        status: u16,
        /// The largest body that is read, in bytes.
        body_max: usize,
    },
    /// There is no memory for the response.
    #[error("the response of {address} was not read: {cause}")]
    NoMemory {
        /// Address, without path and query.
        address: String,
        /// How full the budget is.
        cause: MemoryFull,
    },
    /// An emulated part panicked.
    #[error("the emulated part at {address} panicked")]
    Panicked {
        /// Address.
        address: String,
    },
}

/// Lists headers in order, names in lower case.
pub(super) fn header_pairs(headers: &axum::http::HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = match value.to_str() {
                Ok(text) => text.to_owned(),
                Err(_) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            };
            (name.as_str().to_owned(), value)
        })
        .collect()
}
