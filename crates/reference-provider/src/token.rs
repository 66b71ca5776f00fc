//! The access token for the Provider API: fetched once, reused until shortly before it expires, replaced after a 401.
//!
//! Sage asks providers to reuse a token until it expires. `caller` makes the requests.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use url::form_urlencoded;

use super::settings::Settings;

/// What a token is used for; all but one variant use the same for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum TokenPurpose {
    /// The report on an authorisation.
    Authorisations,
    /// Everything else.
    Statements,
}

/// The lifetime of a token without `expires_in`: 480 minutes, as documented.
const LIFE: Duration = Duration::from_secs(480 * 60);
/// The time before its expiry at which a token is replaced; at most a tenth of its lifetime.
const MARGIN: Duration = Duration::from_secs(60);

/// An access token in use.
///
/// `Debug` does not print it.
#[derive(Clone)]
pub(super) struct Token {
    /// The value of `Authorization`: token type and token.
    pub authorization: String,
    /// The time of its replacement, on the provider's clock.
    pub replace_at: Duration,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("replace_at", &self.replace_at)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Issued {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<f64>,
}

impl Token {
    /// Reads the response of the token endpoint; `None` when it has no usable token.
    pub(super) fn parse(answer: &[u8], now: Duration) -> Option<Token> {
        let issued: Issued = serde_json::from_slice(answer).ok()?;
        let kind = issued.token_type.as_deref().unwrap_or("Bearer");
        let life = match issued.expires_in {
            None => LIFE,
            Some(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        };
        let authorization = format!("{kind} {}", issued.access_token);
        let usable = !issued.access_token.is_empty()
            && authorization
                .bytes()
                .all(|byte| (0x20..0x7f).contains(&byte));
        let margin = MARGIN.min(life / 10);
        usable.then(|| Token {
            authorization,
            replace_at: now.saturating_add(life - margin),
        })
    }
}

/// Returns the form for the token endpoint.
pub(super) fn request(settings: &Settings) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &settings.client_id)
        .append_pair("client_secret", &settings.client_secret)
        .append_pair("audience", &settings.audience)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::super::testbed;
    use super::*;

    fn replace_at(answer: &str) -> Option<u64> {
        Token::parse(answer.as_bytes(), Duration::from_secs(1_000))
            .map(|token| token.replace_at.as_secs())
    }

    #[test]
    fn a_token_is_replaced_before_its_end() {
        assert_eq!(
            replace_at(r#"{"access_token":"t","expires_in":3600}"#),
            Some(1_000 + 3_540)
        );
        assert_eq!(
            replace_at(r#"{"access_token":"t","expires_in":100}"#),
            Some(1_000 + 90)
        );
        assert_eq!(
            replace_at(r#"{"access_token":"t"}"#),
            Some(1_000 + 480 * 60 - 60)
        );
        assert_eq!(
            replace_at(r#"{"access_token":"t","expires_in":0}"#),
            Some(1_000)
        );
    }

    #[test]
    fn unusable_answers_are_refused() {
        for answer in [
            "",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a\r\nb"}"#,
            r#"{"access_token":"t","expires_in":-1}"#,
            r#"{"access_token":"t","expires_in":1e300}"#,
            r#"{"access_token":7}"#,
        ] {
            assert_eq!(replace_at(answer), None, "{answer}");
        }
    }

    #[test]
    fn type_and_token_are_joined_and_never_printed() {
        let token = Token::parse(
            br#"{"access_token":"hush","token_type":"Bearer"}"#,
            Duration::ZERO,
        )
        .unwrap();
        assert_eq!(token.authorization, "Bearer hush");
        assert!(!format!("{token:?}").contains("hush"));
    }

    #[test]
    fn the_request_is_a_form_with_four_fields() {
        let mut settings = testbed::settings("http://127.0.0.1:9");
        settings.client_secret = "a&b=c d".to_owned();
        let fields: Vec<_> = form_urlencoded::parse(request(&settings).as_bytes())
            .into_owned()
            .collect();
        assert_eq!(
            fields[0],
            ("grant_type".to_owned(), "client_credentials".to_owned())
        );
        assert_eq!(
            fields[2],
            ("client_secret".to_owned(), "a&b=c d".to_owned())
        );
        assert_eq!(fields.len(), 4);
    }
}
