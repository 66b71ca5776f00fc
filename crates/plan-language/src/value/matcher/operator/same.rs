//! `$same`: all elements of an array have some fields and agree on them.

use crate::source::Node;
use crate::value::equality::equal;
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::fields;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, LengthConstraint,
    Resolved, ResolvedOperator,
};
use crate::value::matcher::elements::Elements;
use crate::value::matcher::field::{Field, name_all};
use crate::value::matcher::length::LengthRange;
use crate::value::matcher::tally::Tally;
use crate::value::reference::{Scope, Unset};
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$same",
    doc: "all elements have these fields and agree on them; an empty array is undecided",
    example: r#"{ $same: currency }"#,
    argument: r##"{ "anyOf": [{ "$ref": "#/$defs/field" }, { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/field" } }] }"##,
    compile,
};

#[derive(Clone, Debug)]
struct Same(Vec<Field>);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let fields = fields(argument, compiler)?;
    Some(operator(Same(fields)))
}

impl CompiledOperator for Same {
    fn resolve(&self, _scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(self.clone()))
    }

    fn kinds(&self) -> Kinds {
        Kinds::ARRAY
    }

    fn fields(&self) -> Vec<&Field> {
        self.0.iter().collect()
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            length: Some(LengthConstraint::Range(LengthRange::AtLeast(1))),
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for Same {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let Some(elements) = Elements::at_least_one(comparison, tally) else {
            return;
        };
        for field in &self.0 {
            let first = field.of(elements.items.get(0));
            for (index, item) in elements.iter() {
                match (first, field.of(item)) {
                    (_, None) => tally.miss(1, || {
                        elements.mismatch_at(index, format!("it has no {field}"))
                    }),
                    (Some(first), Some(value)) if !equal(first, value) => tally.miss(1, || {
                        let why = format!("its {field} differs from that of the first element");
                        elements.mismatch_at(index, why)
                    }),
                    // If the first element lacks the field, that is its own mismatch.
                    _ => tally.hold(),
                }
            }
        }
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("elements that agree on {}", name_all(&self.0))
    }
}
