//! Takes fields of an environment: optional ones, required ones, bounded numbers, and maps of names.

use std::collections::BTreeMap;

use plan_language::source::{Fields, Finding, Key, Node};

/// Takes an optional field and reads it.
pub(super) fn optional<'n, T>(
    fields: &mut Fields<'n, '_>,
    name: &'static str,
    read: impl FnOnce(&'n Node, &mut Vec<Finding>) -> T,
) -> Option<T> {
    let node = fields.take(name)?;
    Some(read(node, fields.findings()))
}

/// Reads a field that an environment needs: from `elsewhere` if it is written there, else from the environment itself.
pub(super) fn required<'n, T>(
    fields: &mut Fields<'n, '_>,
    name: &'static str,
    elsewhere: Option<&'n Node>,
    read: impl FnOnce(&'n Node, &mut Vec<Finding>) -> Option<T>,
) -> Option<T> {
    let own = fields.take(name);
    let node = match elsewhere.or(own) {
        Some(node) => node,
        None => fields.require(name)?,
    };
    read(node, fields.findings())
}

/// Takes an optional number from 1 to `max`.
pub(super) fn bounded(fields: &mut Fields<'_, '_>, name: &'static str, max: u32) -> Option<usize> {
    let span = fields.take(name)?.span.clone();
    let number = fields.count(name)?;
    if number == 0 || number > max {
        fields.complain(&span, format!("`{name}` must be from 1 to {max}"));
        return None;
    }
    usize::try_from(number).ok()
}

/// Reads each entry of a map; a node of another kind becomes a finding that begins with `what`.
pub(super) fn each_entry<'n, T>(
    node: &'n Node,
    what: &str,
    findings: &mut Vec<Finding>,
    mut read: impl FnMut(&'n Key, &'n Node, &mut Vec<Finding>) -> Option<T>,
) -> Vec<(&'n str, T)> {
    let Some(entries) = node.as_map() else {
        let message = format!("{what}, and this is {}", node.kind_name());
        findings.push(Finding::new(&node.span, message));
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|(key, node)| Some((key.text.as_str(), read(key, node, findings)?)))
        .collect()
}

/// Collects entries by name.
pub(super) fn by_name<T>(entries: Vec<(&str, T)>) -> BTreeMap<String, T> {
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
