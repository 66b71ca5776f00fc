//! Reads the members of JSON objects that callers sent: every mistake is a 400 that names the member, what it is, and
//! what it must be.
//!
//! Hand-written instead of derived, because a derived reader also accepts arrays for objects and reports positions
//! instead of names. For an optional member, `null` and missing are the same. No message repeats a value: it may be
//! customer data, and responses are reported.

use serde_json::{Map, Number, Value};
use time::OffsetDateTime;
use time::UtcOffset;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::refusal::Refusal;

/// Maximum number of characters of a string where the sources name no bound.
pub(super) const TEXT_CHARS_MAX: usize = 512;

/// The members of one object, and its path in the body.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    path: String,
    members: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// Reads a value that must be an object; `path` is its path in the body, empty for the body itself.
    ///
    /// # Errors
    /// 400 if it is not an object, as with every reading below.
    pub(super) fn read(path: impl Into<String>, value: &'a Value) -> Result<Self, Refusal> {
        let path = path.into();
        match value {
            Value::Object(members) => Ok(Self { path, members }),
            other => {
                let what = if path.is_empty() { "the body" } else { &path };
                let message = format!("{what} must be an object, but is {}", describe(other));
                Err(Refusal::malformed(message))
            }
        }
    }

    /// Returns the path of a member, such as `data.bankAccounts`.
    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Refuses a member whose name is not among `names`: where every name has an effect, a misspelt one must not be ignored.
    pub(super) fn check_names(&self, names: &[&str]) -> Result<(), Refusal> {
        let unknown = self
            .members
            .keys()
            .find(|name| !names.contains(&name.as_str()));
        let Some(unknown) = unknown else {
            return Ok(());
        };
        let shown: String = unknown.chars().take(TEXT_CHARS_MAX).collect();
        Err(Refusal::malformed(format!(
            "{} is unknown; the members of this object are {}",
            self.path_of(&shown),
            names.join(", ")
        )))
    }

    /// Returns a member as it is; missing and `null` are `None`.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// Reads a member that must be an object.
    pub(super) fn object(&self, name: &str) -> Result<Fields<'a>, Refusal> {
        self.optional_object(name)?
            .ok_or_else(|| self.missing(name, "an object"))
    }

    /// Reads a member that may be missing, else must be an object.
    pub(super) fn optional_object(&self, name: &str) -> Result<Option<Fields<'a>>, Refusal> {
        self.value(name)
            .map(|value| Fields::read(self.path_of(name), value))
            .transpose()
    }

    /// Reads a member that must be an array.
    pub(super) fn list(&self, name: &str) -> Result<&'a [Value], Refusal> {
        self.optional_list(name)?
            .ok_or_else(|| self.missing(name, "an array"))
    }

    /// Reads a member that may be missing, else must be an array.
    pub(super) fn optional_list(&self, name: &str) -> Result<Option<&'a [Value]>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.wrong(name, "an array")),
        }
    }

    /// Reads a member that must be a string of 1 to [`TEXT_CHARS_MAX`] characters, one of them not white space.
    pub(super) fn text(&self, name: &str) -> Result<&'a str, Refusal> {
        let text = self
            .optional_text(name)?
            .ok_or_else(|| self.missing(name, "a string"))?;
        if text.trim().is_empty() {
            return Err(self.wrong(name, "a string that is not empty"));
        }
        Ok(text)
    }

    /// Reads a member that may be missing or empty, else must be a string of at most [`TEXT_CHARS_MAX`] characters.
    pub(super) fn optional_text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= TEXT_CHARS_MAX => Ok(Some(text)),
            Some(Value::String(_)) => {
                let expected = format!("a string of at most {TEXT_CHARS_MAX} characters");
                Err(self.wrong(name, &expected))
            }
            Some(_) => Err(self.wrong(name, "a string")),
        }
    }

    /// Reads a member that must be a UUID.
    pub(super) fn uuid(&self, name: &str) -> Result<Uuid, Refusal> {
        self.optional_uuid(name)?
            .ok_or_else(|| self.missing(name, "a UUID"))
    }

    /// Reads a member that may be missing, else must be a UUID.
    pub(super) fn optional_uuid(&self, name: &str) -> Result<Option<Uuid>, Refusal> {
        self.optional_text(name)?
            .map(|text| Uuid::parse_str(text).map_err(|_| self.wrong(name, "a UUID")))
            .transpose()
    }

    /// Reads a member that must be a number.
    pub(super) fn number(&self, name: &str) -> Result<&'a Number, Refusal> {
        self.optional_number(name)?
            .ok_or_else(|| self.missing(name, "a number"))
    }

    /// Reads a member that may be missing, else must be a number.
    pub(super) fn optional_number(&self, name: &str) -> Result<Option<&'a Number>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number)),
            Some(_) => Err(self.wrong(name, "a number")),
        }
    }

    /// Reads a member that may be missing, else must be a whole number.
    pub(super) fn optional_whole(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.value(name)
            .map(|value| {
                value
                    .as_i64()
                    .ok_or_else(|| self.wrong(name, "a whole number"))
            })
            .transpose()
    }

    /// Reads a member that may be missing or empty, else must be a code of three letters, as ISO 4217 and ISO 3166-1 have.
    pub(super) fn optional_letters(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.optional_text(name)? {
            None | Some("") => Ok(None),
            Some(code) if code.len() == 3 && code.chars().all(|c| c.is_ascii_alphabetic()) => {
                Ok(Some(code))
            }
            Some(_) => Err(self.wrong(name, "a code of three letters")),
        }
    }

    /// Reads a member that must be an ISO date-time, as it is spelled.
    pub(super) fn date_time(&self, name: &str) -> Result<&'a str, Refusal> {
        self.optional_date_time(name)?
            .ok_or_else(|| self.missing(name, DATE_TIME))
    }

    /// Reads a member that may be missing, else must be an ISO date-time, as it is spelled.
    pub(super) fn optional_date_time(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.optional_text(name)? {
            Some(text) if read_date_time(text).is_none() => Err(self.wrong(name, DATE_TIME)),
            text => Ok(text),
        }
    }

    /// Makes the 400 for a member that is not `expected`; the message says of which type it is.
    pub(super) fn wrong(&self, name: &str, expected: &str) -> Refusal {
        match self.value(name) {
            None => self.missing(name, expected),
            Some(value) => self.refuse(
                name,
                &format!("must be {expected}, but is {}", describe(value)),
            ),
        }
    }

    /// Makes the 400 for a member that is missing and must be `expected`.
    pub(super) fn missing(&self, name: &str, expected: &str) -> Refusal {
        self.refuse(name, &format!("is missing; it must be {expected}"))
    }

    /// Makes the 400 for a member that breaks `rule`, the rest of a sentence about it.
    pub(super) fn refuse(&self, name: &str, rule: &str) -> Refusal {
        Refusal::malformed(format!("{} {rule}", self.path_of(name)))
    }
}

/// What a date-time must be, with an example.
const DATE_TIME: &str = "an ISO date-time such as 2026-01-31T12:00:00Z";

/// Describes a value by its JSON type and size, without its content.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) if number.is_f64() => "a number with a fraction".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) if text.is_empty() => "an empty string".to_owned(),
        Value::String(text) => counted("a string", text.chars().count(), "character"),
        Value::Array(items) if items.is_empty() => "an empty array".to_owned(),
        Value::Array(items) => counted("an array", items.len(), "element"),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn counted(what: &str, count: usize, unit: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{what} of {count} {unit}{plural}")
}

/// Tells whether a date-time that [`read_date_time`] reads has no offset, so that it names no instant.
pub(super) fn is_local(text: &str) -> bool {
    OffsetDateTime::parse(text, &Rfc3339).is_err()
}

/// Reads an ISO date-time: RFC 3339, or the same without an offset, which is read in UTC.
pub(super) fn read_date_time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .ok()
}

/// Reads an ISO date such as `2026-01-31`, as its midnight in UTC.
pub(super) fn read_date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339).ok()
}

/// Writes a moment in UTC with milliseconds, as the published examples do: `2026-01-05T12:00:00.000Z`.
///
/// Returns `None` for a moment whose year in UTC does not have four digits.
pub(super) fn utc(moment: OffsetDateTime) -> Option<String> {
    let moment = moment.checked_to_offset(UtcOffset::UTC)?;
    let (hour, minute, second, milli) = moment.time().as_hms_milli();
    (0..=9_999).contains(&moment.year()).then(|| {
        format!(
            "{}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z",
            moment.date()
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mistake_names_the_member_what_it_is_and_what_it_must_be() {
        let body = json!({ "data": { "a": 1, "b": null, "c": "", "u": "x", "l": [1, 2] } });
        let root = Fields::read("", &body).expect("an object");
        let data = root.object("data").expect("an object");
        let message = |refusal: Option<Refusal>| refusal.map(|refusal| refusal.message);
        for (refusal, expected) in [
            (
                data.text("a").err(),
                "data.a must be a string, but is a number",
            ),
            (
                data.text("b").err(),
                "data.b is missing; it must be a string",
            ),
            (
                data.text("c").err(),
                "data.c must be a string that is not empty, but is an empty string",
            ),
            (
                data.uuid("u").err(),
                "data.u must be a UUID, but is a string of 1 character",
            ),
            (
                data.number("l").err(),
                "data.l must be a number, but is an array of 2 elements",
            ),
            (
                data.date_time("u").err(),
                "data.u must be an ISO date-time such as 2026-01-31T12:00:00Z, but is a string of 1 character",
            ),
            (
                Fields::read("", &json!([])).err(),
                "the body must be an object, but is an empty array",
            ),
            (
                data.check_names(&["a", "b"]).err(),
                "data.c is unknown; the members of this object are a, b",
            ),
        ] {
            assert_eq!(message(refusal).as_deref(), Some(expected));
        }
        assert!(root.list("data").is_err());
        assert_eq!(data.number("a"), Ok(&Number::from(1)));
        assert_eq!(data.optional_text("c"), Ok(Some("")));
    }

    #[test]
    fn the_longest_string_is_accepted_and_a_longer_one_is_refused() {
        let body =
            json!({ "fits": "ü".repeat(TEXT_CHARS_MAX), "over": "ü".repeat(TEXT_CHARS_MAX + 1) });
        let fields = Fields::read("", &body).expect("an object");
        assert!(fields.text("fits").is_ok());
        assert!(fields.text("over").is_err());
    }

    #[test]
    fn dates_and_date_times_differ_and_must_exist_in_the_calendar() {
        for good in [
            "2026-01-05T12:00:00.000Z",
            "2026-01-05T12:00:00+01:00",
            "2026-01-05T12:00:00",
        ] {
            assert!(read_date_time(good).is_some(), "{good}");
        }
        for bad in ["2026-01-05", "2026-13-05T12:00:00Z", "yesterday", ""] {
            assert_eq!(read_date_time(bad), None, "{bad}");
        }
        assert!(read_date("2024-02-29").is_some());
        assert_eq!(read_date("2026-02-29"), None);
        assert_eq!(read_date("2026-02-28T00:00:00Z"), None);
    }

    #[test]
    fn a_moment_of_any_offset_is_written_in_utc() {
        let told = |text: &str| {
            read_date_time(text)
                .or_else(|| read_date(text))
                .and_then(utc)
        };
        for (text, expected) in [
            ("2026-01-05", "2026-01-05T00:00:00.000Z"),
            ("2026-01-05T12:00:00", "2026-01-05T12:00:00.000Z"),
            ("2026-01-05T00:30:00.25+01:00", "2026-01-04T23:30:00.250Z"),
            ("2026-01-05t12:00:00z", "2026-01-05T12:00:00.000Z"),
        ] {
            assert_eq!(told(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(told("9999-12-31T23:00:00-02:00"), None);
        assert_eq!(told("0000-01-01T00:00:00+01:00"), None);
    }
}
