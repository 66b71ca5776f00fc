//! `$all_of`: several demands on one value. It compiles to the same demand as several operators in one object.

use crate::source::Node;
use crate::value::matcher::argument::matchers;
use crate::value::matcher::compile::{Compiler, MatcherOperator};
use crate::value::matcher::demand::{Compiled, DemandKind};

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$all_of",
    doc: "all of the listed matchers hold",
    example: r#"{ $all_of: [ $not_empty, { $matches: x } ] }"#,
    argument: r##"{ "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/matcher" } }"##,
    compile,
};

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    matchers(argument, compiler).map(DemandKind::All)
}
