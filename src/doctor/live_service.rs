//! Checks that a live Banking Service and its Sage ID respond.

use futures_util::future::join_all;
use url::Url;

use super::endpoint::causes;
use super::{CheckState, PATIENCE, PreflightCheck};
use crate::topology::RunAddresses;

/// Checks that each address of a live service responds to a bare GET, which changes nothing.
pub(super) async fn live_service(run_addresses: &RunAddresses) -> Vec<PreflightCheck> {
    let addresses = run_addresses.live_service.iter();
    join_all(addresses.map(|(key, url)| responds(run_addresses, key, url))).await
}

/// Checks one address; `key` is its key in `service.live`.
///
/// Base URLs are no resources, so that any status is a response. A gateway may answer with 503 where only the base URL
/// leads nowhere, so that such a status is no more than a warning.
async fn responds(run_addresses: &RunAddresses, key: &str, url: &str) -> PreflightCheck {
    let what = format!("live {key}");
    let place =
        Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.origin().ascii_serialization());
    let hint =
        format!("check that the Banking Service runs, and `service.live.{key}` in the environment");
    let sent = run_addresses.get(url).timeout(PATIENCE).send().await;
    let (state, seen) = match sent {
        // A gateway that is slow, or resets what is no resource, is none that is down.
        Err(error) if error.is_timeout() => (
            CheckState::Warning,
            format!("{place} did not respond within 10 s"),
        ),
        // The Provider API may admit only the network of the provider, and is called only by that.
        Err(error) => (
            if error.is_connect() && key != "provider_api" {
                CheckState::Error
            } else {
                CheckState::Warning
            },
            format!("no response from {place}: {}", causes(&error)),
        ),
        Ok(response) => {
            let status = response.status().as_u16();
            let seen = format!("{place} responds ({status} to a bare GET)");
            if status < 500 {
                return PreflightCheck::new(what, CheckState::Ok, seen);
            }
            (CheckState::Warning, seen)
        }
    };
    PreflightCheck::new(what, state, seen).with_hint(hint)
}
