//! `use`: a flow that runs as part of the case.

use std::sync::Arc;

use serde_json::json;

use super::shared_field::PRECONDITION;
use super::{ActionKind, LabelKind, Part, StepReader, VerbModel, WrittenVerb};
use crate::plan::drawing::Drawing;
use crate::plan::expect::{bad_name, is_name};
use crate::plan::model::Needs;
use crate::plan::phrase::{hinted, spanned_pairs};
use crate::plan::spec::{FieldSpec, ObjectSpec, Shape};
use crate::plan::verb::Flow;
use crate::source::{Fields, Finding, Kind, Node, Span};
use crate::value::Template;

/// A flow to be run.
#[derive(Debug)]
pub struct Use {
    /// The flow.
    pub flow: Arc<Flow>,
    /// Its inputs.
    pub with: Vec<(String, Span, Template)>,
    /// Which of its outputs are bound, and to which names.
    pub bind: Vec<(String, String, Span)>,
}

impl WrittenVerb for Use {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "use",
        doc: "Runs a flow and binds its outputs",
        example: "{ use: onboarded-account, with: { choose: 1 }, bind: { account: second } }",
        fields: &[
            FieldSpec::required(
                "use",
                Shape::Def("name"),
                "The name of the flow",
                "onboarded-account",
            ),
            FieldSpec::optional("with", Shape::Def("values"), "Its inputs", "{ choose: 1 }"),
            FieldSpec::optional(
                "bind",
                Shape::Schema(|| {
                    json!({
                        "type": "object",
                        "additionalProperties": { "$ref": "#/$defs/name" }
                    })
                }),
                "Which outputs are bound, and to which names; without it every output is bound to its own name",
                "{ account: first }",
            ),
            PRECONDITION,
        ],
        rules: None,
    };

    fn read(reader: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let name = fields.require_text("use");
        let with = match fields.take("with") {
            Some(node) => spanned_pairs(node, "with", fields.findings()),
            None => Vec::new(),
        };
        let bind = match fields.take("bind") {
            Some(node) => bindings(node, fields.findings()),
            None => Vec::new(),
        };
        let (name, span) = name?;
        let flow = reader.flow(name, span)?;
        check_inputs(&flow, name, span, &with, reader.findings());
        for (output, span, ..) in &bind {
            if !flow.outputs.iter().any(|(declared, ..)| declared == output) {
                let finding =
                    Finding::new(span, format!("the flow `{name}` has no output `{output}`"));
                let words = flow.outputs.iter().map(|(declared, ..)| declared.as_str());
                reader
                    .findings()
                    .push(hinted(finding, output, words, "outputs"));
            }
        }
        let bind = bind
            .into_iter()
            .map(|(output, _, name, span)| (output, name, span))
            .collect();
        Some(Self { flow, with, bind })
    }
}

impl VerbModel for Use {
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>)) {
        for (_, _, value) in &self.with {
            visit(Part::Value(value));
        }
        if self.bind.is_empty() {
            for (name, ..) in &self.flow.outputs {
                visit(Part::Output(name, None));
            }
        }
        for (_, name, span) in &self.bind {
            visit(Part::Output(name, Some(span)));
        }
        visit(Part::Flow(&self.flow));
    }

    fn action(&self) -> ActionKind {
        ActionKind::Action
    }

    fn label(&self) -> Option<LabelKind> {
        None
    }

    fn add_needs(&self, _: &mut Needs) {}

    fn draw(&self, drawing: &mut Drawing, _: &str) {
        self.flow.draw(drawing);
    }
}

/// Adds findings about inputs that the flow does not have, and about those that it lacks.
fn check_inputs(
    flow: &Flow,
    name: &str,
    span: &Span,
    with: &[(String, Span, Template)],
    findings: &mut Vec<Finding>,
) {
    for (input, span, _) in with {
        if !flow.inputs.iter().any(|declared| declared.name == *input) {
            let finding = Finding::new(span, format!("the flow `{name}` has no input `{input}`"));
            let words = flow.inputs.iter().map(|declared| declared.name.as_str());
            findings.push(hinted(finding, input, words, "inputs"));
        }
    }
    for input in &flow.inputs {
        if input.default.is_none() && !with.iter().any(|(given, ..)| *given == input.name) {
            findings.push(
                Finding::new(
                    span,
                    format!("the flow `{name}` needs the input `{}`", input.name),
                )
                .with_note(&input.span, "it is declared here")
                .with_hint(format!("write `with: {{ {}: … }}`", input.name)),
            );
        }
    }
}

/// Reads which outputs of a flow are bound to which names; the places are those of output and name.
fn bindings(node: &Node, findings: &mut Vec<Finding>) -> Vec<(String, Span, String, Span)> {
    let Kind::Map(entries) = &node.kind else {
        findings.push(Finding::new(
            &node.span,
            format!(
                "`bind` is an object of outputs and names, and this is {}",
                node.kind_name()
            ),
        ));
        return Vec::new();
    };
    let mut read = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match value.as_text() {
            Some(name) if is_name(name) => {
                read.push((
                    key.text.clone(),
                    key.span.clone(),
                    name.to_owned(),
                    value.span.clone(),
                ));
            }
            Some(name) => findings.push(bad_name(name, &value.span)),
            None => findings.push(Finding::new(
                &value.span,
                format!(
                    "an output is bound to a name, and this is {}",
                    value.kind_name()
                ),
            )),
        }
    }
    read
}
