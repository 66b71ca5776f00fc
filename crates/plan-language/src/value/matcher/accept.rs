//! Which kinds of values a demand can accept at all, before references have values.

use super::compile::all_of;
use super::tree::{Form, Open, Selector, Tree};
use super::word::Word;
use crate::value::kinds::Kinds;
use crate::value::path::JsonPath;
use crate::value::reference::Reference;
use crate::value::template::Template;

/// Returns the kinds of which a demand may accept a value; never too few.
pub(super) fn accepted(tree: &Tree<Open>) -> Kinds {
    match &tree.form {
        Form::Word(word) => word.kinds(),
        Form::Literal(leaf) if leaf.as_fixed().is_none() && leaf.as_whole().is_none() => {
            Kinds::TEXT
        }
        Form::Literal(leaf) | Form::Equals(leaf) => {
            leaf.as_fixed().map_or(Kinds::PRESENT, Kinds::of)
        }
        Form::Map(entries) => {
            let keys =
                |entry: &super::tree::Entry<Open>| matches!(entry.selector, Selector::Key(_));
            match entries.is_empty() || entries.iter().any(keys) {
                true => Kinds::MAP,
                // Paths alone: what they find in a scalar is nothing, and that may be demanded.
                false => Kinds::ALL,
            }
        }
        Form::All(trees) => trees
            .iter()
            .map(accepted)
            .fold(Kinds::ALL, |all, one| all.and(one)),
        Form::AnyOf(trees) => trees
            .iter()
            .map(accepted)
            .reduce(|any, one| any.or(one))
            .unwrap_or(Kinds::ALL),
        Form::Not(_) => Kinds::ALL,
        Form::Matches(_) | Form::StartsWith(_) | Form::EndsWith(_) | Form::MediaType(_) => {
            Kinds::TEXT
        }
        Form::In(_) => Kinds::PRESENT,
        Form::Bound(_, border) => border
            .as_fixed()
            .map_or(Kinds::NUMBER.or(Kinds::TEXT), Kinds::of),
        Form::Contains(_) => Kinds::TEXT.or(Kinds::LIST),
        Form::Length(_) => Kinds::TEXT.or(Kinds::LIST).or(Kinds::MAP),
        Form::List(_)
        | Form::One { .. }
        | Form::Each(_)
        | Form::Some(_)
        | Form::None(_)
        | Form::DistinctBy(_)
        | Form::Same(_)
        | Form::Sum { .. }
        | Form::Booked(_) => Kinds::LIST,
    }
}

/// Returns the kinds that a demand leaves to the value at a path; all if it says nothing of it.
pub(super) fn accepted_at(tree: &Tree<Open>, path: &JsonPath) -> Kinds {
    match path.keys() {
        Some(keys) => below(tree, &keys),
        None => Kinds::ALL,
    }
}

fn below(tree: &Tree<Open>, keys: &[&str]) -> Kinds {
    let Some((key, rest)) = keys.split_first() else {
        return accepted(tree);
    };
    let mut left = Kinds::ALL;
    for demand in all_of(tree) {
        let Form::Map(entries) = &demand.form else {
            continue;
        };
        for entry in entries {
            left = left.and(match &entry.selector {
                Selector::Key(name) if name == key => below(&entry.tree, rest),
                Selector::Path(path) if path.keys().as_deref() == Some(keys) => {
                    accepted(&entry.tree)
                }
                _ => Kinds::ALL,
            });
        }
    }
    left
}

/// A reference that stands for a whole argument, and what its value must be there.
pub struct Needed<'m> {
    /// The reference.
    pub reference: &'m Reference,
    /// What the argument can be.
    pub kinds: Kinds,
}

/// Lists the references whose value must be of some kind, or nothing can match; `text`: a text is judged.
pub(super) fn needed<'m>(tree: &'m Tree<Open>, text: bool, found: &mut Vec<Needed<'m>>) {
    let mut add = |leaf: &'m Template, kinds: Kinds| {
        found.extend(leaf.as_whole().map(|reference| Needed { reference, kinds }));
    };
    match &tree.form {
        Form::StartsWith(leaf) | Form::EndsWith(leaf) | Form::MediaType(leaf) => {
            add(leaf, Kinds::TEXT);
        }
        Form::Bound(_, leaf) => add(leaf, Kinds::NUMBER.or(Kinds::TEXT)),
        Form::In(leaf) => add(leaf, Kinds::LIST),
        Form::Literal(leaf) | Form::Equals(leaf) if text => add(leaf, Kinds::TEXT),
        Form::Length(inner) => {
            for demand in all_of(inner) {
                if let Form::Literal(leaf) | Form::Equals(leaf) | Form::Bound(_, leaf) =
                    &demand.form
                {
                    add(leaf, Kinds::NUMBER);
                }
            }
            return;
        }
        _ => {}
    }
    // An alternative or a negation may be meant never to hold; only what all demand counts.
    let same = matches!(tree.form, Form::All(_));
    for child in tree.children() {
        needed(child, text && same, found);
    }
}

impl Word {
    /// Returns the kinds of what is accepted.
    fn kinds(self) -> Kinds {
        match self {
            Self::Any => Kinds::PRESENT,
            Self::Absent => Kinds::ABSENT,
            Self::Uuid | Self::Datetime | Self::Date | Self::Text | Self::Url => Kinds::TEXT,
            Self::Number | Self::Integer => Kinds::NUMBER,
            Self::Boolean => Kinds::BOOLEAN,
            Self::Null => Kinds::NULL,
            Self::List => Kinds::LIST,
            Self::Map => Kinds::MAP,
            Self::Empty | Self::NotEmpty => Kinds::TEXT.or(Kinds::LIST).or(Kinds::MAP),
        }
    }
}
