//! What a customer knows: user name, password, and what is entered into further fields by their name or label.

use std::collections::HashMap;

use serde_json::Value;

use super::form::{FormField, HtmlForm};
use super::text::{bare, words};

/// What a customer knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Customer {
    /// User name.
    pub(super) username: Option<String>,
    /// Password, which may be a handle.
    pub(super) password: Option<String>,
    /// Name or label of a field, and what is entered there.
    pub(super) fields: Vec<(String, LoginEntry)>,
    /// The codes of secrets, as far as they were asked for; both masked.
    codes: HashMap<String, String>,
}

/// What a customer knows for one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LoginEntry {
    /// A text, which may be a handle.
    Text(String),
    /// The secret of one-time codes, masked.
    Code(String),
}

impl Customer {
    /// Reads a login: a map with `username`, `password` and `fields`, of which all may be missing.
    ///
    /// A field is a text, or `{ totp: … }` with the secret of its one-time codes.
    pub(super) fn of(login: Option<&Value>) -> Self {
        let get = |name: &str| login.and_then(|login| login.get(name));
        Self {
            username: get("username").and_then(text),
            password: get("password").and_then(text),
            fields: get("fields")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .filter_map(|(name, value)| Some((name.clone(), known(value)?)))
                .collect(),
            codes: HashMap::new(),
        }
    }

    /// Lists the secrets of which a form asks codes, each once.
    pub(super) fn secrets(&self, form: &HtmlForm) -> Vec<String> {
        let mut secrets: Vec<_> = form
            .fields
            .iter()
            .filter(|field| field.open)
            .filter_map(|field| match self.known(field)? {
                LoginEntry::Code(secret) => Some(secret.clone()),
                LoginEntry::Text(_) => None,
            })
            .collect();
        secrets.sort();
        secrets.dedup();
        secrets
    }

    /// Takes the code that is good for a secret now.
    pub(super) fn take_code(&mut self, secret: String, code: String) {
        self.codes.insert(secret, code);
    }

    /// Returns the text that the login holds for a field.
    pub(super) fn entry(&self, field: &FormField) -> Option<&str> {
        match self.known(field)? {
            LoginEntry::Text(text) => Some(text),
            LoginEntry::Code(secret) => self.codes.get(secret).map(String::as_str),
        }
    }

    /// Finds what the login holds for a field: by its name, else by its id or label, else by words of its label;
    /// for a field that says that it takes a one-time code, else the only secret of such codes.
    fn known(&self, field: &FormField) -> Option<&LoginEntry> {
        let label = bare(&field.label);
        let by_name = self.fields.iter().find(|(key, _)| *key == field.name);
        let by_label = || {
            self.fields.iter().find(|(key, _)| {
                (!field.id.is_empty() && *key == field.id)
                    || (!label.is_empty() && bare(key) == label)
            })
        };
        let by_words = || {
            let label = words(&field.label);
            let mut found = self.fields.iter().filter(|(key, _)| {
                let key = words(key);
                !key.is_empty() && label.windows(key.len()).any(|some| some == key)
            });
            // Two that fit are none: nothing is guessed.
            found.next().filter(|_| found.next().is_none())
        };
        let by_sort = || {
            let mut codes = self
                .fields
                .iter()
                .filter(|(_, known)| matches!(known, LoginEntry::Code(_)));
            codes
                .next()
                .filter(|_| takes_code(field) && codes.next().is_none())
        };
        by_name
            .or_else(by_label)
            .or_else(by_words)
            .or_else(by_sort)
            .map(|(_, known)| known)
    }
}

/// Tells whether a field says of itself that it takes a one-time code.
pub(super) fn takes_code(field: &FormField) -> bool {
    field
        .autocomplete
        .split_whitespace()
        .any(|word| word == "one-time-code")
}

fn known(value: &Value) -> Option<LoginEntry> {
    match value.get("totp") {
        Some(secret) => text(secret).map(LoginEntry::Code),
        None => text(value).map(LoginEntry::Text),
    }
}

/// Returns the text of a value, if it is one, a number or a truth value.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
