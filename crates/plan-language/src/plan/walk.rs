//! Walks through steps and branches: the names that they use, mention and bind, each with its place, and their waits.

use std::sync::Arc;

use super::verb::Part;
use crate::plan::model::{Capture, Expect, Mention, Wait};
use crate::plan::verb::{Flow, Step};
use crate::source::Span;
use crate::value::Reference;

/// Visits steps and those inside their branches, to change them.
pub(super) fn for_each_step(steps: &mut [Step], visit: &mut dyn FnMut(&mut Step)) {
    for step in steps {
        visit(step);
        for branch in step.verb.model_mut().branches_mut() {
            for_each_step(branch, visit);
        }
    }
}

/// Visits steps and those inside their branches.
pub(super) fn for_each_step_ref<'s>(steps: &'s [Step], visit: &mut dyn FnMut(&'s Step)) {
    for step in steps {
        visit(step);
        for branch in branches(step) {
            for_each_step_ref(branch, visit);
        }
    }
}

/// Visits the parts of a step's verb.
pub(super) fn each_part<'s>(step: &'s Step, visit: &mut dyn FnMut(Part<'s>)) {
    step.verb.model().parts(visit);
}

/// Lists the branches of a step; empty for a verb without.
pub(super) fn branches(step: &Step) -> Vec<&[Step]> {
    let mut branches = Vec::new();
    each_part(step, &mut |part| {
        if let Part::Branch(steps) = part {
            branches.push(steps);
        }
    });
    branches
}

/// Visits the flow that a step runs, if it runs one.
pub(super) fn each_flow(step: &Step, visit: &mut dyn FnMut(&Arc<Flow>)) {
    each_part(step, &mut |part| {
        if let Part::Flow(flow) = part {
            visit(flow);
        }
    });
}

/// Lists the captures of a step, those inside its branches left out.
pub(super) fn captures(step: &Step) -> Vec<&Capture> {
    let mut found = Vec::new();
    each_part(step, &mut |part| {
        if let Part::Captures(captures, _) = part {
            found.extend(captures);
        }
    });
    found
}

/// Visits every name that a step binds, with the place where it does.
pub(super) fn each_bound(step: &Step, visit: &mut dyn FnMut(&str, &Span)) {
    each_part(step, &mut |part| match part {
        Part::Captures(captures, _) => captures
            .iter()
            .for_each(|capture| visit(&capture.name, &capture.span)),
        Part::Assignment((name, span, _)) => visit(name, span),
        Part::Output(name, span) => visit(name, span.unwrap_or(&step.span)),
        Part::Branch(steps) => steps.iter().for_each(|step| each_bound(step, visit)),
        Part::Path(_)
        | Part::Value(_)
        | Part::ValueOf(..)
        | Part::Expect(_)
        | Part::Matcher(_)
        | Part::Mention(_)
        | Part::Wait(_)
        | Part::OfVisit(..)
        | Part::Implied(_)
        | Part::Flow(_) => {}
    });
    if let (Some(label), Some(span)) = (&step.label, &step.label_span) {
        visit(label, span);
    }
}

/// Visits every name that a step and its branches use, with its place.
pub(super) fn references(step: &Step, visit: &mut dyn FnMut(&str, &Span)) {
    for step in branches(step).into_iter().flatten() {
        references(step, visit);
    }
    each_reference(step, &mut |reference| {
        visit(&reference.name, &reference.span)
    });
}

/// Visits every name that a step and its branches use without writing it, with the place of the step.
pub(super) fn each_implied(step: &Step, visit: &mut dyn FnMut(&'static str, &Span)) {
    each_part(step, &mut |part| match part {
        Part::Implied(name) => visit(name, &step.span),
        Part::Branch(steps) => steps.iter().for_each(|step| each_implied(step, visit)),
        Part::Path(_)
        | Part::Value(_)
        | Part::ValueOf(..)
        | Part::Expect(_)
        | Part::Matcher(_)
        | Part::Mention(_)
        | Part::Wait(_)
        | Part::Captures(..)
        | Part::Assignment(_)
        | Part::Output(..)
        | Part::OfVisit(..)
        | Part::Flow(_) => {}
    });
}

/// Visits every reference of a step, but not those inside the branches of a `parallel`.
pub fn each_reference(step: &Step, visit: &mut dyn FnMut(&Reference)) {
    each_part(step, &mut |part| match part {
        Part::Path(path) => path.references().into_iter().for_each(&mut *visit),
        Part::Value(value) | Part::ValueOf(value, ..) => {
            value.references().into_iter().for_each(&mut *visit);
        }
        Part::Assignment((_, _, value)) => {
            if let Some(value) = value.template() {
                value.references().into_iter().for_each(&mut *visit);
            }
        }
        Part::Expect(expect) => in_expectation(expect, visit),
        Part::Matcher(matcher) => matcher.references().into_iter().for_each(&mut *visit),
        Part::Mention(_)
        | Part::Wait(_)
        | Part::Captures(..)
        | Part::Output(..)
        | Part::OfVisit(..)
        | Part::Implied(_)
        | Part::Flow(_)
        | Part::Branch(_) => {}
    });
}

fn in_expectation(expect: &Expect, visit: &mut dyn FnMut(&Reference)) {
    let named = expect
        .headers
        .iter()
        .chain(&expect.query)
        .map(|(.., matcher)| matcher);
    for matcher in named.chain(&expect.body).chain(&expect.form) {
        matcher.references().into_iter().for_each(&mut *visit);
    }
}

/// Visits every label that a step mentions.
pub(super) fn each_mention(step: &Step, visit: &mut dyn FnMut(&Mention)) {
    step.evidence.iter().for_each(&mut *visit);
    each_part(step, &mut |part| {
        if let Part::Mention(mention) = part {
            visit(mention);
        }
    });
}

/// Visits every wait of steps, those of the flows that they use included.
pub fn each_wait(steps: &[Step], visit: &mut dyn FnMut(&Wait)) {
    for step in steps {
        for flow in &step.before {
            each_wait(&flow.steps, visit);
        }
        each_part(step, &mut |part| match part {
            Part::Wait(wait) => visit(wait),
            Part::Flow(flow) => each_wait(&flow.steps, visit),
            Part::Branch(steps) => each_wait(steps, visit),
            Part::Path(_)
            | Part::Value(_)
            | Part::ValueOf(..)
            | Part::Expect(_)
            | Part::Matcher(_)
            | Part::Mention(_)
            | Part::Captures(..)
            | Part::Assignment(_)
            | Part::Output(..)
            | Part::OfVisit(..)
            | Part::Implied(_) => {}
        });
    }
}
