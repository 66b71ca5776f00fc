//! Tests that drive a Chromium: the browser of a run, and the HTML report as a browser shows it.

mod report_page;
#[path = "../stand/mod.rs"]
mod stand;
mod webdriver;
