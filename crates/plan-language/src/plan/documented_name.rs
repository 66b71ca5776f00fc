//! What is documented of what a name stands for, and of the part of it that a reference takes.
//!
//! A name may stand for a message or for a value that was taken from one. Which name stands for what, `members` learns
//! from the steps; what a member that is not there means for a plan is left to it as well.

use super::message_schema::{Bodies, Schema, reach};
use crate::value::{PathStep, Segment};

/// What is documented of what a name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum DocumentedName {
    /// A message with its response.
    Message(Bodies),
    /// A value that was taken from a message.
    Value(&'static Schema),
}

impl DocumentedName {
    /// Returns the document into which a reference leads, and the way in it; `None` if nothing is documented of it.
    pub(super) fn document(self, path: &[Segment]) -> Option<(&'static Schema, Vec<PathStep>)> {
        let (schema, rest) = match self {
            Self::Value(schema) => (schema, path),
            Self::Message(bodies) => match path {
                [Segment::Key(response), Segment::Key(part), rest @ ..]
                    if response == "response" && part == "body" =>
                {
                    (bodies.response?, rest)
                }
                // A form is documented as a body is.
                [Segment::Key(part), rest @ ..] if part == "body" || part == "form" => {
                    (bodies.request?, rest)
                }
                _ => return None,
            },
        };
        Some((schema, rest.iter().map(step).collect()))
    }

    /// Returns what is documented of the part that a reference takes.
    pub(super) fn part(self, path: &[Segment]) -> Option<Self> {
        if path.is_empty() {
            return Some(self);
        }
        let (schema, steps) = self.document(path)?;
        reach(schema, &steps).map(Self::Value)
    }
}

fn step(segment: &Segment) -> PathStep {
    match segment {
        Segment::Key(key) => PathStep::Key(key.clone()),
        Segment::Index(_) => PathStep::Every,
    }
}
