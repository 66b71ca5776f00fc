//! Finds messages that are wrong in two ways at once: refused, they show nothing of either.
//!
//! A message with wrong credentials is followed by the identical one with the right credentials. Where that one differs
//! in something else, too, nobody can tell which of the two was refused.

use crate::participant::Participant;
use crate::plan::model::{Auth, Credentials, Payload, Send, Step, Verb};
use crate::source::Finding;
use crate::value::{Template, Value};

/// Checks the messages of steps that run one after another.
pub(super) fn check_steps(steps: &[Step], findings: &mut Vec<Finding>) {
    for (at, step) in steps.iter().enumerate() {
        match &step.verb {
            Verb::Send(send) if is_wrong(send) => {
                check_wrong(step, send, &steps[at + 1..], findings)
            }
            Verb::Parallel(branches) => branches
                .iter()
                .for_each(|branch| check_steps(branch, findings)),
            _ => {}
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
                .filter(|one| ***one != Credentials::Good)
                .count(),
        ),
    }
}

fn check_wrong(step: &Step, send: &Send, later: &[Step], findings: &mut Vec<Finding>) {
    let rights: Vec<(&Step, &Send)> = later
        .iter()
        .filter_map(|step| match &step.verb {
            Verb::Send(right) => Some((step, &**right)),
            _ => None,
        })
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
                format!("this is wrong in two ways: in its credentials, and in its {part}"),
            )
            .with_note(
                &right.span,
                format!("the right message differs in its {part}, too"),
            )
            .with_hint(
                "let the precondition be identical but for `auth`; an anchor keeps them alike",
            ),
        );
    } else if matches!(send.auth, Auth::None) && rights.is_empty() {
        findings.push(
            Finding::new(
                &step.span,
                "this is wrong in two ways: without a bearer, and without the agreed header or key",
            )
            .with_hint(
                "`auth: { bearer: none }` or `{ key: none }`; or send the identical message with good credentials afterwards, with `precondition: true`",
            ),
        );
    }
}

/// Names the first part in which two messages differ, their credentials left out.
fn difference(one: &Send, other: &Send) -> Option<&'static str> {
    if body(&one.payload) != body(&other.payload) {
        Some("body")
    } else if pairs(&one.query) != pairs(&other.query) {
        Some("query")
    } else if pairs(&one.headers) != pairs(&other.headers) {
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
