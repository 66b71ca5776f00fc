//! Why a body cannot be read as what it claims to be.

/// Why a body cannot be read as what it claims to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// A phrase: `declared as gzip, but not gzip`.
    pub why: String,
    /// What keeps it from being read.
    pub cause: UnreadCause,
}

/// What keeps a body from being read; all but the first are limits of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadCause {
    /// The sender declared something else than it sent.
    Malformed,
    /// Its content coding or character set is unknown here.
    Unsupported,
    /// It is larger than the reader wants.
    TooLarge,
    /// It is JSON, but nested too deeply, or with a number out of range.
    BeyondLimit,
}

impl Unread {
    pub(crate) fn new(cause: UnreadCause, why: String) -> Self {
        Self { why, cause }
    }

    pub(crate) fn malformed(why: String) -> Self {
        Self::new(UnreadCause::Malformed, why)
    }
}
