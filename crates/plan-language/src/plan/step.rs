//! Reads steps: one verb each, with the fields of the verb. The verbs have files of their own.

use std::sync::Arc;

use super::verb::{self, Use, VERBS, Verb};
use crate::plan::expect::{bad_name, is_name};
use crate::plan::model::Needs;
use crate::plan::phrase::{METHODS, mention};
use crate::plan::read::Reader;
use crate::plan::spec::ObjectSpec;
use crate::plan::verb::{Flow, Step, StepReader};
use crate::source::{Fields, Finding, Key, Kind, Node, Span, nearest};

impl StepReader for Reader<'_> {
    fn steps(&mut self, nodes: &[Node]) -> Vec<Step> {
        Reader::steps(self, nodes)
    }

    fn flow(&mut self, name: &str, span: &Span) -> Option<Arc<Flow>> {
        Reader::flow(self, name, span)
    }

    fn findings(&mut self) -> &mut Vec<Finding> {
        &mut self.findings
    }
}

impl Reader<'_> {
    /// Reads a list of steps.
    pub(super) fn steps(&mut self, nodes: &[Node]) -> Vec<Step> {
        nodes.iter().map(|node| self.step(node)).collect()
    }

    /// Reads one step; a step that cannot be read still binds its names, so that later steps find them.
    pub(super) fn step(&mut self, node: &Node) -> Step {
        match self.whole_step(node) {
            Some(step) => step,
            None => {
                self.unread += 1;
                self.placeholder(node)
            }
        }
    }

    fn whole_step(&mut self, node: &Node) -> Option<Step> {
        let Kind::Map(entries) = &node.kind else {
            let message = format!(
                "a step is an object with a verb, and this is {}",
                node.kind_name()
            );
            let finding = Finding::new(&node.span, message);
            let target = node.as_text().filter(|text| {
                let method = text.split(' ').next();
                method.is_some_and(|method| METHODS.contains(&method))
            });
            self.findings.push(match target {
                Some(target) => finding.with_hint(format!(
                    "write `send: {target}` for a request, or `receive: {target}` for one that must arrive"
                )),
                None => finding,
            });
            return None;
        };
        let verbs: Vec<_> = entries
            .iter()
            .filter_map(|(key, _)| Some((key, verb::find(&key.text)?)))
            .collect();
        let (key, verb) = match verbs.as_slice() {
            [only] => *only,
            [] => {
                self.findings.push(without_verb(node, entries));
                return None;
            }
            [(first, _), (second, _), ..] => {
                self.findings.push(
                    Finding::new(
                        &second.span,
                        format!("this step has a second verb, `{}`", second.text),
                    )
                    .with_note(&first.span, "the first verb")
                    .with_hint("begin another step with `- `"),
                );
                return None;
            }
        };
        let what = format!("a `{}`", verb.name);
        let mut findings = std::mem::take(&mut self.findings);
        let step = Fields::of(node, &what, &mut findings).and_then(|fields| {
            let examples = verb.fields.iter().map(|field| (field.name, field.example));
            let mut fields = fields.with_examples(examples);
            if verb.has("expect") {
                fields = fields.with_elsewhere(in_expectation);
            }
            self.verb(verb, key.span.clone(), fields)
        });
        findings.append(&mut self.findings);
        self.findings = findings;
        step
    }

    /// Makes a step that binds what an unreadable one would have bound; it never runs.
    fn placeholder(&self, node: &Node) -> Step {
        let mut names: Vec<(String, Span)> = Vec::new();
        let mut add_keys = |node: Option<&Node>| {
            for (key, _) in node.and_then(Node::as_map).unwrap_or_default() {
                names.push((key.text.clone(), key.span.clone()));
            }
        };
        add_keys(node.get("capture"));
        add_keys(node.get("set"));
        if let (Some(name), None) = (node.get("use").and_then(Node::as_text), node.get("bind")) {
            add_keys(
                self.flow_document(name)
                    .and_then(|flow| flow.get("outputs")),
            );
        }
        let bound = node.get("bind").and_then(Node::as_map).unwrap_or_default();
        for node in bound.iter().map(|(_, node)| node).chain(node.get("label")) {
            names.extend(
                node.as_text()
                    .map(|name| (name.to_owned(), node.span.clone())),
            );
        }
        let flow = Flow {
            name: "".into(),
            file: node.span.file.clone(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            provides: Vec::new(),
            needs: Needs::default(),
            steps: Vec::new(),
        };
        Step {
            span: node.span.clone(),
            label: None,
            label_span: None,
            requirement: Vec::new(),
            precondition: false,
            evidence: None,
            before: Vec::new(),
            verb: Verb::Use(Box::new(Use {
                flow: Arc::new(flow),
                with: Vec::new(),
                bind: names
                    .into_iter()
                    .map(|(name, span)| (name.clone(), name, span))
                    .collect(),
            })),
        }
    }

    /// Reads the fields that verbs share, then those of the verb.
    fn verb(&mut self, verb: &ObjectSpec, span: Span, mut fields: Fields<'_, '_>) -> Option<Step> {
        let label = if verb.has("label") {
            fields.text("label")
        } else {
            None
        };
        if let Some((text, span)) = label.filter(|(text, _)| !is_name(text)) {
            fields.findings().push(bad_name(text, span));
        }
        let cited = fields
            .keys()
            .find(|key| verb.has("requirement") && key.text == "requirement");
        let mut requirement = Vec::new();
        if verb.has("requirement") {
            requirement = self.requirements(&mut fields);
        }
        let mut precondition = false;
        if verb.has("precondition") {
            precondition = fields.flag("precondition").unwrap_or(false);
        }
        if let (Some(key), true) = (cited, precondition) {
            fields.findings().push(
                Finding::new(&key.span, "a precondition serves no requirement").with_hint(
                    "remove `precondition: true` if the subject must do this, or `requirement` if the case only relies on it",
                ),
            );
        }
        let evidence = if verb.has("evidence") {
            mention(&mut fields, "evidence")
        } else {
            None
        };
        let read = Verb::read(verb.name, self, &mut fields);
        if let (Some(read), Some((text, span))) = (&read, label)
            && read.model().may_bind_nothing()
        {
            fields.complain(span, format!("`{text}` is not bound if no message arrives"));
        }
        fields.end();
        let mut step = Step {
            span,
            label: label.map(|(text, _)| text.to_owned()),
            label_span: label.map(|(_, span)| span.clone()),
            requirement,
            precondition,
            evidence,
            before: Vec::new(),
            verb: read?,
        };
        step.before = self.before(&step);
        Some(step)
    }

    /// Reads the requirements that a step serves.
    fn requirements(&mut self, fields: &mut Fields<'_, '_>) -> Vec<Arc<str>> {
        let words = fields.words("requirement");
        let found = self.cited(&words, fields.findings());
        found.into_iter().map(|(id, _)| id).collect()
    }
}

/// Says where the parts of a message belong that stand beside `expect`.
fn in_expectation(field: &str) -> Option<&'static str> {
    match field {
        "status" => Some("write it as `expect: { status: … }`, or as `response: { status: … }`"),
        "headers" => Some("write it as `expect: { headers: … }`"),
        "query" => Some("write it as `expect: { query: … }`"),
        "body" => Some("write it as `expect: { body: … }`"),
        "form" => Some("write it as `expect: { form: … }`"),
        _ => None,
    }
}

/// Names that an author may give to a pause.
const PAUSES: [&str; 4] = ["delay", "pause", "sleep", "wait"];

/// Returns a finding about a step without a verb, with the nearest verb to any of its keys.
fn without_verb(node: &Node, entries: &[(Key, Node)]) -> Finding {
    let words = VERBS.iter().map(|verb| verb.name);
    let near = entries
        .iter()
        // A field of other verbs, and near to a verb.
        .filter(|(key, _)| key.text != "response")
        .find_map(|(key, _)| nearest(&key.text, words.clone()).map(|word| (key, word)));
    match near {
        Some((key, word)) => Finding::new(&key.span, format!("there is no verb `{}`", key.text))
            .with_hint(format!("did you mean `{word}`?")),
        None if entries.iter().any(|(key, _)| PAUSES.contains(&key.text.as_str())) => {
            Finding::new(&node.span, "no step waits for a fixed time").with_hint(
                "`receive` waits for a message `within` a time, `send` repeats itself `eventually`, `never` watches `for` a time",
            )
        }
        None => Finding::new(&node.span, "this step has no verb").with_hint(format!(
            "the verbs are: {}",
            words.collect::<Vec<_>>().join(", ")
        )),
    }
}
