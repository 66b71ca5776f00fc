//! Integration tests: whole runs against sockets on loopback, the binary, and what holds for all sources.
//!
//! They are one program, so that the library is linked once. Each module tests one subject; [`stand`] sets up whole
//! runs for those that need one. Three programs stay apart: `conformance` prints its own trials, `browser` needs a
//! Chromium, and `faults` takes every core for minutes.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "a test says what it expects by panicking, and tells its story in one piece"
)]

mod bank_actions;
mod cli;
mod connector;
mod cut_short;
mod environment_schema;
mod gateway;
mod guide;
mod hostile;
#[cfg(unix)]
mod interrupts;
mod isolation;
mod killed;
mod language;
mod layers;
mod live_service;
mod malformed;
mod malformed_environments;
mod manual;
mod odd_connectors;
mod pipeline;
mod project;
mod replay;
mod report;
mod reruns;
mod rules;
mod rulings;
mod running;
mod schema;
mod secrets;
mod serve;
mod setup;
#[path = "../stand/mod.rs"]
mod stand;
mod streams;
mod time_limit;
mod transport;
mod waivers;
mod wire;
mod words;
