//! Honest habits: what some platforms do differently, and correctly.
//!
//! A check that accuses a habit is wrong, and a fault must be found whatever the habits of the provider that has it.
//! `spelling` does what the habits say.

/// One honest way to send messages that differs from the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Habit {
    /// UUIDs are written in capitals, in paths and bodies.
    CapitalIds,
    /// Paths percent-encode a letter that needs no encoding, and end with a slash.
    EncodedPaths,
    /// Bodies of responses are compressed, whether asked for or not.
    CompressedAnswers,
    /// JSON begins with a byte order mark.
    ByteOrderMarks,
}

impl Habit {
    /// All habits.
    pub const ALL: &[Habit] = &[
        Habit::CapitalIds,
        Habit::EncodedPaths,
        Habit::CompressedAnswers,
        Habit::ByteOrderMarks,
    ];
}
