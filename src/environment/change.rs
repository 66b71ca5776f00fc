//! Changes of the command line: `--set waits.first-statement=90s`, applied on the document before it is read.
//!
//! A change is only put in its place here; that the place exists and the value fits is found out by reading, so that
//! what is wrong with a change is told like what is wrong with a file.

use std::sync::Arc;

use plan_language::source::{Finding, Key, Kind, Node, Span, load, nearest};

/// The name under which findings show the changes, one a line.
pub const CHANGES: &str = "--set";

/// Applies the change `PATH=VALUE`, the `number`th from 1; the path is dotted, the value a YAML scalar.
///
/// # Errors
/// A finding when it is no change, leads into what is no map, or invents a customer.
pub(super) fn apply(document: &mut Node, text: &str, number: u32) -> Result<(), Finding> {
    let whole = Span::new(Arc::from(CHANGES), number, 1, count(text));
    let Some((path, value)) = text.split_once('=') else {
        return Err(Finding::new(&whole, "a change is a path and a value")
            .with_hint("such as `--set waits.first-statement=90s`"));
    };
    let mut keys = Vec::new();
    let mut column = 1;
    for part in path.split('.') {
        let span = Span::new(whole.file.clone(), number, column, count(part));
        column += count(part) + 1;
        if part.trim().is_empty() {
            return Err(Finding::new(&whole, format!("`{path}` is no path"))
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

/// Returns where the value of a change stands.
pub(super) fn value_span(text: &str, number: u32) -> Span {
    let (path, value) = text.split_once('=').unwrap_or(("", text));
    let before = text.len() - value.len();
    let column = if before == 0 { 1 } else { count(path) + 2 };
    Span::new(Arc::from(CHANGES), number, column, count(value))
}

/// Reads a value, which stands at `span`.
fn scalar(text: &str, span: &Span) -> Result<Node, Finding> {
    let node = load(CHANGES, text.as_bytes()).map_err(|findings| {
        let why = findings.into_iter().next().map(|one| one.message);
        Finding::new(span, why.unwrap_or_default())
    })?;
    match node.kind {
        Kind::List(_) | Kind::Map(_) => Err(Finding::new(
            span,
            format!("a value is a single one, and this is {}", node.kind_name()),
        )
        .with_hint("set its parts one by one, or write them into a file")),
        kind => Ok(Node {
            span: span.clone(),
            kind,
        }),
    }
}

/// Puts a value in its place; maps on the way are made where there are none.
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
            "`{}` is {kind}, and has no `{}`",
            before.join("."),
            key.text
        );
        return Err(Finding::new(&key.span, message));
    };
    let mut path = before.to_vec();
    path.push(&key.text);
    if let Some((_, inner)) = entries.iter_mut().find(|(one, _)| one.text == key.text) {
        return place(inner, rest, &path, value);
    }
    if before == ["customers"] {
        // Anyone else is misspelt: nobody makes up a customer with single values.
        let finding = Finding::new(&key.span, format!("there is no customer `{}`", key.text));
        let names = entries.iter().map(|(one, _)| one.text.as_str());
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
