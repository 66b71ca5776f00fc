//! Fields of comma-separated text (RFC 4180) with their spans; other characters may separate them, too. Knows nothing of ledgers.
//!
//! The `csv` crate is no replacement: it has the position of a record, not of a field, and accepts what RFC 4180
//! forbids (an open quote at the end, text after a closing quote), so that findings could name neither.

use std::sync::Arc;

use plan_language::source::{Finding, Span};

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    /// Its text, without the quotes around it.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// Splits a text into rows of at least one field, separated by `delimiter`; blank rows are left out.
///
/// A quote that is not closed, and text after a closing quote, become findings.
pub(super) fn rows(
    file: &str,
    text: &str,
    delimiter: char,
    findings: &mut Vec<Finding>,
) -> Vec<Vec<Field>> {
    let mut reader = Reader {
        delimiter,
        file: Arc::from(file),
        rest: text
            .strip_prefix('\u{feff}')
            .unwrap_or(text)
            .chars()
            .peekable(),
        line: 1,
        column: 1,
    };
    let mut rows = Vec::new();
    while reader.rest.peek().is_some() {
        let row = reader.row(findings);
        if row.iter().any(|field| !field.text.trim().is_empty()) {
            rows.push(row);
        }
    }
    rows
}

struct Reader<'t> {
    delimiter: char,
    file: Arc<str>,
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    line: u32,
    column: u32,
}

impl Reader<'_> {
    /// Takes one character; a carriage return before a line feed is skipped.
    fn next(&mut self) -> Option<char> {
        let mut character = self.rest.next()?;
        if character == '\r' && self.rest.peek() == Some(&'\n') {
            character = self.rest.next()?;
        }
        if character == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(character)
    }

    fn row(&mut self, findings: &mut Vec<Finding>) -> Vec<Field> {
        let mut row = Vec::new();
        loop {
            let (field, end) = self.field(findings);
            row.push(field);
            if end != Some(self.delimiter) {
                return row;
            }
        }
    }

    /// Takes a field and the character that ends it: the delimiter, a line feed, or none at the end of the text.
    fn field(&mut self, findings: &mut Vec<Finding>) -> (Field, Option<char>) {
        let (line, column) = (self.line, self.column);
        let mut text = String::new();
        let quoted = self.rest.peek() == Some(&'"');
        if quoted {
            self.next();
            let closed = self.quoted(&mut text);
            if !closed {
                let span = Span::new(self.file.clone(), line, column, 1);
                findings.push(
                    Finding::new(&span, "this quote is not closed")
                        .with_hint("double a quote within a quoted field: `\"\"`"),
                );
            }
        }
        let mut text_after_quote = false;
        let end = loop {
            match self.next() {
                end @ (None | Some('\n')) => break end,
                end if end == Some(self.delimiter) => break end,
                Some(character) if quoted => text_after_quote |= !character.is_whitespace(),
                Some(character) => text.push(character),
            }
        };
        let length = if self.line == line {
            self.column
                .saturating_sub(column + u32::from(end.is_some()))
        } else {
            u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
        };
        let span = Span::new(self.file.clone(), line, column, length);
        if text_after_quote {
            findings.push(
                Finding::new(&span, "there is text after the closing quote")
                    .with_hint("double a quote within a quoted field: `\"\"`"),
            );
        }
        (Field { text, span }, end)
    }

    /// Takes the text up to the closing quote; `false` if there is none.
    fn quoted(&mut self, text: &mut String) -> bool {
        while let Some(character) = self.next() {
            if character != '"' {
                text.push(character);
            } else if self.rest.peek() == Some(&'"') {
                self.next();
                text.push('"');
            } else {
                return true;
            }
        }
        false
    }
}
