//! The verb `browse`: a visit of the customer's browser, and the judgement of how it ended.
//!
//! Who drives the browser is said by `browsing`, how a visit is driven by the world.

use std::sync::Arc;

use crate::journal::{Event, Fact, Hindrance, Seq, VisitOutcome};
use crate::judge::{Difference, Finding};
use crate::runner::binding::{Frame, Moment, Thing};
use crate::runner::check::{At, INTERRUPTED, Run, Walk};
use crate::runner::draft::journey;
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::{Browse, Step, StepKey};
use plan_language::value::Value;

impl<W: World> Walk<'_, W> {
    pub(super) async fn browse(
        &self,
        step: &Step,
        browse: &Browse,
        key: &StepKey,
        begun: Seq,
        frame: &mut Frame<'_>,
    ) -> Run {
        let resolved = journey(browse, frame).and_then(|journey| {
            let outcome = browse
                .outcome
                .as_ref()
                .map(|(matcher, _)| matcher.resolve(frame));
            Ok((journey, outcome.transpose()?))
        });
        let (journey, outcome) = match resolved {
            Ok(both) => both,
            Err(unset) => return self.unjudged(step, key, unset.to_string()),
        };
        let Some((seq, visited)) = self.world.browse(key, journey).await else {
            return self.unobserved(step, key);
        };
        let events = self.world.seen(begun, seq);
        let (request, answer) = provider_page(&events, &visited.exchanges);
        let unreachable = broken_visit(&events, key);
        let mut messages: Vec<Seq> = [&request, &answer]
            .into_iter()
            .flatten()
            .map(|one| one.seq)
            .collect();
        messages.push(seq);
        let mut run = Run::empty();
        if visited.why == INTERRUPTED {
            return self.unjudged(step, key, INTERRUPTED);
        }
        if visited.hindrance == Some(Hindrance::Browser) {
            return self.unjudged(step, key, visited.why);
        }
        let unreachable = match visited.hindrance {
            Some(Hindrance::Login) => Some(visited.why.clone()),
            _ => unreachable,
        };
        if let Some(outcome) = outcome {
            let seen = Value::from(visited.outcome.as_str());
            let judged = outcome.test_at("outcome", Some(&seen));
            let what = format!("the browser's visit ends as {}", outcome.describe());
            let finding = if judged.held() {
                Finding::Held {
                    checked: judged.checked,
                }
            } else if let (Some(why), VisitOutcome::Stuck) = (unreachable, visited.outcome) {
                run.stop();
                Finding::Inconclusive { why }
            } else {
                Finding::Broke {
                    differences: judged
                        .mismatches
                        .into_iter()
                        .map(|one| Difference {
                            why: Some(format!("{} ({})", visited.why, visited.url)),
                            ..Difference::from(one)
                        })
                        .collect(),
                }
            };
            let place = browse.outcome.as_ref().map_or(&step.span, |(_, span)| span);
            let party = Participant::Provider;
            run.checks.push(self.check(
                At { step, key, place },
                what,
                party,
                (finding, messages),
                Some(frame),
            ));
        }
        if let Some(label) = &step.label {
            let moment = Moment {
                start: begun,
                end: seq,
                request,
                answer,
                first_page: first_page(&events, &visited.exchanges),
                visited: Some(visited),
            };
            frame.bind(
                label,
                Thing::Moment(Arc::new(moment)),
                format!("the visit of {}", step.span),
            );
        }
        run
    }
}

/// Returns the last page that the provider served on a visit: its request and its answer.
fn provider_page(
    events: &[Arc<Event>],
    exchanges: &[u64],
) -> (Option<Arc<Event>>, Option<Arc<Event>>) {
    let request = events.iter().rev().find(|event| {
        matches!(&event.fact, Fact::Request { exchange, to, .. }
            if to.participant == Participant::Provider && exchanges.contains(exchange))
    });
    let number = request.and_then(|event| match &event.fact {
        Fact::Request { exchange, .. } => Some(*exchange),
        _ => None,
    });
    let answer = events.iter().find(|event| match &event.fact {
        Fact::Answer { exchange, .. } | Fact::Broken { exchange, .. } => Some(*exchange) == number,
        _ => false,
    });
    (request.cloned(), answer.cloned())
}

/// Returns the first request to the provider on a visit that was not answered by a redirect, and its answer.
fn first_page(events: &[Arc<Event>], exchanges: &[u64]) -> Option<(Arc<Event>, Arc<Event>)> {
    events.iter().find_map(|event| match &event.fact {
        Fact::Answer {
            exchange, message, ..
        } if exchanges.contains(exchange)
            && !message
                .status
                .is_some_and(|status| (300..=399).contains(&status)) =>
        {
            let request = events.iter().find(|one| {
                matches!(&one.fact, Fact::Request { exchange: other, to, .. }
                    if other == exchange && to.participant == Participant::Provider)
            })?;
            Some((request.clone(), event.clone()))
        }
        _ => None,
    })
}

/// Returns why the last exchange of a visit broke, if it did.
fn broken_visit(events: &[Arc<Event>], key: &StepKey) -> Option<String> {
    let last = events.iter().rev().find_map(|event| match &event.fact {
        Fact::Request {
            exchange,
            step: Some(step),
            ..
        } if step == key => Some(*exchange),
        _ => None,
    })?;
    events.iter().find_map(|event| match &event.fact {
        Fact::Broken { exchange, why } if *exchange == last => Some(why.clone()),
        _ => None,
    })
}
