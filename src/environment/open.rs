//! Opens an environment: reads its bytes, the changes of the command line and its ledgers, and gathers all findings.

use crate::environment::{
    CHANGES, Environment, LookError, SecretLocation, change, conceal, read, read_ledgers,
};
use crate::secret::Secret;
use plan_language::source::{Finding, Sources, load};

/// An environment that was opened, or its findings.
#[derive(Debug)]
pub struct OpenedEnvironment {
    /// The environment; unset when there are findings.
    pub environment: Option<Environment>,
    /// The errors in it, in the order of their places.
    pub findings: Vec<Finding>,
    /// The texts that findings refer to, without possible secrets.
    pub sources: Sources,
}

/// Opens the environment `name` with the changes of the command line; `look` returns the content of files.
pub fn open(
    name: &str,
    bytes: &[u8],
    changes: &[String],
    look: &dyn Fn(SecretLocation<'_>) -> Result<Secret, LookError>,
) -> OpenedEnvironment {
    let mut sources = Sources::new();
    let mut node = match load(name, bytes) {
        Ok(node) => node,
        // A document that cannot be read is not shown: its secrets cannot be found.
        Err(findings) => {
            return OpenedEnvironment {
                environment: None,
                findings,
                sources,
            };
        }
    };
    sources.insert(name, bytes);
    let lines: Vec<_> = changes
        .iter()
        .map(|change| change.replace(['\n', '\r'], " "))
        .collect();
    sources.insert(CHANGES, lines.join("\n").as_bytes());
    // A replaced value is no longer in the document, and still in the line of a finding.
    let mut secrets = conceal::secrets(&node);
    let mut findings = Vec::new();
    for (number, text) in (1..).zip(changes) {
        if let Err(finding) = change::apply(&mut node, text, number) {
            // The change is not in the document, so its value may be a secret.
            sources.conceal(&change::value_span(text, number));
            findings.push(finding);
        }
    }
    secrets.extend(conceal::secrets(&node));
    secrets.extend(conceal::by_line(name, &sources));
    for span in &secrets {
        sources.conceal(span);
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
    findings.sort_by(|left, right| left.span.cmp(&right.span));
    OpenedEnvironment {
        environment: environment.filter(|_| findings.is_empty()),
        findings,
        sources,
    }
}
