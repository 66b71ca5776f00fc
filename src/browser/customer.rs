//! The login of a customer: user name, password, and entries for further fields by their name or label.

use std::collections::HashMap;

use serde_json::Value;

use super::form::{FormField, HtmlForm};
use super::text::{bare, words};

/// The login of a customer.
#[derive(Clone, Debug, Default)]
pub(super) struct Customer {
    /// User name.
    pub(super) username: Option<String>,
    /// Password, which may be a handle.
    pub(super) password: Option<String>,
    /// Name or label of a field, and its entry.
    pub(super) fields: Vec<(String, LoginEntry)>,
    /// One-time codes by their secrets, as far as a form asked for them; both masked.
    codes: HashMap<String, String>,
}

/// What the login has for one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LoginEntry {
    /// A string, which may be a handle.
    Text(String),
    /// The secret of one-time codes, masked.
    Code(String),
}

impl Customer {
    /// Reads a login: an object with `username`, `password` and `fields`, each of which may be missing.
    ///
    /// A field is a string, a number, a boolean, or `{ totp: … }` with the secret of its one-time codes.
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

    /// Returns the secrets whose codes a form asks for, each once.
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

    /// Keeps the code that is valid for a secret now.
    pub(super) fn take_code(&mut self, secret: String, code: String) {
        self.codes.insert(secret, code);
    }

    /// Returns the entry of the login for a field.
    pub(super) fn entry(&self, field: &FormField) -> Option<&str> {
        match self.known(field)? {
            LoginEntry::Text(text) => Some(text),
            LoginEntry::Code(secret) => self.codes.get(secret).map(String::as_str),
        }
    }

    /// Finds the entry for a field: by its name, else by its id or label, else by words of its label; for a field with
    /// `autocomplete=one-time-code`, else the only secret of such codes.
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
            // Where two match, neither counts: nothing is guessed.
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

/// Tells whether a field has `autocomplete=one-time-code`.
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

/// Returns a string, a number or a boolean as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
