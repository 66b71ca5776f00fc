//! The watching verbs: `receive`, `never`, `judge`, and the explanation of what was missed.

use std::sync::Arc;
use std::time::Duration;

use crate::journal::{Address, Callback, Closed, Event, Fact, Micros, Participant, Seq};
use crate::judge::{
    Demand, Difference, Finding, Miss, Selector, Traffic, Way, Window, explain_missed,
    explain_too_many, explain_unwanted, millis,
};
use crate::plan::{End, Expect, Fence, Gap, Judge, Least, Never, Place, Receive, Step, StepKey};
use crate::runner::act::shown_path;
use crate::runner::binding::{Frame, Moment, Thing, request_message};
use crate::runner::check::{At, Drafted, INTERRUPTED, Missed, Run, Walk};
use crate::runner::world::{Pending, World};
use crate::value::{Scope as _, Value};

/// A request in a window, with its end as far as it was there.
struct Seen {
    request: Arc<Event>,
    end: Option<Arc<Event>>,
}

impl<W: World> Walk<'_, W> {
    pub(super) async fn receive(
        &self,
        step: &Step,
        receive: &Receive,
        key: &StepKey,
        begun: Seq,
        frame: &mut Frame<'_>,
    ) -> Run {
        let resolved = Selector::resolve(&receive.query, frame).and_then(|selector| {
            let expect = Demand::resolve(&receive.expect, frame)?;
            let answered = receive
                .answered
                .as_ref()
                .map(|one| Demand::resolve(one, frame));
            Ok((selector, expect, answered.transpose()?))
        });
        let (selector, expect, answered) = match resolved {
            Ok(all) => all,
            Err(unset) => return self.unjudged(step, key, unset.to_string()),
        };
        let after = match &receive.since {
            None => frame.act,
            Some(mention) => match frame.since(mention) {
                Some(seq) => seq,
                None => return self.unjudged(step, key, no_moment(&mention.label)),
            },
        };
        let least = receive.count.least;
        let upto = match &receive.end {
            End::Until(mention) => match frame.until(mention) {
                Some(seq) => seq,
                None => return self.unjudged(step, key, no_moment(&mention.label)),
            },
            End::Within(bound) => {
                // What a label names may be asked for its answer later, so it is bound whole.
                let waits_for_answer = answered.is_some() || step.label.is_some();
                let met = |events: &[Arc<Event>]| {
                    let seen = select(events, &selector);
                    let enough = seen.get((least as usize).checked_sub(1)?)?;
                    match waits_for_answer {
                        false => Some(enough.request.seq),
                        true => seen[..least as usize]
                            .iter()
                            .map(|one| one.end.as_ref().map(|event| event.seq))
                            .collect::<Option<Vec<_>>>()?
                            .into_iter()
                            .max(),
                    }
                };
                let pending = Pending {
                    after,
                    met: &met,
                    bound,
                    pause: None,
                    since: begun,
                };
                match self.world.wait(key, pending).await {
                    None => return self.unobserved(step, key),
                    Some(Closed::Interrupted(_)) => return self.unjudged(step, key, INTERRUPTED),
                    Some(closed) => closed.seq(),
                }
            }
        };
        let seen = select(&self.world.seen(after, upto), &selector);
        let demands = (selector, expect, answered);
        let end = match &receive.end {
            End::Until(mention) => match mention.answered {
                false => format!("`{}`", mention.label),
                true => format!("`{}` was answered", mention.label),
            },
            // Told once the case has ended, from the facts of the wait.
            End::Within(_) => String::new(),
        };
        let moment = |seq| self.world.event(seq).map_or(0, |event| event.at);
        let window = Window {
            after,
            upto,
            opened_at: moment(after),
            closed_at: moment(upto),
            since: receive.since.as_ref().map(|one| one.label.clone()),
            span: String::new(),
            end,
        };
        self.received((step, key), receive, frame, demands, seen, window)
    }

    /// Judges what came in the window of a `receive`.
    fn received(
        &self,
        (step, key): (&Step, &StepKey),
        receive: &Receive,
        frame: &mut Frame<'_>,
        (selector, expect, answered): (Selector, Demand, Option<Demand>),
        seen: Vec<Seen>,
        window: Window,
    ) -> Run {
        let count = receive.count;
        let title = selector.title();
        let caller = seen
            .first()
            .map_or_else(|| usual_caller(selector.at), |one| one.from());
        let callee = selector.at.participant;
        let came = seen.len();
        let mut run = Run::empty();
        let evidence: Vec<Seq> = seen.iter().map(|one| one.request.seq).collect();
        let too_many = count.most.is_some_and(|most| came > most as usize);
        let too_few = came < count.least as usize;
        let finding = match (too_few, too_many) {
            (false, false) => Finding::Held { checked: 1 },
            (false, true) => {
                let most = count.most.unwrap_or_default();
                let extra = &seen[most as usize].request;
                explain_too_many(&selector, window.after, (came, most), extra)
            }
            // Told in full once the case has ended.
            (true, _) => Finding::Missed(Miss {
                awaited: selector.at,
                since: window.after,
                way: Way::NothingCame,
                why: String::new(),
                nearest: None,
            }),
        };
        let what = match (count.least, count.most) {
            (1, None) => format!("{title} arrives"),
            (1, Some(1)) => format!("{title} arrives exactly once"),
            (least, Some(most)) if least == most => {
                format!("{title} arrives exactly {least} times")
            }
            (0, Some(most)) => format!("{title} arrives at most {most} times"),
            (least, _) => format!("{title} arrives at least {least} times"),
        };
        let what = match &receive.end {
            End::Until(_) => format!("{what} before {}", window.end),
            End::Within(_) => what,
        };
        let mut arrival = self.check(
            At {
                step,
                key,
                place: &step.span,
            },
            what,
            caller,
            (finding, evidence.clone()),
            Some(frame),
        );
        if too_few {
            arrival.missed = Some(Missed {
                selector,
                window,
                came,
                least: count.least,
            });
        }
        run.checks.push(arrival);
        if too_few {
            run.stop();
            return run;
        }
        if !receive.expect.is_empty() {
            let messages = seen.iter().filter_map(|one| request_message(&one.request));
            let finding = compare_all(&expect, messages);
            let place = receive.expect.span.as_ref().unwrap_or(&step.span);
            let what = format!("{title} is as expected");
            run.checks.push(self.check(
                At { step, key, place },
                what,
                caller,
                (finding, evidence.clone()),
                Some(frame),
            ));
        }
        if let (Some(demand), Some(written)) = (&answered, &receive.answered) {
            let ends: Vec<_> = seen.iter().take((count.least as usize).max(1)).collect();
            run.checks.push(self.judge_answers(
                (step, key),
                frame,
                (demand, written),
                &ends,
                (callee, &title),
            ));
        }
        if let Some(gap) = &receive.gap {
            let first = seen.first().map(|one| one.request.clone());
            if let Some(first) = first {
                match self.judge_gap((step, key), frame, gap, &first, caller) {
                    Some(check) => run.checks.push(check),
                    None => return self.unjudged(step, key, no_moment(&gap.after.label)),
                }
            }
        }
        // The label names the message that completed what was demanded.
        let bound = match count.most {
            Some(_) => seen.last(),
            None => seen.get((count.least as usize).max(1) - 1),
        };
        if let Some(bound) = bound {
            let moment = Moment {
                start: bound.request.seq,
                end: bound.request.seq,
                request: Some(bound.request.clone()),
                answer: bound.end.clone(),
                visited: None,
            };
            let title = format!(
                "{} {}",
                receive.query.method,
                shown_path(moment.request.as_ref())
            );
            let taken = (moment.message(), title.clone());
            self.take_captures(
                (step, key),
                &receive.capture,
                taken,
                frame,
                &mut run,
                caller,
            );
            if let Some(label) = &step.label {
                let origin = format!("the message {title} of {}", step.span);
                frame.bind(label, Thing::Moment(Arc::new(moment)), origin);
            }
        }
        run
    }

    fn judge_answers(
        &self,
        (step, key): (&Step, &StepKey),
        frame: &Frame<'_>,
        (demand, written): (&Demand, &Expect),
        ends: &[&Seen],
        (callee, title): (Participant, &str),
    ) -> Drafted {
        let mut checked = 0;
        let mut differences = Vec::new();
        let mut broken = None;
        let place = written.span.as_ref().unwrap_or(&step.span);
        for one in ends {
            match one.end.as_ref().map(|event| &event.fact) {
                Some(Fact::Answer { message, .. }) => {
                    let compared = demand.test(message);
                    checked += compared.checked;
                    differences.extend(compared.differences);
                }
                Some(Fact::Broken { why, .. }) => broken = Some(why.clone()),
                _ => differences.push(Difference {
                    at: "answer".to_owned(),
                    place: Place::from(place),
                    expected: "an answer".to_owned(),
                    seen: None,
                    why: Some("there was none when the window closed".to_owned()),
                }),
            }
        }
        let finding = match (broken, differences.is_empty()) {
            (Some(why), _) => Finding::Unjudged { why },
            (None, true) => Finding::Held { checked },
            (None, false) => Finding::Broke { differences },
        };
        let evidence = ends
            .iter()
            .flat_map(|one| {
                [
                    Some(one.request.seq),
                    one.end.as_ref().map(|event| event.seq),
                ]
            })
            .flatten()
            .collect();
        let what = format!("the {callee} answers {title} as expected");
        self.check(
            At { step, key, place },
            what,
            callee,
            (finding, evidence),
            Some(frame),
        )
    }

    fn judge_gap(
        &self,
        (step, key): (&Step, &StepKey),
        frame: &Frame<'_>,
        gap: &Gap,
        to: &Event,
        party: Participant,
    ) -> Option<Drafted> {
        let from = self.world.event(frame.since(&gap.after)?)?;
        let passed = to.at.saturating_sub(from.at);
        let micros = |time: Duration| time.as_micros() as Micros;
        let mut differences = Vec::new();
        let mut add = |expected: String| {
            differences.push(Difference {
                at: "gap".to_owned(),
                place: Place::from(&gap.after.span),
                expected,
                seen: Some(Value::from(millis(passed))),
                why: None,
            });
        };
        match gap.least {
            Some(Least::Time(least)) if passed < micros(least) => {
                add(format!("at least {}", millis(micros(least))));
            }
            Some(Least::Requests(requests)) => {
                let rate = agreed_rate(frame)?;
                let least = Duration::from_secs(requests.into()) / rate;
                if passed < micros(least) {
                    let owed = millis(micros(least));
                    add(format!(
                        "at least {owed}, which {requests} requests owe at the agreed {rate} in a second"
                    ));
                }
            }
            _ => {}
        }
        if let Some(most) = gap.most
            && passed > micros(most)
        {
            add(format!("at most {}", millis(micros(most))));
        }
        let finding = match differences.is_empty() {
            true => Finding::Held { checked: 1 },
            false => Finding::Broke { differences },
        };
        let what = format!("the time since `{}` is as expected", gap.after.label);
        let evidence = vec![from.seq, to.seq];
        Some(self.check(
            At {
                step,
                key,
                place: &gap.after.span,
            },
            what,
            party,
            (finding, evidence),
            Some(frame),
        ))
    }

    pub(super) async fn never(
        &self,
        step: &Step,
        never: &Never,
        key: &StepKey,
        begun: Seq,
        frame: &mut Frame<'_>,
    ) -> Run {
        let selector = match Selector::resolve(&never.query, frame) {
            Ok(selector) => selector,
            Err(unset) => return self.unjudged(step, key, unset.to_string()),
        };
        let after = match &never.since {
            None => frame.act,
            Some(mention) => match frame.since(mention) {
                Some(seq) => seq,
                None => return self.unjudged(step, key, no_moment(&mention.label)),
            },
        };
        let (before, fence) = match &never.fence {
            Fence::Until(mention) => match frame.until(mention) {
                // The fence itself may be of the kind: it does not count.
                Some(seq) => (seq.saturating_sub(1), seq),
                None => return self.unjudged(step, key, no_moment(&mention.label)),
            },
            Fence::For(bound) => {
                let pending = Pending {
                    after,
                    met: &|_| None,
                    bound,
                    pause: None,
                    since: begun,
                };
                let closed = match self.world.wait(key, pending).await {
                    None => return self.unobserved(step, key),
                    Some(Closed::Interrupted(_)) => return self.unjudged(step, key, INTERRUPTED),
                    Some(closed) => closed.seq(),
                };
                match self.world.probe(&key.aside("probe"), selector.at).await {
                    None => return self.unobserved(step, key),
                    Some(false) => {
                        let why = format!(
                            "the tap before {} is deaf, so silence shows nothing",
                            selector.at
                        );
                        return self.unjudged(step, key, why);
                    }
                    Some(true) => (closed, closed),
                }
            }
        };
        let seen = select(&self.world.seen(after, before), &selector);
        let caller = seen
            .first()
            .map_or_else(|| usual_caller(selector.at), Seen::from);
        let title = selector.title();
        let finding = match seen.first() {
            None => Finding::Held { checked: 1 },
            Some(first) => explain_unwanted(&selector, after, &first.request),
        };
        let mut evidence: Vec<Seq> = seen.iter().map(|one| one.request.seq).collect();
        evidence.push(fence);
        let what = match never.fence {
            Fence::Until(_) => format!("no {title} arrives"),
            // A silence that nothing has to end shows less.
            Fence::For(_) => format!("no {title} arrives in a quiet window (weaker)"),
        };
        let check = self.check(
            At {
                step,
                key,
                place: &step.span,
            },
            what,
            caller,
            (finding, evidence),
            Some(frame),
        );
        Run {
            checks: vec![check],
            going: true,
        }
    }

    pub(super) fn judge(
        &self,
        step: &Step,
        judge: &Judge,
        key: &StepKey,
        frame: &mut Frame<'_>,
    ) -> Run {
        let resolved = Demand::resolve(&judge.expect, frame).and_then(|expect| {
            let answered = judge
                .answered
                .as_ref()
                .map(|one| Demand::resolve(one, frame));
            Ok((expect, answered.transpose()?))
        });
        let (expect, answered) = match resolved {
            Ok(both) => both,
            Err(unset) => return self.unjudged(step, key, unset.to_string()),
        };
        let label = &judge.on.label;
        let Some(moment) = frame.moment(label) else {
            return self.unjudged(step, key, no_moment(label));
        };
        let (Some(message), Some((caller, callee))) = (moment.message(), moment.parties()) else {
            let why = match &moment.visited {
                Some(_) => format!(
                    "`{label}` names no answer of the provider: none of its pages was observed"
                ),
                None => format!("`{label}` names no message"),
            };
            return self.unjudged(step, key, why);
        };
        let mut run = Run::empty();
        let title = message.title();
        if !judge.expect.is_empty() {
            let finding = compare_all(&expect, std::iter::once(message));
            let evidence = moment.request.iter().map(|event| event.seq).collect();
            let place = judge.expect.span.as_ref().unwrap_or(&step.span);
            let what = format!("`{label}` ({title}) is as expected");
            run.checks.push(self.check(
                At { step, key, place },
                what,
                caller,
                (finding, evidence),
                Some(frame),
            ));
        }
        if let (Some(demand), Some(written)) = (&answered, &judge.answered)
            && let Some(request) = &moment.request
        {
            let one = Seen {
                request: request.clone(),
                end: moment.answer.clone(),
            };
            run.checks.push(self.judge_answers(
                (step, key),
                frame,
                (demand, written),
                &[&one],
                (callee, &title),
            ));
        }
        let taken = (Some(message), title);
        self.take_captures((step, key), &judge.capture, taken, frame, &mut run, caller);
        run
    }

    /// Tells the reasons of all misses, now that everything has come that will.
    pub(super) fn explain(&self, checks: &mut [Drafted], ended: Seq) {
        if checks.iter().all(|drafted| drafted.missed.is_none()) {
            return;
        }
        let lane = self.world.seen(0, ended);
        let unclaimed = self.world.unclaimed(ended);
        for drafted in checks {
            if let Some(mut missed) = drafted.missed.take() {
                missed.window.closed_by(&drafted.check.step, &lane);
                let elsewhere = self.world.elsewhere(missed.window.after, ended);
                let miss = explain_missed(
                    &missed.selector,
                    missed.window,
                    (missed.came, missed.least),
                    Traffic {
                        lane: &lane,
                        unclaimed: &unclaimed,
                        elsewhere: &elsewhere,
                    },
                );
                drafted
                    .check
                    .evidence
                    .extend(miss.nearest.as_ref().map(|one| one.seq));
                drafted.check.finding = Finding::Missed(miss);
            }
        }
    }
}

impl Seen {
    fn from(&self) -> Participant {
        match &self.request.fact {
            Fact::Request { from, .. } => *from,
            _ => Participant::Service,
        }
    }
}

/// Picks the requests that a selector means, each with its end.
fn select(events: &[Arc<Event>], selector: &Selector) -> Vec<Seen> {
    let mut seen: Vec<Seen> = Vec::new();
    for event in events {
        match &event.fact {
            Fact::Request { to, message, .. } if selector.selects(*to, message) => {
                seen.push(Seen {
                    request: event.clone(),
                    end: None,
                });
            }
            Fact::Answer { exchange, .. } | Fact::Broken { exchange, .. } => {
                let open = seen.iter_mut().find(|one| {
                    matches!(&one.request.fact, Fact::Request { exchange: own, .. } if own == exchange)
                });
                if let Some(open) = open {
                    open.end = Some(event.clone());
                }
            }
            _ => {}
        }
    }
    seen
}

fn compare_all<'m>(
    demand: &Demand,
    messages: impl Iterator<Item = &'m crate::journal::Message>,
) -> Finding {
    let mut checked = 0;
    let mut differences = Vec::new();
    for message in messages {
        let compared = demand.test(message);
        checked += compared.checked;
        differences.extend(compared.differences);
    }
    match differences.is_empty() {
        true => Finding::Held { checked },
        false => Finding::Broke { differences },
    }
}

/// Says who calls an address when nobody has.
fn usual_caller(at: Address) -> Participant {
    match (at.participant, at.callback) {
        (Participant::Provider, Some(Callback::Auth | Callback::ReAuth)) => Participant::Browser,
        (Participant::Provider, _) => Participant::Service,
        _ => Participant::Provider,
    }
}

/// Finds the rate that was agreed on with the provider, in requests a second; every stage gives it.
fn agreed_rate(frame: &Frame<'_>) -> Option<u32> {
    let agreed = frame.lookup("agreed")?;
    let rate = agreed.get("requests_per_second")?.as_u64()?;
    u32::try_from(rate).ok().filter(|rate| *rate > 0)
}

fn no_moment(label: &str) -> String {
    format!("`{label}` has no such moment: its message was not there, or was not answered")
}
