//! Bodies and headers as bounded texts, each kept once however many messages carry it.

use std::collections::HashMap;

use crate::journal::{Body, Message, Seq};
use crate::report::body::{body as bounded, known};
use crate::report::plain::{cut, plain};

/// Bytes of a body that the page holds.
const BODY_BYTES_MAX: usize = 16 << 10;
/// Bytes of a body that a page holds that is half full.
const BODY_BYTES_LATER: usize = 2 << 10;
/// Bytes of all headers of a message that the page holds.
const HEADERS_BYTES_MAX: usize = 8 << 10;
/// Bytes of all texts together; beyond them the page points to the journal.
const TEXTS_BYTES_MAX: usize = 5 << 20;

/// The texts of a page, numbered in the order in which they were first seen.
#[derive(Default)]
pub(super) struct Texts {
    list: Vec<String>,
    known: HashMap<String, usize>,
    bytes: usize,
}

impl Texts {
    /// Keeps the headers of a message with what is known of its credentials, and its notes; `None` without any.
    pub fn headers(&mut self, message: &Message, seq: Seq) -> Option<usize> {
        let mut lines: Vec<String> = message
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        lines.extend(message.credentials.iter().map(known));
        lines.extend(message.notes.iter().map(|note| format!("note: {note}")));
        if lines.is_empty() {
            None
        } else {
            Some(self.keep(&cut(&lines.join("\n"), HEADERS_BYTES_MAX), seq))
        }
    }

    /// Keeps a body as a reader wants it; `None` without one.
    pub fn body(&mut self, body: &Body, seq: Seq) -> Option<usize> {
        let text = bounded(body, BODY_BYTES_MAX)?;
        if self.bytes < TEXTS_BYTES_MAX / 2 || self.known.contains_key(&*plain(&text)) {
            return Some(self.keep(&text, seq));
        }
        Some(self.keep(&bounded(body, BODY_BYTES_LATER)?, seq))
    }

    fn keep(&mut self, text: &str, seq: Seq) -> usize {
        let mut text = plain(text).into_owned();
        if let Some(number) = self.known.get(&text) {
            return *number;
        }
        if self.bytes + text.len() > TEXTS_BYTES_MAX {
            text = format!("not on this page: see journal.jsonl {seq}");
        }
        self.bytes += text.len();
        self.list.push(text.clone());
        self.known.insert(text, self.list.len() - 1);
        self.list.len() - 1
    }

    /// Returns the texts by number.
    pub fn finish(self) -> Vec<String> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Credential;
    use serde_json::json;

    #[test]
    fn the_same_text_is_kept_once() {
        let mut texts = Texts::default();
        let body = |n: u32| Body::Json(json!([n]).into());
        assert_eq!(texts.body(&body(1), 1), Some(0));
        assert_eq!(texts.body(&body(2), 2), Some(1));
        assert_eq!(texts.body(&body(1), 3), Some(0));
        assert_eq!(texts.body(&Body::None, 4), None);
        assert_eq!(texts.finish(), ["[\n  1\n]", "[\n  2\n]"]);
    }

    #[test]
    fn a_page_that_is_full_points_to_the_journal() {
        let mut texts = Texts {
            bytes: TEXTS_BYTES_MAX - 3,
            ..Texts::default()
        };
        assert_eq!(texts.keep("abc", 1), 0);
        assert_eq!(texts.keep("d", 2), 1);
        assert_eq!(texts.keep("abc", 3), 0);
        assert!(texts.finish()[1].ends_with("journal.jsonl 2"));
    }

    #[test]
    fn a_page_that_is_half_full_holds_less_of_a_body() {
        let kept = |bytes| {
            let mut texts = Texts {
                bytes,
                ..Texts::default()
            };
            texts.body(&Body::Json(json!("x".repeat(BODY_BYTES_MAX - 2)).into()), 1);
            texts.finish()[0].len()
        };
        assert_eq!(kept(TEXTS_BYTES_MAX / 2 - 1), BODY_BYTES_MAX);
        let later = kept(TEXTS_BYTES_MAX / 2);
        assert!(later <= BODY_BYTES_LATER + 64, "{later}");
    }

    #[test]
    fn headers_tell_what_is_known_of_a_credential() {
        let mut message = Message::default();
        let mut texts = Texts::default();
        assert_eq!(texts.headers(&message, 1), None);
        message.headers = vec![("a".to_owned(), "1".to_owned())];
        for seconds_left in [0, -1] {
            message.credentials = vec![Credential {
                handle: "secret:token#1".to_owned(),
                algorithm: None,
                issuer: Some("https://id".to_owned()),
                audience: None,
                seconds_left: Some(seconds_left),
            }];
            texts.headers(&message, 1);
        }
        let texts = texts.finish();
        assert!(
            texts[0].starts_with(
                "a: 1\ncredential secret:token#1, issued by https://id, valid for 0 s"
            )
        );
        assert!(texts[1].ends_with("expired 1 s before"));
    }
}
