//! `$media_type`: a media type without its parameters (RFC 9110, section 8.3.1).

use crate::source::Node;
use crate::value::form;
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::{ArgumentType, TypedTemplate};
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Demand, DemandKind, RequiredKinds, Resolved,
    ResolvedOperator,
};
use crate::value::matcher::tally::Tally;
use crate::value::reference::{Reference, Scope, Unset};
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$media_type",
    doc: "this media type; parameters such as charset are ignored, and so is case",
    example: r#"{ $media_type: application/json }"#,
    argument: r##"{ "type": "string", "pattern": "/|\\$\\{" }"##,
    compile,
};

#[derive(Debug)]
struct MediaType(TypedTemplate);

#[derive(Debug)]
struct ResolvedMediaType(String);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let argument = TypedTemplate::read(argument, ArgumentType::MediaType, compiler);
    Some(operator(MediaType(argument)))
}

impl CompiledOperator for MediaType {
    fn references(&self) -> Vec<&Reference> {
        self.0.references()
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(ResolvedMediaType(self.0.render_string(scope)?)))
    }

    fn kinds(&self) -> Kinds {
        Kinds::STRING
    }

    fn required(&self, _of_string: bool) -> Vec<RequiredKinds<'_>> {
        self.0.required()
    }
}

impl ResolvedOperator for ResolvedMediaType {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let is_essence = |text: &str| {
            let essence = form::media_essence(text);
            essence.is_some() && essence == form::media_essence(&self.0)
        };
        comparison.count_text(is_essence, tally);
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("the media type {}", self.0)
    }
}
