//! `$shows`: the text of a page shows each of some texts, as a person reads it.
//!
//! White space counts as one space, and characters that nobody sees do not count. A text that occurs twice in the array
//! must be shown twice, and a text within a longer one is not shown by it: the longest texts are looked for first, and
//! what is found is not found again.

use crate::source::Node;
use crate::value::handle;
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::{ArgumentType, TypedTemplate};
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Demand, DemandKind, RequiredKinds, Resolved,
    ResolvedOperator,
};
use crate::value::matcher::describe::describe_value;
use crate::value::matcher::tally::{Obstacle, Tally};
use crate::value::reference::{Reference, Scope, Unset};
use serde_json::Value;
use std::cmp::Reverse;
use std::sync::Arc;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$shows",
    doc: "a page shows each text of this array, as often as the array has it; white space counts as one space",
    example: r#"{ $shows: "${names}" }"#,
    argument: r##"{ "anyOf": [{ "type": "array" }, { "type": "string" }] }"##,
    compile,
};

/// Characters that nobody sees: soft hyphen, zero-width space and joiners, byte order mark.
const INVISIBLE: [char; 6] = [
    '\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}',
];

#[derive(Debug)]
struct Shows(TypedTemplate);

#[derive(Debug)]
struct ResolvedShows(Value);

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let argument = TypedTemplate::read(argument, ArgumentType::Array, compiler);
    Some(operator(Shows(argument)))
}

impl CompiledOperator for Shows {
    fn references(&self) -> Vec<&Reference> {
        self.0.references()
    }

    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        Ok(Arc::new(ResolvedShows(self.0.render(scope)?)))
    }

    fn kinds(&self) -> Kinds {
        Kinds::STRING
    }

    fn required(&self, _of_string: bool) -> Vec<RequiredKinds<'_>> {
        self.0.required()
    }
}

impl ResolvedOperator for ResolvedShows {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let Some(page) = comparison.string() else {
            comparison.count_text(|_| false, tally);
            return;
        };
        let mut page = read(page);
        let elements = self.0.as_array().map_or(&[][..], Vec::as_slice);
        let mut texts = Vec::new();
        for element in elements {
            match element {
                Value::String(text) => texts.push((read(text), text)),
                other => {
                    let why = format!("{} is no text that a page can show", describe_value(other));
                    comparison.undecide(Obstacle::Value, why, tally);
                }
            }
        }
        texts.sort_by_key(|(read, _)| Reverse(read.len()));
        for (read, written) in texts {
            match page.find(&read) {
                Some(start) if !read.is_empty() => {
                    // The texts before and behind do not become one.
                    page.replace_range(start..start + read.len(), "\n");
                    tally.hold();
                }
                _ if handle::is_masked(written) => {
                    let why = format!("the masked text {written} is not there by its handle");
                    comparison.undecide(Obstacle::Unreadable, why, tally);
                }
                _ => {
                    let text = describe_value(&Value::from(written.as_str()));
                    let why = if read.is_empty() {
                        format!("nothing of the text {text} can be seen")
                    } else {
                        format!("it does not show {text}")
                    };
                    tally.miss(1, || comparison.mismatch(Some(why)));
                }
            }
        }
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        format!("a page that shows each of {}", describe_value(&self.0))
    }
}

/// Returns a text as a person reads it.
fn read(text: &str) -> String {
    let visible: String = text
        .chars()
        .filter(|character| !INVISIBLE.contains(character))
        .collect();
    let words: Vec<_> = visible.split_whitespace().collect();
    words.join(" ")
}
