//! `$each`: a demand on every element of an array.

use crate::source::Node;
use crate::value::kinds::Kinds;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, LengthConstraint,
    Phase, Resolved, ResolvedOperator,
};
use crate::value::matcher::describe::describe_element;
use crate::value::matcher::elements::Elements;
use crate::value::matcher::length::LengthRange;
use crate::value::matcher::resolve::resolve;
use crate::value::matcher::tally::Tally;
use crate::value::reference::{Scope, Unset};
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$each",
    doc: "every element matches; an empty array is undecided",
    example: r#"{ $each: { id: $uuid } }"#,
    argument: r##"{ "$ref": "#/$defs/matcher" }"##,
    compile,
};

#[derive(Debug)]
struct Each<P: Phase>(Demand<P>);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    Some(operator(Each(compiler.demand(argument))))
}

impl CompiledOperator for Each<Compiled> {
    fn below(&self) -> Vec<&Demand<Compiled>> {
        vec![&self.0]
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(Each(resolve(&self.0, scope)?)))
    }

    fn kinds(&self) -> Kinds {
        Kinds::ARRAY
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            length: Some(LengthConstraint::Range(LengthRange::AtLeast(1))),
            each: Some(&self.0),
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for Each<Resolved> {
    fn below(&self) -> Vec<&Demand<Resolved>> {
        vec![&self.0]
    }

    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let Some(elements) = Elements::at_least_one(comparison, tally) else {
            return;
        };
        for (index, _) in elements.iter() {
            elements.check(index, &self.0, tally);
        }
    }

    fn describe(&self, inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        let element = describe_element(&self.0, inner);
        let every = element
            .strip_prefix("element that is ")
            .map(|phrase| format!("element is {phrase}"))
            .or_else(|| {
                let entries = element.strip_prefix("element with ")?;
                Some(format!("element has {entries}"))
            });
        format!("an array in which every {}", every.unwrap_or(element))
    }
}
