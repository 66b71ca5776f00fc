//! Compares a message with what a plan demands of it.

use http_message::{MediaType, page_text};

use crate::journal::{Body, Message, UnreadBy};
use crate::matching::compared::Compared;
use crate::matching::difference::Difference;
use plan_language::plan::{Expect, Place};
use plan_language::source::Span;
use plan_language::value::{
    Judged, Matcher, Mismatch, Obstacle, ResolvedMatcher, Scope, StatusMatcher, Undecided, Unread,
    Unset, Value, handle,
};

/// Headers that are no lists (RFC 9110): repeated, each value must be as demanded.
const SINGLE: [&str; 6] = [
    "authorization",
    "content-length",
    "content-type",
    "location",
    "retry-after",
    "x-api-key",
];

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
                    unread: false,
                });
            }
        }
        for (name, _, matcher) in &self.headers {
            compared.add(compare_header(matcher, name, message));
        }
        for (name, _, matcher) in &self.query {
            let value = message
                .query(name)
                .map(|text| Value::String(text.to_owned()));
            compared.add(matcher.test_at(&format!("query.{name}"), value.as_ref()));
        }
        if let Some(matcher) = &self.body {
            compared.add(match read_page(message) {
                Some(text) => matcher.test_at("body", Some(&Value::String(text))),
                None => compare_readings(matcher, message, false),
            });
        }
        if let Some(matcher) = &self.form {
            compared.add(compare_readings(matcher, message, true));
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

/// Compares all values of a header with a demand.
///
/// A header that occurs more than once is one list, `one, two`. One of its values may be the demanded one, and none may be
/// a forbidden one; of a header that is no list, each value must be as demanded, because recipients differ in which counts.
fn compare_header(matcher: &ResolvedMatcher, name: &str, message: &Message) -> Judged {
    let at = format!("headers.{name}");
    let test = |text: &str| matcher.test_at(&at, Some(&Value::from(text)));
    let Some(joined) = message.joined_header(name) else {
        return matcher.test_at(&at, None);
    };
    let mut each = message.header_values(name).map(test);
    if SINGLE.contains(&name) {
        return each.find(|judged| !judged.held()).unwrap_or_else(|| {
            let first = message.header_values(name).next();
            test(first.unwrap_or_default())
        });
    }
    let whole = test(&joined);
    if matcher.negates() {
        return each.find(|judged| !judged.held()).unwrap_or(whole);
    }
    if whole.held() {
        return whole;
    }
    each.find(Judged::held).unwrap_or(whole)
}

/// Compares a body with a demand, in both of its readings where a key occurs more than once.
fn compare_readings(matcher: &ResolvedMatcher, message: &Message, as_form: bool) -> Judged {
    let judged = compare_body(matcher, &message.body, as_form);
    let Some(other) = &message.other_reading else {
        return judged;
    };
    let other = Body::Json(other.clone());
    let other = compare_body(matcher, &other, as_form);
    if other.answer() == judged.answer() {
        return judged;
    }
    let why = format!(
        "{}; recipients differ in which of them counts",
        message.notes.join(", ")
    );
    let differing = if judged.held() { other } else { judged };
    let ambiguous = differing.mismatches.into_iter().map(|mismatch| Undecided {
        cause: Obstacle::Value,
        mismatch: Mismatch {
            why: Some(why.clone()),
            ..mismatch
        },
    });
    Judged {
        checked: differing.checked,
        undecided: differing.undecided.into_iter().chain(ambiguous).collect(),
        ..Judged::default()
    }
}

/// Returns the text of a page as a person reads it; `None` for what is no page, or not a whole one.
///
/// A browser shows nothing of a redirect's body: its text is empty.
fn read_page(message: &Message) -> Option<String> {
    let Body::Text {
        text, cut: false, ..
    } = &message.body
    else {
        return None;
    };
    let redirects = message
        .status
        .is_some_and(|status| (300..=399).contains(&status));
    if redirects && message.header("location").is_some() {
        return Some(String::new());
    }
    if !MediaType::read(message.header("content-type")?).is_html() {
        return None;
    }
    let read = page_text(text);
    // A handle comes from masking only: one that appears when entities are resolved is none.
    let masked = handle::find(text).next().is_some();
    Some(if masked {
        read
    } else {
        handle::neutralise(&read).into_owned()
    })
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
        Body::Text { cut: true, .. } => {
            let why = body.kept_in_part().unwrap_or_default();
            unread(Obstacle::Unreadable, &why)
        }
        Body::Binary { bytes, .. } => {
            unread(Obstacle::Value, &format!("{bytes} bytes that are not text"))
        }
        Body::Json(_) | Body::Text { .. } if as_form => matcher.test_at(name, None),
        Body::Json(json) => matcher.test_at(name, Some(&json.open())),
        Body::Text { text, .. } => matcher.test_at(name, Some(&Value::String(text.clone()))),
    }
}
