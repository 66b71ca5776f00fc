//! Tests that drive a Chromium: the browser of a run, and the HTML report as a browser shows it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "a test says what it expects by panicking, and tells its story in one piece"
)]

mod report_page;
#[path = "../stand/mod.rs"]
mod stand;
mod webdriver;
