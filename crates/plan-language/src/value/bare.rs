//! Names in braces without `$`: `{org}`, `{account.id}`. In most places a reference was meant.

use crate::source::{Finding, Span};
use std::ops::Range;

/// Lists where names stand in braces without `$`, the braces left out.
pub fn bare_names(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (open, _) in text.match_indices('{') {
        let Some(length) = text[open + 1..].find('}') else {
            break;
        };
        let inside = open + 1..open + 1 + length;
        if !text[..open].ends_with(['$', '{', '\\']) && is_dotted_name(&text[inside.clone()]) {
            found.push(inside);
        } else if text[..open].ends_with('{') && text[inside.end..].starts_with("}}") {
            // Other tools write two braces, often with blanks within.
            let written = &text[inside.clone()];
            let blanks = written.len() - written.trim_start().len();
            let name = written.trim();
            if is_dotted_name(name) && !text[..open - 1].ends_with(['$', '{', '\\']) {
                let start = inside.start + blanks;
                found.push(start..start + name.len());
            }
        }
    }
    found
}

/// Adds warnings about names in braces in a text that may contain them.
pub fn warn_of_braces(text: &str, span: &Span, findings: &mut Vec<Finding>) {
    for inside in bare_names(text) {
        let name = &text[inside.clone()];
        findings.push(
            Finding::warning(
                &span.part(text, inside.start - 1..inside.end + 1),
                format!("`{{{name}}}` is no reference: it is sent and compared as it is written"),
            )
            .with_hint(format!("write `${{{name}}}` for the value of `{name}`")),
        );
    }
}

fn is_dotted_name(text: &str) -> bool {
    text.split('.').all(|name| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(|character| {
                character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        bare_names(text).into_iter().map(|at| &text[at]).collect()
    }

    #[test]
    fn names_in_braces_are_found_and_references_are_not() {
        assert_eq!(names("/a/{org}/b/{account.id}"), ["org", "account.id"]);
        assert_eq!(names("{{bank.id}} {{ org }}"), ["bank.id", "org"]);
        for text in [
            "/${org}",
            "$${org}",
            "{}",
            "{ a }",
            "{8}",
            "{\"a\":1}",
            "{a",
            "\\p{L}",
        ] {
            assert!(!text.starts_with("\\p") || names(text) == ["L"], "{text}");
            assert!(text.starts_with("\\p") || names(text).is_empty(), "{text}");
        }
    }
}
