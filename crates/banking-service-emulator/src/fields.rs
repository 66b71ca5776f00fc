//! Reading of JSON objects that strangers sent: every mistake names the field and is a 400.
//!
//! Hand-written instead of derived, because a derived reader also takes arrays for objects and
//! reports positions instead of names. Absent and null are the same for optional fields.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::UtcOffset;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::refusal::Refusal;

/// Most characters of a text field where the sources name no bound.
pub(super) const TEXT_CHARS_MAX: usize = 512;

/// The members of one object and where it stands in the body.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    at: String,
    members: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// Reads a value that must be an object; `at` is its path in the body, empty for the body itself.
    ///
    /// # Errors
    /// 400 if it is not an object, as with every reading below.
    pub(super) fn read(at: impl Into<String>, value: &'a Value) -> Result<Self, Refusal> {
        let at = at.into();
        match value {
            Value::Object(members) => Ok(Self { at, members }),
            _ if at.is_empty() => Err(Refusal::malformed("the body must be a JSON object")),
            _ => Err(Refusal::malformed(format!("{at} must be an object"))),
        }
    }

    /// The path of a member, such as `data.bankAccounts`.
    pub(super) fn path_of(&self, name: &str) -> String {
        if self.at.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.at)
        }
    }

    /// Refuses a member that is none of `names`: where all do something, a misspelt one would do nothing, unnoticed.
    pub(super) fn check_names(&self, names: &[&str]) -> Result<(), Refusal> {
        match self
            .members
            .keys()
            .find(|key| !names.contains(&key.as_str()))
        {
            Some(key) => {
                let shown: String = key.chars().take(TEXT_CHARS_MAX).collect();
                let what = format!("is none of {}", names.join(", "));
                Err(self.wrong(&shown, &what))
            }
            None => Ok(()),
        }
    }

    /// A member as it is; absent and null are `None`.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// A member that must be an object.
    pub(super) fn object(&self, name: &str) -> Result<Fields<'a>, Refusal> {
        self.optional_object(name)?
            .ok_or_else(|| self.missing(name))
    }

    /// A member that may be absent, else must be an object.
    pub(super) fn optional_object(&self, name: &str) -> Result<Option<Fields<'a>>, Refusal> {
        self.value(name)
            .map(|value| Fields::read(self.path_of(name), value))
            .transpose()
    }

    /// A member that must be an array.
    pub(super) fn list(&self, name: &str) -> Result<&'a [Value], Refusal> {
        self.optional_list(name)?.ok_or_else(|| self.missing(name))
    }

    /// A member that may be absent, else must be an array.
    pub(super) fn optional_list(&self, name: &str) -> Result<Option<&'a [Value]>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.wrong(name, "must be an array")),
        }
    }

    /// A member that must be a text of 1 to [`TEXT_CHARS_MAX`] characters.
    pub(super) fn text(&self, name: &str) -> Result<&'a str, Refusal> {
        let text = self
            .optional_text(name)?
            .ok_or_else(|| self.missing(name))?;
        if text.trim().is_empty() {
            return Err(self.wrong(name, "must not be empty"));
        }
        Ok(text)
    }

    /// A member that may be absent or empty, else must be a text of at most [`TEXT_CHARS_MAX`] characters.
    pub(super) fn optional_text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= TEXT_CHARS_MAX => Ok(Some(text)),
            Some(Value::String(_)) => Err(self.wrong(
                name,
                &format!("must have at most {TEXT_CHARS_MAX} characters"),
            )),
            Some(_) => Err(self.wrong(name, "must be a string")),
        }
    }

    /// A member that must be a UUID.
    pub(super) fn uuid(&self, name: &str) -> Result<Uuid, Refusal> {
        self.optional_uuid(name)?.ok_or_else(|| self.missing(name))
    }

    /// A member that may be absent, else must be a UUID.
    pub(super) fn optional_uuid(&self, name: &str) -> Result<Option<Uuid>, Refusal> {
        self.optional_text(name)?
            .map(|text| Uuid::parse_str(text).map_err(|_| self.wrong(name, "must be a UUID")))
            .transpose()
    }

    /// A member that must be a number.
    pub(super) fn number(&self, name: &str) -> Result<f64, Refusal> {
        self.optional_number(name)?
            .ok_or_else(|| self.missing(name))
    }

    /// A member that may be absent, else must be a number.
    pub(super) fn optional_number(&self, name: &str) -> Result<Option<f64>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => value
                .as_f64()
                .map(Some)
                .ok_or_else(|| self.wrong(name, "must be a number")),
        }
    }

    /// A member that may be absent, else must be a whole number.
    pub(super) fn optional_whole(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => value
                .as_i64()
                .map(Some)
                .ok_or_else(|| self.wrong(name, "must be a whole number")),
        }
    }

    /// A member that may be absent or empty, else must be a code of three letters, such as ISO 4217 and ISO 3166-1 have.
    pub(super) fn optional_letters(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.optional_text(name)? {
            None | Some("") => Ok(None),
            Some(code) if code.len() == 3 && code.chars().all(|c| c.is_ascii_alphabetic()) => {
                Ok(Some(code))
            }
            Some(_) => Err(self.wrong(name, "must be three letters")),
        }
    }

    /// A member that must be an ISO date-time.
    pub(super) fn date_time(&self, name: &str) -> Result<&'a str, Refusal> {
        self.optional_date_time(name)?
            .ok_or_else(|| self.missing(name))
    }

    /// A member that may be absent, else must be an ISO date-time.
    pub(super) fn optional_date_time(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.optional_text(name)? {
            Some(text) if read_date_time(text).is_none() => {
                Err(self.wrong(name, "must be an ISO date-time"))
            }
            text => Ok(text),
        }
    }

    /// A 400 about one member.
    pub(super) fn wrong(&self, name: &str, what: &str) -> Refusal {
        Refusal::malformed(format!("{} {what}", self.path_of(name)))
    }

    fn missing(&self, name: &str) -> Refusal {
        self.wrong(name, "is missing")
    }
}

/// Reads an ISO date-time: RFC 3339, or the same without an offset, which is taken for UTC.
pub(super) fn read_date_time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .ok()
}

/// Reads an ISO date such as `2026-01-31`, as its midnight in UTC.
pub(super) fn read_date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339).ok()
}

/// Tells a moment in UTC with milliseconds, as the published examples do: `2026-01-05T12:00:00.000Z`.
///
/// Nothing for a moment whose year in UTC has no four digits.
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
    fn mistakes_name_the_field() {
        let body = json!({ "data": { "a": 1, "b": null, "c": "", "u": "x" } });
        let root = Fields::read("", &body).expect("an object");
        let data = root.object("data").expect("an object");
        let message = |refusal: Refusal| refusal.message;
        assert_eq!(
            data.text("a").map_err(message),
            Err("data.a must be a string".to_owned())
        );
        assert_eq!(
            data.text("b").map_err(message),
            Err("data.b is missing".to_owned())
        );
        assert_eq!(
            data.text("c").map_err(message),
            Err("data.c must not be empty".to_owned())
        );
        assert_eq!(
            data.uuid("u").map_err(message),
            Err("data.u must be a UUID".to_owned())
        );
        assert!(Fields::read("", &json!([])).is_err());
        assert!(root.list("data").is_err());
        assert_eq!(data.number("a"), Ok(1.0));
        assert_eq!(data.optional_text("c"), Ok(Some("")));
    }

    #[test]
    fn the_longest_text_is_taken_and_a_longer_one_is_not() {
        let body =
            json!({ "fits": "ü".repeat(TEXT_CHARS_MAX), "over": "ü".repeat(TEXT_CHARS_MAX + 1) });
        let fields = Fields::read("", &body).expect("an object");
        assert!(fields.text("fits").is_ok());
        assert!(fields.text("over").is_err());
    }

    #[test]
    fn dates_and_times_are_told_apart_and_checked_against_the_calendar() {
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
    fn a_moment_is_told_in_utc_whatever_its_offset() {
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
