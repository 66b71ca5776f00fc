//! `$at_least`, `$at_most`, `$more_than`, `$less_than`: the side of a border on which a number, a date or a date-time lies.

use crate::source::Node;
use crate::value::equality::orders_in;
use crate::value::kind::kind_name;
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::{ArgumentType, TypedTemplate};
use crate::value::matcher::comparison::MASKED;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    BorderSide, Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind,
    RequiredKinds, Resolved, ResolvedOperator,
};
use crate::value::matcher::describe::describe_value;
use crate::value::matcher::tally::{Obstacle, Tally};
use crate::value::reference::{Reference, Scope, Unset};
use crate::value::zone::{NO_ZONE, Zone, bank_zone};
use serde_json::Value;
use std::cmp::Ordering;
use std::sync::Arc;

/// The row of `$at_least` in the table.
pub(super) const AT_LEAST: MatcherOperator = MatcherOperator {
    name: "$at_least",
    doc: "a number, a date or a date-time not below this one",
    example: r#"{ $at_least: 2 }"#,
    argument: r##"{ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}|\\$\\{" }] }"##,
    compile: |argument, compiler| compile(BorderSide::AtLeast, argument, compiler),
};

/// The row of `$at_most` in the table.
pub(super) const AT_MOST: MatcherOperator = MatcherOperator {
    name: "$at_most",
    doc: "a number, a date or a date-time not above this one",
    example: r#"{ $at_most: 1000 }"#,
    argument: r##"{ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}|\\$\\{" }] }"##,
    compile: |argument, compiler| compile(BorderSide::AtMost, argument, compiler),
};

/// The row of `$more_than` in the table.
pub(super) const MORE_THAN: MatcherOperator = MatcherOperator {
    name: "$more_than",
    doc: "a number, a date or a date-time above this one",
    example: r#"{ $more_than: 0 }"#,
    argument: r##"{ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}|\\$\\{" }] }"##,
    compile: |argument, compiler| compile(BorderSide::MoreThan, argument, compiler),
};

/// The row of `$less_than` in the table.
pub(super) const LESS_THAN: MatcherOperator = MatcherOperator {
    name: "$less_than",
    doc: "a number, a date or a date-time below this one",
    example: r#"{ $less_than: "2026-01-31" }"#,
    argument: r##"{ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}|\\$\\{" }] }"##,
    compile: |argument, compiler| compile(BorderSide::LessThan, argument, compiler),
};

#[derive(Debug)]
struct Border {
    side: BorderSide,
    border: TypedTemplate,
}

#[derive(Debug)]
struct ResolvedBorder {
    side: BorderSide,
    border: Value,
    /// The bank's zone, if the environment names one.
    zone: Option<Zone>,
}

fn compile(
    side: BorderSide,
    argument: &Node,
    compiler: &mut Compiler<'_>,
) -> Option<DemandKind<Compiled>> {
    let border = TypedTemplate::read(argument, ArgumentType::Border, compiler);
    Some(operator(Border { side, border }))
}

impl CompiledOperator for Border {
    fn references(&self) -> Vec<&Reference> {
        self.border.references()
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(ResolvedBorder {
            side: self.side,
            border: self.border.render(scope)?,
            zone: bank_zone(scope),
        }))
    }

    fn kinds(&self) -> Kinds {
        let fixed = self.border.template.as_fixed();
        fixed.map_or(Kinds::NUMBER.or(Kinds::STRING), Kinds::of)
    }

    fn required(&self, _of_string: bool) -> Vec<RequiredKinds<'_>> {
        self.border.required()
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            compared: Some(&self.border.template),
            side: Some(self.side),
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for ResolvedBorder {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let subject = comparison.subject.value();
        let orders = subject.and_then(|value| orders_in(value, &self.border, self.zone.as_ref()));
        let lies: Option<Vec<bool>> = orders.map(|orders| {
            let orders = orders.into_iter();
            orders.map(|order| lies_on(self.side, order)).collect()
        });
        match lies {
            Some(lies) if lies.iter().all(|&lies| lies) => comparison.count(true, tally),
            Some(lies) if lies.contains(&true) => {
                comparison.undecide(Obstacle::Unreadable, NO_ZONE.to_owned(), tally);
            }
            Some(_) => comparison.count(false, tally),
            None if comparison.is_handle() => {
                comparison.undecide(Obstacle::Unreadable, MASKED.to_owned(), tally);
            }
            // A missing value is neither before nor after.
            None => comparison.undecide(Obstacle::Value, self.why_no_order(subject), tally),
        }
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        match &self.border {
            Value::String(moment) => format!("{} {moment}", phrase_of_moments(self.side)),
            number => format!(
                "{} {}",
                phrase_of_numbers(self.side),
                describe_value(number)
            ),
        }
    }

    fn compared(&self) -> Option<&Value> {
        Some(&self.border)
    }
}

impl ResolvedBorder {
    /// Says why a subject has no order to the border.
    fn why_no_order(&self, subject: Option<&Value>) -> String {
        match (subject, &self.border) {
            (None, _) => "nothing is there to compare".to_owned(),
            (Some(Value::String(_)), Value::String(_)) => {
                "it is neither a date nor a date-time (RFC 3339)".to_owned()
            }
            (Some(value), Value::String(_)) => {
                format!("it is {}, not a date or a date-time", kind_name(value))
            }
            (Some(value), _) => format!("it is {}, not a number", kind_name(value)),
        }
    }
}

/// Tells whether a value lies on a side, by its order to the border.
fn lies_on(side: BorderSide, order: Ordering) -> bool {
    match side {
        BorderSide::AtLeast => order.is_ge(),
        BorderSide::AtMost => order.is_le(),
        BorderSide::MoreThan => order.is_gt(),
        BorderSide::LessThan => order.is_lt(),
    }
}

fn phrase_of_numbers(side: BorderSide) -> &'static str {
    match side {
        BorderSide::AtLeast => "at least",
        BorderSide::AtMost => "at most",
        BorderSide::MoreThan => "more than",
        BorderSide::LessThan => "less than",
    }
}

fn phrase_of_moments(side: BorderSide) -> &'static str {
    match side {
        BorderSide::AtLeast => "not before",
        BorderSide::AtMost => "not after",
        BorderSide::MoreThan => "after",
        BorderSide::LessThan => "before",
    }
}
