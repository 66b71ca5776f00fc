//! Finds demands that compare nothing: `{ $not: $any }`, `{ $length: { $at_least: 0 } }`, `{ $starts_with: "" }`,
//! `$any_of` with `$any` and `$absent`.
//!
//! Only what is certain whatever document comes is found. Demands that can never be met are found in `contradiction`.

use super::accept::accepted;
use super::contradiction::every_length;
use super::demand::{Compiled, Demand, DemandKind, EveryString, LengthConstraint};
use crate::source::{Finding, Span};
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

/// Returns the kinds of which a demand certainly accepts every value; absence is one of them.
fn holds(demand: &Demand<Compiled>) -> Kinds {
    match &demand.kind {
        DemandKind::Word(word) if word.accepts_all => word.kinds,
        DemandKind::All(demands) => demands
            .iter()
            .map(holds)
            .reduce(Kinds::and)
            .unwrap_or(Kinds::NONE),
        DemandKind::Operator(operator) => {
            let constraints = operator.constraints();
            if constraints.strings == Some(EveryString::Any) {
                return Kinds::STRING;
            }
            match constraints.negates {
                Some(negated) => fails(negated),
                None => constraints
                    .alternatives
                    .into_iter()
                    .map(holds)
                    .fold(Kinds::NONE, Kinds::or),
            }
        }
        DemandKind::Word(_)
        | DemandKind::Literal(_)
        | DemandKind::Array(_)
        | DemandKind::Object(_) => Kinds::NONE,
    }
}

/// Returns the kinds of which a demand certainly accepts no value.
fn fails(demand: &Demand<Compiled>) -> Kinds {
    if let DemandKind::Operator(operator) = &demand.kind
        && let Some(negated) = operator.constraints().negates
    {
        return holds(negated);
    }
    Kinds::ALL.without(accepted(demand))
}

/// Says that a demand compares nothing, if that is certain.
fn finding(demand: &Demand<Compiled>) -> Option<Finding> {
    let DemandKind::Operator(operator) = &demand.kind else {
        return None;
    };
    let constraints = operator.constraints();
    let span = &demand.span;
    if let Some(negated) = constraints.negates {
        return of_negation(negated, span);
    }
    if let Some(refused) = constraints.refuses {
        return of_refusal(refused, span);
    }
    if let Some(each) = constraints.each {
        return holds(each).includes(Kinds::PRESENT).then(|| {
            Finding::new(
                span,
                "every element meets this, so only an empty array does not",
            )
            .with_hint("write `$not_empty`, or what every element must be")
        });
    }
    if let Some(strings) = constraints.strings {
        return Some(of_strings(strings, accepted(demand), span));
    }
    if holds(demand) == Kinds::ALL {
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

/// Says that a negation compares nothing.
fn of_negation(negated: &Demand<Compiled>, span: &Span) -> Option<Finding> {
    let held = holds(negated);
    if held == Kinds::ALL {
        return Some(
            Finding::new(span, "this never holds: what it negates always does")
                .with_hint("write what must not come in place of it"),
        );
    }
    held.includes(Kinds::PRESENT).then(|| {
        Finding::new(span, "no value meets this: only a missing one does")
            .with_hint("write `$absent`")
    })
}

/// Says that what no element may be is what none is, or what each is.
fn of_refusal(refused: &Demand<Compiled>, span: &Span) -> Option<Finding> {
    if fails(refused).includes(Kinds::PRESENT) {
        return Some(
            Finding::new(span, "this holds of every array: no element can match")
                .with_hint("an element is always there; write what none of them may be, or `$length: 0` for an empty array"),
        );
    }
    holds(refused).includes(Kinds::PRESENT).then(|| {
        Finding::new(span, "every element matches this, so only an empty array is left, and in it nothing is compared")
            .with_hint("write `$length: 0` for an empty array")
    })
}

/// Says that every string is accepted.
fn of_strings(strings: EveryString, kinds: Kinds, span: &Span) -> Finding {
    match strings {
        EveryString::OfOneLine => Finding::new(span, "every string without a line break meets this")
            .with_hint("write `$text` if any string will do; against line breaks `{ $not: { $contains: \"\\n\" } }`"),
        EveryString::Any if kinds.excludes(Kinds::ARRAY) => {
            Finding::new(span, "every string meets this")
                .with_hint("write `$text` if any string will do, `$not_empty` for one that is not empty, or what it must be")
        }
        EveryString::Any => Finding::new(span, "every string contains this")
            .with_hint("write what it must contain; for an array with an empty string in it write `{ $some: \"\" }`"),
    }
}
