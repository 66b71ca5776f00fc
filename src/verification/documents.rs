//! Finds the documents of a run by the digests that its journal names.

use crate::report::PLANS_FOLDER;
use plan_language::plan::{Document, DocumentRole, Documents, SourceDigest};

/// Documents of a run that were not found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run used documents that are not here: {}", .0.join(", "))]
pub struct MissingDocuments(pub Vec<String>);

/// Returns the documents of a run under the names that they had in it, so that its reports come out to the byte.
///
/// `find` returns the bytes of the document with a role and a digest; bytes with another digest are not used.
///
/// # Errors
/// [`MissingDocuments`] with the names of those that `find` did not return.
pub fn documents(
    sources: &[SourceDigest],
    find: impl Fn(&SourceDigest) -> Option<Vec<u8>>,
) -> Result<Documents, MissingDocuments> {
    let mut documents = Documents::default();
    let mut missing = Vec::new();
    for source in sources {
        let document = find(source).map(|bytes| Document {
            name: source.file.clone(),
            bytes,
        });
        match document.filter(|document| SourceDigest::of(source.role, document) == *source) {
            Some(document) => documents.add(source.role, document),
            None => missing.push(source.file.clone()),
        }
    }
    if missing.is_empty() {
        Ok(documents)
    } else {
        Err(MissingDocuments(missing))
    }
}

/// Returns the name under which the files of a run keep one of its documents.
pub fn file_of(source: &SourceDigest) -> String {
    // A digest that somebody wrote into a journal may be any text, and must name no other folder.
    let digits = source.sha256.chars().filter(char::is_ascii_hexdigit);
    let digest: String = digits.take(64).collect();
    format!("{PLANS_FOLDER}/{digest}.yaml")
}

/// Returns the bytes of the document with a role and a digest among documents, whatever its name.
pub fn find_among(documents: &Documents, role: DocumentRole, sha256: &str) -> Option<Vec<u8>> {
    let mut all = documents.with_roles();
    let (_, document) = all.find(|(known, document)| {
        *known == role && SourceDigest::of(role, document).sha256 == sha256
    })?;
    Some(document.bytes.clone())
}
