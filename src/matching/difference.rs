//! One difference between a message and a demand.

use serde::{Deserialize, Serialize};

use plan_language::plan::Place;
use plan_language::value::{Mismatch, Value};

/// One difference between a message and what a plan demands of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Where in the message: `body.data.bankAccounts[1].branchIdentifier`.
    pub at: String,
    /// The line of the plan that demands it.
    pub place: Place,
    /// What the plan demands, in one phrase.
    pub expected: String,
    /// The value that the message contains; `None` when it is missing.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub seen: Option<Value>,
    /// Why they differ, where the two values do not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whether something is there that could not be read; `seen` is empty then, although nothing is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
}

impl From<Mismatch> for Difference {
    fn from(mismatch: Mismatch) -> Self {
        Self {
            at: mismatch.at,
            place: Place::from(&mismatch.span),
            expected: mismatch.expected,
            seen: mismatch.seen,
            why: mismatch.why,
            unread: mismatch.unread,
        }
    }
}

/// Reads a value that is present, `null` included: only an absent field means a missing value.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan_language::source::Span;
    use serde_json::json;

    #[test]
    fn null_is_read_back_as_a_value_and_not_as_a_missing_one() {
        for seen in [None, Some(Value::Null), Some(json!("7"))] {
            let difference = Difference {
                at: "body.id".to_owned(),
                place: Place::from(&Span::outside("plan.yaml")),
                expected: "7".to_owned(),
                seen: seen.clone(),
                why: None,
                unread: false,
            };
            let written = serde_json::to_value(&difference).expect("it is written");
            assert_eq!(written.get("seen"), seen.as_ref());
            let read: Difference = serde_json::from_value(written).expect("it is read back");
            assert_eq!(read, difference);
        }
    }
}
