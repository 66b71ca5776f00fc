//! The x-signature of the Consumer API: canonical text and HMAC-SHA1.
//!
//! A pure function of the request; which key applies and whether a nonce was used before
//! is left to the caller.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;

/// Everything outside the unreserved characters of RFC 3986, so that `! ' ( ) *` are encoded too.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a signature covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignedRequest<'a> {
    /// Method as sent, upper-case.
    pub(super) method: &'a str,
    /// Absolute URL the caller used, without its query; its case does not matter.
    pub(super) url: &'a str,
    /// Decoded pairs of the query, in any order.
    pub(super) query: &'a [(String, String)],
    /// Body bytes; empty means no body.
    pub(super) body: &'a [u8],
    /// Value of x-nonce.
    pub(super) nonce: &'a str,
}

impl SignedRequest<'_> {
    /// Builds the base string: four parts joined by exactly three ampersands.
    pub(super) fn base_string(&self) -> String {
        let mut pairs: Vec<(String, String)> = self
            .query
            .iter()
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        if !self.body.is_empty() {
            pairs.push(("body".to_owned(), encode(&STANDARD.encode(self.body))));
        }
        pairs.sort();
        let parameters = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("&");
        format!(
            "{}&{}&{}&{}",
            self.method,
            encode(&self.url.to_lowercase()),
            encode(&parameters),
            encode(self.nonce)
        )
    }

    /// Says whether `signature` (base64) was made over this content with `signing_key`.
    ///
    /// The comparison takes the same time wherever the difference lies.
    pub(super) fn holds(&self, signing_key: &str, signature: &str) -> bool {
        STANDARD.decode(signature).is_ok_and(|tag| {
            hmac::verify(&key(signing_key), self.base_string().as_bytes(), &tag).is_ok()
        })
    }

    /// Signs this content with `signing_key`; base64.
    #[cfg(test)]
    pub(super) fn sign(&self, signing_key: &str) -> String {
        STANDARD.encode(hmac::sign(&key(signing_key), self.base_string().as_bytes()))
    }
}

/// The scheme appends `&null` to the signing key: it is OAuth 1.0's key with no token secret.
fn key(signing_key: &str) -> hmac::Key {
    hmac::Key::new(
        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        format!("{signing_key}&null").as_bytes(),
    )
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed<'a>(
        method: &'a str,
        url: &'a str,
        query: &'a [(String, String)],
        body: &'a str,
        nonce: &'a str,
    ) -> SignedRequest<'a> {
        SignedRequest {
            method,
            url,
            query,
            body: body.as_bytes(),
            nonce,
        }
    }

    #[test]
    fn a_post_with_a_body_has_the_published_signature() {
        let content = signed(
            "POST",
            "http://127.0.0.1:8080/api/v1/organisations",
            &[],
            r#"{"company":{"name":"Acme"}}"#,
            "nonce-0001",
        );
        assert_eq!(
            content.sign("app-signing-key"),
            "F5aoHSpKcSSyhgPYs6DuIqExjlo="
        );
        assert!(content.holds("app-signing-key", "F5aoHSpKcSSyhgPYs6DuIqExjlo="));
        assert!(!content.holds("app-signing-kez", "F5aoHSpKcSSyhgPYs6DuIqExjlo="));
        assert!(!content.holds("app-signing-key", "not base64!"));
        assert!(!content.holds("app-signing-key", ""));
    }

    #[test]
    fn a_get_without_anything_to_sign_keeps_three_ampersands_and_ignores_the_case_of_the_url() {
        let content = signed(
            "GET",
            "http://127.0.0.1:8080/api/v1/accessToken",
            &[],
            "",
            "nonce-0002",
        );
        assert_eq!(
            content.sign("org-signing-key"),
            "lt5w4ArH1QOLtWlZvq/yJ9xZc7U="
        );
        assert_eq!(content.base_string().matches('&').count(), 3);
    }

    #[test]
    fn query_pairs_are_sorted_among_the_body_and_encoded_twice() {
        let query = [
            ("zebra".to_owned(), "1".to_owned()),
            ("alpha".to_owned(), "it's".to_owned()),
        ];
        let content = signed(
            "POST",
            "http://127.0.0.1:8080/api/v1/Things",
            &query,
            "{}",
            "n 3",
        );
        assert_eq!(content.sign("k"), "N/41nv/1V00NGCh2YPXboYM5Bwg=");
        assert!(
            content
                .base_string()
                .contains("alpha%3Dit%2527s%26body%3De30%253D%26zebra%3D1")
        );
    }
}
