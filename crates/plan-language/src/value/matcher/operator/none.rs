//! `$none`: a demand that no element of an array may meet.

use crate::source::Node;
use crate::value::kinds::Kinds;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, Phase, Resolved,
    ResolvedOperator,
};
use crate::value::matcher::describe::describe_element;
use crate::value::matcher::elements::Elements;
use crate::value::matcher::place::Items;
use crate::value::matcher::resolve::resolve;
use crate::value::matcher::tally::{Answer, Tally};
use crate::value::reference::{Scope, Unset};
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$none",
    doc: "no element matches",
    example: r#"{ $none: { status: cancelled } }"#,
    argument: r##"{ "$ref": "#/$defs/matcher" }"##,
    compile,
};

#[derive(Debug)]
struct NoElement<P: Phase>(Demand<P>);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    Some(operator(NoElement(compiler.demand(argument))))
}

impl CompiledOperator for NoElement<Compiled> {
    fn below(&self) -> Vec<&Demand<Compiled>> {
        vec![&self.0]
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(NoElement(resolve(&self.0, scope)?)))
    }

    fn kinds(&self) -> Kinds {
        Kinds::ARRAY
    }

    fn on_elements(&self) -> Vec<&Demand<Compiled>> {
        vec![&self.0]
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            apart: vec![&self.0],
            refuses: Some(&self.0),
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for NoElement<Resolved> {
    fn below(&self) -> Vec<&Demand<Resolved>> {
        vec![&self.0]
    }

    fn negates(&self) -> bool {
        true
    }

    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let Some(elements) = Elements::of(comparison, tally) else {
            return;
        };
        let answers = elements.answers(&self.0);
        // An empty array of the document was seen to be empty; a path that found nothing may be misspelt.
        if answers.is_empty() && matches!(elements.items, Items::Array(_)) {
            tally.hold();
        }
        let matching = answers.iter().filter(|answer| **answer == Answer::Holds);
        let found = matching.count();
        for (index, answer) in answers.iter().enumerate() {
            match answer {
                Answer::Holds => {
                    let why = format!("found {found} of {}", elements.items.len());
                    tally.miss(1, || elements.mismatch_at(index, why));
                }
                Answer::Breaks => tally.hold(),
                Answer::Undecided => {}
            }
        }
        elements.undecide(&answers, &self.0, tally);
    }

    fn describe(&self, inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("no {}", describe_element(&self.0, inner))
    }
}
