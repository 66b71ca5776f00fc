//! Messages to be sent, with all values filled in and with the credentials of their sender.
//!
//! Secrets stay handles here; the live world fills them in and signs while sending.

use crate::runner::binding::Frame;
use crate::runner::world::{Draft, DraftAuth, DraftBody};
use plan_language::participant::Participant;
use plan_language::plan::{Auth, Credentials, Payload, Send, SigningKey};
use plan_language::source::Span;
use plan_language::value::{Template, Unset, Value};

/// Renders a value that becomes text in a header, a query or a form.
pub(super) fn text(template: &Template, frame: &Frame<'_>) -> Result<String, Unset> {
    Ok(match template.render(frame)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

/// Renders the values of name and value pairs.
pub(super) fn texts(
    pairs: &[(String, Template)],
    frame: &Frame<'_>,
) -> Result<Vec<(String, String)>, Unset> {
    let rendered = |(name, value): &(String, Template)| Ok((name.clone(), text(value, frame)?));
    pairs.iter().map(rendered).collect()
}

/// Fills values into a message and adds its sender's credentials, wrong ones where the plan says so.
pub(super) fn draft(send: &Send, frame: &Frame<'_>) -> Result<Draft, Unset> {
    let mut headers = Headers(texts(&send.headers, frame)?);
    let body = match &send.payload {
        Payload::Empty => DraftBody::Empty,
        Payload::Json(template) => DraftBody::Json(template.render(frame)?),
        Payload::Form(form) => DraftBody::Form(texts(form, frame)?),
    };
    match &body {
        DraftBody::Json(_) => headers.add_missing("content-type", "application/json"),
        DraftBody::Form(_) => {
            headers.add_missing("content-type", "application/x-www-form-urlencoded");
        }
        DraftBody::Empty => {}
    }
    let auth = authenticate(send, &mut headers, frame)?;
    Ok(Draft {
        by: send.by,
        to: send.to,
        method: send.method.clone(),
        path: send.path.render(frame)?,
        query: texts(&send.query, frame)?,
        headers: headers.0,
        body,
        auth,
    })
}

/// The headers of a message; names in lower case.
struct Headers(Vec<(String, String)>);

impl Headers {
    fn contains(&self, wanted: &str) -> bool {
        self.0.iter().any(|(name, _)| name == wanted)
    }

    fn add(&mut self, name: &str, value: String) {
        self.0.push((name.to_owned(), value));
    }

    /// Adds a header that the plan does not set itself.
    fn add_missing(&mut self, name: &str, value: &str) {
        if !self.contains(name) {
            self.add(name, value.to_owned());
        }
    }
}

/// Adds the credentials that go into headers, and returns those that the world adds while sending.
fn authenticate(send: &Send, headers: &mut Headers, frame: &Frame<'_>) -> Result<DraftAuth, Unset> {
    let (bearer, key) = match &send.auth {
        Auth::None => return Ok(DraftAuth::Headers),
        Auth::Signature(SigningKey::Application) => return Ok(DraftAuth::Signature(None)),
        Auth::Signature(SigningKey::Captured(template)) => {
            return Ok(DraftAuth::Signature(Some(text(template, frame)?)));
        }
        Auth::Usual => (Credentials::Good, Credentials::Good),
        Auth::Wrong { bearer, key } => (*bearer, *key),
    };
    match send.by {
        Participant::Service => return Ok(DraftAuth::Notification { bearer, key }),
        Participant::Product => add_bearer(bearer, "token", headers, frame)?,
        Participant::Provider => {
            add_bearer(bearer, "provider_token", headers, frame)?;
            add_api_key(key, headers, frame)?;
        }
        Participant::Browser | Participant::Sageid => return Ok(DraftAuth::Headers),
    }
    Ok(if bearer == Credentials::BadSignature {
        DraftAuth::BadSignature
    } else {
        DraftAuth::Headers
    })
}

/// Adds the bearer token that a name of the case stands for.
fn add_bearer(
    bearer: Credentials,
    name: &str,
    headers: &mut Headers,
    frame: &Frame<'_>,
) -> Result<(), Unset> {
    if bearer != Credentials::Missing && !headers.contains("authorization") {
        let token = named(name, frame)?;
        headers.add("authorization", format!("Bearer {token}"));
    }
    Ok(())
}

/// Adds the API key of the provider, or another value.
fn add_api_key(key: Credentials, headers: &mut Headers, frame: &Frame<'_>) -> Result<(), Unset> {
    if key == Credentials::Missing || headers.contains("x-api-key") {
        return Ok(());
    }
    let value = if key == Credentials::Wrong {
        "not-the-key".to_owned()
    } else {
        named("credentials.api_key", frame)?
    };
    headers.add("x-api-key", value);
    Ok(())
}

/// Returns the text that a name of the case stands for.
fn named(name: &str, frame: &Frame<'_>) -> Result<String, Unset> {
    let span = Span::outside("the sender's credentials");
    let template = Template::text(&format!("${{{name}}}"), &span, &mut Vec::new());
    text(&template, frame)
}
