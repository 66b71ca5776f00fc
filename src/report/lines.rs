//! Builds indented text line by line, each with a style.

use std::fmt::Display;

use crate::report::plain::plain;

/// The style of a line, for colour and wrapping; the words say the same without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LineStyle {
    /// Shown as it is and never wrapped: a reader may copy it.
    #[default]
    Verbatim,
    /// A sentence, which may be wrapped.
    Sentence,
    /// The first line; a sentence.
    Headline,
    /// The heading of a section; a sentence.
    Heading,
    /// An expected value.
    Wanted,
    /// An actual value.
    Seen,
    /// A mark below a place.
    Mark,
}

/// One line: its indent in columns, its text and its style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub indent: usize,
    pub text: String,
    pub look: LineStyle,
}

/// A builder of indented lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    list: Vec<Line>,
    depth: usize,
}

impl Lines {
    /// Adds a line, or several if the text has line breaks.
    pub(super) fn add(&mut self, text: impl Display) {
        self.look(LineStyle::Verbatim, text);
    }

    /// Adds a sentence.
    pub(super) fn sentence(&mut self, text: impl Display) {
        self.look(LineStyle::Sentence, text);
    }

    /// Adds a line with a style, or several if the text has line breaks.
    pub(super) fn look(&mut self, look: LineStyle, text: impl Display) {
        for line in plain(&text.to_string()).lines() {
            self.list.push(Line {
                indent: if line.is_empty() { 0 } else { self.depth * 2 },
                text: line.to_owned(),
                look,
            });
        }
    }

    /// Adds an empty line, unless there is no line yet or the last one is empty.
    pub(super) fn gap(&mut self) {
        if self.list.last().is_some_and(|line| !line.text.is_empty()) {
            self.list.push(Line {
                indent: 0,
                text: String::new(),
                look: LineStyle::Verbatim,
            });
        }
    }

    /// Adds lines that are indented by two more columns.
    pub(super) fn within(&mut self, add: impl FnOnce(&mut Self)) {
        self.depth += 1;
        add(self);
        self.depth -= 1;
    }

    /// Returns the lines, without empty ones at the end.
    pub(super) fn list(mut self) -> Vec<Line> {
        while self.list.last().is_some_and(|line| line.text.is_empty()) {
            self.list.pop();
        }
        self.list
    }

    /// Returns the text, without line breaks at its end.
    pub(super) fn finish(self) -> String {
        let mut text = String::new();
        for line in self.list() {
            text.extend(std::iter::repeat_n(' ', line.indent));
            text.push_str(&line.text);
            text.push('\n');
        }
        text.pop();
        text
    }
}

/// Indents every line of a text that is not empty.
pub(super) fn indent(text: &str, columns: usize) -> String {
    let mut indented = String::with_capacity(text.len() + columns * 8);
    for line in text.lines() {
        if !line.is_empty() {
            indented.extend(std::iter::repeat_n(' ', columns));
            indented.push_str(line);
        }
        indented.push('\n');
    }
    indented
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_indented_and_gaps_are_single() {
        let mut lines = Lines::default();
        lines.gap();
        lines.add("a");
        lines.within(|lines| lines.sentence("b\n\nc"));
        lines.gap();
        lines.gap();
        lines.add("d\u{7}");
        lines.gap();
        assert_eq!(lines.finish(), "a\n  b\n\n  c\n\nd\\u{7}");
        assert_eq!(Lines::default().finish(), "");
    }

    #[test]
    fn empty_lines_stay_empty() {
        assert_eq!(indent("a\n\nb", 4), "    a\n\n    b\n");
    }
}
