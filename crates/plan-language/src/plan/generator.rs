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
    /// An amount with two decimals that no earlier booking is likely to have: as a credit and a debit, each also in minor
    /// units, as bank actions take it.
    Amount,
}

impl Generator {
    /// The words of plans for generators.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("$new_uuid", Self::Uuid),
        ("$new_word", Self::Word),
        ("$now", Self::Now),
        ("$today", Self::Today),
        ("$new_amount", Self::Amount),
    ];
}
