//! Captures: takes values from a message and binds them; a value that is missing is a failed check, unless feedproof did
//! not keep the body in which it should be.

use std::sync::Arc;

use crate::journal::{Message, identity};
use crate::judge::Finding;
use crate::matching::Difference;
use crate::runner::binding::{Bound, Frame};
use crate::runner::step::{CurrentStep, Interpreter, JudgedCheck, StepResult};
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::{Capture, Pick, Place};
use plan_language::value::{Found, Value};

impl<W: World> Interpreter<'_, W> {
    /// Binds captures from a message; a capture that finds nothing ends the case.
    pub(super) fn take_captures(
        &self,
        at: CurrentStep<'_>,
        captures: &[Capture],
        (message, title): (Option<&Message>, String),
        frame: &mut Frame<'_>,
        result: &mut StepResult,
        party: Participant,
    ) {
        for capture in captures {
            if let Some(value) = message.and_then(|message| pick(&capture.from, message)) {
                let origin = format!("captured at {} from {title}", capture.span);
                frame.bind(&capture.name, Bound::Value(Arc::new(value)), origin);
                continue;
            }
            let in_part = message.filter(|_| matches!(capture.from, Pick::Body(_) | Pick::Id));
            let finding = match in_part.and_then(|message| message.body.kept_in_part()) {
                Some(why) => Finding::Inconclusive {
                    why: format!("{} could not be captured: {why}", place_of(&capture.from)),
                },
                None => missing(capture),
            };
            let judged = JudgedCheck {
                what: format!("`{}` is captured", capture.name),
                party,
                finding,
                messages: Vec::new(),
            };
            let check = self.check(at.line(&capture.span), judged, Some(frame));
            result.checks.push(check);
            result.stop();
        }
    }
}

/// The finding of a capture that found nothing.
fn missing(capture: &Capture) -> Finding {
    Finding::Broke {
        differences: vec![Difference {
            at: place_of(&capture.from),
            place: Place::from(&capture.span),
            expected: format!("a value to capture as `{}`", capture.name),
            seen: None,
            why: None,
            unread: false,
        }],
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
        Pick::Body(path) => {
            let json = message.json()?;
            match path.query(&json) {
                Found::One(hit) => hit.cloned(),
                Found::Many(hits) if hits.is_empty() => None,
                Found::Many(hits) => Some(hits.into_iter().map(|hit| hit.value.clone()).collect()),
            }
        }
        Pick::Header(name) => message.joined_header(name).map(Value::from),
        Pick::Query(name) => message.query(name).map(Value::from),
        Pick::Status => message.status.map(Value::from),
        Pick::Id => identity(message).map(Value::from),
    }
}
