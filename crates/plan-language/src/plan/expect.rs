//! Reads what messages must be like (`expect`, `response`, `where`), and what captures take from them.

use crate::plan::model::{Capture, Expect, Pick};
use crate::source::{Fields, Finding, Kind, Node, Span, hint_of_list};
use crate::value::{JsonPath, Kinds, Matcher, StatusMatcher};

/// The part of an exchange that an expectation or a capture is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The request; it has no status.
    Request,
    /// The response; it has no query.
    Answer,
}

/// Reads an expectation; `what` names it in findings.
pub fn read_expect(node: &Node, what: &str, side: Side, findings: &mut Vec<Finding>) -> Expect {
    let mut expect = Expect {
        span: Some(node.span.clone()),
        written: node.to_value(),
        ..Expect::default()
    };
    if let (Kind::Number(number), Side::Answer) = (&node.kind, side) {
        findings.push(
            Finding::new(
                &node.span,
                format!("{what} is an object, and this is a number"),
            )
            .with_hint(format!("write `{{ status: {number} }}`")),
        );
        return expect;
    }
    let before = findings.len();
    let Some(fields) = Fields::of(node, what, findings) else {
        return expect;
    };
    let mut fields = fields.with_remark("members of the message stand below `body`");
    if let Some((key, status)) = fields.entry("status") {
        if side == Side::Request {
            let finding = Finding::new(&key.span, "a request has no status");
            fields.findings().push(match what {
                "`where`" => finding.with_hint("`where` selects requests; write `response: { status: … }` to check the response"),
                _ => finding.with_hint("write `response: { status: … }` to check the response"),
            });
        }
        let matcher = StatusMatcher::compile(status, fields.findings());
        expect.status = Some((matcher, status.span.clone()));
    }
    if let Some(headers) = fields.take("headers") {
        expect.headers = read_named(headers, "`headers`", true, fields.findings());
    }
    if let Some((key, query)) = fields.entry("query") {
        if side == Side::Answer {
            fields.complain(&key.span, "a response has no query");
        }
        expect.query = read_named(query, "`query`", false, fields.findings());
    }
    if let Some(body) = fields.take("body") {
        expect.body = Some(Matcher::compile(body, fields.findings()));
    }
    if let Some(form) = fields.take("form") {
        expect.form = Some(Matcher::compile(form, fields.findings()));
    }
    fields.end();
    // A field that is misspelt or malformed has a finding already.
    if expect.is_empty() && findings.len() == before {
        let hint = match side {
            Side::Request => "add `headers`, `query`, `body` or `form`",
            Side::Answer => "add `status`, `headers`, `body` or `form`",
        };
        findings.push(
            Finding::new(&node.span, format!("{what} is empty, so it checks nothing"))
                .with_hint(hint),
        );
    }
    expect
}

fn read_named(
    node: &Node,
    what: &str,
    lower: bool,
    findings: &mut Vec<Finding>,
) -> Vec<(String, Span, Matcher)> {
    let Kind::Map(entries) = &node.kind else {
        let message = format!(
            "{what} is an object of names and matchers, and this is {}",
            node.kind_name()
        );
        findings.push(hint_of_list(Finding::new(&node.span, message), node));
        return Vec::new();
    };
    let mut read: Vec<(String, Span, Matcher)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let name = if lower {
            key.text.to_ascii_lowercase()
        } else {
            key.text.clone()
        };
        if let Some((_, first, _)) = read.iter().find(|(known, ..)| *known == name) {
            findings.push(
                Finding::new(&key.span, format!("{what} names `{}` twice", key.text))
                    .with_note(first, "first named here"),
            );
        }
        let before = findings.len();
        let matcher = Matcher::compile(value, findings);
        let text = Kinds::STRING.or(Kinds::ABSENT);
        if findings.len() == before && matcher.kinds().excludes(text) {
            let finding = Finding::new(
                &value.span,
                format!(
                    "the values in {what} are always strings, but this demands {}",
                    matcher.kinds()
                ),
            );
            findings.push(match &value.kind {
                Kind::Bool(_) | Kind::Number(_) => {
                    finding.with_hint(format!("quote it: '{}'", value.to_value()))
                }
                _ => finding,
            });
        }
        read.push((name, key.span.clone(), matcher));
    }
    read
}

/// Reads what is captured: an object of names and places.
///
/// A place is a JSONPath into the body (`$.redirect`), `headers.NAME`, `query.NAME` of a request,
/// `status` of a response, or `id`.
pub fn read_captures(node: &Node, side: Side, findings: &mut Vec<Finding>) -> Vec<Capture> {
    let Kind::Map(entries) = &node.kind else {
        let message = format!(
            "`capture` is an object of names and places, and this is {}",
            node.kind_name()
        );
        findings.push(hint_of_list(Finding::new(&node.span, message), node));
        return Vec::new();
    };
    entries
        .iter()
        .map(|(key, value)| {
            if !is_name(&key.text) {
                findings.push(bad_name(&key.text, &key.span));
            }
            Capture {
                name: key.text.clone(),
                span: key.span.clone(),
                // With a finding, the name still counts as bound.
                from: read_pick(value, side, findings).unwrap_or(Pick::Id),
            }
        })
        .collect()
}

fn read_pick(node: &Node, side: Side, findings: &mut Vec<Finding>) -> Option<Pick> {
    let Some(text) = node.as_text() else {
        findings.push(Finding::new(
            &node.span,
            format!(
                "a place to capture from is a string, and this is {}",
                node.kind_name()
            ),
        ));
        return None;
    };
    if text.starts_with('$') {
        if text.contains("${") {
            findings.push(
                Finding::new(&node.span, "a JSONPath cannot contain references").with_hint(
                    "capture the whole array; `$one` in an `expect` selects an element by a value",
                ),
            );
            return None;
        }
        return JsonPath::compile(text, &node.span, findings).map(Pick::Body);
    }
    let place = match text.split_once('.') {
        Some(("headers", name)) if !name.is_empty() => Pick::Header(name.to_ascii_lowercase()),
        Some(("query", name)) if !name.is_empty() => Pick::Query(name.to_owned()),
        None if text == "status" => Pick::Status,
        None if text == "id" => Pick::Id,
        _ => {
            findings.push(
                Finding::new(&node.span, format!("`{text}` is not a place in a message"))
                    .with_hint("write a JSONPath such as `$.redirect`, or `headers.NAME`, `query.NAME`, `status` or `id`"),
            );
            return None;
        }
    };
    match (&place, side) {
        (Pick::Query(_), Side::Answer) => {
            findings.push(Finding::new(&node.span, "a response has no query"));
        }
        (Pick::Status, Side::Request) => {
            findings.push(Finding::new(&node.span, "a request has no status"));
        }
        _ => {}
    }
    Some(place)
}

/// Tells whether a string can be a name in plans: letters, digits, `_` and `-`, beginning with a letter.
pub fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
}

/// Returns a finding about a string that cannot be a name.
pub fn bad_name(text: &str, span: &Span) -> Finding {
    Finding::new(span, format!("`{text}` cannot be a name"))
        .with_hint("use letters, digits, `_` and `-`, and begin with a letter")
}
