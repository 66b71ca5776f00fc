//! `$sum`: the numbers of a field of all elements of an array, added up in decimal, from a first number if one is given.

use crate::source::{Finding, Node};
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::{ArgumentType, TypedTemplate, field, object};
use crate::value::matcher::check::check;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, LengthConstraint,
    RequiredKinds, Resolved, ResolvedOperator,
};
use crate::value::matcher::describe::describe_value;
use crate::value::matcher::elements::Elements;
use crate::value::matcher::field::Field;
use crate::value::matcher::length::LengthRange;
use crate::value::matcher::place::{Place, Subject};
use crate::value::matcher::resolve::resolve;
use crate::value::matcher::tally::{Obstacle, Tally};
use crate::value::number;
use crate::value::reference::{Reference, Scope, Unset};
use serde_json::Value;
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$sum",
    doc: "the elements' numbers add up to a match, from the number `from` if there is one; an empty array is undecided",
    example: r#"{ $sum: { of: amount, is: "${total}" } }"#,
    argument: r##"{
        "type": "object",
        "required": ["of", "is"],
        "properties": {
            "of": {
                "$ref": "#/$defs/field",
                "description": "The field that is added up. Example: `amount`"
            },
            "is": {
                "$ref": "#/$defs/matcher",
                "description": "What the sum must be. Example: `12.5`"
            },
            "from": {
                "type": ["number", "string"],
                "description": "The number to which the elements' numbers are added, such as the balance before them. Example: `${before}`"
            }
        },
        "additionalProperties": false
    }"##,
    compile,
};

#[derive(Debug)]
struct Sum {
    of: Field,
    is: Demand<Compiled>,
    from: Option<TypedTemplate>,
}

#[derive(Debug)]
struct ResolvedSum {
    of: Field,
    is: Demand<Resolved>,
    from: Option<Value>,
}

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let [of, is, from] = object(argument, ["of", "is", "from"], compiler)?;
    let (Some(of), Some(is)) = (of, is) else {
        compiler.findings.push(
            Finding::new(&argument.span, "`of` and `is` are both needed")
                .with_hint("write { of: field, is: what the sum must be }"),
        );
        return None;
    };
    let is = compiler.demand(is);
    let of = field(of, compiler)?;
    let from = from.map(|from| TypedTemplate::read(from, ArgumentType::Number, compiler));
    Some(operator(Sum { of, is, from }))
}

impl CompiledOperator for Sum {
    fn references(&self) -> Vec<&Reference> {
        self.from
            .iter()
            .flat_map(TypedTemplate::references)
            .collect()
    }

    fn required(&self, _of_string: bool) -> Vec<RequiredKinds<'_>> {
        self.from.iter().flat_map(TypedTemplate::required).collect()
    }

    fn below(&self) -> Vec<&Demand<Compiled>> {
        vec![&self.is]
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(ResolvedSum {
            of: self.of.clone(),
            is: resolve(&self.is, scope)?,
            from: self
                .from
                .as_ref()
                .map(|from| from.render(scope))
                .transpose()?,
        }))
    }

    fn kinds(&self) -> Kinds {
        Kinds::ARRAY
    }

    fn fields(&self) -> Vec<&Field> {
        vec![&self.of]
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            length: Some(LengthConstraint::Range(LengthRange::AtLeast(1))),
            apart: vec![&self.is],
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for ResolvedSum {
    fn below(&self) -> Vec<&Demand<Resolved>> {
        vec![&self.is]
    }

    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let Some(elements) = Elements::at_least_one(comparison, tally) else {
            return;
        };
        let first = match &self.from {
            None => None,
            Some(Value::Number(number)) => Some(number),
            Some(_) => {
                let why = format!("what {} is added to is no number", self.of);
                tally.undecide(Obstacle::Value, || elements.mismatch(why));
                return;
            }
        };
        let mut numbers = Vec::new();
        for (index, item) in elements.iter() {
            match self.of.of(item) {
                Some(Value::Number(number)) => numbers.push(number),
                Some(Value::String(_)) => {
                    let why = format!("its {} is a string; only numbers are added up", self.of);
                    tally.undecide(Obstacle::Value, || elements.mismatch_at(index, why));
                }
                Some(_) => {
                    let why = format!("its {} is not a number", self.of);
                    tally.undecide(Obstacle::Value, || elements.mismatch_at(index, why));
                }
                None => {
                    let why = format!("it has no {}", self.of);
                    tally.miss(1, || elements.mismatch_at(index, why));
                }
            }
        }
        if numbers.len() == elements.items.len() {
            let Some(total) = number::sum(first.into_iter().chain(numbers)) else {
                let why = format!("a {} is too long or too large to be added up", self.of);
                tally.undecide(Obstacle::Unreadable, || elements.mismatch(why));
                return;
            };
            let total = Value::Number(total);
            let what = format!("sum of {}", self.of);
            let place = Place::Derived(comparison.place, &what);
            check(&self.is, Subject::Value(&total), &place, tally);
        }
    }

    fn describe(&self, inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        let from = self.from.as_ref().map(describe_value);
        let from = from
            .map(|from| format!(", from {from},"))
            .unwrap_or_default();
        format!(
            "an array whose {}{from} add up to {}",
            self.of,
            inner(&self.is)
        )
    }
}
