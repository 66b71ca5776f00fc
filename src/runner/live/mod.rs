//! The live world: acts on the participants, and records every answer as a fact of the journal.
//!
//! `case` holds what a case acts through, `world` is the interface to the interpreter. Messages are made by `request`
//! and sent by `exchange`; visits are made by `visit` with one of three browsers: `page_fetcher` (feedproof's own
//! client), `webdriver` (a Chromium, which `driver` starts and whose pages `driven_pages` records) or `manual` (a person). `bank_action` performs what `trigger` asks for.

mod bank_action;
mod case;
mod driven_pages;
mod driver;
mod exchange;
mod generated;
mod manual;
mod navigation;
mod page_fetcher;
mod page_owners;
mod program;
mod request;
mod visit;
mod wait;
mod webdriver;
mod world;

pub use case::{Live, Shared};
pub use driver::{DriverVersions, try_driver};
pub use generated::unguessable;
