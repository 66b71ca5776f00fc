//! Steps, and the flows that consist of them. A step contains its verb, and some verbs contain steps.

use std::sync::Arc;

use super::Verb;
use crate::plan::drawing::Drawing;
use crate::plan::model::{Mention, Needs};
use crate::source::Span;
use crate::value::{Template, Value};

/// A named sequence of steps with inputs and outputs.
#[derive(Debug)]
pub struct Flow {
    /// Name.
    pub name: Arc<str>,
    /// Name of the file.
    pub file: Arc<str>,
    /// Its inputs; an input without a default must be given.
    pub inputs: Vec<Input>,
    /// What it returns to its caller, by name.
    pub outputs: Vec<(String, Span, Template)>,
    /// Names owned by the case that it provides; it runs at most once a case then.
    pub provides: Vec<String>,
    /// What it needs of the stage, the flows that it uses included.
    pub needs: Needs,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// An input of a flow.
#[derive(Debug)]
pub struct Input {
    /// Name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Value if the caller gives none.
    pub default: Option<Value>,
}

/// One action, wait or check.
#[derive(Debug)]
pub struct Step {
    /// Where it stands.
    pub span: Span,
    /// The name of what it binds.
    pub label: Option<String>,
    /// Where that name stands.
    pub label_span: Option<Span>,
    /// Requirements that its checks serve.
    pub requirement: Vec<Arc<str>>,
    /// Whether it is a precondition: its failure makes the case inconclusive.
    pub precondition: bool,
    /// The label of the subject's message whose effect it reads.
    pub evidence: Option<Mention>,
    /// Flows that must have run before it, because they provide names that it uses.
    pub before: Vec<Arc<Flow>>,
    /// What it does.
    pub verb: Verb,
}

/// Draws steps in their order.
pub(in crate::plan) fn draw_steps(drawing: &mut Drawing, steps: &[Step]) {
    for step in steps {
        step.draw(drawing);
    }
}

impl Step {
    /// Draws the flows that run before the step, and the step itself.
    fn draw(&self, drawing: &mut Drawing) {
        for flow in &self.before {
            if drawing.provide(&flow.name) {
                drawing.across(&format!("flow {}, by itself", flow.name));
                draw_steps(drawing, &flow.steps);
            }
        }
        let serves = if self.requirement.is_empty() {
            String::new()
        } else {
            format!(" [{}]", self.requirement.join(" "))
        };
        self.verb.model().draw(drawing, &serves);
    }
}

impl Flow {
    /// Draws a flow that a step runs.
    pub(super) fn draw(&self, drawing: &mut Drawing) {
        if !self.provides.is_empty() {
            drawing.provide(&self.name);
        }
        drawing.across(&format!("flow {}", self.name));
        draw_steps(drawing, &self.steps);
    }
}
