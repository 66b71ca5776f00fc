//! Bodies and headers as bounded texts, each kept once however many messages carry it.

use std::collections::HashMap;
use std::io;

use crate::journal::{Body, Message, Seq};
use crate::report::plain::{cut, cut_of, plain};

/// Bytes of a body that the page holds.
const BODY_BYTES_MAX: usize = 16 << 10;
/// Bytes of all headers of a message that the page holds.
const HEADERS_BYTES_MAX: usize = 8 << 10;
/// Bytes of all texts together; beyond them the page points to the journal.
const TEXTS_BYTES_MAX: usize = 48 << 20;

/// The texts of a page, numbered in the order in which they were first seen.
#[derive(Default)]
pub(super) struct Texts {
    list: Vec<String>,
    known: HashMap<String, usize>,
    bytes: usize,
}

impl Texts {
    /// Keeps the headers of a message with what is known of its credentials; `None` without any.
    pub fn headers(&mut self, message: &Message, seq: Seq) -> Option<usize> {
        let mut lines: Vec<String> = message
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        for one in &message.credentials {
            let mut line = format!("credential {}", one.handle);
            if let Some(issuer) = &one.issuer {
                line = format!("{line}, issued by {issuer}");
            }
            if let Some(audience) = &one.audience {
                line = format!("{line}, for {audience}");
            }
            match one.seconds_left {
                Some(left @ 0..) => line = format!("{line}, valid for {left} s more"),
                Some(left) => line = format!("{line}, expired {} s before", left.unsigned_abs()),
                None => {}
            }
            lines.push(line);
        }
        match lines.is_empty() {
            true => None,
            false => Some(self.keep(&cut(&lines.join("\n"), HEADERS_BYTES_MAX), seq)),
        }
    }

    /// Keeps a body as a reader wants it; `None` without one.
    pub fn body(&mut self, body: &Body, seq: Seq) -> Option<usize> {
        let text = match body {
            Body::None => return None,
            Body::Json { json } => {
                let mut bounded = Bounded::default();
                serde_json::to_writer_pretty(&mut bounded, json)
                    .expect("a JSON value writes to memory");
                cut_of(bounded.text(), bounded.whole, BODY_BYTES_MAX).into_owned()
            }
            Body::Form { form } => {
                let pairs: Vec<_> = form
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                cut(&pairs.join("\n"), BODY_BYTES_MAX).into_owned()
            }
            Body::Text { text, bytes, cut } => {
                let whole = if *cut { *bytes } else { text.len() };
                cut_of(text, whole, BODY_BYTES_MAX).into_owned()
            }
            Body::Binary { bytes, sha256 } => {
                format!("{bytes} bytes that are not text, sha256 {sha256}")
            }
        };
        Some(self.keep(&text, seq))
    }

    fn keep(&mut self, text: &str, seq: Seq) -> usize {
        let mut text = plain(text).into_owned();
        if let Some(number) = self.known.get(&text) {
            return *number;
        }
        if self.bytes + text.len() > TEXTS_BYTES_MAX {
            text = format!("left out of this page, see journal.jsonl {seq}");
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

/// Keeps the beginning of what is written, and counts the rest.
#[derive(Default)]
struct Bounded {
    kept: Vec<u8>,
    whole: usize,
}

impl Bounded {
    /// Returns what was kept, up to the last whole character.
    fn text(&self) -> &str {
        let valid = match std::str::from_utf8(&self.kept) {
            Ok(text) => return text,
            Err(error) => error.valid_up_to(),
        };
        std::str::from_utf8(&self.kept[..valid]).unwrap_or_default()
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = BODY_BYTES_MAX
            .saturating_sub(self.kept.len())
            .min(bytes.len());
        self.kept.extend_from_slice(&bytes[..room]);
        self.whole += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
        let body = |n: u32| Body::Json { json: json!([n]) };
        assert_eq!(texts.body(&body(1), 1), Some(0));
        assert_eq!(texts.body(&body(2), 2), Some(1));
        assert_eq!(texts.body(&body(1), 3), Some(0));
        assert_eq!(texts.body(&Body::None, 4), None);
        assert_eq!(texts.finish(), ["[\n  1\n]", "[\n  2\n]"]);
    }

    #[test]
    fn a_body_is_cut_behind_its_border_with_both_sizes() {
        let mut texts = Texts::default();
        let text = |bytes: usize| Body::Text {
            text: "x".repeat(bytes),
            bytes,
            cut: false,
        };
        texts.body(&text(BODY_BYTES_MAX), 1);
        texts.body(&text(BODY_BYTES_MAX + 1), 2);
        let json = json!("é".repeat(100_000));
        texts.body(&Body::Json { json }, 3);
        let texts = texts.finish();
        assert_eq!(texts[0].len(), BODY_BYTES_MAX);
        assert!(texts[1].ends_with(" of 16385 bytes)") && texts[1].len() <= BODY_BYTES_MAX);
        assert!(texts[2].ends_with(" of 200002 bytes)") && texts[2].len() <= BODY_BYTES_MAX);
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
    fn headers_tell_what_is_known_of_a_credential() {
        let mut message = Message::default();
        let mut texts = Texts::default();
        assert_eq!(texts.headers(&message, 1), None);
        message.headers = vec![("a".to_owned(), "1".to_owned())];
        for seconds_left in [0, -1] {
            message.credentials = vec![Credential {
                handle: "secret:token#1".to_owned(),
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
