//! `$matches`: a regular expression that is found in a string. Values of references are inserted as literals.

use crate::source::{Finding, Node};
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::expected;
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Constraints, Demand, DemandKind, Resolved,
    ResolvedOperator,
};
use crate::value::matcher::describe::VALUE_CHARS_MAX;
use crate::value::matcher::pattern::every_string;
use crate::value::matcher::tally::{Obstacle, Tally, shorten};
use crate::value::parts::{Part, split};
use crate::value::reference::{Reason, Reference, Scope, Unset};
use crate::value::template::{as_text, references_of};
use regex::Regex;
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$matches",
    doc: "a string in which the regular expression is found; anchor it with ^ and $ for the whole string",
    example: r#"{ $matches: "^[A-Z]{2}" }"#,
    argument: r##"{ "type": "string" }"##,
    compile,
};

/// Takes the place of a reference's value when a pattern is tried before the value is known.
const PLACEHOLDER: &str = "x";

#[derive(Debug)]
enum Pattern {
    /// Without references: compiled once.
    Fixed(Regex),
    /// With references; `first` is the first of them.
    Parts { parts: Vec<Part>, first: Reference },
}

#[derive(Debug)]
struct ResolvedPattern {
    regex: Regex,
    /// Whether it is found in every string, as `^${x}` is when the value is empty.
    is_everywhere: bool,
}

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let Some(text) = argument.as_text() else {
        compiler
            .findings
            .push(expected("a regular expression", argument));
        return None;
    };
    let parts = split(text, &argument.span, compiler.findings);
    let tried: String = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Reference(_) => PLACEHOLDER,
        })
        .collect();
    let first = references_of(&parts).next().cloned();
    match (Regex::new(&tried), first) {
        (Ok(regex), None) => Some(operator(Pattern::Fixed(regex))),
        (Ok(_), Some(first)) => Some(operator(Pattern::Parts { parts, first })),
        (Err(error), _) => {
            let message = format!("not a regular expression: {}", reason(&error));
            compiler
                .findings
                .push(Finding::new(&argument.span, message));
            None
        }
    }
}

/// Returns the last line of a regex error, the one that says what is wrong.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

impl CompiledOperator for Pattern {
    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Fixed(_) => Vec::new(),
            Self::Parts { parts, .. } => references_of(parts).collect(),
        }
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        let (parts, first) = match self {
            Self::Fixed(regex) => {
                return Ok(Arc::new(ResolvedPattern {
                    regex: regex.clone(),
                    is_everywhere: false,
                }));
            }
            Self::Parts { parts, first } => (parts, first),
        };
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Reference(reference) => {
                    text.push_str(&regex::escape(&as_text(reference, scope)?));
                }
            }
        }
        let regex = Regex::new(&text);
        let regex = regex.map_err(|error| first.unset(Reason::Pattern(reason(&error))))?;
        Ok(Arc::new(ResolvedPattern {
            regex,
            is_everywhere: every_string(&text).is_some(),
        }))
    }

    fn kinds(&self) -> Kinds {
        Kinds::STRING
    }

    fn constraints(&self) -> Constraints<'_> {
        Constraints {
            strings: match self {
                Self::Fixed(regex) => every_string(regex.as_str()),
                // A value is inserted as it is, so what it leaves of the pattern is not known.
                Self::Parts { .. } => None,
            },
            ..Constraints::default()
        }
    }
}

impl ResolvedOperator for ResolvedPattern {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        if self.is_everywhere {
            let why =
                "with its values the expression is found in every string, so nothing was compared";
            comparison.undecide(Obstacle::Nothing, why.to_owned(), tally);
        } else {
            comparison.count_text(|text| self.regex.is_match(text), tally);
        }
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        let pattern = shorten(self.regex.as_str(), VALUE_CHARS_MAX);
        format!("a string that matches /{pattern}/")
    }
}
