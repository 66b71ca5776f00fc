//! Matchers: what a plan expects of a value, compiled from YAML and judged against documents.
//!
//! Maps match in part; list literals in full length with elements in part; scalars by value (`1` equals `1.0`, a text
//! never equals a number). [`WORDS`] are matchers without, [`OPERATORS`] with an argument. Keys that begin with `$.` or
//! `$[` are JSONPath: a singular path yields a value, any other a list. `$$x` is the literal text (or key) `$x`.
//! A reference that stands for a whole value is compared like a literal written in its place; `$` means nothing in it.
//!
//! Which document is judged, and what a mismatch means for a verdict, is left to others.

mod accept;
mod booked;
mod check;
mod check_list;
mod check_literal;
mod compile;
mod contradiction;
mod describe;
mod field;
mod operator;
mod operators;
mod place;
mod resolve;
mod tally;
#[cfg(test)]
mod tests;
mod tree;
mod word;

pub use accept::Needed;
pub use operator::OPERATORS;
pub use tally::{Judged, Mismatch};
pub use word::WORDS;

use super::kinds::Kinds;
use super::path::JsonPath;
use super::reference::{Reference, Scope, Unset};
use crate::source::{Finding, Node, Span};
use place::{Place, Subject};
use serde_json::Value;
use tally::{Mode, Tally};
use tree::{Closed, Open, Tree};

/// A compiled matcher, its references still without values.
#[derive(Clone, Debug)]
pub struct Matcher {
    tree: Tree<Open>,
}

/// A matcher whose references have their values: ready to judge, any number of times.
#[derive(Clone, Debug)]
pub struct Resolved {
    tree: Tree<Closed>,
}

impl Matcher {
    /// Compiles a matcher. What is wrong becomes a finding, and something that accepts anything stands in for it.
    pub fn compile(node: &Node, findings: &mut Vec<Finding>) -> Self {
        let before = findings.len();
        let tree = compile::compile(node, findings);
        // What stands in for something wrong contradicts nothing.
        if findings.len() == before {
            contradiction::find(&tree, findings);
        }
        Self { tree }
    }

    /// Returns the kinds of which it may accept a value, or absence; never too few.
    pub fn kinds(&self) -> Kinds {
        accept::accepted(&self.tree)
    }

    /// Returns the kinds that it leaves to the value at a path; all if it says nothing of it.
    pub fn kinds_at(&self, path: &JsonPath) -> Kinds {
        accept::accepted_at(&self.tree, path)
    }

    /// Lists the references whose values must be of some kind, or nothing can match; `text`: what is judged is a text.
    pub fn needed(&self, text: bool) -> Vec<Needed<'_>> {
        let mut needed = Vec::new();
        accept::needed(&self.tree, text, &mut needed);
        needed
    }

    /// Returns the references in the order of the source.
    pub fn references(&self) -> Vec<&Reference> {
        let mut references = Vec::new();
        self.tree.gather(&mut references);
        references
    }

    /// Returns where the matcher stands.
    pub fn span(&self) -> &Span {
        &self.tree.span
    }

    /// Puts the values in. Regular expressions without references are not compiled again.
    ///
    /// # Errors
    ///
    /// The first reference that names nothing or whose value cannot stand where it does.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<Resolved, Unset> {
        resolve::resolve(&self.tree, scope).map(|tree| Resolved { tree })
    }
}

impl Resolved {
    /// Judges a document without a name; `None` is absent. Locations are then `$` or `data.id`.
    pub fn test(&self, actual: Option<&Value>) -> Judged {
        self.test_at("", actual)
    }

    /// Judges a document that has a name, for example `body`; locations begin with it.
    pub fn test_at(&self, name: &str, actual: Option<&Value>) -> Judged {
        let mut tally = Tally::new(Mode::Explain);
        check::check(
            &self.tree,
            Subject::from(actual),
            &Place::Root(name),
            &mut tally,
        );
        tally.into_judged()
    }

    /// Tells whether a document matches; cheaper than [`Resolved::test`].
    pub fn matches(&self, actual: Option<&Value>) -> bool {
        let mut tally = Tally::new(Mode::Decide);
        check::check(
            &self.tree,
            Subject::from(actual),
            &Place::Root(""),
            &mut tally,
        );
        tally.misses == 0
    }

    /// Counts the demands that a document does not meet, 0 if it matches: the nearest of several has the least.
    pub fn distance(&self, actual: Option<&Value>) -> usize {
        check::distance(&self.tree, Subject::from(actual))
    }

    /// Says what is demanded, as a phrase that follows "expected".
    pub fn describe(&self) -> String {
        describe::describe(&self.tree)
    }

    /// Returns where the matcher stands.
    pub fn span(&self) -> &Span {
        &self.tree.span
    }
}
