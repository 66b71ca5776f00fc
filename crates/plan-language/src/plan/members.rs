//! Finds members that a message does not have: in `where` they select nothing, under `$none` they hold whatever comes.
//!
//! What members there are says `message_schema`; of a message that it does not know nothing is said. That a member is
//! absent may be demanded of any name.

use std::collections::BTreeMap;

use super::message_schema::{Bodies, Documented, Schema, find, of_callback, of_poll, of_route};
use super::route::{Api, ROUTES, Route, matching};
use super::verb::{Flow, Send, Verb};
use crate::participant::{Address, Participant};
use crate::plan::document::Case;
use crate::plan::model::{Capture, Expect, Pick, Query};
use crate::plan::verb::Step;
use crate::plan::walk::branches;
use crate::source::{Finding, Severity, Span, nearest};
use crate::value::{JsonPath, Kinds, MemberUse, OPERATORS};

/// Checks the members that the steps of a case name.
pub(super) fn check_case(case: &Case, findings: &mut Vec<Finding>) {
    let mut check = MemberCheck::of(findings);
    for steps in [&case.given, &case.steps, &case.teardown] {
        check.steps(steps);
    }
}

/// Checks the members that the steps of a flow name.
pub(super) fn check_flow(flow: &Flow, findings: &mut Vec<Finding>) {
    MemberCheck::of(findings).steps(&flow.steps);
}

struct MemberCheck<'f> {
    /// What is documented of the labelled messages.
    labels: BTreeMap<String, Bodies>,
    /// Names that hold the URL of a poll.
    polls: Vec<String>,
    findings: &'f mut Vec<Finding>,
}

impl<'f> MemberCheck<'f> {
    fn of(findings: &'f mut Vec<Finding>) -> Self {
        Self {
            labels: BTreeMap::new(),
            polls: Vec::new(),
            findings,
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
            for branch in branches(step) {
                self.steps(branch);
            }
        }
    }

    fn step(&mut self, step: &Step) {
        let bodies = match &step.verb {
            Verb::Send(send) => self.send(send),
            Verb::Receive(receive) => {
                let bodies = of_query(&receive.query);
                self.expect(&receive.query.select, bodies.request);
                self.expect(&receive.expect, bodies.request);
                self.captures(&receive.capture, bodies.request);
                if let Some(response) = &receive.response {
                    self.expect(response, bodies.response);
                }
                bodies
            }
            Verb::Never(never) => {
                self.expect(&never.query.select, of_query(&never.query).request);
                return;
            }
            Verb::Stub(stub) => {
                self.expect(&stub.query.select, of_query(&stub.query).request);
                return;
            }
            Verb::Judge(judge) => {
                let bodies = self
                    .labels
                    .get(&judge.on.label)
                    .copied()
                    .unwrap_or_default();
                self.expect(&judge.expect, bodies.request);
                self.captures(&judge.capture, bodies.request);
                if let Some(response) = &judge.response {
                    self.expect(response, bodies.response);
                }
                return;
            }
            Verb::Use(used) => {
                let known = labels_of(&used.flow);
                for (output, name, _) in &used.bind {
                    if let Some(bodies) = bound_to(&used.flow, output, &known) {
                        self.labels.insert(name.clone(), bodies);
                    }
                }
                return;
            }
            _ => return,
        };
        if let Some(label) = &step.label {
            self.labels.insert(label.clone(), bodies);
        }
    }

    fn send(&mut self, send: &Send) -> Bodies {
        let bodies = self.of_send(send);
        let known = self.findings.len();
        self.expect(&send.expect, bodies.response);
        self.captures(&send.capture, bodies.response);
        if let Some(eventually) = &send.eventually {
            if let Some(expect) = &eventually.give_up_when {
                self.expect(expect, bodies.response);
            }
            if let (Some(schema), Some(next)) = (bodies.response, &eventually.next) {
                self.path(next, schema, send.path.span());
            }
        }
        // A provider is asked what it likes to respond, and a plan may look for what must not be there.
        if send.to.callback.is_some() {
            for finding in &mut self.findings[known..] {
                finding.severity = Severity::Warning;
            }
        }
        self.polls.extend(send.capture.iter().filter_map(|capture| {
            let Pick::Body(path) = &capture.from else {
                return None;
            };
            path.text()
                .ends_with("pollRoute")
                .then(|| capture.name.clone())
        }));
        bodies
    }

    fn of_send(&self, send: &Send) -> Bodies {
        if let Some(reference) = send.path.as_whole() {
            let is_poll = reference.to_string().ends_with("pollRoute}")
                || self.polls.contains(&reference.name);
            return if is_poll {
                of_poll()
            } else {
                Bodies::default()
            };
        }
        // A refusal has another body, of which nothing is documented.
        let is_refused = send.expect.status.as_ref().is_some_and(|(status, _)| {
            !status.is_any() && !(100..400).any(|code| status.test(code))
        });
        let written = send.path.written();
        let by_product = send.by == Participant::Product;
        let bodies = documented(send.to, &send.method, Some(&written), |route| {
            route.at != Participant::Service || by_product == (route.api == Api::Consumer)
        });
        Bodies {
            response: bodies.response.filter(|_| !is_refused),
            ..bodies
        }
    }

    fn expect(&mut self, expect: &Expect, schema: Option<&'static Schema>) {
        let Some(schema) = schema else { return };
        for matcher in expect.body.iter().chain(&expect.form) {
            matcher.members(&mut |used| self.member(used, schema));
        }
    }

    fn captures(&mut self, captures: &[Capture], schema: Option<&'static Schema>) {
        let Some(schema) = schema else { return };
        for capture in captures {
            if let Pick::Body(path) = &capture.from {
                self.path(path, schema, &capture.span);
            }
        }
    }

    fn path(&mut self, path: &JsonPath, schema: &'static Schema, span: &Span) {
        let Some(outline) = path.outline() else {
            return;
        };
        for steps in outline.ways() {
            self.member(
                &MemberUse {
                    steps,
                    span,
                    kinds: Kinds::ALL,
                },
                schema,
            );
        }
    }

    fn member(&mut self, used: &MemberUse<'_>, schema: &'static Schema) {
        let must_be_absent = used.kinds.excludes(Kinds::PRESENT);
        let finding = match find(schema, used.steps) {
            Documented::Kinds(kinds) if used.kinds.excludes(kinds) => Finding::new(
                used.span,
                format!(
                    "this member is {kinds}, and it is demanded to be {}",
                    used.kinds
                ),
            )
            .with_hint("demand a value of its kind; the sources say which one it is"),
            // The compiler of matchers has named the operator that was meant.
            Documented::Missing(name, _)
                if OPERATORS
                    .iter()
                    .any(|operator| operator.name.strip_prefix('$') == Some(&name)) =>
            {
                return;
            }
            Documented::Missing(name, there) => {
                // Absence of a misspelt member holds whatever comes.
                let near = nearest(&name, there.iter().copied());
                if must_be_absent && near.is_none() {
                    return;
                }
                let message = format!("the message has no member `{name}`");
                let finding = if must_be_absent {
                    Finding::warning(used.span, message)
                } else {
                    Finding::new(used.span, message)
                };
                finding.with_hint(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if there.is_empty() => {
                        "what this leads into is a single value or an array".to_owned()
                    }
                    None => format!(
                        "its members there are: {}; that another is absent may be demanded: `{name}: $absent`",
                        there.join(", ")
                    ),
                })
            }
            Documented::Unsaid(Some(near)) => {
                Finding::warning(used.span, "no source names this member of the message")
                    .with_hint(format!("did you mean `{near}`?"))
            }
            Documented::Kinds(_) | Documented::Unsaid(None) => return,
        };
        self.findings.push(finding);
    }
}

/// Returns what is documented of the messages that a step watches for.
fn of_query(query: &Query) -> Bodies {
    let written = query.path.as_ref().map(|path| path.written());
    documented(query.at, &query.method, written.as_deref(), |_| true)
}

/// Returns what is documented of the only message that a method and a path mean.
fn documented(
    at: Address,
    method: &str,
    path: Option<&str>,
    is_meant: impl Fn(&Route) -> bool,
) -> Bodies {
    if let Some(callback) = at.callback {
        return of_callback(callback);
    }
    let routes = ROUTES
        .iter()
        .filter(|route| route.at == at.participant && route.method == method && is_meant(route));
    let meant: Vec<&Route> = match path {
        Some(path) => matching(routes, path),
        None => routes.collect(),
    };
    match meant.as_slice() {
        [only] => of_route(only),
        _ => Bodies::default(),
    }
}

/// Returns what is documented of the labelled messages of a flow.
fn labels_of(flow: &Flow) -> BTreeMap<String, Bodies> {
    let mut unheard = Vec::new();
    let mut check = MemberCheck::of(&mut unheard);
    check.steps(&flow.steps);
    check.labels
}

/// Returns what is documented of the message that an output of a flow is.
fn bound_to(flow: &Flow, output: &str, labels: &BTreeMap<String, Bodies>) -> Option<Bodies> {
    let (.., template) = flow.outputs.iter().find(|(name, ..)| name == output)?;
    let reference = template.as_whole()?;
    if !reference.path.is_empty() {
        return None;
    }
    labels.get(&reference.name).copied()
}
