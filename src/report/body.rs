//! Headers and bodies of messages as bounded text, the same wherever a report shows them.

use std::io;

use crate::journal::{Body, Credential, Message};
use crate::report::plain::{cut, cut_of};

/// Describes a credential in one line: handle, algorithm, issuer, audience, validity.
pub(super) fn known(credential: &Credential) -> String {
    let mut text = format!("credential {}", credential.handle);
    match credential.algorithm.as_deref() {
        // The usual algorithm needs no word.
        None | Some("RS256") => {}
        Some("none") => text.push_str(", unsigned"),
        Some(algorithm) => text = format!("{text}, signed by {algorithm}"),
    }
    if let Some(issuer) = &credential.issuer {
        text = format!("{text}, issued by {issuer}");
    }
    if let Some(audience) = &credential.audience {
        text = format!("{text}, for {audience}");
    }
    match credential.seconds_left {
        Some(left @ 0..) => format!("{text}, valid for {left} s more"),
        Some(left) => format!("{text}, expired {} s before", left.unsigned_abs()),
        None if credential.algorithm.is_some() => format!("{text}, without an expiry"),
        None => text,
    }
}

/// Writes the decoded query of a message; empty without one.
pub(super) fn query(message: &Message) -> String {
    let pairs: Vec<_> = message
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// Writes a body in at most `most` bytes, JSON indented; `None` without one. A cut body states both sizes.
#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
pub(super) fn body(body: &Body, most: usize) -> Option<String> {
    Some(match body {
        Body::None => return None,
        Body::Json(json) => {
            let mut bounded = Bounded {
                most,
                ..Bounded::default()
            };
            serde_json::to_writer_pretty(&mut bounded, &*json.open())
                .expect("a JSON value writes to memory");
            cut_of(bounded.text(), bounded.whole, most).into_owned()
        }
        Body::Form { form } => {
            let pairs: Vec<_> = form
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            cut(&pairs.join("\n"), most).into_owned()
        }
        Body::Text {
            text,
            bytes,
            cut,
            sha256: _,
        } => {
            let whole = if *cut { *bytes } else { text.len() };
            cut_of(text, whole, most).into_owned()
        }
        Body::Binary { bytes, sha256 } => {
            format!("{bytes} bytes that are not text, sha256 {sha256}")
        }
        Body::Unread {
            bytes,
            sha256,
            why,
            by: _,
        } => cut(
            &format!("could not be read: {why}\n{bytes} bytes, sha256 {sha256}"),
            most,
        )
        .into_owned(),
    })
}

/// A writer that keeps the first bytes and counts all of them.
#[derive(Default)]
struct Bounded {
    most: usize,
    kept: Vec<u8>,
    whole: usize,
}

impl Bounded {
    /// Returns the kept text, up to the last whole character.
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
        let room = self.most.saturating_sub(self.kept.len()).min(bytes.len());
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
    use serde_json::json;

    /// The bound of these tests, in bytes.
    const MOST: usize = 2_048;

    #[test]
    fn an_unread_body_says_why_and_how_large_it_is() {
        let unread = Body::Unread {
            bytes: 12,
            sha256: "ab".to_owned(),
            why: "declared as gzip, but not gzip".to_owned(),
            by: crate::journal::UnreadBy::Sender,
        };
        assert_eq!(
            body(&unread, MOST).as_deref(),
            Some("could not be read: declared as gzip, but not gzip\n12 bytes, sha256 ab")
        );
    }

    #[test]
    fn a_long_body_is_cut_with_both_sizes() {
        let json = json!({"text": "é".repeat(500_000)});
        let text = body(&Body::Json(json.into()), MOST).expect("there is a body");
        assert!(text.len() <= MOST, "{}", text.len());
        assert!(
            text.ends_with(" of 1000016 bytes)"),
            "{}",
            &text[text.len() - 60..]
        );
    }

    #[test]
    fn a_body_that_fits_is_whole() {
        let text = body(&Body::Json(json!({"a": [1]}).into()), MOST);
        assert_eq!(text.as_deref(), Some("{\n  \"a\": [\n    1\n  ]\n}"));
        let form = vec![
            ("a".to_owned(), "1".to_owned()),
            ("b".to_owned(), "2".to_owned()),
        ];
        assert_eq!(
            body(&Body::Form { form }, MOST).as_deref(),
            Some("a=1\nb=2")
        );
        assert_eq!(body(&Body::None, MOST), None);
    }

    #[test]
    fn a_body_is_cut_only_behind_its_border() {
        let text = |bytes: usize| Body::Text {
            text: "x".repeat(bytes),
            bytes,
            cut: false,
            sha256: None,
        };
        assert_eq!(body(&text(MOST), MOST).map(|text| text.len()), Some(MOST));
        let cut = body(&text(MOST + 1), MOST).expect("there is a body");
        assert!(cut.ends_with(" of 2049 bytes)") && cut.len() <= MOST);
    }

    #[test]
    fn a_text_that_was_cut_before_says_its_whole_size() {
        let kept = |cut, bytes| {
            let text = "abc".to_owned();
            body(
                &Body::Text {
                    text,
                    bytes,
                    cut,
                    sha256: None,
                },
                MOST,
            )
        };
        assert_eq!(
            kept(true, 5_000_000).as_deref(),
            Some("abc… (cut: 3 of 5000000 bytes)")
        );
        assert_eq!(kept(false, 3).as_deref(), Some("abc"));
    }

    #[test]
    fn a_credential_tells_its_facts_on_both_sides_of_expiry() {
        let mut one = Credential {
            handle: "secret:token#1".to_owned(),
            algorithm: Some("RS256".to_owned()),
            issuer: Some("https://id".to_owned()),
            audience: None,
            seconds_left: Some(0),
        };
        assert_eq!(
            known(&one),
            "credential secret:token#1, issued by https://id, valid for 0 s more"
        );
        one.seconds_left = Some(-1);
        assert!(known(&one).ends_with("expired 1 s before"));
        one.seconds_left = None;
        one.algorithm = Some("none".to_owned());
        assert_eq!(
            known(&one),
            "credential secret:token#1, unsigned, issued by https://id, without an expiry"
        );
    }
}
