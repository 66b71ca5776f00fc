//! Fields of comma-separated text (RFC 4180) with their places. Knows nothing of ledgers.

use std::sync::Arc;

use plan_language::source::{Finding, Span};

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    /// Its text, without the quotes around it.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Splits a text into rows of at least one field; lines without a letter are passed over.
///
/// A row with a quote that is never closed, or with text behind a closed one, becomes a finding.
pub(super) fn rows(file: &str, text: &str, findings: &mut Vec<Finding>) -> Vec<Vec<Field>> {
    let mut reader = Reader {
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
        if row.iter().any(|one| !one.text.trim().is_empty()) {
            rows.push(row);
        }
    }
    rows
}

struct Reader<'t> {
    file: Arc<str>,
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    line: u32,
    column: u32,
}

impl Reader<'_> {
    /// Takes one character; a carriage return before a line feed is left out.
    fn next(&mut self) -> Option<char> {
        let mut one = self.rest.next()?;
        if one == '\r' && self.rest.peek() == Some(&'\n') {
            one = self.rest.next()?;
        }
        match one {
            '\n' => {
                self.line += 1;
                self.column = 1;
            }
            _ => self.column += 1,
        }
        Some(one)
    }

    fn row(&mut self, findings: &mut Vec<Finding>) -> Vec<Field> {
        let mut row = Vec::new();
        loop {
            let (field, end) = self.field(findings);
            row.push(field);
            if end != Some(',') {
                return row;
            }
        }
    }

    /// Takes a field and what ends it: a comma, a line's end, or nothing more.
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
                    Finding::new(&span, "this quote is never closed")
                        .with_hint("a quote within a quoted field is written twice"),
                );
            }
        }
        let mut behind = false;
        let end = loop {
            match self.next() {
                end @ (None | Some(',' | '\n')) => break end,
                Some(one) if quoted => behind |= !one.is_whitespace(),
                Some(one) => text.push(one),
            }
        };
        let length = match self.line == line {
            true => self
                .column
                .saturating_sub(column + u32::from(end.is_some())),
            false => u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
        };
        let span = Span::new(self.file.clone(), line, column, length);
        if behind {
            findings.push(
                Finding::new(&span, "text stands behind the closing quote")
                    .with_hint("a quote within a quoted field is written twice"),
            );
        }
        (Field { text, span }, end)
    }

    /// Takes what stands up to the closing quote; `false` if there is none.
    fn quoted(&mut self, text: &mut String) -> bool {
        while let Some(one) = self.next() {
            if one != '"' {
                text.push(one);
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
