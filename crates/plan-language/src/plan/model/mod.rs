//! The typed model of plans, cases, flows and steps. Every part remembers where it stands.
//!
//! The model says what an author wrote, nothing about how it is done: the runner interprets it, the
//! judge weighs what comes of it.

mod document;
mod message;
mod moment;
mod reply;
mod stage;
mod step;
mod window;

pub use document::{Case, Declared, Plan};
pub use message::{
    Auth, Capture, Credentials, Eventually, Expect, Payload, Pick, Send, SigningKey,
};
pub use moment::{Mention, Wait};
pub use reply::{CannedReply, Deed, Reply, Stub};
pub use stage::{Needs, ServiceSetting};
pub use step::{
    Age, Assigned, Browse, Flow, Generator, Input, Judge, Start, Step, Trigger, Use, Verb,
};
pub use window::{Count, End, Gap, Least, Never, Query, Receive, Sentinel};
