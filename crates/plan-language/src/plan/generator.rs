//! The words of plans for values that the runner generates.

/// A value that the runner generates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generator {
    /// A random UUID.
    Uuid,
    /// A random word of twelve letters and digits.
    Word,
    /// The current time, RFC 3339 in UTC.
    Now,
    /// The current date.
    Today,
}

impl Generator {
    /// The words of plans for generators.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("$new_uuid", Self::Uuid),
        ("$new_word", Self::Word),
        ("$now", Self::Now),
        ("$today", Self::Today),
    ];
}
