//! A request as a curl command, with shell variables for addresses and secrets.

use crate::journal::{Body, Fact, Message};
use crate::record::RecordedExchange;
use crate::report::failure::exchange::means_something;
use crate::report::plain::line;
use crate::variable_name::variable_name;
use plan_language::participant::Participant;

/// Bytes of a body in the command; for a longer one it names a file.
const BODY_BYTES_MAX: usize = 1_024;
/// The beginning of a handle in masked text.
const OPEN: &str = "\u{27e6}secret:";
/// The end of a handle.
const CLOSE: char = '\u{27e7}';

/// Writes the request of an exchange; `None` for an event that is no request.
pub(super) fn curl(exchange: &RecordedExchange<'_>) -> Option<String> {
    let Fact::Request { to, message, .. } = &exchange.request.fact else {
        return None;
    };
    let base = match to.participant {
        Participant::Product => "PRODUCT",
        Participant::Browser => "BROWSER",
        Participant::Service => "SERVICE",
        Participant::Sageid => "SAGE_ID",
        Participant::Provider => "PROVIDER",
    };
    let mut command = format!(
        "curl -i -X {} \"${base}\"{}",
        shell(message.method.as_deref().unwrap_or("GET")),
        shell(&target(message))
    );
    for (name, value) in &message.headers {
        if means_something(name) {
            command.push_str(&format!(" -H {}", shell(&format!("{name}: {value}"))));
        }
    }
    let body = match &message.body {
        Body::None => None,
        Body::Json(json) => Some(json.open().to_string()),
        Body::Form { form } => Some(encoded(form)),
        Body::Text {
            text, cut: false, ..
        } => Some(text.clone()),
        Body::Text { .. } | Body::Binary { .. } | Body::Unread { .. } => {
            Some("x".repeat(BODY_BYTES_MAX + 1))
        }
    };
    match body {
        None => {}
        Some(body) if body.len() <= BODY_BYTES_MAX => {
            command.push_str(&format!(" --data-raw {}", shell(&body)));
        }
        // The journal contains the body; a command of megabytes is of no use.
        Some(_) => command.push_str(" --data-binary @body"),
    }
    Some(line(&command).into_owned())
}

fn target(message: &Message) -> String {
    if message.query.is_empty() {
        message.path.clone()
    } else {
        format!("{}?{}", message.path, encoded(&message.query))
    }
}

/// Encodes pairs as a form, and leaves handles readable.
fn encoded(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| {
        if text.contains(OPEN) {
            return text.to_owned();
        }
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
            .to_string()
            .replace("%2D", "-")
            .replace("%5F", "_")
            .replace("%2E", ".")
    };
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

/// Quotes a text for a shell; a handle becomes a variable, such as `$JWT_F0BB904C`.
fn shell(text: &str) -> String {
    let mut quoted = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((handle, behind)) = after.split_once(CLOSE) else {
            break;
        };
        quoted.push_str(&single(before));
        quoted.push_str(&format!("\"${}\"", variable_name(handle)));
        rest = behind;
    }
    quoted.push_str(&single(rest));
    if quoted.is_empty() {
        "''".to_owned()
    } else {
        quoted
    }
}

fn single(text: &str) -> String {
    let safe = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '/' | '-' | '_' | '.' | ':')
    };
    if text.chars().all(safe) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Event;
    use plan_language::participant::{Address, Author};
    use serde_json::json;

    fn written(message: Message) -> String {
        let request = Event {
            seq: 1,
            at: 0,
            lane: None,
            fact: Fact::Request {
                exchange: 1,
                step: None,
                from: Participant::Product,
                to: Address::of(Participant::Service),
                author: Author::Runner,
                message,
            },
        };
        curl(&RecordedExchange {
            request: &request,
            end: None,
        })
        .expect("it is a request")
    }

    #[test]
    fn secrets_become_variables_and_nothing_else_is_open_to_the_shell() {
        let message = Message {
            method: Some("POST".to_owned()),
            path: "/api/v1/it's/$HOME".to_owned(),
            query: vec![("a b".to_owned(), "1&2".to_owned())],
            headers: vec![
                (
                    "authorization".to_owned(),
                    "Bearer \u{27e6}secret:jwt#f0bb904c\u{27e7}".to_owned(),
                ),
                ("host".to_owned(), "localhost:1".to_owned()),
                (
                    "content-type".to_owned(),
                    "application/json; $(rm)".to_owned(),
                ),
            ],
            body: Body::Json(
                json!({"key": "\u{27e6}secret:api-key#a9\u{27e7}", "name": "O'Neill"}).into(),
            ),
            ..Message::default()
        };
        assert_eq!(
            written(message),
            r#"curl -i -X POST "$SERVICE"'/api/v1/it'\''s/$HOME?a%20b=1%262' -H 'authorization: Bearer '"$JWT_F0BB904C" -H 'content-type: application/json; $(rm)' --data-raw '{"key":"'"$API_KEY_A9"'","name":"O'\''Neill"}'"#
        );
    }

    #[test]
    fn a_form_is_encoded_and_a_long_body_is_a_file() {
        let with = |body| {
            written(Message {
                method: Some("POST".to_owned()),
                path: "/x".to_owned(),
                body,
                ..Message::default()
            })
        };
        let form = vec![
            ("grant_type".to_owned(), "client_credentials".to_owned()),
            (
                "client_secret".to_owned(),
                "\u{27e6}secret:client-secret#1f\u{27e7}".to_owned(),
            ),
        ];
        assert_eq!(
            with(Body::Form { form }),
            r#"curl -i -X POST "$SERVICE"/x --data-raw 'grant_type=client_credentials&client_secret='"$CLIENT_SECRET_1F""#
        );
        let text = |bytes: usize| Body::Text {
            text: "x".repeat(bytes),
            bytes,
            cut: false,
            sha256: None,
        };
        assert!(with(text(BODY_BYTES_MAX)).len() > BODY_BYTES_MAX);
        assert!(with(text(BODY_BYTES_MAX + 1)).ends_with("/x --data-binary @body"));
        let binary = Body::Binary {
            bytes: 3,
            sha256: "ab".to_owned(),
        };
        assert!(with(binary).ends_with("/x --data-binary @body"));
    }

    #[test]
    fn nothing_hostile_breaks_the_line() {
        let message = Message {
            method: Some("GET".to_owned()),
            path: "/a\nb\u{1b}[0m".to_owned(),
            ..Message::default()
        };
        assert_eq!(
            written(message),
            r#"curl -i -X GET "$SERVICE"'/a b\u{1b}[0m'"#
        );
    }
}
