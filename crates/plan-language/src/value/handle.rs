//! Handles: what replaces a secret in masked text.
//!
//! Within a run one secret has one tag, so "the same token was used again" stays visible though the token does not.
//! Making handles, keeping secrets and filling them in is left to others; here they are only written and found.

use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// Opens a handle in text.
const OPEN: char = '\u{27e6}';

/// Closes a handle in text.
const CLOSE: char = '\u{27e7}';

/// What follows the opening bracket of every handle.
const PREFIX: &str = "secret:";

/// What [`neutralise`] puts behind the bracket of a look-alike.
const NEUTRAL: &str = "text:";

/// The longest kind and the longest tag, in characters.
const PART_CHARS_MAX: usize = 64;

/// Stands for one secret of the run; prints as `secret:api-key#a91f`, and in masked text between U+27E6 and U+27E7.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    kind: String,
    tag: String,
}

impl Handle {
    /// Makes a handle; `None` unless the kind is lower-case ASCII letters, digits and hyphens beginning with a letter
    /// and the tag lower-case hexadecimal, both of 1 to 64 characters.
    pub fn new(kind: &str, tag: &str) -> Option<Self> {
        let kind_holds = kind.starts_with(|c: char| c.is_ascii_lowercase())
            && kind
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let tag_holds = !tag.is_empty() && tag.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        let short = kind.len() <= PART_CHARS_MAX && tag.len() <= PART_CHARS_MAX;
        (kind_holds && tag_holds && short).then(|| Self {
            kind: kind.to_owned(),
            tag: tag.to_owned(),
        })
    }

    /// Returns what sort of secret it is, for example `api-key`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the tag: equal exactly for equal secrets of one run, whatever their kind.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Returns the form in masked text, `⟦secret:api-key#a91f⟧`.
    pub fn mark(&self) -> String {
        format!("{OPEN}{self}{CLOSE}")
    }

    /// Reads the handle that a text begins with, and its length in bytes.
    fn at_start(text: &str) -> Option<(usize, Self)> {
        let body = text.strip_prefix(OPEN)?.strip_prefix(PREFIX)?;
        // Kind and tag are ASCII, so a window of bytes bounds the search in hostile text.
        let bound = 2 * PART_CHARS_MAX + 1;
        let end = body
            .char_indices()
            .take(bound + 1)
            .find(|(_, c)| *c == CLOSE)
            .map(|(at, _)| at)?;
        let (kind, tag) = body[..end].split_once('#')?;
        let len = OPEN.len_utf8() + PREFIX.len() + end + CLOSE.len_utf8();
        Some((len, Self::new(kind, tag)?))
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}#{}", self.kind, self.tag)
    }
}

/// Finds the handles of a masked text with their places in bytes, from left to right.
pub fn find(text: &str) -> impl Iterator<Item = (Range<usize>, Handle)> {
    text.match_indices(OPEN).filter_map(move |(at, _)| {
        let (len, handle) = Handle::at_start(&text[at..])?;
        Some((at..at + len, handle))
    })
}

/// Rewrites what looks like a handle, or like the beginning of one at the text's end, in text from outside.
///
/// Afterwards [`find`] finds nothing, also not after two neutralised texts were joined. Must be called on every text
/// that others wrote, after it was decoded (JSON escapes, percent-encoding), and before own secrets are masked in it.
pub fn neutralise(text: &str) -> Cow<'_, str> {
    if !text.contains(OPEN) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + NEUTRAL.len());
    let mut rest = text;
    while let Some(at) = rest.find(OPEN) {
        let after = at + OPEN.len_utf8();
        out.push_str(&rest[..after]);
        rest = &rest[after..];
        if rest.starts_with(PREFIX) || PREFIX.starts_with(rest) {
            out.push_str(NEUTRAL);
        }
    }
    out.push_str(rest);
    if out.len() == text.len() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(out)
    }
}

/// Neutralises every text and every key of a JSON value from outside; see [`neutralise`].
pub fn neutralise_value(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(changed) = neutralise(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(neutralise_value),
        Value::Object(entries) => {
            if entries.keys().any(|key| key.contains(OPEN)) {
                *entries = std::mem::take(entries)
                    .into_iter()
                    .map(|(key, value)| (neutralise(&key).into_owned(), value))
                    .collect();
            }
            entries.values_mut().for_each(neutralise_value);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Tells whether two masked texts stand for the same text: handles are compared by tag, all else literally.
pub fn same_text(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    if !(left.contains(OPEN) && right.contains(OPEN)) {
        return false;
    }
    pieces(left).eq(pieces(right))
}

/// Tells whether a text holds at least one handle.
pub fn is_masked(text: &str) -> bool {
    find(text).next().is_some()
}

/// Tells whether a text is one handle and nothing else: all that it says is masked.
pub(super) fn is_handle(text: &str) -> bool {
    find(text)
        .next()
        .is_some_and(|(range, _)| range == (0..text.len()))
}

/// A stretch of masked text.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'t> {
    /// Literal text; never two in a row, never empty.
    Text(&'t str),
    /// A handle's tag and its written form.
    Secret(Tagged<'t>),
}

/// A handle in its written form; equal when the tags are.
#[derive(Debug)]
pub(super) struct Tagged<'t> {
    tag: String,
    /// The handle with its brackets, as masked text contains it.
    pub(super) written: &'t str,
}

impl Tagged<'_> {
    /// Returns the handle's tag.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }
}

impl PartialEq for Tagged<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag
    }
}

/// Splits masked text into literal stretches and handles.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (range, handle) in find(text) {
        if from < range.start {
            pieces.push(Piece::Text(&text[from..range.start]));
        }
        from = range.end;
        pieces.push(Piece::Secret(Tagged {
            tag: handle.tag,
            written: &text[range],
        }));
    }
    if from < text.len() {
        pieces.push(Piece::Text(&text[from..]));
    }
    pieces.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_handle_is_found_where_it_was_written() {
        let handle = Handle::new("api-key", "a91f").unwrap();
        assert_eq!(handle.to_string(), "secret:api-key#a91f");
        let text = format!("é {} {}", handle.mark(), handle.mark());
        let found: Vec<_> = find(&text).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(&text[found[1].0.clone()], "⟦secret:api-key#a91f⟧");
        assert_eq!(found[0].1, handle);
    }

    #[test]
    fn kinds_and_tags_have_a_form() {
        let long = "a".repeat(PART_CHARS_MAX);
        assert!(Handle::new(&long, &long).is_some());
        for (kind, tag) in [
            ("", "a"),
            ("a", ""),
            ("A", "a"),
            ("1", "a"),
            ("-a", "a"),
            ("a", "g"),
            ("a", "A"),
            ("a#", "a"),
            (&format!("{long}a"), "a"),
            ("a", &format!("{long}a")),
        ] {
            assert_eq!(Handle::new(kind, tag), None, "{kind} {tag}");
        }
    }

    #[test]
    fn what_is_not_quite_a_handle_is_text() {
        for text in [
            "secret:a#1",
            "⟦secret:a#1",
            "⟦secret:a⟧",
            "⟦text:secret:a#1⟧",
            "⟦secret:a#x⟧",
            "⟦ secret:a#1⟧",
        ] {
            assert!(!is_masked(text), "{text}");
        }
        assert!(is_masked("⟦⟦secret:a#1⟧"));
    }

    #[test]
    fn look_alikes_are_rewritten_and_other_brackets_are_not() {
        assert_eq!(neutralise("x⟦secret:a#1⟧"), "x⟦text:secret:a#1⟧");
        assert_eq!(neutralise("x⟦sec"), "x⟦text:sec");
        assert!(matches!(neutralise("⟦a⟧ ⟦sek"), Cow::Borrowed(_)));
        assert!(matches!(neutralise("⟦text:secret:a#1⟧"), Cow::Borrowed(_)));
    }

    #[test]
    fn keys_and_texts_of_values_are_rewritten_in_place() {
        let mut value = json!({ "⟦secret:a#1⟧": ["⟦secret:a#1⟧", 1], "b": null });
        neutralise_value(&mut value);
        assert_eq!(
            value,
            json!({ "⟦text:secret:a#1⟧": ["⟦text:secret:a#1⟧", 1], "b": null })
        );
    }

    #[test]
    fn masked_texts_are_compared_by_tag() {
        assert!(same_text(
            "Bearer ⟦secret:token#a1⟧",
            "Bearer ⟦secret:bearer#a1⟧"
        ));
        assert!(!same_text(
            "Bearer ⟦secret:token#a1⟧",
            "Bearer ⟦secret:token#a2⟧"
        ));
        assert!(!same_text(
            "Bearer ⟦secret:token#a1⟧",
            "bearer ⟦secret:token#a1⟧"
        ));
        assert!(!same_text("⟦secret:token#a1⟧", "a1"));
    }

    proptest! {
        #[test]
        fn nobody_outside_can_forge_a_handle(
            left in "(⟦|⟧|secret|s|:|ecret:|a|#|1|text:){0,12}",
            right in "(⟦|⟧|secret|s|:|ecret:|a|#|1|text:){0,12}",
        ) {
            let (left, right) = (neutralise(&left), neutralise(&right));
            let joined = [left.as_ref(), right.as_ref()].concat();
            prop_assert!(!is_masked(&joined));
            prop_assert_eq!(neutralise(&left), left.as_ref());
        }

        #[test]
        fn pieces_put_together_are_the_text(text in "(⟦secret:a#1⟧|⟦|⟧|x|é){0,12}") {
            let joined: String = pieces(&text)
                .map(|piece| match piece {
                    Piece::Text(text) => text,
                    Piece::Secret(tagged) => tagged.written,
                })
                .collect();
            prop_assert_eq!(joined, text);
        }
    }
}
