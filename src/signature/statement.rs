//! in-toto statements: what is said about a file, by its name and its digest.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The type of a statement (in-toto Statement v1).
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// Why bytes are no statement of the expected kind; each sentence follows "the signed statement".
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// It is not a statement about one file with a SHA-256.
    #[error("is no in-toto statement about one file: {0}")]
    NoStatement(String),
    /// It says something else.
    #[error("says something else: its predicate is of the type {found:?}, and not {expected}")]
    PredicateType {
        /// The type that it has.
        found: String,
        /// The expected one.
        expected: String,
    },
}

/// A statement about one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The file.
    pub subject: StatementSubject,
    /// The type of what is said, as a URI.
    pub predicate_type: String,
    /// What is said: an object.
    pub predicate: Value,
}

/// The file that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementSubject {
    /// Its name, without a folder; the digest decides.
    pub name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// The JSON of a statement.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatementJson {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<SubjectJson>,
    predicate_type: String,
    predicate: Value,
}

#[derive(Serialize, Deserialize)]
struct SubjectJson {
    name: String,
    digest: DigestJson,
}

#[derive(Serialize, Deserialize)]
struct DigestJson {
    sha256: String,
}

impl Statement {
    /// Writes the statement as JSON in one line; the same statement gives the same bytes.
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    pub fn write(&self) -> Vec<u8> {
        let json = StatementJson {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![SubjectJson {
                name: self.subject.name.clone(),
                digest: DigestJson {
                    sha256: self.subject.sha256.clone(),
                },
            }],
            predicate_type: self.predicate_type.clone(),
            predicate: self.predicate.clone(),
        };
        serde_json::to_vec(&json).expect("values of JSON, written to memory")
    }

    /// Reads a statement whose predicate has a type.
    ///
    /// # Errors
    /// [`StatementError`] for anything else.
    pub fn read(payload: &[u8], predicate_type: &str) -> Result<Self, StatementError> {
        let wrong = |why: String| StatementError::NoStatement(why);
        let json: StatementJson =
            serde_json::from_slice(payload).map_err(|error| wrong(error.to_string()))?;
        if json.kind != STATEMENT_TYPE {
            return Err(wrong(format!("its _type is {:?}", json.kind)));
        }
        if json.predicate_type != predicate_type {
            return Err(StatementError::PredicateType {
                found: json.predicate_type,
                expected: predicate_type.to_owned(),
            });
        }
        let [subject] = <[SubjectJson; 1]>::try_from(json.subject)
            .map_err(|subjects| wrong(format!("it has {} subjects", subjects.len())))?;
        Ok(Self {
            subject: StatementSubject {
                name: subject.name,
                sha256: subject.digest.sha256,
            },
            predicate_type: json.predicate_type,
            predicate: json.predicate,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn statement() -> Statement {
        Statement {
            subject: StatementSubject {
                name: "acme.zip".to_owned(),
                sha256: "00".repeat(32),
            },
            predicate_type: "urn:example:v1".to_owned(),
            predicate: json!({ "answer": "CONFORMANT" }),
        }
    }

    #[test]
    fn a_statement_has_the_members_of_in_toto() {
        let bytes = statement().write();
        let json: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(
            json,
            json!({
                "_type": "https://in-toto.io/Statement/v1",
                "subject": [{ "name": "acme.zip", "digest": { "sha256": "00".repeat(32) } }],
                "predicateType": "urn:example:v1",
                "predicate": { "answer": "CONFORMANT" },
            })
        );
        assert_eq!(Statement::read(&bytes, "urn:example:v1"), Ok(statement()));
    }

    #[test]
    fn another_statement_is_refused() {
        let edited = |edit: fn(&mut Value)| {
            let mut json = serde_json::from_slice(&statement().write()).expect("JSON");
            edit(&mut json);
            let read = Statement::read(json.to_string().as_bytes(), "urn:example:v1");
            read.expect_err("refused").to_string()
        };
        assert!(edited(|json| json["_type"] = json!("x")).contains("its _type is \"x\""));
        assert!(edited(|json| json["subject"] = json!([])).contains("0 subjects"));
        assert!(edited(|json| json["subject"][0]["digest"] = json!({})).contains("sha256"));
        assert!(edited(|json| json["predicateType"] = json!("x")).contains("says something else"));
        assert!(Statement::read(b"", "x").is_err());
    }
}
