//! The typed model of the parts that verbs share. Every part remembers its place in the file.
//!
//! The model says what an author wrote, nothing about how it is done: the runner interprets it, and the judge evaluates
//! the checks. Steps, flows and verbs contain each other, so they are in one module, [`verb`](super::verb).

mod assignment;
mod message;
mod moment;
mod query;
mod stage;

pub use assignment::{Assigned, Assignment};
pub use message::{Capture, Expect, Pick};
pub use moment::{Mention, Wait};
pub use query::Query;
pub use stage::{Needs, ServiceSetting};
