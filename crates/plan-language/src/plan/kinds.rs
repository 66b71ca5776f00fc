//! Finds values of a kind that their place excludes: a boolean in a path, a number that must begin with a string.
//!
//! The kind of a name is known if the stage, a label, a `set`, or the `expect` beside a capture determines it. Nothing
//! is assumed about inputs and outputs of flows.

use std::collections::BTreeMap;

use super::model::Assigned;
use super::verb::{LabelKind, Part};
use crate::plan::document::Case;
use crate::plan::model::{Capture, Expect, Pick};
use crate::plan::provided_name::StageName;
use crate::plan::verb::{Flow, Step};
use crate::plan::walk::each_part;
use crate::source::{Finding, Span};
use crate::value::{Kinds, Matcher, PathTemplate, Reference, Segment, Template, Value};

/// What is known of the value of a name.
enum KnownValue {
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
    let mut check = KindCheck {
        known: BTreeMap::new(),
        findings,
    };
    for (name, value, _) in &case.row {
        check
            .known
            .insert(name.clone(), KnownValue::Value(value.clone()));
    }
    for steps in [&case.given, &case.steps, &case.teardown] {
        check.steps(steps);
    }
}

/// Checks the steps of a flow.
pub(super) fn check_flow(flow: &Flow, findings: &mut Vec<Finding>) {
    let mut check = KindCheck {
        known: BTreeMap::new(),
        findings,
    };
    check.steps(&flow.steps);
}

struct KindCheck<'f> {
    known: BTreeMap<String, KnownValue>,
    findings: &'f mut Vec<Finding>,
}

impl KindCheck<'_> {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.uses(step);
            self.learn(step);
        }
    }

    /// Notes what a step says about the names that it binds.
    fn learn(&mut self, step: &Step) {
        each_part(step, &mut |part| match part {
            Part::Captures(captures, described) => {
                for capture in captures {
                    let kinds = captured_kinds(capture, &described);
                    let known = KnownValue::Kinds(kinds, capture.span.clone());
                    self.known.insert(capture.name.clone(), known);
                }
            }
            Part::Assignment((name, span, value)) => {
                let known = self.assigned(value, span);
                self.known.insert(name.clone(), known);
            }
            Part::Branch(steps) => self.steps(steps),
            Part::Path(_)
            | Part::Value(_)
            | Part::ValueOf(..)
            | Part::Expect(_)
            | Part::Matcher(_)
            | Part::Mention(_)
            | Part::Wait(_)
            | Part::Output(..)
            | Part::OfVisit(..)
            | Part::Implied(_)
            | Part::Flow(_) => {}
        });
        if let (Some(label), Some(kind)) = (&step.label, step.verb.model().label()) {
            let known = match kind {
                LabelKind::Visit => KnownValue::Visit,
                LabelKind::SentMessage | LabelKind::ReceivedMessage => KnownValue::Message,
            };
            self.known.insert(label.clone(), known);
        }
    }

    fn assigned(&self, value: &Assigned, span: &Span) -> KnownValue {
        match value {
            Assigned::Generated(_) => KnownValue::Kinds(Kinds::STRING, span.clone()),
            Assigned::Template(template) => match template.as_fixed() {
                Some(value) => KnownValue::Value(value.clone()),
                None => KnownValue::Kinds(self.of_template(template), span.clone()),
            },
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
            Some(KnownValue::Value(value)) => reference
                .path
                .iter()
                .try_fold(value, |value, segment| match segment {
                    Segment::Key(key) => value.as_object()?.get(key),
                    Segment::Index(index) => value.as_array()?.get(*index),
                })
                .map_or(Kinds::PRESENT, Kinds::of),
            Some(KnownValue::Kinds(kinds, _)) if keys.is_empty() => *kinds,
            Some(KnownValue::Kinds(..)) => Kinds::PRESENT,
            Some(KnownValue::Message) => of_message(&keys),
            Some(KnownValue::Visit) => match keys.as_slice() {
                [] => Kinds::OBJECT,
                ["outcome" | "url" | "why"] => Kinds::STRING,
                _ => Kinds::PRESENT,
            },
            None => {
                StageName::named(&reference.name).map_or(Kinds::PRESENT, |stage| stage.kinds(&keys))
            }
        }
    }

    /// Checks the values that a step uses.
    fn uses(&mut self, step: &Step) {
        each_part(step, &mut |part| match part {
            Part::Path(path) => self.path(path),
            Part::Expect(expect) => self.expect(expect),
            Part::ValueOf(value, kinds, why) => {
                if let Some(reference) = value.as_whole() {
                    self.need(reference, kinds, why);
                }
            }
            Part::Value(_)
            | Part::Matcher(_)
            | Part::Mention(_)
            | Part::Wait(_)
            | Part::Captures(..)
            | Part::Assignment(_)
            | Part::Output(..)
            | Part::OfVisit(..)
            | Part::Implied(_)
            | Part::Flow(_)
            | Part::Branch(_) => {}
        });
    }

    fn path(&mut self, path: &PathTemplate) {
        for reference in path.references() {
            self.need(
                reference,
                Kinds::STRING.or(Kinds::NUMBER),
                "a path consists of strings and numbers",
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
        for needed in matcher.required_kinds(text) {
            let what = format!("this matches only {}", needed.kinds);
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
            Some(KnownValue::Kinds(_, span)) => finding.with_note(span, "it is bound here"),
            _ => finding,
        });
    }
}

/// Returns the kinds of what a capture takes from a message that expectations describe.
fn captured_kinds(capture: &Capture, described: &[&Expect]) -> Kinds {
    match &capture.from {
        Pick::Status => Kinds::NUMBER,
        Pick::Header(_) | Pick::Query(_) | Pick::Id => Kinds::STRING,
        Pick::Body(path) => described
            .iter()
            .filter_map(|expect| Some(expect.body.as_ref()?.kinds_at(path)))
            .fold(Kinds::PRESENT, Kinds::and),
    }
}

/// Returns the kinds of a part of a message.
fn of_message(keys: &[&str]) -> Kinds {
    match keys {
        [] | ["response"] => Kinds::OBJECT,
        ["response", rest @ ..] => of_message(rest),
        ["status"] => Kinds::NUMBER,
        ["id" | "method" | "path"] => Kinds::STRING,
        ["headers" | "query" | "form"] => Kinds::OBJECT,
        ["headers" | "query", _] => Kinds::STRING,
        _ => Kinds::PRESENT,
    }
}
