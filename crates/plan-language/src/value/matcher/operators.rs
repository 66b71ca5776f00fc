//! Compiles the arguments of operators.

use super::booked;
use super::compile::compile as compile_matcher;
use super::field::Field;
use super::tree::{Bound, Form, Open, OpenPattern, Tree};
use super::word::Word;
use crate::source::{Finding, Node, Span};
use crate::value::form;
use crate::value::kind::kind_name;
use crate::value::parts::{Part, split};
use crate::value::template::{Template, references_of};
use regex::Regex;
use serde_json::Value;

/// Stands for a reference's value when a pattern is tried before the value is known.
const PLACEHOLDER: &str = "x";

/// Compiles `{ name: argument }`; `None` if there is no such operator.
pub(super) fn compile(
    name: &str,
    argument: &Node,
    findings: &mut Vec<Finding>,
) -> Option<Form<Open>> {
    let mut inner = |node: &Node| Box::new(compile_matcher(node, findings));
    Some(match name {
        "$not" => Form::Not(inner(argument)),
        "$each" => Form::Each(inner(argument)),
        "$some" => Form::Some(inner(argument)),
        "$none" => Form::None(inner(argument)),
        "$contains" => Form::Contains(inner(argument)),
        "$length" => Form::Length(inner(argument)),
        "$any_of" => matchers(argument, findings).map_or_else(stand_in, Form::AnyOf),
        "$all_of" => matchers(argument, findings).map_or_else(stand_in, Form::All),
        "$in" => Form::In(leaf(argument, Leaf::List, findings)),
        "$equals" => Form::Equals(Template::compile(argument, findings)),
        "$matches" => pattern(argument, findings).map_or_else(stand_in, Form::Matches),
        "$starts_with" => Form::StartsWith(leaf(argument, Leaf::Text, findings)),
        "$ends_with" => Form::EndsWith(leaf(argument, Leaf::Text, findings)),
        "$media_type" => Form::MediaType(leaf(argument, Leaf::MediaType, findings)),
        "$at_least" => Form::Bound(Bound::AtLeast, leaf(argument, Leaf::Border, findings)),
        "$at_most" => Form::Bound(Bound::AtMost, leaf(argument, Leaf::Border, findings)),
        "$more_than" => Form::Bound(Bound::MoreThan, leaf(argument, Leaf::Border, findings)),
        "$less_than" => Form::Bound(Bound::LessThan, leaf(argument, Leaf::Border, findings)),
        "$distinct_by" => fields(argument, findings).map_or_else(stand_in, Form::DistinctBy),
        "$same" => fields(argument, findings).map_or_else(stand_in, Form::Same),
        "$one" => one(argument, findings).unwrap_or_else(stand_in),
        "$sum" => sum(argument, findings).unwrap_or_else(stand_in),
        "$booked" => booked::compile(argument, findings).map_or_else(stand_in, Form::Booked),
        _ => return None,
    })
}

fn stand_in() -> Form<Open> {
    Form::Word(Word::Any)
}

fn matchers(argument: &Node, findings: &mut Vec<Finding>) -> Option<Vec<Tree<Open>>> {
    match argument.as_list() {
        Some([]) => {
            findings.push(Finding::new(
                &argument.span,
                "at least one matcher is needed",
            ));
            None
        }
        Some(items) => Some(
            items
                .iter()
                .map(|item| compile_matcher(item, findings))
                .collect(),
        ),
        None => {
            findings.push(need(argument, "a list of matchers"));
            None
        }
    }
}

pub(super) fn need(node: &Node, what: &str) -> Finding {
    Finding::new(
        &node.span,
        format!("{what} is needed here, not {}", node.kind_name()),
    )
}

fn pattern(argument: &Node, findings: &mut Vec<Finding>) -> Option<OpenPattern> {
    let Some(text) = argument.as_text() else {
        findings.push(need(argument, "a regular expression"));
        return None;
    };
    let parts = split(text, &argument.span, findings);
    let tried: String = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Reference(_) => PLACEHOLDER,
        })
        .collect();
    let first = references_of(&parts).next().cloned();
    match Regex::new(&tried) {
        Ok(regex) => Some(match first {
            None => OpenPattern::Fixed(regex),
            Some(first) => OpenPattern::Parts { parts, first },
        }),
        Err(error) => {
            findings.push(Finding::new(
                &argument.span,
                format!("not a regular expression: {}", reason(&error)),
            ));
            None
        }
    }
}

/// Returns the last line of a regex error, the one that says what is wrong.
pub(super) fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

/// What a single value must be to serve as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    Text,
    MediaType,
    /// Something that has an order.
    Border,
    /// A list of values.
    List,
}

impl Leaf {
    pub(super) fn accepts(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(_))
            | (Self::Border, Value::Number(_))
            | (Self::List, Value::Array(_)) => true,
            (Self::MediaType, Value::String(text)) => form::media_essence(text).is_some(),
            (Self::Border, Value::String(text)) => {
                form::date(text).is_some() || form::datetime(text).is_some()
            }
            _ => false,
        }
    }

    pub(super) fn needed(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::MediaType => "a media type such as application/json",
            Self::List => "a list",
            Self::Border => "a number, a date or a date-time",
        }
    }
}

fn leaf(argument: &Node, kind: Leaf, findings: &mut Vec<Finding>) -> Template {
    let template = Template::compile(argument, findings);
    if let Some(value) = template.as_fixed()
        && !kind.accepts(value)
    {
        let found = match value {
            Value::String(text) => format!("`{text}`"),
            other => kind_name(other).to_owned(),
        };
        let message = format!("{} is needed here, not {found}", kind.needed());
        findings.push(Finding::new(&argument.span, message));
    }
    template
}

fn fields(argument: &Node, findings: &mut Vec<Finding>) -> Option<Vec<Field>> {
    let before = findings.len();
    let fields: Vec<Field> = match argument.as_list() {
        Some(items) => items
            .iter()
            .filter_map(|item| field(item, findings))
            .collect(),
        None => field(argument, findings).into_iter().collect(),
    };
    if fields.is_empty() && findings.len() == before {
        findings.push(Finding::new(&argument.span, "at least one field is needed"));
    }
    (!fields.is_empty()).then_some(fields)
}

fn field(node: &Node, findings: &mut Vec<Finding>) -> Option<Field> {
    let field = node.as_text().and_then(Field::parse);
    if field.is_none() {
        findings.push(need_field(&node.span));
    }
    field
}

fn need_field(span: &Span) -> Finding {
    Finding::new(span, "not the name of a field")
        .with_hint("write id, or amount.value for a nested one")
}

fn one(argument: &Node, findings: &mut Vec<Finding>) -> Option<Form<Open>> {
    let [choice, is] = parts(argument, ["where", "is"], findings)?;
    let Some(choice) = choice else {
        findings.push(
            Finding::new(&argument.span, "`where` is missing")
                .with_hint("write { where: what selects the element, is: what it must be }"),
        );
        return None;
    };
    Some(Form::One {
        choice: Box::new(compile_matcher(choice, findings)),
        is: is.map(|is| Box::new(compile_matcher(is, findings))),
    })
}

fn sum(argument: &Node, findings: &mut Vec<Finding>) -> Option<Form<Open>> {
    let [of, is] = parts(argument, ["of", "is"], findings)?;
    let (Some(of), Some(is)) = (of, is) else {
        findings.push(
            Finding::new(&argument.span, "`of` and `is` are both needed")
                .with_hint("write { of: field, is: what the sum must be }"),
        );
        return None;
    };
    let is = Box::new(compile_matcher(is, findings));
    Some(Form::Sum {
        of: field(of, findings)?,
        is,
    })
}

/// Reads a map that has only these two keys.
fn parts<'n>(
    argument: &'n Node,
    keys: [&str; 2],
    findings: &mut Vec<Finding>,
) -> Option<[Option<&'n Node>; 2]> {
    let Some(entries) = argument.as_map() else {
        let what = format!("a map with `{}` and `{}`", keys[0], keys[1]);
        findings.push(need(argument, &what));
        return None;
    };
    for (key, _) in entries
        .iter()
        .filter(|(key, _)| !keys.contains(&key.text.as_str()))
    {
        findings.push(
            Finding::new(&key.span, format!("there is no `{}` here", key.text))
                .suggesting(&key.text, keys),
        );
    }
    Some(keys.map(|key| argument.get(key)))
}
