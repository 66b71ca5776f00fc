//! Texts from outside as reports show them: visible and of bounded length.

use std::borrow::Cow;

pub use crate::plain::{line, plain};

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
}
