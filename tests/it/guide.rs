//! The guide for plan authors: every YAML snippet of `plans/README.md` is valid with the shipped flows and requirements.
//!
//! A snippet with the key `plan`, `flow` or `requirements` is such a document. An array is the steps of a case that
//! onboarded an account; anything else is a field of such a case.

use feedproof::shipped;
use plan_language::plan::{Document, Documents, Library};
use plan_language::source::render;

/// The guide for plan authors.
const GUIDE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/plans/README.md"));

/// Lists the YAML snippets of a Markdown text, each with its first line.
fn snippets(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        if let Some((_, snippet)) = &mut open {
            if line == "```" {
                found.extend(open.take());
            } else {
                snippet.push_str(line);
                snippet.push('\n');
            }
        } else if line == "```yaml" {
            open = Some((index + 2, String::new()));
        }
    }
    found
}

/// Indents the lines of a snippet.
fn indented(snippet: &str, by: usize) -> String {
    snippet
        .lines()
        .map(|line| format!("{:by$}{line}\n", ""))
        .collect()
}

/// Tells whether a snippet has a key at its top.
fn has_key(snippet: &str, key: &str) -> bool {
    snippet.lines().any(|line| line.starts_with(key))
}

/// Makes documents of a snippet, with the shipped ones that it needs.
fn documents(snippet: &str) -> Documents {
    let document = |text: &str| Document {
        name: "snippet.yaml".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let mut documents = Documents {
        plans: Vec::new(),
        ..shipped::documents()
    };
    if has_key(snippet, "plan: ") {
        documents.plans.push(document(snippet));
    } else if has_key(snippet, "flow: ") {
        documents.flows.push(document(snippet));
    } else if has_key(snippet, "requirements:") {
        documents.requirements = Some(document(snippet));
    } else {
        documents.plans.push(document(&plan(snippet)));
    }
    documents
}

/// Makes a plan of steps, or of a field of a case.
fn plan(snippet: &str) -> String {
    let (fields, steps) = if snippet.starts_with("- ") {
        (String::new(), indented(snippet, 6))
    } else {
        let step = "      - judge: fed_before\n        expect: { body: { data: $not_empty } }\n";
        (indented(snippet, 4), step.to_owned())
    };
    format!(
        "plan: snippet\ntitle: Snippet\ncases:\n  - id: snippet/case\n    title: Snippet\n    expected: It is valid.\n    \
         requirement: OFF-01\n{fields}    given:\n      - use: onboarded-account\n        \
         bind: {{ account: account, fed: fed_before }}\n    steps:\n{steps}"
    )
}

#[test]
fn every_snippet_of_the_guide_is_valid() {
    let snippets = snippets(GUIDE);
    assert!(snippets.len() > 12, "{}", snippets.len());
    for (line, snippet) in snippets {
        if let Err(invalid) = Library::read(&documents(&snippet)) {
            let findings: Vec<_> = invalid
                .findings
                .iter()
                .map(|finding| render(finding, &invalid.sources))
                .collect();
            panic!("the snippet at line {line}:\n{}", findings.join("\n"));
        }
    }
}
