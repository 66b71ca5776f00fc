//! Escapes texts from outside for HTML elements, attributes and blocks of JSON.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::report::plain::plain;

/// Escapes a text for HTML elements and quoted attributes; makes unprintable characters visible.
pub(super) fn escape(text: &str) -> String {
    let text = plain(text);
    let mut escaped = String::with_capacity(text.len() + 16);
    for one in text.chars() {
        match one {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            one => escaped.push(one),
        }
    }
    escaped
}

/// Escapes a JSON document for a `script` element; it stays the same document.
///
/// JSON has the replaced characters only within strings. The result is ASCII: a browser keeps a long ASCII text in half
/// the memory, and opens a large page sooner.
pub(super) fn inert(json: &str) -> Cow<'_, str> {
    if json.is_ascii() && !json.contains(['<', '>', '&']) {
        return Cow::Borrowed(json);
    }
    let mut inert = String::with_capacity(json.len() + json.len() / 8);
    for one in json.chars() {
        match one {
            '<' => inert.push_str("\\u003c"),
            '>' => inert.push_str("\\u003e"),
            '&' => inert.push_str("\\u0026"),
            one if one.is_ascii() => inert.push(one),
            one => {
                for unit in one.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(inert, "\\u{unit:04x}");
                }
            }
        }
    }
    Cow::Owned(inert)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_an_attribute_or_an_element() {
        assert_eq!(
            escape("</td>\" onx='y' & \u{1b}"),
            "&lt;/td&gt;&quot; onx=&#39;y&#39; &amp; \\u{1b}"
        );
    }

    #[test]
    fn an_inert_document_is_the_same_document() {
        let value = serde_json::json!({"</script>": ["<!--", "&amp;", "\u{2028}\u{2029}", "\\<", "é 😀 \u{7f}"]});
        let json = value.to_string();
        let inert = inert(&json);
        assert!(
            inert.is_ascii() && !inert.contains(['<', '>', '&']),
            "{inert}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&inert).expect("still JSON"),
            value
        );
    }
}
