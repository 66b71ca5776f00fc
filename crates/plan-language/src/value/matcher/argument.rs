//! Reads what operators have as arguments: single values of a type, fields, objects with given keys, arrays of matchers.

use super::compile::Compiler;
use super::demand::{Compiled, Demand, RequiredKinds};
use super::field::Field;
use crate::source::{Finding, Node};
use crate::value::form;
use crate::value::kind::kind_name;
use crate::value::kinds::Kinds;
use crate::value::reference::{Reason, Reference, Scope, Unset};
use crate::value::template::Template;
use serde_json::Value;

/// What a single value must be to be used as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArgumentType {
    /// Any string.
    String,
    /// A string that is a media type.
    MediaType,
    /// A number.
    Number,
    /// Something that has an order: a number, a date or a date-time.
    Border,
    /// An array of any values.
    Array,
}

impl ArgumentType {
    fn accepts(self, value: &Value) -> bool {
        match (self, value) {
            (Self::String, Value::String(_))
            | (Self::Number | Self::Border, Value::Number(_))
            | (Self::Array, Value::Array(_)) => true,
            (Self::MediaType, Value::String(text)) => form::media_essence(text).is_some(),
            (Self::Border, Value::String(text)) => {
                form::date(text).is_some() || form::datetime(text).is_some()
            }
            _ => false,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::MediaType => "a media type such as application/json",
            Self::Number => "a number",
            Self::Border => "a number, a date or a date-time",
            Self::Array => "an array",
        }
    }

    fn kinds(self) -> Kinds {
        match self {
            Self::String | Self::MediaType => Kinds::STRING,
            Self::Number => Kinds::NUMBER,
            Self::Border => Kinds::NUMBER.or(Kinds::STRING),
            Self::Array => Kinds::ARRAY,
        }
    }
}

/// A single value as an argument, its references still without values.
#[derive(Clone, Debug)]
pub(super) struct TypedTemplate {
    pub(super) template: Template,
    expected: ArgumentType,
}

impl TypedTemplate {
    /// Reads an argument; a value of another type becomes a finding.
    pub(super) fn read(
        argument: &Node,
        expected: ArgumentType,
        compiler: &mut Compiler<'_>,
    ) -> Self {
        let template = Template::compile(argument, compiler.findings);
        if let Some(value) = template.as_fixed()
            && !expected.accepts(value)
        {
            let found = match value {
                Value::String(text) => format!("`{text}`"),
                other => kind_name(other).to_owned(),
            };
            let message = format!("expected {}, found {found}", expected.name());
            compiler
                .findings
                .push(Finding::new(&argument.span, message));
        }
        Self { template, expected }
    }

    /// Puts the values in.
    ///
    /// # Errors
    ///
    /// The first reference that names nothing, or that makes a value of another type.
    pub(super) fn render(&self, scope: &dyn Scope) -> Result<Value, Unset> {
        let value = self.template.render(scope)?;
        match self.template.references().first() {
            Some(reference) if !self.expected.accepts(&value) => {
                Err(reference.unset(Reason::WrongKind {
                    found: kind_name(&value),
                    needed: self.expected.name(),
                }))
            }
            _ => Ok(value),
        }
    }

    /// Puts the values into an argument that is a string; otherwise as [`render`](Self::render).
    ///
    /// # Errors
    ///
    /// As [`render`](Self::render).
    pub(super) fn render_string(&self, scope: &dyn Scope) -> Result<String, Unset> {
        let value = self.render(scope)?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Tells whether it is written as an empty string.
    pub(super) fn is_empty_string(&self) -> bool {
        self.template.as_fixed() == Some(&Value::from(""))
    }

    /// Returns the references in the order of the source.
    pub(super) fn references(&self) -> Vec<&Reference> {
        self.template.references()
    }

    /// Returns what the value of a reference must be that makes up the whole argument.
    pub(super) fn required(&self) -> Vec<RequiredKinds<'_>> {
        required(&self.template, self.expected.kinds())
    }
}

/// Returns what the value of a reference must be that is a whole template.
pub(super) fn required(template: &Template, kinds: Kinds) -> Vec<RequiredKinds<'_>> {
    let reference = template.as_whole();
    reference
        .map(|reference| RequiredKinds { reference, kinds })
        .into_iter()
        .collect()
}

/// Says that an argument is of another type than it must be.
pub(super) fn expected(what: &str, found: &Node) -> Finding {
    let message = format!("expected {what}, found {}", found.kind_name());
    Finding::new(&found.span, message)
}

/// Reads an array of at least one matcher.
pub(super) fn matchers(
    argument: &Node,
    compiler: &mut Compiler<'_>,
) -> Option<Vec<Demand<Compiled>>> {
    match argument.as_list() {
        Some([]) => {
            let finding = Finding::new(&argument.span, "expected at least one matcher");
            compiler.findings.push(finding);
            None
        }
        Some(items) => Some(items.iter().map(|item| compiler.demand(item)).collect()),
        None => {
            compiler.findings.push(
                expected("an array of matchers", argument)
                    .with_hint("write them between `[ ]`, or each behind `- `"),
            );
            None
        }
    }
}

/// Reads one field or an array of fields.
pub(super) fn fields(argument: &Node, compiler: &mut Compiler<'_>) -> Option<Vec<Field>> {
    let before = compiler.findings.len();
    let fields: Vec<Field> = match argument.as_list() {
        Some(items) => items
            .iter()
            .filter_map(|item| field(item, compiler))
            .collect(),
        None => field(argument, compiler).into_iter().collect(),
    };
    if fields.is_empty() && compiler.findings.len() == before {
        let finding = Finding::new(&argument.span, "expected at least one field");
        compiler.findings.push(finding);
    }
    (!fields.is_empty()).then_some(fields)
}

/// Reads the name of a field.
pub(super) fn field(node: &Node, compiler: &mut Compiler<'_>) -> Option<Field> {
    let field = node.as_text().and_then(Field::parse);
    if field.is_none() {
        compiler.findings.push(
            Finding::new(&node.span, "not the name of a field")
                .with_hint("write id, or amount.value for a nested one"),
        );
    }
    field
}

/// Reads an object that has only these keys, each of which may be missing.
pub(super) fn object<'n, const N: usize>(
    argument: &'n Node,
    keys: [&str; N],
    compiler: &mut Compiler<'_>,
) -> Option<[Option<&'n Node>; N]> {
    let Some(entries) = argument.as_map() else {
        let what = format!("an object with {}", name_keys(&keys));
        compiler.findings.push(expected(&what, argument));
        return None;
    };
    let unknown = entries
        .iter()
        .map(|(key, _)| key)
        .filter(|key| !keys.contains(&key.text.as_str()));
    for key in unknown {
        let message = format!("there is no key `{}` here", key.text);
        let finding = Finding::new(&key.span, message).suggesting(&key.text, keys);
        compiler.findings.push(finding);
    }
    Some(keys.map(|key| argument.get(key)))
}

/// Names keys: `` `a`, `b` and `c` ``.
fn name_keys(keys: &[&str]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
