//! Builds indented text line by line. Knows nothing of what the lines say.

use std::fmt::Display;

use crate::report::plain::plain;

/// How a line may be shown where there is colour; the words say the same without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Look {
    /// As it is, and never broken: somebody may copy it.
    #[default]
    Verbatim,
    /// A sentence, which may be broken between words.
    Sentence,
    /// What it is all about; a sentence.
    Headline,
    /// What a section is about; a sentence.
    Heading,
    /// What should have been.
    Wanted,
    /// What was.
    Seen,
    /// A mark below a place.
    Mark,
}

/// One line: its indent in columns, its text and its look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub indent: usize,
    pub text: String,
    pub look: Look,
}

/// Indented lines under construction; what goes in comes out as plain text.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    list: Vec<Line>,
    depth: usize,
}

impl Lines {
    /// Adds a line, or several if the text has line breaks.
    pub(super) fn add(&mut self, text: impl Display) {
        self.look(Look::Verbatim, text);
    }

    /// Adds a sentence.
    pub(super) fn sentence(&mut self, text: impl Display) {
        self.look(Look::Sentence, text);
    }

    /// Adds a line, or several if the text has line breaks, with a look.
    pub(super) fn look(&mut self, look: Look, text: impl Display) {
        for line in plain(&text.to_string()).lines() {
            self.list.push(Line {
                indent: if line.is_empty() { 0 } else { self.depth * 2 },
                text: line.to_owned(),
                look,
            });
        }
    }

    /// Adds an empty line, unless there is no line or an empty one stands there already.
    pub(super) fn gap(&mut self) {
        if self.list.last().is_some_and(|line| !line.text.is_empty()) {
            self.list.push(Line {
                indent: 0,
                text: String::new(),
                look: Look::Verbatim,
            });
        }
    }

    /// Adds lines that stand two columns further right.
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

/// Indents every line of a text that has something on it.
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
