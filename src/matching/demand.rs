//! Compares a message with what a plan demands of it.

use crate::journal::{Body, Message};
use crate::matching::difference::Difference;
use plan_language::plan::{Expect, Place};
use plan_language::source::Span;
use plan_language::value::{Matcher, ResolvedMatcher, Scope, StatusMatcher, Unset, Value};

/// What a plan demands of a message, with all values filled in.
#[derive(Debug, Default)]
pub struct Demand {
    status: Option<(StatusMatcher, Span)>,
    headers: Vec<(String, Span, ResolvedMatcher)>,
    query: Vec<(String, Span, ResolvedMatcher)>,
    body: Option<ResolvedMatcher>,
    form: Option<ResolvedMatcher>,
}

/// The result of comparing a message with a demand.
#[derive(Debug, Default)]
pub struct Compared {
    /// Number of atomic comparisons; 0 means that nothing was compared.
    pub checked: usize,
    /// Each difference, in the order of the demand; empty when the message is as demanded.
    pub differences: Vec<Difference>,
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
            compared.add(&format!("headers.{name}"), matcher, value.as_ref());
        }
        for (name, _, matcher) in &self.query {
            let value = message
                .query(name)
                .map(|text| Value::String(text.to_owned()));
            compared.add(&format!("query.{name}"), matcher, value.as_ref());
        }
        if let Some(matcher) = &self.body {
            match &message.body {
                Body::Json { json } => compared.add("body", matcher, Some(json)),
                Body::Text { text, .. } => {
                    compared.add("body", matcher, Some(&Value::String(text.clone())));
                }
                Body::Form { .. } => compared.add("body", matcher, form(&message.body).as_ref()),
                Body::Binary { .. } | Body::Unread { .. } | Body::None => {
                    compared.add("body", matcher, None)
                }
            }
        }
        if let Some(matcher) = &self.form {
            compared.add("form", matcher, form(&message.body).as_ref());
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

impl Compared {
    fn add(&mut self, at: &str, matcher: &ResolvedMatcher, seen: Option<&Value>) {
        let judged = matcher.test_at(at, seen);
        self.checked += judged.checked;
        self.differences
            .extend(judged.mismatches.into_iter().map(Difference::from));
    }
}
