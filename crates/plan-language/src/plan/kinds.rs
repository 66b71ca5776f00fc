//! Finds values of a kind that cannot be where they stand: a boolean in a path, a number that is to begin with a text.
//!
//! The kind of a name is known where the stage, a label, a `set`, or the `expect` beside a capture tells it. Of what
//! flows hand in and out nothing is assumed.

use std::collections::BTreeMap;

use crate::plan::model::{Assigned, Case, Expect, Flow, Pick, Query, Start, Step, Verb};
use crate::plan::walk::captures;
use crate::source::{Finding, Span};
use crate::value::{Kinds, Matcher, PathTemplate, Reference, Segment, Template, Value};

/// What is known of the value of a name.
enum Known {
    /// The value itself.
    Value(Value),
    /// Its kinds.
    Kinds(Kinds, Span),
    /// It is a message.
    Message,
    /// It is a visit.
    Visit,
}

/// Checks the steps of a case, in the light of its row of examples.
pub(super) fn check_case(case: &Case, findings: &mut Vec<Finding>) {
    let mut check = Check {
        known: BTreeMap::new(),
        findings,
    };
    for (name, value, _) in &case.row {
        check
            .known
            .insert(name.clone(), Known::Value(value.clone()));
    }
    for steps in [&case.given, &case.steps, &case.teardown] {
        check.steps(steps);
    }
}

/// Checks the steps of a flow.
pub(super) fn check_flow(flow: &Flow, findings: &mut Vec<Finding>) {
    let mut check = Check {
        known: BTreeMap::new(),
        findings,
    };
    check.steps(&flow.steps);
}

struct Check<'f> {
    known: BTreeMap<String, Known>,
    findings: &'f mut Vec<Finding>,
}

impl Check<'_> {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.uses(step);
            self.learn(step);
        }
    }

    /// Notes what a step tells of the names that it binds.
    fn learn(&mut self, step: &Step) {
        let body = match &step.verb {
            Verb::Send(send) => vec![&send.expect],
            Verb::Receive(receive) => vec![&receive.query.select, &receive.expect],
            Verb::Judge(judge) => vec![&judge.expect],
            _ => Vec::new(),
        };
        for capture in captures(step) {
            let kinds = match &capture.from {
                Pick::Status => Kinds::NUMBER,
                Pick::Header(_) | Pick::Query(_) | Pick::Id => Kinds::TEXT,
                Pick::Body(path) => body
                    .iter()
                    .filter_map(|expect| Some(expect.body.as_ref()?.kinds_at(path)))
                    .fold(Kinds::PRESENT, Kinds::and),
            };
            let known = Known::Kinds(kinds, capture.span.clone());
            self.known.insert(capture.name.clone(), known);
        }
        if let Some(label) = &step.label {
            let known = match &step.verb {
                Verb::Browse(_) => Known::Visit,
                _ => Known::Message,
            };
            self.known.insert(label.clone(), known);
        }
        match &step.verb {
            Verb::Set(values) => {
                for (name, span, value) in values {
                    let known = match value {
                        Assigned::Generated(_) => Known::Kinds(Kinds::TEXT, span.clone()),
                        Assigned::Template(template) => match template.as_fixed() {
                            Some(value) => Known::Value(value.clone()),
                            None => Known::Kinds(self.of_template(template), span.clone()),
                        },
                    };
                    self.known.insert(name.clone(), known);
                }
            }
            Verb::Parallel(branches) => branches.iter().for_each(|steps| self.steps(steps)),
            _ => {}
        }
    }

    fn of_template(&self, template: &Template) -> Kinds {
        match (template.as_whole(), template.written()) {
            (Some(reference), _) => self.kinds(reference),
            (None, written) => Kinds::of(&written),
        }
    }

    /// Returns the kinds that the value of a reference can have.
    fn kinds(&self, reference: &Reference) -> Kinds {
        let keys: Vec<&str> = reference
            .path
            .iter()
            .map(|segment| match segment {
                Segment::Key(key) => key.as_str(),
                Segment::Index(_) => "",
            })
            .collect();
        match self.known.get(&reference.name) {
            Some(Known::Value(value)) => reference
                .path
                .iter()
                .try_fold(value, |value, segment| match segment {
                    Segment::Key(key) => value.as_object()?.get(key),
                    Segment::Index(index) => value.as_array()?.get(*index),
                })
                .map_or(Kinds::PRESENT, Kinds::of),
            Some(Known::Kinds(kinds, _)) if keys.is_empty() => *kinds,
            Some(Known::Kinds(..)) => Kinds::PRESENT,
            Some(Known::Message) => of_message(&keys),
            Some(Known::Visit) => match keys.as_slice() {
                [] => Kinds::MAP,
                ["outcome" | "url" | "why"] => Kinds::TEXT,
                _ => Kinds::PRESENT,
            },
            None => of_stage(&reference.name, &keys),
        }
    }

    fn uses(&mut self, step: &Step) {
        match &step.verb {
            Verb::Send(send) => {
                self.path(&send.path);
                self.expect(&send.expect);
                if let Some(expect) = send
                    .eventually
                    .as_ref()
                    .and_then(|one| one.give_up_when.as_ref())
                {
                    self.expect(expect);
                }
            }
            Verb::Receive(receive) => {
                self.query(&receive.query);
                self.expect(&receive.expect);
                receive.response.iter().for_each(|one| self.expect(one));
            }
            Verb::Never(never) => self.query(&never.query),
            Verb::Stub(arm) => self.query(&arm.query),
            Verb::Judge(judge) => {
                self.expect(&judge.expect);
                judge.response.iter().for_each(|one| self.expect(one));
                judge.first_page.iter().for_each(|one| self.expect(one));
            }
            Verb::Browse(browse) => {
                if let Start::Url(url) = &browse.start {
                    self.path(url);
                }
                let choice = Kinds::NUMBER.or(Kinds::TEXT);
                if let Some(reference) = browse.choose.as_ref().and_then(Template::as_whole) {
                    self.need(
                        reference,
                        choice,
                        "a place from 0 or an identifier is needed",
                    );
                }
            }
            _ => {}
        }
    }

    fn query(&mut self, query: &Query) {
        query.path.iter().for_each(|path| self.path(path));
        self.expect(&query.select);
    }

    fn path(&mut self, path: &PathTemplate) {
        for reference in path.references() {
            self.need(
                reference,
                Kinds::TEXT.or(Kinds::NUMBER),
                "a part of a path is a text or a number",
            );
        }
    }

    fn expect(&mut self, expect: &Expect) {
        for (_, _, matcher) in expect.headers.iter().chain(&expect.query) {
            self.matcher(matcher, true);
        }
        for matcher in expect.body.iter().chain(&expect.form) {
            self.matcher(matcher, false);
        }
    }

    fn matcher(&mut self, matcher: &Matcher, text: bool) {
        for needed in matcher.needed(text) {
            let what = format!("{} is needed here, or nothing matches", needed.kinds);
            self.need(needed.reference, needed.kinds, &what);
        }
    }

    fn need(&mut self, reference: &Reference, needed: Kinds, what: &str) {
        let kinds = self.kinds(reference);
        if !kinds.excludes(needed) {
            return;
        }
        let finding = Finding::new(&reference.span, format!("{what}; {reference} is {kinds}"));
        self.findings.push(match self.known.get(&reference.name) {
            Some(Known::Kinds(_, span)) => finding.with_note(span, "it is bound here"),
            _ => finding,
        });
    }
}

/// Returns the kinds of a part of a message.
fn of_message(keys: &[&str]) -> Kinds {
    match keys {
        [] | ["response"] => Kinds::MAP,
        ["response", rest @ ..] => of_message(rest),
        ["status"] => Kinds::NUMBER,
        ["id" | "method" | "path"] => Kinds::TEXT,
        ["headers" | "query" | "form"] => Kinds::MAP,
        ["headers" | "query", _] => Kinds::TEXT,
        _ => Kinds::PRESENT,
    }
}

/// Returns the kinds of what the stage gives.
fn of_stage(name: &str, keys: &[&str]) -> Kinds {
    match (name, keys) {
        ("customer" | "other_customer" | "bank" | "credentials" | "ui" | "agreed", []) => {
            Kinds::MAP
        }
        (
            "customer" | "other_customer",
            ["accounts" | "without_branch" | "cleared" | "pending" | "statements"],
        )
        | ("agreed", ["batch_limit" | "requests_per_second"]) => Kinds::NUMBER,
        ("customer" | "other_customer", ["username" | "password"])
        | ("bank" | "credentials" | "ui", [_])
        | ("state", []) => Kinds::TEXT,
        _ => Kinds::PRESENT,
    }
}
