//! `$some`: a demand that at least one element of an array meets.

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
    name: "$some",
    doc: "at least one element matches",
    example: r#"{ $some: { id: "${id}" } }"#,
    argument: r##"{ "$ref": "#/$defs/matcher" }"##,
    compile,
};

#[derive(Debug)]
struct SomeElement<P: Phase>(Demand<P>);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    Some(operator(SomeElement(compiler.demand(argument))))
}

impl CompiledOperator for SomeElement<Compiled> {
    fn below(&self) -> Vec<&Demand<Compiled>> {
        vec![&self.0]
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(SomeElement(resolve(&self.0, scope)?)))
    }

    fn kinds(&self) -> Kinds {
        Kinds::ARRAY
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            length: Some(LengthConstraint::Range(LengthRange::AtLeast(1))),
            elements: vec![vec![&self.0]],
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for SomeElement<Resolved> {
    fn below(&self) -> Vec<&Demand<Resolved>> {
        vec![&self.0]
    }

    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let Some(elements) = Elements::of(comparison, tally) else {
            return;
        };
        elements.some(&self.0, self.0.weight(), tally);
    }

    fn describe(&self, inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("an {}", describe_element(&self.0, inner))
    }
}
