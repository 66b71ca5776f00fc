//! How a journal file can be damaged, in words.

use std::path::PathBuf;

use crate::journal::fact::Seq;

/// A line of a journal that is not as a run wrote it.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: the journal is damaged: {damage}", path.display())]
pub struct DamagedLine {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; the lines before it are intact.
    pub line: usize,
    /// What is wrong with it.
    pub damage: Damage,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// The line is not an event.
    #[error("the line is no event ({0})")]
    NoEvent(serde_json::Error),
    /// The line carries no checksum.
    #[error("the line carries no checksum")]
    NoChecksum,
    /// The line is that of a later event.
    #[error("the line is event {0}, and lines before it are missing or were moved")]
    Later(Seq),
    /// The line is that of an earlier event.
    #[error("the line is event {0}, and was repeated or moved")]
    Earlier(Seq),
    /// The line was changed.
    #[error("the line was changed after it was written (its checksum differs)")]
    Changed,
}
