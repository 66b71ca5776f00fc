//! Reads flows, and finds those that must have run before a step because they provide names that it uses.

use std::sync::Arc;

use crate::plan::expect::{bad_name, is_name};
use crate::plan::names::bound_names;
use crate::plan::needs::needs_of;
use crate::plan::phrase::{refuse_references, spanned_pairs};
use crate::plan::read::{Reader, is_other};
use crate::plan::verb::{Flow, Input, Step};
use crate::plan::walk::{each_implied, for_each_step_ref, references};
use crate::source::{Fields, Finding, Kind, Node, Span, nearest};

impl<'a> Reader<'a> {
    /// Finds the document of a flow by its name or, if the name is misspelt, by the nearest name.
    pub(super) fn flow_document(&self, name: &str) -> Option<&'a Node> {
        let names = self.flow_nodes.keys().map(String::as_str);
        self.flow_nodes.get(nearest(name, names)?)
    }

    /// Finds a flow, and reads it at its first use.
    pub(super) fn flow(&mut self, name: &str, span: &Span) -> Option<Arc<Flow>> {
        if let Some(found) = self.flows.get(name) {
            return found.clone();
        }
        if self.reading.iter().any(|flow| flow == name) {
            let mut circle = self.reading.clone();
            circle.push(name.to_owned());
            self.complain(
                span,
                format!("the flow `{name}` uses itself: {}", circle.join(" → ")),
            );
            return None;
        }
        let Some(node) = self.flow_nodes.get(name) else {
            if self.lost.flows {
                return None;
            }
            let finding = Finding::new(span, format!("there is no flow `{name}`"));
            let words = self.flow_nodes.keys().map(String::as_str);
            self.findings.push(match nearest(name, words) {
                Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
                None if name.contains('(') => {
                    finding.with_hint("write its name alone, and its inputs as `with: { … }`")
                }
                None => finding.with_hint("the flows are in plans/flows"),
            });
            return None;
        };
        self.reading.push(name.to_owned());
        let flow = self.read_flow(node).map(Arc::new);
        self.reading.pop();
        self.flows.insert(name.to_owned(), flow.clone());
        flow
    }

    fn read_flow(&mut self, node: &Node) -> Option<Flow> {
        let mut findings = std::mem::take(&mut self.findings);
        let flow = Fields::of(node, "a flow", &mut findings).and_then(|mut fields| {
            let name = fields.require_text("flow");
            fields.require_sentence("title");
            let inputs = match fields.take("inputs") {
                Some(node) => inputs(node, &mut self.findings),
                None => Vec::new(),
            };
            let outputs = match fields.take("outputs") {
                Some(node) => spanned_pairs(node, "outputs", &mut self.findings),
                None => Vec::new(),
            };
            let provides = fields.words("provides");
            fields.take("definitions");
            let nodes = fields.list("steps");
            fields.end();
            let outputs_with_span = outputs.iter().map(|(name, span, _)| (name.as_str(), span));
            for (name, span) in name.into_iter().chain(outputs_with_span) {
                if !is_name(name) {
                    self.findings.push(bad_name(name, span));
                }
            }
            let steps = self.steps(nodes);
            if steps.is_empty() && !is_other(node, "steps") {
                self.complain(&node.span, "this flow has no `steps`");
            }
            for_each_step_ref(&steps, &mut |step| {
                if let Some(id) = step.requirement.first() {
                    self.findings.push(
                        Finding::new(&step.span, format!("a step of a flow cannot serve {id}"))
                            .with_hint("make the message an output, and `judge` it in the case"),
                    );
                }
            });
            let bound = bound_names(&steps);
            for (name, span) in &provides {
                if !bound.contains(*name) {
                    self.complain(span, format!("no step of this flow binds `{name}`"));
                }
            }
            Some(Flow {
                name: name?.0.into(),
                file: node.span.file.clone(),
                inputs,
                outputs,
                provides: provides
                    .into_iter()
                    .map(|(name, _)| name.to_owned())
                    .collect(),
                needs: needs_of(&steps),
                steps,
            })
        });
        findings.append(&mut self.findings);
        self.findings = findings;
        flow
    }

    /// Lists the flows that provide names which a step uses, except those that are being read.
    pub(super) fn before(&mut self, step: &Step) -> Vec<Arc<Flow>> {
        let mut names: Vec<(String, Span)> = Vec::new();
        references(step, &mut |name, span| {
            names.push((name.to_owned(), span.clone()))
        });
        each_implied(step, &mut |name, span| {
            names.push((name.to_owned(), span.clone()))
        });
        let mut before: Vec<Arc<Flow>> = Vec::new();
        for (name, span) in names {
            let Some(flow) = self.provider_of(&name) else {
                continue;
            };
            if self.reading.contains(&flow) || before.iter().any(|known| *known.name == *flow) {
                continue;
            }
            if let Some(flow) = self.flow(&flow, &span) {
                before.push(flow);
            }
        }
        before
    }

    /// Finds the name of the flow that provides a name, by its document.
    fn provider_of(&self, name: &str) -> Option<String> {
        self.flow_nodes
            .iter()
            .find(|(_, node)| {
                provided(node)
                    .iter()
                    .any(|provided| provided.as_text() == Some(name))
            })
            .map(|(flow, _)| flow.clone())
    }
}

/// Returns the names that the document of a flow provides.
pub(super) fn provided(flow: &Node) -> &[Node] {
    match flow.get("provides") {
        Some(node) => node.as_list().unwrap_or(std::slice::from_ref(node)),
        None => &[],
    }
}

fn inputs(node: &Node, findings: &mut Vec<Finding>) -> Vec<Input> {
    let Kind::Map(entries) = &node.kind else {
        findings.push(Finding::new(
            &node.span,
            "`inputs` is an object of names, each with a default or `$required`",
        ));
        return Vec::new();
    };
    let mut read = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        if !is_name(&key.text) {
            findings.push(bad_name(&key.text, &key.span));
        }
        let default = match value.as_text() {
            Some("$required") => None,
            _ => {
                refuse_references(value, "a default", findings);
                Some(value.to_value())
            }
        };
        read.push(Input {
            name: key.text.clone(),
            span: key.span.clone(),
            default,
        });
    }
    read
}
