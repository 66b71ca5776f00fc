//! Templates for addresses: URL paths, query strings, hosts. References are percent-encoded, so that no value can
//! change the structure of the address that contains it.

use super::handle::{Piece, pieces};
use super::parts::{Part, split};
use super::reference::{Reason, Reference, Scope, Unset};
use super::template::{as_text, references_of, written};
use crate::source::{Finding, Span};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986 section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// An address with references, for example `/companies/${company}?from=${date}`.
///
/// Literal parts are kept as written. A value is encoded as one path segment, with two exceptions: a reference that the
/// address begins with and that yields an absolute `http` or `https` URL is inserted as it is; and a handle within a
/// value is kept, because who fills the secret in must then encode it.
#[derive(Clone, Debug, PartialEq)]
pub struct PathTemplate {
    parts: Vec<Part>,
    span: Span,
}

impl PathTemplate {
    /// Compiles an address that stands at `span`. Malformed references become findings.
    pub fn compile(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Self {
        Self {
            parts: split(text, span, findings),
            span: span.clone(),
        }
    }

    /// Returns where the address stands.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Returns the references in their order.
    pub fn references(&self) -> Vec<&Reference> {
        references_of(&self.parts).collect()
    }

    /// Returns the reference, if the address is exactly one.
    pub fn as_whole(&self) -> Option<&Reference> {
        match self.parts.as_slice() {
            [Part::Reference(reference)] => Some(reference),
            _ => None,
        }
    }

    /// Returns the address as an author writes it, with references and escapes, to be compared with another or shown.
    pub fn written(&self) -> String {
        written(&self.parts)
    }

    /// Returns the literal text before the first reference, for example to recognise the kind of address.
    pub fn literal_start(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// Puts the values in.
    ///
    /// # Errors
    ///
    /// The first reference that names nothing, null, an array or an object; or within the path an empty string (it would
    /// vanish) or `.` and `..` (they cannot be encoded, every URL parser would take them for steps).
    pub fn render(&self, scope: &dyn Scope) -> Result<String, Unset> {
        let mut out = String::new();
        let mut in_path = true;
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(text) => {
                    in_path &= !text.contains(['?', '#']);
                    out.push_str(text);
                }
                Part::Reference(reference) => {
                    let value = as_text(reference, scope)?;
                    if at == 0 && is_absolute(&value) {
                        in_path = !value.contains(['?', '#']);
                        out.push_str(&value);
                    } else {
                        if in_path {
                            keep_structure(&value).map_err(|why| reference.unset(why))?;
                        }
                        out.push_str(&encode_segment(&value));
                    }
                }
            }
        }
        Ok(out)
    }
}

/// Percent-encodes a text as one path segment (or one query value); handles in it are kept as they are.
pub fn encode_segment(text: &str) -> String {
    pieces(text)
        .map(|piece| match piece {
            Piece::Text(text) => utf8_percent_encode(text, RESERVED).to_string(),
            Piece::Secret(tagged) => tagged.written.to_owned(),
        })
        .collect()
}

fn is_absolute(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

fn keep_structure(value: &str) -> Result<(), Reason> {
    match value {
        "" => Err(Reason::EmptyInPath),
        "." | ".." => Err(Reason::DotsInPath),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn render(text: &str, value: serde_json::Value) -> Result<String, Reason> {
        let mut findings = Vec::new();
        let template = PathTemplate::compile(text, &Span::outside("x"), &mut findings);
        assert!(findings.is_empty());
        let scope = json!({ "x": value, "y": "b" });
        template
            .render(scope.as_object().unwrap())
            .map_err(|unset| unset.why)
    }

    #[test]
    fn values_are_encoded_as_one_segment() {
        assert_eq!(
            render("/a b/${x}/c", json!("a/b?c#d%e é.~")),
            Ok("/a b/a%2Fb%3Fc%23d%25e%20%C3%A9.~/c".into())
        );
        assert_eq!(render("/${x}", json!(7)), Ok("/7".into()));
        assert_eq!(
            render("/a?b=${x}&c=${y}", json!("&=+")),
            Ok("/a?b=%26%3D%2B&c=b".into())
        );
    }

    #[test]
    fn an_absolute_url_at_the_beginning_is_kept() {
        let url = "HTTPS://h/p?q=1&r=%20";
        assert_eq!(render("${x}", json!(url)), Ok(url.into()));
        assert_eq!(render("${x}&s=${y}", json!(url)), Ok(format!("{url}&s=b")));
        assert_eq!(
            render("/${x}", json!("http://h/p")),
            Ok("/http%3A%2F%2Fh%2Fp".into())
        );
        assert_eq!(render("${x}", json!("ftp://h")), Ok("ftp%3A%2F%2Fh".into()));
        assert_eq!(render("${x}", json!("/v1/a")), Ok("%2Fv1%2Fa".into()));
    }

    #[test]
    fn no_value_changes_the_path() {
        assert_eq!(render("/a/${x}", json!("")), Err(Reason::EmptyInPath));
        assert_eq!(render("/a/${x}/b", json!("..")), Err(Reason::DotsInPath));
        assert_eq!(render("/a/${x}/b", json!("...")), Ok("/a/.../b".into()));
        assert_eq!(render("/a?b=${x}", json!("")), Ok("/a?b=".into()));
        assert_eq!(render("/a?b=${x}", json!("..")), Ok("/a?b=..".into()));
        assert_eq!(
            render("${x}/${y}", json!("http://h?a=")),
            Ok("http://h?a=/b".into())
        );
    }

    #[test]
    fn null_lists_and_maps_are_refused() {
        for value in [json!(null), json!([]), json!({})] {
            assert!(matches!(
                render("/${x}", value),
                Err(Reason::WrongKind { .. })
            ));
        }
    }

    #[test]
    fn handles_stay_readable() {
        assert_eq!(
            render("/a?t=${x}", json!("a b⟦secret:token#a1⟧")),
            Ok("/a?t=a%20b⟦secret:token#a1⟧".into())
        );
    }

    #[test]
    fn the_literal_start_is_told() {
        let start = |text| {
            let template = PathTemplate::compile(text, &Span::outside("x"), &mut Vec::new());
            template.literal_start().to_owned()
        };
        assert_eq!(
            (start("/a/${x}/b"), start("${x}/b"), start("")),
            ("/a/".into(), String::new(), String::new())
        );
    }

    proptest! {
        #[test]
        fn an_encoded_segment_decodes_to_its_value(text in "\\PC{0,24}|[\\x00-\\x7f]{0,24}") {
            prop_assume!(!super::super::handle::is_masked(&text));
            let encoded = encode_segment(&text);
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
            let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap();
            prop_assert_eq!(decoded, text);
        }
    }
}
