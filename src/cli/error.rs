//! The error of a command: message, hint and exit code.

use std::fmt;

use crate::exit_code::ExitCode;
use crate::vault::Vault;

/// An error that ends a command, with a hint and its exit code.
#[derive(Debug)]
pub struct CliError {
    /// The fact; lower case, without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The exit code.
    pub code: ExitCode,
}

impl CliError {
    /// Creates the error of an argument or a document that cannot be used.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            hint: None,
            code: ExitCode::Usage,
        }
    }

    /// Creates the error of a run that says nothing about its subject.
    pub fn inconclusive(message: impl fmt::Display) -> Self {
        Self {
            code: ExitCode::Inconclusive,
            ..Self::usage(message)
        }
    }

    /// Creates the error of a command that selects no case.
    pub fn not_tested(message: impl fmt::Display) -> Self {
        Self {
            code: ExitCode::NotTested,
            ..Self::usage(message)
        }
    }

    /// Creates the error of output that contained a secret.
    pub fn leak(message: impl fmt::Display) -> Self {
        Self {
            code: ExitCode::Secret,
            ..Self::usage(message)
        }
    }

    /// Masks the secrets of a vault in its texts.
    #[must_use]
    pub fn masked(self, vault: &Vault) -> Self {
        Self {
            message: vault.hide(&self.message).into_owned(),
            hint: self.hint.map(|hint| vault.hide(&hint).into_owned()),
            ..self
        }
    }

    /// Adds a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Findings come rendered, with their own `error:`.
        if self.message.starts_with("error: ") {
            out.write_str(&self.message)?;
        } else {
            write!(out, "error: {}", self.message)?;
        }
        match &self.hint {
            Some(hint) => write!(out, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
