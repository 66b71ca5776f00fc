//! `$contains`: a part of a string, or an element of an array.

use crate::source::Node;
use crate::value::kinds::Kinds;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, EveryString, Phase,
    Resolved, ResolvedOperator,
};
use crate::value::matcher::elements::Elements;
use crate::value::matcher::resolve::resolve;
use crate::value::matcher::tally::Tally;
use crate::value::reference::{Scope, Unset};
use serde_json::Value;
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$contains",
    doc: "a string contains the string, or an array has an element that matches",
    example: r#"{ $contains: "/v1/" }"#,
    argument: r##"{ "$ref": "#/$defs/matcher" }"##,
    compile,
};

#[derive(Debug)]
struct Contains<P: Phase>(Demand<P>);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    Some(operator(Contains(compiler.demand(argument))))
}

impl CompiledOperator for Contains<Compiled> {
    fn below(&self) -> Vec<&Demand<Compiled>> {
        vec![&self.0]
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(Contains(resolve(&self.0, scope)?)))
    }

    fn kinds(&self) -> Kinds {
        Kinds::STRING.or(Kinds::ARRAY)
    }

    fn on_elements(&self) -> Vec<&Demand<Compiled>> {
        vec![&self.0]
    }

    fn constraints(&self) -> Constraints<'_> {
        let is_empty = matches!(
            &self.0.kind,
            DemandKind::Literal(template) if template.as_fixed() == Some(&Value::from(""))
        );
        Constraints {
            apart: vec![&self.0],
            strings: is_empty.then_some(EveryString::Any),
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for Contains<Resolved> {
    fn below(&self) -> Vec<&Demand<Resolved>> {
        vec![&self.0]
    }

    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let is_array = comparison.subject.items().is_some();
        match &self.0.kind {
            _ if is_array => {
                if let Some(elements) = Elements::of(comparison, tally) {
                    elements.some(&self.0, 1, tally);
                }
            }
            DemandKind::Literal(Value::String(part)) => {
                comparison.count_part(part, |text| text.contains(part), tally);
            }
            // A matcher other than a string asks for an element of an array.
            _ if comparison.string().is_some() => comparison.undecide_kind("an array", tally),
            _ => comparison.count_text(|_| false, tally),
        }
    }

    fn describe(&self, inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("a string or array that contains {}", inner(&self.0))
    }
}
