//! Values that are bound to names.

use crate::plan::generator::Generator;
use crate::source::Span;
use crate::value::Template;

/// A name, its place, and the value that is bound to it.
pub type Assignment = (String, Span, Assigned);

/// A value to be bound.
#[derive(Debug)]
pub enum Assigned {
    /// A value that the runner generates.
    Generated(Generator),
    /// A value that is rendered from others.
    Template(Template),
}

impl Assigned {
    /// Returns the template of a value that is rendered from others.
    pub fn template(&self) -> Option<&Template> {
        match self {
            Self::Template(template) => Some(template),
            Self::Generated(_) => None,
        }
    }
}
