//! The world's inner border: masks what comes in, fills in what goes out.
//!
//! The vault alone knows secrets. Whatever passes inwards (requests that taps see, answers, bodies,
//! URLs, causes of errors) leaves it as masked text, in which a *handle* stands for each secret: one
//! value, one tag, for the length of a run. What a plan sends is masked text too, and is filled in at
//! the last moment. Facts about a token (issuer, audience, seconds left) are told beside it.
//!
//! Secrets are masked where a header, a field or their shape says so (`message`, `shape`), and wherever
//! a value that is known to be secret stands in a text, in every [`Form`]. What was written in the end
//! is proven clean by a [`Scanner`].
//!
//! # What is sought in every text
//!
//! - secrets of the environment, unless they are too short or too ordinary to be told from other text:
//!   fewer than 6 bytes, or fewer than 12 of nothing but letters or of nothing but hexadecimal digits;
//! - tokens, API keys and client secrets that others sent, of at least 16 bytes and not of letters alone;
//! - customer data that the environment's `masks` select, of at least 6 characters.
//!
//! Everything but the customer data is also sought in files and on streams after the run: customer data
//! may have stood somewhere before its path made it known. What a plan makes up is no secret. Cookies,
//! signatures and one-time codes are masked where they stand, and not sought: they are other texts'
//! identifiers, good for one message, or too short.
//!
//! # What is not covered
//!
//! Numbers and booleans in JSON; secrets inside of compressed or encrypted data, of base64 of an
//! escaped text, or split over two texts; customer data in a text that came before its path matched.

mod form;
mod hide;
mod index;
mod message;
mod reading;
mod scan;
mod search;
mod shape;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::secret::Secret;
use crate::vault::index::Index;
use plan_language::value::{Handle, JsonPath, Value, encode_segment, handle, hex};

pub use form::Form;
pub use message::{BODY_BYTES_MAX, TEXT_BYTES_KEPT};
pub use scan::{Leak, Scanner, Untrusted};

/// Number of hex digits of a tag; two secrets that agree in them get longer ones.
const TAG_DIGITS: usize = 8;

/// The fewest bytes of a secret of the environment that is sought in texts.
const SOUGHT_BYTES_MIN: usize = 6;

/// The fewest bytes if it is made of letters alone, or of hexadecimal digits alone: shorter ones are words
/// and numbers that stand in any report by chance.
const UNIFORM_BYTES_MIN: usize = 12;

/// The fewest bytes of a token that others sent, if it is to be sought in other texts.
const OBSERVED_BYTES_MIN: usize = 16;

/// Kinds of secrets that others send and that are the same wherever they stand.
const OBSERVED_KINDS: &[&str] = &[
    "access-token",
    "api-key",
    "bearer",
    "client-secret",
    "id-token",
    "jwt",
    "refresh-token",
    "token",
];

/// The kind of handles for customer data.
const CUSTOMER: &str = "customer";

/// Keeps the secrets of one run.
pub struct Vault {
    key: hmac::Key,
    inner: RwLock<Inner>,
    /// A form that masking overlooks, to prove that the scan does not.
    #[cfg(test)]
    blind: std::sync::OnceLock<Form>,
}

#[derive(Default)]
struct Inner {
    by_value: HashMap<Arc<str>, Kept>,
    by_tag: HashMap<String, Arc<str>>,
    /// What is sought in texts; its numbers are places in `sought`.
    index: Index,
    sought: Vec<Handle>,
    /// Secrets of the environment that are too short or too ordinary to be sought.
    unscannable: Vec<Handle>,
    /// Headers, in lower case, whose values are secret because the environment says so.
    headers: Vec<(String, &'static str)>,
    /// Where customer data stands in JSON bodies.
    customers: Arc<[JsonPath]>,
}

struct Kept {
    handle: Handle,
    standing: Standing,
}

/// How far a value is followed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// Masked where a field says so.
    Kept,
    /// Also sought in every text.
    Sought,
    /// Also sought in what was written.
    Scanned,
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
            #[cfg(test)]
            blind: std::sync::OnceLock::new(),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a value that is masked where it stands, and returns the handle that stands for it.
    pub fn keep(&self, kind: &str, value: &str) -> Handle {
        self.insert(kind, value, Standing::Kept)
    }

    /// Takes in a secret of the environment: from now on it is sought in every text, in every form.
    pub fn register(&self, kind: &str, secret: &Secret) -> Handle {
        let value = secret.expose();
        if is_unscannable(value) {
            let handle = self.keep(kind, value);
            self.write().unscannable.push(handle.clone());
            return handle;
        }
        self.insert(kind, value, Standing::Scanned)
    }

    /// Takes in a secret that others sent.
    fn observe(&self, kind: &str, value: &str) -> Handle {
        // What a plan made up stays no secret when it comes back.
        if let Some(known) = self.read().by_value.get(value) {
            return known.handle.clone();
        }
        let telling = value.len() >= OBSERVED_BYTES_MIN
            && !value.bytes().all(|byte| byte.is_ascii_alphabetic());
        if telling && OBSERVED_KINDS.contains(&kind) {
            self.insert(kind, value, Standing::Scanned)
        } else {
            self.keep(kind, value)
        }
    }

    /// Takes in customer data.
    fn observe_customer(&self, value: &str) -> Handle {
        match value.chars().nth(SOUGHT_BYTES_MIN - 1) {
            Some(_) => self.insert(CUSTOMER, value, Standing::Sought),
            None => self.keep(CUSTOMER, value),
        }
    }

    fn insert(&self, kind: &str, value: &str, standing: Standing) -> Handle {
        if let Some(found) = self.read().by_value.get(value)
            && found.standing >= standing
        {
            return found.handle.clone();
        }
        let mut guard = self.write();
        let inner = &mut *guard;
        let known = inner.by_value.get(value);
        let before = known.map_or(Standing::Kept, |known| known.standing);
        let handle = match known {
            Some(known) => known.handle.clone(),
            None => {
                let digest = hex(hmac::sign(&self.key, value.as_bytes()).as_ref());
                let mut digits = TAG_DIGITS;
                while inner.by_tag.contains_key(&digest[..digits]) && digits < digest.len() {
                    digits += 1;
                }
                Handle::new(kind, &digest[..digits])
                    .or_else(|| Handle::new("secret", &digest[..digits]))
                    .expect("a kind of lower-case letters and hex digits make a handle")
            }
        };
        let value: Arc<str> = value.into();
        if before == Standing::Kept && standing > Standing::Kept {
            inner.index.add(inner.sought.len(), form::needles(&value));
            inner.sought.push(handle.clone());
        }
        let kept = Kept {
            handle: handle.clone(),
            standing: standing.max(before),
        };
        inner.by_tag.insert(handle.tag().to_owned(), value.clone());
        inner.by_value.insert(value, kept);
        handle
    }

    /// Declares that the values of a header are secret.
    pub fn register_header(&self, name: &str, kind: &'static str) {
        self.write().headers.push((name.to_ascii_lowercase(), kind));
    }

    /// Declares where customer data stands in JSON bodies: the texts that the paths select, or that stand below.
    pub fn register_customer_paths(&self, paths: Vec<JsonPath>) {
        self.write().customers = paths.into();
    }

    /// Lists the secrets of the environment that are too short or too ordinary to be sought in texts.
    pub fn unscannable(&self) -> Vec<Handle> {
        let mut handles = self.read().unscannable.clone();
        handles.sort();
        handles.dedup();
        handles
    }

    /// Returns a scanner for all secrets that are known by now.
    ///
    /// # Errors
    /// [`Untrusted`] when it does not find a secret that was made up for it.
    pub fn scanner(&self) -> Result<Scanner, Untrusted> {
        let inner = self.read();
        let scanned = inner
            .by_value
            .iter()
            .filter(|(_, kept)| kept.standing == Standing::Scanned);
        Scanner::of(scanned.map(|(value, kept)| (&**value, kept.handle.clone())))
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
}

/// Tells whether a secret could not be told from other text.
fn is_unscannable(value: &str) -> bool {
    let all = |holds: fn(&u8) -> bool| value.as_bytes().iter().all(holds);
    let plain = all(u8::is_ascii_alphabetic) || all(u8::is_ascii_hexdigit);
    value.len() < SOUGHT_BYTES_MIN || (plain && value.len() < UNIFORM_BYTES_MIN)
}

#[cfg(test)]
mod tests;
