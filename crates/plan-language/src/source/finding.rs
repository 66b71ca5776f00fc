//! A complaint about a source file. How it is shown is [`render`](super::render)'s business.

use super::{Span, meant};

/// Whether a finding refuses its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It can never be meant; the document is not used.
    Error,
    /// It is seldom meant; the document is used.
    Warning,
}

/// Something in a source file that a person must repair, or look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Whether it refuses the document.
    pub severity: Severity,
    /// The place it is about.
    pub span: Span,
    /// What is wrong; lower-case, no full stop.
    pub message: String,
    /// How to repair it, where that is known.
    pub hint: Option<String>,
    /// Other places that matter, each with a sentence; often empty.
    pub notes: Vec<(Span, String)>,
}

impl Finding {
    /// Makes an error without hint and notes.
    pub fn new(span: &Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            span: span.clone(),
            message: message.into(),
            hint: None,
            notes: Vec::new(),
        }
    }

    /// Makes a warning without hint and notes.
    pub fn warning(span: &Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::new(span, message)
        }
    }

    /// Tells whether the finding refuses its document.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Adds how to repair it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn with_note(mut self, span: &Span, note: impl Into<String>) -> Self {
        self.notes.push((span.clone(), note.into()));
        self
    }

    /// Adds `did you mean …?` if one of the candidates is close to the word; else leaves the finding as it is.
    #[must_use]
    pub fn suggesting<'a>(self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match meant(word, candidates) {
            Some(candidate) => self.with_hint(format!("did you mean `{candidate}`?")),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_candidate_becomes_the_hint_and_a_far_one_does_not() {
        let finding = Finding::new(&Span::outside("x"), "unknown key `exepct`");
        let near = finding.clone().suggesting("exepct", ["send", "expect"]);
        assert_eq!(near.hint.as_deref(), Some("did you mean `expect`?"));
        assert_eq!(finding.suggesting("exepct", ["send"]).hint, None);
    }
}
