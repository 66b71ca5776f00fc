//! The login of a customer: user name, password, entries for further fields by their name or label, and steps that say
//! what to press.

use std::collections::{HashMap, HashSet};

use plan_language::value::handle;
use serde_json::Value;

use super::form::{FieldKind, FormField, HtmlForm, SelectOption};
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
    /// What to do on pages that do not say so in words that the browser knows.
    steps: Vec<LoginStep>,
    /// Which of the steps were done.
    done: HashSet<usize>,
    /// One-time codes by their secrets, as far as a form asked for them; both masked.
    codes: HashMap<String, String>,
    /// Whether a form that asks for text was sent, such as a login.
    pub(super) has_logged_in: bool,
    /// The lengths of entries that are no plain text, in UTF-16 units.
    lengths: HashMap<String, usize>,
}

/// What to do on one page, by names that the page shows: a step applies where the page has all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LoginStep {
    /// The form that counts.
    form: Option<String>,
    /// What to tick.
    tick: Vec<String>,
    /// What to choose among radios, or in a list.
    choose: Vec<String>,
    /// The button or link to press.
    pub(super) press: Option<String>,
    /// The button or link to press instead in order to cancel.
    pub(super) cancel: Option<String>,
}

impl LoginStep {
    fn of(value: &Value) -> Self {
        let get = |name: &str| value.get(name).and_then(text);
        let list = |name: &str| match value.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
            Some(value) => text(value).into_iter().collect(),
            None => Vec::new(),
        };
        Self {
            form: get("form"),
            tick: list("tick"),
            choose: list("choose"),
            press: get("press"),
            cancel: get("cancel"),
        }
    }

    /// Tells whether it says nothing of how to go on.
    pub(super) fn is_empty(&self) -> bool {
        self.form.is_none()
            && self.tick.is_empty()
            && self.choose.is_empty()
            && self.press.is_none()
    }

    /// Tells whether it names nothing but what to press.
    pub(super) fn only_presses(&self) -> bool {
        self.form.is_none() && self.tick.is_empty() && self.choose.is_empty()
    }

    /// Tells whether a form is the one that it names, and has all that it ticks and chooses.
    pub(super) fn fits(&self, form: &HtmlForm) -> bool {
        let called = |name: &String| form.is_called(name);
        let ticked = |name: &String| form.fields.iter().any(|field| field.is_box(name));
        let chosen = |name: &String| form.fields.iter().any(|field| field.offers(name));
        self.form.as_ref().is_none_or(called)
            && self.tick.iter().all(ticked)
            && self.choose.iter().all(chosen)
    }

    /// Tells whether it ticks a checkbox.
    pub(super) fn ticks(&self, field: &FormField) -> bool {
        self.tick.iter().any(|name| field.is_box(name))
    }

    /// Tells whether it chooses a radio.
    pub(super) fn chooses(&self, radio: &FormField) -> bool {
        self.choose.iter().any(|name| radio.offers(name))
    }

    /// Tells whether it chooses an option of a list.
    pub(super) fn chooses_option(&self, option: &SelectOption) -> bool {
        self.choose.iter().any(|name| option.is_called(name))
    }
}

impl FormField {
    /// Tells whether it is a checkbox of this name, label or value.
    fn is_box(&self, name: &str) -> bool {
        matches!(self.kind, FieldKind::Checkbox(_)) && (self.is_called(name) || self.value == name)
    }

    /// Tells whether it is a radio, or a list with an option, of this label or value.
    fn offers(&self, name: &str) -> bool {
        match &self.kind {
            FieldKind::Radio(_) => {
                self.value == name || (!self.label.is_empty() && bare(&self.label) == bare(name))
            }
            FieldKind::Select { options, .. } => {
                options.iter().any(|option| option.is_called(name))
            }
            _ => false,
        }
    }
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
    /// Reads a login: an object with `username`, `password`, `fields` and `steps`, each of which may be missing.
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
            steps: get("steps")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(LoginStep::of)
                .collect(),
            done: HashSet::new(),
            codes: HashMap::new(),
            has_logged_in: false,
            lengths: HashMap::new(),
        }
    }

    /// Returns the steps that were not done yet, with their places.
    pub(super) fn open_steps(&self) -> impl Iterator<Item = (usize, &LoginStep)> {
        let steps = self.steps.iter().enumerate();
        steps.filter(|(index, _)| !self.done.contains(index))
    }

    /// Returns a step.
    pub(super) fn step(&self, index: Option<usize>) -> Option<&LoginStep> {
        self.steps.get(index?)
    }

    /// Notes that a step was done.
    pub(super) fn finish_step(&mut self, index: usize) {
        self.done.insert(index);
    }

    /// Tells whether a form asks for what the login has an entry for, or for the user name by its proper sign.
    pub(super) fn is_asked(&self, form: &HtmlForm) -> bool {
        const NAMES: [&str; 4] = ["login", "user", "userid", "username"];
        let username = |field: &FormField| {
            let announced = field
                .autocomplete
                .split_whitespace()
                .any(|word| word == "username");
            let named = words(&field.name);
            field.kind == FieldKind::Line
                && (announced || named.iter().any(|word| NAMES.contains(&word.as_str())))
        };
        let mut open = form.fields.iter().filter(|field| field.open);
        open.any(|field| username(field) || takes_code(field) || self.known(field).is_some())
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

    /// Keeps the lengths of all entries.
    pub(super) fn measure(&mut self, length: impl Fn(&str) -> usize) {
        let texts = self.fields.iter().filter_map(|(_, entry)| match entry {
            LoginEntry::Text(text) => Some(text),
            LoginEntry::Code(secret) => self.codes.get(secret),
        });
        let entries = texts.chain(&self.username).chain(&self.password);
        let lengths = entries.map(|text| (text.clone(), length(text)));
        self.lengths = lengths.collect();
    }

    /// Tells whether an entry is longer than so many UTF-16 units, as far as its length is known.
    pub(super) fn is_longer(&self, entry: &str, max: usize) -> bool {
        let plain = handle::find(entry).next().is_none();
        let known = self.lengths.get(entry).copied();
        let known = known.or_else(|| plain.then(|| entry.encode_utf16().count()));
        known.is_some_and(|length| length > max)
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
