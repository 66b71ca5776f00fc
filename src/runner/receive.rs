//! The verb `receive`: a message is awaited, counted, judged and bound.
//!
//! The time between two messages is judged by `gap`, a message as such by `comparison`.

use std::sync::Arc;

use crate::journal::{Closed, Event, Seq};
use crate::judge::{Demand, Finding, Miss, MissKind, Selector, Window, explain_too_many};
use crate::runner::binding::{Frame, Moment, Thing, request_message};
use crate::runner::check::{At, INTERRUPTED, Missed, Run, Walk};
use crate::runner::comparison::compare_all;
use crate::runner::send::shown_path;
use crate::runner::watch::{Seen, no_moment, select, usual_caller};
use crate::runner::world::{Pending, World};
use plan_language::plan::{End, Receive, Step, StepKey};

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
                .response
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
            End::Until(mention) => match mention.response {
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
        let positions: Vec<Seq> = seen.iter().map(|one| one.request.seq).collect();
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
                kind: MissKind::NothingCame,
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
            (finding, positions.clone()),
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
                (finding, positions.clone()),
                Some(frame),
            ));
        }
        if let (Some(demand), Some(written)) = (&answered, &receive.response) {
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
                first_page: None,
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
}
