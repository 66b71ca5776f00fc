//! Demands on a message, with all values filled in, and the messages that a query means.

use std::borrow::Cow;

use crate::journal::{Body, Message};
use crate::judge::check::Difference;
use plan_language::participant::Address;
use plan_language::plan::{Expect, Place, Query};
use plan_language::source::Span;
use plan_language::value::{PathTemplate, ResolvedMatcher, Scope, StatusMatcher, Unset, Value};

/// What a message must be like, values filled in.
#[derive(Debug, Default)]
pub struct Demand {
    status: Option<(StatusMatcher, Span)>,
    headers: Vec<(String, Span, ResolvedMatcher)>,
    query: Vec<(String, Span, ResolvedMatcher)>,
    body: Option<ResolvedMatcher>,
    form: Option<ResolvedMatcher>,
}

/// What the comparison of a message with a demand gave.
#[derive(Debug, Default)]
pub struct Compared {
    /// Number of atomic comparisons.
    pub checked: usize,
    /// Each difference.
    pub differences: Vec<Difference>,
}

impl Demand {
    /// Fills values into an expectation.
    ///
    /// # Errors
    /// [`Unset`] when a value is not there.
    pub fn resolve(expect: &Expect, scope: &dyn Scope) -> Result<Self, Unset> {
        let named = |list: &[(String, Span, plan_language::value::Matcher)]| {
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
                .map(|one| one.resolve(scope))
                .transpose()?,
            form: expect
                .form
                .as_ref()
                .map(|one| one.resolve(scope))
                .transpose()?,
        })
    }

    /// Compares a message.
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
                Body::Binary { .. } | Body::None => compared.add("body", matcher, None),
            }
        }
        if let Some(matcher) = &self.form {
            compared.add("form", matcher, form(&message.body).as_ref());
        }
        compared
    }
}

/// Returns a form as a map; of a name that stands there twice the last value counts.
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

/// Which messages are meant, values filled in.
#[derive(Debug)]
pub struct Selector {
    /// Method, upper case.
    pub method: String,
    /// Path below the participant's base; any if absent.
    pub path: Option<String>,
    /// Where it arrives.
    pub at: Address,
    /// What else selects it.
    pub select: Demand,
}

impl Selector {
    /// Fills values into a query.
    ///
    /// # Errors
    /// [`Unset`] when a value is not there.
    pub fn resolve(query: &Query, scope: &dyn Scope) -> Result<Self, Unset> {
        Ok(Self {
            method: query.method.clone(),
            path: query
                .path
                .as_ref()
                .map(|one: &PathTemplate| one.render(scope))
                .transpose()?,
            at: query.at,
            select: Demand::resolve(&query.select, scope)?,
        })
    }

    /// Tells whether a request is one of the right kind: its address, method and path.
    pub fn concerns(&self, to: Address, message: &Message) -> bool {
        self.at.covers(to)
            && message.method.as_deref() == Some(&self.method)
            && self
                .path
                .as_deref()
                .is_none_or(|path| same_path(path, &message.path))
    }

    /// Tells whether a request is meant.
    pub fn selects(&self, to: Address, message: &Message) -> bool {
        self.concerns(to, message) && self.select.test(message).differences.is_empty()
    }

    /// Says in a few words what is meant.
    pub fn title(&self) -> String {
        match &self.path {
            Some(path) => format!("{} {path} at {}", self.method, self.at),
            None => format!("{} at {}", self.method, self.at),
        }
    }
}

/// Compares two paths: percent-encoding and a slash at the end make no difference.
///
/// An encoded slash separates nothing, so segments are compared one by one.
fn same_path(wanted: &str, seen: &str) -> bool {
    if wanted == seen {
        return true;
    }
    fn plain(path: &str) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let segments = path.trim_end_matches('/').split('/');
        segments.map(|segment| percent_encoding::percent_decode_str(segment).into())
    }
    plain(wanted).eq(plain(seen))
}
