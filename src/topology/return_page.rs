//! The product's page to which a real browser returns.

use std::sync::Arc;

use axum::Router;
use axum::response::Html;

use crate::exchange::{Mount, MountOwner, Upstream};
use crate::journal::Lane;

/// The page that a person sees.
const PAGE: &str = "<!doctype html><html lang=\"en\"><title>Back at the product</title>\
    <p>You are back at the product, which feedproof emulates. You can close this window.</p></html>";

/// Makes the mount of a case's return address.
pub(super) fn return_mount(base: String, lane: Lane) -> Arc<Mount> {
    Arc::new(Mount {
        base,
        upstream: Upstream::Emulated(Router::new().fallback(async || Html(PAGE))),
        owner: MountOwner::Return,
        lane: Some(lane),
    })
}
