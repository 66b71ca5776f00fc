//! Finds values of a document that may be secrets in plain text, so that findings show its lines without them.
//!
//! A reference is no secret; a value in place of a reference, or after `literal:`, may be one. The value of a misspelt
//! field may be one, too.

use plan_language::source::{Kind, Node, Span};

/// Lists the spans of values that may be secrets, in the order of the document.
pub(super) fn secrets(document: &Node) -> Vec<Span> {
    let mut found = Vec::new();
    gather(document, &mut Vec::new(), &mut found);
    found
}

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
            if !reference && (text.starts_with("literal:") || is_secret(path) || names_user(text)) {
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

/// Tells whether a text is a URL with a user name in it.
fn names_user(text: &str) -> bool {
    text.contains("://") && text.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan_language::source::{Sources, load};

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
}
