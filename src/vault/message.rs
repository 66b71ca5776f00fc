//! Masks whole messages: paths, queries, headers and bodies, by field, by shape and by value.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::journal::{Body, Credential, Message};
use crate::value::{handle, hex};
use crate::vault::Vault;

/// The largest body that is taken in whole; what is larger is refused by taps and cut by clients.
pub const BODY_BYTES_MAX: usize = 2 << 20;

/// How much of a text body is kept.
pub const TEXT_BYTES_KEPT: usize = 64 << 10;

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

/// Headers whose values are secret.
const HEADERS: &[(&str, &str)] = &[
    ("authorization", "bearer"),
    ("proxy-authorization", "bearer"),
    ("x-api-key", "api-key"),
    ("x-signature", "signature"),
    ("cookie", "cookie"),
    ("set-cookie", "cookie"),
];

impl Vault {
    /// Masks a request; `now` is the moment in seconds since 1970, for the life left in tokens.
    pub fn mask_request(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &[(String, String)],
        body: &[u8],
        now: i64,
    ) -> Message {
        let mut message = self.mask_parts(headers, body, body.len(), now);
        message.method = Some(method.to_owned());
        message.path = self.mask(path).into_owned();
        message.query = url::form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| {
                (
                    handle::neutralise(&name).into_owned(),
                    self.mask_field(&name, &value),
                )
            })
            .collect();
        message
    }

    /// Masks an answer; `total` is the size of the whole body, of which `body` may be the beginning.
    pub fn mask_answer(
        &self,
        status: u16,
        headers: &[(String, String)],
        body: &[u8],
        total: usize,
        now: i64,
    ) -> Message {
        let mut message = self.mask_parts(headers, body, total, now);
        message.status = Some(status);
        message
    }

    fn mask_parts(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        total: usize,
        now: i64,
    ) -> Message {
        let mut message = Message::default();
        let mut media = "";
        for (name, value) in headers {
            if name == "content-type" {
                media = value;
            }
            let masked = self.mask_header(name, value, now, &mut message.credentials);
            message.headers.push((name.clone(), masked));
        }
        message.body = self.mask_body(media, body, total);
        message
    }

    fn mask_header(
        &self,
        name: &str,
        value: &str,
        now: i64,
        credentials: &mut Vec<Credential>,
    ) -> String {
        let kind = HEADERS
            .iter()
            .find(|(header, _)| *header == name)
            .map(|(_, kind)| *kind)
            .or_else(|| {
                let inner = self.read();
                inner
                    .headers
                    .iter()
                    .find(|(header, _)| header == name)
                    .map(|(_, kind)| *kind)
            });
        let Some(kind) = kind else {
            return self.mask(value).into_owned();
        };
        let (scheme, secret) = match value.split_once(' ') {
            Some((scheme, secret)) if kind == "bearer" => (Some(scheme), secret.trim()),
            _ => (None, value),
        };
        if secret.is_empty() {
            return value.to_owned();
        }
        let handle = self.keep(kind, secret);
        credentials.push(facts(secret, &handle.to_string(), now));
        match scheme {
            Some(scheme) => format!("{} {}", handle::neutralise(scheme), handle.mark()),
            None => handle.mark(),
        }
    }

    /// Masks the value of a named field.
    fn mask_field(&self, name: &str, value: &str) -> String {
        match FIELDS
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
        {
            Some((_, kind)) if !value.is_empty() => self.keep(kind, value).mark(),
            _ => self.mask(value).into_owned(),
        }
    }

    fn mask_body(&self, media: &str, body: &[u8], total: usize) -> Body {
        if total == 0 {
            return Body::None;
        }
        let whole = body.len() == total;
        let media = media
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        if whole && media == "application/x-www-form-urlencoded" {
            let form = url::form_urlencoded::parse(body)
                .map(|(name, value)| {
                    (
                        handle::neutralise(&name).into_owned(),
                        self.mask_field(&name, &value),
                    )
                })
                .collect();
            return Body::Form { form };
        }
        let jsonish = media.ends_with("json")
            || matches!(
                body.iter().find(|byte| !byte.is_ascii_whitespace()),
                Some(b'{' | b'[')
            );
        if whole
            && jsonish
            && let Ok(mut json) = serde_json::from_slice::<Value>(body)
        {
            self.mask_value(&mut json);
            return Body::Json { json };
        }
        match std::str::from_utf8(body) {
            Ok(text) => self.mask_text_body(text, total),
            // A cut may fall inside a character.
            Err(error) if !whole && error.error_len().is_none() => {
                let text = std::str::from_utf8(&body[..error.valid_up_to()]).unwrap_or_default();
                self.mask_text_body(text, total)
            }
            Err(_) => Body::Binary {
                bytes: total,
                sha256: hex(digest(&SHA256, body).as_ref()),
            },
        }
    }

    fn mask_text_body(&self, text: &str, total: usize) -> Body {
        // Masked before it is cut, lest half a secret be kept.
        let masked = self.mask(text);
        let mut end = masked.len().min(TEXT_BYTES_KEPT);
        while !masked.is_char_boundary(end) {
            end -= 1;
        }
        Body::Text {
            cut: end < masked.len() || text.len() < total,
            text: masked[..end].to_owned(),
            bytes: total,
        }
    }

    /// Masks a JSON document in place.
    pub fn mask_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                let masked = self.mask(text);
                if *masked != **text {
                    *text = masked.into_owned();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask_value(item)),
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    match value {
                        Value::String(text) => *text = self.mask_field(name, text),
                        other => self.mask_value(other),
                    }
                }
                if fields.keys().any(|name| handle::neutralise(name) != *name) {
                    *fields = std::mem::take(fields)
                        .into_iter()
                        .map(|(name, value)| (handle::neutralise(&name).into_owned(), value))
                        .collect();
                }
            }
            _ => {}
        }
    }
}

/// Tells what is known about a credential without telling it.
fn facts(secret: &str, handle: &str, now: i64) -> Credential {
    let claims = secret
        .split('.')
        .nth(1)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok())
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .unwrap_or_default();
    let text = |name: &str| {
        claims[name]
            .as_str()
            .map(|one| handle::neutralise(one).into_owned())
    };
    Credential {
        handle: handle.to_owned(),
        issuer: text("iss"),
        audience: text("aud"),
        seconds_left: claims["exp"].as_i64().map(|end| end - now),
    }
}
