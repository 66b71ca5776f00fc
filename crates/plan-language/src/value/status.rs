//! Matchers of HTTP status codes: `204`, `2xx`, `[200, 202]`, `$any`.

use crate::source::{Finding, Kind, Node};
use std::fmt;

/// What a status code must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusMatcher {
    /// Exactly this code, 100 to 599.
    Exact(u16),
    /// Any code of the class, 1 to 5.
    Class(u8),
    /// One of several; never empty.
    AnyOf(Vec<StatusMatcher>),
    /// Any code at all; holding it is no evidence.
    Any,
}

impl StatusMatcher {
    /// Compiles a status: a code, a class such as `2xx`, `$any`, or an array of codes and classes (also spelled
    /// `{ $any_of: [...] }`). What it is not becomes a finding, and the matcher is [`StatusMatcher::Any`].
    pub fn compile(node: &Node, findings: &mut Vec<Finding>) -> Self {
        let status = Self::read(node).unwrap_or_else(|finding| {
            findings.push(finding);
            Self::Any
        });
        if status != Self::Any && (100..=599).all(|code| status.test(code)) {
            findings.push(
                Finding::new(&node.span, "every status meets this")
                    .with_hint("leave out what the subject must not respond with; `$any` says that the status does not matter"),
            );
        }
        status
    }

    fn read(node: &Node) -> Result<Self, Finding> {
        match &node.kind {
            Kind::Number(number) => number
                .as_u64()
                .and_then(|code| u16::try_from(code).ok())
                .filter(|code| (100..=599).contains(code))
                .map(Self::Exact)
                .ok_or_else(|| {
                    Finding::new(
                        &node.span,
                        format!("{number} is no status code: they are 100 to 599"),
                    )
                }),
            Kind::Text(text) => Self::read_text(text, node),
            Kind::List(items) => Self::read_list(items, node),
            Kind::Map(entries) => match entries.as_slice() {
                [(key, value)] if key.text == "$any_of" => match value.as_list() {
                    Some(items) => Self::read_list(items, value),
                    None => Err(refuse(value)),
                },
                _ => Err(refuse(node)),
            },
            Kind::Null | Kind::Bool(_) => Err(refuse(node)),
        }
    }

    fn read_text(text: &str, node: &Node) -> Result<Self, Finding> {
        match text.as_bytes() {
            b"$any" => Ok(Self::Any),
            [class @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] => Ok(Self::Class(class - b'0')),
            [_, _, _] if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(refuse(node).with_hint(format!("write {text} without quotes")))
            }
            _ if text.contains("${") => {
                Err(Finding::new(&node.span, "a status cannot hold a reference"))
            }
            _ => Err(refuse(node)),
        }
    }

    fn read_list(items: &[Node], list: &Node) -> Result<Self, Finding> {
        if items.is_empty() {
            return Err(Finding::new(
                &list.span,
                "an empty array of status codes never matches",
            ));
        }
        items
            .iter()
            .map(|item| match item.kind {
                Kind::Number(_) | Kind::Text(_) => Self::read(item),
                _ => Err(refuse(item)),
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Self::AnyOf)
    }

    /// Tells whether a code is what it must be.
    pub fn test(&self, code: u16) -> bool {
        match self {
            Self::Exact(exact) => *exact == code,
            Self::Class(class) => u16::from(*class) == code / 100,
            Self::AnyOf(several) => several.iter().any(|alternative| alternative.test(code)),
            Self::Any => true,
        }
    }

    /// Tells whether every code holds, so that holding proves nothing.
    pub fn is_any(&self) -> bool {
        match self {
            Self::Any => true,
            Self::AnyOf(several) => several.iter().any(Self::is_any),
            Self::Exact(_) | Self::Class(_) => false,
        }
    }
}

fn refuse(node: &Node) -> Finding {
    Finding::new(&node.span, "not a status").with_hint("write 204, 2xx, [200, 202] or $any")
}

impl fmt::Display for StatusMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(code) => write!(f, "{code}"),
            Self::Class(class) => write!(f, "{class}xx"),
            Self::Any => f.write_str("any status"),
            Self::AnyOf(several) => {
                for (at, one) in several.iter().enumerate() {
                    let joint = match at {
                        0 => "",
                        _ if at + 1 == several.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{joint}{one}")?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::load;

    fn compile(text: &str) -> Result<StatusMatcher, String> {
        let node = load("x", text.as_bytes()).unwrap();
        let mut findings = Vec::new();
        let matcher = StatusMatcher::compile(&node, &mut findings);
        findings
            .pop()
            .map_or(Ok(matcher), |found| Err(found.message))
    }

    fn check(text: &str, shown: &str, yes: &[u16], no: &[u16]) {
        let matcher = compile(text).unwrap();
        assert_eq!(matcher.to_string(), shown);
        assert!(
            yes.iter().all(|code| matcher.test(*code))
                && !no.iter().any(|code| matcher.test(*code)),
            "{text}"
        );
    }

    #[test]
    fn codes_classes_lists_and_any() {
        check("204", "204", &[204], &[203, 205]);
        check("2xx", "2xx", &[200, 299], &[199, 300]);
        check(
            "[200, 202, 4xx]",
            "200, 202 or 4xx",
            &[200, 202, 404],
            &[201, 500],
        );
        check(
            "{ $any_of: [200, '2XX'] }",
            "200 or 2xx",
            &[200, 204],
            &[301],
        );
        check("$any", "any status", &[100, 599], &[]);
    }

    #[test]
    fn only_any_proves_nothing() {
        assert!(compile("$any").unwrap().is_any());
        assert!(!compile("[200, 2xx]").unwrap().is_any());
    }

    #[test]
    fn a_set_that_covers_every_status_is_refused() {
        for text in ["[200, $any]", "[1xx, 2xx, 3xx, 4xx, 5xx]"] {
            assert_eq!(compile(text).unwrap_err(), "every status meets this");
        }
        assert!(compile("[1xx, 2xx, 3xx, 4xx]").is_ok());
    }

    #[test]
    fn the_borders_of_codes() {
        assert!(compile("100").is_ok() && compile("599").is_ok());
        assert!(
            compile("99").is_err()
                && compile("600").is_err()
                && compile("-1").is_err()
                && compile("200.5").is_err()
        );
    }

    #[test]
    fn what_is_no_status_is_found() {
        for text in [
            "'204'",
            "ok",
            "6xx",
            "0xx",
            "2x",
            "[]",
            "[[200]]",
            "{ $not: 200 }",
            "{ $any_of: 200 }",
            "null",
            "true",
            "${x}",
            "[200, nope]",
        ] {
            assert!(compile(text).is_err(), "{text}");
        }
    }
}
