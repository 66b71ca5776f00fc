//! Proves that every name a step uses is bound when the step is reached, and bound once.
//!
//! Names are bound by labels, captures, `set` and the outputs of flows. A flow sees its inputs and
//! the names that the case owns; branches of a `parallel` cannot see each other's names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::plan::model::{Case, End, Flow, Judge, Mention, Pick, Sentinel, Step, Verb};
use crate::plan::read::STAGE_NAMES;
use crate::plan::walk::{captures, each_bound, each_mention, each_reference, references};
use crate::plan::{conflict, kinds, negative};
use crate::source::{Finding, Span};
use crate::value::{Reference, Segment};

/// What a name stands for.
#[derive(Clone, Debug)]
struct Bound {
    kind: Kind,
    span: Option<Span>,
    /// How many names were bound before the step; the names of one step share it.
    order: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Value,
    /// A message that the runner sent: it begins with its step.
    Sent,
    /// A message that was awaited: it may have come before its step began.
    Received,
    Visit,
    /// The output of a flow, which may be either.
    Output,
    /// What the stage gives, with these parts only.
    Stage(&'static [&'static str]),
}

type Scope = BTreeMap<String, Bound>;

/// What can be asked of a label that names a message.
const MESSAGE_PARTS: &[&str] = &[
    "id", "method", "path", "query", "headers", "body", "form", "status", "response",
];
/// What can be asked of a label that names a visit.
const VISIT_PARTS: &[&str] = &["outcome", "url", "returned_to", "why"];
/// What can be asked of names that the stage gives; a customer has what the bank's data says.
const STAGE_PARTS: [(&str, &[&str]); 5] = [
    ("bank", &["id", "externalRef", "name"]),
    ("ui", &["return"]),
    ("state", &[]),
    (
        "credentials",
        &["client_id", "client_secret", "api_key", "audience"],
    ),
    ("agreed", &["batch_limit", "requests_per_second"]),
];

/// Checks the names of a case.
pub fn check_case(case: &Case, findings: &mut Vec<Finding>) {
    let sections = [&case.given, &case.steps, &case.teardown];
    let mut check = Check {
        everywhere: BTreeMap::new(),
        findings,
    };
    for step in sections.iter().flat_map(|steps| steps.iter()) {
        check.notice(step);
    }
    let mut scope = stage_scope();
    for (name, _, span) in &case.row {
        check.bind(&mut scope, name, Kind::Value, span, 0);
    }
    for steps in sections {
        check.steps(steps, &mut scope);
    }
}

/// Checks the names of a flow.
pub fn check_flow(flow: &Flow, findings: &mut Vec<Finding>) {
    let mut check = Check {
        everywhere: BTreeMap::new(),
        findings,
    };
    flow.steps.iter().for_each(|step| check.notice(step));
    let mut scope = stage_scope();
    for input in &flow.inputs {
        // A caller may hand a message or a value.
        check.bind(&mut scope, &input.name, Kind::Output, &input.span, 0);
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
    STAGE_NAMES
        .iter()
        .map(|(name, _)| {
            let kind = STAGE_PARTS
                .iter()
                .find(|(one, _)| one == name)
                .map_or(Kind::Value, |(_, parts)| Kind::Stage(parts));
            let bound = Bound {
                kind,
                span: None,
                order: 0,
            };
            ((*name).to_owned(), bound)
        })
        .collect()
}

fn provide(scope: &mut Scope, flow: &Flow) {
    for name in &flow.provides {
        let order = scope.len();
        scope.entry(name.clone()).or_insert(Bound {
            kind: Kind::Value,
            span: None,
            order,
        });
    }
    for step in &flow.steps {
        for inner in &step.before {
            provide(scope, inner);
        }
        if let Verb::Use(used) = &step.verb {
            provide(scope, &used.flow);
        }
    }
}

/// The check of one case or flow.
struct Check<'f> {
    /// What is bound anywhere in it, for those who look too early or in the wrong branch.
    everywhere: BTreeMap<String, Span>,
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
        if let Verb::Parallel(branches) = &step.verb {
            self.branches(branches, scope);
            return;
        }
        each_reference(step, &mut |reference| self.reference(reference, scope));
        each_mention(step, &mut |mention| self.mention(mention, scope));
        self.window(step, scope);
        if let Verb::Judge(judge) = &step.verb {
            self.of_visit(judge, scope);
        }
        if let Verb::Use(used) = &step.verb {
            provide(scope, &used.flow);
        }
        let own = match step.verb {
            Verb::Use(_) => Kind::Output,
            _ => Kind::Value,
        };
        let label = match step.verb {
            Verb::Browse(_) => Kind::Visit,
            Verb::Send(_) => Kind::Sent,
            _ => Kind::Received,
        };
        each_bound(step, &mut |name, span| {
            let kind = match step.label.as_deref() == Some(name) {
                true => label,
                false => own,
            };
            self.bind(scope, name, kind, span, order);
        });
    }

    /// Complains about what only a visit has, asked of something else.
    fn of_visit(&mut self, judge: &Judge, scope: &Scope) {
        let label = &judge.on.label;
        let known = scope.get(label).map(|bound| bound.kind);
        if matches!(known, None | Some(Kind::Visit | Kind::Output)) {
            return;
        }
        let page = judge.first_page.as_ref().and_then(|one| one.span.as_ref());
        let back = judge.returned_to.as_ref().map(|(_, span)| span);
        for (key, span) in [("first_page", page), ("returned_to", back)] {
            if let Some(span) = span {
                self.findings.push(
                    Finding::new(span, format!("`{label}` is no visit"))
                        .with_hint(format!("`{key}` judges the label of a `browse`")),
                );
            }
        }
    }

    fn branches(&mut self, branches: &[Vec<Step>], scope: &mut Scope) {
        let before = scope.clone();
        for branch in branches {
            let mut inner = before.clone();
            self.steps(branch, &mut inner);
            for (name, bound) in inner {
                if before.contains_key(&name) {
                    continue;
                }
                match &bound.span {
                    // Of two branches nobody knows which was first.
                    Some(span) => self.bind(scope, &name, bound.kind, span, before.len()),
                    None => {
                        scope.entry(name).or_insert(bound);
                    }
                }
            }
        }
    }

    fn bind(&mut self, scope: &mut Scope, name: &str, kind: Kind, span: &Span, order: usize) {
        let Some(before) = scope.get(name) else {
            let bound = Bound {
                kind,
                span: Some(span.clone()),
                order,
            };
            scope.insert(name.to_owned(), bound);
            return;
        };
        let finding = Finding::new(span, format!("`{name}` is bound already"));
        self.findings.push(match &before.span {
            Some(first) => finding.with_note(first, "here for the first time"),
            None => finding.with_hint(format!(
                "`{name}` belongs to every case; choose another name"
            )),
        });
    }

    fn reference(&mut self, reference: &Reference, scope: &Scope) {
        let Some(bound) = scope.get(&reference.name) else {
            let finding = Finding::new(
                &reference.span,
                format!("nothing binds `{}` before this step", reference.name),
            );
            let finding = self.missing(finding, &reference.name, scope);
            self.findings.push(finding);
            return;
        };
        let parts = match bound.kind {
            Kind::Sent | Kind::Received => MESSAGE_PARTS,
            Kind::Visit => VISIT_PARTS,
            Kind::Stage(parts) => parts,
            Kind::Value | Kind::Output => return,
        };
        if let Some(Segment::Key(part)) = reference.path.first()
            && !parts.contains(&part.as_str())
        {
            let finding = Finding::new(
                &reference.span,
                format!("`{}` has no part `{part}`", reference.name),
            );
            self.findings.push(match parts {
                [] => finding.with_hint(format!("write `${{{}}}`", reference.name)),
                _ => finding.with_hint(format!("parts are: {}", parts.join(", "))),
            });
        }
    }

    fn mention(&mut self, mention: &Mention, scope: &Scope) {
        match scope.get(&mention.label) {
            // That no label can be a reference was said already.
            None if mention.label.contains("${") => {}
            None => {
                let finding = Finding::new(
                    &mention.span,
                    format!("no step before this one has the label `{}`", mention.label),
                );
                let finding = self.missing(finding, &mention.label, scope);
                self.findings.push(finding);
            }
            Some(bound) if matches!(bound.kind, Kind::Value | Kind::Stage(_)) => {
                let finding = Finding::new(
                    &mention.span,
                    format!("`{}` is a value, and a label is needed here", mention.label),
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
            Some(span) => finding.with_note(span, "it is bound here, which this step cannot see"),
            None => finding.suggesting(name, scope.keys().map(String::as_str)),
        }
    }

    /// Complains about a window that begins with an act done after the window has ended.
    fn window(&mut self, step: &Step, scope: &Scope) {
        let (since, until) = match &step.verb {
            Verb::Receive(receive) => match &receive.end {
                End::Until(until) => (&receive.since, until),
                End::Within(_) => return,
            },
            Verb::Never(never) => match &never.sentinel {
                Sentinel::Until(until) => (&never.since, until),
                Sentinel::For(_) => return,
            },
            _ => return,
        };
        let Some(since) = since else {
            return;
        };
        let (Some(begin), Some(end)) = (scope.get(&since.label), scope.get(&until.label)) else {
            return;
        };
        if matches!(begin.kind, Kind::Sent | Kind::Visit) && begin.order > end.order {
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

/// Lists names that a case captures and never uses; worth a look, never wrong.
pub fn unused_captures(case: &Case) -> Vec<(String, Span)> {
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

/// Lists names that a flow captures, and neither uses nor hands out.
pub fn unused_in_flow(flow: &Flow) -> Vec<(String, Span)> {
    let mut used: Vec<String> = flow.provides.clone();
    for step in &flow.steps {
        references(step, &mut |name, _| used.push(name.to_owned()));
    }
    let handed = flow.outputs.iter().flat_map(|(.., one)| one.references());
    used.extend(handed.map(|reference| reference.name.clone()));
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
    }
}
