//! Text that any terminal, browser and XML reader shows as it is, and bounded pieces of it.
//!
//! Texts from outside may contain escape sequences, line breaks and characters that XML forbids. They are made visible
//! rather than dropped.

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
    while let Some(one) = rest.next() {
        match one {
            '\n' | '\t' => shown.push(one),
            '\r' if rest.peek() == Some(&'\n') => {}
            _ => push_visible(&mut shown, one),
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
    for one in plain(text).chars() {
        match one {
            '\n' | '\t' => shown.push(' '),
            _ => shown.push(one),
        }
    }
    Cow::Owned(shown)
}

fn push_visible(shown: &mut String, one: char) {
    if is_hidden(one) {
        // Writing to a string cannot fail.
        let _ = write!(shown, "\\u{{{:x}}}", u32::from(one));
    } else {
        shown.push(one);
    }
}

fn is_hidden(one: char) -> bool {
    // Every control character, what XML refuses (U+FFFE, U+FFFF and their like), and the marks
    // with which a text can make a terminal or browser show it in another order.
    one.is_control()
        || u32::from(one) & 0xFFFE == 0xFFFE
        || matches!(one, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Cuts a text to at most `most` bytes, with both sizes stated where something was left out.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    cut_of(text, text.len(), most)
}

/// Cuts a text that is the beginning of one of `whole` bytes, as [`cut`] does.
pub(super) fn cut_of(text: &str, whole: usize, most: usize) -> Cow<'_, str> {
    if text.len() <= most && text.len() >= whole {
        return Cow::Borrowed(text);
    }
    // The note counts too, so that a bound is a bound.
    let room = most.saturating_sub(note(most, whole).len());
    let kept = beginning(text, room);
    Cow::Owned(format!("{kept}{}", note(kept.len(), whole)))
}

fn note(kept: usize, whole: usize) -> String {
    format!("… (cut: {kept} of {whole} bytes)")
}

/// Returns the longest beginning of a text of at most `most` bytes.
fn beginning(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_unprintable_is_shown_and_the_printable_left_alone() {
        let check = |text: &str, expected: &str| assert_eq!(plain(text), expected, "{text:?}");
        check("a\tb\nc é 😀 \u{FFFD}", "a\tb\nc é 😀 \u{FFFD}");
        check("\u{1b}[31mred", "\\u{1b}[31mred");
        check("nul\0 del\u{7f} c1\u{85}", "nul\\u{0} del\\u{7f} c1\\u{85}");
        check("\u{FFFE}\u{FFFF}\u{1FFFE}", "\\u{fffe}\\u{ffff}\\u{1fffe}");
        check("\u{202E}drow", "\\u{202e}drow");
        check("one\r\ntwo\rthree", "one\ntwo\\u{d}three");
        check(r"\ud800 stays", r"\ud800 stays");
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line("two\r\nlines\tof text\n"), "two lines of text");
        assert_eq!(line("one"), "one");
    }

    #[test]
    fn a_cut_states_both_sizes_and_keeps_its_bound() {
        let text = "x".repeat(100);
        assert_eq!(cut(&text, 100), text);
        let short = cut(&text, 99);
        assert!(short.ends_with("… (cut: 73 of 100 bytes)"), "{short}");
        assert!(short.len() <= 99, "{}", short.len());
    }

    #[test]
    fn a_cut_falls_between_characters() {
        let text = "😀".repeat(20);
        for most in 30..80 {
            assert!(cut(&text, most).len() <= most, "{most}");
        }
    }

    #[test]
    fn the_beginning_of_something_longer_says_so_even_if_it_fits() {
        assert_eq!(cut_of("abc", 9, 100), "abc… (cut: 3 of 9 bytes)");
        assert_eq!(cut_of("abc", 3, 100), "abc");
    }

    proptest! {
        #[test]
        fn plain_text_stays_plain(text in any::<String>()) {
            let once = plain(&text).into_owned();
            prop_assert_eq!(plain(&once), once.as_str());
            prop_assert!(!line(&text).contains('\n'));
        }
    }
}
