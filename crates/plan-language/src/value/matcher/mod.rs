//! Matchers: what a plan expects of a value, compiled from YAML and compared with documents.
//!
//! Objects match in part; array literals in full length with elements in part; scalars by value (`1` equals `1.0`, a
//! string never equals a number). [`WORDS`] are the matchers without, [`OPERATORS`] those with an argument. Keys that
//! begin with `$.` or `$[` are JSONPath: a singular path yields a value, any other an array. `$$x` is the literal string
//! (or key) `$x`. A reference that is a whole value is compared like a literal written in its place; `$` has no meaning
//! in it.
//!
//! A word is a row of the table in `word`; an operator is a file in `operator` and a line in the table there. Which
//! document is compared, and what a mismatch means for a verdict, is left to others.

mod accept;
mod argument;
mod check;
mod comparison;
mod compile;
mod contradiction;
mod demand;
mod describe;
mod elements;
mod field;
mod length;
mod members;
mod operator;
mod pattern;
mod place;
mod resolve;
mod tally;
mod tautology;
#[cfg(test)]
mod tests;
mod word;

pub use compile::{MatcherOperator, ORDINARY_NAMES};
pub use demand::RequiredKinds;
pub use members::MemberUse;
pub use operator::OPERATORS;
pub use place::Unread;
pub use tally::{Answer, Judged, Mismatch, Obstacle, Undecided};
pub use word::{MatcherWord, WORDS};

use super::kinds::Kinds;
use super::path::JsonPath;
use super::reference::{Reference, Scope, Unset};
use crate::source::{Finding, Node, Span};
use compile::Compiler;
use demand::{Compiled, Demand, Resolved};
use place::{Place, Subject};
use serde_json::Value;
use tally::{Tally, TallyMode};

/// A compiled matcher, its references still without values.
#[derive(Clone, Debug)]
pub struct Matcher {
    demand: Demand<Compiled>,
}

/// A matcher whose references have their values: ready to compare, any number of times.
#[derive(Clone, Debug)]
pub struct ResolvedMatcher {
    demand: Demand<Resolved>,
}

impl Matcher {
    /// Compiles a matcher. Mistakes become findings; the place of what is wrong takes a matcher that accepts anything.
    pub fn compile(node: &Node, findings: &mut Vec<Finding>) -> Self {
        let before = findings.len();
        let demand = Compiler::new(OPERATORS, findings).demand(node);
        // What takes the place of something wrong contradicts nothing.
        let is_sound = |findings: &[Finding]| !findings[before..].iter().any(Finding::is_error);
        if is_sound(findings) {
            contradiction::find(&demand, findings);
        }
        if is_sound(findings) {
            tautology::find(&demand, findings);
        }
        Self { demand }
    }

    /// Returns the kinds of which it may accept a value, or absence; never too few.
    pub fn kinds(&self) -> Kinds {
        accept::accepted(&self.demand)
    }

    /// Returns the kinds that it leaves to the value at a path; all if it says nothing of it.
    pub fn kinds_at(&self, path: &JsonPath) -> Kinds {
        accept::accepted_at(&self.demand, path)
    }

    /// Lists the references whose values must be of some kind, or nothing can match; `of_string`: a string is compared.
    pub fn required_kinds(&self, of_string: bool) -> Vec<RequiredKinds<'_>> {
        let mut required = Vec::new();
        accept::required(&self.demand, of_string, &mut required);
        required
    }

    /// Visits the members of a value that it looks at.
    pub fn members(&self, found: &mut dyn FnMut(&MemberUse<'_>)) {
        members::visit(&self.demand, &mut Vec::new(), false, found);
    }

    /// Returns the references in the order of the source.
    pub fn references(&self) -> Vec<&Reference> {
        let mut references = Vec::new();
        self.demand.gather(&mut references);
        references
    }

    /// Returns where the matcher stands.
    pub fn span(&self) -> &Span {
        &self.demand.span
    }

    /// Puts the values in. Regular expressions without references are not compiled again.
    ///
    /// # Errors
    ///
    /// The first reference that names nothing or whose value cannot be used where it stands.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<ResolvedMatcher, Unset> {
        resolve::resolve(&self.demand, scope).map(|demand| ResolvedMatcher { demand })
    }
}

impl ResolvedMatcher {
    /// Compares a document without a name; `None` is missing. Locations are then `$` or `data.id`.
    pub fn test(&self, actual: Option<&Value>) -> Judged {
        self.test_at("", actual)
    }

    /// Compares a document that has a name, for example `body`; locations begin with it.
    pub fn test_at(&self, name: &str, actual: Option<&Value>) -> Judged {
        self.run(name, actual, TallyMode::Explain).into_judged()
    }

    /// Compares a document that is there but could not be read. Its presence is certain, nothing else is.
    pub fn test_unread(&self, name: &str, unread: &Unread<'_>) -> Judged {
        let mut tally = Tally::new(TallyMode::Explain);
        let subject = Subject::Unread(unread);
        check::check(&self.demand, subject, &Place::Root(name), &mut tally);
        tally.into_judged()
    }

    /// Tells whether a document matches; cheaper than [`ResolvedMatcher::test`].
    ///
    /// A document that leaves the answer undecided does not match.
    pub fn matches(&self, actual: Option<&Value>) -> bool {
        self.run("", actual, TallyMode::Decide).answer() == Answer::Holds
    }

    /// Counts the demands that a document does not meet or that are undecided, 0 if it matches: the nearest of several
    /// has the least.
    pub fn distance(&self, actual: Option<&Value>) -> usize {
        check::distance(&self.demand, Subject::from(actual))
    }

    /// Tells whether a part of it must not hold: of several values each must match then, otherwise one is enough.
    pub fn negates(&self) -> bool {
        demand::negates(&self.demand)
    }

    /// Says what is demanded, as a phrase that follows "expected".
    pub fn describe(&self) -> String {
        describe::describe(&self.demand)
    }

    /// Returns where the matcher stands.
    pub fn span(&self) -> &Span {
        &self.demand.span
    }

    fn run(&self, name: &str, actual: Option<&Value>, mode: TallyMode) -> Tally {
        let mut tally = Tally::new(mode);
        let subject = Subject::from(actual);
        check::check(&self.demand, subject, &Place::Root(name), &mut tally);
        tally
    }
}
