//! Finds messages that are wrong in two ways at once: a refusal does not show which of the two caused it.
//!
//! A message with wrong credentials is followed by the identical message with the right credentials. If that message
//! differs in another part as well, the refusal may be due to that part.

use super::verb::{Auth, Payload, Send, message};
use crate::participant::Participant;
use crate::plan::verb::Step;
use crate::plan::walk::branches;
use crate::source::Finding;
use crate::value::{Template, Value};

/// Checks the messages of steps that run one after another.
pub(super) fn check_steps(steps: &[Step], findings: &mut Vec<Finding>) {
    for (at, step) in steps.iter().enumerate() {
        if let Some(send) = message(step).filter(|send| is_wrong(send)) {
            check_wrong(step, send, &steps[at + 1..], findings);
        }
        for branch in branches(step) {
            check_steps(branch, findings);
        }
    }
}

/// Tells whether a message to a callback or to the Provider API has wrong credentials.
fn is_wrong(send: &Send) -> bool {
    let judged = match send.by {
        Participant::Service => send.to.callback.is_some(),
        Participant::Provider => {
            send.to.participant == Participant::Service
                && send.path.literal_start().starts_with("/v1/")
        }
        _ => false,
    };
    judged && matches!(count_wrong(&send.auth), Some(1..))
}

/// Counts the credentials that are wrong; `None` for a signature.
fn count_wrong(auth: &Auth) -> Option<usize> {
    match auth {
        Auth::Usual => Some(0),
        // Bearer and header, or bearer and key.
        Auth::None => Some(2),
        Auth::Signature(_) => None,
        Auth::Wrong { bearer, key } => Some(
            [bearer, key]
                .iter()
                .filter(|credential| !credential.are_right())
                .count(),
        ),
    }
}

fn check_wrong(step: &Step, send: &Send, later: &[Step], findings: &mut Vec<Finding>) {
    let rights: Vec<(&Step, &Send)> = later
        .iter()
        .filter_map(|step| Some((step, message(step)?)))
        .filter(|(_, right)| {
            count_wrong(&right.auth) == Some(0)
                && (right.by, right.to) == (send.by, send.to)
                && right.method == send.method
                && right.path.written() == send.path.written()
        })
        .collect();
    if rights
        .iter()
        .any(|(_, right)| difference(send, right).is_none())
    {
        return;
    }
    let precondition = rights.iter().find(|(step, _)| step.precondition);
    if let Some((right, other)) = precondition
        && let Some(part) = difference(send, other)
    {
        findings.push(
            Finding::new(
                &step.span,
                format!("this message is wrong in two ways: in its credentials and in its {part}"),
            )
            .with_note(
                &right.span,
                format!("the message with the right credentials differs in its {part} as well"),
            )
            .with_hint(
                "make the precondition identical except for `auth`; a YAML anchor keeps them alike",
            ),
        );
    } else if matches!(send.auth, Auth::None) && rights.is_empty() {
        findings.push(
            Finding::new(
                &step.span,
                "this message is wrong in two ways: it has no bearer, and no notification header or API key",
            )
            .with_hint(
                "write `auth: { bearer: none }` or `{ key: none }`, or send the identical message with good credentials afterwards, with `precondition: true`",
            ),
        );
    }
}

/// Names the first part in which two messages differ, their credentials left out.
fn difference(first: &Send, second: &Send) -> Option<&'static str> {
    if body(&first.payload) != body(&second.payload) {
        Some("body")
    } else if pairs(&first.query) != pairs(&second.query) {
        Some("query")
    } else if pairs(&first.headers) != pairs(&second.headers) {
        Some("headers")
    } else {
        None
    }
}

fn body(payload: &Payload) -> (bool, Value) {
    match payload {
        Payload::Empty => (false, Value::Null),
        Payload::Json(template) => (false, template.written()),
        Payload::Form(form) => (true, pairs(form)),
    }
}

fn pairs(pairs: &[(String, Template)]) -> Value {
    pairs
        .iter()
        .map(|(name, value)| Value::from(vec![Value::from(name.as_str()), value.written()]))
        .collect()
}
