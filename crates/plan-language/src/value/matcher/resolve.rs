//! Puts values into a compiled matcher.

use super::booked;
use super::operators::{Leaf, reason};
use super::tree::{Closed, Entry, Form, Open, OpenPattern, Tree};
use crate::value::kind::kind_name;
use crate::value::parts::Part;
use crate::value::reference::{Reason, Scope, Unset};
use crate::value::template::{Template, as_text};
use regex::Regex;
use serde_json::Value;

/// Resolves a demand and all below it.
///
/// # Errors
///
/// The first reference that names nothing or whose value cannot stand where it does.
pub(super) fn resolve(tree: &Tree<Open>, scope: &dyn Scope) -> Result<Tree<Closed>, Unset> {
    let one = |tree: &Tree<Open>| resolve(tree, scope).map(Box::new);
    let form = match &tree.form {
        Form::Word(word) => Form::Word(*word),
        Form::Literal(leaf) => Form::Literal(leaf.render(scope)?),
        Form::Equals(leaf) => Form::Equals(leaf.render(scope)?),
        Form::In(leaf) => Form::In(render(leaf, Leaf::List, scope)?),
        Form::StartsWith(leaf) => Form::StartsWith(render(leaf, Leaf::Text, scope)?),
        Form::EndsWith(leaf) => Form::EndsWith(render(leaf, Leaf::Text, scope)?),
        Form::MediaType(leaf) => Form::MediaType(render(leaf, Leaf::MediaType, scope)?),
        Form::Bound(bound, leaf) => Form::Bound(*bound, render(leaf, Leaf::Border, scope)?),
        Form::Matches(pattern) => Form::Matches(resolve_pattern(pattern, scope)?),
        Form::List(trees) => Form::List(resolve_all(trees, scope)?),
        Form::All(trees) => Form::All(resolve_all(trees, scope)?),
        Form::AnyOf(trees) => Form::AnyOf(resolve_all(trees, scope)?),
        Form::Map(entries) => Form::Map(
            entries
                .iter()
                .map(|entry| {
                    Ok(Entry {
                        selector: entry.selector.clone(),
                        tree: resolve(&entry.tree, scope)?,
                    })
                })
                .collect::<Result<_, Unset>>()?,
        ),
        Form::Not(tree) => Form::Not(one(tree)?),
        Form::Contains(tree) => Form::Contains(one(tree)?),
        Form::Length(tree) => Form::Length(one(tree)?),
        Form::Each(tree) => Form::Each(one(tree)?),
        Form::Some(tree) => Form::Some(one(tree)?),
        Form::None(tree) => Form::None(one(tree)?),
        Form::One { choice, is } => Form::One {
            choice: one(choice)?,
            is: is.as_deref().map(one).transpose()?,
        },
        Form::Sum { of, is } => Form::Sum {
            of: of.clone(),
            is: one(is)?,
        },
        Form::Booked(leaf) => Form::Booked(booked::resolve(leaf, scope)?),
        Form::DistinctBy(fields) => Form::DistinctBy(fields.clone()),
        Form::Same(fields) => Form::Same(fields.clone()),
    };
    Ok(Tree {
        span: tree.span.clone(),
        form,
    })
}

fn resolve_all(trees: &[Tree<Open>], scope: &dyn Scope) -> Result<Vec<Tree<Closed>>, Unset> {
    trees.iter().map(|tree| resolve(tree, scope)).collect()
}

/// Renders a leaf and makes sure that its value can serve.
fn render(leaf: &Template, kind: Leaf, scope: &dyn Scope) -> Result<Value, Unset> {
    let value = leaf.render(scope)?;
    match leaf.references().first() {
        Some(reference) if !kind.accepts(&value) => Err(reference.unset(Reason::WrongKind {
            found: kind_name(&value),
            needed: kind.needed(),
        })),
        _ => Ok(value),
    }
}

fn resolve_pattern(pattern: &OpenPattern, scope: &dyn Scope) -> Result<Regex, Unset> {
    let (parts, first) = match pattern {
        OpenPattern::Fixed(regex) => return Ok(regex.clone()),
        OpenPattern::Parts { parts, first } => (parts, first),
    };
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Reference(reference) => {
                text.push_str(&regex::escape(&as_text(reference, scope)?));
            }
        }
    }
    Regex::new(&text).map_err(|error| first.unset(Reason::Pattern(reason(&error))))
}
