//! `$in`: one of the elements of an array, such as one that was captured.

use crate::source::Node;
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::{ArgumentType, TypedTemplate};
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Demand, DemandKind, RequiredKinds, Resolved,
    ResolvedOperator,
};
use crate::value::matcher::describe::describe_value;
use crate::value::matcher::tally::Tally;
use crate::value::reference::{Reference, Scope, Unset};
use serde_json::Value;
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$in",
    doc: "one of the elements of this array, such as one that was captured",
    example: r#"{ $in: "${known}" }"#,
    argument: r##"{ "anyOf": [{ "type": "array" }, { "type": "string" }] }"##,
    compile,
};

#[derive(Debug)]
struct In(TypedTemplate);

#[derive(Debug)]
struct ResolvedIn(Value);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let argument = TypedTemplate::read(argument, ArgumentType::Array, compiler);
    Some(operator(In(argument)))
}

impl CompiledOperator for In {
    fn references(&self) -> Vec<&Reference> {
        self.0.references()
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(ResolvedIn(self.0.render(scope)?)))
    }

    fn kinds(&self) -> Kinds {
        Kinds::PRESENT
    }

    fn required(&self, _of_string: bool) -> Vec<RequiredKinds<'_>> {
        self.0.required()
    }
}

impl ResolvedOperator for ResolvedIn {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let elements = self.0.as_array().map_or(&[][..], Vec::as_slice);
        comparison.count_equal_to_one(elements, tally);
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("one of {}", describe_value(&self.0))
    }
}
