//! `$holds_once`: an array holds each element of another one exactly once, as far as some fields tell; those that are
//! equal in these fields as often as the other one has them.

use crate::source::{Finding, Node};
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::{ArgumentType, TypedTemplate, fields, object};
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Demand, DemandKind, RequiredKinds, Resolved,
    ResolvedOperator,
};
use crate::value::matcher::elements::Elements;
use crate::value::matcher::field::{Field, key_of, name_all};
use crate::value::matcher::tally::{Obstacle, Tally};
use crate::value::reference::{Reference, Scope, Unset};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$holds_once",
    doc: "for each element of `each_of`, exactly one element agrees with it in all fields of `by` (of equal ones, as many as there are); others may be there",
    example: r#"{ $holds_once: { each_of: "${sent.body.entries}", by: [ id, amount ] } }"#,
    argument: r##"{
        "type": "object",
        "required": ["each_of", "by"],
        "properties": {
            "each_of": {
                "anyOf": [{ "type": "array" }, { "type": "string" }],
                "description": "The elements that must be held, such as those of a message. Example: `\"${sent.body.entries}\"`"
            },
            "by": {
                "anyOf": [{ "$ref": "#/$defs/field" }, { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/field" } }],
                "description": "The fields that are compared. Example: `[ id, amount ]`"
            }
        },
        "additionalProperties": false
    }"##,
    compile,
};

#[derive(Debug)]
struct HoldsOnce {
    each_of: TypedTemplate,
    by: Vec<Field>,
}

#[derive(Debug)]
struct ResolvedHoldsOnce {
    each_of: Vec<Value>,
    by: Vec<Field>,
}

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let [each_of, by] = object(argument, ["each_of", "by"], compiler)?;
    let (Some(each_of), Some(by)) = (each_of, by) else {
        compiler.findings.push(
            Finding::new(&argument.span, "`each_of` and `by` are both needed")
                .with_hint("write { each_of: \"${label.body.entries}\", by: [ field ] }"),
        );
        return None;
    };
    let each_of = TypedTemplate::read(each_of, ArgumentType::Array, compiler);
    let by = fields(by, compiler)?;
    Some(operator(HoldsOnce { each_of, by }))
}

impl CompiledOperator for HoldsOnce {
    fn references(&self) -> Vec<&Reference> {
        self.each_of.references()
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        let each_of = match self.each_of.render(scope)? {
            Value::Array(elements) => elements,
            _ => Vec::new(),
        };
        Ok(Arc::new(ResolvedHoldsOnce {
            each_of,
            by: self.by.clone(),
        }))
    }

    fn kinds(&self) -> Kinds {
        Kinds::ARRAY
    }

    fn fields(&self) -> Vec<&Field> {
        self.by.iter().collect()
    }

    fn required(&self, _of_string: bool) -> Vec<RequiredKinds<'_>> {
        self.each_of.required()
    }
}

/// Elements of `each_of` that are equal in the fields that are compared.
struct Wanted<'w> {
    key: String,
    first: &'w Value,
    count: usize,
}

impl ResolvedHoldsOnce {
    /// Counts the elements of `each_of` by their keys, in their order.
    fn wanted(&self, elements: &Elements<'_>, tally: &mut Tally) -> Vec<Wanted<'_>> {
        let mut wanted: Vec<Wanted<'_>> = Vec::with_capacity(self.each_of.len());
        let mut places: HashMap<String, usize> = HashMap::with_capacity(self.each_of.len());
        for first in &self.each_of {
            let Some(key) = key_of(&self.by, first) else {
                let why = format!("an element of `each_of` has no {}", name_all(&self.by));
                tally.undecide(Obstacle::Nothing, || elements.mismatch(why));
                continue;
            };
            let place = *places.entry(key.clone()).or_insert(wanted.len());
            if place == wanted.len() {
                let count = 0;
                wanted.push(Wanted { key, first, count });
            }
            wanted[place].count += 1;
        }
        wanted
    }

    /// Shows an element by the fields that are compared.
    fn shown(&self, element: &Value) -> String {
        let fields = self.by.iter();
        let fields = fields.filter_map(|field| Some(format!("{field} {}", field.of(element)?)));
        fields.collect::<Vec<_>>().join(", ")
    }
}

impl ResolvedOperator for ResolvedHoldsOnce {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let Some(elements) = Elements::of(comparison, tally) else {
            return;
        };
        if self.each_of.is_empty() {
            let why = "`each_of` is empty, so nothing was compared".to_owned();
            comparison.undecide(Obstacle::Nothing, why, tally);
            return;
        }
        let mut held: HashMap<String, Vec<usize>> = HashMap::with_capacity(elements.items.len());
        for (index, item) in elements.iter() {
            if let Some(key) = key_of(&self.by, item) {
                held.entry(key).or_default().push(index);
            }
        }
        for wanted in self.wanted(&elements, tally) {
            let found = held.get(&wanted.key).map_or(&[][..], Vec::as_slice);
            match (found, wanted.count) {
                (found, count) if found.len() == count => tally.hold(),
                (&[_, .., last], 1) => {
                    let why = "it is there more than once".to_owned();
                    tally.miss(1, || elements.mismatch_at(last, why));
                }
                (&[.., last], count) => {
                    let there = times(found.len());
                    let why = format!("it is there {there} instead of {}", times(count));
                    tally.miss(1, || elements.mismatch_at(last, why));
                }
                ([], _) => {
                    let why = format!("no element has {}", self.shown(wanted.first));
                    tally.miss(1, || elements.mismatch(why));
                }
            }
        }
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        let count = self.each_of.len();
        let plural = if count == 1 { "" } else { "s" };
        format!(
            "an array that holds {count} given element{plural} once each, compared by {}",
            name_all(&self.by)
        )
    }
}

/// Returns how often something is there, in words.
fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}
