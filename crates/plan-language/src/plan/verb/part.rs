//! What the checks of a plan see of a verb.

use std::sync::Arc;

use crate::plan::model::{Assignment, Capture, Expect, Mention, Query, Wait};
use crate::plan::verb::{Flow, Step};
use crate::source::Span;
use crate::value::{Kinds, Matcher, PathTemplate, StatusMatcher, Template};

/// One part of a verb.
pub(in crate::plan) enum Part<'v> {
    /// A path, into which references insert strings or numbers.
    Path(&'v PathTemplate),
    /// A value that is sent or handed over.
    Value(&'v Template),
    /// A value that must be of certain kinds, with the sentence that says so.
    ValueOf(&'v Template, Kinds, &'static str),
    /// What a message must be like.
    Expect(&'v Expect),
    /// What a single value must be like.
    Matcher(&'v Matcher),
    /// The label of another step.
    Mention(&'v Mention),
    /// A longest time to wait.
    Wait(&'v Wait),
    /// Values that are taken from a message, and the expectations that describe that message.
    Captures(&'v [Capture], Vec<&'v Expect>),
    /// A value that is bound to a name.
    Assignment(&'v Assignment),
    /// A name that is bound to the output of a flow; without a place it is bound at the step itself.
    Output(&'v str, Option<&'v Span>),
    /// A field that only the label of a visit has: the label, the field, and its place.
    OfVisit(&'v str, &'static str, &'v Span),
    /// A name that the verb uses although it does not write it.
    Implied(&'static str),
    /// A flow that is run.
    Flow(&'v Arc<Flow>),
    /// Steps that run at the same time as those of the other branches.
    Branch(&'v [Step]),
}

/// Whether a verb acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plan) enum ActionKind {
    /// It watches, checks or binds.
    NoAction,
    /// It acts, and what it causes may begin later.
    Action,
    /// It acts, and the action has ended when the step ends.
    CompletedAction,
}

/// What the label of a step names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plan) enum LabelKind {
    /// A message that the runner sends: it begins with its step.
    SentMessage,
    /// A message that is awaited: it may have arrived before its step began.
    ReceivedMessage,
    /// A visit of the browser.
    Visit,
}

/// A window in which a verb watches for messages.
pub(in crate::plan) struct Window<'v> {
    /// Which messages.
    pub query: &'v Query,
    /// Where the window begins, if not at the nearest preceding action.
    pub since: Option<&'v Mention>,
    /// The label that ends the window, if a label does.
    pub until: Option<&'v Mention>,
    /// Whether the messages must arrive.
    pub demand: Demand,
}

/// Whether the messages of a window must arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plan) enum Demand {
    /// At least one must.
    Required,
    /// None need to.
    Optional,
    /// None may.
    Forbidden,
}

/// The status that a verb expects of a response.
pub(in crate::plan) struct ExpectedStatus<'v> {
    /// The label of the message that is answered; the step's own if absent.
    pub label: Option<&'v str>,
    /// The status, with its place.
    pub status: &'v (StatusMatcher, Span),
}

impl<'v> Part<'v> {
    /// Visits the values of named pairs.
    pub fn pairs(pairs: &'v [(String, Template)], visit: &mut dyn FnMut(Part<'v>)) {
        for (_, value) in pairs {
            visit(Part::Value(value));
        }
    }

    /// Visits the parts of a query.
    pub fn query(query: &'v Query, visit: &mut dyn FnMut(Part<'v>)) {
        if let Some(path) = &query.path {
            visit(Part::Path(path));
        }
        visit(Part::Expect(&query.select));
    }
}
