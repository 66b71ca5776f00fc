//! `never`: a window in which no such message may arrive.

use serde_json::json;

use super::shared_field::{
    AT, EVIDENCE, PRECONDITION, REQUIREMENT, SINCE, WHERE, query, refuse_empty_window,
};
use super::{ActionKind, Demand, LabelKind, Part, StepReader, VerbModel, Window, WrittenVerb};
use crate::plan::drawing::{Drawing, asked, caller, moment, time};
use crate::plan::model::{Mention, Needs, Query, Wait};
use crate::plan::phrase::{mention, wait};
use crate::plan::spec::{FieldSpec, ObjectSpec, Shape};
use crate::source::{Fields, Finding};

/// A message that must not arrive.
#[derive(Debug)]
pub struct Never {
    /// The messages that must not arrive.
    pub query: Query,
    /// Where the window begins, if not at the nearest preceding action.
    pub since: Option<Mention>,
    /// What ends the window.
    pub sentinel: Sentinel,
}

/// What ends the window of a `never`.
#[derive(Debug)]
pub enum Sentinel {
    /// A later message that must arrive.
    Until(Mention),
    /// A quiet time, ended by a probe through the tap: weaker.
    For(Wait),
}

impl WrittenVerb for Never {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "never",
        doc: "Demands that no such message arrives before a sentinel",
        example: "{ never: POST /v1/statements, at: service, since: told.response, until: fed }",
        fields: &[
            FieldSpec::required(
                "never",
                Shape::Def("target"),
                "The message that must not arrive",
                "POST /v1/statements",
            ),
            AT,
            WHERE,
            SINCE,
            FieldSpec::optional(
                "until",
                Shape::Def("mention"),
                "The sentinel: the label of a message that must arrive, and would arrive after the forbidden one",
                "fed",
            ),
            FieldSpec::optional(
                "for",
                Shape::Def("wait"),
                "A quiet time instead of a sentinel, ended by a probe; weaker",
                "2s",
            ),
            REQUIREMENT,
            PRECONDITION,
            EVIDENCE,
        ],
        rules: Some(|| json!({ "oneOf": [{ "required": ["until"] }, { "required": ["for"] }] })),
    };

    fn read(_: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let query = query(fields, "never");
        let since = mention(fields, "since");
        let until = mention(fields, "until");
        let quiet = fields.entry("for");
        let sentinel = match (until, quiet) {
            (Some(label), None) => {
                refuse_empty_window(since.as_ref(), &label, fields.findings());
                Some(Sentinel::Until(label))
            }
            (None, Some((_, node))) => wait(node, fields.findings()).map(Sentinel::For),
            (Some(_), Some((key, _))) => {
                fields.complain(
                    &key.span,
                    "a `never` ends `until` a label or `for` a time, not both",
                );
                None
            }
            (None, None) => {
                let span = fields.span().clone();
                fields.findings().push(
                    Finding::new(&span, "a `never` needs a sentinel").with_hint(
                        "write `until:` with the label of a step above that would come after the forbidden message",
                    ),
                );
                None
            }
        };
        Some(Self {
            query: query?,
            since,
            sentinel: sentinel?,
        })
    }
}

impl VerbModel for Never {
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>)) {
        Part::query(&self.query, visit);
        match &self.sentinel {
            Sentinel::Until(label) => visit(Part::Mention(label)),
            Sentinel::For(wait) => visit(Part::Wait(wait)),
        }
        self.since
            .iter()
            .for_each(|label| visit(Part::Mention(label)));
    }

    fn action(&self) -> ActionKind {
        ActionKind::NoAction
    }

    fn label(&self) -> Option<LabelKind> {
        None
    }

    fn add_needs(&self, needs: &mut Needs) {
        needs.add_watched(self.query.at.participant);
    }

    fn draw(&self, drawing: &mut Drawing, serves: &str) {
        let end = match &self.sentinel {
            Sentinel::Until(label) => format!("until {}", moment(label)),
            Sentinel::For(wait) => format!("for {}", time(wait)),
        };
        drawing.arrow(
            caller(&self.query),
            "-x",
            self.query.at.participant,
            &format!("never {}, {end}{serves}", asked(&self.query)),
        );
    }

    fn window(&self) -> Option<Window<'_>> {
        let until = match &self.sentinel {
            Sentinel::Until(label) => Some(label),
            Sentinel::For(_) => None,
        };
        Some(Window {
            query: &self.query,
            since: self.since.as_ref(),
            until,
            demand: Demand::Forbidden,
        })
    }
}
