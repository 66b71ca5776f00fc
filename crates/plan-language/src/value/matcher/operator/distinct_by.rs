//! `$distinct_by`: no two elements of an array agree on all of some fields.

use crate::source::Node;
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::fields;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, LengthConstraint,
    Resolved, ResolvedOperator,
};
use crate::value::matcher::elements::Elements;
use crate::value::matcher::field::{Field, key_of, name_all};
use crate::value::matcher::length::LengthRange;
use crate::value::matcher::tally::Tally;
use crate::value::reference::{Scope, Unset};
use std::collections::HashMap;
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$distinct_by",
    doc: "no two elements agree on all of these fields; an empty array is undecided",
    example: r#"{ $distinct_by: [bankIdentifier, accountIdentifier] }"#,
    argument: r##"{ "anyOf": [{ "$ref": "#/$defs/field" }, { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/field" } }] }"##,
    compile,
};

#[derive(Clone, Debug)]
struct DistinctBy(Vec<Field>);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let fields = fields(argument, compiler)?;
    Some(operator(DistinctBy(fields)))
}

impl CompiledOperator for DistinctBy {
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

impl ResolvedOperator for DistinctBy {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let Some(elements) = Elements::at_least_one(comparison, tally) else {
            return;
        };
        let mut known: HashMap<String, usize> = HashMap::with_capacity(elements.items.len());
        for (index, item) in elements.iter() {
            let Some(key) = key_of(&self.0, item) else {
                let why = format!("it has no {}", name_all(&self.0));
                tally.miss(1, || elements.mismatch_at(index, why));
                continue;
            };
            if let Some(first) = known.get(&key) {
                let why = format!("it agrees with {}", elements.location(*first));
                tally.miss(1, || elements.mismatch_at(index, why));
            } else {
                known.insert(key, index);
                tally.hold();
            }
        }
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("elements that differ in {}", name_all(&self.0))
    }
}
