//! Templates: trees of values with references, and addresses.

use std::borrow::Cow;

use plan_language::source::{Kind, Node, Sources, Span, load};
use plan_language::value::{PathTemplate, Scope, Template, Value};

use crate::places::check_findings;

/// Binds every name to the same value.
struct Everywhere(&'static str);

impl Scope for Everywhere {
    fn lookup(&self, _: &str) -> Option<Cow<'_, Value>> {
        Some(Cow::Owned(Value::from(self.0)))
    }
}

/// Compiles the values of a document as templates, and its texts as addresses.
///
/// What compiles says by itself what it refers to: without a reference it is its value, and with one it renders whenever
/// all names are bound. A value never changes the structure of an address.
pub fn template(data: &[u8]) {
    let mut sources = Sources::new();
    sources.insert("template.yaml", data);
    let node = match load("template.yaml", data) {
        Ok(node) => node,
        Err(findings) => return check_findings(&findings, &sources),
    };
    let mut findings = Vec::new();
    let template = Template::compile(&node, &mut findings);
    check_findings(&findings, &sources);
    if findings.is_empty() {
        check_template(&template);
    }
    each_text(&node, &mut |text, span| check_address(text, span, &sources));
}

fn check_template(template: &Template) {
    let references = template.references();
    assert_eq!(template.as_fixed().is_some(), references.is_empty());
    let rendered = template.render(&Everywhere("x"));
    let enters = references
        .iter()
        .any(|reference| !reference.path.is_empty());
    assert_eq!(rendered.is_err(), enters, "{rendered:?}");
    if let (Some(fixed), Ok(rendered)) = (template.as_fixed(), &rendered) {
        assert_eq!(fixed, rendered);
    }
    // What it shows of itself is a template with the same references.
    let mut findings = Vec::new();
    let shown = Node::from_value(&template.written(), &Span::outside("written"));
    let again = Template::compile(&shown, &mut findings);
    assert_eq!(findings, []);
    assert_eq!(again.written(), template.written());
    assert_eq!(again.render(&Everywhere("x")).ok(), rendered.ok());
}

fn check_address(text: &str, span: &Span, sources: &Sources) {
    let mut findings = Vec::new();
    let address = PathTemplate::compile(text, span, &mut findings);
    check_findings(&findings, sources);
    if !findings.is_empty() {
        return;
    }
    let Ok(plain) = address.render(&Everywhere("x")) else {
        return;
    };
    for hostile in [
        "/../?a=b&c#d",
        "a b%2F",
        "http//",
        "é\u{202e}\r\n",
        "\\..\\",
    ] {
        let rendered = address
            .render(&Everywhere(hostile))
            .expect("a value that is not empty and no dots fits wherever another does");
        assert_eq!(structure(&rendered), structure(&plain), "{rendered}");
    }
    let again = PathTemplate::compile(&address.written(), span, &mut findings);
    assert_eq!(findings, []);
    assert_eq!(again.written(), address.written());
}

/// Returns the characters of an address by which it has parts.
fn structure(address: &str) -> String {
    let parts = |letter: &char| "/?#&=\\\r\n ".contains(*letter);
    address.chars().filter(parts).collect()
}

fn each_text(node: &Node, check: &mut impl FnMut(&str, &Span)) {
    match &node.kind {
        Kind::Text(text) => check(text, &node.span),
        Kind::List(items) => items.iter().for_each(|item| each_text(item, check)),
        Kind::Map(entries) => entries
            .iter()
            .for_each(|(_, inner)| each_text(inner, check)),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
    }
}
