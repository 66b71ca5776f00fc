//! Checks that every name a step uses is bound when the step is reached, and bound once.
//!
//! Names are bound by labels, captures, `set` and the outputs of flows. A flow sees its inputs and
//! the names that the case owns; branches of a `parallel` cannot see each other's names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::verb::{LabelKind, Part};
use crate::plan::document::Case;
use crate::plan::expect::is_name;
use crate::plan::model::{Mention, Pick};
use crate::plan::provided_name::{PLAYED, STAGE_NAMES, StageName};
use crate::plan::verb::{Flow, Step};
use crate::plan::walk::{
    branches, captures, each_bound, each_flow, each_mention, each_part, each_reference, references,
};
use crate::plan::{conflict, kinds, members, negative, served};
use crate::source::{Finding, Span};
use crate::value::{Reference, Segment, duration::parse as parse_duration};

/// What a name is bound to.
#[derive(Clone, Debug)]
struct BoundName {
    kind: BoundKind,
    span: Option<Span>,
    /// How many names were bound before the step; the names of one step share it.
    order: usize,
}

#[derive(Clone, Copy, Debug)]
enum BoundKind {
    Value,
    /// A message that the runner sent: it begins with its step.
    Sent,
    /// A message that was awaited: it may have come before its step began.
    Received,
    Visit,
    /// The output of a flow, which may be either.
    Output,
    /// What the stage gives.
    Stage(&'static StageName),
}

impl From<LabelKind> for BoundKind {
    fn from(label: LabelKind) -> Self {
        match label {
            LabelKind::SentMessage => Self::Sent,
            LabelKind::ReceivedMessage => Self::Received,
            LabelKind::Visit => Self::Visit,
        }
    }
}

type Scope = BTreeMap<String, BoundName>;

/// The parts of a label that names a message.
const MESSAGE_PARTS: &[&str] = &[
    "id", "method", "path", "query", "headers", "body", "form", "status", "response",
];
/// The parts of a label that names a visit.
const VISIT_PARTS: &[&str] = &["outcome", "url", "returned_to", "why"];
/// Checks the names of a case.
pub fn check_case(case: &Case, findings: &mut Vec<Finding>) {
    let sections = [&case.given, &case.steps, &case.teardown];
    let mut check = Check {
        everywhere: BTreeMap::new(),
        provides: Vec::new(),
        findings,
    };
    for step in sections.iter().flat_map(|steps| steps.iter()) {
        check.notice(step);
    }
    let mut scope = stage_scope();
    for (name, _, span) in &case.row {
        check.bind(&mut scope, name, BoundKind::Value, span, 0);
    }
    for steps in sections {
        check.steps(steps, &mut scope);
    }
}

/// Checks the names of a flow.
pub fn check_flow(flow: &Flow, findings: &mut Vec<Finding>) {
    let mut check = Check {
        everywhere: BTreeMap::new(),
        provides: flow.provides.clone(),
        findings,
    };
    flow.steps.iter().for_each(|step| check.notice(step));
    let mut scope = stage_scope();
    for input in &flow.inputs {
        // A caller may hand a message or a value.
        check.bind(&mut scope, &input.name, BoundKind::Output, &input.span, 0);
    }
    check.steps(&flow.steps, &mut scope);
    for (_, _, template) in &flow.outputs {
        for reference in template.references() {
            check.reference(reference, &scope);
        }
    }
}

/// Lists the names that steps bind, those of their branches included.
pub(super) fn bound_names(steps: &[Step]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for step in steps {
        each_bound(step, &mut |name, _| {
            names.insert(name.to_owned());
        });
    }
    names
}

fn stage_scope() -> Scope {
    let bind = |stage: &'static StageName| {
        let bound = BoundName {
            kind: BoundKind::Stage(stage),
            span: None,
            order: 0,
        };
        (stage.name.to_owned(), bound)
    };
    STAGE_NAMES.iter().map(bind).collect()
}

fn provide(scope: &mut Scope, flow: &Flow) {
    for name in &flow.provides {
        let order = scope.len();
        scope.entry(name.clone()).or_insert(BoundName {
            kind: BoundKind::Value,
            span: None,
            order,
        });
    }
    for step in &flow.steps {
        for inner in &step.before {
            provide(scope, inner);
        }
        each_flow(step, &mut |flow| provide(scope, flow));
    }
}

/// The check of one case or flow.
struct Check<'f> {
    /// What is bound anywhere in it, for findings about a name that is used too early or in another branch.
    everywhere: BTreeMap<String, Span>,
    /// The names that the flow itself provides.
    provides: Vec<String>,
    findings: &'f mut Vec<Finding>,
}

impl Check<'_> {
    fn notice(&mut self, step: &Step) {
        each_bound(step, &mut |name, span| {
            self.everywhere
                .entry(name.to_owned())
                .or_insert_with(|| span.clone());
        });
    }

    fn steps(&mut self, steps: &[Step], scope: &mut Scope) {
        for step in steps {
            self.step(step, scope);
        }
    }

    fn step(&mut self, step: &Step, scope: &mut Scope) {
        for flow in &step.before {
            provide(scope, flow);
        }
        let order = scope.len();
        let branches = branches(step);
        if !branches.is_empty() {
            self.branches(&branches, scope);
            return;
        }
        each_reference(step, &mut |reference| self.reference(reference, scope));
        each_mention(step, &mut |mention| self.mention(mention, scope));
        self.window(step, scope);
        each_part(step, &mut |part| {
            if let Part::OfVisit(label, key, span) = part {
                self.of_visit(label, key, span, scope);
            }
        });
        each_flow(step, &mut |flow| provide(scope, flow));
        let mut outputs = BTreeSet::new();
        each_part(step, &mut |part| {
            if let Part::Output(name, _) = part {
                outputs.insert(name);
            }
        });
        let label = step.verb.model().label().map(BoundKind::from);
        each_bound(step, &mut |name, span| {
            let is_label = step.label.as_deref() == Some(name);
            let kind = if let Some(label) = label.filter(|_| is_label) {
                label
            } else if outputs.contains(name) {
                BoundKind::Output
            } else {
                BoundKind::Value
            };
            self.bind(scope, name, kind, span, order);
        });
    }

    /// Adds a finding about a field that only a visit has, where the label names something else.
    fn of_visit(&mut self, label: &str, key: &str, span: &Span, scope: &Scope) {
        let known = scope.get(label).map(|bound| bound.kind);
        if !matches!(known, None | Some(BoundKind::Visit | BoundKind::Output)) {
            self.findings.push(
                Finding::new(span, format!("`{label}` is not a visit"))
                    .with_hint(format!("`{key}` needs the label of a `browse`")),
            );
        }
    }

    fn branches(&mut self, branches: &[&[Step]], scope: &mut Scope) {
        let before = scope.clone();
        for branch in branches {
            let mut inner = before.clone();
            self.steps(branch, &mut inner);
            for (name, bound) in inner {
                if before.contains_key(&name) {
                    continue;
                }
                match &bound.span {
                    // Either branch may have been first.
                    Some(span) => self.bind(scope, &name, bound.kind, span, before.len()),
                    None => {
                        scope.entry(name).or_insert(bound);
                    }
                }
            }
        }
    }

    fn bind(&mut self, scope: &mut Scope, name: &str, kind: BoundKind, span: &Span, order: usize) {
        let Some(before) = scope.get(name) else {
            self.refuse_hiding(name, span);
            let bound = BoundName {
                kind,
                span: Some(span.clone()),
                order,
            };
            scope.insert(name.to_owned(), bound);
            return;
        };
        let finding = Finding::new(span, format!("`{name}` is bound already"));
        self.findings.push(match &before.span {
            Some(first) => finding.with_note(first, "first bound here"),
            None => finding.with_hint(format!(
                "`{name}` belongs to every case; choose another name"
            )),
        });
    }

    /// Adds a finding about a name that hides the bearer which `as:` of later steps would send.
    fn refuse_hiding(&mut self, name: &str, span: &Span) {
        let played = PLAYED.iter().find(|(_, token)| *token == name);
        if let Some((participant, _)) = played.filter(|_| !self.provides.contains(&name.to_owned()))
        {
            self.findings.push(
                Finding::new(
                    span,
                    format!("this `{name}` hides the one that a flow provides: `as: {participant}` would send it as its bearer"),
                )
                .with_hint(format!("choose another name, such as `own_{name}`")),
            );
        }
    }

    fn reference(&mut self, reference: &Reference, scope: &Scope) {
        let Some(bound) = scope.get(&reference.name) else {
            let finding = Finding::new(
                &reference.span,
                format!("no step before this one binds `{}`", reference.name),
            );
            let mut finding = self.missing(finding, &reference.name, scope);
            if finding.hint.is_none() && finding.notes.is_empty() {
                let own: Vec<&str> = STAGE_NAMES.iter().map(|stage| stage.name).collect();
                finding.hint = Some(format!(
                    "labels, `capture` and `set` bind names; every case has: {}",
                    own.join(", ")
                ));
            }
            self.findings.push(finding);
            return;
        };
        let parts = match bound.kind {
            BoundKind::Sent | BoundKind::Received => MESSAGE_PARTS.to_vec(),
            BoundKind::Visit => VISIT_PARTS.to_vec(),
            BoundKind::Stage(stage) if stage.is_whole => {
                stage.parts.iter().map(|(part, _)| *part).collect()
            }
            BoundKind::Stage(_) | BoundKind::Value | BoundKind::Output => return,
        };
        if let Some(Segment::Key(part)) = reference.path.first()
            && !parts.contains(&part.as_str())
        {
            let finding = Finding::new(
                &reference.span,
                format!("`{}` has no part `{part}`", reference.name),
            );
            self.findings.push(match parts.as_slice() {
                [] => finding.with_hint(format!(
                    "it is a single value: write `${{{}}}`",
                    reference.name
                )),
                _ => finding.with_hint(format!("its parts are: {}", parts.join(", "))),
            });
        }
    }

    fn mention(&mut self, mention: &Mention, scope: &Scope) {
        match scope.get(&mention.label) {
            // A reference in place of a label has a finding already.
            None if mention.label.contains("${") => {}
            None => {
                let finding = Finding::new(
                    &mention.span,
                    format!("no step before this one has the label `{}`", mention.label),
                );
                let mut finding = self.missing(finding, &mention.label, scope);
                if finding.hint.is_none() && finding.notes.is_empty() {
                    finding.hint = Some(if parse_duration(&mention.label).is_ok() {
                        "write a label here; a time stands behind `within:`, or `for:` of a `never`"
                            .to_owned()
                    } else if is_name(&mention.label) {
                        format!(
                            "write `label: {}` at the step above that is meant",
                            mention.label
                        )
                    } else {
                        "write the label of a step above".to_owned()
                    });
                }
                self.findings.push(finding);
            }
            Some(bound) if matches!(bound.kind, BoundKind::Value | BoundKind::Stage(_)) => {
                let finding = Finding::new(
                    &mention.span,
                    format!("`{}` is a value, but this must be a label", mention.label),
                );
                self.findings.push(match &bound.span {
                    Some(span) => finding.with_note(span, "it is bound here"),
                    None => finding,
                });
            }
            Some(_) => {}
        }
    }

    /// Adds where a name that is missing here is bound, or which name is near.
    fn missing(&self, finding: Finding, name: &str, scope: &Scope) -> Finding {
        match self.everywhere.get(name) {
            Some(span) => finding.with_note(span, "it is bound here, out of sight of this step"),
            None => finding.suggesting(name, scope.keys().map(String::as_str)),
        }
    }

    /// Adds a finding about a window that begins with an action after its own end.
    fn window(&mut self, step: &Step, scope: &Scope) {
        let Some(window) = step.verb.model().window() else {
            return;
        };
        let (Some(since), Some(until)) = (window.since, window.until) else {
            return;
        };
        let (Some(begin), Some(end)) = (scope.get(&since.label), scope.get(&until.label)) else {
            return;
        };
        if matches!(begin.kind, BoundKind::Sent | BoundKind::Visit) && begin.order > end.order {
            self.findings.push(
                Finding::new(
                    &since.span,
                    format!(
                        "`{}` comes after `{}`, so this window is empty",
                        since.label, until.label
                    ),
                )
                .with_note(&until.span, "the window ends here"),
            );
        }
    }
}

/// Lists names that a case captures and never uses: a hint for the author, not an error.
pub(super) fn unused_captures(case: &Case) -> Vec<(String, Span)> {
    let mut used = Vec::new();
    let all = || {
        case.given
            .iter()
            .chain(case.steps.iter())
            .chain(case.teardown.iter())
    };
    for step in all() {
        references(step, &mut |name, _| used.push(name.to_owned()));
    }
    all()
        .flat_map(captures)
        .filter(|capture| !matches!(capture.from, Pick::Status) && !used.contains(&capture.name))
        .map(|capture| (capture.name.clone(), capture.span.clone()))
        .collect()
}

/// Lists names that a flow captures, and neither uses nor returns.
pub(super) fn unused_in_flow(flow: &Flow) -> Vec<(String, Span)> {
    let mut used: Vec<String> = flow.provides.clone();
    for step in &flow.steps {
        references(step, &mut |name, _| used.push(name.to_owned()));
    }
    let returned = flow
        .outputs
        .iter()
        .flat_map(|(.., value)| value.references());
    used.extend(returned.map(|reference| reference.name.clone()));
    flow.steps
        .iter()
        .flat_map(captures)
        .filter(|capture| !matches!(capture.from, Pick::Status) && !used.contains(&capture.name))
        .map(|capture| (capture.name.clone(), capture.span.clone()))
        .collect()
}

/// Lists the flows of a library once each, for checking.
pub(super) fn check_flows<'f>(
    flows: impl Iterator<Item = &'f Arc<Flow>>,
    findings: &mut Vec<Finding>,
) {
    for flow in flows {
        check_flow(flow, findings);
        kinds::check_flow(flow, findings);
        conflict::check_steps(&flow.steps, findings);
        negative::check_steps(&flow.steps, findings);
        served::check_steps(&flow.steps, findings);
        members::check_flow(flow, findings);
    }
}
