//! Captures: what a step takes from a message, and the check that it was there.

use std::sync::Arc;

use crate::journal::{Message, identity};
use crate::judge::{Difference, Finding};
use crate::runner::binding::{Frame, Thing};
use crate::runner::check::{At, Run, Walk};
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::{Capture, Pick, Place, Step, StepKey};
use plan_language::value::{Found, Value};

impl<W: World> Walk<'_, W> {
    /// Binds captures from a message; one that finds nothing stops the case.
    pub(super) fn take_captures(
        &self,
        (step, key): (&Step, &StepKey),
        captures: &[Capture],
        (message, title): (Option<&Message>, String),
        frame: &mut Frame<'_>,
        run: &mut Run,
        party: Participant,
    ) {
        for capture in captures {
            let found = message.and_then(|message| pick(&capture.from, message));
            match found {
                Some(value) => {
                    let origin = format!("captured at {} from {title}", capture.span);
                    frame.bind(&capture.name, Thing::Value(Arc::new(value)), origin);
                }
                None => {
                    let finding = Finding::Broke {
                        differences: vec![Difference {
                            at: place_of(&capture.from),
                            place: Place::from(&capture.span),
                            expected: format!("a value to capture as `{}`", capture.name),
                            seen: None,
                            why: None,
                        }],
                    };
                    let what = format!("`{}` is captured", capture.name);
                    let check = self.check(
                        At {
                            step,
                            key,
                            place: &capture.span,
                        },
                        what,
                        party,
                        (finding, Vec::new()),
                        Some(frame),
                    );
                    run.checks.push(check);
                    run.stop();
                }
            }
        }
    }
}

fn place_of(pick: &Pick) -> String {
    match pick {
        Pick::Body(path) => format!("body {}", path.text()),
        Pick::Header(name) => format!("headers.{name}"),
        Pick::Query(name) => format!("query.{name}"),
        Pick::Status => "status".to_owned(),
        Pick::Id => "id".to_owned(),
    }
}

fn pick(pick: &Pick, message: &Message) -> Option<Value> {
    match pick {
        Pick::Body(path) => match path.query(message.json()?) {
            Found::One(hit) => hit.cloned(),
            Found::Many(hits) if hits.is_empty() => None,
            Found::Many(hits) => Some(hits.into_iter().map(|hit| hit.value.clone()).collect()),
        },
        Pick::Header(name) => message.header(name).map(Value::from),
        Pick::Query(name) => message.query(name).map(Value::from),
        Pick::Status => message.status.map(Value::from),
        Pick::Id => identity(message).map(Value::from),
    }
}
