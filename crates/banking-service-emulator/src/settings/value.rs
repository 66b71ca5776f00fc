//! A setting as data: what it accepts, and a value that was chosen for it.
//!
//! Which settings there are is left to the table in `rulings`; reading a value from a file is left to the caller.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use axum::http::StatusCode;

/// A value that a setting does not accept.
///
/// ```
/// use banking_service_emulator::{Rulings, Setting, SettingValue};
///
/// let burst = Setting::find("burst").expect("a setting of the table");
/// let error = burst.apply(&mut Rulings::default(), &SettingValue::Number(5_000)).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the setting `burst` must be a whole number from 0 to 1000, but is `5000`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting `{name}` must be {expected}, but is `{value}`")]
pub struct SettingError {
    /// Name of the setting.
    pub name: &'static str,
    /// The refused value.
    pub value: String,
    /// Values that the setting accepts.
    pub expected: SettingType,
}

/// The values that a setting accepts.
///
/// ```
/// use banking_service_emulator::{SettingType, SettingValue};
///
/// let status = SettingType::Status { least: 400, most: 599 };
/// assert!(status.accepts(&SettingValue::Status(409)));
/// assert!(!status.accepts(&SettingValue::Status(200)));
/// assert_eq!(status.to_string(), "an HTTP status from 400 to 599");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingType {
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds, both included.
    Number {
        /// Smallest number.
        least: u32,
        /// Largest number.
        most: u32,
    },
    /// A duration.
    Duration {
        /// Longest duration.
        most: Duration,
    },
    /// An HTTP status within bounds, both included.
    Status {
        /// Smallest status.
        least: u16,
        /// Largest status.
        most: u16,
    },
    /// An HTTP status from 400 to 599, or this word.
    RefusalOr(&'static str),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A string that is not empty.
    String,
    /// An object whose members have these names and are strings; a missing member keeps its default.
    Strings(&'static [&'static str]),
}

impl SettingType {
    /// HTTP status of a refusal: 400 to 599.
    pub(super) const REFUSAL: Self = Self::Status {
        least: 400,
        most: 599,
    };

    /// Says whether `value` has this type and lies within its bounds.
    pub fn accepts(self, value: &SettingValue) -> bool {
        match (self, value) {
            (Self::Bool, SettingValue::Bool(_)) => true,
            (Self::Number { least, most }, SettingValue::Number(number)) => {
                (least..=most).contains(number)
            }
            (Self::Duration { most }, SettingValue::Duration(duration)) => *duration <= most,
            (Self::Status { least, most }, SettingValue::Status(status)) => {
                (least..=most).contains(status)
            }
            (Self::RefusalOr(_), SettingValue::Status(status)) => {
                Self::REFUSAL.accepts(&SettingValue::Status(*status))
            }
            (Self::RefusalOr(word), SettingValue::Word(chosen)) => word == *chosen,
            (Self::Word(words), SettingValue::Word(chosen)) => words.contains(chosen),
            (Self::String, SettingValue::String(string)) => !string.trim().is_empty(),
            (Self::Strings(names), SettingValue::Strings(strings)) => strings
                .iter()
                .all(|(name, string)| names.contains(name) && !string.trim().is_empty()),
            _ => false,
        }
    }
}

impl fmt::Display for SettingType {
    /// Writes the type as the end of a sentence that begins with "must be".
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => out.write_str("true or false"),
            Self::Number { least, most } => write!(out, "a whole number from {least} to {most}"),
            Self::Duration { most } => {
                write!(out, "a duration of at most {}", ShownDuration(*most))
            }
            Self::Status { least, most } => write!(out, "an HTTP status from {least} to {most}"),
            Self::RefusalOr(word) => write!(out, "an HTTP status from 400 to 599, or `{word}`"),
            Self::Word(words) => write!(out, "`{}`", words.join("` or `")),
            Self::String => out.write_str("a string that is not empty"),
            Self::Strings(names) => {
                write!(
                    out,
                    "an object of strings with members among `{}`",
                    names.join("`, `")
                )
            }
        }
    }
}

/// A value that was chosen for a setting. Its `Display` form is the YAML of it.
///
/// ```
/// use std::time::Duration;
/// use banking_service_emulator::SettingValue;
///
/// assert_eq!(SettingValue::Duration(Duration::from_secs(90 * 60)).to_string(), "90m");
/// assert_eq!(SettingValue::Word("existing").to_string(), "existing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Number(u32),
    /// A duration, in whole milliseconds.
    Duration(Duration),
    /// An HTTP status.
    Status(u16),
    /// One of the words that the setting knows.
    Word(&'static str),
    /// A string.
    String(String),
    /// Strings by name.
    Strings(BTreeMap<&'static str, String>),
}

impl fmt::Display for SettingValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(flag) => write!(out, "{flag}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Duration(duration) => write!(out, "{}", ShownDuration(*duration)),
            Self::Status(status) => write!(out, "{status}"),
            Self::Word(word) => out.write_str(word),
            Self::String(string) => out.write_str(string),
            Self::Strings(strings) => {
                let members: Vec<_> = strings
                    .iter()
                    .map(|(name, string)| format!("{name}: {string}"))
                    .collect();
                write!(out, "{{ {} }}", members.join(", "))
            }
        }
    }
}

/// Writes a duration in the largest unit that divides it: `8h`, `90m`, `1500ms`.
struct ShownDuration(Duration);

impl fmt::Display for ShownDuration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let (unit, size) = [("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
            .into_iter()
            .find(|(_, size)| millis > 0 && millis.is_multiple_of(*size))
            .unwrap_or(("ms", 1));
        write!(out, "{}{unit}", millis / size)
    }
}

/// A type that a field of [`Rulings`] can have.
pub(super) trait SettingField: Sized {
    /// Makes the field from a chosen value; `None` if the value is of another type.
    fn from_value(value: &SettingValue) -> Option<Self>;

    /// Returns the field as a value; `None` if nothing is set.
    fn to_value(&self) -> Option<SettingValue>;
}

impl SettingField for bool {
    fn from_value(value: &SettingValue) -> Option<Self> {
        match value {
            SettingValue::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    fn to_value(&self) -> Option<SettingValue> {
        Some(SettingValue::Bool(*self))
    }
}

impl SettingField for u32 {
    fn from_value(value: &SettingValue) -> Option<Self> {
        match value {
            SettingValue::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn to_value(&self) -> Option<SettingValue> {
        Some(SettingValue::Number(*self))
    }
}

impl SettingField for usize {
    fn from_value(value: &SettingValue) -> Option<Self> {
        u32::from_value(value).and_then(|number| Self::try_from(number).ok())
    }

    fn to_value(&self) -> Option<SettingValue> {
        u32::try_from(*self).ok()?.to_value()
    }
}

impl SettingField for Duration {
    fn from_value(value: &SettingValue) -> Option<Self> {
        match value {
            SettingValue::Duration(duration) => Some(*duration),
            _ => None,
        }
    }

    fn to_value(&self) -> Option<SettingValue> {
        Some(SettingValue::Duration(*self))
    }
}

impl SettingField for StatusCode {
    fn from_value(value: &SettingValue) -> Option<Self> {
        match value {
            SettingValue::Status(status) => Self::from_u16(*status).ok(),
            _ => None,
        }
    }

    fn to_value(&self) -> Option<SettingValue> {
        Some(SettingValue::Status(self.as_u16()))
    }
}

impl SettingField for String {
    fn from_value(value: &SettingValue) -> Option<Self> {
        match value {
            SettingValue::String(string) => Some(string.clone()),
            _ => None,
        }
    }

    fn to_value(&self) -> Option<SettingValue> {
        Some(SettingValue::String(self.clone()))
    }
}

impl<T: SettingField> SettingField for Option<T> {
    fn from_value(value: &SettingValue) -> Option<Self> {
        T::from_value(value).map(Some)
    }

    fn to_value(&self) -> Option<SettingValue> {
        self.as_ref().and_then(T::to_value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rulings, Setting};

    #[test]
    fn a_value_of_another_type_or_out_of_bounds_is_refused_and_changes_nothing() {
        let usual = Rulings::default();
        for (name, value) in [
            ("retry_after", SettingValue::Number(1)),
            ("burst", SettingValue::Number(1_001)),
            ("wrong_api_key", SettingValue::Status(200)),
            ("poll_period", SettingValue::Duration(Duration::MAX)),
            ("list_shape", SettingValue::Word("circle")),
            ("duplicates", SettingValue::Word("failed-sooner")),
            ("issuer", SettingValue::String(" ".to_owned())),
            (
                "statement_words",
                SettingValue::Strings([("done", "done".to_owned())].into()),
            ),
        ] {
            let setting = Setting::find(name).expect("a setting of the table");
            let mut rulings = usual.clone();
            let error = setting.apply(&mut rulings, &value).expect_err(name);
            assert_eq!(error.name, name);
            assert_eq!(rulings, usual, "{name}");
        }
    }

    #[test]
    fn an_error_names_the_setting_the_value_and_what_it_accepts() {
        let setting = Setting::find("statement_created").expect("a setting of the table");
        let error = setting
            .apply(&mut Rulings::default(), &SettingValue::Status(404))
            .expect_err("404 accepts no statement");
        assert_eq!(
            error.to_string(),
            "the setting `statement_created` must be an HTTP status from 200 to 299, but is `404`"
        );
    }

    #[test]
    fn durations_are_shown_in_their_largest_whole_unit() {
        for (millis, shown) in [
            (0, "0ms"),
            (1_500, "1500ms"),
            (5_000, "5s"),
            (1_200_000, "20m"),
            (28_800_000, "8h"),
        ] {
            let value = SettingValue::Duration(Duration::from_millis(millis));
            assert_eq!(value.to_string(), shown);
        }
    }
}
