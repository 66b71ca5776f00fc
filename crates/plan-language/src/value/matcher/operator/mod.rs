//! The matchers with an argument: one file each, which holds all there is to an operator, and one line in [`OPERATORS`].
//!
//! The four comparisons with a border share a file, because they differ in nothing but the side.

mod all_of;
mod any_of;
mod booked;
mod border;
mod contains;
mod distinct_by;
mod each;
mod ends_with;
mod equals;
mod holds_once;
mod in_array;
mod length;
mod matches;
mod media_type;
mod none;
mod not;
mod one;
mod same;
mod shows;
mod some;
mod starts_with;
mod sum;

use super::compile::MatcherOperator;

/// All operators, in the order of guides.
pub const OPERATORS: &[MatcherOperator] = &[
    matches::OPERATOR,
    any_of::OPERATOR,
    all_of::OPERATOR,
    in_array::OPERATOR,
    not::OPERATOR,
    equals::OPERATOR,
    one::OPERATOR,
    each::OPERATOR,
    some::OPERATOR,
    none::OPERATOR,
    contains::OPERATOR,
    shows::OPERATOR,
    length::OPERATOR,
    distinct_by::OPERATOR,
    holds_once::OPERATOR,
    same::OPERATOR,
    starts_with::OPERATOR,
    ends_with::OPERATOR,
    border::AT_LEAST,
    border::AT_MOST,
    border::MORE_THAN,
    border::LESS_THAN,
    media_type::OPERATOR,
    sum::OPERATOR,
    booked::OPERATOR,
];
