//! Ranges of lengths: of strings, arrays and objects, and of what a JSONPath found.

/// A fixed range of lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LengthRange {
    /// This length alone.
    Exactly(u64),
    /// This length and any above.
    AtLeast(u64),
}

impl LengthRange {
    /// Tells whether a length lies in the range.
    pub(super) fn contains(self, length: u64) -> bool {
        match self {
            Self::Exactly(exactly) => length == exactly,
            Self::AtLeast(least) => length >= least,
        }
    }
}
