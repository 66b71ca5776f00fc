//! Wraps and colours lines for a terminal of a certain width.

use colored::{ColoredString, Colorize};
use unicode_width::UnicodeWidthStr;

use crate::report::lines::{Line, LineStyle};

/// Indentation of the further lines of a wrapped sentence, in columns.
const HANG: usize = 2;
/// The least width to which sentences are wrapped, in columns.
const COLUMNS_MIN: usize = 20;

/// Writes lines, `indent` columns from the left; each ends with a line break.
///
/// Without a width no line is wrapped. Addresses, bodies and commands never are, because a reader may copy them.
pub(super) fn page(lines: &[Line], indent: usize, width: Option<usize>) -> String {
    let mut page = String::new();
    for line in lines {
        if line.text.is_empty() {
            page.push('\n');
            continue;
        }
        let left = indent + line.indent;
        let room = width.map(|width| width.saturating_sub(left).max(COLUMNS_MIN));
        let pieces = match (room, line.look) {
            (Some(room), LineStyle::Sentence | LineStyle::Headline | LineStyle::Heading) => {
                broken(&line.text, room)
            }
            _ => vec![line.text.as_str()],
        };
        for (number, piece) in pieces.into_iter().enumerate() {
            let left = if number > 0 { left + HANG } else { left };
            page.extend(std::iter::repeat_n(' ', left));
            page.push_str(&painted(piece, line.look).to_string());
            page.push('\n');
        }
    }
    page
}

fn painted(text: &str, look: LineStyle) -> ColoredString {
    match look {
        LineStyle::Verbatim | LineStyle::Sentence => text.normal(),
        LineStyle::Headline | LineStyle::Heading => text.bold(),
        LineStyle::Wanted => text.green(),
        LineStyle::Seen | LineStyle::Mark => text.red(),
    }
}

/// Wraps a sentence between words into pieces of at most `room` columns; pieces after the first have less room. A longer
/// word is a piece of its own.
fn broken(text: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut room = room;
    loop {
        if rest.width() <= room {
            pieces.push(rest);
            return pieces;
        }
        let mut end = None;
        for (at, _) in rest.match_indices(' ') {
            if at > 0 && (end.is_none() || rest[..at].width() <= room) {
                end = Some(at);
            }
            if rest[..at].width() > room {
                break;
            }
        }
        let Some(end) = end else {
            pieces.push(rest);
            return pieces;
        };
        pieces.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(' ');
        if pieces.len() == 1 {
            room = room.saturating_sub(HANG).max(1);
        }
        if rest.is_empty() {
            return pieces;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_are_broken_between_words_and_stand_in() {
        assert_eq!(broken("one two three", 13), ["one two three"]);
        assert_eq!(broken("one two three", 12), ["one two", "three"]);
        assert_eq!(broken("one two three", 3), ["one", "two", "three"]);
        assert_eq!(broken("a-very-long-word b", 5), ["a-very-long-word", "b"]);
        assert_eq!(broken("日本 日本", 8), ["日本", "日本"]);
        assert_eq!(broken("", 5), [""]);
    }

    #[test]
    fn what_may_be_copied_is_never_broken() {
        let text = "word ".repeat(30);
        let line = |look| Line {
            indent: 2,
            text: text.trim().to_owned(),
            look,
        };
        let lines = |look, width| page(&[line(look)], 4, width).lines().count();
        for look in [
            LineStyle::Verbatim,
            LineStyle::Wanted,
            LineStyle::Seen,
            LineStyle::Mark,
        ] {
            assert_eq!(lines(look, Some(40)), 1, "{look:?}");
        }
        for look in [LineStyle::Sentence, LineStyle::Headline, LineStyle::Heading] {
            assert!(lines(look, Some(40)) > 4, "{look:?}");
            assert_eq!(lines(look, None), 1, "{look:?}");
        }
    }

    proptest! {
        #[test]
        fn breaking_loses_no_word_and_keeps_the_width(text in "[a-zé日 ]{0,80}", room in 1usize..40) {
            let pieces = broken(&text, room);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&pieces.join(" ")), words(&text));
            for piece in pieces {
                prop_assert!(piece.width() <= room || !piece.trim().contains(' '), "{:?}", piece);
            }
        }
    }
}
