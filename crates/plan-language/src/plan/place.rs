//! A place in a source file, as data that records and reports keep.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::source::Span;

/// File, line and column, both counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Name of the file.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl From<&Span> for Place {
    fn from(span: &Span) -> Self {
        Self {
            file: span.file.clone(),
            line: span.line,
            column: span.column,
        }
    }
}

impl Place {
    /// Returns the place as a span of one character, for findings.
    pub fn span(&self) -> Span {
        Span::new(self.file.clone(), self.line, self.column, 1)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}", self.file, self.line, self.column)
    }
}
