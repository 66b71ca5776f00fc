//! How embedded parts reach others: over the network, or within this process.
//!
//! Either way a message passes the tap before whoever is meant, if there is one.

use tower::ServiceExt as _;

use crate::service::Outbound;

/// Sends over the network.
pub(super) fn over_network(http: reqwest::Client) -> Outbound {
    Outbound::new(http.map_err(|error: reqwest::Error| error.without_url().into()))
}
