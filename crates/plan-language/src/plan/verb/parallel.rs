//! `parallel`: branches of steps that run at the same time.

use serde_json::json;

use super::{ActionKind, LabelKind, Part, StepReader, VerbModel, WrittenVerb, draw_steps};
use crate::plan::drawing::Drawing;
use crate::plan::model::Needs;
use crate::plan::spec::{FieldSpec, ObjectSpec, Shape};
use crate::plan::verb::Step;
use crate::source::{Fields, Finding, Kind};

/// Branches that run at the same time.
#[derive(Debug)]
pub struct Parallel {
    /// The steps of each branch, in the order of the plan.
    pub branches: Vec<Vec<Step>>,
}

impl WrittenVerb for Parallel {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "parallel",
        doc: "Runs branches at the same time",
        example: "{ parallel: [ [ STEP ], [ STEP ] ] }",
        fields: &[FieldSpec::required(
            "parallel",
            Shape::Schema(|| {
                json!({
                    "type": "array",
                    "minItems": 2,
                    "items": {
                        "type": "array",
                        "minItems": 1,
                        "items": { "$ref": "#/$defs/step" }
                    }
                })
            }),
            "Two branches or more, each an array of steps; a branch cannot see the names of another",
            "[ [ STEP ], [ STEP, STEP ] ]",
        )],
        rules: None,
    };

    fn read(reader: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let before = fields.findings().len();
        let branches = fields.list("parallel");
        let mut read = Vec::with_capacity(branches.len());
        for branch in branches {
            match &branch.kind {
                Kind::List(steps) if steps.is_empty() => {
                    fields.complain(&branch.span, "this branch has no steps");
                }
                Kind::List(steps) => read.push(reader.steps(steps)),
                _ => {
                    let message = format!(
                        "a branch of `parallel` is an array of steps, and this is {}",
                        branch.kind_name()
                    );
                    fields.findings().push(
                        Finding::new(&branch.span, message)
                            .with_hint("begin the first step of each branch with `- - `"),
                    );
                }
            }
        }
        if branches.len() < 2 && fields.findings().len() == before {
            let span = fields.span().clone();
            fields.complain(&span, "`parallel` needs at least two branches");
        }
        Some(Self { branches: read })
    }
}

impl VerbModel for Parallel {
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>)) {
        self.branches
            .iter()
            .for_each(|branch| visit(Part::Branch(branch)));
    }

    fn action(&self) -> ActionKind {
        ActionKind::NoAction
    }

    fn label(&self) -> Option<LabelKind> {
        None
    }

    fn add_needs(&self, _: &mut Needs) {}

    fn draw(&self, drawing: &mut Drawing, _: &str) {
        drawing.branches(self.branches.len(), |drawing, index| {
            draw_steps(drawing, &self.branches[index]);
        });
    }

    fn branches_mut(&mut self) -> &mut [Vec<Step>] {
        &mut self.branches
    }
}
