//! Masks whole messages: paths, queries, headers and bodies, by field, by shape and by value.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_message::{Bounds, Content, SentBody, UnreadCause};
use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::journal::{Body, Credential, Message, UnreadBy};
use crate::memory::MessageShare;
use crate::vault::Vault;
use plan_language::value::{Handle, handle, hex};
use secret_search::kind_of_field;

/// The largest response body that clients read, in bytes; the rest of a larger one is not read.
pub const BODY_BYTES_MAX: usize = 2 << 20;

/// The largest body that is read once its content codings are undone, in bytes: that of the largest statement.
const DECODED_BYTES_MAX: usize = 32 << 20;

/// How much of a text body is kept, in bytes.
pub const TEXT_BYTES_KEPT: usize = 64 << 10;

/// How much of a longer text is masked, in bytes: more than is kept by far more than any secret is long, so that no
/// part of a secret is kept that goes on behind it.
pub(super) const TEXT_BYTES_READ: usize = 4 * TEXT_BYTES_KEPT;

/// One document takes at most this part of the memory budget; of a larger one the beginning is kept.
const DOCUMENT_SHARE: usize = 8;

/// Headers whose values are secret.
const HEADERS: &[(&str, &str)] = &[
    ("authorization", "bearer"),
    ("proxy-authorization", "bearer"),
    ("x-api-key", "api-key"),
    ("x-signature", "signature"),
    ("cookie", COOKIE),
    ("set-cookie", COOKIE),
];

/// The kind of handles for the values of cookies.
const COOKIE: &str = "cookie";

/// The author of a message, which decides what in it is secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Author {
    /// The plan: a value that is not registered was made up, and is no secret elsewhere.
    Plan,
    /// Another participant.
    Other,
}

impl Vault {
    /// Masks a request that a plan sends, secrets filled in; `now` as in [`mask_request`](Self::mask_request).
    pub fn mask_own_request(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &[(String, String)],
        body: &[u8],
        now: i64,
    ) -> Message {
        self.mask_asked(Author::Plan, (method, path, query), headers, body, now)
    }

    /// Masks a request of another participant; `now` is the moment in seconds since 1970, for the life left in tokens.
    pub fn mask_request(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &[(String, String)],
        body: &[u8],
        now: i64,
    ) -> Message {
        self.mask_asked(Author::Other, (method, path, query), headers, body, now)
    }

    fn mask_asked(
        &self,
        by: Author,
        (method, path, query): (&str, &str, &str),
        headers: &[(String, String)],
        body: &[u8],
        now: i64,
    ) -> Message {
        let mut message = self.mask_parts(by, headers, body, None, now);
        message.method = Some(self.mask(method).into_owned());
        message.path = self.mask(path).into_owned();
        message.query = url::form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| {
                let masked = self.mask_field(by, &name, &value);
                (self.mask(&name).into_owned(), masked)
            })
            .collect();
        message
    }

    /// Masks a response; `asked` are the headers of its request, which say what codings it may have.
    pub fn mask_answer(
        &self,
        status: u16,
        headers: &[(String, String)],
        body: &[u8],
        asked: &[(String, String)],
        now: i64,
    ) -> Message {
        let accepted = asked.iter().find(|(name, _)| name == "accept-encoding");
        let accepted = accepted.map(|(_, value)| value.as_str());
        let mut message = self.mask_parts(Author::Other, headers, body, accepted, now);
        message.status = Some(status);
        message
    }

    fn mask_parts(
        &self,
        by: Author,
        headers: &[(String, String)],
        body: &[u8],
        accept_encoding: Option<&str>,
        now: i64,
    ) -> Message {
        let mut message = Message::default();
        let mut content_type = "";
        let mut codings = Vec::new();
        for (name, value) in headers {
            match name.as_str() {
                "content-type" => content_type = value,
                "content-encoding" => codings.push(value.as_str()),
                _ => {}
            }
            let masked = self.mask_header(by, name, value, now, &mut message.credentials);
            let name = self.mask(name).into_owned();
            message.headers.push((name, masked));
        }
        let sent = SentBody {
            content_type,
            content_encoding: &codings.join(","),
            accept_encoding,
            bytes: body,
        };
        self.mask_body(by, sent, &mut message);
        self.share_memory(&mut message, body);
        message
    }

    /// Takes the message's share of the memory budget; where there is none left, its body is dropped.
    fn share_memory(&self, message: &mut Message, body: &[u8]) {
        match self.memory.take(message.footprint()) {
            Ok(share) => message.share = MessageShare::new(share),
            Err(full) if !message.body.is_none() => {
                message.body = Body::Unread {
                    bytes: body.len(),
                    sha256: hex(digest(&SHA256, body).as_ref()),
                    why: format!("not kept: {full}"),
                    by: UnreadBy::Feedproof,
                };
                message.other_reading = None;
            }
            Err(_) => {}
        }
    }

    /// Takes a secret in, as its author decides.
    fn take(&self, by: Author, kind: &str, value: &str) -> Handle {
        match by {
            Author::Plan => self.keep(kind, value),
            Author::Other => self.observe(kind, value),
        }
    }

    fn mask_header(
        &self,
        by: Author,
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
        if kind == COOKIE {
            return self.mask_cookies(name, value, now, credentials);
        }
        let (scheme, secret) = match value.split_once(' ') {
            Some((scheme, secret)) if kind == "bearer" => (Some(scheme), secret.trim()),
            _ => (None, value),
        };
        if secret.is_empty() {
            return value.to_owned();
        }
        let handle = self.take(by, kind, secret);
        credentials.push(facts(secret, &handle.to_string(), now));
        match scheme {
            Some(scheme) => format!("{} {}", handle::neutralise(scheme), handle.mark()),
            None => handle.mark(),
        }
    }

    /// Masks the values of cookies, so that "the same one came back" stays visible; attributes stay.
    fn mask_cookies(
        &self,
        name: &str,
        value: &str,
        now: i64,
        credentials: &mut Vec<Credential>,
    ) -> String {
        let mut parts = Vec::new();
        for (place, part) in value.split(';').map(str::trim).enumerate() {
            let cookie = place == 0 || name == "cookie";
            parts.push(match part.split_once('=') {
                Some((name, secret)) if cookie && !secret.is_empty() => {
                    let handle = self.keep(COOKIE, secret);
                    credentials.push(facts(secret, &handle.to_string(), now));
                    format!("{}={}", self.mask(name), handle.mark())
                }
                None if cookie && !part.is_empty() => self.keep(COOKIE, part).mark(),
                _ => self.mask(part).into_owned(),
            });
        }
        parts.join("; ")
    }

    /// Masks the value of a named field.
    fn mask_field(&self, by: Author, name: &str, value: &str) -> String {
        match kind_of_field(name) {
            Some(kind) if !value.is_empty() => self.take(by, kind, value).mark(),
            _ => self.mask(value).into_owned(),
        }
    }

    /// Reads a body and masks what it says, with the notes on how it was sent.
    fn mask_body(&self, by: Author, sent: SentBody<'_>, message: &mut Message) {
        let reading = sent.read(Bounds {
            decoded: DECODED_BYTES_MAX,
            document: self.memory.total() / DOCUMENT_SHARE,
            beginning: TEXT_BYTES_READ,
        });
        let notes = reading.notes.iter();
        message.notes = notes.map(|note| self.mask(note).into_owned()).collect();
        let digest = || hex(digest(&SHA256, sent.bytes).as_ref());
        message.body = match reading.content {
            Content::None => Body::None,
            Content::Json { mut value, first } => {
                self.mask_document(by, &mut value);
                message.other_reading = first.map(|mut first| {
                    self.mask_document(by, &mut first);
                    first.into()
                });
                Body::Json(value.into())
            }
            Content::Form(form) => Body::Form {
                form: self.mask_form(by, form),
            },
            Content::Text(text) => {
                let bytes = text.len();
                kept_text(&self.mask(&text), bytes, digest)
            }
            Content::Beginning { of, bytes } => {
                kept_text(&self.mask_beginning(by, *of), bytes, digest)
            }
            Content::Binary => Body::Binary {
                bytes: sent.bytes.len(),
                sha256: digest(),
            },
            Content::Unread(unread) => Body::Unread {
                bytes: sent.bytes.len(),
                sha256: digest(),
                why: self.mask(&unread.why).into_owned(),
                by: match unread.cause {
                    UnreadCause::Malformed => UnreadBy::Sender,
                    UnreadCause::Unsupported | UnreadCause::TooLarge | UnreadCause::BeyondLimit => {
                        UnreadBy::Feedproof
                    }
                },
            },
        };
    }

    fn mask_form(&self, by: Author, form: Vec<(String, String)>) -> Vec<(String, String)> {
        form.into_iter()
            .map(|(name, value)| {
                let masked = self.mask_field(by, &name, &value);
                (self.mask(&name).into_owned(), masked)
            })
            .collect()
    }

    /// Masks the beginning of a body by what it says, and writes it as text.
    fn mask_beginning(&self, by: Author, beginning: Content) -> String {
        match beginning {
            Content::Json { mut value, .. } => {
                self.mask_document(by, &mut value);
                value.to_string()
            }
            Content::Form(form) => {
                let pairs = self.mask_form(by, form).into_iter();
                let pairs: Vec<_> = pairs
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                pairs.join("&")
            }
            Content::Text(text) => self.mask(&text).into_owned(),
            Content::None | Content::Beginning { .. } | Content::Binary | Content::Unread(_) => {
                String::new()
            }
        }
    }

    /// Masks a JSON document in place: customer data where the environment says it stands, then as any value.
    fn mask_document(&self, by: Author, json: &mut Value) {
        let paths = self.read().customers.clone();
        let mut places = Vec::new();
        for pointer in paths.iter().flat_map(|path| path.pointers(json)) {
            if let Some(value) = json.pointer(&pointer) {
                strings_below(value, pointer, &mut places);
            }
        }
        // Inserted before the rest is masked, which may contain the same value elsewhere.
        let handles: Vec<_> = places
            .into_iter()
            .map(|(pointer, text)| (pointer, self.observe_customer(&text)))
            .collect();
        // Removed for the moment, lest a part of it be masked by itself.
        for (pointer, _) in &handles {
            if let Some(value) = json.pointer_mut(pointer) {
                *value = Value::Null;
            }
        }
        self.mask_value(by, json);
        for (pointer, handle) in handles {
            if let Some(value) = json.pointer_mut(&pointer) {
                *value = Value::String(handle.mark());
            }
        }
    }

    fn mask_value(&self, by: Author, value: &mut Value) {
        match value {
            Value::String(text) => {
                let masked = self.mask(text);
                if *masked != **text {
                    *text = masked.into_owned();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask_value(by, item)),
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    match value {
                        Value::String(text) => *text = self.mask_field(by, name, text),
                        other => self.mask_value(by, other),
                    }
                }
                if fields.keys().any(|name| self.mask(name) != *name) {
                    *fields = std::mem::take(fields)
                        .into_iter()
                        .map(|(name, value)| (self.mask(&name).into_owned(), value))
                        .collect();
                }
            }
            _ => {}
        }
    }
}

/// Keeps what fits of a text that was masked before it is cut, lest half a secret be kept; `bytes` is the whole size.
pub(super) fn kept_text(masked: &str, bytes: usize, digest: impl FnOnce() -> String) -> Body {
    let mut end = masked.len().min(TEXT_BYTES_KEPT);
    while !masked.is_char_boundary(end) {
        end -= 1;
    }
    let cut = end < masked.len() || bytes > TEXT_BYTES_READ;
    Body::Text {
        text: masked[..end].to_owned(),
        bytes,
        cut,
        sha256: cut.then(digest),
    }
}

/// Lists the strings of a value with their JSON pointers.
fn strings_below(value: &Value, pointer: String, places: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) if !text.is_empty() => places.push((pointer, text.clone())),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                strings_below(item, format!("{pointer}/{place}"), places);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                strings_below(value, format!("{pointer}/{name}"), places);
            }
        }
        _ => {}
    }
}

/// Returns the facts about a credential, without its value.
fn facts(secret: &str, handle: &str, now: i64) -> Credential {
    let part = |position| {
        secret
            .split('.')
            .nth(position)
            .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok())
            .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
            .unwrap_or_default()
    };
    let (head, claims): (Value, Value) = (part(0), part(1));
    let text = |part: &Value, name: &str| {
        let member = part[name].as_str();
        member.map(|member| handle::neutralise(member).into_owned())
    };
    Credential {
        handle: handle.to_owned(),
        algorithm: text(&head, "alg"),
        issuer: text(&claims, "iss"),
        audience: text(&claims, "aud"),
        seconds_left: claims["exp"].as_i64().map(|end| end - now),
    }
}
