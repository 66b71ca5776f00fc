//! JSONPath (RFC 9535): compiled once, asked often.
//!
//! A singular path (section 2.3.5.1: names and single indexes only) yields one value or none, any other an array.

use super::path_outline::PathOutline;
use crate::source::{Finding, Span};
use serde_json::Value;
use serde_json_path::{JsonPath as Query, NormalizedPath, PathElement};

/// A compiled JSONPath.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    text: String,
    query: Query,
    singular: bool,
}

/// What a path finds in a value.
#[derive(Debug)]
pub enum Found<'v> {
    /// Of a singular path: the value, or none.
    One(Option<&'v Value>),
    /// Of any other path: the values in the order of the document, with their places; may be empty.
    Many(Vec<Hit<'v>>),
}

/// One value that a path found.
#[derive(Debug)]
pub struct Hit<'v> {
    /// The value.
    pub value: &'v Value,
    place: NormalizedPath<'v>,
}

impl Hit<'_> {
    /// Returns where the value stands, as a normalised path (RFC 9535 section 2.7), for example `$['a'][0]`.
    pub fn location(&self) -> String {
        let mut location = "$".to_owned();
        for element in self.place.iter() {
            match element {
                PathElement::Name(name) => append_normalised(&mut location, name),
                PathElement::Index(index) => append_index(&mut location, *index),
            }
        }
        location
    }

    /// Appends where the value stands below `out`, for example `.a[0]`.
    pub(super) fn append_to(&self, out: &mut String) {
        for element in self.place.iter() {
            match element {
                PathElement::Name(name) => append_key(out, name),
                PathElement::Index(index) => append_index(out, *index),
            }
        }
    }
}

/// Tells whether a key of an object is a JSONPath: it begins with `$.` or `$[`.
pub fn is_path_key(key: &str) -> bool {
    key.starts_with("$.") || key.starts_with("$[")
}

impl JsonPath {
    /// Compiles a path that stands at `span`; `None` and a finding if it is malformed or holds `${`.
    pub fn compile(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<Self> {
        if let Some(at) = text.find("${") {
            findings.push(
                Finding::new(
                    &span.part(text, at..text.len()),
                    "no interpolation inside JSONPath keys",
                )
                .with_hint("select with `$one: { where: …, is: … }`, where values may be inserted"),
            );
            return None;
        }
        match parse(text) {
            Ok(query) => Some(Self {
                text: text.to_owned(),
                query,
                singular: is_singular(text),
            }),
            Err((start, reason)) => {
                let finding = match unclosed(text) {
                    Some(at) => Finding::new(
                        &span.part(text, at..text.len()),
                        "not a JSONPath: this bracket is never closed",
                    )
                    .with_hint("`[0]`, `['name']`, `[*]` or `[?@.field == 'x']`"),
                    None => {
                        let span = span.part(text, start..text.len());
                        Finding::new(&span, format!("not a JSONPath: {reason}"))
                    }
                };
                findings.push(finding);
                None
            }
        }
    }

    /// Returns the path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the members that the path names; `None` for a path that selects in another way.
    pub fn outline(&self) -> Option<PathOutline> {
        PathOutline::of(&self.text)
    }

    /// Tells whether the path can yield at most one value.
    pub fn is_singular(&self) -> bool {
        self.singular
    }

    /// Returns the keys of a path that is written as keys alone, such as `$.data.id`; `None` for all others.
    pub fn keys(&self) -> Option<Vec<&str>> {
        let rest = self.text.strip_prefix("$.")?;
        let plain =
            |key: &str| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
        rest.split('.')
            .map(|key| plain(key).then_some(key))
            .collect()
    }

    /// Returns where the path finds something, as JSON pointers (RFC 6901), in the order of the document.
    pub fn pointers(&self, value: &Value) -> Vec<String> {
        let found = self.query.query_located(value).all();
        found
            .iter()
            .map(|hit| {
                let mut pointer = String::new();
                for element in hit.location().iter() {
                    pointer.push('/');
                    match element {
                        PathElement::Name(name) => {
                            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                        }
                        PathElement::Index(index) => pointer.push_str(&index.to_string()),
                    }
                }
                pointer
            })
            .collect()
    }

    /// Asks the path. `search()` and `match()` in filters compile their pattern per node, so they are slow on large arrays.
    pub fn query<'v>(&self, value: &'v Value) -> Found<'v> {
        if self.singular {
            return Found::One(self.query.query(value).first());
        }
        let hits = self.query.query_located(value).all();
        Found::Many(
            hits.into_iter()
                .map(|hit| Hit {
                    value: hit.node(),
                    place: hit.to_location(),
                })
                .collect(),
        )
    }
}

/// Parses a path.
///
/// # Errors
/// Where it is malformed, in bytes, and why.
fn parse(text: &str) -> Result<Query, (usize, String)> {
    if ends_within_an_escape(text) {
        return Err((0, "it ends within an escape".to_owned()));
    }
    Query::parse(text).map_err(|error| {
        // The parser counts from 1; a place outside of the text falls back to the whole.
        let at = error.position().saturating_sub(1);
        let start = if text.is_char_boundary(at) { at } else { 0 };
        let reason = match error.message() {
            // The parser's words where it has none.
            "parser error" => "nothing that begins like this is a segment",
            reason => reason,
        };
        (start, reason.to_owned())
    })
}

/// Tells whether a text ends in the middle of an escape such as `\u00e9`, where the parser panics (serde_json_path 0.7).
fn ends_within_an_escape(text: &str) -> bool {
    let digits = |letter: char| letter.is_ascii_hexdigit();
    text.trim_end_matches(digits).ends_with("\\u")
}

/// Returns where a bracket stands that is never closed, quoted ones left out.
fn unclosed(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, one)) = chars.next() {
        match (quote, one) {
            (Some(_), '\\') => _ = chars.next(),
            (Some(begun), _) if begun == one => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(one),
            (None, '[') => open.push(at),
            (None, ']') => _ = open.pop(),
            (None, _) => {}
        }
    }
    open.pop()
}

/// Tells whether a well-formed path is a singular query.
fn is_singular(text: &str) -> bool {
    let mut rest = text.strip_prefix('$').unwrap_or(text).trim_start();
    while !rest.is_empty() {
        let after = if let Some(name) = rest.strip_prefix('.') {
            if name.starts_with(['.', '*']) {
                return false;
            }
            name.trim_start_matches(|c: char| c == '_' || c.is_alphanumeric() || !c.is_ascii())
        } else {
            match after_single_selector(rest) {
                Some(after) => after,
                None => return false,
            }
        };
        if after.len() == rest.len() {
            return false;
        }
        rest = after.trim_start();
    }
    true
}

/// Returns what follows `[0]` or `['name']`; `None` for all other selectors.
fn after_single_selector(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('[')?.trim_start();
    let after = match inside.chars().next()? {
        quote @ ('\'' | '"') => after_quoted(&inside[1..], quote)?,
        _ => inside.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit()),
    };
    after.trim_start().strip_prefix(']')
}

fn after_quoted(text: &str, quote: char) -> Option<&str> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return Some(&text[at + 1..]);
        }
    }
    None
}

/// Appends a key to a normalised path, `['key']`, with the escapes that the library leaves out.
fn append_normalised(out: &mut String, key: &str) {
    out.push_str("['");
    for letter in key.chars() {
        match letter {
            '\'' | '\\' => out.extend(['\\', letter]),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out.push_str("']");
}

/// Appends a key to a location: `.key`, or `["odd key"]`; without the dot at the very beginning.
pub(super) fn append_key(out: &mut String, key: &str) {
    let plain = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if plain {
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(key);
    } else {
        out.push_str(&format!("[{}]", Value::from(key)));
    }
}

/// Appends an index to a location: `[0]`.
pub(super) fn append_index(out: &mut String, index: usize) {
    out.push_str(&format!("[{index}]"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn path(text: &str) -> JsonPath {
        JsonPath::compile(text, &Span::outside("x"), &mut Vec::new()).expect(text)
    }

    #[test]
    fn pointers_lead_to_what_is_found() {
        let value = json!({ "a/b": [{ "n~": 1 }, { "n~": 2 }], "n~": 3 });
        let pointers = path("$..['n~']").pointers(&value);
        let mut found: Vec<_> = pointers
            .iter()
            .map(|pointer| value.pointer(pointer).expect(pointer))
            .collect();
        found.sort_by_key(|number| number.as_i64());
        assert_eq!(found, [1, 2, 3]);
        assert_eq!(path("$.none").pointers(&value), Vec::<String>::new());
    }

    #[test]
    fn a_normalised_path_leads_back_to_its_value_whatever_the_keys() {
        let value = json!({ "it's": [{ "\\'": 1, "\u{1}\n\u{7f}\"": 2 }] });
        let Found::Many(hits) = path("$..*").query(&value) else {
            panic!("many");
        };
        assert_eq!(hits.len(), 4);
        for hit in hits {
            let Found::One(found) = path(&hit.location()).query(&value) else {
                panic!("{} is not singular", hit.location());
            };
            assert!(std::ptr::eq(found.unwrap(), hit.value));
        }
    }

    #[test]
    fn knows_singular_paths() {
        for text in [
            "$",
            "$.a",
            "$.a.b-c".trim_end_matches("-c"),
            "$['a b']",
            "$[\"it's\"]",
            "$['a\\'b'][0]",
            "$.a[-1].é",
            "$ .a [ 0 ]",
            "$['..']",
        ] {
            assert!(path(text).is_singular(), "{text}");
        }
        for text in [
            "$..a",
            "$.*",
            "$[*]",
            "$[0,1]",
            "$['a','b']",
            "$[0:2]",
            "$[?@.a]",
            "$.a[?@.b == 'x'].c",
            "$[:]",
            "$..[0]",
        ] {
            assert!(!path(text).is_singular(), "{text}");
        }
    }

    #[test]
    fn a_singular_path_finds_one_or_none() {
        let value = json!({ "a": [1, { "b": null }] });
        assert!(matches!(
            path("$.a[1].b").query(&value),
            Found::One(Some(Value::Null))
        ));
        assert!(matches!(path("$.a[2]").query(&value), Found::One(None)));
    }

    #[test]
    fn any_other_path_finds_a_list_with_locations() {
        let value = json!({ "items": [{ "id": 1 }, { "x": { "id": 2 } }] });
        let Found::Many(hits) = path("$..id").query(&value) else {
            panic!("not a list");
        };
        let found: Vec<_> = hits
            .iter()
            .map(|hit| (hit.location(), hit.value.clone()))
            .collect();
        assert_eq!(
            found,
            [
                ("$['items'][0]['id']".to_owned(), json!(1)),
                ("$['items'][1]['x']['id']".to_owned(), json!(2))
            ]
        );
        let mut place = "body".to_owned();
        hits[1].append_to(&mut place);
        assert_eq!(place, "body.items[1].x.id");
        assert!(matches!(path("$..nope").query(&value), Found::Many(hits) if hits.is_empty()));
    }

    #[test]
    fn the_list_of_the_banking_service_is_found_at_any_depth() {
        let filter = path("$..[?@.bankAccountId]");
        for value in [
            json!([{ "bankAccountId": 1 }]),
            json!({ "data": { "items": [{ "bankAccountId": 1 }] } }),
        ] {
            assert!(matches!(filter.query(&value), Found::Many(hits) if hits.len() == 1));
        }
    }

    #[test]
    fn malformed_paths_are_found_with_their_place() {
        let find = |text: &str| {
            let mut findings = Vec::new();
            let span = Span::new(
                "x".into(),
                1,
                1,
                u32::try_from(text.chars().count()).unwrap(),
            );
            assert_eq!(
                JsonPath::compile(text, &span, &mut findings),
                None,
                "{text}"
            );
            findings.remove(0)
        };
        for text in ["$.", "$[", "$.a[?]", "$.é[", "a", ""] {
            assert!(find(text).message.starts_with("not a JSONPath"), "{text}");
        }
        // Some of these end where the parser wants one more letter of an escape.
        for text in [
            "$[\"\\u",
            "$['a\\u\"]",
            "$['\\uD",
            "$['\\ud83d\\u",
            "$[?@.a == '\\uD83D\\ud",
        ] {
            let found = find(text);
            assert_eq!(
                found.message,
                "not a JSONPath: this bracket is never closed"
            );
        }
        let found = find("$.a\\u");
        assert_eq!(found.message, "not a JSONPath: it ends within an escape");
        let found = find("$.a[?@.b == '${x}']");
        assert_eq!(
            (found.message.as_str(), found.span.column),
            ("no interpolation inside JSONPath keys", 14)
        );
    }

    #[test]
    fn keys_that_are_paths_are_recognised() {
        assert!(is_path_key("$.a") && is_path_key("$[0]") && is_path_key("$..a"));
        assert!(!is_path_key("$any") && !is_path_key("$") && !is_path_key("a$.b"));
    }

    #[test]
    fn odd_keys_are_quoted_in_locations() {
        let mut out = String::new();
        for key in ["a", "b c", "", "d-e", "\"", "é"] {
            append_key(&mut out, key);
        }
        assert_eq!(out, "a[\"b c\"][\"\"].d-e[\"\\\"\"].é");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\$|\\.|\\[|\\]|\\*|'|\"|\\?|@|a|0|-|:|,|\\\\|é| |\\{){0,14}") {
            if let Some(path) = JsonPath::compile(&text, &Span::outside("x"), &mut Vec::new()) {
                let many = matches!(path.query(&json!({ "a": [[0], { "é": 1 }] })), Found::Many(_));
                prop_assert_eq!(many, !path.is_singular());
            }
        }
    }
}
