//! Environments, with changes of the command line and a ledger.

use feedproof::environment::{SecretLocation, open};
use feedproof::secret::Secret;
use plan_language::source::{Kind, Node, Sources, load, render};

use crate::parts::parts;
use crate::places::check_findings;

/// The file of the environment.
const FILE: &str = "environment.yaml";

/// A secret that seeds have in the places of credentials.
const PLANTED: &str = "zr7-planted-4711";

/// Opens an environment.
///
/// Either there is an environment or there are findings; findings point into the texts; a secret that stands where
/// credentials stand, and nowhere else, is in none of them.
pub fn environment(data: &[u8]) {
    let [document, changes, ledger] = parts(data);
    let changes = String::from_utf8_lossy(changes);
    let changes: Vec<_> = changes.lines().map(str::to_owned).collect();
    let look = |_: SecretLocation<'_>| {
        String::from_utf8(ledger.to_owned())
            .map(Secret::new)
            .map_err(|_| "it is not UTF-8".to_owned().into())
    };
    let opened = open(FILE, document, &changes, &look);
    assert_eq!(opened.environment.is_some(), opened.findings.is_empty());
    let loaded = load(FILE, document);
    match &loaded {
        Ok(_) => check_findings(&opened.findings, &opened.sources),
        // The text is not shown then, because its secrets cannot be found.
        Err(_) => {
            assert_eq!(opened.sources.line(FILE, 1), None);
            let mut sources = Sources::new();
            sources.insert(FILE, document);
            check_findings(&opened.findings, &sources);
        }
    }
    let hidden = loaded.is_ok_and(|node| only_in_credentials(&node, &mut Vec::new()));
    if hidden && !changes.iter().any(|change| change.contains(PLANTED)) {
        for finding in &opened.findings {
            let shown = render(finding, &opened.sources);
            assert!(!shown.contains(PLANTED), "a secret is shown: {shown}");
        }
    }
}

/// Tells whether the planted secret stands nowhere but in the place of a credential.
fn only_in_credentials<'n>(node: &'n Node, path: &mut Vec<&'n str>) -> bool {
    match &node.kind {
        Kind::Map(entries) => entries.iter().all(|(key, inner)| {
            path.push(&key.text);
            let holds = !key.text.contains(PLANTED) && only_in_credentials(inner, path);
            path.pop();
            holds
        }),
        Kind::List(items) => items.iter().all(|item| only_in_credentials(item, path)),
        Kind::Text(text) => {
            let secret = matches!(
                path.as_slice(),
                [
                    "credentials",
                    "api_key" | "client_id" | "client_secret" | "application_key"
                ] | ["customers", _, "login", "password"]
            );
            // A reference to a file or variable is no secret, and is shown.
            let refers = text.starts_with("env:") || text.starts_with("file:");
            (secret && !refers) || !text.contains(PLANTED)
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => true,
    }
}
