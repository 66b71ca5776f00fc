//! `$equals`: exactly a value, without further keys and without operators in it.

use crate::source::Node;
use crate::value::equality::names;
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::required;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, RequiredKinds,
    Resolved, ResolvedOperator, leaves,
};
use crate::value::matcher::describe::describe_value;
use crate::value::matcher::place::Subject;
use crate::value::matcher::tally::Tally;
use crate::value::reference::{Reference, Scope, Unset};
use crate::value::template::Template;
use serde_json::Value;
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$equals",
    doc: "exactly this value: objects without further keys; `$` has no meaning in it, but references do",
    example: r#"{ $equals: { id: "${id}" } }"#,
    argument: r##"{}"##,
    compile,
};

#[derive(Debug)]
struct Equals(Template);

#[derive(Debug)]
struct ResolvedEquals(Value);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let template = Template::compile(argument, compiler.findings);
    Some(operator(Equals(template)))
}

impl CompiledOperator for Equals {
    fn references(&self) -> Vec<&Reference> {
        self.0.references()
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(ResolvedEquals(self.0.render(scope)?)))
    }

    fn kinds(&self) -> Kinds {
        self.0.as_fixed().map_or(Kinds::PRESENT, Kinds::of)
    }

    fn required(&self, of_string: bool) -> Vec<RequiredKinds<'_>> {
        if of_string {
            required(&self.0, Kinds::STRING)
        } else {
            Vec::new()
        }
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            compared: Some(&self.0),
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for ResolvedEquals {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let held = match comparison.subject {
            Subject::Value(_) => {
                comparison.count_equal_to_one(std::slice::from_ref(&self.0), tally);
                return;
            }
            Subject::Hits(hits) => self.0.as_array().is_some_and(|items| {
                items.len() == hits.len()
                    && items
                        .iter()
                        .zip(hits)
                        .all(|(item, hit)| names(item, hit.value))
            }),
            Subject::Missing | Subject::Unread(_) => false,
        };
        comparison.count(held, tally);
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("exactly {}", describe_value(&self.0))
    }

    fn compared(&self) -> Option<&Value> {
        Some(&self.0)
    }

    fn weight(&self) -> usize {
        leaves(&self.0)
    }
}
