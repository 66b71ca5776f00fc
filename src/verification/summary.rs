//! The summary of a verification for programs that only ask what was verified: a Simple Verification Result of in-toto
//! (<https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md>).
//!
//! It is not signed: a verifier who wants to vouch for it signs it with a program of its own.

use std::collections::BTreeSet;

use serde_json::json;

use crate::report::REVIEW_FILE;
use crate::signature::{Statement, StatementSubject};
use crate::verification::Verification;
use crate::verification::check::Standing;
use crate::verification::signed::OTHER_SIGNATURE;

/// The type of the predicate.
const SUMMARY_TYPE: &str = "https://in-toto.io/attestation/svr/v0.1";

/// Summarises a verification of a package; `None` unless every check held, because a list of properties does not show
/// that others are missing.
///
/// `created` is the time of the verification, in RFC 3339. The properties are the checks that held, `journal.jsonl` as
/// `FEEDPROOF_JOURNAL_JSONL`, and `FEEDPROOF_CERTIFICATE` where every condition of a certificate is met.
pub fn summary(
    verification: &Verification,
    package: StatementSubject,
    created: &str,
) -> Option<Statement> {
    if !verification.is_verified() {
        return None;
    }
    let has_nonce = verification.record.header.nonce.is_some();
    let held = verification
        .checks
        .iter()
        .filter(|check| check.standing == Standing::Held)
        .map(|check| check.what.as_str())
        // These hold where there is nothing to verify.
        .filter(|what| !matches!(*what, OTHER_SIGNATURE | REVIEW_FILE))
        .filter(|what| *what != "nonce" || has_nonce);
    let certificate = verification.is_certificate().then_some("certificate");
    let properties: BTreeSet<String> = held.chain(certificate).map(property).collect();
    Some(Statement {
        subject: package,
        predicate_type: SUMMARY_TYPE.to_owned(),
        predicate: json!({
            "verifier": { "id": concat!("urn:feedproof:verifier:", env!("CARGO_PKG_VERSION")) },
            "timeCreated": created,
            "properties": properties,
        }),
    })
}

/// Returns the name of a property, with the prefix that tells it from those of other verifiers.
fn property(what: &str) -> String {
    let word = what.replace(|sign: char| !sign.is_ascii_alphanumeric(), "_");
    format!("FEEDPROOF_{}", word.to_ascii_uppercase())
}
