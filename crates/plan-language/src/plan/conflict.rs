//! Finds steps of one sequence that cannot hold together: windows that are over before they begin, a message that is
//! both awaited and forbidden, an answer of two statuses, an address that is served once and asked twice.
//!
//! Only what is certain whoever answers. Names and single matchers are proved elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::participant::Callback;
use crate::plan::model::{End, Mention, Pick, Query, Send, Sentinel, Step, Verb};
use crate::plan::walk::each_bound;
use crate::source::{Finding, Span};
use crate::value::{Segment, StatusMatcher, Value};

/// The key under which the service hands out addresses that it serves once.
const SERVED_ONCE: &str = "pollRoute";

/// Checks steps that run one after another.
pub(super) fn check_steps<'s>(
    steps: impl IntoIterator<Item = &'s Step>,
    findings: &mut Vec<Finding>,
) {
    Sequence::default().steps(steps, findings);
}

/// What is known of the steps so far.
#[derive(Default)]
struct Sequence<'s> {
    /// How many steps came before.
    at: usize,
    /// Which step was the nearest act, if that is certain.
    act: Option<(usize, &'s Span)>,
    /// Which step bound a name.
    bound: BTreeMap<String, usize>,
    /// Which steps are acts that end by themselves: what came before, came before them.
    acts: BTreeSet<usize>,
    /// The statuses that the answer to a labelled message may have.
    statuses: BTreeMap<&'s str, (&'s StatusMatcher, &'s Span)>,
    /// Captured addresses that are served once, with the step that asked them first.
    served_once: BTreeMap<&'s str, Option<&'s Span>>,
    /// What was awaited, and in which window.
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
    Act(usize),
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
        match &step.verb {
            Verb::Send(send) => {
                self.act = Some((self.at, &step.span));
                self.acts.insert(self.at);
                self.send(step, send, findings);
            }
            Verb::Stub(arm) => {
                self.act = Some((self.at, &step.span));
                refuse_method(&arm.query, &step.span, findings);
            }
            Verb::Browse(_) => {
                self.act = Some((self.at, &step.span));
                self.acts.insert(self.at);
            }
            Verb::Trigger(_) | Verb::Age(_) | Verb::Use(_) => {
                self.act = Some((self.at, &step.span));
            }
            Verb::Receive(receive) => {
                refuse_method(&receive.query, &step.span, findings);
                let until = match &receive.end {
                    End::Until(until) => Some(until),
                    End::Within(_) => None,
                };
                self.window(receive.since.as_ref(), until, findings);
                if let (Some(label), Some(response)) = (&step.label, &receive.response)
                    && let Some((status, span)) = &response.status
                {
                    self.statuses.insert(label, (status, span));
                }
                if receive.count.least > 0 {
                    self.awaited.push(Awaited {
                        at: self.at,
                        query: &receive.query,
                        span: &step.span,
                        since: self.begin(receive.since.as_ref()),
                        until,
                    });
                }
            }
            Verb::Never(never) => {
                let until = match &never.sentinel {
                    Sentinel::Until(until) => Some(until),
                    Sentinel::For(_) => None,
                };
                self.window(never.since.as_ref(), until, findings);
                let since = self.begin(never.since.as_ref());
                self.forbidden(&never.query, since, until, &step.span, findings);
            }
            Verb::Judge(judge) => {
                let said = judge.response.as_ref().and_then(|one| one.status.as_ref());
                if let (Some((status, span)), Some((first, note))) =
                    (said, self.statuses.get(judge.on.label.as_str()))
                    && !(100..=599).any(|code| status.test(code) && first.test(code))
                {
                    findings.push(
                        Finding::new(
                            span,
                            format!(
                                "the answer to `{}` cannot be {first} and {status}",
                                judge.on.label
                            ),
                        )
                        .with_note(note, format!("it is to be {first} here")),
                    );
                }
            }
            Verb::Parallel(branches) => {
                let act = self.act;
                let at = self.at;
                for branch in branches {
                    // What another branch does may come before or after.
                    let mut inner = Sequence {
                        at,
                        act,
                        bound: self.bound.clone(),
                        statuses: self.statuses.clone(),
                        ..Sequence::default()
                    };
                    inner.steps(branch, findings);
                }
                self.act = None;
            }
            Verb::Set(_) => {}
        }
    }

    fn send(&mut self, step: &'s Step, send: &'s Send, findings: &mut Vec<Finding>) {
        for capture in &send.capture {
            if let Pick::Body(path) = &capture.from
                && path
                    .keys()
                    .is_some_and(|keys| keys.last() == Some(&SERVED_ONCE))
            {
                self.served_once.insert(&capture.name, None);
            }
        }
        if let (Some(label), Some((status, span))) = (&step.label, &send.expect.status) {
            self.statuses.insert(label, (status, span));
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
                    "this address is served once, and `eventually` asks it again",
                )
                .with_hint(format!(
                    "`next: $.{SERVED_ONCE}` takes the next address from each answer"
                )),
            );
        }
        if captured {
            match self.served_once.get(name).copied().flatten() {
                Some(first) if good => findings.push(
                    Finding::new(
                        &reference.span,
                        format!("`${{{name}}}` is served once, and this asks it a second time"),
                    )
                    .with_note(first, "it is asked here")
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
        match (since, self.act) {
            (Some(mention), _) => Begin::At(&mention.label, mention.response),
            (None, Some((act, _))) => Begin::Act(act),
            (None, None) => Begin::Unknown,
        }
    }

    /// Complains about a window that is over before the act with which it begins.
    fn window(
        &self,
        since: Option<&Mention>,
        until: Option<&Mention>,
        findings: &mut Vec<Finding>,
    ) {
        let (None, Some(until), Some((act, span))) = (since, until, self.act) else {
            return;
        };
        let over = self.bound.get(until.label.as_str());
        if over.is_some_and(|bound| *bound < act) {
            findings.push(
                Finding::new(
                    &until.span,
                    format!("`{}` was over before this window begins", until.label),
                )
                .with_note(
                    span,
                    "the window begins with this act, the nearest before it",
                )
                .with_hint("`since:` the label of an earlier act, or move the step up"),
            );
        }
    }

    /// Complains about a silence in which a message was awaited.
    fn forbidden(
        &self,
        query: &Query,
        since: Begin<'_>,
        until: Option<&Mention>,
        span: &Span,
        findings: &mut Vec<Finding>,
    ) {
        let same_end = |one: &Awaited<'_>| match (one.until, until) {
            (Some(first), Some(second)) => {
                first.label == second.label && first.response == second.response
            }
            // It was there when the next act began, and the silence lasts until that act, at least.
            (None, Some(second)) => self
                .bound
                .get(second.label.as_str())
                .is_some_and(|bound| *bound > one.at && self.acts.contains(bound)),
            _ => false,
        };
        let met = self.awaited.iter().find(|one| {
            since != Begin::Unknown
                && one.since == since
                && same_end(one)
                && selects_all_of(query, one.query)
        });
        if let Some(met) = met {
            findings.push(
                Finding::new(
                    span,
                    "what must never come here is awaited in the same window",
                )
                .with_note(met.span, "it must come here")
                .with_hint("one of them breaks whatever happens; narrow `where`, or `since:` a later label"),
            );
        }
    }
}

/// Complains about a method with which nobody calls a callback.
fn refuse_method(query: &Query, span: &Span, findings: &mut Vec<Finding>) {
    let method = match query.at.callback {
        Some(Callback::Notification) => "POST",
        Some(Callback::AvailableAccounts) => "GET",
        // Pages: what their forms send is the provider's affair.
        Some(Callback::Auth | Callback::ReAuth) | None => return,
    };
    if query.method != method {
        findings.push(
            Finding::new(
                span,
                format!("no {} ever comes to {}", query.method, query.at),
            )
            .with_hint(format!("it is called with {method}")),
        );
    }
}

/// Tells whether whatever `narrow` selects is selected by `wide`, too.
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

/// Tells whether every entry of the one map stands in the other, word for word.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Null, _) => true,
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|other| is_part(value, other))),
        (part, whole) => part == whole,
    }
}
