//! The language of test plans: YAML with positions, values and matchers, plans and their validation.
//!
//! Pure: no network, no clock, no files, no async runtime. Documents come in as bytes; a validated
//! [`plan::Library`] goes out, or all findings at once, each with its place. How a step acts belongs to the
//! runner, what its checks prove to the judge; both live in the `feedproof` package, which builds on this crate.
//!
//! # Modules in reading order
//!
//! [`participant`] who sends and receives, and who is live · [`source`] YAML with positions · [`value`] templates,
//! paths, matchers · [`plan`] the language itself and its validation.

pub mod participant;
pub mod plan;
pub mod source;
pub mod value;
