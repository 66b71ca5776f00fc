//! What the world is asked to do, with all values filled in: messages, visits, stubbed replies.
//!
//! Secrets stay handles here; the world fills them in and signs while sending.

use crate::browser::Choice;
use crate::runner::binding::Frame;
use crate::runner::world::{Draft, DraftAuth, DraftBody, Journey};
use crate::tap::Reaction;
use plan_language::participant::Participant;
use plan_language::plan::{
    Auth, Browse, Credentials, Deed, Payload, Reply, Send, SigningKey, Start,
};
use plan_language::value::{Template, Unset, Value};

/// Renders a value that becomes text in a header, a query or a form.
fn text(template: &Template, frame: &Frame<'_>) -> Result<String, Unset> {
    Ok(match template.render(frame)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

fn texts(list: &[(String, Template)], frame: &Frame<'_>) -> Result<Vec<(String, String)>, Unset> {
    list.iter()
        .map(|(name, value)| Ok((name.clone(), text(value, frame)?)))
        .collect()
}

/// Fills in a message, with the credentials that its sender has by rights or is to get wrong.
pub(super) fn draft(send: &Send, frame: &Frame<'_>) -> Result<Draft, Unset> {
    let mut headers = texts(&send.headers, frame)?;
    let body = match &send.payload {
        Payload::Empty => DraftBody::Empty,
        Payload::Json(template) => DraftBody::Json(template.render(frame)?),
        Payload::Form(form) => DraftBody::Form(texts(form, frame)?),
    };
    let has = |headers: &[(String, String)], name: &str| headers.iter().any(|(one, _)| one == name);
    if !has(&headers, "content-type") {
        match body {
            DraftBody::Json(_) => headers.push(("content-type".into(), "application/json".into())),
            DraftBody::Form(_) => {
                headers.push((
                    "content-type".into(),
                    "application/x-www-form-urlencoded".into(),
                ));
            }
            DraftBody::Empty => {}
        }
    }
    let (bearer, key) = match &send.auth {
        Auth::Wrong { bearer, key } => (*bearer, *key),
        Auth::None => (Credentials::Missing, Credentials::Missing),
        Auth::Usual | Auth::Signature(_) => (Credentials::Good, Credentials::Good),
    };
    let mut auth = DraftAuth::Headers;
    match (&send.auth, send.by) {
        (Auth::Signature(SigningKey::Application), _) => auth = DraftAuth::Signature(None),
        (Auth::Signature(SigningKey::Captured(template)), _) => {
            auth = DraftAuth::Signature(Some(text(template, frame)?));
        }
        (Auth::None, _) => {}
        (_, Participant::Service) => auth = DraftAuth::Notification { bearer, key },
        (_, by @ (Participant::Product | Participant::Provider)) => {
            let name = match by {
                Participant::Product => "token",
                _ => "provider_token",
            };
            if bearer != Credentials::Missing && !has(&headers, "authorization") {
                headers.push((
                    "authorization".into(),
                    format!("Bearer {}", named(name, frame)?),
                ));
            }
            if by == Participant::Provider && !has(&headers, "x-api-key") {
                match key {
                    Credentials::Missing => {}
                    Credentials::Wrong => headers.push(("x-api-key".into(), "not-the-key".into())),
                    _ => headers.push(("x-api-key".into(), named("credentials.api_key", frame)?)),
                }
            }
            if bearer == Credentials::BadSignature {
                auth = DraftAuth::Spoilt;
            }
        }
        (_, Participant::Browser | Participant::Sageid) => {}
    }
    Ok(Draft {
        by: send.by,
        to: send.to,
        method: send.method.clone(),
        path: send.path.render(frame)?,
        query: texts(&send.query, frame)?,
        headers,
        body,
        auth,
    })
}

/// Returns the text that a name of the case stands for.
fn named(name: &str, frame: &Frame<'_>) -> Result<String, Unset> {
    let span = plan_language::source::Span::outside("the sender's credentials");
    text(
        &Template::text(&format!("${{{name}}}"), &span, &mut Vec::new()),
        frame,
    )
}

/// Fills in a visit.
pub(super) fn journey(browse: &Browse, frame: &Frame<'_>) -> Result<Journey, Unset> {
    let start = match &browse.start {
        Start::At(address) => Err(*address),
        Start::Url(url) => Ok(url.render(frame)?),
    };
    let choose = browse
        .choose
        .as_ref()
        .map(|one| one.render(frame))
        .transpose()?
        .map(|value| {
            match value.as_u64().and_then(|index| usize::try_from(index).ok()) {
                Some(index) => Choice::Index(index),
                // What is no index is sought as text, and a text that is not offered is told.
                None => Choice::Text(
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                ),
            }
        });
    Ok(Journey {
        start,
        query: texts(&browse.query, frame)?,
        login: browse
            .login
            .as_ref()
            .map(|one| one.render(frame))
            .transpose()?,
        decision: match &browse.decision {
            Some(template) => text(template, frame)?,
            None => "allow".to_owned(),
        },
        choose,
    })
}

/// Fills in an stubbed reply.
pub(super) fn reaction(reply: &Reply, frame: &Frame<'_>) -> Result<Reaction, Unset> {
    let Reply::Canned(scripted) = reply else {
        return Ok(Reaction {
            pass: true,
            ..Reaction::default()
        });
    };
    let mut reaction = Reaction {
        delay: scripted.delay,
        after_processing: scripted.after_processing,
        ..Reaction::default()
    };
    match &scripted.deed {
        Deed::Reset => reaction.reset = true,
        Deed::TimeOut => reaction.time_out = true,
        Deed::Respond {
            status,
            headers,
            body,
        } => {
            reaction.status = *status;
            // Names are compared and recorded in lower case.
            reaction.headers = texts(headers, frame)?
                .into_iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect();
            if let Some(body) = body {
                let value = body.render(frame)?;
                reaction
                    .headers
                    .push(("content-type".into(), "application/json".into()));
                reaction.body = Some(value.to_string().into_bytes());
            }
            // A delay alone holds the participant's own answer back.
            if status.is_none() {
                reaction.after_processing = true;
            }
        }
    }
    Ok(reaction)
}
