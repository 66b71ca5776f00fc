//! Builds indented text line by line. Knows nothing of what the lines say.

use std::fmt::Display;

use crate::report::plain::plain;

/// Indented lines under construction; what goes in comes out as plain text.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    depth: usize,
}

impl Lines {
    /// Adds a line, or several if the text has line breaks.
    pub(super) fn add(&mut self, text: impl Display) {
        for line in plain(&text.to_string()).lines() {
            if !line.is_empty() {
                self.text.extend(std::iter::repeat_n("  ", self.depth));
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    /// Adds an empty line, unless the text is empty or one stands there already.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds lines that stand two columns further right.
    pub(super) fn within(&mut self, add: impl FnOnce(&mut Self)) {
        self.depth += 1;
        add(self);
        self.depth -= 1;
    }

    /// Returns the text, without line breaks at its end.
    pub(super) fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end_matches('\n').len());
        self.text
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
        lines.within(|lines| lines.add("b\n\nc"));
        lines.gap();
        lines.gap();
        lines.add("d\u{7}");
        assert_eq!(lines.finish(), "a\n  b\n\n  c\n\nd\\u{7}");
    }

    #[test]
    fn empty_lines_stay_empty() {
        assert_eq!(indent("a\n\nb", 4), "    a\n\n    b\n");
    }
}
