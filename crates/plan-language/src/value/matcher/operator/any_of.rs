//! `$any_of`: alternatives, of which one must hold.

use crate::source::Node;
use crate::value::kinds::Kinds;
use crate::value::matcher::accept::accepted;
use crate::value::matcher::argument::matchers;
use crate::value::matcher::check::{check, first_difference};
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, Phase, Resolved,
    ResolvedOperator,
};
use crate::value::matcher::describe::join;
use crate::value::matcher::resolve::resolve_all;
use crate::value::matcher::tally::{Answer, Tally};
use crate::value::reference::{Scope, Unset};
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$any_of",
    doc: "at least one of the listed matchers holds",
    example: r#"{ $any_of: [ $absent, [] ] }"#,
    argument: r##"{ "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/matcher" } }"##,
    compile,
};

#[derive(Debug)]
struct AnyOf<P: Phase>(Vec<Demand<P>>);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let alternatives = matchers(argument, compiler)?;
    Some(operator(AnyOf(alternatives)))
}

impl CompiledOperator for AnyOf<Compiled> {
    fn below(&self) -> Vec<&Demand<Compiled>> {
        self.0.iter().collect()
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(AnyOf(resolve_all(&self.0, scope)?)))
    }

    fn kinds(&self) -> Kinds {
        let kinds = self.0.iter().map(accepted);
        kinds.reduce(Kinds::or).unwrap_or(Kinds::ALL)
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            alternatives: self.0.iter().collect(),
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for AnyOf<Resolved> {
    fn below(&self) -> Vec<&Demand<Resolved>> {
        self.0.iter().collect()
    }

    fn passes_subject_on(&self) -> bool {
        true
    }

    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let (subject, place) = (comparison.subject, comparison.place);
        let mut nearest: Option<(usize, &Demand<Resolved>)> = None;
        let mut undecided = Vec::new();
        for alternative in &self.0 {
            let mut tried = Tally::new(tally.mode.of_part());
            check(alternative, subject, place, &mut tried);
            if nearest.is_none_or(|(least, _)| tried.unmet < least) {
                nearest = Some((tried.unmet, alternative));
            }
            match tried.answer() {
                Answer::Holds => {
                    tally.checked += tried.checked;
                    return;
                }
                Answer::Undecided => undecided.push(tried),
                Answer::Breaks => {}
            }
        }
        if !undecided.is_empty() {
            undecided.iter().for_each(|tried| tally.undecide_as(tried));
            return;
        }
        let weight = nearest.map_or(1, |(unmet, _)| unmet.max(1));
        tally.miss(weight, || {
            let difference =
                nearest.and_then(|(_, nearest)| first_difference(nearest, subject, place));
            comparison
                .mismatch(difference.map(|difference| format!("closest alternative: {difference}")))
        });
    }

    fn describe(&self, inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        join(&self.0, " or ", inner)
    }
}
