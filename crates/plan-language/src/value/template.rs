//! Templates: YAML trees whose strings contain references, rendered to JSON values.
//!
//! A string that is exactly one reference keeps the type of its value; otherwise values are joined into the string. What
//! is unset is an error, never an empty string. Addresses have a template of their own: [`PathTemplate`](super::PathTemplate).

use super::kind::kind_name;
use super::parts::{Part, escape, split};
use super::reference::{Reason, Reference, Scope, Unset};
use crate::source::{Finding, Kind, Node, Span};
use serde_json::{Map, Value};

/// A tree of strings with references in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// No reference within: the value as it will be.
    Fixed(Value),
    /// A string that is one reference.
    Whole(Reference),
    /// A string with references and literals.
    Joined(Vec<Part>),
    List(Vec<Template>),
    Map(Vec<(String, Template)>),
}

impl Template {
    /// Compiles a tree. Malformed references and references in keys become findings, the template is then a stand-in.
    pub fn compile(node: &Node, findings: &mut Vec<Finding>) -> Self {
        match &node.kind {
            Kind::Text(text) => Self::text(text, &node.span, findings),
            Kind::List(items) => Self::list(
                items
                    .iter()
                    .map(|item| Self::compile(item, findings))
                    .collect(),
            ),
            Kind::Map(entries) => Self::map(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let key = literal_key(&key.text, &key.span, findings);
                        (key, Self::compile(value, findings))
                    })
                    .collect(),
            ),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) => Self::fixed(node.to_value()),
        }
    }

    /// Compiles a single string that stands at `span`.
    pub fn text(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Self {
        let mut parts = split(text, span, findings);
        let form = match (parts.pop(), parts.is_empty()) {
            (None, _) => Form::Fixed(Value::String(String::new())),
            (Some(Part::Text(text)), true) => Form::Fixed(Value::String(text)),
            (Some(Part::Reference(reference)), true) => Form::Whole(reference),
            (Some(last), false) => {
                parts.push(last);
                Form::Joined(parts)
            }
        };
        Self { form }
    }

    /// Makes a template that always renders to this value; `${` has no meaning in it.
    pub fn fixed(value: Value) -> Self {
        Self {
            form: Form::Fixed(value),
        }
    }

    fn list(items: Vec<Self>) -> Self {
        let fixed: Option<Vec<Value>> = items.iter().map(|item| item.as_fixed().cloned()).collect();
        let form = fixed.map_or(Form::List(items), |values| {
            Form::Fixed(Value::Array(values))
        });
        Self { form }
    }

    fn map(entries: Vec<(String, Self)>) -> Self {
        let fixed: Option<Map<String, Value>> = entries
            .iter()
            .map(|(key, value)| Some((key.clone(), value.as_fixed()?.clone())))
            .collect();
        let form = fixed.map_or(Form::Map(entries), |values| {
            Form::Fixed(Value::Object(values))
        });
        Self { form }
    }

    /// Returns the value, if there is no reference within.
    pub fn as_fixed(&self) -> Option<&Value> {
        match &self.form {
            Form::Fixed(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the reference, if the template is exactly one.
    pub fn as_whole(&self) -> Option<&Reference> {
        match &self.form {
            Form::Whole(reference) => Some(reference),
            _ => None,
        }
    }

    /// Returns the entries, if the template is an object with references in it.
    pub fn as_map(&self) -> Option<&[(String, Self)]> {
        match &self.form {
            Form::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the tree as an author writes it, with references and escapes, to be compared with another or shown.
    pub fn written(&self) -> Value {
        match &self.form {
            Form::Fixed(value) => escaped(value),
            Form::Whole(reference) => Value::String(reference.to_string()),
            Form::Joined(parts) => Value::String(written(parts)),
            Form::List(items) => items.iter().map(Self::written).collect(),
            Form::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| (escape(key), value.written()))
                    .collect(),
            ),
        }
    }

    /// Returns the references in the order of the source.
    pub fn references(&self) -> Vec<&Reference> {
        let mut references = Vec::new();
        self.gather(&mut references);
        references
    }

    fn gather<'t>(&'t self, references: &mut Vec<&'t Reference>) {
        match &self.form {
            Form::Fixed(_) => {}
            Form::Whole(reference) => references.push(reference),
            Form::Joined(parts) => references.extend(references_of(parts)),
            Form::List(items) => items.iter().for_each(|item| item.gather(references)),
            Form::Map(entries) => entries
                .iter()
                .for_each(|(_, value)| value.gather(references)),
        }
    }

    /// Puts the values in.
    ///
    /// # Errors
    ///
    /// The first reference that names nothing, or whose value is null, an array or an object within a longer string.
    pub fn render(&self, scope: &dyn Scope) -> Result<Value, Unset> {
        match &self.form {
            Form::Fixed(value) => Ok(value.clone()),
            Form::Whole(reference) => reference.resolve(scope).map(|value| value.into_owned()),
            Form::Joined(parts) => join(parts, scope).map(Value::String),
            Form::List(items) => items.iter().map(|item| item.render(scope)).collect(),
            Form::Map(entries) => entries
                .iter()
                .map(|(key, value)| Ok((key.clone(), value.render(scope)?)))
                .collect::<Result<Map<_, _>, _>>()
                .map(Value::Object),
        }
    }
}

/// Joins the parts of a string as an author writes them.
pub(super) fn written(parts: &[Part]) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(&escape(text)),
            Part::Reference(reference) => {
                // In the row of dollars of a reference each pair is one.
                let dollars = out.len() - out.trim_end_matches('$').len();
                out.push_str(&"$".repeat(dollars));
                out.push_str(&reference.to_string());
            }
        }
    }
    out
}

/// Escapes the strings and keys of a value that has no references.
fn escaped(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(escape(text)),
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, inner)| (escape(key), escaped(inner)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Returns the references among the parts of a string.
pub(super) fn references_of(parts: &[Part]) -> impl Iterator<Item = &Reference> {
    parts.iter().filter_map(|part| match part {
        Part::Reference(reference) => Some(reference),
        Part::Text(_) => None,
    })
}

/// Undoes the escapes of a key; a reference in it is a finding.
pub(super) fn literal_key(key: &str, span: &Span, findings: &mut Vec<Finding>) -> String {
    let parts = split(key, span, findings);
    for reference in references_of(&parts) {
        findings.push(
            Finding::new(&reference.span, "no interpolation in keys")
                .with_hint("for a literal `${` write `$${`"),
        );
    }
    match parts.as_slice() {
        [Part::Text(text)] => text.clone(),
        _ => key.to_owned(),
    }
}

fn join(parts: &[Part], scope: &dyn Scope) -> Result<String, Unset> {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Reference(reference) => out.push_str(&as_text(reference, scope)?),
        }
    }
    Ok(out)
}

/// Returns how a value is written within a longer string: itself, or the JSON form of a number or boolean.
pub(super) fn as_text(reference: &Reference, scope: &dyn Scope) -> Result<String, Unset> {
    match reference.resolve(scope)?.as_ref() {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        other => Err(reference.unset(Reason::WrongKind {
            found: kind_name(other),
            needed: "a string, a number or a boolean",
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::any_json;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn compile(value: &Value) -> (Template, Vec<Finding>) {
        let mut findings = Vec::new();
        let node = Node::from_value(value, &Span::outside("x"));
        (Template::compile(&node, &mut findings), findings)
    }

    fn render(value: Value) -> Result<Value, String> {
        let scope = json!({ "n": 1.5, "t": "x", "b": true, "nil": null, "m": { "l": [1] } });
        let (template, findings) = compile(&value);
        assert!(findings.is_empty(), "{findings:?}");
        template
            .render(scope.as_object().unwrap())
            .map_err(|unset| unset.to_string())
    }

    #[test]
    fn a_whole_reference_keeps_its_type() {
        assert_eq!(
            render(json!(["${n}", "${b}", "${nil}", "${m}", "${m.l}"])),
            Ok(json!([1.5, true, null, { "l": [1] }, [1]]))
        );
    }

    #[test]
    fn numbers_and_booleans_join_by_their_json_form() {
        assert_eq!(
            render(json!({ "k": "a ${n}-${b}-${t}${t}" })),
            Ok(json!({ "k": "a 1.5-true-xx" }))
        );
    }

    #[test]
    fn what_has_no_string_form_does_not_join() {
        for (text, found) in [
            ("${nil}!", "null"),
            ("${m}!", "an object"),
            (" ${m.l}", "an array"),
        ] {
            let message = render(json!(text)).unwrap_err();
            assert!(
                message.ends_with(&format!(
                    "it is {found}; expected a string, a number or a boolean"
                )),
                "{message}"
            );
        }
    }

    #[test]
    fn what_is_unset_is_an_error_wherever_it_stands() {
        assert!(render(json!("${nope}")).is_err());
        assert!(render(json!({ "a": [{ "b": "x${m.nope}" }] })).is_err());
    }

    #[test]
    fn references_are_listed_in_order() {
        let (template, _) = compile(&json!({ "z": "${a}${b.c}", "y": ["${d}", "$${e}"] }));
        let names: Vec<_> = template
            .references()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["${a}", "${b.c}", "${d}"]);
    }

    #[test]
    fn a_reference_in_a_key_is_found_and_an_escaped_one_is_not() {
        assert_eq!(compile(&json!({ "${a}": 1 })).1.len(), 1);
        assert_eq!(render(json!({ "$${a}": 1 })), Ok(json!({ "${a}": 1 })));
    }

    #[test]
    fn an_escaped_reference_is_written_apart_from_a_reference() {
        for text in [
            "${a}",
            "$${a}",
            "$$${a}",
            "$$$${a}",
            "x$$${a}$${b}${c}",
            "$$",
            "{$",
        ] {
            let source = json!([text, { "$${k}": text }]);
            let (template, findings) = compile(&source);
            assert_eq!(findings, []);
            assert_eq!(template.written(), source);
        }
    }

    #[test]
    fn a_tree_without_references_is_fixed() {
        let value = json!({ "a": [1, "x"] });
        assert_eq!(compile(&value).0.as_fixed(), Some(&value));
        assert_eq!(compile(&json!(["${x}"])).0.as_fixed(), None);
    }

    proptest! {
        #[test]
        fn text_without_references_is_itself(text in "\\PC{0,24}") {
            prop_assume!(!text.contains("${"));
            prop_assert_eq!(render(json!(text)), Ok(json!(text)));
        }

        #[test]
        fn escaped_text_renders_to_the_text(text in "[${}a]{0,12}") {
            prop_assert_eq!(render(json!(escape(&text))), Ok(json!(text)));
        }

        #[test]
        fn a_whole_reference_is_its_value(value in any_json()) {
            let (template, _) = compile(&json!({ "k": ["${x}"] }));
            let scope = json!({ "x": value });
            prop_assert_eq!(template.render(scope.as_object().unwrap()), Ok(json!({ "k": [value] })));
        }
    }
}
