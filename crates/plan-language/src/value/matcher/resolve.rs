//! Puts the values of references into a compiled matcher.

use super::demand::{Compiled, Demand, DemandKind, ObjectEntry, Resolved};
use crate::value::reference::{Scope, Unset};

/// Resolves a demand and all below it.
///
/// # Errors
///
/// The first reference that names nothing or whose value cannot be used where it stands.
pub(super) fn resolve(
    demand: &Demand<Compiled>,
    scope: &dyn Scope,
) -> Result<Demand<Resolved>, Unset> {
    let kind = match &demand.kind {
        DemandKind::Word(word) => DemandKind::Word(word),
        DemandKind::Literal(template) => DemandKind::Literal(template.render(scope)?),
        DemandKind::Array(demands) => DemandKind::Array(resolve_all(demands, scope)?),
        DemandKind::All(demands) => DemandKind::All(resolve_all(demands, scope)?),
        DemandKind::Object(entries) => DemandKind::Object(
            entries
                .iter()
                .map(|entry| {
                    Ok(ObjectEntry {
                        span: entry.span.clone(),
                        selector: entry.selector.clone(),
                        demand: resolve(&entry.demand, scope)?,
                    })
                })
                .collect::<Result<_, Unset>>()?,
        ),
        DemandKind::Operator(operator) => DemandKind::Operator(operator.resolve(scope)?),
    };
    Ok(Demand {
        span: demand.span.clone(),
        kind,
    })
}

/// Resolves several demands; as [`resolve`].
///
/// # Errors
///
/// As [`resolve`].
pub(super) fn resolve_all(
    demands: &[Demand<Compiled>],
    scope: &dyn Scope,
) -> Result<Vec<Demand<Resolved>>, Unset> {
    demands
        .iter()
        .map(|demand| resolve(demand, scope))
        .collect()
}
