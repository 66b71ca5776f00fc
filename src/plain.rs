//! Makes texts from outside harmless where they are shown: the one place that does so, for reports and for streams.
//!
//! Texts from outside may contain escape sequences, line breaks, characters that XML forbids, and words that the
//! runner of a CI job obeys. They are made visible rather than dropped.

use std::borrow::Cow;
use std::fmt::Write;

/// Makes unprintable characters visible: control characters, non-characters and marks that reorder text
/// become `\u{1b}`; line feeds and tabs stay, and a carriage return before a line feed goes.
///
/// The result contains only characters that XML 1.0 allows. Applying it twice changes nothing more.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text
        .chars()
        .any(|letter| is_hidden(letter) && letter != '\n' && letter != '\t')
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\n' | '\t' => shown.push(character),
            '\r' if rest.peek() == Some(&'\n') => {}
            _ => push_visible(&mut shown, character),
        }
    }
    Cow::Owned(shown)
}

/// Makes a text one line: as [`plain`], and line breaks and tabs become a space.
pub fn line(text: &str) -> Cow<'_, str> {
    let text = text.trim_end_matches(['\n', '\r', ' ']);
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in plain(text).chars() {
        match character {
            '\n' | '\t' => shown.push(' '),
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// Which escape sequences a text for a stream may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Styles {
    /// The colours and weights that feedproof writes itself.
    Kept,
    /// None.
    Shown,
}

/// Makes a text for a stream harmless: as [`plain`], and no line is one that the runner of a CI job obeys.
///
/// Runners obey what they find in the log of a job: GitHub `::add-mask::` at the beginning of a line and `##[error]`
/// anywhere, Azure `##vso[…]` anywhere, TeamCity `##teamcity[…]`, GitLab `section_start:…`. The first character that
/// counts becomes visible as in [`plain`]: `\u{3a}:add-mask::`. Applying it twice changes nothing more.
pub fn harmless(text: &str, styles: Styles) -> Cow<'_, str> {
    let has_command =
        |text: &str| text.contains("##") || text.contains("::") || text.contains("section_");
    if !text
        .chars()
        .any(|character| is_hidden(character) && character != '\n')
        && !has_command(text)
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        push_harmless(&mut shown, line, styles);
    }
    Cow::Owned(shown)
}

/// Adds one line, with its line break.
fn push_harmless(shown: &mut String, line: &str, styles: Styles) {
    let line = with_visible(line, styles);
    let begin = beginning(&line);
    let mut rest = &line[begin..];
    shown.push_str(&line[..begin]);
    if is_command(rest)
        && let Some(first) = rest.chars().next()
    {
        push_escaped(shown, first);
        rest = &rest[first.len_utf8()..];
    }
    while let Some(at) = rest.find("##") {
        // The second one, so that the rest of a row of them is looked at, too.
        shown.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if is_bracketed(&rest[1..]) {
            push_escaped(shown, '#');
            rest = &rest[1..];
        }
    }
    shown.push_str(rest);
}

/// Makes the unprintable characters of a line visible, except those of kept styles.
fn with_visible(line: &str, styles: Styles) -> Cow<'_, str> {
    let Styles::Kept = styles else {
        return plain(line);
    };
    if !line.contains(ESCAPE) {
        return plain(line);
    }
    let mut shown = String::with_capacity(line.len() + 16);
    let mut rest = line;
    while let Some(at) = rest.find(ESCAPE) {
        shown.push_str(&plain(&rest[..at]));
        rest = &rest[at..];
        let length = style(rest).unwrap_or_else(|| {
            push_escaped(&mut shown, ESCAPE);
            0
        });
        shown.push_str(&rest[..length]);
        rest = &rest[length.max(ESCAPE.len_utf8())..];
    }
    shown.push_str(&plain(rest));
    Cow::Owned(shown)
}

/// Begins an escape sequence of a terminal.
const ESCAPE: char = '\u{1b}';

/// Returns the length of the style with which a text begins: colours and weights, and nothing that hides or moves text.
///
/// Black and white hide text on terminals of that colour; feedproof uses neither.
fn style(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\u{1b}[")?;
    let end = codes.find('m')?;
    let is_known = |code: &str| {
        matches!(code, "" | "0" | "1" | "2" | "3" | "4" | "22")
            || matches!(code.as_bytes(), [b'3' | b'9', b'1'..=b'6'] | [b'3', b'9'])
    };
    let known = codes[..end].split(';').all(is_known);
    known.then_some("\u{1b}[".len() + end + 1)
}

/// Returns where a line begins for those who obey it: after blanks and styles.
fn beginning(line: &str) -> usize {
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start_matches(|character: char| {
            character.is_whitespace() || character == '\u{feff}'
        });
        match style(trimmed) {
            Some(length) => rest = &trimmed[length..],
            None => return line.len() - trimmed.len(),
        }
    }
}

/// Tells whether a line that begins like this is obeyed, by GitHub or by GitLab.
fn is_command(line: &str) -> bool {
    let github = line
        .strip_prefix("::")
        .is_some_and(|rest| rest.contains("::"));
    github || line.starts_with("section_start:") || line.starts_with("section_end:")
}

/// Tells whether what follows `##` makes it a command: `[error]`, `vso[task.setvariable …]`.
fn is_bracketed(rest: &str) -> bool {
    rest.trim_start_matches(|character: char| character.is_ascii_alphabetic())
        .starts_with('[')
}

fn push_visible(shown: &mut String, character: char) {
    if is_hidden(character) {
        push_escaped(shown, character);
    } else {
        shown.push(character);
    }
}

fn push_escaped(shown: &mut String, character: char) {
    // Writing to a string cannot fail.
    let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
}

fn is_hidden(character: char) -> bool {
    // Every control character, what XML refuses (U+FFFE, U+FFFF and their like), and the marks
    // with which a text can make a terminal or browser show it in another order.
    character.is_control()
        || u32::from(character) & 0xFFFE == 0xFFFE
        || matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
