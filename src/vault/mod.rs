//! The inner border of the run: masks incoming text, and fills secrets into outgoing text.
//!
//! Only the vault holds secrets. Every incoming text (requests at taps, responses, bodies, URLs, causes of errors)
//! leaves it masked: a *handle* takes the place of each secret, one tag for one value throughout a run. What a plan
//! sends is masked text too; the vault fills the secrets in at the last moment. Facts about a token (issuer,
//! audience, seconds left) are recorded beside its handle.
//!
//! The vault masks a secret where a header, a field or the secret's shape identifies it and a
//! known secret wherever a text contains it, in every encoding. A [`Scanner`] checks the files of a run at its end.
//! The search itself, which knows no run, is the crate `secret-search`.
//!
//! # What the vault searches every text for
//!
//! - secrets of the environment, unless they cannot be distinguished from other text ([`Vault::unscannable`]):
//!   fewer than 6 bytes, or fewer than 12 bytes of letters alone or of hexadecimal digits alone;
//! - tokens, API keys and client secrets that participants sent, of at least 16 bytes and not of letters alone;
//! - customer data that the environment's `masks` select, of at least 6 characters.
//!
//! The scanner searches files and streams for all of these but the customer data, which a text may have contained
//! before its path was known. Values that a plan makes up are no secrets. Cookies, signatures and one-time codes are
//! masked in their headers and fields only: they are identifiers of other messages, valid once, or too short.
//!
//! # What is not covered
//!
//! Numbers and booleans in JSON; secrets in the forms that the table of SECURITY.md leaves out, in encrypted data, or
//! split over two texts; customer data in a text that came before its path matched.

mod hide;
mod message;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::memory::MemoryBudget;
use crate::secret::Secret;
use plan_language::value::{Handle, JsonPath, Value, encode_segment, handle, hex};
#[cfg(test)]
use secret_search::Encoding;
use secret_search::{Index, LetterCase, Scanner, UntrustedScanner, needles};

pub use message::{BODY_BYTES_MAX, TEXT_BYTES_KEPT};

/// Number of hex digits of a tag; two secrets that agree in them get longer ones.
const TAG_DIGITS: usize = 8;

/// The fewest bytes of a secret of the environment that texts are searched for.
const SOUGHT_BYTES_MIN: usize = 6;

/// The fewest bytes of one of letters alone, or of hexadecimal digits alone: shorter ones are words and numbers that
/// any report may contain by chance.
const UNIFORM_BYTES_MIN: usize = 12;

/// The fewest bytes of a token that a participant sent, if other texts are searched for it.
const OBSERVED_BYTES_MIN: usize = 16;

/// Kinds of secrets that participants send and that are the same in every message.
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
    /// What masked messages may take of the memory.
    memory: MemoryBudget,
    /// An encoding that masking overlooks, to test that the scan does not.
    #[cfg(test)]
    blind: std::sync::OnceLock<Encoding>,
}

#[derive(Default)]
struct Inner {
    by_value: HashMap<Arc<str>, KnownSecret>,
    by_tag: HashMap<String, Arc<str>>,
    /// What texts are searched for; its numbers are positions in `sought`.
    index: Index,
    sought: Vec<Handle>,
    /// Secrets of the environment that are too short or too common to search for.
    unscannable: Vec<Handle>,
    /// Headers, in lower case, whose values are secret because the environment says so.
    headers: Vec<(String, &'static str)>,
    /// Where JSON bodies contain customer data.
    customers: Arc<[JsonPath]>,
}

struct KnownSecret {
    handle: Handle,
    reach: SecretReach,
}

/// Where a value is searched for; each includes the ones before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SecretReach {
    /// Masked in the headers and fields that carry it.
    Fields,
    /// Searched for in every text.
    Texts,
    /// Searched for in the files of the run.
    Files,
}

impl SecretReach {
    /// In which letters a value is sought: customer data in its own, in which it is no word that means something else.
    fn letter_case(self) -> LetterCase {
        match self {
            Self::Fields | Self::Texts => LetterCase::AsIs,
            Self::Files => LetterCase::Any,
        }
    }
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
        // Without randomness the tags of two runs are alike, which reveals no secret.
        let _ = SystemRandom::new().fill(&mut key);
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            inner: RwLock::default(),
            memory: MemoryBudget::default(),
            #[cfg(test)]
            blind: std::sync::OnceLock::new(),
        }
    }

    /// Returns the memory budget of the messages that this vault masks, and of the bodies they are read from.
    pub fn memory(&self) -> &MemoryBudget {
        &self.memory
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Inserts a value that is masked in its own header or field, and returns its handle.
    pub fn keep(&self, kind: &str, value: &str) -> Handle {
        self.insert(kind, value, SecretReach::Fields)
    }

    /// Registers a secret of the environment: from now on every text is searched for it, in every encoding.
    pub fn register(&self, kind: &str, secret: &Secret) -> Handle {
        let value = secret.expose();
        if is_unscannable(value) {
            let handle = self.keep(kind, value);
            self.write().unscannable.push(handle.clone());
            return handle;
        }
        self.insert(kind, value, SecretReach::Files)
    }

    /// Inserts a secret that a participant sent.
    fn observe(&self, kind: &str, value: &str) -> Handle {
        // A value that a plan made up stays no secret when a participant returns it.
        if let Some(known) = self.read().by_value.get(value) {
            return known.handle.clone();
        }
        let is_distinct = value.len() >= OBSERVED_BYTES_MIN
            && !value.bytes().all(|byte| byte.is_ascii_alphabetic());
        if is_distinct && OBSERVED_KINDS.contains(&kind) {
            self.insert(kind, value, SecretReach::Files)
        } else {
            self.keep(kind, value)
        }
    }

    /// Inserts customer data.
    fn observe_customer(&self, value: &str) -> Handle {
        match value.chars().nth(SOUGHT_BYTES_MIN - 1) {
            Some(_) => self.insert(CUSTOMER, value, SecretReach::Texts),
            None => self.keep(CUSTOMER, value),
        }
    }

    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn insert(&self, kind: &str, value: &str, reach: SecretReach) -> Handle {
        if let Some(found) = self.read().by_value.get(value)
            && found.reach >= reach
        {
            return found.handle.clone();
        }
        let mut guard = self.write();
        let inner = &mut *guard;
        let known = inner.by_value.get(value);
        let before = known.map_or(SecretReach::Fields, |known| known.reach);
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
        if before == SecretReach::Fields && reach > SecretReach::Fields {
            inner
                .index
                .add(inner.sought.len(), needles(&value, reach.letter_case()));
            inner.sought.push(handle.clone());
        }
        let kept = KnownSecret {
            handle: handle.clone(),
            reach: reach.max(before),
        };
        inner.by_tag.insert(handle.tag().to_owned(), value.clone());
        inner.by_value.insert(value, kept);
        handle
    }

    /// Registers a header whose values are secret.
    pub fn register_header(&self, name: &str, kind: &'static str) {
        self.write().headers.push((name.to_ascii_lowercase(), kind));
    }

    /// Registers where JSON bodies contain customer data: the strings that the paths select, and all below them.
    pub fn register_customer_paths(&self, paths: Vec<JsonPath>) {
        self.write().customers = paths.into();
    }

    /// Lists the secrets of the environment that are too short or too common to search for in texts.
    pub fn unscannable(&self) -> Vec<Handle> {
        let mut handles = self.read().unscannable.clone();
        handles.sort();
        handles.dedup();
        handles
    }

    /// Returns a scanner for all secrets that are known so far.
    ///
    /// # Errors
    /// [`UntrustedScanner`] when it does not find its canary.
    pub fn scanner(&self) -> Result<Scanner, UntrustedScanner> {
        let inner = self.read();
        let scanned = inner
            .by_value
            .iter()
            .filter(|(_, kept)| kept.reach == SecretReach::Files);
        Scanner::of(scanned.map(|(value, kept)| (&**value, kept.handle.clone())))
    }

    /// Replaces handles by their secrets.
    pub fn fill<'t>(&self, masked: &'t str) -> Cow<'t, str> {
        self.fill_as(masked, |secret| Cow::Borrowed(secret))
    }

    /// Fills secrets into a URL, percent-encoded as its path needs them.
    pub fn fill_url<'t>(&self, masked: &'t str) -> Cow<'t, str> {
        self.fill_as(masked, |secret| Cow::Owned(encode_segment(secret)))
    }

    /// Fills secrets into a URL, percent-encoded; `write` encodes those in its query.
    pub fn fill_url_with(&self, masked: &str, write: impl Fn(&str) -> String) -> String {
        let (path, query) = match masked.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (masked, None),
        };
        let mut filled = self.fill_url(path).into_owned();
        if let Some(query) = query {
            filled.push('?');
            filled.push_str(&self.fill_as(query, |secret| Cow::Owned(write(secret))));
        }
        filled
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

/// Tells whether a secret cannot be distinguished from other text.
fn is_unscannable(value: &str) -> bool {
    let all = |holds: fn(&u8) -> bool| value.as_bytes().iter().all(holds);
    let plain = all(u8::is_ascii_alphabetic) || all(u8::is_ascii_hexdigit);
    value.len() < SOUGHT_BYTES_MIN || (plain && value.len() < UNIFORM_BYTES_MIN)
}

#[cfg(test)]
mod tests;
