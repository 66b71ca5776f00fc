//! The tree that a matcher is, before and after its references have values.

use super::field::Field;
use super::word::Word;
use crate::source::Span;
use crate::value::parts::Part;
use crate::value::path::JsonPath;
use crate::value::reference::Reference;
use crate::value::template::{Template, references_of};
use regex::Regex;
use serde_json::Value;
use std::fmt::Debug;
use std::sync::Arc;

/// Whether references in the tree have their values already.
pub(super) trait Phase {
    /// A literal value.
    type Leaf: Clone + Debug;
    /// A regular expression.
    type Pattern: Clone + Debug;
}

/// As compiled: leaves are templates.
#[derive(Clone, Debug)]
pub(super) struct Open;

/// As resolved: leaves are values.
#[derive(Clone, Debug)]
pub(super) struct Closed;

impl Phase for Open {
    type Leaf = Template;
    type Pattern = OpenPattern;
}

impl Phase for Closed {
    type Leaf = Value;
    type Pattern = Regex;
}

/// A regular expression before resolving.
#[derive(Clone, Debug)]
pub(super) enum OpenPattern {
    /// Without references: compiled once.
    Fixed(Regex),
    /// With references, whose values are inserted as literals; `first` is the first of them.
    Parts { parts: Vec<Part>, first: Reference },
}

/// One demand with the place in the plan that makes it.
#[derive(Clone, Debug)]
pub(super) struct Tree<P: Phase> {
    pub(super) span: Span,
    pub(super) form: Form<P>,
}

/// What is demanded.
#[derive(Clone, Debug)]
pub(super) enum Form<P: Phase> {
    Word(Word),
    /// The value itself; maps in part, lists in full length.
    Literal(P::Leaf),
    /// Exactly as many elements, each as demanded.
    List(Vec<Tree<P>>),
    /// Entries that must be there; others may.
    Map(Vec<Entry<P>>),
    All(Vec<Tree<P>>),
    AnyOf(Vec<Tree<P>>),
    Not(Box<Tree<P>>),
    /// One of the elements of a list of values.
    In(P::Leaf),
    /// The value itself and nothing else.
    Equals(P::Leaf),
    Matches(P::Pattern),
    StartsWith(P::Leaf),
    EndsWith(P::Leaf),
    MediaType(P::Leaf),
    Bound(Bound, P::Leaf),
    Contains(Box<Tree<P>>),
    Length(Box<Tree<P>>),
    One {
        choice: Box<Tree<P>>,
        is: Option<Box<Tree<P>>>,
    },
    Each(Box<Tree<P>>),
    Some(Box<Tree<P>>),
    None(Box<Tree<P>>),
    DistinctBy(Vec<Field>),
    Same(Vec<Field>),
    Sum {
        of: Field,
        is: Box<Tree<P>>,
    },
    /// What a ledger holds of an account; resolved, what is expected and until which day.
    Booked(P::Leaf),
}

/// One entry of a map: where to look and what must be there.
#[derive(Clone, Debug)]
pub(super) struct Entry<P: Phase> {
    pub(super) selector: Selector,
    pub(super) tree: Tree<P>,
}

/// Where an entry looks.
#[derive(Clone, Debug)]
pub(super) enum Selector {
    Key(String),
    Path(Arc<JsonPath>),
}

/// The side of a border on which a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    AtLeast,
    AtMost,
    MoreThan,
    LessThan,
}

impl<P: Phase> Tree<P> {
    /// Returns the demands directly below this one.
    pub(super) fn children(&self) -> Vec<&Self> {
        match &self.form {
            Form::List(trees) | Form::All(trees) | Form::AnyOf(trees) => trees.iter().collect(),
            Form::Map(entries) => entries.iter().map(|entry| &entry.tree).collect(),
            Form::Not(tree)
            | Form::Contains(tree)
            | Form::Length(tree)
            | Form::Each(tree)
            | Form::Some(tree)
            | Form::None(tree)
            | Form::Sum { is: tree, .. } => vec![tree],
            Form::One { choice, is } => std::iter::once(choice.as_ref())
                .chain(is.as_deref())
                .collect(),
            Form::Word(_)
            | Form::Literal(_)
            | Form::In(_)
            | Form::Equals(_)
            | Form::Matches(_)
            | Form::StartsWith(_)
            | Form::EndsWith(_)
            | Form::MediaType(_)
            | Form::Bound(..)
            | Form::DistinctBy(_)
            | Form::Same(_)
            | Form::Booked(_) => Vec::new(),
        }
    }
}

impl Tree<Open> {
    /// Appends the references in the order of the source.
    pub(super) fn gather<'t>(&'t self, references: &mut Vec<&'t Reference>) {
        match &self.form {
            Form::Literal(leaf)
            | Form::In(leaf)
            | Form::Equals(leaf)
            | Form::StartsWith(leaf)
            | Form::EndsWith(leaf)
            | Form::MediaType(leaf)
            | Form::Booked(leaf)
            | Form::Bound(_, leaf) => references.extend(leaf.references()),
            Form::Matches(OpenPattern::Parts { parts, .. }) => {
                references.extend(references_of(parts))
            }
            _ => {}
        }
        for child in self.children() {
            child.gather(references);
        }
    }
}

impl Tree<Closed> {
    /// Counts the demands on single values, at least 1: how far off something is that is not even of the right kind.
    pub(super) fn weight(&self) -> usize {
        let below: usize = match &self.form {
            Form::Literal(value) | Form::Equals(value) => leaves(value),
            _ => self.children().into_iter().map(Self::weight).sum(),
        };
        below.max(1)
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(entries) => entries.values().map(leaves).sum(),
        _ => 1,
    }
}
