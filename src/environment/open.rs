//! Opens an environment: from bytes and changes to a typed value, with its ledgers, or to all findings.

use crate::environment::{CHANGES, Environment, Looked, change, conceal, read, read_ledgers};
use crate::secret::Secret;
use plan_language::source::{Finding, Sources, load};

/// What opening an environment came to.
#[derive(Debug)]
pub struct Opening {
    /// The environment; unset when there are findings.
    pub environment: Option<Environment>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// The texts that findings point into, without what may be a secret.
    pub sources: Sources,
}

/// Opens the environment `name`; `changes` are those of the command line, `look` gives the texts of files.
pub fn open(
    name: &str,
    bytes: &[u8],
    changes: &[String],
    look: &dyn Fn(Looked<'_>) -> Result<Secret, String>,
) -> Opening {
    let mut sources = Sources::new();
    let mut node = match load(name, bytes) {
        Ok(node) => node,
        // What cannot be read is not shown either: nobody knows where its secrets stand.
        Err(findings) => {
            return Opening {
                environment: None,
                findings,
                sources,
            };
        }
    };
    sources.insert(name, bytes);
    let lines: Vec<_> = changes
        .iter()
        .map(|one| one.replace(['\n', '\r'], " "))
        .collect();
    sources.insert(CHANGES, lines.join("\n").as_bytes());
    let mut findings = Vec::new();
    for (number, text) in (1..).zip(changes) {
        if let Err(finding) = change::apply(&mut node, text, number) {
            // It is not in the document, so whether its value is a secret cannot be told.
            sources.conceal(&change::value_span(text, number));
            findings.push(finding);
        }
    }
    for span in conceal::secrets(&node) {
        sources.conceal(&span);
    }
    let mut environment = read(&node, &mut findings);
    if let Some(environment) = &mut environment {
        read_ledgers(environment, look, &mut sources, &mut findings);
        environment.changed = (1..)
            .zip(changes)
            .filter_map(|(number, _)| sources.line(CHANGES, number))
            .map(str::to_owned)
            .collect();
    }
    findings.sort_by(|one, other| one.span.cmp(&other.span));
    Opening {
        environment: environment.filter(|_| findings.is_empty()),
        findings,
        sources,
    }
}
