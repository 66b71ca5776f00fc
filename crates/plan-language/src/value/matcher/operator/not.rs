//! `$not`: a demand that must not hold.

use crate::source::Node;
use crate::value::kinds::Kinds;
use crate::value::matcher::check::check;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, Phase, Resolved,
    ResolvedOperator,
};
use crate::value::matcher::place::Subject;
use crate::value::matcher::resolve::resolve;
use crate::value::matcher::tally::{Answer, Tally};
use crate::value::reference::{Scope, Unset};
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$not",
    doc: "the matcher does not hold; a missing value matches, too",
    example: r#"{ $not: cancelled }"#,
    argument: r##"{ "$ref": "#/$defs/matcher" }"##,
    compile,
};

#[derive(Debug)]
struct Not<P: Phase>(Demand<P>);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    Some(operator(Not(compiler.demand(argument))))
}

impl CompiledOperator for Not<Compiled> {
    fn below(&self) -> Vec<&Demand<Compiled>> {
        vec![&self.0]
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(Not(resolve(&self.0, scope)?)))
    }

    fn kinds(&self) -> Kinds {
        Kinds::ALL
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            alternatives: vec![&self.0],
            negates: Some(&self.0),
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for Not<Resolved> {
    fn below(&self) -> Vec<&Demand<Resolved>> {
        vec![&self.0]
    }

    fn passes_subject_on(&self) -> bool {
        true
    }

    fn negates(&self) -> bool {
        true
    }

    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let mut inner = Tally::new(tally.mode.of_part());
        check(&self.0, comparison.subject, comparison.place, &mut inner);
        match inner.answer() {
            Answer::Holds => comparison.count(false, tally),
            Answer::Undecided => tally.undecide_as(&inner),
            // Of what is missing nothing was compared: it holds, and is no evidence.
            Answer::Breaks
                if matches!(comparison.subject, Subject::Missing | Subject::Hits([])) => {}
            Answer::Breaks => tally.hold(),
        }
    }

    fn describe(&self, inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("not {}", inner(&self.0))
    }
}
