//! Reads the small parts that steps share: targets, addresses, labels, values, waits and times.

use std::time::Duration;

use crate::participant::{Address, Callback, Participant};
use crate::plan::generator::Generator;
use crate::plan::model::{Mention, Wait};
use crate::plan::wait::WAITS;
use crate::source::{Fields, Finding, Kind, Node, Span, hint_of_list, meant, nearest};
use crate::value::{
    PathTemplate, Template, WORDS, bare_names, duration::parse as parse_duration, warn_of_braces,
};

/// The methods of HTTP that plans may use.
pub(super) const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/// Adds the nearest word to a finding, or all words if none is near.
pub(super) fn hinted<'a>(
    finding: Finding,
    word: &str,
    words: impl Iterator<Item = &'a str> + Clone,
    what: &str,
) -> Finding {
    match meant(word, words.clone()) {
        Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
        None => match words.collect::<Vec<_>>().as_slice() {
            [] => finding.with_hint(format!("it has no {what}")),
            words => finding.with_hint(format!("the {what} are: {}", words.join(", "))),
        },
    }
}

/// Reads `GET /path`, or a method alone.
pub(super) fn method_and_path(
    text: &str,
    span: &Span,
    findings: &mut Vec<Finding>,
) -> (String, Option<PathTemplate>) {
    let (method, path) = match text.split_once(' ') {
        Some((method, path)) => (method, Some(path.trim())),
        None => (text, None),
    };
    if !METHODS.contains(&method) {
        let span = span.part(text, 0..method.len());
        let finding = Finding::new(&span, format!("there is no method `{method}`"));
        findings.push(if method.starts_with(['/', '$']) {
            finding.with_hint(format!("write the method first: `GET {method}`"))
        } else {
            hinted(finding, method, METHODS.into_iter(), "methods")
        });
    }
    let path = path.map(|path| {
        let start = text.len() - path.len();
        let span = span.part(text, start..text.len());
        if !path.starts_with('/') && !path.starts_with("${") {
            let finding = Finding::new(
                &span,
                format!("a path begins with `/` or with a reference, and this one is `{path}`"),
            );
            findings.push(finding.with_hint(match base_of(path) {
                Some(base) => format!(
                    "leave out the base address, which the environment names: `{}`",
                    &path[base.len()..]
                ),
                None => format!("write `/{path}`"),
            }));
        }
        refuse_braces(path, &span, findings);
        PathTemplate::compile(path, &span, findings)
    });
    (method.to_owned(), path)
}

/// Returns the address before the path of a URL; `None` of what is no URL.
fn base_of(text: &str) -> Option<&str> {
    let host = text.find("://")? + "://".len();
    let path = text[host..].find('/')?;
    Some(&text[..host + path])
}

/// Adds a finding about `{name}` in a path: a URL contains no brace, so a reference was meant.
fn refuse_braces(path: &str, span: &Span, findings: &mut Vec<Finding>) {
    for inside in bare_names(path) {
        let name = &path[inside.clone()];
        findings.push(
            Finding::new(
                &span.part(path, inside.start - 1..inside.end + 1),
                format!("`{{{name}}}` is no reference, and a path contains no braces"),
            )
            .with_hint(format!("write `${{{name}}}`")),
        );
    }
}

/// Reads an optional participant.
pub(super) fn participant(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
) -> Option<(Participant, Span)> {
    let (text, span) = fields.text(name)?;
    let found = Participant::parse(text);
    if found.is_none() {
        let finding = Finding::new(span, format!("there is no participant `{text}`"));
        let words = Participant::ALL.map(Participant::as_str);
        let finding = hinted(finding, text, words.into_iter(), "participants");
        fields.findings().push(finding);
    }
    found.map(|found| (found, span.clone()))
}

/// Reads an address. Product and browser have none, because no message arrives there.
pub(super) fn address(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<Address> {
    let words = Address::words();
    if let Some(found) = Address::parse(text)
        && words.iter().any(|word| word == text)
    {
        return Some(found);
    }
    let finding = Finding::new(span, format!("there is no address `{text}`"));
    // The common start of all callbacks would make any of them seem near.
    let near = match text.strip_prefix("provider.") {
        Some(word) => nearest(word, Callback::ALL.map(Callback::as_str))
            .map(|near| format!("provider.{near}")),
        None => Callback::ALL
            .into_iter()
            .find(|callback| callback.as_str() == text)
            .map(|callback| Address::callback(callback).to_string())
            .or_else(|| nearest(text, words.iter().map(String::as_str)).map(str::to_owned)),
    };
    findings.push(match near {
        Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
        None => finding.with_hint(format!("the addresses are: {}", words.join(", "))),
    });
    None
}

/// Reads an optional label, or the moment of its response.
pub(super) fn mention(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<Mention> {
    let (text, span) = fields.text(name)?;
    Some(as_mention(text, span, fields.findings()))
}

/// Reads a string as a label, or as the moment of its response.
pub(super) fn as_mention(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Mention {
    let (label, response) = match text.split_once('.') {
        None => (text, false),
        Some((label, "response")) => (label, true),
        Some((label, rest)) => {
            findings.push(
                Finding::new(span, format!("a label has no moment `{rest}`"))
                    .with_hint(format!("write `{label}` or `{label}.response`")),
            );
            (label, false)
        }
    };
    if label.contains("${") {
        findings.push(
            Finding::new(span, "this must be a label, and a reference yields a value")
                .with_hint("write the label without `${` and `}`"),
        );
    }
    Mention {
        label: label.to_owned(),
        response,
        span: span.clone(),
    }
}

/// Compiles a value that is sent, handed over or bound; words that only matchers or `set` know get a finding.
pub(super) fn template(node: &Node, findings: &mut Vec<Finding>) -> Template {
    refuse_words(node, findings);
    Template::compile(node, findings)
}

/// Adds findings about strings that would be taken literally although they look like words of the language.
fn refuse_words(node: &Node, findings: &mut Vec<Finding>) {
    match &node.kind {
        Kind::Text(text) => {
            if Generator::WORDS.iter().any(|(word, _)| word == text) {
                findings.push(
                    Finding::new(
                        &node.span,
                        format!("`{text}` generates a value only in `set`"),
                    )
                    .with_hint(format!(
                        "write `set: {{ NAME: {text} }}` in a step above, and `${{NAME}}` here"
                    )),
                );
            } else if WORDS.iter().any(|word| word.name == text) {
                findings.push(
                    Finding::new(
                        &node.span,
                        format!("`{text}` is a matcher, but this must be a value"),
                    )
                    .with_hint("matchers belong in `expect`, `response` and `where`"),
                );
            }
            warn_of_braces(text, &node.span, findings);
        }
        Kind::List(items) => items.iter().for_each(|item| refuse_words(item, findings)),
        Kind::Map(entries) => entries
            .iter()
            .for_each(|(_, value)| refuse_words(value, findings)),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
    }
}

/// Adds findings about references in a value that is fixed before any name is bound; `what` names it.
pub(super) fn refuse_references(node: &Node, what: &str, findings: &mut Vec<Finding>) {
    for reference in Template::compile(node, findings).references() {
        findings.push(
            Finding::new(
                &reference.span,
                format!("{what} is fixed before `{}` is known", reference.name),
            )
            .with_hint("write the value itself"),
        );
    }
    refuse_words(node, findings);
}

/// Reads an optional object of names and values.
pub(super) fn templates(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
) -> Vec<(String, Template)> {
    match fields.take(name) {
        Some(node) => pairs(node, name, fields.findings()),
        None => Vec::new(),
    }
}

/// Reads an object of names and values.
pub(super) fn pairs(
    node: &Node,
    name: &str,
    findings: &mut Vec<Finding>,
) -> Vec<(String, Template)> {
    spanned_pairs(node, name, findings)
        .into_iter()
        .map(|(name, _, value)| (name, value))
        .collect()
}

/// Reads an object of names and values, with the places of the names.
pub(super) fn spanned_pairs(
    node: &Node,
    name: &str,
    findings: &mut Vec<Finding>,
) -> Vec<(String, Span, Template)> {
    let Kind::Map(entries) = &node.kind else {
        let message = format!(
            "`{name}` is an object of names and values, and this is {}",
            node.kind_name()
        );
        findings.push(hint_of_list(Finding::new(&node.span, message), node));
        return Vec::new();
    };
    entries
        .iter()
        .map(|(key, value)| {
            (
                key.text.clone(),
                key.span.clone(),
                template(value, findings),
            )
        })
        .collect()
}

/// Reads a named wait or a literal time.
pub(super) fn wait(node: &Node, findings: &mut Vec<Finding>) -> Option<Wait> {
    let Some(text) = node.as_text() else {
        findings.push(
            Finding::new(
                &node.span,
                format!(
                    "a wait is a name, or a time with its unit, and this is {}",
                    node.kind_name()
                ),
            )
            .with_hint(match &node.kind {
                Kind::Number(number) => {
                    format!("write `{number}s` for seconds, or a name such as `notification`")
                }
                _ => "write `notification`, or `2s`".to_owned(),
            }),
        );
        return None;
    };
    if WAITS.iter().any(|wait| wait.name == text) {
        return Some(Wait::Named(text.to_owned(), node.span.clone()));
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return duration(node, findings).map(|time| Wait::Literal(time, node.span.clone()));
    }
    let finding = Finding::new(&node.span, format!("there is no wait `{text}`"));
    findings.push(hinted(
        finding,
        text,
        WAITS.iter().map(|wait| wait.name),
        "waits",
    ));
    None
}

/// Reads a time with its unit.
pub(super) fn duration(node: &Node, findings: &mut Vec<Finding>) -> Option<Duration> {
    match node.as_text().map(parse_duration) {
        Some(Ok(time)) => Some(time),
        Some(Err(why)) => {
            findings.push(Finding::new(&node.span, why));
            None
        }
        None => {
            findings.push(
                Finding::new(
                    &node.span,
                    format!("a time has a unit, and this is {}", node.kind_name()),
                )
                .with_hint(match &node.kind {
                    Kind::Number(number) => format!("write `{number}s` for seconds"),
                    _ => "write `500ms`, `2s`, `20m` or `8h`".to_owned(),
                }),
            );
            None
        }
    }
}
