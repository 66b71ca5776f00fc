//! Changes of the command line: `--set waits.first-statement=90s`, applied to the document before it is read.
//!
//! This module only inserts the value. Reading the document then checks that the field exists and the value is valid, so
//! that a wrong change is reported like a wrong line of a file.

use std::sync::Arc;

use plan_language::source::{Finding, Key, Kind, Node, Span, load, nearest};

/// The file name of changes in findings, one change per line.
pub const CHANGES: &str = "--set";

/// Applies the change `PATH=VALUE`, the `number`th from 1; the path is dotted, the value a YAML scalar.
///
/// # Errors
/// A finding when it is no change, when its path leads through a value that is no map, or to an unknown customer.
pub(super) fn apply(document: &mut Node, text: &str, number: u32) -> Result<(), Finding> {
    let whole = Span::new(Arc::from(CHANGES), number, 1, count(text));
    let Some((path, value)) = text.split_once('=') else {
        return Err(Finding::new(&whole, "a change has the form `PATH=VALUE`")
            .with_hint("such as `--set waits.first-statement=90s`"));
    };
    let mut keys = Vec::new();
    let mut column = 1;
    for part in path.split('.') {
        let span = Span::new(whole.file.clone(), number, column, count(part));
        column += count(part) + 1;
        if part.trim().is_empty() {
            return Err(Finding::new(&whole, format!("`{path}` is not a path"))
                .with_hint("names with dots between them, such as `waits.first-statement`"));
        }
        keys.push(Key {
            text: part.to_owned(),
            span,
        });
    }
    let value = scalar(value, &value_span(text, number))?;
    place(document, &keys, &[], value)
}

/// Returns the span of the value of a change.
pub(super) fn value_span(text: &str, number: u32) -> Span {
    let (path, value) = text.split_once('=').unwrap_or(("", text));
    let before = text.len() - value.len();
    let column = if before == 0 { 1 } else { count(path) + 2 };
    Span::new(Arc::from(CHANGES), number, column, count(value))
}

/// Reads the value at `span`.
fn scalar(text: &str, span: &Span) -> Result<Node, Finding> {
    let node = load(CHANGES, text.as_bytes()).map_err(|findings| {
        let why = findings.into_iter().next().map(|finding| finding.message);
        Finding::new(span, why.unwrap_or_default())
    })?;
    match node.kind {
        Kind::List(_) | Kind::Map(_) => Err(Finding::new(
            span,
            format!(
                "the value of a change is a scalar, and this is {}",
                node.kind_name()
            ),
        )
        .with_hint("set its parts one by one, or change the environment file")),
        kind => Ok(Node {
            span: span.clone(),
            kind,
        }),
    }
}

/// Inserts a value at a path; missing maps on the way are added.
fn place(node: &mut Node, keys: &[Key], before: &[&str], value: Node) -> Result<(), Finding> {
    let Some((key, rest)) = keys.split_first() else {
        *node = value;
        return Ok(());
    };
    if matches!(node.kind, Kind::Null) {
        node.kind = Kind::Map(Vec::new());
    }
    let kind = node.kind_name();
    let Kind::Map(entries) = &mut node.kind else {
        let message = format!(
            "`{}` is {kind} and has no field `{}`",
            before.join("."),
            key.text
        );
        return Err(Finding::new(&key.span, message));
    };
    let mut path = before.to_vec();
    path.push(&key.text);
    if let Some((_, inner)) = entries.iter_mut().find(|(known, _)| known.text == key.text) {
        return place(inner, rest, &path, value);
    }
    if before == ["customers"] {
        // An unknown name is misspelt: a single value does not make a customer.
        let finding = Finding::new(&key.span, format!("there is no customer `{}`", key.text));
        let names = entries.iter().map(|(known, _)| known.text.as_str());
        return Err(match nearest(&key.text, names.clone()) {
            Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
            None => finding.with_hint(format!(
                "customers are: {}",
                names.collect::<Vec<_>>().join(", ")
            )),
        });
    }
    let mut inner = Node {
        span: key.span.clone(),
        kind: Kind::Null,
    };
    place(&mut inner, rest, &path, value)?;
    entries.push((key.clone(), inner));
    Ok(())
}

/// Counts characters, saturating.
fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
