//! Exchanges: requests and their responses, sent by one client for all cases.
//!
//! A message to an address behind a tap goes straight to the participant: to an emulated one in this process, to a live
//! one over the network. Nothing here masks, records or judges.

mod address;
mod client;
mod message;
mod mount;
mod pace;
mod signature;
mod transport;
mod user_info;

pub use address::names_nobody;
pub use client::Client;
pub use message::{Breakdown, Incoming, Outgoing};
pub use mount::{Mount, MountOwner, Mounts, Upstream, begins_with};
pub use pace::Pace;
pub use signature::sign;
pub use transport::{ProxyRoute, Transport, is_loopback};
pub use user_info::Users;
