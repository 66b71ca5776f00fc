//! Sets of kinds that a value may have, for what can be told of it before it is there.

use serde_json::Value;
use std::fmt;

/// The kinds that a value may have; absence is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// No kind.
    pub const NONE: Self = Self(0);
    /// Null.
    pub const NULL: Self = Self(1);
    /// True or false.
    pub const BOOLEAN: Self = Self(2);
    /// A number.
    pub const NUMBER: Self = Self(4);
    /// A string.
    pub const STRING: Self = Self(8);
    /// An array.
    pub const ARRAY: Self = Self(16);
    /// An object.
    pub const OBJECT: Self = Self(32);
    /// Nothing at all.
    pub const ABSENT: Self = Self(64);
    /// Every value, and none.
    pub const ALL: Self = Self(127);
    /// Every value, but not none.
    pub const PRESENT: Self = Self(63);

    /// Returns the kind of a value.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    /// Returns the kinds of both sets together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the kinds that both sets have.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns the kinds that the other set does not have.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Tells whether all kinds of the other set are in this one.
    pub fn includes(self, other: Self) -> bool {
        other.without(self) == Self::NONE
    }

    /// Tells whether no kind is in both sets.
    pub fn excludes(self, other: Self) -> bool {
        self.and(other).0 == 0
    }
}

impl fmt::Display for Kinds {
    /// Names the kinds of values: `a string or an array`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::NULL, "null"),
            (Self::BOOLEAN, "a boolean"),
            (Self::NUMBER, "a number"),
            (Self::STRING, "a string"),
            (Self::ARRAY, "an array"),
            (Self::OBJECT, "an object"),
        ];
        let own: Vec<_> = names
            .into_iter()
            .filter(|(kind, _)| !self.excludes(*kind))
            .map(|(_, name)| name)
            .collect();
        match own.as_slice() {
            [] => out.write_str("nothing"),
            own => out.write_str(&own.join(" or ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sets_are_joined_cut_and_named() {
        let both = Kinds::STRING.or(Kinds::ARRAY);
        assert_eq!(both.to_string(), "a string or an array");
        assert_eq!(both.and(Kinds::of(&json!([]))), Kinds::ARRAY);
        assert!(both.excludes(Kinds::of(&json!(1))) && !both.excludes(Kinds::PRESENT));
        assert_eq!(Kinds::ABSENT.to_string(), "nothing");
        assert_eq!(Kinds::PRESENT.or(Kinds::ABSENT), Kinds::ALL);
        assert_eq!(Kinds::ALL.without(Kinds::ABSENT), Kinds::PRESENT);
        assert!(both.includes(Kinds::ARRAY) && !Kinds::ARRAY.includes(both));
    }
}
