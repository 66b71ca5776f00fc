//! Splits texts at their references, and undoes the escape `$${`. Resolves nothing.

use super::reference::Reference;
use crate::source::{Finding, Span};
use std::ops::Range;

/// A stretch of a text with references.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Literal text, never empty, escapes already undone.
    Text(String),
    /// A reference.
    Reference(Reference),
}

/// Splits a text at its references. `$${` is a literal `${`; in a row of `$` before `{` each pair is one `$`.
pub(super) fn split(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = 0..text.len();
    while let Some(open) = text[rest.clone()].find("${").map(|at| at + rest.start) {
        let dollars = text[..=open].len() - text[..=open].trim_end_matches('$').len();
        literal.push_str(&text[rest.start..=open]);
        // The row of dollars ends the literal; of each pair one stays.
        literal.truncate(literal.len() - dollars.div_ceil(2));
        let after = open + "${".len();
        if dollars.is_multiple_of(2) {
            literal.push('{');
            rest.start = after;
            continue;
        }
        let inside = text[after..].find('}').map(|len| after..after + len);
        let whole = open..inside.as_ref().map_or(text.len(), |inside| inside.end + 1);
        match read(text, inside, span.part(text, whole.clone())) {
            Ok(reference) => {
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(Part::Reference(reference));
            }
            Err(finding) => {
                findings.push(finding);
                literal.push_str(&text[whole.clone()]);
            }
        }
        rest.start = whole.end;
    }
    literal.push_str(&text[rest]);
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    parts
}

fn read(text: &str, inside: Option<Range<usize>>, span: Span) -> Result<Reference, Finding> {
    const ESCAPE: &str = "for a literal `${` write `$${`";
    let Some(inside) = inside else {
        return Err(Finding::new(&span, "this reference is not closed with `}`").with_hint(ESCAPE));
    };
    let inside = &text[inside];
    Reference::parse(inside, span.clone()).map_err(|message| {
        let trimmed = inside.trim();
        let hint = if trimmed != inside && Reference::parse(trimmed, span.clone()).is_ok() {
            format!("without blanks: `${{{trimmed}}}`")
        } else if inside.contains("${") {
            "a reference cannot hold another; bind the inner value to a name first".to_owned()
        } else if let Some(body) = in_body(inside, &span) {
            format!("write `${{{body}}}`")
        } else {
            format!("a reference is a name with `.key` and `[0]` behind it; {ESCAPE}")
        };
        Finding::new(&span, message).with_hint(hint)
    })
}

/// Returns the reference that is meant by a JSONPath behind a label: `st.$.data` is `st.body.data`.
fn in_body(inside: &str, span: &Span) -> Option<String> {
    let body = inside.replacen(".$.", ".body.", 1);
    (body != inside && Reference::parse(&body, span.clone()).is_ok()).then_some(body)
}

/// Escapes a literal text so that [`split`] gives it back.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find("${") {
        let head = &rest[..=open];
        let dollars = head.len() - head.trim_end_matches('$').len();
        out.push_str(head);
        out.push_str(&"$".repeat(dollars));
        out.push('{');
        rest = &rest[open + 2..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> (String, Vec<String>) {
        let mut findings = Vec::new();
        let span = Span::new(
            "x".into(),
            1,
            1,
            u32::try_from(text.chars().count()).unwrap(),
        );
        let shown = split(text, &span, &mut findings)
            .iter()
            .map(|part| match part {
                Part::Text(text) => format!("<{text}>"),
                Part::Reference(reference) => format!("{reference}@{}", reference.span.column),
            })
            .collect();
        (
            shown,
            findings.into_iter().map(|found| found.message).collect(),
        )
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(parts(text), (expected.to_owned(), vec![]), "{text}");
    }

    #[test]
    fn splits_at_references_with_their_columns() {
        check("", "");
        check("plain $ {x} $5", "<plain $ {x} $5>");
        check("é${a}b${c.d[0].e-f}", "<é>${a}@2<b>${c.d[0].e-f}@7");
        check("${a}${b}", "${a}@1${b}@5");
    }

    #[test]
    fn pairs_of_dollars_before_a_brace_are_dollars() {
        check("$${a}", "<${a}>");
        check("$$${a}", "<$>${a}@3");
        check("$$$${a}", "<$${a}>");
        check("$$a ${b}", "<$$a >${b}@5");
    }

    #[test]
    fn broken_references_are_found() {
        for text in [
            "${",
            "${}",
            "${ a }",
            "${1a}",
            "${a.}",
            "${a[x]}",
            "${a[-1]}",
            "${a b}",
            "${a.${b}}",
            "${a[99999999999999999999]}",
            "${é}",
        ] {
            assert_eq!(parts(text).1.len(), 1, "{text}");
        }
    }

    proptest! {
        #[test]
        fn escaped_text_comes_back(text in "[${}a.\\[]{0,16}") {
            let mut findings = Vec::new();
            let parts = split(&escape(&text), &Span::outside("x"), &mut findings);
            let expected = if text.is_empty() { vec![] } else { vec![Part::Text(text)] };
            prop_assert_eq!(parts, expected);
            prop_assert!(findings.is_empty());
        }

        #[test]
        fn no_text_makes_it_panic(text in "(\\$|\\{|\\}|a|\\.|\\[|\\]|0|é|⟦){0,16}") {
            let mut findings = Vec::new();
            split(&text, &Span::outside("x"), &mut findings);
        }
    }
}
