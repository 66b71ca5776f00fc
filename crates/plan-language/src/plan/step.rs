//! Reads steps: one verb each, with the fields that the verb knows.

use std::sync::Arc;

use crate::plan::act::{age, browse, set, stub, trigger};
use crate::plan::expect::{bad_name, is_name};
use crate::plan::model::{Flow, Needs, Step, Use, Verb};
use crate::plan::phrase::{bindings, hinted, mention, spanned_pairs};
use crate::plan::read::Reader;
use crate::plan::send::send;
use crate::plan::watch::{judge, never, receive};
use crate::source::{Fields, Finding, Kind, Node, Span, nearest};

/// The verbs of the language, with one line each for guides and schemas.
pub const VERBS: &[(&str, &str)] = &[
    ("send", "call someone, and judge the answer"),
    (
        "stub",
        "arm replies at a participant, before what triggers them",
    ),
    (
        "receive",
        "await a message; judge its caller, and the one who was called",
    ),
    (
        "never",
        "demand that no such message comes, up to a sentinel",
    ),
    ("browse", "send the customer's browser somewhere"),
    ("judge", "judge a message that is bound already"),
    ("trigger", "pull a bank action of the environment"),
    ("use", "use a flow"),
    ("set", "bind values"),
    ("parallel", "run branches at the same time"),
    ("age", "make what exists older"),
];

impl Reader<'_> {
    /// Reads a list of steps.
    pub(super) fn steps(&mut self, nodes: &[Node]) -> Vec<Step> {
        nodes.iter().map(|node| self.step(node)).collect()
    }

    /// Reads one step; one that cannot be read still binds its names, so that nobody misses them.
    pub(super) fn step(&mut self, node: &Node) -> Step {
        match self.whole_step(node) {
            Some(step) => step,
            None => {
                self.unread += 1;
                self.stand_in(node)
            }
        }
    }

    fn whole_step(&mut self, node: &Node) -> Option<Step> {
        let Kind::Map(entries) = &node.kind else {
            self.complain(
                &node.span,
                format!(
                    "a step is a map with a verb, and this is {}",
                    node.kind_name()
                ),
            );
            return None;
        };
        let verbs: Vec<_> = entries
            .iter()
            .map(|(key, _)| key)
            .filter(|key| VERBS.iter().any(|(verb, _)| *verb == key.text))
            .collect();
        let (verb, span) = match verbs.as_slice() {
            [key] => (key.text.as_str(), key.span.clone()),
            [] => {
                let words = VERBS.iter().map(|(verb, _)| *verb);
                let near = entries
                    .iter()
                    // A field of other verbs, and near to a verb.
                    .filter(|(key, _)| key.text != "response")
                    .find_map(|(key, _)| nearest(&key.text, words.clone()).map(|word| (key, word)));
                self.findings.push(match near {
                    Some((key, word)) => {
                        Finding::new(&key.span, format!("there is no verb `{}`", key.text))
                            .with_hint(format!("did you mean `{word}`?"))
                    }
                    None => Finding::new(&node.span, "a step without a verb")
                        .with_hint(format!("one of: {}", words.collect::<Vec<_>>().join(", "))),
                });
                return None;
            }
            [first, second, ..] => {
                let finding = Finding::new(
                    &second.span,
                    format!("a step has one verb, and `{}` is a second one", second.text),
                );
                self.findings.push(
                    finding
                        .with_note(&first.span, "the first one")
                        .with_hint("begin another step with `- `"),
                );
                return None;
            }
        };
        let what = format!("a `{verb}`");
        let mut findings = std::mem::take(&mut self.findings);
        let step =
            Fields::of(node, &what, &mut findings).and_then(|fields| self.verb(verb, span, fields));
        findings.append(&mut self.findings);
        self.findings = findings;
        step
    }

    /// Makes a step that binds what an unreadable one would have bound; it is never run.
    fn stand_in(&self, node: &Node) -> Step {
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
            verb: Verb::Use(Use {
                flow: Arc::new(flow),
                with: Vec::new(),
                bind: names
                    .into_iter()
                    .map(|(name, span)| (name.clone(), name, span))
                    .collect(),
            }),
        }
    }

    fn verb(&mut self, verb: &str, span: Span, mut fields: Fields<'_, '_>) -> Option<Step> {
        let label = match verb {
            "send" | "receive" | "browse" => fields.text("label"),
            _ => None,
        };
        if let Some((text, span)) = label.filter(|(text, _)| !is_name(text)) {
            fields.findings().push(bad_name(text, span));
        }
        let judges = !matches!(verb, "set" | "parallel" | "trigger" | "age" | "stub");
        let (mut requirement, mut precondition) = (Vec::new(), false);
        if judges {
            let cited = match verb {
                "use" => None,
                _ => fields.keys().find(|key| key.text == "requirement"),
            };
            if verb != "use" {
                requirement = self.requirements(&mut fields);
            }
            precondition = fields.flag("precondition").unwrap_or(false);
            if let (Some(key), true) = (cited, precondition) {
                fields.findings().push(
                    Finding::new(&key.span, "a precondition serves no requirement").with_hint(
                        "remove `precondition: true` or `requirement`: what fails here is either the case's own premise or the subject",
                    ),
                );
            }
        }
        let evidence = match verb {
            "send" | "receive" | "judge" | "never" => mention(&mut fields, "evidence"),
            _ => None,
        };
        let read = match verb {
            "send" => send(&mut fields).map(|one| Verb::Send(Box::new(one))),
            "stub" => stub(&mut fields).map(|one| Verb::Stub(Box::new(one))),
            "receive" => receive(&mut fields).map(|one| Verb::Receive(Box::new(one))),
            "never" => never(&mut fields).map(|one| Verb::Never(Box::new(one))),
            "browse" => browse(&mut fields).map(|one| Verb::Browse(Box::new(one))),
            "judge" => judge(&mut fields).map(|one| Verb::Judge(Box::new(one))),
            "trigger" => trigger(&mut fields).map(Verb::Trigger),
            "use" => self.using(&mut fields).map(Verb::Use),
            "parallel" => Some(Verb::Parallel(self.together(&mut fields))),
            "age" => age(&mut fields).map(Verb::Age),
            _ => Some(Verb::Set(set(&mut fields))),
        };
        if let (Some(Verb::Receive(receive)), Some((text, span))) = (&read, label)
            && receive.count.least == 0
        {
            fields.complain(span, format!("`{text}` is not bound if no message comes"));
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

    /// Reads what a step serves.
    fn requirements(&mut self, fields: &mut Fields<'_, '_>) -> Vec<Arc<str>> {
        let words = fields.words("requirement");
        let found = self.cited(&words, fields.findings());
        found.into_iter().map(|(id, _)| id).collect()
    }

    fn using(&mut self, fields: &mut Fields<'_, '_>) -> Option<Use> {
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
        let flow = self.flow(name, span)?;
        for (input, span, _) in &with {
            if !flow.inputs.iter().any(|one| one.name == *input) {
                let finding =
                    Finding::new(span, format!("the flow `{name}` has no input `{input}`"));
                let words = flow.inputs.iter().map(|one| one.name.as_str());
                self.findings.push(hinted(finding, input, words, "inputs"));
            }
        }
        for input in &flow.inputs {
            if input.default.is_none() && !with.iter().any(|(given, ..)| *given == input.name) {
                self.findings.push(
                    Finding::new(
                        span,
                        format!("the flow `{name}` needs the input `{}`", input.name),
                    )
                    .with_note(&input.span, "it is declared here")
                    .with_hint(format!("`with: {{ {}: … }}`", input.name)),
                );
            }
        }
        for (output, span, ..) in &bind {
            if !flow.outputs.iter().any(|(one, ..)| one == output) {
                let finding =
                    Finding::new(span, format!("the flow `{name}` has no output `{output}`"));
                let words = flow.outputs.iter().map(|(one, ..)| one.as_str());
                self.findings
                    .push(hinted(finding, output, words, "outputs"));
            }
        }
        let bind = bind
            .into_iter()
            .map(|(output, _, name, span)| (output, name, span))
            .collect();
        Some(Use { flow, with, bind })
    }

    fn together(&mut self, fields: &mut Fields<'_, '_>) -> Vec<Vec<Step>> {
        let before = fields.findings().len();
        let branches = fields.list("parallel");
        let mut read = Vec::with_capacity(branches.len());
        for branch in branches {
            match &branch.kind {
                Kind::List(steps) if steps.is_empty() => {
                    fields.complain(&branch.span, "a branch without steps");
                }
                Kind::List(steps) => read.push(self.steps(steps)),
                _ => fields.complain(&branch.span, "a branch of `parallel` is a list of steps"),
            }
        }
        if branches.len() < 2 && fields.findings().len() == before {
            let span = fields.span().clone();
            fields.complain(&span, "`parallel` needs two branches at least");
        }
        read
    }
}
