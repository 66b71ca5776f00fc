//! The requests that a Service received last: a bounded list for tests that ask what a provider called.
//!
//! Nothing that carries a credential is stored: no headers, queries or bodies.

use std::collections::VecDeque;

use axum::http::{Method, StatusCode};

/// Maximum number of requests that a Service remembers; a further one replaces the oldest.
pub(super) const RECEIVED_MAX: usize = 1_000;

/// A request that a Service received, and its response's status.
///
/// Headers, query and body are left out because they carry credentials and customer data; put a recording layer in
/// front of [`Service::router`](super::Service::router) if a test needs them.
///
/// ```
/// use banking_service_emulator::{Service, Settings};
///
/// let service = Service::new(Settings::default());
/// let statements = service
///     .received()
///     .into_iter()
///     .filter(|request| request.path == "/v1/statements" && request.status == 201);
/// assert_eq!(statements.count(), 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedRequest {
    /// Method as sent.
    pub method: Method,
    /// Path below the base URL, percent-encoded as sent, without the query. The token of a poll route is in it.
    pub path: String,
    /// Status of the response.
    pub status: StatusCode,
}

/// The last requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct ReceivedRequests {
    requests: VecDeque<ReceivedRequest>,
}

impl ReceivedRequests {
    /// Appends a request; the oldest leaves when there are more than [`RECEIVED_MAX`].
    pub(super) fn push(&mut self, request: ReceivedRequest) {
        if self.requests.len() == RECEIVED_MAX {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    /// Copies the list, oldest first.
    pub(super) fn to_vec(&self) -> Vec<ReceivedRequest> {
        self.requests.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_bounded_and_drops_its_oldest_request() {
        let mut received = ReceivedRequests::default();
        for number in 0..=RECEIVED_MAX {
            received.push(ReceivedRequest {
                method: Method::GET,
                path: format!("/{number}"),
                status: StatusCode::NOT_FOUND,
            });
        }
        let list = received.to_vec();
        assert_eq!(list.len(), RECEIVED_MAX);
        assert_eq!(list[0].path, "/1");
        assert_eq!(list[RECEIVED_MAX - 1].path, format!("/{RECEIVED_MAX}"));
    }
}
