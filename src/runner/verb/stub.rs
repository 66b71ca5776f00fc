//! The verb `stub`: canned replies at a participant.

use crate::matching::Selector;
use crate::runner::binding::Frame;
use crate::runner::draft::texts;
use crate::runner::step::{CurrentStep, Interpreter, StepResult, Stop};
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::World;
use crate::tap::Reaction;
use plan_language::plan::{CannedReply, Reply, ReplyAction, Stub};
use plan_language::value::{Template, Unset};

impl<W: World> Perform<W> for Stub {
    fn describe(&self) -> String {
        format!("the stub at {}", self.query.at)
    }

    fn beginning(&self) -> Beginning {
        Beginning::Acts
    }

    fn perform<'p>(
        &'p self,
        interpreter: &'p Interpreter<'_, W>,
        at: CurrentStep<'p>,
        frame: &'p mut Frame<'_>,
    ) -> Performing<'p> {
        Box::pin(async move { register(interpreter, at, self, frame) })
    }
}

fn register<W: World>(
    interpreter: &Interpreter<'_, W>,
    at: CurrentStep<'_>,
    stub: &Stub,
    frame: &Frame<'_>,
) -> Result<StepResult, Stop> {
    let selector = Selector::resolve(&stub.query, frame)?;
    let replies = stub
        .with
        .iter()
        .map(|reply| reaction(reply, frame))
        .collect::<Result<Vec<_>, Unset>>()?;
    let registered = interpreter
        .world
        .stub(at.key, selector, replies, stub.repeat);
    registered.ok_or_else(Stop::not_observed)?;
    Ok(StepResult::empty())
}

/// Fills values into a reply.
fn reaction(reply: &Reply, frame: &Frame<'_>) -> Result<Reaction, Unset> {
    match reply {
        Reply::Pass => Ok(Reaction {
            pass: true,
            ..Reaction::default()
        }),
        Reply::Canned(canned) => canned_reaction(canned, frame),
    }
}

fn canned_reaction(canned: &CannedReply, frame: &Frame<'_>) -> Result<Reaction, Unset> {
    let mut reaction = Reaction {
        delay: canned.delay,
        retry_at: canned.retry_at,
        after_processing: canned.after_processing,
        ..Reaction::default()
    };
    match &canned.action {
        ReplyAction::Reset => reaction.reset = true,
        ReplyAction::TimeOut => reaction.time_out = true,
        ReplyAction::Respond {
            status,
            headers,
            body,
        } => {
            reaction.status = *status;
            reaction.headers = lower_case(headers, frame)?;
            if let Some(body) = body {
                let value = body.render(frame)?;
                let json = ("content-type".into(), "application/json".into());
                reaction.headers.push(json);
                reaction.body = Some(value.to_string().into_bytes());
            }
            // Without a status the participant's own response is delayed.
            if status.is_none() {
                reaction.after_processing = true;
            }
        }
    }
    Ok(reaction)
}

/// Renders headers; their names are compared and recorded in lower case.
fn lower_case(
    headers: &[(String, Template)],
    frame: &Frame<'_>,
) -> Result<Vec<(String, String)>, Unset> {
    let headers = texts(headers, frame)?.into_iter();
    Ok(headers
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect())
}
