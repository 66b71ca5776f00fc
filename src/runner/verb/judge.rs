//! The verb `judge`: a message or a visit that has a label is judged again.
//!
//! The comparison of messages and responses with what a plan demands is used by `receive` as well.

use std::sync::Arc;

use crate::gateway::answered_in_front;
use crate::journal::{Event, Fact, Message};
use crate::judge::Finding;
use crate::matching::{Compared, Demand, Difference};
use crate::runner::binding::{Frame, Moment};
use crate::runner::step::{CurrentStep, DraftCheck, Interpreter, JudgedCheck, StepResult, Stop};
use crate::runner::verb::browse::report_was_refused;
use crate::runner::verb::window::{SeenMessage, no_moment};
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::World;
use plan_language::participant::{Author, Participant};
use plan_language::plan::{Expect, Judge, Place};
use plan_language::source::Span;
use plan_language::value::{Matcher, ResolvedMatcher};

impl<W: World> Perform<W> for Judge {
    fn describe(&self) -> String {
        format!("`{}`", self.on.label)
    }

    fn beginning(&self) -> Beginning {
        Beginning::Unrecorded
    }

    fn perform<'p>(
        &'p self,
        interpreter: &'p Interpreter<'_, W>,
        at: CurrentStep<'p>,
        frame: &'p mut Frame<'_>,
    ) -> Performing<'p> {
        Box::pin(async move { interpreter.judge(at, self, frame) })
    }
}

/// What a `judge` demands, with its values filled in.
struct Demands {
    expect: Demand,
    response: Option<Demand>,
    first_page: Option<Demand>,
    each_page: Option<Demand>,
    returned_to: Option<ResolvedMatcher>,
    opened_windows: Option<ResolvedMatcher>,
}

impl Demands {
    fn resolve(judge: &Judge, frame: &Frame<'_>) -> Result<Self, Stop> {
        let resolve = |expect: &Option<Expect>| -> Result<Option<Demand>, Stop> {
            let demand = expect.as_ref().map(|expect| Demand::resolve(expect, frame));
            Ok(demand.transpose()?)
        };
        let resolve_matcher = |written: &Option<(Matcher, Span)>| {
            let resolved = written.as_ref().map(|(matcher, _)| matcher.resolve(frame));
            resolved.transpose()
        };
        Ok(Self {
            expect: Demand::resolve(&judge.expect, frame)?,
            response: resolve(&judge.response)?,
            first_page: resolve(&judge.first_page)?,
            each_page: resolve(&judge.each_page)?,
            returned_to: resolve_matcher(&judge.returned_to)?,
            opened_windows: resolve_matcher(&judge.opened_windows)?,
        })
    }
}

/// What is demanded of the responses of one participant.
#[derive(Clone, Copy)]
pub(super) struct JudgedResponses<'r> {
    /// Who responds.
    pub callee: Participant,
    /// The title of the request.
    pub title: &'r str,
    pub demand: &'r Demand,
    /// The demand as the plan writes it.
    pub written: &'r Expect,
}

impl<W: World> Interpreter<'_, W> {
    fn judge(
        &self,
        at: CurrentStep<'_>,
        judge: &Judge,
        frame: &mut Frame<'_>,
    ) -> Result<StepResult, Stop> {
        let demands = Demands::resolve(judge, frame)?;
        let label = &judge.on.label;
        let moment = frame.moment(label).ok_or_else(|| no_moment(label))?;
        let mut result = StepResult::empty();
        result.checks = self.judge_visit(at, judge, &demands, &moment, frame)?;
        let of_message =
            !judge.expect.is_empty() || judge.response.is_some() || !judge.capture.is_empty();
        if of_message || result.checks.is_empty() {
            self.judge_message(at, judge, &demands, &moment, frame, &mut result)?;
        }
        Ok(result)
    }

    /// Makes the checks that only a visit can have.
    fn judge_visit(
        &self,
        at: CurrentStep<'_>,
        judge: &Judge,
        demands: &Demands,
        moment: &Moment,
        frame: &Frame<'_>,
    ) -> Result<Vec<DraftCheck>, Stop> {
        let label = &judge.on.label;
        let mut checks = Vec::new();
        if let (Some(demand), Some(written)) = (&demands.first_page, &judge.first_page) {
            let check = self.judge_first_page(at, frame, (demand, written), moment);
            checks.push(check.ok_or_else(|| no_page(label))?);
        }
        if let (Some(demand), Some(written)) = (&demands.each_page, &judge.each_page) {
            let check = self.judge_each_page(at, frame, (demand, written), moment);
            checks.push(check.ok_or_else(|| no_page(label))?);
        }
        if let Some((_, span)) = &judge.reached {
            checks.push(self.judge_reached(at.line(span), label, moment, frame)?);
        }
        if let Some((demanded, span)) = &judge.pages_say {
            let place = at.line(span);
            checks.push(self.judge_pages(place, judge, *demanded, moment, frame)?);
        }
        if let (Some(demand), Some((_, span))) = (&demands.returned_to, &judge.returned_to) {
            checks.push(self.judge_return(at.line(span), label, moment, demand, frame)?);
        }
        if let (Some(demand), Some((_, span))) = (&demands.opened_windows, &judge.opened_windows) {
            checks.push(self.judge_windows(at.line(span), label, moment, demand, frame)?);
        }
        Ok(checks)
    }

    /// Judges a message, its response, and takes captures from it.
    fn judge_message(
        &self,
        at: CurrentStep<'_>,
        judge: &Judge,
        demands: &Demands,
        moment: &Arc<Moment>,
        frame: &mut Frame<'_>,
        result: &mut StepResult,
    ) -> Result<(), Stop> {
        let label = &judge.on.label;
        let (Some(message), Some((caller, callee))) = (moment.message(), moment.parties()) else {
            return Err(match &moment.visited {
                Some(_) => no_page(label),
                None => Stop::from(format!("`{label}` names no message")),
            });
        };
        let title = message.title();
        if !judge.expect.is_empty() {
            let judged = JudgedCheck {
                what: format!("`{label}` ({title}) is as expected"),
                party: caller,
                finding: compare_all(&demands.expect, std::iter::once(message)),
                messages: moment.request.iter().map(|event| event.seq).collect(),
            };
            let check = self.check(at.expectation(&judge.expect), judged, Some(frame));
            result.checks.push(check);
        }
        if let (Some(demand), Some(written), Some(request)) =
            (&demands.response, &judge.response, &moment.request)
        {
            let seen = SeenMessage {
                request: request.clone(),
                end: moment.answer.clone(),
            };
            let judged = JudgedResponses {
                callee,
                title: &title,
                demand,
                written,
            };
            let check = self.judge_responses(at, frame, &judged, &[&seen]);
            result.checks.push(check);
        }
        let taken = (Some(message), title);
        self.take_captures(at, &judge.capture, taken, frame, result, caller);
        Ok(())
    }

    /// Judges the responses to messages. An exchange that broke makes the check inconclusive, and so does a response from in
    /// front of the participant.
    pub(super) fn judge_responses(
        &self,
        at: CurrentStep<'_>,
        frame: &Frame<'_>,
        judged: &JudgedResponses<'_>,
        seen: &[&SeenMessage],
    ) -> DraftCheck {
        let place = at.expectation(judged.written);
        let ends = seen.iter().flat_map(|message| {
            let end = message.end.as_ref().map(|event| event.seq);
            [Some(message.request.seq), end]
        });
        let JudgedResponses { callee, title, .. } = judged;
        let judged = JudgedCheck {
            what: format!("{} responds to {title} as expected", callee.as_noun()),
            party: *callee,
            finding: self.compare_responses(judged, seen, &Place::from(place.line)),
            messages: ends.flatten().collect(),
        };
        self.check(place, judged, Some(frame))
    }

    /// Compares responses with a demand; those that were not the participant's own can only leave it open.
    fn compare_responses(
        &self,
        judged: &JudgedResponses<'_>,
        seen: &[&SeenMessage],
        place: &Place,
    ) -> Finding {
        let in_front = |message: &&&SeenMessage| self.in_front(judged.callee, message);
        let own = seen.iter().filter(|message| in_front(message).is_none());
        let own: Vec<_> = own.copied().collect();
        let compared = compare_responses(judged.demand, &own, place);
        match (compared, seen.iter().find_map(|message| in_front(&message))) {
            (Finding::Held { .. }, Some(why)) => Finding::Inconclusive { why },
            (compared, _) => compared,
        }
    }

    /// Says why the response to a message is not known to be the participant's own. A provider whose report was refused
    /// before it responded to the browser was there: its page may well be a 502.
    fn in_front(&self, callee: Participant, message: &SeenMessage) -> Option<String> {
        let end = message.end.as_ref()?;
        let why = from_in_front(callee, &end.fact)?;
        let Fact::Request {
            from: Participant::Browser,
            step,
            ..
        } = &message.request.fact
        else {
            return Some(why);
        };
        let seen = self.world.seen(0, end.seq);
        let position =
            |wanted: &dyn Fn(&Event) -> bool| seen.iter().rposition(|event| wanted(event));
        let visit = position(
            &|event| matches!((&event.fact, step), (Fact::Begun { step: begun }, Some(step)) if begun == step),
        );
        // The requests of a driven browser are recorded a moment late, but within their visit, which passed a tap.
        let driven = visit.filter(|begun| seen[*begun..].iter().any(|event| is_tapped_page(event)));
        let own = position(&|event| event.seq == message.request.seq);
        let meanwhile = &seen[driven.or(own).unwrap_or(seen.len())..];
        (!report_was_refused(meanwhile)).then_some(why)
    }
}

/// Tells whether a tap saw a browser that is not feedproof's own ask for a page of the provider.
fn is_tapped_page(event: &Event) -> bool {
    matches!(&event.fact, Fact::Request { step: None, from: Participant::Browser, to, .. }
        if to.participant == Participant::Provider)
}

fn compare_responses(demand: &Demand, seen: &[&SeenMessage], place: &Place) -> Finding {
    let mut all = Compared::default();
    let mut broken = None;
    for message in seen {
        match message.end.as_ref().map(|event| &event.fact) {
            Some(Fact::Answer { message, .. }) => all.extend(demand.test(message)),
            Some(Fact::Broken { why, .. }) => broken = Some(why.clone()),
            _ => all.differences.push(Difference {
                at: "response".to_owned(),
                place: place.clone(),
                expected: "a response".to_owned(),
                seen: None,
                why: Some("there was none when the window closed".to_owned()),
                unread: false,
            }),
        }
    }
    match broken {
        Some(why) => Finding::Inconclusive { why },
        None => Finding::of(all),
    }
}

/// Says why a response is not known to be the own one of the participant who was asked, if it is not.
///
/// Only of a provider: its callbacks have no rule by which it responds so. The Banking Service responds with 429 by
/// rule. A response that a plan made is of the plan.
pub(super) fn from_in_front(callee: Participant, response: &Fact) -> Option<String> {
    let Fact::Answer {
        author, message, ..
    } = response
    else {
        return None;
    };
    if callee != Participant::Provider || *author == Author::Runner {
        return None;
    }
    answered_in_front(message.status?, message.body.text())
}

/// Compares every message with a demand.
pub(super) fn compare_all<'m>(
    demand: &Demand,
    messages: impl Iterator<Item = &'m Message>,
) -> Finding {
    let mut all = Compared::default();
    for message in messages {
        all.extend(demand.test(message));
    }
    Finding::of(all)
}

/// Stops a step that needs a page of the provider where none was observed.
pub(super) fn no_page(label: &str) -> Stop {
    Stop::from(format!(
        "`{label}` names no response of the provider: none of its pages was observed"
    ))
}
