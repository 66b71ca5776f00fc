//! `$one`: exactly one element of an array is selected, and it is as demanded.

use crate::source::{Finding, Node};
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::object;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, LengthConstraint,
    Phase, Resolved, ResolvedOperator,
};
use crate::value::matcher::describe::describe_element;
use crate::value::matcher::elements::Elements;
use crate::value::matcher::length::LengthRange;
use crate::value::matcher::resolve::resolve;
use crate::value::matcher::tally::{Answer, Tally};
use crate::value::reference::{Scope, Unset};
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$one",
    doc: "exactly one element matches `where`, and it matches `is`",
    example: r#"{ $one: { where: { id: "${id}" }, is: { status: active } } }"#,
    argument: r##"{
        "type": "object",
        "required": ["where"],
        "properties": {
            "where": {
                "$ref": "#/$defs/matcher",
                "description": "Selects the element. Example: `{ id: \"${id}\" }`"
            },
            "is": {
                "$ref": "#/$defs/matcher",
                "description": "What the element must be. Example: `{ status: active }`"
            }
        },
        "additionalProperties": false
    }"##,
    compile,
};

/// How many positions a sentence names.
const POSITIONS_NAMED_MAX: usize = 5;

#[derive(Debug)]
struct One<P: Phase> {
    selection: Demand<P>,
    is: Option<Demand<P>>,
}

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let [selection, is] = object(argument, ["where", "is"], compiler)?;
    let Some(selection) = selection else {
        compiler.findings.push(
            Finding::new(&argument.span, "`where` is missing")
                .with_hint("write { where: what selects the element, is: what it must be }"),
        );
        return None;
    };
    Some(operator(One {
        selection: compiler.demand(selection),
        is: is.map(|is| compiler.demand(is)),
    }))
}

impl<P: Phase> One<P> {
    fn demands(&self) -> Vec<&Demand<P>> {
        std::iter::once(&self.selection).chain(&self.is).collect()
    }
}

impl CompiledOperator for One<Compiled> {
    fn below(&self) -> Vec<&Demand<Compiled>> {
        self.demands()
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        let is = self.is.as_ref();
        Ok(Arc::new(One {
            selection: resolve(&self.selection, scope)?,
            is: is.map(|is| resolve(is, scope)).transpose()?,
        }))
    }

    fn kinds(&self) -> Kinds {
        Kinds::ARRAY
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            length: Some(LengthConstraint::Range(LengthRange::AtLeast(1))),
            elements: vec![self.demands()],
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for One<Resolved> {
    fn below(&self) -> Vec<&Demand<Resolved>> {
        self.demands()
    }

    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let Some(elements) = Elements::of(comparison, tally) else {
            return;
        };
        let answers = elements.answers(&self.selection);
        let indexed = answers.iter().enumerate();
        let selected: Vec<usize> = indexed
            .filter(|(_, answer)| **answer == Answer::Holds)
            .map(|(index, _)| index)
            .collect();
        match *selected {
            [] if !answers.contains(&Answer::Undecided) => {
                elements.miss_all(&self.selection, comparison.demand.weight(), tally);
            }
            [] => elements.undecide(&answers, &self.selection, tally),
            [index] => {
                tally.hold();
                if let Some(is) = &self.is {
                    elements.check(index, is, tally);
                }
                // An element that may be selected, too, would be a second one.
                elements.undecide(&answers, &self.selection, tally);
            }
            _ => tally.miss(selected.len() - 1, || {
                let positions = name_positions(&selected);
                elements.mismatch(format!("{} elements match: {positions}", selected.len()))
            }),
        }
    }

    fn describe(&self, inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        let element = describe_element(&self.selection, inner);
        match &self.is {
            None => format!("exactly one {element}"),
            Some(is) => format!("exactly one {element}, which is {}", inner(is)),
        }
    }
}

fn name_positions(positions: &[usize]) -> String {
    let named: Vec<String> = positions
        .iter()
        .take(POSITIONS_NAMED_MAX)
        .map(|position| format!("[{position}]"))
        .collect();
    match positions.len().checked_sub(POSITIONS_NAMED_MAX) {
        Some(more @ 1..) => format!("{} and {more} more", named.join(", ")),
        _ => named.join(", "),
    }
}
