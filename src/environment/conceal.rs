//! Finds values of a document that may be secrets in plain text, so that findings show its lines without them.
//!
//! A reference is no secret; a value in place of a reference, or after `literal:`, may be one. The value of a misspelt
//! field may be one, too.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use plan_language::source::{Kind, Node, Sources, Span};

/// Lists the spans of values that may be secrets, in the order of the document.
pub(super) fn secrets(document: &Node) -> Vec<Span> {
    let mut found = Vec::new();
    gather(document, &mut Vec::new(), &mut found);
    found
}

/// Lists the spans of what may be a secret on a line whatever the document makes of it: comments, and all behind
/// the word `literal` and a colon.
///
/// Somebody may have taken a value out into a comment, or written a reference as a map, as a key or with a capital
/// letter. A `#` in a quoted value is taken for a comment, too; then less is shown than could be.
pub(super) fn by_line(file: &str, sources: &Sources) -> Vec<Span> {
    let name: Arc<str> = file.into();
    let lines = (1..).map_while(|number| Some((number, sources.line(file, number)?)));
    let found = lines.filter_map(|(number, line)| {
        let begin = line[..LINE.find(line)?.end()].chars().count();
        // Spans count from 1.
        let column = u32::try_from(begin).ok()?.saturating_add(1);
        Some(Span::new(name.clone(), number, column, u32::MAX))
    });
    found.collect()
}

/// Behind which the rest of a line may be a secret.
#[expect(clippy::expect_used, reason = "a test compiles it")]
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(^|\s)#|literal["'\s]*:|!\s*literal"#).expect("the pattern is valid")
});

fn gather<'n>(node: &'n Node, path: &mut Vec<&'n str>, found: &mut Vec<Span>) {
    match &node.kind {
        Kind::Map(entries) => {
            for (key, inner) in entries {
                path.push(&key.text);
                gather(inner, path, found);
                path.pop();
            }
        }
        Kind::List(items) => {
            for item in items {
                gather(item, path, found);
            }
        }
        Kind::Text(text) => {
            let reference = text.starts_with("env:") || text.starts_with("file:");
            let shows_user = (may_name_user(text) && !is_login(path))
                || (is_participant(path) && has_odd_port(text));
            let secret = text.starts_with("literal:") || is_secret(path) || shows_user;
            if !reference && secret {
                found.push(node.span.clone());
            }
        }
        Kind::Number(_) if is_secret(path) => found.push(node.span.clone()),
        _ => {}
    }
}

/// Tells whether the value at a path may be a secret, even if the last name on it is unknown.
fn is_secret(path: &[&str]) -> bool {
    let plain = [
        "audience",
        "notification_audience",
        "application",
        "username",
        "name",
    ];
    let known = |name: &&str| plain.contains(name);
    match path {
        ["credentials" | "notification_header", last] => !known(last),
        ["provider", "notification_header", last] => !known(last),
        // The names that a page shows are no secrets.
        ["customers", _, "login", "steps", ..] => false,
        ["customers", _, "login", rest @ ..] => !matches!(rest, [last] if known(last)),
        ["bank_actions", _, "headers", ..] => true,
        ["tls", ..] | ["proxy"] => true,
        _ => false,
    }
}

/// Tells whether a value belongs to the login of a customer, where an e-mail address is a plain name.
fn is_login(path: &[&str]) -> bool {
    matches!(path, ["customers", _, "login", ..])
}

/// Tells whether a value is one of a participant, most of which are addresses.
fn is_participant(path: &[&str]) -> bool {
    match path {
        ["provider", "launch", last, ..] => *last == "ready",
        ["service" | "provider" | "browser", ..] => true,
        _ => false,
    }
}

/// Tells whether a text, which may be a misspelt address, may have a user name or password in it.
///
/// A scheme may be missing, an `@` may be encoded, and without an `@` the password stands where a port should.
pub(super) fn may_name_user(text: &str) -> bool {
    if text.contains('@') || text.contains("%40") {
        return true;
    }
    let address = text.split_whitespace().last().unwrap_or_default();
    let Some((_, behind)) = address.split_once("//") else {
        return false;
    };
    has_odd_port(behind)
}

/// Tells whether something other than a port follows the first colon of an authority.
pub(super) fn has_odd_port(address: &str) -> bool {
    let authority = address.split(['/', '?', '#']).next().unwrap_or_default();
    let port = authority.split_once(':').map(|(_, port)| port);
    !authority.starts_with('[')
        && port.is_some_and(|port| !port.chars().all(|sign| sign.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan_language::source::load;

    #[test]
    fn possible_secrets_are_hidden_and_other_values_are_shown() {
        let text = "\
credentials: { api_key: hunter2, client_id: env:ID, audience: everybody }
customers: { a: { login: { username: alice, pasword: hunter2, fields: { pin: 1234, word: \"literal:hunter2\" } }, accounts: 3 } }
bank_actions: { look-up: { http: POST http://hunter2@x/, headers: { a: hünter2 } } }
";
        let node = load("e.yaml", text.as_bytes()).expect("it is YAML");
        let mut sources = Sources::new();
        sources.insert("e.yaml", text.as_bytes());
        for span in secrets(&node) {
            sources.conceal(&span);
        }
        let lines: Vec<_> = (1..=3)
            .map(|line| sources.line("e.yaml", line).expect("it is there"))
            .collect();
        assert_eq!(
            lines,
            [
                "credentials: { api_key: *******, client_id: env:ID, audience: everybody }",
                "customers: { a: { login: { username: alice, pasword: *******, fields: { pin: ****, word: ***************** } }, accounts: 3 } }",
                "bank_actions: { look-up: { http: **********************, headers: { a: ******* } } }",
            ]
        );
    }

    #[test]
    fn comments_and_literals_of_any_shape_are_hidden_beside_a_finding() {
        for (line, shown) in [
            ("# was hünter2\r", "#************"),
            ("\u{feff}# hunter2", "#********"),
            ("\u{feff}a: literal:hunter2", "a: literal:*******"),
            ("a: 1 # hunter2 # b", "a: 1 #************"),
            ("b: x#y", "b: x#y"),
            ("\"c # d\": 1", "\"c #******"),
            ("a: { literal: hunter2 }", "a: { literal:**********"),
            ("a: { \"literal\": hunter2 }", "a: { \"literal\":**********"),
            (
                "a: { \"literal:hunter2\": 1 }",
                "a: { \"literal:*************",
            ),
            ("a: \" Literal :hunter2\"", "a: \" Literal :********"),
            ("a: !literal hunter2", "a: !literal********"),
            ("a: literal", "a: literal"),
        ] {
            let mut sources = Sources::new();
            sources.insert("e.yaml", line.as_bytes());
            for span in by_line("e.yaml", &sources) {
                sources.conceal(&span);
            }
            assert_eq!(sources.line("e.yaml", 1), Some(shown), "{line}");
        }
        let mut sources = Sources::new();
        sources.insert("e.yaml", b"a: 1\r# hunter2\rb: 1");
        for span in by_line("e.yaml", &sources) {
            sources.conceal(&span);
        }
        assert_eq!(sources.line("e.yaml", 2), Some("#********"));
    }

    #[test]
    fn a_password_in_an_address_that_is_none_is_hidden() {
        for address in [
            "ann:hunter2@bank.test//auth",
            "ann:hunter2@127.0.0.1/auth",
            "http://ann:hunter2%40host",
            "http://ann:hunter2",
            "POST http://ann:hunter2/pay",
            "hunter2@bank.test",
        ] {
            assert!(may_name_user(address), "{address}");
        }
        for address in [
            "http://localhost:8080/auth",
            "localhost:8080",
            "http://[::1]:80/",
            "POST https://bank.test/a:b",
        ] {
            assert!(!may_name_user(address), "{address}");
        }
    }
}
