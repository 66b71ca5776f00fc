//! The tree that a matcher is, before and after its references have values, and what an operator in it provides.
//!
//! This file declares types only. `compile` makes the tree, `resolve` puts the values in, `check` compares,
//! `describe` words it, `accept` and `contradiction` reason about it before there is a document.

use super::field::Field;
use super::length::LengthRange;
use super::place::{Place, Subject};
use super::tally::Tally;
use super::word::MatcherWord;
use crate::source::Span;
use crate::value::kinds::Kinds;
use crate::value::path::JsonPath;
use crate::value::reference::{Reference, Scope, Unset};
use crate::value::template::Template;
use serde_json::Value;
use std::fmt::Debug;
use std::sync::Arc;

/// Whether the references in a tree have their values already.
pub(super) trait Phase: Clone + Debug + Sized {
    /// A literal value.
    type Leaf: Clone + Debug;
    /// An operator with its argument.
    type Operator: Clone + Debug;

    /// Returns the demands directly below an operator.
    fn below(operator: &Self::Operator) -> Vec<&Demand<Self>>;
}

/// As compiled: leaves are templates.
#[derive(Clone, Debug)]
pub(super) struct Compiled;

/// As resolved: leaves are values.
#[derive(Clone, Debug)]
pub(super) struct Resolved;

impl Phase for Compiled {
    type Leaf = Template;
    type Operator = Arc<dyn CompiledOperator>;

    fn below(operator: &Self::Operator) -> Vec<&Demand<Self>> {
        operator.below()
    }
}

impl Phase for Resolved {
    type Leaf = Value;
    type Operator = Arc<dyn ResolvedOperator>;

    fn below(operator: &Self::Operator) -> Vec<&Demand<Self>> {
        operator.below()
    }
}

/// One demand on a value, with the place in the plan that makes it.
#[derive(Clone, Debug)]
pub(super) struct Demand<P: Phase> {
    pub(super) span: Span,
    pub(super) kind: DemandKind<P>,
}

/// What is demanded.
#[derive(Clone, Debug)]
pub(super) enum DemandKind<P: Phase> {
    /// A matcher without an argument.
    Word(&'static MatcherWord),
    /// The value itself; objects in part, arrays in full length.
    Literal(P::Leaf),
    /// Exactly as many elements, each as demanded.
    Array(Vec<Demand<P>>),
    /// Entries that must be there; others may.
    Object(Vec<ObjectEntry<P>>),
    /// Several demands on the same value.
    All(Vec<Demand<P>>),
    /// A matcher with an argument.
    Operator(P::Operator),
}

/// One entry of an object: where to look and what must be there.
#[derive(Clone, Debug)]
pub(super) struct ObjectEntry<P: Phase> {
    /// Where the key stands.
    pub(super) span: Span,
    pub(super) selector: Selector,
    pub(super) demand: Demand<P>,
}

/// Where an entry looks.
#[derive(Clone, Debug)]
pub(super) enum Selector {
    /// The value of a key.
    Key(String),
    /// What a JSONPath finds.
    Path(Arc<JsonPath>),
}

/// An operator whose argument may contain references.
pub(super) trait CompiledOperator: Debug + Send + Sync {
    /// Returns the demands directly below, in the order of the source.
    fn below(&self) -> Vec<&Demand<Compiled>> {
        Vec::new()
    }

    /// Returns the references of the operator's own argument, without those of the demands below.
    fn references(&self) -> Vec<&Reference> {
        Vec::new()
    }

    /// Puts the values of references in.
    ///
    /// # Errors
    ///
    /// The first reference that names nothing or whose value cannot be used as the argument.
    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset>;

    /// Returns the kinds of which it may accept a value; never too few.
    fn kinds(&self) -> Kinds;

    /// Lists the references of its own argument whose values must be of some kind, or nothing can match; `of_string`:
    /// a string is compared.
    fn required(&self, _of_string: bool) -> Vec<RequiredKinds<'_>> {
        Vec::new()
    }

    /// Tells whether `required` already speaks for the demands below.
    fn requires_for_below(&self) -> bool {
        false
    }

    /// Lists demands on single elements beyond those that its constraints name.
    fn on_elements(&self) -> Vec<&Demand<Compiled>> {
        Vec::new()
    }

    /// Lists the fields of elements that it reads.
    fn fields(&self) -> Vec<&Field> {
        Vec::new()
    }

    /// Returns what the search for contradictions must know.
    fn constraints(&self) -> Constraints<'_> {
        Constraints::default()
    }
}

/// An operator that is ready to compare.
pub(super) trait ResolvedOperator: Debug + Send + Sync {
    /// Returns the demands directly below, in the order of the source.
    fn below(&self) -> Vec<&Demand<Resolved>> {
        Vec::new()
    }

    /// Tells whether its demands below are made of the subject itself, as those of `$not` are.
    fn passes_subject_on(&self) -> bool {
        false
    }

    /// Tells whether it demands that something below does not hold.
    fn negates(&self) -> bool {
        false
    }

    /// Compares a subject and counts every comparison in the tally.
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally);

    /// Says what is demanded, as a phrase that follows "expected"; `inner` words a demand below.
    fn describe(&self, inner: &dyn Fn(&Demand<Resolved>) -> String) -> String;

    /// Returns the value with which the subject itself is compared, if there is one.
    fn compared(&self) -> Option<&Value> {
        None
    }

    /// Counts the demands on single values: how far off a subject is that is not even of the right kind.
    fn weight(&self) -> usize {
        self.below().into_iter().map(Demand::weight).sum()
    }
}

/// A reference that makes up a whole argument, and what its value must be there.
pub struct RequiredKinds<'m> {
    /// The reference.
    pub reference: &'m Reference,
    /// What the argument can be.
    pub kinds: Kinds,
}

/// A demand with the subject that it is compared with.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'c> {
    pub(super) demand: &'c Demand<Resolved>,
    pub(super) subject: Subject<'c>,
    pub(super) place: &'c Place<'c>,
}

/// What an operator demands, in the terms in which demands can contradict each other.
#[derive(Default)]
pub(super) struct Constraints<'d> {
    /// The template that the subject itself is compared with.
    pub(super) compared: Option<&'d Template>,
    /// Whether the subject must equal `compared`; otherwise `compared` is a border.
    pub(super) side: Option<BorderSide>,
    /// The lengths that are accepted.
    pub(super) length: Option<LengthConstraint<'d>>,
    /// What every element must be.
    pub(super) each: Option<&'d Demand<Compiled>>,
    /// Groups of demands; all of a group are made of one element.
    pub(super) elements: Vec<Vec<&'d Demand<Compiled>>>,
    /// Demands on the same subject of which each may fail by itself.
    pub(super) alternatives: Vec<&'d Demand<Compiled>>,
    /// The demand that the subject must not meet.
    pub(super) negates: Option<&'d Demand<Compiled>>,
    /// The demand that no element may meet.
    pub(super) refuses: Option<&'d Demand<Compiled>>,
    /// The strings of which it accepts every one, if there are such.
    pub(super) strings: Option<EveryString>,
    /// Demands on other values than the subject, each by itself.
    pub(super) apart: Vec<&'d Demand<Compiled>>,
}

/// The side of a border on which a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BorderSide {
    AtLeast,
    AtMost,
    MoreThan,
    LessThan,
}

/// Strings of which an operator accepts every one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EveryString {
    /// All strings.
    Any,
    /// All that hold no line break.
    OfOneLine,
}

/// The lengths that a demand accepts.
#[derive(Clone, Copy)]
pub(super) enum LengthConstraint<'d> {
    /// A fixed range.
    Range(LengthRange),
    /// Those that a demand on the length accepts.
    Matching(&'d Demand<Compiled>),
}

impl<P: Phase> Demand<P> {
    /// Returns the demands directly below this one.
    pub(super) fn below(&self) -> Vec<&Self> {
        match &self.kind {
            DemandKind::Word(_) | DemandKind::Literal(_) => Vec::new(),
            DemandKind::Array(demands) | DemandKind::All(demands) => demands.iter().collect(),
            DemandKind::Object(entries) => entries.iter().map(|entry| &entry.demand).collect(),
            DemandKind::Operator(operator) => P::below(operator),
        }
    }

    /// Lists the demands that are all made of the same value: the parts of `$all_of`, or the demand itself.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match &self.kind {
            DemandKind::All(demands) => demands.iter().flat_map(Self::parts).collect(),
            _ => vec![self],
        }
    }
}

impl Demand<Compiled> {
    /// Appends the references in the order of the source.
    pub(super) fn gather<'d>(&'d self, references: &mut Vec<&'d Reference>) {
        match &self.kind {
            DemandKind::Literal(template) => references.extend(template.references()),
            DemandKind::Operator(operator) => references.extend(operator.references()),
            DemandKind::Word(_)
            | DemandKind::Array(_)
            | DemandKind::Object(_)
            | DemandKind::All(_) => {}
        }
        for demand in self.below() {
            demand.gather(references);
        }
    }

    /// Returns the template with which the subject itself is compared, and the side on which it must be of a border.
    pub(super) fn compared(&self) -> Option<(&Template, Option<BorderSide>)> {
        match &self.kind {
            DemandKind::Literal(template) => Some((template, None)),
            DemandKind::Operator(operator) => {
                let constraints = operator.constraints();
                constraints
                    .compared
                    .map(|template| (template, constraints.side))
            }
            _ => None,
        }
    }
}

impl Demand<Resolved> {
    /// Tells whether the subject is not compared here, but by the demands below.
    pub(super) fn passes_subject_on(&self) -> bool {
        match &self.kind {
            DemandKind::All(_) => true,
            DemandKind::Operator(operator) => operator.passes_subject_on(),
            DemandKind::Word(_)
            | DemandKind::Literal(_)
            | DemandKind::Array(_)
            | DemandKind::Object(_) => false,
        }
    }

    /// Counts the demands on single values, at least 1: how far off a subject is that is not even of the right kind.
    pub(super) fn weight(&self) -> usize {
        let below: usize = match &self.kind {
            DemandKind::Literal(value) => leaves(value),
            DemandKind::Operator(operator) => operator.weight(),
            _ => self.below().into_iter().map(Self::weight).sum(),
        };
        below.max(1)
    }

    /// Returns the value with which the subject itself is compared, if there is one.
    pub(super) fn compared(&self) -> Option<&Value> {
        match &self.kind {
            DemandKind::Literal(value) => Some(value),
            DemandKind::Operator(operator) => operator.compared(),
            _ => None,
        }
    }
}

/// Counts the single values in a value; 0 in an empty array or object.
pub(super) fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(entries) => entries.values().map(leaves).sum(),
        _ => 1,
    }
}

/// Tells whether a demand, or one below it, must not hold.
pub(super) fn negates(demand: &Demand<Resolved>) -> bool {
    match &demand.kind {
        DemandKind::Word(_) | DemandKind::Literal(_) => false,
        DemandKind::Array(demands) | DemandKind::All(demands) => demands.iter().any(negates),
        DemandKind::Object(entries) => entries.iter().any(|entry| negates(&entry.demand)),
        DemandKind::Operator(operator) => {
            operator.negates() || operator.below().into_iter().any(negates)
        }
    }
}
