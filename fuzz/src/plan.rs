//! Plans: one document beside sound ones.

use std::collections::HashSet;

use plan_language::plan::{Document, Documents, Library, diagram};

use crate::parts::parts;
use crate::places::check_findings;

/// Reads a plan, which may bring a flow and a catalogue of requirements of its own.
///
/// A document with errors is refused with findings that point into it; a library holds only cases whose requirements
/// exist; the same bytes are always read alike.
pub fn plan(data: &[u8]) {
    let [plan, flow, requirements] = parts(data);
    let documents = documents(plan, flow, requirements);
    let again = Library::read(&documents);
    match Library::read(&documents) {
        Err(invalid) => {
            assert!(invalid.findings.iter().any(|finding| finding.is_error()));
            check_findings(&invalid.findings, &invalid.sources);
            let again = again.expect_err("it was invalid");
            assert_eq!(again.findings, invalid.findings);
        }
        Ok(library) => {
            check_findings(&library.warnings, &library.sources);
            check_library(&library);
            let again = again.expect("it was valid");
            assert_eq!(again.warnings, library.warnings);
            assert_eq!(again.digests, library.digests);
        }
    }
}

fn check_library(library: &Library) {
    assert!(!library.warnings.iter().any(|finding| finding.is_error()));
    let mut ids = HashSet::new();
    for case in library.cases() {
        assert!(ids.insert(&case.id), "two cases have the id {}", case.id);
        for id in &case.requirement {
            assert!(library.requirement(id).is_some(), "{id} does not exist");
        }
        let drawn = diagram(case);
        let bare = |letter: char| letter.is_control() && letter != '\n';
        assert!(!drawn.contains(bare), "{drawn:?} has control characters");
    }
}

/// Puts documents beside those that are read along with every malformed plan.
fn documents(plan: &[u8], flow: &[u8], requirements: &[u8]) -> Documents {
    let document = |name: &str, bytes: &[u8]| Document {
        name: name.to_owned(),
        bytes: bytes.to_owned(),
    };
    let usual: &[u8] = include_bytes!("../../tests/malformed/support/requirements.yaml");
    let rulings = include_bytes!("../../tests/malformed/support/rulings.yaml");
    let mut documents = Documents {
        requirements: Some(document(
            "requirements.yaml",
            if requirements.is_empty() {
                usual
            } else {
                requirements
            },
        )),
        rulings: Some(document("rulings.yaml", rulings)),
        rules: None,
        flows: FLOWS
            .iter()
            .map(|(name, bytes)| document(name, bytes))
            .collect(),
        plans: vec![document("plan.yaml", plan)],
    };
    if !flow.is_empty() {
        documents.flows.push(document("flow.yaml", flow));
    }
    documents
}

/// The flows that plans may use.
const FLOWS: [(&str, &[u8]); 3] = [
    (
        "linked-account.yaml",
        include_bytes!("../../tests/malformed/support/flows/linked-account.yaml"),
    ),
    (
        "named-account.yaml",
        include_bytes!("../../tests/malformed/support/flows/named-account.yaml"),
    ),
    (
        "registered-company.yaml",
        include_bytes!("../../tests/malformed/support/flows/registered-company.yaml"),
    ),
];
