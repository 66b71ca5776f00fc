//! What the customer enters into a form.
//!
//! Values come from the login, from the page itself, or not at all; none is made up. They are texts to be passed on:
//! a password may be a handle.

use std::collections::HashSet;

use super::customer::{Customer, LoginEntry, takes_code};
use super::form::{Button, FieldKind, FormField, HtmlForm, SelectOption};
use super::text::{bare, list, words};

/// Words in the name or label of a field that asks who someone is, the surest first.
const NAMING: [&str; 4] = ["user", "login", "email", "name"];

/// Words in the name or label of a field that asks for something else.
const ONCE_ONLY: [&str; 6] = ["captcha", "code", "otp", "pin", "sms", "token"];

/// Words in the name or label of a hidden line that asks for something else than the password.
const NO_PASSWORD: [&str; 3] = ["captcha", "otp", "sms"];

/// Why a form cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfilled {
    /// Something must be entered and nothing is known for it.
    #[error("asks for {0}, for which the login holds nothing")]
    Unknown(String),
    /// What the login holds is not offered.
    #[error("offers {offered} for {field}, not `{wanted}`")]
    NotOffered {
        /// The field.
        field: String,
        /// What the login holds.
        wanted: String,
        /// What is offered.
        offered: String,
    },
}

/// What one field of a form ends up holding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldEntry {
    /// Place of the field among those of the form.
    pub(super) field: usize,
    /// What is sent for it.
    pub(super) value: String,
}

/// How a form is filled in.
#[derive(Clone, Copy, Debug)]
pub(super) struct FormFilling<'v> {
    /// What is known.
    pub(super) customer: &'v Customer,
    /// The button that is pressed.
    pub(super) button: Option<&'v Button>,
    /// Whether the form is left by cancelling, so that nothing is demanded or ticked.
    pub(super) leaving: bool,
    /// Name and value of what was chosen elsewhere.
    pub(super) chosen: Option<(&'v str, &'v str)>,
}

impl FormFilling<'_> {
    /// Returns the pairs that are sent, in order, that of the button last.
    ///
    /// # Errors
    /// [`Unfilled`] for the first field that cannot be filled in.
    pub(super) fn fill(&self, form: &HtmlForm) -> Result<Vec<(String, String)>, Unfilled> {
        let mut pairs: Vec<_> = self
            .entries(form)?
            .into_iter()
            .map(|entry| (form.fields[entry.field].name.clone(), entry.value))
            .collect();
        if let Some(button) = self.button.filter(|button| !button.name.is_empty()) {
            pairs.push((button.name.clone(), button.value.clone()));
        }
        Ok(pairs)
    }

    /// Returns what each field of a form ends up holding, in the order in which it is sent.
    ///
    /// A radio or checkbox that is left off has no entry, a list one for each of its chosen options.
    ///
    /// # Errors
    /// [`Unfilled`] for the first field that cannot be filled in.
    pub(super) fn entries(&self, form: &HtmlForm) -> Result<Vec<FieldEntry>, Unfilled> {
        // Where something was chosen, nobody logs in.
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
                    let radio = all().find(|(_, one)| {
                        one.name == field.name
                            && matches!(one.kind, FieldKind::Radio(_))
                            && one.value == value
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
        Ok(entries)
    }

    fn demand(&self, needed: bool, field: &FormField) -> Result<String, Unfilled> {
        match needed && !self.leaving {
            true => Err(Unfilled::Unknown(title(field))),
            false => Ok(String::new()),
        }
    }

    fn password(&self, field: &FormField) -> Result<String, Unfilled> {
        let customer = self.customer;
        let told = [words(&field.name), words(&field.label)].concat();
        let other = takes_code(field) || told.iter().any(|one| NO_PASSWORD.contains(&&**one));
        let password = customer.password.as_deref().filter(|_| !other);
        match customer.entry(field).or(password) {
            Some(text) => Ok(text.to_owned()),
            None => self.demand(true, field),
        }
    }

    fn line(&self, form: &HtmlForm, field: &FormField, names: bool) -> Result<String, Unfilled> {
        let known =
            self.customer
                .entry(field)
                .or(self.customer.username.as_deref().filter(|_| names));
        match known.filter(|_| field.open) {
            Some(text) => Ok(text.to_owned()),
            None if !field.value.is_empty() => Ok(field.value.clone()),
            None => {
                let needed = field.required || (names && form.asks_password());
                self.demand(needed && field.open, field)
            }
        }
    }

    fn tick(&self, field: &FormField, ticked: bool) -> Vec<String> {
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
        // A label belongs to one radio, so only the name leads to what the login holds for all.
        let known = self.customer.fields.iter().find(|(key, _)| key == name);
        if let Some((_, LoginEntry::Text(wanted))) = known {
            let found = group
                .iter()
                .find(|(_, one)| one.value == *wanted || bare(&one.label) == bare(wanted));
            return match found {
                Some((place, _)) => Ok(Some(*place)),
                None => Err(Unfilled::NotOffered {
                    field: format!("`{name}`"),
                    wanted: wanted.clone(),
                    offered: list(group.iter().map(|(_, one)| match one.label.as_str() {
                        "" => one.value.as_str(),
                        label => label,
                    })),
                }),
            };
        }
        // Of several that are checked, the last is the one that stays so.
        let checked = |field: &FormField| field.kind == FieldKind::Radio(true);
        let checked = group.iter().rev().find(|(_, one)| checked(one));
        match (checked, group.iter().find(|(_, one)| one.required)) {
            (Some((place, _)), _) => Ok(Some(*place)),
            (None, Some((_, one))) => self.demand(true, one).map(|_| None),
            (None, None) => Ok(None),
        }
    }

    fn select(
        &self,
        field: &FormField,
        multiple: bool,
        options: &[SelectOption],
    ) -> Result<Vec<String>, Unfilled> {
        if let Some(wanted) = self.customer.entry(field) {
            let found = options
                .iter()
                .find(|one| one.sent() == wanted || bare(&one.text) == bare(wanted));
            return match found {
                Some(one) => Ok(vec![one.sent().to_owned()]),
                None => Err(Unfilled::NotOffered {
                    field: title(field),
                    wanted: wanted.to_owned(),
                    offered: list(options.iter().map(|one| one.text.as_str())),
                }),
            };
        }
        let mut selected: Vec<_> = options.iter().filter(|one| one.selected).collect();
        if !multiple {
            // A list shows its first option where none is selected, and the last where several are.
            selected = selected.pop().or(options.first()).into_iter().collect();
        }
        let empty = selected.iter().all(|one| one.sent().is_empty());
        self.demand(field.required && empty, field)?;
        Ok(selected
            .into_iter()
            .map(|one| one.sent().to_owned())
            .collect())
    }
}

/// Returns the place of the field that asks who the customer is.
///
/// That is the line that says so, else the one before the password, else the only one there is.
fn username_place(form: &HtmlForm) -> Option<usize> {
    let told =
        |field: &FormField| [words(&field.name), words(&field.id), words(&field.label)].concat();
    let lines: Vec<_> = form
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.kind == FieldKind::Line && field.open)
        .map(|(place, field)| (place, field, told(field)))
        .filter(|(_, _, told)| !told.iter().any(|word| ONCE_ONLY.contains(&word.as_str())))
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
        let named = |told: &[String]| told.concat().contains(word);
        if let Some((place, ..)) = lines.iter().find(|(_, _, told)| named(told)) {
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
