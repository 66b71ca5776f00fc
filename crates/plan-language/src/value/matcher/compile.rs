//! Compiles YAML into matchers: words, escapes, literals, maps. Operators have a file of their own.

use super::operator::{OPERATORS, is_operator};
use super::operators;
use super::tree::{Entry, Form, Open, Selector, Tree};
use super::word::{WORDS, Word};
use crate::source::{Finding, Key, Kind, Node, Span};
use crate::value::path::{JsonPath, is_path_key};
use crate::value::template::{Template, literal_key};
use std::sync::Arc;

/// Compiles a demand. What is wrong becomes a finding, and `$any` stands in for it.
pub(super) fn compile(node: &Node, findings: &mut Vec<Finding>) -> Tree<Open> {
    let form = match &node.kind {
        Kind::Text(text) => compile_text(text, &node.span, findings),
        Kind::List(items) => Form::List(items.iter().map(|item| compile(item, findings)).collect()),
        Kind::Map(entries) => return compile_map(entries, &node.span, findings),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => {
            Form::Literal(Template::compile(node, findings))
        }
    };
    Tree {
        span: node.span.clone(),
        form,
    }
}

/// Lists the demands that are all made of the same value.
pub(super) fn all_of(tree: &Tree<Open>) -> Vec<&Tree<Open>> {
    match &tree.form {
        Form::All(trees) => trees.iter().flat_map(all_of).collect(),
        _ => vec![tree],
    }
}

/// How a text or key begins that may be a word or an operator.
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

fn compile_text(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Form<Open> {
    match start_of(text) {
        Start::Literal(literal) => {
            let span = span.part(text, text.len() - literal.len()..text.len());
            Form::Literal(Template::text(literal, &span, findings))
        }
        Start::Word => Form::Word(Word::named(text).unwrap_or_else(|| {
            findings.push(unknown_word(text, span));
            Word::Any
        })),
    }
}

fn unknown_word(text: &str, span: &Span) -> Finding {
    let finding = Finding::new(span, format!("there is no matcher `{text}`"));
    let words = WORDS.iter().chain(OPERATORS).map(|(name, _)| *name);
    if is_operator(text) {
        Finding::new(span, format!("`{text}` needs an argument"))
            .with_hint(format!("write {{ {text}: ... }}"))
    } else if is_path_key(text) {
        finding.with_hint("a JSONPath stands as a key: its value says what must be there")
    } else {
        let found = finding.suggesting(text, words);
        match found.hint {
            Some(_) => found,
            None => found.with_hint(format!("for the text itself write '${text}'")),
        }
    }
}

fn compile_map(entries: &[(Key, Node)], span: &Span, findings: &mut Vec<Finding>) -> Tree<Open> {
    let mut demands = Vec::new();
    let mut inside = Vec::new();
    let mut plain: Option<&Key> = None;
    for (key, value) in entries {
        if is_path_key(&key.text) {
            let path = JsonPath::compile(&key.text, &key.span, findings);
            let tree = compile(value, findings);
            inside.extend(path.map(|path| Entry {
                selector: Selector::Path(Arc::new(path)),
                tree,
            }));
            continue;
        }
        match start_of(&key.text) {
            Start::Word => {
                let form = compile_operator(key, value, findings);
                demands.push(Tree {
                    span: key.span.clone(),
                    form,
                });
            }
            Start::Literal(literal) => {
                plain.get_or_insert(key);
                let span = key
                    .span
                    .part(&key.text, key.text.len() - literal.len()..key.text.len());
                let selector = Selector::Key(literal_key(literal, &span, findings));
                let tree = compile(value, findings);
                inside.push(Entry { selector, tree });
            }
        }
    }
    if let (Some(key), Some(operator)) = (plain, demands.first()) {
        findings.push(
            Finding::new(
                &key.span,
                format!("the key `{}` stands beside an operator", key.text),
            )
            .with_note(&operator.span, "the operator")
            .with_hint("use $all_of for both; write $$x for a key that begins with $"),
        );
    }
    combine(demands, inside, span)
}

/// Puts operators and entries of one map together.
fn combine(mut demands: Vec<Tree<Open>>, inside: Vec<Entry<Open>>, span: &Span) -> Tree<Open> {
    if demands.is_empty() || !inside.is_empty() {
        demands.push(Tree {
            span: span.clone(),
            form: Form::Map(inside),
        });
    }
    match demands.pop() {
        // A single operator points at its own name rather than at the brace before it.
        Some(only) if demands.is_empty() => only,
        last => {
            demands.extend(last);
            Tree {
                span: span.clone(),
                form: Form::All(demands),
            }
        }
    }
}

fn compile_operator(key: &Key, value: &Node, findings: &mut Vec<Finding>) -> Form<Open> {
    if let Some(form) = operators::compile(&key.text, value, findings) {
        return form;
    }
    let finding = match Word::named(&key.text) {
        Some(_) => Finding::new(&key.span, format!("`{}` takes no argument", key.text))
            .with_hint(format!("write {} in place of the map", key.text)),
        None => {
            let names = OPERATORS.iter().chain(WORDS).map(|(name, _)| *name);
            let found = Finding::new(&key.span, format!("there is no operator `{}`", key.text))
                .suggesting(&key.text, names);
            match found.hint {
                Some(_) => found,
                None => found.with_hint(format!("for the key itself write '${}'", key.text)),
            }
        }
    };
    findings.push(finding);
    Form::Word(Word::Any)
}
