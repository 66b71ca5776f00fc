//! Compiles YAML into matchers: words, escapes, literals, arrays, objects. Operators read their own arguments.
//!
//! The table of operators comes in from outside, so that this file does not depend on any one of them.

use super::demand::{Compiled, CompiledOperator, Demand, DemandKind, ObjectEntry, Selector};
use super::word::{ANY, MatcherWord, WORDS};
use crate::source::{Finding, Key, Kind, Node, Span};
use crate::value::bare::warn_of_braces;
use crate::value::path::{JsonPath, is_path_key};
use crate::value::template::{Template, literal_key};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// A matcher with an argument, `{ $name: argument }`.
pub struct MatcherOperator {
    /// The name with its dollar sign, for example `$none`.
    pub name: &'static str,
    /// What it demands, in one line without a full stop, for guides and schemas.
    pub doc: &'static str,
    /// An example of its use in YAML.
    pub example: &'static str,
    /// The JSON Schema of its argument, as JSON; `#/$defs/matcher` and `#/$defs/field` are those of the plan's schema.
    pub(super) argument: &'static str,
    /// Reads the argument; `None`, with findings, if it is wrong.
    pub(super) compile: fn(&Node, &mut Compiler<'_>) -> Option<DemandKind<Compiled>>,
}

impl MatcherOperator {
    /// Returns the JSON Schema of the argument, described by the operator's line and example.
    pub fn schema(&self) -> Value {
        let mut schema: Value = serde_json::from_str(self.argument).unwrap_or_default();
        if let Some(schema) = schema.as_object_mut() {
            let mut doc = self.doc.chars();
            let first = doc.next().map(|first| first.to_ascii_uppercase());
            let doc: String = first.into_iter().chain(doc).collect();
            let description = format!("{doc}. Example: `{}`", self.example);
            schema.shift_insert(0, "description".to_owned(), description.into());
        }
        schema
    }
}

impl fmt::Debug for MatcherOperator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}

/// Compiles matchers, and gathers what is wrong with them.
pub(super) struct Compiler<'f> {
    operators: &'static [MatcherOperator],
    pub(super) findings: &'f mut Vec<Finding>,
}

/// Signs that compare in programming languages, and the operators for them; the longer ones first.
const SIGNS: [(&str, &str); 6] = [
    (">=", "$at_least"),
    ("<=", "$at_most"),
    ("!=", "$not"),
    ("==", "$equals"),
    (">", "$more_than"),
    ("<", "$less_than"),
];

/// The schema of an argument that may be any value.
const ANY_ARGUMENT: &str = "{}";

/// How a string or key begins that may be a word or an operator.
enum Start<'t> {
    /// `$word`.
    Word,
    /// Anything else, with `$$` at the beginning reduced to `$`.
    Literal(&'t str),
}

/// Tells words from literals: one `$` makes a word, unless a reference or a path begins there.
fn start_of(text: &str) -> Start<'_> {
    let after = text.trim_start_matches('$');
    match text.len() - after.len() {
        0 => Start::Literal(text),
        _ if after.starts_with('{') => Start::Literal(text),
        1 => Start::Word,
        _ => Start::Literal(&text[1..]),
    }
}

/// Names of matchers that are ordinary values or members, too.
pub const ORDINARY_NAMES: [&str; 9] = [
    "text", "number", "date", "list", "boolean", "null", "object", "length", "sum",
];

/// Makes a demand of an operator whose argument was read.
pub(super) fn operator(operator: impl CompiledOperator + 'static) -> DemandKind<Compiled> {
    let operator: Arc<dyn CompiledOperator> = Arc::new(operator);
    DemandKind::Operator(operator)
}

impl<'f> Compiler<'f> {
    /// Makes a compiler that knows these operators.
    pub(super) fn new(
        operators: &'static [MatcherOperator],
        findings: &'f mut Vec<Finding>,
    ) -> Self {
        Self {
            operators,
            findings,
        }
    }

    /// Compiles a demand. Mistakes become findings, and `$any` takes the place of what is wrong.
    pub(super) fn demand(&mut self, node: &Node) -> Demand<Compiled> {
        let kind = match &node.kind {
            Kind::Text(text) => self.string(text, &node.span),
            Kind::List(items) => {
                DemandKind::Array(items.iter().map(|item| self.demand(item)).collect())
            }
            Kind::Map(entries) => return self.object(entries, &node.span),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) => {
                DemandKind::Literal(Template::compile(node, self.findings))
            }
        };
        Demand {
            span: node.span.clone(),
            kind,
        }
    }

    fn string(&mut self, text: &str, span: &Span) -> DemandKind<Compiled> {
        match start_of(text) {
            Start::Literal(literal) => {
                self.warn_of_bare_word(text, span);
                self.warn_of_comparison(text, span);
                if MatcherWord::named(literal).is_some() && literal != text {
                    self.findings.push(
                        Finding::warning(
                            span,
                            format!("`{text}` is compared as the string `{literal}`"),
                        )
                        .with_hint(format!("write `{literal}` for the matcher")),
                    );
                }
                let span = span.part(text, text.len() - literal.len()..text.len());
                warn_of_braces(literal, &span, self.findings);
                DemandKind::Literal(Template::text(literal, &span, self.findings))
            }
            Start::Word => DemandKind::Word(MatcherWord::named(text).unwrap_or_else(|| {
                let finding = self.unknown_word(text, span);
                self.findings.push(finding);
                &ANY
            })),
        }
    }

    /// Adds a warning about a word without `$`, unless it is an ordinary value as well.
    fn warn_of_bare_word(&mut self, text: &str, span: &Span) {
        let is_word = |word: &MatcherWord| word.name.strip_prefix('$') == Some(text);
        if WORDS.iter().any(is_word) && !ORDINARY_NAMES.contains(&text) {
            self.findings.push(
                Finding::warning(span, format!("`{text}` is compared as a string"))
                    .with_hint(format!("write `${text}` for the matcher")),
            );
        }
    }

    /// Adds a warning about a comparison in the signs of programming languages.
    fn warn_of_comparison(&mut self, text: &str, span: &Span) {
        let sign = SIGNS.iter().find_map(|(sign, operator)| {
            let number = text.strip_prefix(sign)?.trim_start();
            let is_number = number.starts_with(|first: char| first.is_ascii_digit());
            is_number.then_some((operator, number))
        });
        if let Some((operator, number)) = sign {
            self.findings.push(
                Finding::warning(span, format!("`{text}` is compared as a string"))
                    .with_hint(format!("write `{{ {operator}: {number} }}`")),
            );
        }
    }

    /// Adds a warning about an operator without `$`, unless it is an ordinary member as well.
    fn warn_of_bare_operator(&mut self, key: &Key) {
        let text = key.text.as_str();
        let named = |name: &str| name.strip_prefix('$') == Some(text);
        if self.operators.iter().any(|operator| named(operator.name))
            && !ORDINARY_NAMES.contains(&text)
        {
            self.findings.push(
                Finding::warning(&key.span, format!("`{text}` is looked up as a member"))
                    .with_hint(format!("write `${text}` for the operator")),
            );
        }
    }

    fn operator_named(&self, name: &str) -> Option<&'static MatcherOperator> {
        self.operators.iter().find(|operator| operator.name == name)
    }

    /// Lists the names of words and operators.
    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let operators = self.operators.iter().map(|operator| operator.name);
        WORDS.iter().map(|word| word.name).chain(operators)
    }

    fn unknown_word(&self, text: &str, span: &Span) -> Finding {
        if self.operator_named(text).is_some() {
            return Finding::new(span, format!("`{text}` needs an argument"))
                .with_hint(format!("write {{ {text}: ... }}"));
        }
        let finding = Finding::new(span, format!("there is no matcher `{text}`"));
        if is_path_key(text) {
            return finding
                .with_hint("use a JSONPath as a key; its value says what the path must find");
        }
        let found = finding.suggesting(text, self.names());
        match found.hint {
            Some(_) => found,
            None => found.with_hint(format!("for the string itself write '${text}'")),
        }
    }

    fn object(&mut self, entries: &[(Key, Node)], span: &Span) -> Demand<Compiled> {
        let mut demands = Vec::new();
        let mut inside = Vec::new();
        let mut plain: Option<&Key> = None;
        for (key, value) in entries {
            if is_path_key(&key.text) {
                let path = JsonPath::compile(&key.text, &key.span, self.findings);
                let demand = self.demand(value);
                inside.extend(path.map(|path| ObjectEntry {
                    span: key.span.clone(),
                    selector: Selector::Path(Arc::new(path)),
                    demand,
                }));
                continue;
            }
            match start_of(&key.text) {
                Start::Word => demands.push(Demand {
                    span: key.span.clone(),
                    kind: self.operator(key, value),
                }),
                Start::Literal(literal) => {
                    plain.get_or_insert(key);
                    self.warn_of_bare_operator(key);
                    let written = key.text.len() - literal.len()..key.text.len();
                    let span = key.span.part(&key.text, written);
                    if value.is_unwritten(key) {
                        self.findings.push(
                            Finding::warning(
                                &key.span,
                                format!("nothing stands behind `{literal}:`, so it is compared with null"),
                            )
                            .with_hint("write what it must be, or `$null`; indent what belongs below it"),
                        );
                    }
                    let selector = Selector::Key(literal_key(literal, &span, self.findings));
                    let demand = self.demand(value);
                    inside.push(ObjectEntry {
                        span,
                        selector,
                        demand,
                    });
                }
            }
        }
        if let (Some(key), Some(operator)) = (plain, demands.first()) {
            let message = format!("the key `{}` and an operator are in one object", key.text);
            self.findings.push(
                Finding::new(&key.span, message)
                    .with_note(&operator.span, "the operator")
                    .with_hint("use $all_of for both; write $$x for a key that begins with $"),
            );
        }
        combine(demands, inside, span)
    }

    fn operator(&mut self, key: &Key, argument: &Node) -> DemandKind<Compiled> {
        if let Some(operator) = self.operator_named(&key.text) {
            // Nothing behind the colon is null, which hardly any element is. `$equals` takes every value as it is written.
            if argument.kind == Kind::Null && operator.argument != ANY_ARGUMENT {
                self.findings.push(
                    Finding::new(&key.span, format!("`{}` needs an argument", key.text)).with_hint(
                        format!(
                            "write it behind the colon; for null itself `{}: $null`",
                            key.text
                        ),
                    ),
                );
                return DemandKind::Word(&ANY);
            }
            return (operator.compile)(argument, self).unwrap_or(DemandKind::Word(&ANY));
        }
        let finding = if MatcherWord::named(&key.text).is_some() {
            Finding::new(&key.span, format!("`{}` takes no argument", key.text))
                .with_hint(format!("write {} in place of the object", key.text))
        } else {
            let found = Finding::new(&key.span, format!("there is no operator `{}`", key.text))
                .suggesting(&key.text, self.names());
            match found.hint {
                Some(_) => found,
                None => found.with_hint(format!("for the key itself write '${}'", key.text)),
            }
        };
        self.findings.push(finding);
        DemandKind::Word(&ANY)
    }
}

/// Puts the operators and entries of one object together.
fn combine(
    mut demands: Vec<Demand<Compiled>>,
    inside: Vec<ObjectEntry<Compiled>>,
    span: &Span,
) -> Demand<Compiled> {
    if demands.is_empty() || !inside.is_empty() {
        demands.push(Demand {
            span: span.clone(),
            kind: DemandKind::Object(inside),
        });
    }
    match demands.pop() {
        // A single operator points at its own name rather than at the brace before it.
        Some(only) if demands.is_empty() => only,
        last => {
            demands.extend(last);
            Demand {
                span: span.clone(),
                kind: DemandKind::All(demands),
            }
        }
    }
}
