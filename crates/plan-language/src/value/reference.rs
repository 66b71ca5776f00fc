//! References such as `${account.id}`: what they name and how they find their value.
//!
//! Finding them in a text is [`parts`](super::parts)'s business; what to do with the value (keep its type, join it into
//! text, encode it) is the template's.

use crate::source::{Span, nearest};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::kind::kind_name;

/// What `${name.path[0].x}` names.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The name that the scope knows.
    pub name: String,
    /// The way from there into the value; may be empty.
    pub path: Vec<Segment>,
    /// Where the reference stands, of a string over several lines where the string begins.
    pub span: Span,
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The value under a key of an object, `.key`.
    Key(String),
    /// An element of an array counted from 0, `[0]`.
    Index(usize),
}

/// Knows the values that references name.
pub trait Scope {
    /// Returns the value of a name, or `None` if the name is not bound.
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>>;
}

impl Scope for serde_json::Map<String, Value> {
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }
}

impl Scope for BTreeMap<String, Value> {
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }
}

/// A reference that cannot be used where it stands, with the reason.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("`{reference}` cannot be used: {why}")]
pub struct Unset {
    /// The reference in question.
    pub reference: Box<Reference>,
    /// Why it cannot be used.
    pub why: Reason,
}

/// Why a reference cannot be used. Messages name keys and kinds, never values.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Reason {
    /// The scope does not know the name.
    #[error("nothing is bound to `{0}`")]
    Unbound(String),
    /// An object on the way lacks the key.
    #[error("`{at}` has no key `{key}`{}", did_you_mean(.near))]
    NoKey {
        /// The reference up to the object.
        at: String,
        /// The key it lacks.
        key: String,
        /// A key of the object that is close to it.
        near: Option<String>,
    },
    /// An array on the way is too short.
    #[error("`{at}` has {len} elements, so there is none at [{index}]")]
    NoElement {
        /// The reference up to the array.
        at: String,
        /// The index asked for, from 0.
        index: usize,
        /// How many elements there are.
        len: usize,
    },
    /// The way goes into a value that has no such inside.
    #[error("`{at}` is {found}, not {needed}")]
    NoInside {
        /// The reference up to that value.
        at: String,
        /// What the value is.
        found: &'static str,
        /// What the way needs it to be.
        needed: &'static str,
    },
    /// The value is not of a kind that can stand here.
    #[error("it is {found}; expected {needed}")]
    WrongKind {
        /// What the value is.
        found: &'static str,
        /// What is needed.
        needed: &'static str,
    },
    /// The value is an empty string within the path of an address.
    #[error("it is an empty string, which would shorten the path")]
    EmptyInPath,
    /// The value is `.` or `..` within the path of an address.
    #[error("it is a dot segment, which would change the path")]
    DotsInPath,
    /// A ledger does not know the account.
    #[error("the ledger has no account `{account}`; its accounts are {known}")]
    NotInLedger {
        /// The account asked for.
        account: String,
        /// Those it knows.
        known: String,
    },
    /// The value makes a pattern that cannot be compiled.
    #[error("the pattern with its value in it cannot be used: {0}")]
    Pattern(String),
}

fn did_you_mean(near: &Option<String>) -> String {
    near.as_ref()
        .map(|near| format!(" (did you mean `{near}`?)"))
        .unwrap_or_default()
}

impl Reference {
    /// Reads the inside of `${…}`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as a message.
    pub(super) fn parse(inside: &str, span: Span) -> Result<Self, String> {
        let name_end = inside.find(|c| !is_name_char(c)).unwrap_or(inside.len());
        let (name, mut rest) = inside.split_at(name_end);
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(
                "a reference begins with a name of letters, digits, `_` and `-`".to_owned(),
            );
        }
        let mut path = Vec::new();
        while !rest.is_empty() {
            let (segment, after) = parse_segment(rest)
                .ok_or_else(|| format!("`{rest}` is neither `.key` nor `[0]`"))?;
            path.push(segment);
            rest = after;
        }
        Ok(Self {
            name: name.to_owned(),
            path,
            span,
        })
    }

    /// Finds the value.
    ///
    /// # Errors
    ///
    /// If the name is not bound or the path leads nowhere.
    pub fn resolve<'s>(&self, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, Unset> {
        let value = scope
            .lookup(&self.name)
            .ok_or_else(|| self.unset(Reason::Unbound(self.name.clone())))?;
        match value {
            Cow::Borrowed(value) => self.walk(value).map(Cow::Borrowed),
            Cow::Owned(value) if self.path.is_empty() => Ok(Cow::Owned(value)),
            Cow::Owned(value) => self.walk(&value).map(|value| Cow::Owned(value.clone())),
        }
    }

    /// Makes the error about this reference.
    pub fn unset(&self, why: Reason) -> Unset {
        Unset {
            reference: Box::new(self.clone()),
            why,
        }
    }

    fn walk<'v>(&self, value: &'v Value) -> Result<&'v Value, Unset> {
        let mut value = value;
        for (depth, segment) in self.path.iter().enumerate() {
            value = step(value, segment)
                .map_err(|why| self.unset(why.into_reason(self.up_to(depth))))?;
        }
        Ok(value)
    }

    /// Writes the reference without its last segments, for messages.
    fn up_to(&self, depth: usize) -> String {
        let mut out = self.name.clone();
        for segment in &self.path[..depth] {
            out.push_str(&segment.to_string());
        }
        out
    }
}

/// Why a single step failed; the place is added by the caller.
enum Stuck {
    Key(String, Option<String>),
    Element(usize, usize),
    Inside(&'static str, &'static str),
}

impl Stuck {
    fn into_reason(self, at: String) -> Reason {
        match self {
            Self::Key(key, near) => Reason::NoKey { at, key, near },
            Self::Element(index, len) => Reason::NoElement { at, index, len },
            Self::Inside(found, needed) => Reason::NoInside { at, found, needed },
        }
    }
}

fn step<'v>(value: &'v Value, segment: &Segment) -> Result<&'v Value, Stuck> {
    match (segment, value) {
        (Segment::Key(key), Value::Object(entries)) => entries.get(key).ok_or_else(|| {
            let near = nearest(key, entries.keys().map(String::as_str)).map(str::to_owned);
            Stuck::Key(key.clone(), near)
        }),
        (Segment::Index(index), Value::Array(items)) => {
            items.get(*index).ok_or(Stuck::Element(*index, items.len()))
        }
        (Segment::Key(_), other) => Err(Stuck::Inside(kind_name(other), "an object")),
        (Segment::Index(_), other) => Err(Stuck::Inside(kind_name(other), "an array")),
    }
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn parse_segment(text: &str) -> Option<(Segment, &str)> {
    if let Some(key) = text.strip_prefix('.') {
        let end = key.find(|c| !is_name_char(c)).unwrap_or(key.len());
        let (key, after) = key.split_at(end);
        return (!key.is_empty()).then(|| (Segment::Key(key.to_owned()), after));
    }
    let (index, after) = text.strip_prefix('[')?.split_once(']')?;
    let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
    let index = digits.then(|| index.parse().ok()).flatten()?;
    Some((Segment::Index(index), after))
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, ".{key}"),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${{{}}}", self.up_to(self.path.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn resolve(text: &str) -> Result<Value, String> {
        let scope = json!({ "a": { "list": [1, { "id": null }] }, "t": "x" });
        let reference = Reference::parse(text, Span::outside("x")).unwrap();
        reference
            .resolve(scope.as_object().unwrap())
            .map(Cow::into_owned)
            .map_err(|unset| unset.to_string())
    }

    #[test]
    fn resolves_names_keys_and_elements() {
        assert_eq!(resolve("t"), Ok(json!("x")));
        assert_eq!(resolve("a.list[0]"), Ok(json!(1)));
        assert_eq!(resolve("a.list[1].id"), Ok(json!(null)));
    }

    #[test]
    fn says_where_a_path_ends() {
        let check = |text: &str, why: &str| {
            assert_eq!(
                resolve(text),
                Err(format!("`${{{text}}}` cannot be used: {why}"))
            );
        };
        check("b", "nothing is bound to `b`");
        check("a.lists", "`a` has no key `lists` (did you mean `list`?)");
        check(
            "a.list[2]",
            "`a.list` has 2 elements, so there is none at [2]",
        );
        check("a.list[1].id.x", "`a.list[1].id` is null, not an object");
        check("t[0]", "`t` is a string, not an array");
        check("a.list.x", "`a.list` is an array, not an object");
    }
}
