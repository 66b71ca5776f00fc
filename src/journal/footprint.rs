//! Estimates how much memory the parts of a message take while the journal keeps them.
//!
//! What a document will take is estimated from its text in `http-message`, before it is read.

use plan_language::value::Value;

/// Memory of an allocation beside its content, in bytes.
pub(super) const ALLOCATION: usize = 24;

/// Estimates how much memory a pair of names and values takes, in bytes.
pub(super) fn pair_footprint((name, value): &(String, String)) -> usize {
    size_of::<(String, String)>() + 2 * ALLOCATION + name.len() + value.len()
}

/// Estimates how much memory a value takes, in bytes.
pub(super) fn value_footprint(value: &Value) -> usize {
    size_of::<Value>() + content_footprint(value)
}

/// Estimates how much memory a value takes beside its own place, in bytes.
fn content_footprint(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 0,
        // The digits of a number are a text.
        Value::Number(_) => ALLOCATION + 8,
        Value::String(text) => ALLOCATION + text.capacity(),
        Value::Array(items) => {
            let places = items.capacity() * size_of::<Value>();
            ALLOCATION + places + items.iter().map(content_footprint).sum::<usize>()
        }
        Value::Object(fields) if fields.is_empty() => 0,
        Value::Object(fields) => {
            // The list of fields, and the index beside it, grow by doubling and begin with four places.
            let places = fields.len().next_power_of_two().max(4);
            let place = size_of::<Value>() + size_of::<String>() + 3 * size_of::<usize>();
            let content = fields.iter().map(|(name, value)| {
                ALLOCATION + name.capacity().max(8) + content_footprint(value)
            });
            2 * ALLOCATION + places * place + content.sum::<usize>()
        }
    }
}
