//! Tables of the words that authors write: names, docs, examples, and the JSON Schema of their values.
//!
//! The tables of the single words are in the modules that read them; the schema of plans and `feedproof explain` are
//! made from these tables.

use serde_json::{Map, Value, json};

/// The JSON Schema of a value that an author writes.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A definition of the plan schema, by its name under `$defs`.
    Def(&'static str),
    /// A schema of its own, as a JSON object.
    Schema(fn() -> Value),
}

/// One key of an object that an author writes.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// The key.
    pub name: &'static str,
    /// What the key means, in one or two sentences without the final full stop.
    pub doc: &'static str,
    /// A value as YAML in flow style.
    pub example: &'static str,
    /// Which values the key takes.
    pub shape: Shape,
    /// Whether an author must write the key.
    pub is_required: bool,
}

impl FieldSpec {
    /// Describes a key that must be present.
    pub const fn required(
        name: &'static str,
        shape: Shape,
        doc: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            name,
            doc,
            example,
            shape,
            is_required: true,
        }
    }

    /// Describes a key that may be missing.
    pub const fn optional(
        name: &'static str,
        shape: Shape,
        doc: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            is_required: false,
            ..Self::required(name, shape, doc, example)
        }
    }

    /// Returns the same key with another doc and example.
    pub const fn with_doc(self, doc: &'static str, example: &'static str) -> Self {
        Self {
            doc,
            example,
            ..self
        }
    }

    /// Returns the JSON Schema of the key's value.
    pub fn schema(&self) -> Value {
        let mut schema = Map::new();
        schema.insert("description".into(), described(self.doc, self.example));
        match self.shape {
            Shape::Def(name) => {
                schema.insert("$ref".into(), format!("#/$defs/{name}").into());
            }
            Shape::Schema(value) => merge(&mut schema, value()),
        }
        Value::Object(schema)
    }
}

/// An object that an author writes: its keys, and the rules among them.
#[derive(Clone, Copy, Debug)]
pub struct ObjectSpec {
    /// The word for the object; its name under `$defs`.
    pub name: &'static str,
    /// What the object says, in one or two sentences without the final full stop.
    pub doc: &'static str,
    /// The object as YAML in flow style.
    pub example: &'static str,
    /// Its keys, in the order of the guide.
    pub fields: &'static [FieldSpec],
    /// Further keywords of its schema, as a JSON object, such as keys that exclude each other.
    pub rules: Option<fn() -> Value>,
}

impl ObjectSpec {
    /// Finds a key.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Tells whether the object has a key.
    pub fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// Returns the JSON Schema of the object.
    pub fn schema(&self) -> Value {
        let mut schema = Map::new();
        schema.insert("description".into(), described(self.doc, self.example));
        schema.insert("type".into(), "object".into());
        let required: Vec<_> = self
            .fields
            .iter()
            .filter(|field| field.is_required)
            .map(|field| field.name)
            .collect();
        if !required.is_empty() {
            schema.insert("required".into(), json!(required));
        }
        let properties: Map<_, _> = self
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), field.schema()))
            .collect();
        schema.insert("properties".into(), Value::Object(properties));
        schema.insert("additionalProperties".into(), false.into());
        if let Some(rules) = self.rules {
            merge(&mut schema, rules());
        }
        Value::Object(schema)
    }
}

/// A definition of the plan schema.
#[derive(Clone, Copy, Debug)]
pub(super) enum Definition {
    /// An object with a table of keys.
    Object(&'static ObjectSpec),
    /// Anything else, with its name.
    Other(&'static str, fn() -> Value),
}

impl Definition {
    /// Returns the name under `$defs`, and the schema.
    pub(super) fn entry(&self) -> (String, Value) {
        match self {
            Self::Object(object) => (object.name.to_owned(), object.schema()),
            Self::Other(name, schema) => ((*name).to_owned(), schema()),
        }
    }
}

/// Returns a description with an example, as every part of the schema has it.
pub(super) fn described(doc: &str, example: &str) -> Value {
    format!("{doc}. Example: `{example}`").into()
}

fn merge(schema: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        schema.extend(more);
    }
}
