//! `page_words`: what the provider's pages say about linking, by language.

use std::collections::BTreeMap;

use crate::environment::PagePhrases;
use crate::environment::read::field::{by_name, each_entry};
use plan_language::source::{Fields, Finding, Node, Span};

/// The most phrases of one kind.
const PHRASES_MAX: usize = 100;

/// The longest phrase, in characters.
const PHRASE_CHARS_MAX: usize = 200;

/// Reads `page_words`.
pub(super) fn read(node: &Node, findings: &mut Vec<Finding>) -> BTreeMap<String, PagePhrases> {
    let what = "`page_words` is a map from languages to phrases";
    by_name(each_entry(node, what, findings, |key, node, findings| {
        let subtag = key.text.len() <= 8 && key.text.bytes().all(|byte| byte.is_ascii_lowercase());
        if !subtag || key.text.len() < 2 {
            let message = format!("`{}` is not a language", key.text);
            findings.push(Finding::new(&key.span, message).with_hint(
                "write the first subtag of `<html lang>` in lower case, such as `de` for `de-CH`",
            ));
        }
        phrases(node, findings)
    }))
}

fn phrases(node: &Node, findings: &mut Vec<Finding>) -> Option<PagePhrases> {
    let mut fields = Fields::of(node, "an entry of `page_words`", findings)?;
    let success = list(&mut fields, "success");
    let failure = list(&mut fields, "failure");
    for (text, span) in &success {
        let same = |(other, _): &&(String, Span)| other.to_lowercase() == text.to_lowercase();
        if let Some((_, first)) = failure.iter().find(same) {
            let message = format!("`{text}` cannot say both success and failure");
            let finding = Finding::new(span, message).with_note(first, "it is a failure here");
            fields.findings().push(finding);
        }
    }
    fields.end();
    let texts = |list: Vec<(String, Span)>| list.into_iter().map(|(text, _)| text).collect();
    Some(PagePhrases {
        success: texts(success),
        failure: texts(failure),
    })
}

/// Takes a required list of phrases.
fn list(fields: &mut Fields<'_, '_>, name: &'static str) -> Vec<(String, Span)> {
    let Some(node) = fields.require(name) else {
        return Vec::new();
    };
    let words = fields.words(name);
    let listed: Vec<_> = words
        .into_iter()
        .map(|(text, span)| (text.to_owned(), span.clone()))
        .collect();
    let of_words = |text: &str| text.chars().any(char::is_alphanumeric);
    for (text, span) in &listed {
        if !of_words(text) || text.chars().count() > PHRASE_CHARS_MAX {
            let message = format!("a phrase has words, and {PHRASE_CHARS_MAX} characters at most");
            fields.complain(span, &message);
        }
    }
    if listed.len() > PHRASES_MAX {
        let message = format!("at most {PHRASES_MAX} phrases are compared");
        fields.complain(&node.span, &message);
    }
    if listed.is_empty() {
        let finding = Finding::new(&node.span, format!("`{name}` has no phrase")).with_hint(
            "write what the page says, word by word, such as `[Ihre Konten wurden verknüpft]`",
        );
        fields.findings().push(finding);
    }
    listed
}
