//! Finds steps of one sequence that contradict each other: windows that are over before they begin, a message that is
//! both awaited and forbidden, a response of two statuses, a URL that is served once and requested twice.
//!
//! Every finding holds whatever the participants do. Names and single matchers are checked elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::verb::{ActionKind, Demand, ExpectedStatus, Send, Window};
use crate::plan::model::{Mention, Pick, Query};
use crate::plan::verb::Step;
use crate::plan::walk::{branches, each_bound};
use crate::source::{Finding, Span};
use crate::value::{Segment, StatusMatcher, Value};

/// The key under which the service returns URLs that it serves once.
const SERVED_ONCE: &str = "pollRoute";

/// Checks steps that run one after another.
pub(super) fn check_steps<'s>(
    steps: impl IntoIterator<Item = &'s Step>,
    findings: &mut Vec<Finding>,
) {
    Sequence::default().steps(steps, findings);
}

/// What is known about the steps so far.
#[derive(Default)]
struct Sequence<'s> {
    /// How many steps came before.
    at: usize,
    /// Which step was the nearest action, if that is certain.
    action: Option<(usize, &'s Span)>,
    /// Which step bound a name.
    bound: BTreeMap<String, usize>,
    /// Which steps are actions that end with their step.
    completed: BTreeSet<usize>,
    /// The statuses that the response to a labelled message may have.
    statuses: BTreeMap<&'s str, &'s (StatusMatcher, Span)>,
    /// Captured URLs that are served once, with the step that requested them first.
    served_once: BTreeMap<&'s str, Option<&'s Span>>,
    /// The messages that were awaited, and in which window.
    awaited: Vec<Awaited<'s>>,
}

struct Awaited<'s> {
    at: usize,
    query: &'s Query,
    span: &'s Span,
    since: Begin<'s>,
    until: Option<&'s Mention>,
}

/// Where a window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begin<'s> {
    At(&'s str, bool),
    Action(usize),
    Unknown,
}

impl<'s> Sequence<'s> {
    fn steps(&mut self, steps: impl IntoIterator<Item = &'s Step>, findings: &mut Vec<Finding>) {
        for step in steps {
            self.at += 1;
            self.step(step, findings);
            let at = self.at;
            each_bound(step, &mut |name, _| {
                self.bound.entry(name.to_owned()).or_insert(at);
            });
        }
    }

    fn step(&mut self, step: &'s Step, findings: &mut Vec<Finding>) {
        let verb = step.verb.model();
        match verb.action() {
            ActionKind::NoAction => {}
            ActionKind::Action => self.action = Some((self.at, &step.span)),
            ActionKind::CompletedAction => {
                self.action = Some((self.at, &step.span));
                self.completed.insert(self.at);
            }
        }
        if let Some(send) = verb.message() {
            self.served_once(step, send, findings);
        }
        if let Some(expected) = verb.expected_status() {
            self.status(step, &expected, findings);
        }
        if let Some(window) = verb.window() {
            self.window(step, &window, findings);
        }
        let branches = branches(step);
        if !branches.is_empty() {
            self.branches(branches, findings);
        }
    }

    /// Checks branches, each with what is known before them: steps of another branch may come before or after.
    fn branches(&mut self, branches: Vec<&'s [Step]>, findings: &mut Vec<Finding>) {
        for branch in branches {
            let mut inner = Sequence {
                at: self.at,
                action: self.action,
                bound: self.bound.clone(),
                statuses: self.statuses.clone(),
                ..Sequence::default()
            };
            inner.steps(branch, findings);
        }
        self.action = None;
    }

    /// Notes the status that a step expects, or compares it with the one that was noted for the same message.
    fn status(
        &mut self,
        step: &'s Step,
        expected: &ExpectedStatus<'s>,
        findings: &mut Vec<Finding>,
    ) {
        let (status, span) = expected.status;
        let Some(label) = expected.label else {
            if let Some(label) = &step.label {
                self.statuses.insert(label, expected.status);
            }
            return;
        };
        if let Some((first, note)) = self.statuses.get(label)
            && !(100..=599).any(|code| status.test(code) && first.test(code))
        {
            findings.push(
                Finding::new(
                    span,
                    format!("the response to `{label}` cannot be {first} and {status}"),
                )
                .with_note(note, format!("{first} is expected here")),
            );
        }
    }

    /// Checks a window against the actions and windows before it.
    fn window(&mut self, step: &'s Step, window: &Window<'s>, findings: &mut Vec<Finding>) {
        self.refuse_over(window, findings);
        let since = self.begin(window.since);
        match window.demand {
            Demand::Required => self.awaited.push(Awaited {
                at: self.at,
                query: window.query,
                span: &step.span,
                since,
                until: window.until,
            }),
            Demand::Optional => {}
            Demand::Forbidden => self.forbidden(window, since, &step.span, findings),
        }
    }

    /// Checks that a URL which the service serves once is not requested twice.
    fn served_once(&mut self, step: &'s Step, send: &'s Send, findings: &mut Vec<Finding>) {
        for capture in &send.capture {
            if let Pick::Body(path) = &capture.from
                && path
                    .keys()
                    .is_some_and(|keys| keys.last() == Some(&SERVED_ONCE))
            {
                self.served_once.insert(&capture.name, None);
            }
        }
        let Some(reference) = send.path.as_whole() else {
            return;
        };
        let last = reference.path.last();
        let name = reference.name.as_str();
        let captured = reference.path.is_empty() && self.served_once.contains_key(name);
        let spelt = matches!(last, Some(Segment::Key(key)) if key == SERVED_ONCE);
        if !captured && !spelt {
            return;
        }
        let good = send.expect.status.as_ref().is_some_and(|(status, _)| {
            (100..=599).all(|code| !status.test(code) || (200..300).contains(&code))
        });
        if let Some(eventually) = &send.eventually
            && eventually.next.is_none()
            && good
        {
            findings.push(
                Finding::new(
                    &reference.span,
                    "this URL is served once, and `eventually` requests it again",
                )
                .with_hint(format!(
                    "`next: $.{SERVED_ONCE}` takes the next URL from each response"
                )),
            );
        }
        if captured {
            match self.served_once.get(name).copied().flatten() {
                Some(first) if good => findings.push(
                    Finding::new(
                        &reference.span,
                        format!(
                            "`${{{name}}}` is served once, and this step requests it a second time"
                        ),
                    )
                    .with_note(first, "first requested here")
                    .with_hint(format!(
                        "capture the next one (`$.{SERVED_ONCE}`) there, or expect a refusal here"
                    )),
                ),
                Some(_) => {}
                None => {
                    self.served_once.insert(name, Some(&step.span));
                }
            }
        }
    }

    fn begin(&self, since: Option<&'s Mention>) -> Begin<'s> {
        match (since, self.action) {
            (Some(mention), _) => Begin::At(&mention.label, mention.response),
            (None, Some((action, _))) => Begin::Action(action),
            (None, None) => Begin::Unknown,
        }
    }

    /// Adds a finding about a window that is over before the action with which it begins.
    fn refuse_over(&self, window: &Window<'_>, findings: &mut Vec<Finding>) {
        let (None, Some(until), Some((action, span))) = (window.since, window.until, self.action)
        else {
            return;
        };
        let end = self.bound.get(until.label.as_str());
        if end.is_some_and(|bound| *bound < action) {
            findings.push(
                Finding::new(
                    &until.span,
                    format!("`{}` ended before this window begins", until.label),
                )
                .with_note(
                    span,
                    "the window begins with this action, the nearest before it",
                )
                .with_hint("add `since:` with the label of an earlier action, or move the step up"),
            );
        }
    }

    /// Adds a finding about a message that is forbidden in the same window in which it must arrive.
    fn forbidden(
        &self,
        window: &Window<'_>,
        since: Begin<'_>,
        span: &Span,
        findings: &mut Vec<Finding>,
    ) {
        let same_end = |awaited: &Awaited<'_>| match (awaited.until, window.until) {
            (Some(first), Some(second)) => {
                first.label == second.label && first.response == second.response
            }
            // It arrived before the next action began, and the `never` lasts at least until that action.
            (None, Some(second)) => self
                .bound
                .get(second.label.as_str())
                .is_some_and(|bound| *bound > awaited.at && self.completed.contains(bound)),
            (_, None) => false,
        };
        let met = self.awaited.iter().find(|awaited| {
            since != Begin::Unknown
                && awaited.since == since
                && same_end(awaited)
                && selects_all_of(window.query, awaited.query)
        });
        if let Some(met) = met {
            findings.push(
                Finding::new(
                    span,
                    "this message is forbidden in the same window in which it must arrive",
                )
                .with_note(met.span, "it must arrive here")
                .with_hint("one of the two steps always fails: narrow `where`, or begin this window `since:` a later label"),
            );
        }
    }
}

/// Tells whether `wide` selects every message that `narrow` selects.
fn selects_all_of(wide: &Query, narrow: &Query) -> bool {
    let path = match (&wide.path, &narrow.path) {
        (None, _) => true,
        (Some(wide), Some(narrow)) => wide.written() == narrow.written(),
        (Some(_), None) => false,
    };
    path && wide.method == narrow.method
        && wide.at.covers(narrow.at)
        && is_part(&wide.select.written, &narrow.select.written)
}

/// Tells whether one object contains every entry of the other, word for word.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Null, _) => true,
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|other| is_part(value, other))),
        (part, whole) => part == whole,
    }
}
