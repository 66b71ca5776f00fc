//! References to secrets: `env:NAME`, `file:PATH`, and `literal:` for throw-away values.

use std::fmt;

use std::path::{Path, PathBuf};

use crate::secret::Secret;
use plan_language::source::{Finding, Span};

/// Where a secret is to be found; shows itself without it.
#[derive(Clone, PartialEq, Eq)]
pub struct Reference {
    form: Form,
    /// Where the environment mentions it.
    pub span: Span,
}

#[derive(Clone, PartialEq, Eq)]
enum Form {
    Variable(String),
    File(String),
    Literal(Secret),
}

/// A place outside where a secret may be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked<'a> {
    /// A variable of the process's environment.
    Variable(&'a str),
    /// A file, relative to where the command runs.
    File(&'a Path),
}

/// A secret that was not found.
#[derive(Debug, thiserror::Error)]
#[error("{span}: `{reference}` {why}")]
pub struct Unresolved {
    /// The reference as it is written.
    pub reference: String,
    /// Where it is written.
    pub span: Span,
    /// What is wrong with it, and why.
    pub why: String,
    /// What to do about it.
    pub hint: String,
}

impl Unresolved {
    /// Turns it into a finding that points at the reference.
    pub fn finding(&self) -> Finding {
        let message = format!("`{}` {}", self.reference, self.why);
        Finding::new(&self.span, message).with_hint(&self.hint)
    }
}

impl Reference {
    /// Reads a reference.
    pub fn read(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<Self> {
        let form = match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Form::Variable(name.to_owned()),
            Some(("file", path)) if !path.is_empty() => Form::File(path.to_owned()),
            Some(("literal", value)) if !value.is_empty() => Form::Literal(Secret::new(value)),
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
            span: span.clone(),
        })
    }

    /// Returns the value of a `literal:`, which is for throw-away values only.
    pub fn literal(&self) -> Option<&str> {
        match &self.form {
            Form::Literal(value) => Some(value.expose()),
            Form::Variable(_) | Form::File(_) => None,
        }
    }

    /// Tells whether it leads to a file.
    pub fn is_file(&self) -> bool {
        matches!(self.form, Form::File(_))
    }

    /// Tells whether the value itself stands in the environment.
    pub fn is_literal(&self) -> bool {
        matches!(self.form, Form::Literal(_))
    }

    /// Finds the secret; `look` knows variables and files. A file's path is relative to the environment's.
    ///
    /// # Errors
    /// [`Unresolved`] with the name of what is not there.
    pub fn resolve(
        &self,
        look: &dyn Fn(Looked<'_>) -> Result<Secret, String>,
    ) -> Result<Secret, Unresolved> {
        let found = match &self.form {
            Form::Literal(value) => return Ok(value.clone()),
            Form::Variable(name) => look(Looked::Variable(name)),
            Form::File(path) => look(Looked::File(&beside(&self.span.file, path)))
                .map(|content| Secret::new(content.expose().trim_end())),
        };
        let filled = |value: Secret| {
            if value.expose().is_empty() {
                Err("it is empty".to_owned())
            } else {
                Ok(value)
            }
        };
        found.and_then(filled).map_err(|why| Unresolved {
            reference: self.to_string(),
            span: self.span.clone(),
            why: match &self.form {
                Form::File(_) => format!("cannot be read: {why}"),
                _ => format!("is not set: {why}"),
            },
            hint: match &self.form {
                Form::Variable(name) => format!("set the variable {name}, or write `file:PATH`"),
                Form::File(path) => {
                    let shown = beside(&self.span.file, path);
                    format!("{} must hold it and be readable", shown.display())
                }
                Form::Literal(_) => "a literal stands for itself".to_owned(),
            },
        })
    }
}

/// Returns where a path leads that an environment file mentions: it is relative to the folder of that file.
pub(super) fn beside(file: &str, path: &str) -> PathBuf {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    folder.join(path)
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

    fn nothing(_: Looked<'_>) -> Result<Secret, String> {
        Err("no such thing".to_owned())
    }

    #[test]
    fn a_reference_is_looked_up_where_it_says() {
        let look = |looked: Looked<'_>| match looked {
            Looked::Variable("KEY") => Ok(Secret::new("value")),
            Looked::File(path) if path == Path::new("key.txt") => Ok(Secret::new("value\n")),
            _ => Err("no such thing".to_owned()),
        };
        for text in ["env:KEY", "file:key.txt", "literal:value"] {
            let secret = read(text).expect(text).resolve(&look).expect(text);
            assert_eq!(secret.expose(), "value", "{text}");
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
    fn a_file_is_looked_for_beside_the_environment() {
        let span = Span::outside("folder/e.yaml");
        let reference = Reference::read("file:key.txt", &span, &mut Vec::new()).expect("it reads");
        let look = |looked: Looked<'_>| match looked {
            Looked::File(path) if path == Path::new("folder/key.txt") => Ok(Secret::new("value")),
            _ => Err("no such thing".to_owned()),
        };
        let secret = reference.resolve(&look).expect("it is there");
        assert_eq!(secret.expose(), "value");
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
