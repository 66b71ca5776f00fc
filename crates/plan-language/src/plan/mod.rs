//! Plans: the language, its typed model, and the proof that a document is sound before anything is sent.
//!
//! Pure: no network, no clock, no files. Documents come as bytes and go out as a [`Library`], or as
//! all findings at once. How a step is done is the runner's business, what it proves the judge's.

mod act;
mod case;
mod citation;
mod conflict;
mod diagram;
mod example;
mod expect;
mod flow;
mod key;
mod kinds;
mod library;
mod model;
mod names;
mod needs;
mod negative;
mod phrase;
mod place;
mod read;
mod requirement;
mod send;
mod step;
mod wait;
mod walk;
mod watch;

pub use diagram::diagram;
pub use key::StepKey;
pub use library::{Document, Documents, InvalidDocuments, Library, SourceDigest};
pub use model::{
    Age, Assigned, Auth, Browse, CannedReply, Capture, Case, Count, Credentials, Declared, Deed,
    End, Eventually, Expect, Flow, Gap, Generator, Input, Judge, Least, Mention, Needs, Never,
    Payload, Pick, Plan, Query, Receive, Reply, Send, Sentinel, ServiceSetting, SigningKey, Start,
    Step, Stub, Trigger, Use, Verb, Wait,
};
pub use names::{unused_captures, unused_in_flow};
pub use needs::{is_ledger, uses_ledger};
pub use place::Place;
pub use read::{PLAYED, STAGE_NAMES};
pub use requirement::{Class, Level, Requirement, Ruling};
pub use step::VERBS;
pub use wait::{BANK_ACTIONS, NamedWait, VISIT, WAITS, named_wait};
pub use walk::{each_reference, each_wait};
