//! References to secrets: `env:NAME`, `file:PATH`, and `literal:` for throw-away values.

use std::fmt;

use std::path::{Path, PathBuf};

use crate::secret::Secret;
use crate::tls::BinaryForm;
use plan_language::source::{Finding, Span};

/// A reference to a secret; its debug output does not show the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Reference {
    target: ReferenceTarget,
    /// Its place in the environment.
    pub span: Span,
}

#[derive(Clone, PartialEq, Eq)]
enum ReferenceTarget {
    Variable(String),
    File(String),
    Literal(Secret),
}

/// The location of a secret outside the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretLocation<'a> {
    /// A variable of the process's environment.
    Variable(&'a str),
    /// A file, relative to where the command runs.
    File(&'a Path),
}

/// Why the content of a location cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookError {
    /// It cannot be read; the cause in words.
    #[error("{0}")]
    Unreadable(String),
    /// It is a binary file of certificates or keys, and a credential is text.
    #[error("it is {0}, and not text")]
    Binary(BinaryForm),
    /// It can be read, and is no text.
    #[error("it is not UTF-8")]
    NotText,
}

impl From<String> for LookError {
    fn from(why: String) -> Self {
        Self::Unreadable(why)
    }
}

/// A reference that cannot be resolved.
#[derive(Debug, thiserror::Error)]
#[error("{span}: `{reference}` {why}")]
pub struct Unresolved {
    /// The reference as it is written.
    pub reference: String,
    /// Its place.
    pub span: Span,
    /// The error and its cause.
    pub why: String,
    /// The form of the file, where it could be read and is binary.
    pub binary: Option<BinaryForm>,
    /// What to do about it.
    pub hint: String,
}

impl Unresolved {
    /// Returns it as a finding at the place of the reference.
    pub fn finding(&self) -> Finding {
        let message = format!("`{}` {}", self.reference, self.why);
        Finding::new(&self.span, message).with_hint(&self.hint)
    }
}

impl Reference {
    /// Reads a reference.
    pub fn read(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<Self> {
        let target = match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => ReferenceTarget::Variable(name.to_owned()),
            Some(("file", path)) if !path.is_empty() => ReferenceTarget::File(path.to_owned()),
            Some(("literal", value)) if !value.is_empty() => {
                ReferenceTarget::Literal(Secret::new(value))
            }
            _ => {
                // The finding does not quote the text: it may be the secret.
                findings.push(
                    Finding::new(span, "a credential must be a reference").with_hint(
                        "`env:NAME`, `file:PATH`, or `literal:VALUE` for a throw-away value",
                    ),
                );
                return None;
            }
        };
        Some(Self {
            target,
            span: span.clone(),
        })
    }

    /// Returns the value of a `literal:`, which is for throw-away values only.
    pub fn literal(&self) -> Option<&str> {
        match &self.target {
            ReferenceTarget::Literal(value) => Some(value.expose()),
            ReferenceTarget::Variable(_) | ReferenceTarget::File(_) => None,
        }
    }

    /// Returns the path of its file, relative to where the command runs; `None` for a reference to anything else.
    pub fn path(&self) -> Option<PathBuf> {
        match &self.target {
            ReferenceTarget::File(path) => Some(beside(&self.span.file, path)),
            ReferenceTarget::Variable(_) | ReferenceTarget::Literal(_) => None,
        }
    }

    /// Tells whether it refers to a file.
    pub fn is_file(&self) -> bool {
        matches!(self.target, ReferenceTarget::File(_))
    }

    /// Tells whether the environment contains the value itself.
    pub fn is_literal(&self) -> bool {
        matches!(self.target, ReferenceTarget::Literal(_))
    }

    /// Returns the secret; `look` reads variables and files. A file's path is relative to the folder of the environment.
    ///
    /// # Errors
    /// [`Unresolved`] with the missing variable or file.
    pub fn resolve(
        &self,
        look: &dyn Fn(SecretLocation<'_>) -> Result<Secret, LookError>,
    ) -> Result<Secret, Unresolved> {
        let found = match &self.target {
            ReferenceTarget::Literal(value) => return Ok(value.clone()),
            ReferenceTarget::Variable(name) => look(SecretLocation::Variable(name)),
            ReferenceTarget::File(path) => {
                look(SecretLocation::File(&beside(&self.span.file, path)))
                    .map(|content| Secret::new(content.expose().trim_end()))
            }
        };
        let filled = |value: Secret| {
            if value.expose().is_empty() {
                Err(LookError::Unreadable("it is empty".to_owned()))
            } else {
                Ok(value)
            }
        };
        found.and_then(filled).map_err(|why| Unresolved {
            reference: self.to_string(),
            span: self.span.clone(),
            binary: match why {
                LookError::Binary(form) => Some(form),
                LookError::Unreadable(_) | LookError::NotText => None,
            },
            why: match &self.target {
                ReferenceTarget::File(_) => format!("cannot be read: {why}"),
                _ => format!("is not set: {why}"),
            },
            hint: match &self.target {
                ReferenceTarget::File(_) if !matches!(why, LookError::Unreadable(_)) => {
                    "name a file in UTF-8 with the credential as its content".to_owned()
                }
                ReferenceTarget::Variable(name) => {
                    format!("set the variable {name}, or write `file:PATH`")
                }
                ReferenceTarget::File(path) => {
                    let shown = beside(&self.span.file, path);
                    format!("create {}, and make it readable", shown.display())
                }
                ReferenceTarget::Literal(_) => "write a value after `literal:`".to_owned(),
            },
        })
    }
}

/// Resolves a path in an environment file, which is relative to the folder of that file; never empty.
pub(super) fn beside(file: &str, path: &str) -> PathBuf {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let joined = folder.join(path);
    // An environment that is named without a folder lies in the current one.
    if joined.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        joined
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            ReferenceTarget::Variable(name) => write!(out, "env:{name}"),
            ReferenceTarget::File(path) => write!(out, "file:{path}"),
            ReferenceTarget::Literal(_) => out.write_str("literal:…"),
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

    fn nothing(_: SecretLocation<'_>) -> Result<Secret, LookError> {
        Err("no such thing".to_owned().into())
    }

    #[test]
    fn a_path_beside_a_file_without_a_folder_is_not_empty() {
        assert_eq!(beside("connector.yaml", ""), PathBuf::from("."));
        assert_eq!(
            beside("connector.yaml", "key.txt"),
            PathBuf::from("key.txt")
        );
        assert_eq!(beside("proof/connector.yaml", ""), PathBuf::from("proof/"));
    }

    #[test]
    fn a_reference_is_resolved_from_its_variable_file_or_literal() {
        let look = |looked: SecretLocation<'_>| match looked {
            SecretLocation::Variable("KEY") => Ok(Secret::new("value")),
            SecretLocation::File(path) if path == Path::new("key.txt") => {
                Ok(Secret::new("value\n"))
            }
            _ => Err("no such thing".to_owned().into()),
        };
        for text in ["env:KEY", "file:key.txt", "literal:value"] {
            let secret = read(text).expect(text).resolve(&look).expect(text);
            assert_eq!(secret.expose(), "value", "{text}");
        }
    }

    #[test]
    fn an_unset_reference_is_reported_with_its_name_and_place() {
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
    fn the_path_of_a_file_is_relative_to_the_environment() {
        let span = Span::outside("folder/e.yaml");
        let reference = Reference::read("file:key.txt", &span, &mut Vec::new()).expect("it reads");
        let look = |looked: SecretLocation<'_>| match looked {
            SecretLocation::File(path) if path == Path::new("folder/key.txt") => {
                Ok(Secret::new("value"))
            }
            _ => Err("no such thing".to_owned().into()),
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
