//! The verb `receive`: awaits messages, counts them, judges them and their responses, and binds one of them.
//!
//! The time between two messages is judged by `gap`, a response by `judge`.

use std::sync::Arc;

use crate::journal::{Event, Seq, WaitEnd};
use crate::judge::{Finding, Miss, MissKind, Window, explain_too_many};
use crate::matching::{Demand, Selector};
use crate::runner::binding::{Bound, Frame, Moment, request_message};
use crate::runner::step::{
    CurrentStep, DraftCheck, Interpreter, JudgedCheck, Missed, StepResult, Stop,
};
use crate::runner::verb::judge::{JudgedResponses, compare_all};
use crate::runner::verb::send::shown_path;
use crate::runner::verb::window::{
    OpenWindow, SeenMessage, UndecidedMessage, caller, no_moment, select, set_longer, undecided,
    until,
};
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::{End, Mention, Receive};

impl<W: World> Perform<W> for Receive {
    fn describe(&self) -> String {
        format!("{} arrives at {}", self.query.method, self.query.at)
    }

    fn beginning(&self) -> Beginning {
        Beginning::Waits
    }

    fn perform<'p>(
        &'p self,
        interpreter: &'p Interpreter<'_, W>,
        at: CurrentStep<'p>,
        frame: &'p mut Frame<'_>,
    ) -> Performing<'p> {
        Box::pin(interpreter.receive(at, self, frame))
    }
}

/// Why a miss is open where the feed had not come to an end.
const STILL_FEEDS: &str = "not enough arrived, but the provider still posted when the wait had been extended as far as it may be";

/// The messages that arrived in the window of a `receive`.
struct Arrivals<'r> {
    receive: &'r Receive,
    selector: Selector,
    window: Window,
    seen: Vec<SeenMessage>,
    /// Messages of which it is undecided whether they are among those.
    undecided: Vec<UndecidedMessage>,
    /// Whether more of the kind kept arriving when the time was over.
    advancing: bool,
}

impl<W: World> Interpreter<'_, W> {
    async fn receive(
        &self,
        at: CurrentStep<'_>,
        receive: &Receive,
        frame: &mut Frame<'_>,
    ) -> Result<StepResult, Stop> {
        let open = OpenWindow::open(&receive.query, receive.since.as_ref(), frame)?;
        let expect = Demand::resolve(&receive.expect, frame)?;
        let response = receive.response.as_ref();
        let response = response.map(|response| Demand::resolve(response, frame));
        let response = response.transpose()?;
        let closed = self.arrivals_end(at, receive, &open, frame).await?;
        let upto = closed.seq();
        let events = self.world.seen(open.after, upto);
        let arrivals = Arrivals {
            receive,
            seen: select(&events, &open.selector),
            undecided: undecided(&events, &open.selector),
            window: self.window(receive, open.after, upto),
            selector: open.selector,
            advancing: matches!(closed, WaitEnd::Advancing(_)),
        };
        let mut arrival = self.arrival_check(at, &arrivals, frame);
        if arrivals.too_few() {
            if matches!(arrival.check.finding, Finding::Missed(_)) {
                arrival.missed = Some(arrivals.missed());
            }
            return Ok(StepResult::last(arrival));
        }
        let mut result = StepResult::of(arrival);
        if !receive.expect.is_empty() {
            let check = self.expectation_check(at, &arrivals, &expect, frame);
            result.checks.push(check);
        }
        if let (Some(demand), Some(written)) = (&response, &receive.response) {
            let judged = JudgedResponses {
                callee: arrivals.selector.at.participant,
                title: &arrivals.selector.title(),
                demand,
                written,
            };
            let counted: Vec<_> = arrivals.seen.iter().take(arrivals.counted()).collect();
            let check = self.judge_responses(at, frame, &judged, &counted);
            result.checks.push(check);
        }
        if let (Some(gap), Some(first)) = (&receive.gap, arrivals.seen.first()) {
            let check = self.judge_gap(at, frame, gap, &first.request, arrivals.caller());
            let check = check.ok_or_else(|| no_moment(&gap.after.label))?;
            result.checks.push(check);
        }
        self.bind_arrival(at, &arrivals, frame, &mut result);
        Ok(result)
    }

    /// Returns how the window closes, and waits for that if the plan sets a time.
    ///
    /// A provider that still feeds accounts gets more time: how many statements are due, and how many other accounts
    /// its queue holds, is not the plan's to know.
    async fn arrivals_end(
        &self,
        at: CurrentStep<'_>,
        receive: &Receive,
        open: &OpenWindow,
        frame: &Frame<'_>,
    ) -> Result<WaitEnd, Stop> {
        match &receive.end {
            End::Until(mention) => until(mention, frame).map(WaitEnd::Met),
            End::Within(bound) => {
                // A later step may ask for the response of what a label names, so it is bound with its response.
                let with_response = receive.response.is_some() || at.step.label.is_some();
                let least = receive.count.least as usize;
                let met = |events: &[Arc<Event>]| {
                    let seen = select(events, &open.selector);
                    enough(&seen, least, with_response)
                };
                let feeds = open.selector.at.participant == Participant::Service;
                self.close_after(at, open.after, (bound, feeds), &met).await
            }
        }
    }

    fn window(&self, receive: &Receive, after: Seq, upto: Seq) -> Window {
        let moment = |seq| self.world.event(seq).map_or(0, |event| event.at);
        Window {
            after,
            upto,
            opened_at: moment(after),
            closed_at: moment(upto),
            since: receive.since.as_ref().map(|since| since.label.clone()),
            span: String::new(),
            end: match &receive.end {
                End::Until(mention) => closing(mention),
                // The facts of the wait tell this, once the case has ended.
                End::Within(_) => String::new(),
            },
        }
    }

    /// Makes the check that as many messages arrived as the plan demands.
    fn arrival_check(
        &self,
        at: CurrentStep<'_>,
        arrivals: &Arrivals<'_>,
        frame: &Frame<'_>,
    ) -> DraftCheck {
        let judged = JudgedCheck {
            what: arrivals.describe(),
            party: arrivals.caller(),
            finding: arrivals.finding(),
            messages: arrivals.positions(),
        };
        self.check(at.here(), judged, Some(frame))
    }

    fn expectation_check(
        &self,
        at: CurrentStep<'_>,
        arrivals: &Arrivals<'_>,
        expect: &Demand,
        frame: &Frame<'_>,
    ) -> DraftCheck {
        let messages = arrivals.seen.iter();
        let messages = messages.filter_map(|message| request_message(&message.request));
        let judged = JudgedCheck {
            what: format!("{} is as expected", arrivals.selector.title()),
            party: arrivals.caller(),
            finding: compare_all(expect, messages),
            messages: arrivals.positions(),
        };
        self.check(
            at.expectation(&arrivals.receive.expect),
            judged,
            Some(frame),
        )
    }

    /// Binds captures and the label to the message that completed what the plan demands.
    fn bind_arrival(
        &self,
        at: CurrentStep<'_>,
        arrivals: &Arrivals<'_>,
        frame: &mut Frame<'_>,
        result: &mut StepResult,
    ) {
        let Some(message) = arrivals.completing() else {
            return;
        };
        let moment = Moment {
            start: message.request.seq,
            end: message.request.seq,
            request: Some(message.request.clone()),
            answer: message.end.clone(),
            shown: Vec::new(),
            back: None,
            pages: Vec::new(),
            visited: None,
        };
        let receive = arrivals.receive;
        let path = shown_path(moment.request.as_ref());
        let title = format!("{} {path}", receive.query.method);
        let taken = (moment.message(), title.clone());
        let party = arrivals.caller();
        self.take_captures(at, &receive.capture, taken, frame, result, party);
        if let Some(label) = &at.step.label {
            let origin = format!("the message {title} of {}", at.step.span);
            frame.bind(label, Bound::Moment(Arc::new(moment)), origin);
        }
    }
}

/// Returns the position at which `least` messages have arrived, with their responses if these are needed.
fn enough(seen: &[SeenMessage], least: usize, with_response: bool) -> Option<Seq> {
    let last = seen.get(least.checked_sub(1)?)?;
    if !with_response {
        return Some(last.request.seq);
    }
    let ends = seen[..least].iter().map(|message| message.end.as_ref());
    let ends: Option<Vec<_>> = ends.map(|end| Some(end?.seq)).collect();
    ends?.into_iter().max()
}

/// Says what closed a window that ends at a label.
fn closing(mention: &Mention) -> String {
    if mention.response {
        format!("`{}` was answered", mention.label)
    } else {
        format!("`{}`", mention.label)
    }
}

impl Arrivals<'_> {
    fn caller(&self) -> Participant {
        caller(&self.seen, self.selector.at)
    }

    fn positions(&self) -> Vec<Seq> {
        let seen = self.seen.iter().map(|message| message.request.seq);
        let undecided = self.undecided.iter().map(|message| message.seq);
        seen.chain(undecided).collect()
    }

    /// Returns the number of messages whose responses count: those demanded, at least one.
    fn counted(&self) -> usize {
        (self.receive.count.least as usize).max(1)
    }

    fn too_few(&self) -> bool {
        self.seen.len() < self.receive.count.least as usize
    }

    fn finding(&self) -> Finding {
        if let Some(message) = self.deciding() {
            let why = message.why.clone();
            return Finding::Inconclusive { why };
        }
        if self.too_few() && self.advancing {
            let longer = match &self.receive.end {
                End::Within(wait) => set_longer(wait),
                End::Until(_) => String::new(),
            };
            let why = format!("{STILL_FEEDS}{longer}");
            return Finding::Inconclusive { why };
        }
        if self.too_few() {
            // Explained in full once the case has ended.
            return Finding::Missed(Miss {
                awaited: self.selector.at,
                since: self.window.after,
                kind: MissKind::NothingCame,
                why: String::new(),
                nearest: None,
            });
        }
        let arrived = self.seen.len();
        match self.receive.count.most {
            Some(most) if arrived > most as usize => {
                let extra = &self.seen[most as usize].request;
                explain_too_many(&self.selector, self.window.after, (arrived, most), extra)
            }
            _ => Finding::Held { checked: 1 },
        }
    }

    /// Returns the first message on which the number hangs, although nothing shows whether it counts.
    ///
    /// A message that its sender wrote unreadably is not the one that a demand for enough messages awaits.
    fn deciding(&self) -> Option<&UndecidedMessage> {
        let most = self.receive.count.most;
        let exceeds = |count: usize| most.is_some_and(|most| count > most as usize);
        let may_exceed =
            !exceeds(self.seen.len()) && exceeds(self.seen.len() + self.undecided.len());
        let counts =
            |message: &&UndecidedMessage| may_exceed || (self.too_few() && !message.blames_sender);
        self.undecided.iter().find(counts)
    }

    fn missed(self) -> Missed {
        Missed {
            came: self.seen.len(),
            least: self.receive.count.least,
            selector: self.selector,
            window: self.window,
        }
    }

    fn describe(&self) -> String {
        let title = self.selector.title();
        let count = self.receive.count;
        let what = match (count.least, count.most) {
            (1, None) => format!("{title} arrives"),
            (1, Some(1)) => format!("{title} arrives exactly once"),
            (least, Some(most)) if least == most => {
                format!("{title} arrives exactly {least} times")
            }
            (0, Some(1)) => format!("{title} arrives at most once"),
            (0, Some(most)) => format!("{title} arrives at most {most} times"),
            (least, _) => format!("{title} arrives at least {least} times"),
        };
        match &self.receive.end {
            End::Until(_) => format!("{what} before {}", self.window.end),
            End::Within(_) => what,
        }
    }

    /// Returns the message that completed what the plan demands: the last of a bounded number, else the last demanded.
    fn completing(&self) -> Option<&SeenMessage> {
        match self.receive.count.most {
            Some(_) => self.seen.last(),
            None => self.seen.get(self.counted() - 1),
        }
    }
}
