//! Tells of a regular expression whether it is found in every string, so that a check with it cannot fail.
//!
//! It reports only what is certain: an expression that may match nothing at all is found everywhere, and so is one that
//! spans the whole string with whatever stands there. Compiling and comparing is left to `$matches`.

use super::demand::EveryString;
use regex_syntax::hir::{Class, Hir, HirKind, Look, LookSet};

/// Returns the strings in which an expression is found, if these are every one of a kind.
pub(super) fn every_string(pattern: &str) -> Option<EveryString> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let properties = hir.properties();
    if properties.minimum_len() == Some(0) {
        let looks = properties.look_set();
        // Where the string begins, or where it ends, all its conditions hold, and an empty match is found.
        if looks.subtract(begins()).is_empty() || looks.subtract(ends()).is_empty() {
            return Some(EveryString::Any);
        }
    }
    spanned(&hir)
}

fn begins() -> LookSet {
    LookSet::singleton(Look::Start)
        .insert(Look::StartLF)
        .insert(Look::StartCRLF)
}

fn ends() -> LookSet {
    LookSet::singleton(Look::End)
        .insert(Look::EndLF)
        .insert(Look::EndCRLF)
}

/// Returns the strings that `^.*$` and its spellings span.
fn spanned(hir: &Hir) -> Option<EveryString> {
    match hir.kind() {
        HirKind::Capture(capture) => spanned(&capture.sub),
        HirKind::Concat(parts) => match parts.as_slice() {
            [first, between @ .., last] if is_look(first, begins()) && is_look(last, ends()) => {
                let [only] = between else { return None };
                repeated(only)
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_look(hir: &Hir, looks: LookSet) -> bool {
    matches!(hir.kind(), HirKind::Look(look) if looks.contains(*look))
}

/// Returns the strings that `.*` and its spellings match as a whole.
fn repeated(hir: &Hir) -> Option<EveryString> {
    match hir.kind() {
        HirKind::Capture(capture) => repeated(&capture.sub),
        HirKind::Repetition(repetition) if (repetition.min, repetition.max) == (0, None) => {
            match repetition.sub.kind() {
                HirKind::Class(class) => characters(class),
                HirKind::Capture(capture) => match capture.sub.kind() {
                    HirKind::Class(class) => characters(class),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

/// Returns the strings that consist of a class of characters, if these are every one of a kind.
fn characters(class: &Class) -> Option<EveryString> {
    let Class::Unicode(class) = class else {
        return None;
    };
    let mut others = class.clone();
    others.negate();
    let mut others = others.iter().map(|range| (range.start(), range.end()));
    match (others.next(), others.next()) {
        (None, _) => Some(EveryString::Any),
        (Some(('\n', '\n')), None) => Some(EveryString::OfOneLine),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_every_string_matches_are_told() {
        let any = [
            "",
            ".*",
            "^",
            "$",
            "^.*",
            ".*$",
            "a*",
            "(x|)",
            "(?m)^",
            "x?y*",
            r"^[\s\S]*$",
            "(?s)^(.*)$",
            "(^.*)?",
        ];
        for pattern in any {
            assert_eq!(every_string(pattern), Some(EveryString::Any), "{pattern}");
        }
        for pattern in ["^.*$", "^(.*)$", "^(.)*$", "(^.*$)"] {
            assert_eq!(
                every_string(pattern),
                Some(EveryString::OfOneLine),
                "{pattern}"
            );
        }
    }

    #[test]
    fn expressions_that_compare_something_are_left_alone() {
        for pattern in [
            ".", ".+", "^$", "^a*$", r"\b", r"\S", "^.+$", "^x?", "^[^?]*$", r"^\d*$", "(?m)^$",
            r"\B",
        ] {
            let compares = every_string(pattern).is_none();
            // An optional letter behind the beginning compares nothing.
            assert_eq!(compares, pattern != "^x?", "{pattern}");
        }
    }
}
