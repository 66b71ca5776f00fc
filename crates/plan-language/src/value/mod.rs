//! Values: templates that make them, paths that find them, matchers that judge them.
//!
//! Everything here is pure: no clock, no randomness, no input or output. Plans hand in compiled trees and a
//! [`Scope`]; which messages are matched, and what a mismatch means for a verdict, is left to others.

mod bare;
pub mod duration;
mod equality;
mod form;
pub mod handle;
mod hex;
mod kind;
mod kinds;
mod matcher;
mod moment;
mod number;
mod parts;
mod path;
mod path_outline;
mod path_template;
mod reference;
#[cfg(test)]
mod samples;
mod status;
mod template;
mod zone;

pub use bare::{bare_names, warn_of_braces};
pub use equality::equal;
pub use handle::Handle;
pub use hex::hex;
pub use kind::kind_name;
pub use kinds::Kinds;
pub use matcher::{
    Answer, Judged, Matcher, MatcherOperator, MatcherWord, MemberUse, Mismatch, OPERATORS,
    ORDINARY_NAMES, Obstacle, RequiredKinds, ResolvedMatcher, Undecided, Unread, WORDS,
};
pub use path::{Found, Hit, JsonPath, is_path_key};
pub use path_outline::{PathOutline, PathStep};
pub use path_template::{PathTemplate, encode_segment};
pub use reference::{Reason, Reference, Scope, Segment, Unset};
pub use serde_json::Value;
pub use status::StatusMatcher;
pub use template::Template;
pub use zone::Zone;
