//! The shipped documents: plans, flows, catalogues and the environment of the rehearsal.
//!
//! They are compiled into the binary, so that a team without a clone runs the same plans, and a report can say whether
//! a run used them unchanged.

use plan_language::plan::{Document, Documents, SourceDigest};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $name)))),*]
    };
}

/// A path within the project, and the bytes of the file.
type ShippedFile = (&'static str, &'static [u8]);

/// Plans, in the order of reports.
const PLANS: &[ShippedFile] = files![
    "plans/onboarding.yaml",
    "plans/multi_account.yaml",
    "plans/reauthorisation.yaml",
    "plans/statements.yaml",
    "plans/offboarding.yaml",
    "plans/security.yaml",
    "plans/bank_sync.yaml",
];

/// Flows.
const FLOWS: &[ShippedFile] = files![
    "plans/flows/consent-session.yaml",
    "plans/flows/acts-on-announcements.yaml",
    "plans/flows/caught-up-account.yaml",
    "plans/flows/known-candidates.yaml",
    "plans/flows/linked-account.yaml",
    "plans/flows/lost-consent.yaml",
    "plans/flows/onboarded-account.yaml",
    "plans/flows/provider-token.yaml",
    "plans/flows/reauthorisation-session.yaml",
    "plans/flows/registered-company.yaml",
];

const REQUIREMENTS: &[ShippedFile] = files!["plans/requirements.yaml"];
const RULINGS: &[ShippedFile] = files!["plans/rulings.yaml"];
const RULES: &[ShippedFile] = files!["plans/rules.yaml"];
const REHEARSAL: &[ShippedFile] = files!["fixtures/environments/rehearsal.yaml"];

fn document((name, bytes): &ShippedFile) -> Document {
    Document {
        name: (*name).to_owned(),
        bytes: bytes.to_vec(),
    }
}

/// Returns all documents that a run needs, as shipped.
///
/// The rules are left out ([`documents_with_rules`]): they name cases of these plans, change no verdict, and do not fit other plans.
pub fn documents() -> Documents {
    Documents {
        requirements: REQUIREMENTS.first().map(document),
        rulings: RULINGS.first().map(document),
        rules: None,
        flows: FLOWS.iter().map(document).collect(),
        plans: PLANS.iter().map(document).collect(),
    }
}

/// Returns the digests of all documents that a run needs, as shipped.
pub fn digests() -> Vec<SourceDigest> {
    let documents = documents();
    let digests = documents.with_roles();
    digests
        .map(|(role, document)| SourceDigest::of(role, document))
        .collect()
}

/// Returns all documents with the rules.
pub fn documents_with_rules() -> Documents {
    Documents {
        rules: RULES.first().map(document),
        ..documents()
    }
}

/// Returns the environment of the rehearsal.
pub fn rehearsal() -> Document {
    document(&REHEARSAL[0])
}

/// Returns the shipped document of a name.
pub fn find(name: &str) -> Option<Document> {
    [PLANS, FLOWS, REQUIREMENTS, RULINGS, RULES, REHEARSAL]
        .into_iter()
        .flatten()
        .find(|(known, _)| *known == name)
        .map(document)
}

/// Returns the place of a plan in the order of reports; plans that are not shipped come last.
pub fn order(name: &str) -> usize {
    PLANS
        .iter()
        .position(|(known, _)| *known == name)
        .unwrap_or(PLANS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists the documents of a folder of the project.
    fn listed(folder: &str) -> Vec<String> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut names: Vec<_> = std::fs::read_dir(path)
            .expect("the folder is there")
            .map(|entry| entry.expect("it can be listed").file_name())
            .map(|name| format!("{folder}/{}", name.to_string_lossy()))
            .filter(|name| name.ends_with(".yaml"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn every_document_of_the_project_is_shipped() {
        for name in listed("plans").into_iter().chain(listed("plans/flows")) {
            assert!(find(&name).is_some(), "{name} is not compiled in");
        }
    }
}
