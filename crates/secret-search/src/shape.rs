//! Finds secrets by their shape: tokens, credentials with their scheme, and fields of URLs and pages.
//!
//! This finds secrets that the environment does not name. Masking and remembering them is left to others.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Fields, in lower case, whose values are secret wherever they stand, with the kind of their handle.
const FIELDS: &[(&str, &str)] = &[
    ("access_token", "access-token"),
    ("refresh_token", "refresh-token"),
    ("id_token", "id-token"),
    ("jwt", "jwt"),
    ("token", "signing-key"),
    ("client_secret", "client-secret"),
    ("password", "password"),
    ("api_key", "api-key"),
    ("x-api-key", "api-key"),
    ("otp", "one-time-code"),
];

/// Returns the kind of secret that a field of a name holds.
pub fn kind_of_field(name: &str) -> Option<&'static str> {
    let known = FIELDS
        .iter()
        .find(|(field, _)| field.eq_ignore_ascii_case(name));
    known.map(|(_, kind)| *kind)
}

/// Something that must be secret.
#[derive(Debug, PartialEq, Eq)]
pub struct SecretShape<'t> {
    /// Where it stands.
    pub range: Range<usize>,
    /// The kind of its handle.
    pub kind: &'static str,
    /// The secret, as its reader reads it.
    pub value: Cow<'t, str>,
}

/// What of a token in compact form can stand in it.
static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| compile(r"eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){2,4}"));

/// A credential behind the name of its scheme, in text or in a URL.
static SCHEME: LazyLock<Regex> =
    LazyLock::new(|| compile(r"(?:[Bb]earer|[Bb]asic)(?:\s|%20|\+)+([A-Za-z0-9._~+/=-]{16,})"));

/// A field of a query or a fragment.
static PARAMETER: LazyLock<Regex> =
    LazyLock::new(|| compile(r#"(?:[?&#]|&amp;|&#38;)([A-Za-z_-]{3,13})=([^&\s"'<>#;()\\⟦⟧]+)"#));

/// The password in an address.
static USER_INFO: LazyLock<Regex> =
    LazyLock::new(|| compile(r#"://[^\s/?#@:"'<>⟦⟧]*:([^\s/?#@"'<>⟦⟧]+)@"#));

/// A field of a page.
static INPUT: LazyLock<Regex> = LazyLock::new(|| compile(r"<[iI][nN][pP][uU][tT]\s[^>]*>"));

/// An attribute of a field of a page.
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| compile(r#"\s([A-Za-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"#));

#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
fn compile(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this module are sound, as its tests show")
}

/// Finds what must be secret, from left to right; nothing overlaps.
pub fn shapes(text: &str) -> Vec<SecretShape<'_>> {
    let mut found = Vec::new();
    // Most texts hold nothing of the kind, and regular expressions cost.
    if text.contains("eyJ") {
        found.extend(
            TOKEN
                .find_iter(text)
                .filter_map(|found| token(text, found.range())),
        );
    }
    if text.contains("earer") || text.contains("asic") {
        found.extend(credentials(text));
    }
    if text.contains("://") && text.contains('@') {
        let passwords = USER_INFO
            .captures_iter(text)
            .filter_map(|groups| groups.get(1));
        found.extend(passwords.map(|password| SecretShape {
            range: password.range(),
            kind: "url-password",
            value: percent_decoded(password.as_str()),
        }));
    }
    if text.contains('=') {
        found.extend(PARAMETER.captures_iter(text).filter_map(|groups| {
            let value = groups.get(2)?;
            Some(SecretShape {
                range: value.range(),
                kind: kind_of_field(&groups[1])?,
                value: form_decoded(value.as_str()),
            })
        }));
        if text.contains("<i") || text.contains("<I") {
            found.extend(
                INPUT
                    .find_iter(text)
                    .filter_map(|tag| input(text, tag.range())),
            );
        }
    }
    found.sort_by_key(|shape| (shape.range.start, std::cmp::Reverse(shape.range.end)));
    let mut end = 0;
    found.retain(|shape| {
        let apart = shape.range.start >= end;
        end = end.max(shape.range.end);
        apart
    });
    found
}

/// Finds the credentials of authorization headers.
fn credentials(text: &str) -> impl Iterator<Item = SecretShape<'_>> {
    // `Bearer authentication-required` is a sentence.
    let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    let credentials = SCHEME
        .captures_iter(text)
        .filter_map(|groups| groups.get(1));
    credentials
        .filter(move |credential| has_digit(credential.as_str()))
        .map(|credential| SecretShape {
            range: credential.range(),
            kind: "bearer",
            value: Cow::Borrowed(credential.as_str()),
        })
}

fn token(text: &str, range: Range<usize>) -> Option<SecretShape<'_>> {
    // The dot behind it may end a sentence.
    let token = text[range.clone()].trim_end_matches('.');
    let parts: Vec<_> = token.split('.').collect();
    let holds = match parts.len() {
        3 => parts[1].len() >= 8,
        parts => parts == 5,
    };
    holds.then_some(SecretShape {
        range: range.start..range.start + token.len(),
        kind: "token",
        value: Cow::Borrowed(token),
    })
}

fn input(text: &str, range: Range<usize>) -> Option<SecretShape<'_>> {
    let tag = &text[range.clone()];
    let mut kind = None;
    let mut value = None;
    for groups in ATTRIBUTE.captures_iter(tag) {
        let written = groups.get(2).or(groups.get(3)).or(groups.get(4))?;
        match groups[1].to_ascii_lowercase().as_str() {
            "name" => kind = kind_of_field(written.as_str()),
            "value" => value = Some(written),
            _ => {}
        }
    }
    let value =
        value.filter(|value| !value.as_str().is_empty() && !value.as_str().contains('⟦'))?;
    Some(SecretShape {
        range: range.start + value.start()..range.start + value.end(),
        kind: kind?,
        value: quick_xml::escape::unescape(value.as_str()).unwrap_or(Cow::Borrowed(value.as_str())),
    })
}

fn form_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&spaced).collect();
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Decodes a text; one that is not UTF-8 then stays as it is.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(text).collect();
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = shapes(text);
        let found: Vec<_> = found
            .iter()
            .map(|shape| (shape.kind, &*shape.value))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn tokens_are_known_by_their_shape() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJzYWdlIn0.c2ln";
        check(&format!("it is {token}."), &[("token", token)]);
        check(&format!("Bearer {token}"), &[("token", token)]);
        check("eyJ, eyJhbGci.x.y, eyJhbGciOiJS.eyJpc3MiOiJz", &[]);
        let encrypted = "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn";
        check(encrypted, &[("token", encrypted)]);
    }

    #[test]
    fn credentials_are_known_by_their_scheme() {
        check(
            "sent Bearer abcdefghijklmno1 to",
            &[("bearer", "abcdefghijklmno1")],
        );
        check(
            "Basic%20YTpiYzpkZWY6Z2hpMQ==",
            &[("bearer", "YTpiYzpkZWY6Z2hpMQ==")],
        );
        check("Bearer authentication-is-required", &[]);
        check("Bearer short1", &[]);
    }

    #[test]
    fn the_password_in_an_address_is_known_by_its_place() {
        check(
            "see http://ann:a%21b+c@h/x?y=1",
            &[("url-password", "a!b+c")],
        );
        check(
            r#"{"next":"https://:only@h:1/"}"#,
            &[("url-password", "only")],
        );
        check("http://h:8080/a@b http://ann@h/ http://h/x:y@z", &[]);
        check("http://ann:⟦secret:url-password#1⟧@h/", &[]);
    }

    #[test]
    fn fields_are_known_by_their_name() {
        check(
            "(http://h/x?a=1&access_token=a%2Bb&c=2)",
            &[("access-token", "a+b")],
        );
        check("/x?a=1&amp;Password=p&amp;b", &[("password", "p")]);
        check("/back#id_token=x", &[("id-token", "x")]);
        check("/x?tokens=1&otp=&b=token=2", &[]);
        check("/x?token=⟦secret:a#1⟧", &[]);
        let page =
            r#"<p><input type="hidden" name='token' value="a&amp;b"><INPUT value=x name=otp>"#;
        check(page, &[("signing-key", "a&b"), ("one-time-code", "x")]);
        check(
            r#"<input name="token" value=""><input name="user" value="y">"#,
            &[],
        );
    }
}
