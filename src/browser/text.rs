//! Texts of pages as a person reads them: without layout, cut to a readable length, split into words.

/// The longest quotation from a page, in characters.
const QUOTED_CHARS_MAX: usize = 160;

/// Returns a text without layout: one space between words, no control characters.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for word in text.split(|character: char| character.is_whitespace() || character.is_control()) {
        if !word.is_empty() {
            if !plain.is_empty() {
                plain.push(' ');
            }
            plain.push_str(word);
        }
    }
    plain
}

/// Returns the plain text, cut after 160 characters with an ellipsis.
pub(super) fn shorten(text: &str) -> String {
    let text = plain(text);
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// Returns a label as it is compared: plain, lower case, without the colon or asterisk behind it.
pub(super) fn bare(label: &str) -> String {
    plain(label)
        .trim_end_matches([':', '*', ' '])
        .to_lowercase()
}

/// Splits a text or a name into words in lower case: `acceptAll`, `accept_all` and `Accept all` are alike.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for character in text.chars() {
        let letter = character.is_alphanumeric() || character == '\'' || character == '’';
        if (!letter || (character.is_uppercase() && lower_before)) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        lower_before = character.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Joins items for a sentence: `a`, `b` and `c`.
pub(super) fn list<'t>(items: impl IntoIterator<Item = &'t str>) -> String {
    let quoted: Vec<_> = items
        .into_iter()
        .map(|item| format!("`{}`", shorten(item)))
        .collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_and_control_characters_go() {
        assert_eq!(plain("  a\n\t b\u{0}\u{1b}c  "), "a b c");
        assert_eq!(plain(" \n "), "");
    }

    #[test]
    fn quotations_end_behind_their_last_character() {
        let whole = "é".repeat(QUOTED_CHARS_MAX);
        assert_eq!(shorten(&whole), whole);
        assert_eq!(shorten(&format!("{whole}x")), format!("{whole}…"));
    }

    #[test]
    fn words_end_at_signs_and_at_capitals() {
        for (text, expected) in [
            ("acceptAll", &["accept", "all"][..]),
            ("accept_all-2", &["accept", "all", "2"]),
            ("Don't allow", &["dont", "allow"]),
            ("Don’t", &["dont"]),
            ("CANCEL", &["cancel"]),
            (" ", &[]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn labels_compare_without_case_and_punctuation() {
        assert_eq!(bare(" User\n name *: "), "user name");
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list([]), "nothing");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
