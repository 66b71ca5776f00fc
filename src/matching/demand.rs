//! Compares a message with what a plan demands of it.

use crate::journal::{Body, Message, UnreadBy};
use crate::matching::compared::Compared;
use crate::matching::difference::Difference;
use plan_language::plan::{Expect, Place};
use plan_language::source::Span;
use plan_language::value::{
    Judged, Matcher, Obstacle, ResolvedMatcher, Scope, StatusMatcher, Unread, Unset, Value,
};

/// What a plan demands of a message, with all values filled in.
#[derive(Debug, Default)]
pub struct Demand {
    status: Option<(StatusMatcher, Span)>,
    headers: Vec<(String, Span, ResolvedMatcher)>,
    query: Vec<(String, Span, ResolvedMatcher)>,
    body: Option<ResolvedMatcher>,
    form: Option<ResolvedMatcher>,
}

impl Demand {
    /// Fills values into an expectation.
    ///
    /// # Errors
    /// [`Unset`] when a value that the expectation refers to is not bound.
    pub fn resolve(expect: &Expect, scope: &dyn Scope) -> Result<Self, Unset> {
        let named = |list: &[(String, Span, Matcher)]| {
            list.iter()
                .map(|(name, span, matcher)| {
                    Ok((name.clone(), span.clone(), matcher.resolve(scope)?))
                })
                .collect::<Result<Vec<_>, Unset>>()
        };
        let mut headers = named(&expect.headers)?;
        for (name, ..) in &mut headers {
            name.make_ascii_lowercase();
        }
        Ok(Self {
            status: expect.status.clone(),
            headers,
            query: named(&expect.query)?,
            body: expect
                .body
                .as_ref()
                .map(|matcher| matcher.resolve(scope))
                .transpose()?,
            form: expect
                .form
                .as_ref()
                .map(|matcher| matcher.resolve(scope))
                .transpose()?,
        })
    }

    /// Compares a message with the demand.
    pub fn test(&self, message: &Message) -> Compared {
        let mut compared = Compared::default();
        if let (Some((status, span)), Some(seen)) = (&self.status, message.status)
            && !status.is_any()
        {
            compared.checked += 1;
            if !status.test(seen) {
                compared.differences.push(Difference {
                    at: "status".to_owned(),
                    place: Place::from(span),
                    expected: status.to_string(),
                    seen: Some(Value::from(seen)),
                    why: None,
                });
            }
        }
        for (name, _, matcher) in &self.headers {
            let value = message
                .header(name)
                .map(|text| Value::String(text.to_owned()));
            compared.add(matcher.test_at(&format!("headers.{name}"), value.as_ref()));
        }
        for (name, _, matcher) in &self.query {
            let value = message
                .query(name)
                .map(|text| Value::String(text.to_owned()));
            compared.add(matcher.test_at(&format!("query.{name}"), value.as_ref()));
        }
        if let Some(matcher) = &self.body {
            compared.add(compare_body(matcher, &message.body, false));
        }
        if let Some(matcher) = &self.form {
            compared.add(compare_body(matcher, &message.body, true));
        }
        compared
    }
}

/// Returns the fields of a form as an object of strings, `None` for a body that is no form.
///
/// Of a field that occurs twice the last value counts.
pub fn form(body: &Body) -> Option<Value> {
    match body {
        Body::Form { form } => Some(Value::Object(
            form.iter()
                .map(|(name, value)| (name.clone(), Value::String(value.clone())))
                .collect(),
        )),
        _ => None,
    }
}

/// Compares a body with a demand; `as_form` reads it as a form only.
fn compare_body(matcher: &ResolvedMatcher, body: &Body, as_form: bool) -> Judged {
    let name = if as_form { "form" } else { "body" };
    let unread = |cause: Obstacle, why: &str| matcher.test_unread(name, &Unread { cause, why });
    match body {
        Body::None => matcher.test_at(name, None),
        Body::Form { .. } => matcher.test_at(name, form(body).as_ref()),
        Body::Unread { why, by, .. } => {
            let cause = match by {
                UnreadBy::Sender => Obstacle::Value,
                UnreadBy::Feedproof => Obstacle::Unreadable,
            };
            unread(cause, why)
        }
        Body::Text {
            bytes, cut: true, ..
        } => {
            let why = format!("of its {bytes} bytes only the beginning was kept");
            unread(Obstacle::Unreadable, &why)
        }
        Body::Binary { bytes, .. } => {
            unread(Obstacle::Value, &format!("{bytes} bytes that are not text"))
        }
        Body::Json { .. } | Body::Text { .. } if as_form => matcher.test_at(name, None),
        Body::Json { json } => matcher.test_at(name, Some(json)),
        Body::Text { text, .. } => matcher.test_at(name, Some(&Value::String(text.clone()))),
    }
}
