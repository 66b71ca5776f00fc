//! Signs a product's requests for organisations and tokens (Consumer API, `x-signature`).
//!
//! Source of the algorithm: the published request collection, requests 1 and 2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use url::Url;

/// What RFC 3986 leaves unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Returns the signature of a request: HMAC-SHA1 in base64.
///
/// `nonce` is a text that was not used before, of at most 200 characters; `key` is the signing key of
/// the application or of the organisation. The URL is signed in lower case without its query; the
/// query's pairs and the body (as `body`, in base64) are signed in the order of their encoded names.
pub fn sign(method: &str, url: &Url, body: &[u8], nonce: &str, key: &str) -> String {
    let mut pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (encode(&name), encode(&value)))
        .collect();
    if !body.is_empty() {
        pairs.push(("body".to_owned(), encode(&STANDARD.encode(body))));
    }
    pairs.sort();
    let parameters: Vec<_> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    let base = format!(
        "{}&{}&{}&{}",
        method.to_ascii_uppercase(),
        encode(&bare.as_str().to_lowercase()),
        encode(&parameters.join("&")),
        encode(nonce)
    );
    let key = hmac::Key::new(
        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        format!("{key}&null").as_bytes(),
    );
    STANDARD.encode(hmac::sign(&key, base.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &str, url: &str, body: &str, nonce: &str, key: &str, expected: &str) {
        let url = Url::parse(url).expect("the test's URL parses");
        assert_eq!(sign(method, &url, body.as_bytes(), nonce, key), expected);
    }

    #[test]
    fn a_body_is_signed() {
        check(
            "POST",
            "http://127.0.0.1:8080/api/v1/organisations",
            r#"{"company":{"name":"Acme"}}"#,
            "nonce-0001",
            "app-signing-key",
            "F5aoHSpKcSSyhgPYs6DuIqExjlo=",
        );
    }

    #[test]
    fn a_request_without_anything_to_sign_keeps_its_three_ampersands() {
        check(
            "GET",
            "http://127.0.0.1:8080/api/v1/accessToken",
            "",
            "nonce-0002",
            "org-signing-key",
            "lt5w4ArH1QOLtWlZvq/yJ9xZc7U=",
        );
    }

    #[test]
    fn query_pairs_are_sorted_and_encoded_twice() {
        check(
            "POST",
            "http://127.0.0.1:8080/api/v1/Things?zebra=1&alpha=it's",
            "{}",
            "n 3",
            "k",
            "N/41nv/1V00NGCh2YPXboYM5Bwg=",
        );
    }
}
