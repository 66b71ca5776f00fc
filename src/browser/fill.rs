//! Fills in a form as the customer.
//!
//! Values come from the login or from the page itself; none is invented. A password may be a handle, which is passed on
//! as it is.

use std::collections::HashSet;

use super::customer::{Customer, LoginEntry, LoginStep, takes_code};
use super::form::{Button, FieldKind, FormField, HtmlForm, SelectOption};
use super::text::{bare, list, words};

/// Words in the name or label of a field that asks for the user name, the surest first.
const NAMING: [&str; 4] = ["user", "login", "email", "name"];

/// Words in the name or label of a field that asks for something other than the user name.
const ONCE_ONLY: [&str; 6] = ["captcha", "code", "otp", "pin", "sms", "token"];

/// Words in the name or label of a password field that asks for something other than the password.
const NO_PASSWORD: [&str; 3] = ["captcha", "otp", "sms"];

/// Why a form cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfilled {
    /// The form requires a field for which the login has no entry.
    #[error("asks for {0}, for which the login has no entry")]
    Unknown(String),
    /// The form does not offer the entry of the login.
    #[error("offers {offered} for {field}, not `{wanted}`")]
    NotOffered {
        /// The field.
        field: String,
        /// The entry of the login.
        wanted: String,
        /// What the form offers.
        offered: String,
    },
    /// The entry of the login is longer than the field.
    #[error("takes at most {max} characters for {field}, and the login has more")]
    TooLong {
        /// The field.
        field: String,
        /// How many characters it takes.
        max: usize,
    },
}

/// What is sent for one field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldEntry {
    /// Place of the field among those of the form.
    pub(super) field: usize,
    /// What is sent for it.
    pub(super) value: String,
}

/// What a form is filled in with.
#[derive(Clone, Copy, Debug)]
pub(super) struct FormFilling<'v> {
    /// The customer whose login it is.
    pub(super) customer: &'v Customer,
    /// The button that is pressed.
    pub(super) button: Option<&'v Button>,
    /// Whether the form is cancelled, so that nothing is required or ticked.
    pub(super) leaving: bool,
    /// Name and value of the account that was chosen.
    pub(super) chosen: Option<(&'v str, &'v str)>,
    /// The step of the login that the page is left by.
    pub(super) step: Option<&'v LoginStep>,
}

impl FormFilling<'_> {
    /// Returns the pairs that are sent, in the order of the page.
    ///
    /// # Errors
    /// [`Unfilled`] for the first field that cannot be filled in.
    pub(super) fn fill(&self, form: &HtmlForm) -> Result<Vec<(String, String)>, Unfilled> {
        let mut pairs = Vec::new();
        let mut button = self.button;
        for entry in self.entries(form)? {
            if let Some(pressed) = button.filter(|button| button.fields_before <= entry.field) {
                pairs.extend(pressed.pairs());
                button = None;
            }
            let field = &form.fields[entry.field];
            pairs.push((field.name.clone(), entry.value));
            if let Some(direction) = &field.direction {
                pairs.push((direction.clone(), "ltr".to_owned()));
            }
        }
        pairs.extend(button.map(Button::pairs).unwrap_or_default());
        Ok(pairs)
    }

    /// Returns what is sent for each field, in order.
    ///
    /// A radio or checkbox that is left off has no entry, a list one for each of its chosen options.
    ///
    /// # Errors
    /// [`Unfilled`] for the first field that cannot be filled in.
    pub(super) fn entries(&self, form: &HtmlForm) -> Result<Vec<FieldEntry>, Unfilled> {
        // A form with a chosen account is no login.
        let username = match self.chosen {
            None => username_place(form),
            Some(_) => None,
        };
        let mut entries = Vec::new();
        let mut groups = HashSet::new();
        for (place, field) in form.fields.iter().enumerate() {
            let chosen = self.chosen.filter(|(name, _)| *name == field.name);
            let values = match (&field.kind, chosen) {
                (FieldKind::Radio(_), _) if !groups.insert(field.name.as_str()) => continue,
                (FieldKind::Radio(_), Some((_, value))) => {
                    let all = || form.fields.iter().enumerate();
                    let radio = all().find(|(_, radio)| {
                        radio.name == field.name
                            && matches!(radio.kind, FieldKind::Radio(_))
                            && radio.value == value
                    });
                    entries.push(FieldEntry {
                        field: radio.map_or(place, |(place, _)| place),
                        value: value.to_owned(),
                    });
                    continue;
                }
                (FieldKind::Radio(_), None) => {
                    let radio = self.radio(form, &field.name)?;
                    entries.extend(radio.map(|radio| FieldEntry {
                        field: radio,
                        value: form.fields[radio].value.clone(),
                    }));
                    continue;
                }
                (FieldKind::Select { .. }, Some((_, value))) => vec![value.to_owned()],
                (FieldKind::Select { multiple, options }, None) => {
                    self.select(field, *multiple, options)?
                }
                (FieldKind::Checkbox(ticked), _) => self.tick(field, *ticked),
                (FieldKind::Hidden, _) => vec![field.value.clone()],
                // No customer chooses a file, whatever value the page writes; browsers send an empty one.
                (FieldKind::File, _) => {
                    vec![self.demand(field.required && field.open, field)?]
                }
                (FieldKind::Password, _) => vec![self.password(field)?],
                (FieldKind::Line | FieldKind::Other, _) => {
                    vec![self.line(form, field, username == Some(place))?]
                }
            };
            let entry = |value| FieldEntry {
                field: place,
                value,
            };
            entries.extend(values.into_iter().map(entry));
        }
        entries.sort_by_key(|entry| entry.field);
        Ok(entries)
    }

    fn demand(&self, needed: bool, field: &FormField) -> Result<String, Unfilled> {
        if needed && !self.leaving {
            Err(Unfilled::Unknown(title(field)))
        } else {
            Ok(String::new())
        }
    }

    /// Returns what is typed into a field, if it fits. How long a secret is stays unsaid.
    fn entered(&self, text: &str, field: &FormField) -> Result<String, Unfilled> {
        match field.max {
            Some(max) if self.customer.is_longer(text, max) => Err(Unfilled::TooLong {
                field: title(field),
                max,
            }),
            _ => Ok(text.to_owned()),
        }
    }

    fn password(&self, field: &FormField) -> Result<String, Unfilled> {
        let customer = self.customer;
        let named = [words(&field.name), words(&field.label)].concat();
        let other = takes_code(field) || named.iter().any(|word| NO_PASSWORD.contains(&&**word));
        let password = customer.password.as_deref().filter(|_| !other);
        match customer.entry(field).or(password) {
            Some(text) => self.entered(text, field),
            None => self.demand(true, field),
        }
    }

    fn line(&self, form: &HtmlForm, field: &FormField, names: bool) -> Result<String, Unfilled> {
        let known =
            self.customer
                .entry(field)
                .or(self.customer.username.as_deref().filter(|_| names));
        match known.filter(|_| field.open) {
            Some(text) => self.entered(text, field),
            None if !field.value.is_empty() => Ok(field.value.clone()),
            None => {
                let needed = field.required || (names && form.asks_password());
                self.demand(needed && field.open, field)
            }
        }
    }

    fn tick(&self, field: &FormField, ticked: bool) -> Vec<String> {
        if self.step.is_some_and(|step| step.ticks(field)) {
            return vec![field.value.clone()];
        }
        let ticked = match self.customer.entry(field) {
            Some("true" | "on" | "yes") => true,
            Some("false" | "off" | "no") => false,
            Some(text) => text == field.value || bare(text) == bare(&field.label),
            // A customer who goes on accepts what must be accepted.
            None => ticked || (field.required && !self.leaving),
        };
        ticked.then(|| field.value.clone()).into_iter().collect()
    }

    /// Returns the place of the radio that is chosen in a group, if one is.
    fn radio(&self, form: &HtmlForm, name: &str) -> Result<Option<usize>, Unfilled> {
        let group: Vec<_> = form
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.name == name && matches!(field.kind, FieldKind::Radio(_)))
            .collect();
        let by_step = group
            .iter()
            .find(|(_, radio)| self.step.is_some_and(|step| step.chooses(radio)));
        if let Some((place, _)) = by_step {
            return Ok(Some(*place));
        }
        // A label belongs to one radio, so only the name finds the entry for the group.
        let known = self.customer.fields.iter().find(|(key, _)| key == name);
        if let Some((_, LoginEntry::Text(wanted))) = known {
            let found = group
                .iter()
                .find(|(_, radio)| radio.value == *wanted || bare(&radio.label) == bare(wanted));
            return match found {
                Some((place, _)) => Ok(Some(*place)),
                None => Err(Unfilled::NotOffered {
                    field: format!("`{name}`"),
                    wanted: wanted.clone(),
                    offered: list(group.iter().map(|(_, radio)| match radio.label.as_str() {
                        "" => radio.value.as_str(),
                        label => label,
                    })),
                }),
            };
        }
        // Where several are checked, a browser keeps the last.
        let checked = |field: &FormField| field.kind == FieldKind::Radio(true);
        let checked = group.iter().rev().find(|(_, radio)| checked(radio));
        match (checked, group.iter().find(|(_, radio)| radio.required)) {
            (Some((place, _)), _) => Ok(Some(*place)),
            (None, Some((_, radio))) => self.demand(true, radio).map(|_| None),
            (None, None) => Ok(None),
        }
    }

    fn select(
        &self,
        field: &FormField,
        multiple: bool,
        options: &[SelectOption],
    ) -> Result<Vec<String>, Unfilled> {
        let sent = |option: &SelectOption| option.sent().to_owned();
        let by_step = options
            .iter()
            .filter(|option| self.step.is_some_and(|step| step.chooses_option(option)));
        let by_step: Vec<_> = by_step.map(sent).collect();
        if !by_step.is_empty() {
            return Ok(by_step);
        }
        let usable = || options.iter().filter(|option| !option.disabled);
        if let Some(wanted) = self.customer.entry(field) {
            let found = usable()
                .find(|option| option.sent() == wanted || bare(&option.text) == bare(wanted));
            return match found {
                Some(option) => Ok(vec![sent(option)]),
                None => Err(Unfilled::NotOffered {
                    field: title(field),
                    wanted: wanted.to_owned(),
                    offered: list(usable().map(|option| option.text.as_str())),
                }),
            };
        }
        let mut selected: Vec<_> = options.iter().filter(|option| option.selected).collect();
        if !multiple {
            // A browser shows the first usable option where none is selected, and the last where several are.
            selected = selected.pop().or(usable().next()).into_iter().collect();
        }
        // One that is shown and cannot be chosen, such as a first line that says what to do, is not sent.
        selected.retain(|option| !option.disabled);
        let empty = selected.iter().all(|option| option.sent().is_empty());
        self.demand(field.required && empty, field)?;
        Ok(selected.into_iter().map(sent).collect())
    }
}

/// Returns the place of the field that asks for the user name.
///
/// That is the line whose name or label says so, else the line before the password, else the only line.
fn username_place(form: &HtmlForm) -> Option<usize> {
    let named =
        |field: &FormField| [words(&field.name), words(&field.id), words(&field.label)].concat();
    let lines: Vec<_> = form
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.kind == FieldKind::Line && field.open)
        .map(|(place, field)| (place, field, named(field)))
        .filter(|(_, _, named)| !named.iter().any(|word| ONCE_ONLY.contains(&word.as_str())))
        .collect();
    let announced = |field: &FormField| {
        field
            .autocomplete
            .split_whitespace()
            .any(|word| word == "username")
    };
    if let Some((place, ..)) = lines.iter().find(|(_, field, _)| announced(field)) {
        return Some(*place);
    }
    for word in NAMING {
        let contains = |named: &[String]| named.concat().contains(word);
        if let Some((place, ..)) = lines.iter().find(|(_, _, named)| contains(named)) {
            return Some(*place);
        }
    }
    let password = form
        .fields
        .iter()
        .position(|field| field.kind == FieldKind::Password);
    let before = lines
        .iter()
        .rev()
        .find(|(place, ..)| password.is_some_and(|password| *place < password));
    match (before, lines.as_slice()) {
        (Some((place, ..)), _) | (None, [(place, ..)]) => Some(*place),
        (None, _) => None,
    }
}

/// Names a field with its label.
fn title(field: &FormField) -> String {
    match field.label.as_str() {
        "" => format!("`{}`", field.name),
        label => format!("`{}` ({})", field.name, super::text::shorten(label)),
    }
}

#[cfg(test)]
mod tests;
