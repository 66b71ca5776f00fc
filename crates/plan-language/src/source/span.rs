//! A place in a source file. Knows nothing of what stands there.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A place in a source file; prints as `file:line:column`.
///
/// A span never crosses a line break: of a value written over several lines it covers the first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file's name as it was given to [`load`](super::load).
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters (not bytes), counted from 1.
    pub column: u32,
    /// The length in characters, at least 1.
    pub len: u32,
}

impl Span {
    /// Makes a span; a zero line, column or length becomes 1.
    pub fn new(file: Arc<str>, line: u32, column: u32, len: u32) -> Self {
        Self {
            file,
            line: line.max(1),
            column: column.max(1),
            len: len.max(1),
        }
    }

    /// Makes the span of a value that comes from no file: 1:1 of a made-up name such as `--set`.
    pub fn outside(name: &str) -> Self {
        Self::new(Arc::from(name), 1, 1, 1)
    }

    /// Returns the span of a part of the text that stands here; `part` counts bytes of `text`.
    ///
    /// Exact where text and spelling are the same but for a pair of quotes. Where they are not (escapes, folded
    /// lines, an alias) the whole span is returned, as also for a `part` outside of `text`.
    pub fn part(&self, text: &str, part: Range<usize>) -> Self {
        let first_line = text.split('\n').next().unwrap_or_default();
        let spelled = first_line.chars().count();
        let shift = match usize::try_from(self.len) {
            Ok(len) if len == spelled => 0,
            Ok(len) if len == spelled + 2 && first_line.len() == text.len() => 1,
            _ => return self.clone(),
        };
        match (first_line.get(..part.start), first_line.get(part)) {
            (Some(before), Some(within)) => Self::new(
                self.file.clone(),
                self.line,
                self.column + count(before) + shift,
                count(within),
            ),
            _ => self.clone(),
        }
    }
}

/// Counts characters, saturating.
fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(len: u32) -> Span {
        Span::new(Arc::from("x.yaml"), 3, 5, len)
    }

    fn check(len: u32, text: &str, part: Range<usize>, expected: (u32, u32)) {
        let found = span(len).part(text, part);
        assert_eq!((found.column, found.len), expected);
    }

    #[test]
    fn shows_file_line_and_column() {
        assert_eq!(span(1).to_string(), "x.yaml:3:5");
    }

    #[test]
    fn a_part_of_a_plain_text_is_exact() {
        check(6, "é ${x}", 3..7, (7, 4));
    }

    #[test]
    fn a_part_of_a_quoted_text_skips_the_quote() {
        check(6, "${x}", 0..4, (6, 4));
    }

    #[test]
    fn a_part_of_an_escaped_text_is_the_whole() {
        check(9, "${x}", 0..4, (5, 9));
    }

    #[test]
    fn a_part_of_the_first_line_of_a_block_is_exact_and_of_a_later_one_the_whole() {
        check(4, "${x}\n${y}\n", 0..4, (5, 4));
        check(4, "${x}\n${y}\n", 5..9, (5, 4));
    }

    #[test]
    fn a_part_outside_of_the_text_is_the_whole() {
        check(2, "ab", 1..9, (5, 2));
        check(1, "é", 1..2, (5, 1));
    }
}
