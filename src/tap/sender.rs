//! Which participant sent a message, by its address and headers.

use crate::exchange::begins_with;
use plan_language::participant::{Address, Callback, Participant};

/// Returns whether an address is a page of the provider that only a customer's browser opens.
pub(super) fn opens_page(address: Address) -> bool {
    address.participant == Participant::Provider
        && matches!(address.callback, Some(Callback::Auth | Callback::ReAuth))
}

/// Returns the sender of a message that a tap took; `path` is the path below its mount.
///
/// A browser shows itself by headers that only browsers send. `sec-fetch-mode` is none of them, because HTTP clients of
/// servers send it too. A message with the credentials of an API is no browser's, whatever its other headers.
pub(super) fn sender(address: Address, path: &str, headers: &[(String, String)]) -> Participant {
    let has = |wanted: &str| headers.iter().any(|(name, _)| name == wanted);
    let browses = (has("sec-fetch-dest") || has("upgrade-insecure-requests"))
        && !has("authorization")
        && !has("x-api-key");
    let page = opens_page(address) || address.participant == Participant::Product;
    let screen = address.participant == Participant::Service && begins_with(path, "ui");
    if browses || page || screen {
        return Participant::Browser;
    }
    match address.participant {
        Participant::Provider => Participant::Service,
        Participant::Service
        | Participant::Sageid
        | Participant::Product
        | Participant::Browser => Participant::Provider,
    }
}
