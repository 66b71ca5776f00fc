//! A check of the files of a run, and how it ended.

/// How a check of the files ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It holds.
    Held,
    /// It cannot be checked here.
    NotChecked,
    /// It does not hold.
    NotHeld,
}

/// A check of the files of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCheck {
    /// What was checked: a file, or a property of the run.
    pub what: String,
    /// How it ended.
    pub standing: Standing,
    /// What was found; a sentence without the final full stop.
    pub found: String,
}

impl FileCheck {
    /// Creates a check that ended in one way.
    pub(super) fn new(what: &str, standing: Standing, found: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            standing,
            found: found.into(),
        }
    }

    /// Creates a check that holds unless there is a complaint.
    pub(super) fn of(what: &str, complaint: Option<String>, otherwise: impl Into<String>) -> Self {
        match complaint {
            Some(complaint) => Self::new(what, Standing::NotHeld, complaint),
            None => Self::new(what, Standing::Held, otherwise),
        }
    }
}
