//! Which members of a value a matcher looks at; what members there are is known elsewhere. Judges none of them.

use super::accept::accepted;
use super::demand::{Compiled, Demand, DemandKind, Selector};
use crate::source::Span;
use crate::value::kinds::Kinds;
use crate::value::path_outline::PathStep;

/// A member that a matcher looks at.
#[derive(Debug)]
pub struct MemberUse<'m> {
    /// The way to it from the value.
    pub steps: &'m [PathStep],
    /// Where it is named.
    pub span: &'m Span,
    /// The kinds that are accepted there; absence is one of them.
    pub kinds: Kinds,
}

/// Visits the members at which a demand looks; `steps` leads to its subject, which `are_hits` says to be many.
pub(super) fn visit(
    demand: &Demand<Compiled>,
    steps: &mut Vec<PathStep>,
    are_hits: bool,
    found: &mut dyn FnMut(&MemberUse<'_>),
) {
    match &demand.kind {
        DemandKind::Word(_) | DemandKind::Literal(_) => {}
        DemandKind::All(demands) => {
            for part in demands {
                visit(part, steps, are_hits, found);
            }
        }
        DemandKind::Array(demands) => {
            for element in demands {
                on_element(element, steps, are_hits, found);
            }
        }
        DemandKind::Object(entries) => {
            for entry in entries {
                visit_entry(&entry.selector, &entry.span, &entry.demand, steps, found);
            }
        }
        DemandKind::Operator(operator) => {
            let constraints = operator.constraints();
            for alternative in constraints.alternatives {
                visit(alternative, steps, are_hits, found);
            }
            let of_constraints = constraints.elements.into_iter().flatten();
            let elements = of_constraints.chain(constraints.each);
            for element in elements.chain(operator.on_elements()) {
                on_element(element, steps, are_hits, found);
            }
            for field in operator.fields() {
                let before = steps.len();
                steps.extend((!are_hits).then_some(PathStep::Every));
                steps.extend(field.keys().iter().cloned().map(PathStep::Key));
                found(&MemberUse {
                    steps,
                    span: &demand.span,
                    kinds: Kinds::ALL,
                });
                steps.truncate(before);
            }
        }
    }
}

fn on_element(
    demand: &Demand<Compiled>,
    steps: &mut Vec<PathStep>,
    are_hits: bool,
    found: &mut dyn FnMut(&MemberUse<'_>),
) {
    let before = steps.len();
    // The values that a path found are the elements.
    steps.extend((!are_hits).then_some(PathStep::Every));
    visit(demand, steps, false, found);
    steps.truncate(before);
}

fn visit_entry(
    selector: &Selector,
    span: &Span,
    demand: &Demand<Compiled>,
    steps: &mut Vec<PathStep>,
    found: &mut dyn FnMut(&MemberUse<'_>),
) {
    let before = steps.len();
    match selector {
        Selector::Key(key) => {
            steps.push(PathStep::Key(key.clone()));
            let kinds = accepted(demand);
            found(&MemberUse { steps, span, kinds });
            visit(demand, steps, false, found);
        }
        Selector::Path(path) => {
            let Some(outline) = path.outline() else {
                return;
            };
            for way in outline.ways() {
                steps.extend(way.iter().cloned());
                found(&MemberUse {
                    steps,
                    span,
                    kinds: Kinds::ALL,
                });
                steps.truncate(before);
            }
            steps.extend(outline.steps);
            visit(demand, steps, !path.is_singular(), found);
        }
    }
    steps.truncate(before);
}
