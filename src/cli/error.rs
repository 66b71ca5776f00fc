//! What stops a command, written for the person who must act.

use std::fmt;

use crate::exit_code::ExitCode;
use crate::vault::Vault;

/// A complaint with a hint and the exit code that goes with it.
#[derive(Debug)]
pub struct CliError {
    /// What is wrong; lower case, without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The exit code.
    pub code: ExitCode,
}

impl CliError {
    /// Bad usage, or a document that cannot be used.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            hint: None,
            code: ExitCode::Usage,
        }
    }

    /// Nothing can be said about the subject.
    pub fn inconclusive(message: impl fmt::Display) -> Self {
        Self {
            code: ExitCode::Inconclusive,
            ..Self::usage(message)
        }
    }

    /// No case was selected.
    pub fn not_tested(message: impl fmt::Display) -> Self {
        Self {
            code: ExitCode::NotTested,
            ..Self::usage(message)
        }
    }

    /// A secret would have leaked.
    pub fn leak(message: impl fmt::Display) -> Self {
        Self {
            code: ExitCode::Secret,
            ..Self::usage(message)
        }
    }

    /// Masks what a vault knows in it.
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
