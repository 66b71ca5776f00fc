//! Shows a [`Finding`] the way compilers do: the message, the place, the source line with the part underlined.
//!
//! Plain text without colour. Hostile source text (control characters, direction overrides) is shown escaped.

use super::{Finding, Severity, Span, line};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// How many columns of a source line are shown before it is cut around the place.
const WIDTH_MAX: usize = 100;

/// How many columns stand before the place in a cut line.
const LEAD: usize = 30;

/// How wide a tab is shown.
const TAB: &str = "    ";

/// The texts of the files that findings point into.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: BTreeMap<Arc<str>, Text>,
}

#[derive(Clone, Debug)]
struct Text {
    text: Arc<str>,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
}

impl Sources {
    /// Makes an empty collection; findings then show without their source lines.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces it. UTF-16 shows as the text that it is; other bytes that are not UTF-8 show as U+FFFD.
    pub fn insert(&mut self, file: &str, bytes: &[u8]) {
        let text = match utf16(bytes) {
            Some(text) => Cow::Owned(text),
            None => String::from_utf8_lossy(bytes),
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let text = Text {
            lines: line::starts(text),
            text: Arc::from(text),
        };
        self.files.insert(Arc::from(file), text);
    }

    /// Puts a star in the place of every character at a span, which then shows where it is, and not what.
    ///
    /// A span that no line has is left alone.
    pub fn conceal(&mut self, span: &Span) {
        let Some(source) = self.files.get(&span.file) else {
            return;
        };
        let number = usize::try_from(span.line).unwrap_or(usize::MAX);
        let Some(start) = number
            .checked_sub(1)
            .and_then(|at| source.lines.get(at).copied())
        else {
            return;
        };
        let first = usize::try_from(span.column).unwrap_or(usize::MAX) - 1;
        let length = usize::try_from(span.len).unwrap_or(usize::MAX);
        let (before, rest) = source.text.split_at(start);
        let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let place = |at: usize| {
            rest[..line]
                .char_indices()
                .nth(at)
                .map_or(line, |(at, _)| at)
        };
        let (from, to) = (place(first), place(first.saturating_add(length)));
        let stars = "*".repeat(rest[from..to].chars().count());
        let text = format!("{before}{}{stars}{}", &rest[..from], &rest[to..]);
        self.insert(&span.file, text.as_bytes());
    }

    /// Returns a line without its end; lines count from 1.
    pub fn line(&self, file: &str, line: u32) -> Option<&str> {
        let source = self.files.get(file)?;
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let start = *source.lines.get(index)?;
        let end = source
            .lines
            .get(index + 1)
            .copied()
            .unwrap_or(source.text.len());
        Some(source.text[start..end].trim_end_matches(['\n', '\r']))
    }

    /// Returns the line at which something stands, with marks below; `None` where the text is not known.
    pub fn excerpt(&self, span: &Span) -> Option<Excerpt> {
        let (text, mut marks) = underline(self.line(&span.file, span.line)?, span);
        marks.truncate(marks.trim_end().len());
        Some(Excerpt { text, marks })
    }
}

/// Decodes bytes that begin with a byte order mark of UTF-16; `None` for all others.
fn utf16(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    let decoded = char::decode_utf16(units);
    Some(
        decoded
            .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
    )
}

/// The line at which something stands, as plain text: long lines are cut around the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line.
    pub text: String,
    /// Blanks, and `^` below the place; ends with a mark.
    pub marks: String,
}

/// Renders a finding as plain text of several lines, ending with a line break.
///
/// ```text
/// error: unknown key `exepct`
///  --> plans/x.yaml:12:7
///    |
/// 12 |       exepct: { status: 204 }
///    |       ^^^^^^
///    = hint: did you mean `expect`?
/// ```
pub fn render(finding: &Finding, sources: &Sources) -> String {
    let title = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut out = String::new();
    section(&mut out, title, &finding.message, &finding.span, sources);
    if let Some(hint) = &finding.hint {
        let pad = gutter(&finding.span);
        push_line(
            &mut out,
            format_args!("{:pad$} = hint: {}", "", escape(hint)),
        );
    }
    for (span, note) in &finding.notes {
        section(&mut out, "note", note, span, sources);
    }
    out
}

fn section(out: &mut String, title: &str, message: &str, span: &Span, sources: &Sources) {
    let pad = gutter(span);
    push_line(out, format_args!("{title}: {}", escape(message)));
    push_line(
        out,
        format_args!("{:pad$}--> {}", "", escape(&span.to_string())),
    );
    let Some(line) = sources.line(&span.file, span.line) else {
        return;
    };
    let (shown, marks) = underline(line, span);
    push_line(out, format_args!("{:pad$} |", ""));
    push_line(out, format_args!("{:pad$} | {shown}", span.line));
    push_line(out, format_args!("{:pad$} | {marks}", ""));
}

/// Appends a line; blanks at its end are cut.
fn push_line(out: &mut String, line: std::fmt::Arguments<'_>) {
    let start = out.len();
    let _ = write!(out, "{line}");
    let end = out[start..].trim_end().len() + start;
    out.truncate(end);
    out.push('\n');
}

/// Returns the width of the column of line numbers.
fn gutter(span: &Span) -> usize {
    span.line.to_string().len()
}

/// Returns the line as shown, cut if it is long, and the marks below it.
fn underline(line: &str, span: &Span) -> (String, String) {
    let first = usize::try_from(span.column)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    let len = usize::try_from(span.len).unwrap_or(usize::MAX);
    let total = line.chars().count();
    let first = first.min(total);
    let skipped = if total > WIDTH_MAX {
        first.saturating_sub(LEAD)
    } else {
        0
    };
    let mut shown = String::new();
    let mut marks = String::new();
    if skipped > 0 {
        shown.push_str("... ");
        marks.push_str("    ");
    }
    for (at, c) in line.chars().enumerate().skip(skipped).take(WIDTH_MAX) {
        let before = shown.len();
        escape_char(c, &mut shown);
        let mark = if (first..first.saturating_add(len)).contains(&at) {
            '^'
        } else {
            ' '
        };
        marks.extend(std::iter::repeat_n(mark, width(&shown[before..])));
    }
    if first >= total {
        marks.push('^');
    }
    if total > skipped.saturating_add(WIDTH_MAX) {
        shown.push_str(" ...");
    }
    (shown, marks)
}

/// Escapes what could steer a terminal or mislead a reader.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        escape_char(c, &mut out);
    }
    out
}

fn escape_char(c: char, out: &mut String) {
    match c {
        '\t' => out.push_str(TAB),
        c if c.is_control() || is_invisible(c) => out.extend(c.escape_unicode()),
        c => out.push(c),
    }
}

/// Tells whether a character changes direction or line, or shows nothing: the ground of look-alike tricks.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF
        | 0xFFF9..=0xFFFB | 0xE0000..=0xE007F)
}

/// Returns the columns that a text takes in a terminal; near enough for the scripts that plans use.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0x300..=0x36F | 0xFE00..=0xFE0F => 0,
            0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF => 2,
            0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 => 2,
            0x1F300..=0x1FAFF | 0x20000..=0x3FFFD => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn show(text: &str, line: u32, column: u32, len: u32) -> String {
        let mut sources = Sources::new();
        sources.insert("x.yaml", text.as_bytes());
        let span = Span::new(Arc::from("x.yaml"), line, column, len);
        render(&Finding::new(&span, "bad"), &sources)
    }

    #[test]
    fn shows_message_place_line_marks_hint_and_notes() {
        let mut sources = Sources::new();
        sources.insert("x.yaml", b"\n\n\n\n\n\n\n\n\nfirst: 1\nsteps: x\n");
        let at = |line, column, len| Span::new(Arc::from("x.yaml"), line, column, len);
        let finding = Finding::new(&at(11, 8, 1), "expected an array")
            .with_hint("write [x]")
            .with_note(&at(10, 1, 5), "see here");
        assert_eq!(
            render(&finding, &sources),
            "error: expected an array\n  --> x.yaml:11:8\n   |\n11 | steps: x\n   |        ^\n   = hint: write [x]\n\
             note: see here\n  --> x.yaml:10:1\n   |\n10 | first: 1\n   | ^^^^^\n"
        );
    }

    #[test]
    fn without_the_source_the_place_is_enough() {
        let finding = Finding::new(&Span::outside("--set"), "bad").with_hint("x");
        assert_eq!(
            render(&finding, &Sources::new()),
            "error: bad\n --> --set:1:1\n  = hint: x\n"
        );
    }

    #[test]
    fn marks_stand_below_wide_characters_and_tabs() {
        assert!(show("日本: x", 1, 5, 1).ends_with("1 | 日本: x\n  |       ^\n"));
        assert!(show("a\tb", 1, 3, 1).ends_with("1 | a    b\n  |      ^\n"));
    }

    #[test]
    fn hostile_text_is_escaped() {
        let shown = show("a: \u{1b}[2J\u{202e}x", 1, 4, 1);
        assert!(shown.contains("a: \\u{1b}[2J\\u{202e}x"), "{shown}");
        assert!(shown.ends_with("|    ^^^^^^\n"), "{shown}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}HERE{}", "a".repeat(500), "b".repeat(500));
        let shown = show(&line, 1, 501, 4);
        assert!(
            shown.contains(&format!("| ... {}HERE", "a".repeat(LEAD))),
            "{shown}"
        );
        assert!(
            shown.lines().all(|line| line.len() < WIDTH_MAX + 20),
            "{shown}"
        );
        let short = show(&"a".repeat(WIDTH_MAX), 1, 1, 1);
        assert!(!short.contains("..."), "{short}");
    }

    #[test]
    fn an_excerpt_is_the_line_with_its_mark() {
        let mut sources = Sources::new();
        sources.insert("x.yaml", b"a: 1\n  b: 2\n");
        let at = |file: &str, line| sources.excerpt(&Span::new(Arc::from(file), line, 3, 1));
        let expected = Excerpt {
            text: "  b: 2".to_owned(),
            marks: "  ^".to_owned(),
        };
        assert_eq!(at("x.yaml", 2), Some(expected));
        assert_eq!(at("x.yaml", 9), None);
        assert_eq!(at("y.yaml", 2), None);
    }

    #[test]
    fn a_place_after_the_end_is_still_marked() {
        assert!(show("ab", 1, 3, 1).ends_with("| ab\n  |   ^\n"));
        assert!(show("ab", 9, 1, 1).ends_with("--> x.yaml:9:1\n"));
    }

    #[test]
    fn lines_end_as_in_yaml() {
        let mut sources = Sources::new();
        sources.insert("x", b"\xef\xbb\xbfa\r\nb\rc\n\nd");
        let lines: Vec<_> = (0..=6).map(|line| sources.line("x", line)).collect();
        assert_eq!(
            lines,
            [
                None,
                Some("a"),
                Some("b"),
                Some("c"),
                Some(""),
                Some("d"),
                None
            ]
        );
    }

    proptest! {
        #[test]
        fn rendering_never_panics_nor_shows_control_characters(
            text in "\\PC{0,30}|[\\x00-\\x20\u{202e}é]{0,150}", line in 0u32..4, column in 0u32..200, len in 0u32..200
        ) {
            let shown = show(&text, line, column, len);
            prop_assert!(shown.chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}
