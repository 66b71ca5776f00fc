//! feedproof: conformance tests for bank-feed providers that integrate with the Sage Banking Service.
//!
//! Test plans in YAML are compiled into libtest-mimic trials that drive a live provider and a callback
//! sink; whoever is not there for real is emulated. Not issued by Sage.
//!
//! # Layers
//!
//! Dependencies point downwards only; `tests/it/layers.rs` refuses any other arrow.
//!
//! ```text
//!  main.rs ─► cli ──► prints, reads environment variables, chooses the exit code
//!               │
//!    ┌──────────┼───────────┬──────────────┐
//!    ▼          ▼           ▼              ▼
//!  harness    report     shipped      mode ──► service, provider   islands: they import nothing
//!    │          │           │              │          (plain HTTP programs) else of this crate
//!    ▼          │           │              │
//!  runner ◄─────│───────────│──────────────┘
//!    │          │           │
//!    ├─► tap ─► exchange, vault      listeners that record · one client, mounts, signing · masking
//!    ├─► browser                     the customer's browser, played
//!    ▼          ▼           │
//!  record, proof ─► judge   │        a finished run, the matrix as data · checks, weights, verdicts (pure)
//!               │           │
//!               ▼           ▼
//!            journal ─► environment ─► plan ─► value ─► source
//! ```
//!
//! # Modules in reading order
//!
//! [`secret`] values that no format string prints · [`source`] YAML with positions · [`value`] templates, paths, matchers · [`plan`] the language and its
//! proof · [`environment`] who is live and where · [`journal`] facts and lanes · [`judge`] what a finding
//! weighs · [`record`] a run as data · [`proof`] every fault against every case · [`vault`] the border that masks · [`exchange`] one client ·
//! [`tap`] listeners in the way · [`browser`] pages and forms · [`runner`] the interpreter and its two
//! worlds · [`service`] and [`provider`] the emulated pair · [`topology`] stages · [`harness`]
//! libtest-mimic · [`doctor`] what must hold before · [`report`] console, JUnit, HTML, Markdown, JSON · [`shipped`] documents inside the binary · [`cli`].
#![warn(missing_docs)]

pub mod browser;
pub mod cli;
pub mod doctor;
pub mod environment;
pub mod exchange;
pub mod exit_code;
pub mod harness;
pub mod journal;
pub mod judge;
pub mod proof;
pub mod record;
pub mod report;
pub mod runner;
pub mod secret;
pub mod shipped;
pub mod tap;
pub mod topology;
pub mod vault;
