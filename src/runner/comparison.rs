//! Messages that are there, and their answers, held against what is demanded of them; and the verb `judge`.

use crate::journal::{Fact, Message};
use crate::judge::{Demand, Difference, Finding};
use crate::runner::binding::Frame;
use crate::runner::check::{At, Drafted, Run, Walk};
use crate::runner::journey_end::no_page;
use crate::runner::watch::{Seen, no_moment};
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::{Expect, Judge, Place, Step, StepKey};

impl<W: World> Walk<'_, W> {
    pub(super) fn judge(
        &self,
        step: &Step,
        judge: &Judge,
        key: &StepKey,
        frame: &mut Frame<'_>,
    ) -> Run {
        let resolved = Demand::resolve(&judge.expect, frame).and_then(|expect| {
            let answered = judge
                .response
                .as_ref()
                .map(|one| Demand::resolve(one, frame));
            let first_page = judge
                .first_page
                .as_ref()
                .map(|one| Demand::resolve(one, frame));
            let returned_to = judge
                .returned_to
                .as_ref()
                .map(|(matcher, _)| matcher.resolve(frame));
            let of_visit = (first_page.transpose()?, returned_to.transpose()?);
            Ok((expect, answered.transpose()?, of_visit))
        });
        let (expect, answered, (first_page, returned_to)) = match resolved {
            Ok(all) => all,
            Err(unset) => return self.unjudged(step, key, unset.to_string()),
        };
        let label = &judge.on.label;
        let Some(moment) = frame.moment(label) else {
            return self.unjudged(step, key, no_moment(label));
        };
        let mut run = Run::empty();
        if let (Some(demand), Some(written)) = (&first_page, &judge.first_page) {
            match self.judge_first_page((step, key), frame, (demand, written), &moment) {
                Some(check) => run.checks.push(check),
                None => return self.unjudged(step, key, no_page(label)),
            }
        }
        if let (Some(demand), Some((_, span))) = (&returned_to, &judge.returned_to) {
            let at = At {
                step,
                key,
                place: span,
            };
            match self.judge_return(at, label, &moment, demand, frame) {
                Ok(check) => run.checks.push(check),
                Err(why) => return self.unjudged(step, key, why),
            }
        }
        let of_message =
            !judge.expect.is_empty() || judge.response.is_some() || !judge.capture.is_empty();
        if !of_message && !run.checks.is_empty() {
            return run;
        }
        let (Some(message), Some((caller, callee))) = (moment.message(), moment.parties()) else {
            let why = match &moment.visited {
                Some(_) => no_page(label),
                None => format!("`{label}` names no message"),
            };
            return self.unjudged(step, key, why);
        };
        let title = message.title();
        if !judge.expect.is_empty() {
            let finding = compare_all(&expect, std::iter::once(message));
            let messages = moment.request.iter().map(|event| event.seq).collect();
            let place = judge.expect.span.as_ref().unwrap_or(&step.span);
            let what = format!("`{label}` ({title}) is as expected");
            run.checks.push(self.check(
                At { step, key, place },
                what,
                caller,
                (finding, messages),
                Some(frame),
            ));
        }
        if let (Some(demand), Some(written)) = (&answered, &judge.response)
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

    /// Judges the answers to messages; one that broke off cannot be judged.
    pub(super) fn judge_answers(
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
            (Some(why), _) => Finding::Inconclusive { why },
            (None, true) => Finding::Held { checked },
            (None, false) => Finding::Broke { differences },
        };
        let messages = ends
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
            (finding, messages),
            Some(frame),
        )
    }
}

/// Holds every message against a demand.
pub(super) fn compare_all<'m>(
    demand: &Demand,
    messages: impl Iterator<Item = &'m Message>,
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
