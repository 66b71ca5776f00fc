//! JSONPath keys, asked of a document.

use plan_language::source::{Sources, Span};
use plan_language::value::{Found, JsonPath, Value};

use crate::parts::parts;
use crate::places::check_findings;

/// Compiles a path and asks it of a document.
///
/// A path compiles or has a finding; one that is singular finds at most one value; where it says that it found something,
/// there is something, and the normalised path to it finds just that.
pub fn json_path(data: &[u8]) {
    let [path, document] = parts(data);
    let Ok(text) = std::str::from_utf8(path) else {
        return;
    };
    // A key has one line of its file.
    let text = text.split(['\n', '\r']).next().unwrap_or_default();
    let document = serde_json::from_slice(document).unwrap_or(Value::Null);
    let mut sources = Sources::new();
    sources.insert("key", text.as_bytes());
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let span = Span::new("key".into(), 1, 1, length);
    let mut findings = Vec::new();
    let path = JsonPath::compile(text, &span, &mut findings);
    check_findings(&findings, &sources);
    assert_eq!(path.is_some(), findings.is_empty());
    if let Some(path) = path {
        check_path(&path, &document);
    }
}

fn check_path(path: &JsonPath, document: &Value) {
    let pointers = path.pointers(document);
    let pointed: Vec<_> = pointers
        .iter()
        .map(|pointer| {
            document
                .pointer(pointer)
                .expect("it leads to what was found")
        })
        .collect();
    match path.query(document) {
        Found::One(found) => {
            assert!(path.is_singular());
            assert_eq!(Vec::from_iter(found), pointed);
        }
        Found::Many(hits) => {
            assert!(!path.is_singular());
            let values: Vec<_> = hits.iter().map(|hit| hit.value).collect();
            assert_eq!(values, pointed);
            for hit in hits {
                check_location(&hit.location(), hit.value, document);
            }
        }
    }
    if let Some(keys) = path.keys() {
        assert!(path.is_singular());
        let named = keys
            .iter()
            .try_fold(document, |inner, key| inner.as_object()?.get(*key));
        assert_eq!(Vec::from_iter(named), pointed);
    }
    if let Some(outline) = path.outline() {
        assert!(outline.ways().count() > 0);
    }
}

/// Checks that a normalised path finds the value at which it stands.
fn check_location(location: &str, value: &Value, document: &Value) {
    // Nobody may write this one as a key: it looks like a reference.
    if location.contains("${") {
        return;
    }
    let mut findings = Vec::new();
    let path = JsonPath::compile(location, &Span::outside("location"), &mut findings)
        .unwrap_or_else(|| panic!("{location} is no path: {findings:?}"));
    match path.query(document) {
        Found::One(Some(found)) => assert!(std::ptr::eq(found, value), "{location}"),
        Found::One(None) => panic!("{location} finds nothing"),
        Found::Many(_) => panic!("{location} is not singular"),
    }
}
