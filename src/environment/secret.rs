//! References to secrets: `env:NAME`, `file:PATH`, and `literal:` for throw-away values.

use std::fmt;

use crate::plan::Place;
use crate::source::{Finding, Span};

/// Where a secret is to be found; shows itself without it.
#[derive(Clone, PartialEq, Eq)]
pub struct Reference {
    form: Form,
    /// Where the environment mentions it.
    pub place: Place,
}

#[derive(Clone, PartialEq, Eq)]
enum Form {
    Variable(String),
    File(String),
    Literal(String),
}

/// A place outside where a secret may be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked<'a> {
    /// A variable of the process's environment.
    Variable(&'a str),
    /// A file, relative to where the command runs.
    File(&'a str),
}

/// A secret that was not found.
#[derive(Debug, thiserror::Error)]
#[error("{place}: `{reference}` is not set: {why}")]
pub struct Unresolved {
    /// The reference as it is written.
    pub reference: String,
    /// Where it is written.
    pub place: Place,
    /// Why it could not be resolved.
    pub why: String,
}

impl Reference {
    /// Reads a reference.
    pub fn read(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<Self> {
        let form = match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Form::Variable(name.to_owned()),
            Some(("file", path)) if !path.is_empty() => Form::File(path.to_owned()),
            Some(("literal", value)) if !value.is_empty() => Form::Literal(value.to_owned()),
            _ => {
                // The text itself is not told: it may be the secret.
                findings.push(
                    Finding::new(span, "a credential is given as a reference").with_hint(
                        "`env:NAME`, `file:PATH`, or `literal:VALUE` for a throw-away value",
                    ),
                );
                return None;
            }
        };
        Some(Self {
            form,
            place: Place::from(span),
        })
    }

    /// Returns the value of a `literal:`, which is for throw-away values only.
    pub fn literal(&self) -> Option<&str> {
        match &self.form {
            Form::Literal(value) => Some(value),
            Form::Variable(_) | Form::File(_) => None,
        }
    }

    /// Finds the secret; `look` knows variables and files.
    ///
    /// # Errors
    /// [`Unresolved`] with the name of what is not there.
    pub fn resolve(
        &self,
        look: &dyn Fn(Looked<'_>) -> Result<String, String>,
    ) -> Result<String, Unresolved> {
        let found = match &self.form {
            Form::Literal(value) => return Ok(value.clone()),
            Form::Variable(name) => look(Looked::Variable(name)),
            Form::File(path) => look(Looked::File(path)).map(|text| text.trim_end().to_owned()),
        };
        let empty = |value: String| match value.is_empty() {
            true => Err("it is empty".to_owned()),
            false => Ok(value),
        };
        found.and_then(empty).map_err(|why| Unresolved {
            reference: self.to_string(),
            place: self.place.clone(),
            why,
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Variable(name) => write!(out, "env:{name}"),
            Form::File(path) => write!(out, "file:{path}"),
            Form::Literal(_) => out.write_str("literal:…"),
        }
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Reference> {
        Reference::read(text, &Span::outside("test.yaml"), &mut Vec::new())
    }

    fn nothing(_: Looked<'_>) -> Result<String, String> {
        Err("no such thing".to_owned())
    }

    #[test]
    fn a_reference_is_looked_up_where_it_says() {
        let look = |looked: Looked<'_>| match looked {
            Looked::Variable("KEY") => Ok("value".to_owned()),
            Looked::File("key.txt") => Ok("value\n".to_owned()),
            _ => Err("no such thing".to_owned()),
        };
        for text in ["env:KEY", "file:key.txt", "literal:value"] {
            let secret = read(text).expect(text).resolve(&look).expect(text);
            assert_eq!(secret, "value", "{text}");
        }
    }

    #[test]
    fn an_unset_reference_names_itself_and_its_place() {
        let error = read("env:ACME_KEY")
            .expect("it reads")
            .resolve(&nothing)
            .expect_err("unset");
        assert_eq!(
            error.to_string(),
            "test.yaml:1:1: `env:ACME_KEY` is not set: no such thing"
        );
    }

    #[test]
    fn a_bare_secret_is_refused_and_never_shown() {
        let mut findings = Vec::new();
        let read = Reference::read("hunter2", &Span::outside("test.yaml"), &mut findings);
        assert!(read.is_none());
        assert!(!format!("{findings:?}").contains("hunter2"));
        let literal = Reference::read("literal:hunter2", &Span::outside("t"), &mut findings);
        assert!(!format!("{literal:?}").contains("hunter2"));
    }
}
