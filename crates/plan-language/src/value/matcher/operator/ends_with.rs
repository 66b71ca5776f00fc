//! `$ends_with`: the end of a string.

use crate::source::Node;
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::{ArgumentType, TypedTemplate};
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, EveryString,
    RequiredKinds, Resolved, ResolvedOperator,
};
use crate::value::matcher::describe::describe_value;
use crate::value::matcher::tally::Tally;
use crate::value::reference::{Reference, Scope, Unset};
use serde_json::Value;
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$ends_with",
    doc: "a string that ends with this string",
    example: r#"{ $ends_with: /auth }"#,
    argument: r##"{ "type": "string" }"##,
    compile,
};

#[derive(Debug)]
struct EndsWith(TypedTemplate);

#[derive(Debug)]
struct ResolvedEndsWith(String);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let argument = TypedTemplate::read(argument, ArgumentType::String, compiler);
    Some(operator(EndsWith(argument)))
}

impl CompiledOperator for EndsWith {
    fn references(&self) -> Vec<&Reference> {
        self.0.references()
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(ResolvedEndsWith(self.0.render_string(scope)?)))
    }

    fn kinds(&self) -> Kinds {
        Kinds::STRING
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            strings: self.0.is_empty_string().then_some(EveryString::Any),
            ..Constraints::default()
        }
    }

    fn required(&self, _of_string: bool) -> Vec<RequiredKinds<'_>> {
        self.0.required()
    }
}

impl ResolvedOperator for ResolvedEndsWith {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        comparison.count_part(&self.0, |text| text.ends_with(&self.0), tally);
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!(
            "a string that ends with {}",
            describe_value(&Value::from(self.0.as_str()))
        )
    }
}
