//! What a JSON value is, in words for messages.

use serde_json::Value;

/// Returns what a value is with its article: `a map`, `a text`, `nothing` for null.
pub fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}
