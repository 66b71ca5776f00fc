//! The typed model of plans, cases, flows and steps. Every part remembers its place in the file.
//!
//! The model says what an author wrote, nothing about how it is done: the runner interprets it, and the judge evaluates
//! the checks. What a step does is a verb, and verbs have files of their own.

mod document;
mod message;
mod moment;
mod query;
mod stage;
mod step;

pub use document::{Case, Declared, Plan};
pub use message::{Capture, Expect, Pick};
pub use moment::{Mention, Wait};
pub use query::Query;
pub use stage::{Needs, ServiceSetting};
pub use step::{Flow, Input, Step};
