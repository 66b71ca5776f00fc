//! `$length`: how many characters, elements or keys a value has.

use crate::source::Node;
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::required;
use crate::value::matcher::check::check;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, LengthConstraint,
    Phase, RequiredKinds, Resolved, ResolvedOperator,
};
use crate::value::matcher::place::{Items, Place, Subject};
use crate::value::matcher::resolve::resolve;
use crate::value::matcher::tally::Tally;
use crate::value::reference::{Scope, Unset};
use serde_json::Value;
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$length",
    doc: "the number of characters, elements or keys: a number or a matcher",
    example: r#"{ $length: { $at_most: 100 } }"#,
    argument: r##"{ "$ref": "#/$defs/matcher" }"##,
    compile,
};

#[derive(Debug)]
struct Length<P: Phase>(Demand<P>);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    Some(operator(Length(compiler.demand(argument))))
}

impl CompiledOperator for Length<Compiled> {
    fn below(&self) -> Vec<&Demand<Compiled>> {
        vec![&self.0]
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(Length(resolve(&self.0, scope)?)))
    }

    fn kinds(&self) -> Kinds {
        Kinds::STRING.or(Kinds::ARRAY).or(Kinds::OBJECT)
    }

    fn required(&self, _of_string: bool) -> Vec<RequiredKinds<'_>> {
        let parts = self.0.parts().into_iter();
        let compared = parts.filter_map(|part| part.compared());
        compared
            .flat_map(|(template, _)| required(template, Kinds::NUMBER))
            .collect()
    }

    fn requires_for_below(&self) -> bool {
        true
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            length: Some(LengthConstraint::Matching(&self.0)),
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for Length<Resolved> {
    fn below(&self) -> Vec<&Demand<Resolved>> {
        vec![&self.0]
    }

    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let length = match comparison.subject {
            Subject::Value(Value::String(text)) => Some(text.chars().count()),
            Subject::Value(Value::Object(entries)) => Some(entries.len()),
            other => other.items().map(Items::len),
        };
        match length {
            Some(length) => {
                let length = Value::from(length);
                let place = Place::Derived(comparison.place, "length");
                check(&self.0, Subject::Value(&length), &place, tally);
            }
            None => comparison.count_sized(tally),
        }
    }

    fn describe(&self, inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("a length of {}", inner(&self.0))
    }
}
