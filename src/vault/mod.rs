//! The world's inner border: masks what comes in, fills in what goes out.
//!
//! The vault alone knows secrets. Whatever passes inwards (requests that taps see, answers, bodies,
//! URLs, causes of errors) leaves it as masked text, in which a *handle* stands for each secret: one
//! value, one tag, for the length of a run. What a plan sends is masked text too, and is filled in at
//! the last moment. Facts about a token (issuer, audience, seconds left) are told beside it.

mod message;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::value::{Handle, Value, encode_segment, handle, hex};

pub use message::{BODY_BYTES_MAX, TEXT_BYTES_KEPT};

/// Number of hex digits of a tag; two secrets that agree in them get longer ones.
const TAG_DIGITS: usize = 8;

/// Secrets shorter than this are masked where their field says so, not wherever their letters occur.
const SHORTEST_SOUGHT: usize = 6;

/// Keeps the secrets of one run.
pub struct Vault {
    key: hmac::Key,
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    by_value: HashMap<String, Handle>,
    by_tag: HashMap<String, String>,
    /// The forms in which configured secrets are sought in any text.
    forms: HashMap<String, Handle>,
    sought: Option<Arc<Sought>>,
    /// Headers, in lower case, whose values are secret because the environment says so.
    headers: Vec<(String, &'static str)>,
}

/// Finds guarded secrets in texts.
struct Sought {
    finder: aho_corasick::AhoCorasick,
    /// What is written in place of each form.
    marks: Vec<String>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Default for Vault {
    fn default() -> Self {
        Self::new()
    }
}

impl Vault {
    /// Makes an empty vault with a random key, so that tags of different runs cannot be compared.
    pub fn new() -> Self {
        let mut key = [0; 32];
        // Without randomness the tags of two runs are alike; no secret is told by that.
        let _ = SystemRandom::new().fill(&mut key);
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            inner: RwLock::default(),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a secret that was met on the way and returns the handle that stands for it.
    pub fn keep(&self, kind: &str, value: &str) -> Handle {
        if let Some(found) = self.read().by_value.get(value) {
            return found.clone();
        }
        let mut inner = self.write();
        if let Some(found) = inner.by_value.get(value) {
            return found.clone();
        }
        let digest = hex(hmac::sign(&self.key, value.as_bytes()).as_ref());
        let mut digits = TAG_DIGITS;
        while inner.by_tag.contains_key(&digest[..digits]) && digits < digest.len() {
            digits += 1;
        }
        let handle = Handle::new(kind, &digest[..digits])
            .or_else(|| Handle::new("secret", &digest[..digits]))
            .expect("a kind of lower-case letters and hex digits make a handle");
        inner
            .by_tag
            .insert(handle.tag().to_owned(), value.to_owned());
        inner.by_value.insert(value.to_owned(), handle.clone());
        handle
    }

    /// Takes in a secret of the environment: from now on it is sought in every text, in every usual form.
    pub fn guard(&self, kind: &str, value: &str) -> Handle {
        let handle = self.keep(kind, value);
        if value.len() < SHORTEST_SOUGHT {
            return handle;
        }
        let mut inner = self.write();
        for form in forms(value) {
            inner.forms.insert(form, handle.clone());
        }
        inner.sought = None;
        handle
    }

    /// Declares that the values of a header are secret.
    pub fn guard_header(&self, name: &str, kind: &'static str) {
        self.write().headers.push((name.to_ascii_lowercase(), kind));
    }

    /// Fills in the secrets for which handles stand.
    pub fn fill<'t>(&self, masked: &'t str) -> Cow<'t, str> {
        self.fill_as(masked, |secret| Cow::Borrowed(secret))
    }

    /// Fills secrets into a URL, percent-encoded as its path needs them.
    pub fn fill_url<'t>(&self, masked: &'t str) -> Cow<'t, str> {
        self.fill_as(masked, |secret| Cow::Owned(encode_segment(secret)))
    }

    /// Fills secrets into a JSON document.
    pub fn fill_value(&self, masked: &Value) -> Value {
        match masked {
            Value::String(text) => Value::String(self.fill(text).into_owned()),
            Value::Array(items) => items.iter().map(|item| self.fill_value(item)).collect(),
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.fill_value(value)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    fn fill_as<'t>(
        &self,
        masked: &'t str,
        form: impl for<'s> Fn(&'s str) -> Cow<'s, str>,
    ) -> Cow<'t, str> {
        let mut found = handle::find(masked).peekable();
        if found.peek().is_none() {
            return Cow::Borrowed(masked);
        }
        let inner = self.read();
        let mut filled = String::with_capacity(masked.len());
        let mut at = 0;
        for (range, handle) in found {
            filled.push_str(&masked[at..range.start]);
            match inner.by_tag.get(handle.tag()) {
                Some(secret) => filled.push_str(&form(secret)),
                None => filled.push_str(&masked[range.clone()]),
            }
            at = range.end;
        }
        filled.push_str(&masked[at..]);
        Cow::Owned(filled)
    }

    /// Masks a text from outside: what looks like a handle is made harmless, known secrets and tokens are replaced.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = handle::neutralise(text);
        if text.len() < SHORTEST_SOUGHT {
            return text;
        }
        let known = {
            let inner = self.read();
            if let Some(handle) = inner.by_value.get(&*text) {
                return Cow::Owned(handle.mark());
            }
            inner.sought.clone()
        };
        let sought = known.unwrap_or_else(|| self.sought());
        let Some(first) = sought.finder.find(&*text) else {
            return self.mask_tokens(text);
        };
        let mut masked = String::with_capacity(text.len());
        let mut at = 0;
        let mut found = Some(first);
        while let Some(one) = found {
            masked.push_str(&text[at..one.start()]);
            masked.push_str(&sought.marks[one.pattern().as_usize()]);
            at = one.end();
            found = sought
                .finder
                .find(aho_corasick::Input::new(&*text).range(at..));
        }
        masked.push_str(&text[at..]);
        Cow::Owned(self.mask_tokens(Cow::Owned(masked)).into_owned())
    }

    /// Returns what finds guarded secrets; made anew when one was added.
    fn sought(&self) -> Arc<Sought> {
        let mut inner = self.write();
        let (forms, marks): (Vec<_>, Vec<_>) = inner
            .forms
            .iter()
            .map(|(form, handle)| (form.clone(), handle.mark()))
            .unzip();
        let finder = aho_corasick::AhoCorasick::builder()
            // The longest wins, so that no form is cut into by a shorter one.
            .match_kind(aho_corasick::MatchKind::LeftmostLongest)
            .build(forms)
            .expect("a vault holds fewer than two thousand million letters of secrets");
        let sought = Arc::new(Sought { finder, marks });
        inner.sought = Some(sought.clone());
        sought
    }

    /// Replaces what has the shape of a signed token.
    fn mask_tokens<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        if !text.contains("eyJ") {
            return text;
        }
        let mut masked = String::with_capacity(text.len());
        let mut rest: &str = &text;
        while let Some(at) = rest.find("eyJ") {
            let token = token_at(&rest[at..]);
            masked.push_str(&rest[..at]);
            match token {
                Some(token) => masked.push_str(&self.keep("token", token).mark()),
                None => masked.push_str("eyJ"),
            }
            rest = &rest[at + token.map_or(3, str::len)..];
        }
        masked.push_str(rest);
        Cow::Owned(masked)
    }
}

/// Returns the token in compact form with which a text begins, if it does.
fn token_at(text: &str) -> Option<&str> {
    let inside = |one: char| one.is_ascii_alphanumeric() || one == '-' || one == '_' || one == '.';
    let end = text.find(|one| !inside(one)).unwrap_or(text.len());
    let token = text[..end].trim_end_matches('.');
    let parts: Vec<_> = token.split('.').collect();
    (parts.len() == 3 && parts[..2].iter().all(|part| part.len() >= 8)).then_some(token)
}

/// Lists the usual forms of a secret: raw, percent-encoded, as a form, JSON-escaped, HTML-escaped, base64.
fn forms(value: &str) -> Vec<String> {
    let percent = |upper: bool| -> String {
        value
            .bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                _ if upper => format!("%{byte:02X}"),
                _ => format!("%{byte:02x}"),
            })
            .collect()
    };
    let json = serde_json::Value::String(value.to_owned()).to_string();
    let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let mut forms = vec![
        value.to_owned(),
        percent(true),
        percent(false),
        form,
        json[1..json.len() - 1].to_owned(),
        STANDARD.encode(value),
    ];
    forms.sort();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests;
