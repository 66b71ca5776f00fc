//! Fields of array elements as operators on arrays name them: `id`, `amount.value`.

use crate::value::equality::write_canonical;
use serde_json::Value;
use std::fmt;

/// A way from an element to one of its values: keys joined by dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    keys: Vec<String>,
}

impl Field {
    /// Reads a field; `None` if it or one of its keys is empty, or if it looks like a path or a reference.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let keys: Vec<String> = text.split('.').map(str::to_owned).collect();
        let plain = keys
            .iter()
            .all(|key| !key.is_empty() && !key.contains(['$', '[', ']', '{', '}']));
        plain.then_some(Self { keys })
    }

    /// Returns the keys, the outermost first.
    pub(super) fn keys(&self) -> &[String] {
        &self.keys
    }

    /// Finds the value in an element.
    pub(super) fn of<'v>(&self, element: &'v Value) -> Option<&'v Value> {
        self.keys
            .iter()
            .try_fold(element, |value, key| value.as_object()?.get(key))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.keys.join("."))
    }
}

/// Names several fields: `a`, `a and b`, `a, b and c`.
pub(super) fn name_all(fields: &[Field]) -> String {
    match fields {
        [] => String::new(),
        [field] => field.to_string(),
        [most @ .., last] => {
            let most: Vec<String> = most.iter().map(Field::to_string).collect();
            format!("{} and {last}", most.join(", "))
        }
    }
}

/// Writes the values of some fields of an element, so that two elements that agree on all of them have the same key;
/// `None` if it has none of the fields.
pub(super) fn key_of(fields: &[Field], element: &Value) -> Option<String> {
    let mut key = String::new();
    let mut found = false;
    for value in fields.iter().map(|field| field.of(element)) {
        found |= value.is_some();
        // Two elements that both lack a field agree on it.
        match value {
            Some(value) => write_canonical(value, &mut key),
            None => key.push('-'),
        }
        key.push(';');
    }
    found.then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_nested_values() {
        let element = json!({ "a": { "b": 1 }, "c": null });
        let of = |text: &str| Field::parse(text).unwrap().of(&element).cloned();
        assert_eq!(of("a.b"), Some(json!(1)));
        assert_eq!(of("c"), Some(json!(null)));
        assert_eq!((of("d"), of("c.x")), (None, None));
    }

    #[test]
    fn refuses_what_is_no_field() {
        for text in ["", ".", "a.", "a..b", "$.a", "a[0]", "${a}"] {
            assert_eq!(Field::parse(text), None, "{text}");
        }
    }

    #[test]
    fn names_several() {
        let fields: Vec<Field> = ["a", "b.c", "d"]
            .iter()
            .filter_map(|text| Field::parse(text))
            .collect();
        assert_eq!(name_all(&fields), "a, b.c and d");
        assert_eq!(name_all(&fields[..1]), "a");
    }
}
