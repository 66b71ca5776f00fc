//! Finds demands that compare nothing: `{ $not: $any }`, `{ $length: { $at_least: 0 } }`, `$any_of` with `$any` and `$absent`.
//!
//! Only what is certain whatever document comes is found. Demands that can never be met are found in `contradiction`.

use super::accept::accepted;
use super::contradiction::every_length;
use super::demand::{Compiled, Demand, DemandKind, LengthConstraint};
use crate::source::Finding;
use crate::value::kinds::Kinds;

/// Reports demands, in a compiled matcher, that hold or fail whatever comes.
pub(super) fn find(demand: &Demand<Compiled>, findings: &mut Vec<Finding>) {
    if let Some(finding) = finding(demand) {
        findings.push(finding);
        return;
    }
    for below in demand.below() {
        find(below, findings);
    }
}

/// For which subjects something is certain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Certain {
    /// For every value that is there.
    present: bool,
    /// For a missing value.
    absent: bool,
}

impl Certain {
    fn and(self, other: Self) -> Self {
        Self {
            present: self.present && other.present,
            absent: self.absent && other.absent,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            present: self.present || other.present,
            absent: self.absent || other.absent,
        }
    }

    fn is_all(self) -> bool {
        self.present && self.absent
    }
}

/// Returns for which subjects a demand certainly holds.
fn holds(demand: &Demand<Compiled>) -> Certain {
    match &demand.kind {
        DemandKind::Word(word) => Certain {
            present: word.name == "$any",
            absent: word.name == "$absent",
        },
        DemandKind::All(demands) => demands
            .iter()
            .map(holds)
            .reduce(Certain::and)
            .unwrap_or_default(),
        DemandKind::Operator(operator) => {
            let constraints = operator.constraints();
            match constraints.negates {
                Some(negated) => fails(negated),
                None => constraints
                    .alternatives
                    .into_iter()
                    .map(holds)
                    .reduce(Certain::or)
                    .unwrap_or_default(),
            }
        }
        DemandKind::Literal(_) | DemandKind::Array(_) | DemandKind::Object(_) => Certain::default(),
    }
}

/// Returns for which subjects a demand certainly fails.
fn fails(demand: &Demand<Compiled>) -> Certain {
    if let DemandKind::Operator(operator) = &demand.kind
        && let Some(negated) = operator.constraints().negates
    {
        return holds(negated);
    }
    let kinds = accepted(demand);
    Certain {
        present: kinds.excludes(Kinds::PRESENT),
        absent: kinds.excludes(Kinds::ABSENT),
    }
}

/// Says that a demand compares nothing, if that is certain.
fn finding(demand: &Demand<Compiled>) -> Option<Finding> {
    let DemandKind::Operator(operator) = &demand.kind else {
        return None;
    };
    let constraints = operator.constraints();
    let span = &demand.span;
    if let Some(negated) = constraints.negates {
        if holds(negated).is_all() {
            return Some(
                Finding::new(span, "this never holds: what it negates always does")
                    .with_hint("write what must not come in place of it"),
            );
        }
        return holds(negated).present.then(|| {
            Finding::new(span, "no value meets this: only a missing one does")
                .with_hint("write `$absent`")
        });
    }
    if let Some(refused) = constraints.refuses {
        if fails(refused).present {
            return Some(
                Finding::new(span, "this holds of every array: no element can match")
                    .with_hint("an element is always there; write what none of them may be, or `$length: 0` for an empty array"),
            );
        }
        return holds(refused).present.then(|| {
            Finding::new(span, "every element matches this, so only an empty array is left, and in it nothing is compared")
                .with_hint("write `$length: 0` for an empty array")
        });
    }
    if holds(demand).is_all() {
        return Some(
            Finding::new(span, "this holds whatever comes, also if nothing does")
                .with_hint("remove it, or remove the alternative that accepts everything"),
        );
    }
    match constraints.length {
        Some(LengthConstraint::Matching(inner)) if every_length(inner) => Some(
            Finding::new(span, "every length meets this")
                .with_hint("write `$not_empty`, or `$length: { $at_least: 1 }`"),
        ),
        _ => None,
    }
}
