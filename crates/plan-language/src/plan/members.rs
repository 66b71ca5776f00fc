//! Finds members that a message does not have: in `where` they select nothing, under `$none` they hold whatever comes.
//!
//! A reference that takes a member from a message is looked at in the same way: without it, the plan would fail in the
//! middle of a run. The members are listed in `message_schema`; a message that it does not know gets no finding.
//! That a member is absent may be demanded of any name.

use std::collections::BTreeMap;

use super::documented_name::DocumentedName;
use super::message_schema::{
    Bodies, Documented, Schema, find, of_callback, of_poll, of_route, reach,
};
use super::route::{Api, ROUTES, Route, matching};
use super::verb::{Flow, Part, Send, Use, Verb};
use crate::participant::{Address, Participant};
use crate::plan::document::Case;
use crate::plan::model::{Capture, Expect, Pick, Query};
use crate::plan::verb::Step;
use crate::plan::walk::{branches, each_part, each_reference};
use crate::source::{Finding, Severity, Span, nearest};
use crate::value::{JsonPath, Kinds, MemberUse, OPERATORS, ORDINARY_NAMES, Reference, Template};

/// Checks the members that the steps of a case name.
pub(super) fn check_case(case: &Case, findings: &mut Vec<Finding>) {
    let mut check = MemberCheck::of(findings);
    for steps in [&case.given, &case.steps, &case.teardown] {
        check.steps(steps);
    }
}

/// Checks the members that the steps and the outputs of a flow name.
pub(super) fn check_flow(flow: &Flow, findings: &mut Vec<Finding>) {
    let mut check = MemberCheck::of(findings);
    check.steps(&flow.steps);
    for (_, _, output) in &flow.outputs {
        for reference in output.references() {
            check.reference(reference);
        }
    }
}

struct MemberCheck<'f> {
    /// What is documented of what the names stand for.
    names: BTreeMap<String, DocumentedName>,
    /// Names that hold the URL of a poll.
    polls: Vec<String>,
    findings: &'f mut Vec<Finding>,
}

impl<'f> MemberCheck<'f> {
    fn of(findings: &'f mut Vec<Finding>) -> Self {
        Self {
            names: BTreeMap::new(),
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
        each_reference(step, &mut |reference| self.reference(reference));
        let bodies = match &step.verb {
            Verb::Send(send) => self.send(send),
            Verb::Receive(receive) => {
                let bodies = of_query(&receive.query);
                self.expect(&receive.query.select, bodies.request);
                self.received(bodies, &receive.expect, receive.response.as_ref());
                self.captures(&receive.capture, bodies.request);
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
                let bodies = match self.names.get(&judge.on.label) {
                    Some(DocumentedName::Message(bodies)) => *bodies,
                    _ => Bodies::default(),
                };
                self.received(bodies, &judge.expect, judge.response.as_ref());
                self.captures(&judge.capture, bodies.request);
                return;
            }
            Verb::Use(used) => {
                self.outputs(used);
                return;
            }
            _ => {
                self.assignments(step);
                return;
            }
        };
        if let Some(label) = &step.label {
            self.names
                .insert(label.clone(), DocumentedName::Message(bodies));
        }
    }

    /// Checks what a message and its response must be like.
    fn received(&mut self, bodies: Bodies, expect: &Expect, response: Option<&Expect>) {
        self.expect(expect, bodies.request);
        if let Some(response) = response.filter(|response| !is_refused(response)) {
            self.expect(response, bodies.response);
        }
    }

    /// Notes what is documented of the names to which the outputs of a flow are bound.
    fn outputs(&mut self, used: &Use) {
        let mut unheard = Vec::new();
        let mut within = MemberCheck::of(&mut unheard);
        within.steps(&used.flow.steps);
        for (output, _, template) in &used.flow.outputs {
            let known = template
                .as_whole()
                .and_then(|reference| within.part(reference));
            let Some(known) = known else { continue };
            if used.bind.is_empty() {
                self.names.insert(output.clone(), known);
            }
            for (_, name, _) in used.bind.iter().filter(|(bound, ..)| bound == output) {
                self.names.insert(name.clone(), known);
            }
        }
    }

    /// Notes what is documented of the values that a step binds.
    fn assignments(&mut self, step: &Step) {
        each_part(step, &mut |part| {
            if let Part::Assignment((name, _, value)) = part
                && let Some(reference) = value.template().and_then(Template::as_whole)
                && let Some(known) = self.part(reference)
            {
                self.names.insert(name.clone(), known);
            }
        });
    }

    /// Returns what is documented of the value of a reference.
    fn part(&self, reference: &Reference) -> Option<DocumentedName> {
        self.names.get(&reference.name)?.part(&reference.path)
    }

    /// Checks the members that a reference takes.
    fn reference(&mut self, reference: &Reference) {
        let document = self
            .names
            .get(&reference.name)
            .and_then(|known| known.document(&reference.path));
        let Some((schema, steps)) = document else {
            return;
        };
        let finding = match find(schema, &steps) {
            Documented::Kinds(_) | Documented::Unsaid(None) => return,
            Documented::Unsaid(Some(near)) => seldom_meant(&reference.span, near),
            Documented::Missing {
                name,
                there,
                within,
            } => {
                let finding = Finding::new(&reference.span, no_member(&name));
                let near = nearest(&name, there.iter().copied());
                finding.with_hint(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => members_there(&there, within, "`[0]` takes its first element"),
                })
            }
        };
        self.findings.push(finding);
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
        // A provider may respond with anything, and a plan may look for members that must not be there.
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
        let written = send.path.written();
        let by_product = send.by == Participant::Product;
        let bodies = documented(send.to, &send.method, Some(&written), |route| {
            route.at != Participant::Service || by_product == (route.api == Api::Consumer)
        });
        Bodies {
            response: bodies.response.filter(|_| !is_refused(&send.expect)),
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
            let Pick::Body(path) = &capture.from else {
                continue;
            };
            self.path(path, schema, &capture.span);
            let way = path.outline().filter(|_| path.is_singular());
            if let Some(taken) = way.and_then(|way| reach(schema, &way.steps)) {
                self.names
                    .insert(capture.name.clone(), DocumentedName::Value(taken));
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
        let finding = match find(schema, used.steps) {
            Documented::Kinds(kinds) if used.kinds.excludes(kinds) => Finding::warning(
                used.span,
                format!(
                    "this member is {kinds}, and it is demanded to be {}",
                    used.kinds
                ),
            )
            .with_hint(
                if used.kinds == Kinds::OBJECT && !kinds.excludes(Kinds::ARRAY) {
                    "`$each`, `$some` and `$none` look into the elements of an array"
                } else {
                    "demand a value of its kind; the sources say which one it is"
                },
            ),
            Documented::Missing { name, .. }
                if OPERATORS
                    .iter()
                    .any(|operator| operator.name.strip_prefix('$') == Some(&name)) =>
            {
                // Of other names the compiler of matchers has named the operator that was meant.
                if !ORDINARY_NAMES.contains(&name.as_str()) {
                    return;
                }
                Finding::new(used.span, no_member(&name))
                    .with_hint(format!("write `${name}` for the operator"))
            }
            Documented::Missing {
                name,
                there,
                within,
            } => match missing(used, &name, &there, within) {
                Some(finding) => finding,
                None => return,
            },
            Documented::Unsaid(Some(near)) => seldom_meant(used.span, near),
            Documented::Kinds(_) | Documented::Unsaid(None) => return,
        };
        self.findings.push(finding);
    }
}

/// Returns the finding about a member that a message does not have; `None` where its absence may be demanded.
fn missing(used: &MemberUse<'_>, name: &str, there: &[&str], within: Kinds) -> Option<Finding> {
    // Absence of a misspelt member holds whatever comes.
    let must_be_absent = used.kinds.excludes(Kinds::PRESENT);
    let near = nearest(name, there.iter().copied());
    if must_be_absent && near.is_none() {
        return None;
    }
    let finding = if must_be_absent {
        Finding::warning(used.span, no_member(name))
    } else {
        Finding::new(used.span, no_member(name))
    };
    let elements = "`$each`, `$some` and `$none` look into its elements";
    Some(finding.with_hint(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if name == "body" => "the body is meant already: leave `body` out".to_owned(),
        None => {
            let members = members_there(there, within, elements);
            if there.is_empty() || used.kinds == Kinds::ALL {
                members
            } else {
                format!("{members}; that another is absent may be demanded: `{name}: $absent`")
            }
        }
    }))
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

/// Tells whether a refusal is expected: it has another body, of which nothing is documented.
fn is_refused(response: &Expect) -> bool {
    response
        .status
        .as_ref()
        .is_some_and(|(status, _)| !status.is_any() && !(100..400).any(|code| status.test(code)))
}

fn no_member(name: &str) -> String {
    format!("the message has no member `{name}`")
}

/// Says which members are there in place of one that is not; `of_elements` says how elements of an array are named.
fn members_there(there: &[&str], within: Kinds, of_elements: &str) -> String {
    match there {
        [] if within == Kinds::ARRAY => {
            format!("what this leads into is an array: {of_elements}")
        }
        [] => "what this leads into is a single value or an array".to_owned(),
        there => format!("its members there are: {}", there.join(", ")),
    }
}

/// Warns of a member that no source names, and that is nearly one which is named.
fn seldom_meant(span: &Span, near: &str) -> Finding {
    Finding::warning(span, "no source names this member of the message")
        .with_hint(format!("did you mean `{near}`?"))
}
