//! The verb `send`: a message, its repetitions, and the judgement of its answer.
//!
//! What is sent is made by `draft`, what is taken from the answer by `capture`.

use std::sync::Arc;

use crate::journal::{Closed, Event, Fact, Message, Seq};
use crate::judge::{Demand, Finding};
use crate::runner::binding::{Frame, Moment, Thing, request_message};
use crate::runner::check::{At, INTERRUPTED, Run, Walk};
use crate::runner::draft::draft;
use crate::runner::world::{Pause, Pending, World};
use plan_language::plan::{Send, Step, StepKey};
use plan_language::value::{Found, Value};

impl<W: World> Walk<'_, W> {
    pub(super) async fn send(
        &self,
        step: &Step,
        send: &Send,
        key: &StepKey,
        begun: Seq,
        frame: &mut Frame<'_>,
    ) -> Run {
        let (mut draft, demand) = match draft(send, frame)
            .and_then(|draft| Ok((draft, Demand::resolve(&send.expect, frame)?)))
        {
            Ok(both) => both,
            Err(unset) => return self.unjudged(step, key, unset.to_string()),
        };
        let mut attempts = 0;
        let (exchange, compared, ended) = loop {
            attempts += 1;
            let attempt = match send.eventually {
                Some(_) => key.attempt(attempts),
                None => key.clone(),
            };
            let Some(exchange) = self.world.send(&attempt, draft.clone()).await else {
                return self.unobserved(step, &attempt);
            };
            let compared = exchange.answer().ok().map(|message| demand.test(message));
            let held = compared
                .as_ref()
                .is_some_and(|one| one.differences.is_empty());
            let Some(eventually) = send.eventually.as_ref().filter(|_| !held) else {
                break (exchange, compared, None);
            };
            if let (Some(known), Ok(message)) = (&eventually.give_up_when, exchange.answer()) {
                match Demand::resolve(known, frame) {
                    Ok(known) if known.test(message).differences.is_empty() => {
                        break (
                            exchange,
                            compared,
                            Some("given up: no later attempt can succeed"),
                        );
                    }
                    Ok(_) => {}
                    Err(unset) => return self.unjudged(step, key, unset.to_string()),
                }
            }
            if let Some(next) = &eventually.next {
                match exchange
                    .answer()
                    .ok()
                    .and_then(Message::json)
                    .and_then(|json| single(next.query(json)))
                {
                    Some(Value::String(url)) => {
                        draft.path = url;
                        draft.query.clear();
                    }
                    _ => {
                        break (
                            exchange,
                            compared,
                            Some("the answer names no route for another attempt"),
                        );
                    }
                }
            }
            let pending = Pending {
                after: exchange.end.seq,
                // Anything that ends in the case's lane may have changed the answer.
                met: &|events| {
                    events
                        .iter()
                        .find(|event| matches!(event.fact, Fact::Answer { .. }))
                        .map(|event| event.seq)
                },
                bound: &eventually.within,
                pause: Some(Pause::after(attempts, eventually.every)),
                since: begun,
            };
            match self.world.wait(&attempt.aside("pause"), pending).await {
                None => return self.unobserved(step, &attempt),
                Some(Closed::Met(_)) => {}
                Some(Closed::Deadline(_)) => {
                    break (
                        exchange,
                        compared,
                        Some("the time for further attempts was up"),
                    );
                }
                Some(Closed::Interrupted(_)) => {
                    return self.unjudged(step, key, INTERRUPTED);
                }
            }
        };
        let messages = vec![exchange.request.seq, exchange.end.seq];
        let path = shown_path(Some(&exchange.request));
        let what = match path.as_str() {
            // A callback at the sink has no path of its own.
            "" => format!("{} at {}", send.method, send.to),
            path => format!("{} {path} at {}", send.method, send.to),
        };
        let finding = match compared {
            Some(compared) if compared.differences.is_empty() => Finding::Held {
                checked: compared.checked,
            },
            Some(mut compared) => {
                if let (Some(ended), Some(first)) = (ended, compared.differences.first_mut()) {
                    first.why.get_or_insert_with(|| match attempts {
                        1 => format!("one attempt, {ended}"),
                        _ => format!("{attempts} attempts, {ended}"),
                    });
                }
                Finding::Broke {
                    differences: compared.differences,
                }
            }
            None => Finding::Inconclusive {
                why: exchange.answer().err().unwrap_or("no answer").to_owned(),
            },
        };
        let going = !matches!(finding, Finding::Inconclusive { .. });
        let party = send.to.participant;
        let place = send.expect.span.as_ref().unwrap_or(&step.span);
        let check = self.check(
            At { step, key, place },
            what,
            party,
            (finding, messages),
            Some(frame),
        );
        let mut run = Run {
            checks: vec![check],
            going,
        };
        let moment = Moment {
            start: exchange.request.seq,
            end: exchange.end.seq,
            request: Some(exchange.request.clone()),
            answer: Some(exchange.end.clone()),
            first_page: None,
            visited: None,
        };
        if going {
            let asked = format!("{} {}", send.method, shown_path(moment.request.as_ref()));
            let taken = (moment.answered(), format!("the answer to {asked}"));
            self.take_captures((step, key), &send.capture, taken, frame, &mut run, party);
        }
        if let Some(label) = &step.label {
            frame.bind(
                label,
                Thing::Moment(Arc::new(moment)),
                format!(
                    "the message {} {} of {}",
                    send.method,
                    shown_path(Some(&exchange.request)),
                    step.span
                ),
            );
        }
        run
    }
}

/// Returns the path of an exchange for a sentence: what only names one thing among many is left out.
pub(super) fn shown_path(request: Option<&Arc<Event>>) -> String {
    let Some(message) = request.and_then(|event| request_message(event)) else {
        return String::new();
    };
    let name = |segment: &str| {
        segment.len() >= 32
            && segment
                .bytes()
                .all(|one| one.is_ascii_hexdigit() || one == b'-')
    };
    let segments: Vec<_> = message
        .path
        .split('/')
        .map(|segment| if name(segment) { "…" } else { segment })
        .collect();
    segments.join("/")
}

fn single(found: Found<'_>) -> Option<Value> {
    match found {
        Found::One(hit) => hit.cloned(),
        Found::Many(hits) => hits.into_iter().next().map(|hit| hit.value.clone()),
    }
}
