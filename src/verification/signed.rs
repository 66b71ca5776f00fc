//! Checks of the signatures of a package: who signed, whether it is this package, and whether the statement is true.
//!
//! A signature makes no statement true: the statement is derived again, and a signed one that differs is a contradiction.
//! Only a statement whose signature holds is read ([`CheckedEnvelope`]).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::signature::{CheckedEnvelope, CheckedSignature, SignatureOutcome, Signer, Statement};
use crate::verification::Verification;
use crate::verification::certification::{Assurance, CERTIFICATION_TYPE, certification};
use crate::verification::check::{FileCheck, Standing};
use crate::verification::recorded::is_other_version;
use crate::verification::written::place_of_difference;

/// The check of a signature by a key that the reader does not know.
pub(super) const OTHER_SIGNATURE: &str = "other signature";

/// Lists the checks of the signatures of a package.
///
/// `sha256` is the digest of the package, `envelopes` are compared with the keys of the signers that the reader accepts,
/// and each of `demanded` must have signed one of them.
pub fn signature_checks<'a>(
    verification: &Verification,
    sha256: &str,
    envelopes: impl IntoIterator<Item = &'a CheckedEnvelope>,
    demanded: &[Signer],
) -> Vec<FileCheck> {
    let mut checks = Vec::new();
    let mut held = Vec::new();
    for envelope in envelopes {
        held.extend(envelope.held());
        checks.extend(envelope.signatures.iter().map(signature));
        if let Some(payload) = &envelope.payload {
            checks.extend(statement(verification, sha256, payload));
        }
    }
    checks.push(signers(&held, demanded));
    checks
}

/// Returns the assurance that the signers of a payload state.
pub fn stated_assurance(payload: &[u8]) -> Option<Assurance> {
    let statement = Statement::read(payload, CERTIFICATION_TYPE).ok()?;
    assurance_of(&statement)
}

fn assurance_of(statement: &Statement) -> Option<Assurance> {
    statement.predicate["assurance"]
        .as_str()
        .and_then(Assurance::of)
}

fn signature(signature: &CheckedSignature) -> FileCheck {
    let named = |signer: &Signer| format!("{} ({})", signer.name, signer.key.id());
    match &signature.outcome {
        SignatureOutcome::Held(signer) => {
            FileCheck::new("signature", Standing::Held, format!("by {}", named(signer)))
        }
        SignatureOutcome::Broken(signer) => FileCheck::new(
            "signature",
            Standing::NotHeld,
            format!(
                "names the key of {} and is not by it, or the statement was changed",
                named(signer)
            ),
        ),
        SignatureOutcome::Again(signer) => FileCheck::new(
            OTHER_SIGNATURE,
            Standing::Held,
            format!("by {} again, and counted once", named(signer)),
        ),
        // It may be right, and tells this reader nothing.
        SignatureOutcome::Unknown => FileCheck::new(
            OTHER_SIGNATURE,
            Standing::Held,
            match &signature.key_id {
                Some(id) => format!("by a key that you did not name, and not counted: {id}"),
                None => "by a key that you did not name, and not counted".to_owned(),
            },
        ),
    }
}

/// Compares a signed statement with what the verification derives.
fn statement(verification: &Verification, sha256: &str, payload: &[u8]) -> Vec<FileCheck> {
    let refused = |why: String| FileCheck::new("signed statement", Standing::NotHeld, why);
    let signed = match Statement::read(payload, CERTIFICATION_TYPE) {
        Ok(signed) => signed,
        Err(error) => return vec![refused(error.to_string())],
    };
    if signed.subject.sha256 != sha256 {
        let found = "the statement is about another package: its digest is not that of this one";
        return vec![FileCheck::new("signed package", Standing::NotHeld, found)];
    }
    let is_this = FileCheck::new("signed package", Standing::Held, format!("sha256:{sha256}"));
    let statement = match assurance_of(&signed) {
        Some(assurance) => truth(verification, &signed, payload, assurance),
        None => refused("names no assurance that feedproof knows".to_owned()),
    };
    vec![is_this, statement]
}

fn truth(
    verification: &Verification,
    signed: &Statement,
    payload: &[u8],
    assurance: Assurance,
) -> FileCheck {
    let derived = certification(verification, signed.subject.clone(), assurance);
    let what = "signed statement";
    if derived.write() == payload {
        let (word, meaning) = (assurance.word(), assurance.meaning());
        return FileCheck::new(
            what,
            Standing::Held,
            format!(
                "says what the package gives; the signers state the assurance {word}: {meaning}"
            ),
        );
    }
    let place = serde_json::from_slice::<Value>(payload)
        .ok()
        .zip(serde_json::from_slice::<Value>(&derived.write()).ok())
        .and_then(|(signed, derived)| place_of_difference(&signed, &derived));
    let complaint = match place {
        Some(place) => format!("is not what the package gives at {place}, although it is signed"),
        None => "has the values that the package gives, but not its bytes".to_owned(),
    };
    if is_other_version(&verification.record.header) {
        let found = format!("{complaint}; another version made the run");
        return FileCheck::new(what, Standing::NotChecked, found);
    }
    FileCheck::new(what, Standing::NotHeld, complaint)
}

/// At least one accepted signer, and everybody whom the reader demands.
fn signers(held: &[&Signer], demanded: &[Signer]) -> FileCheck {
    let names = |signers: &[&Signer]| {
        let names = signers.iter().map(|signer| signer.name.as_str());
        let names: BTreeSet<&str> = names.collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    let missing: Vec<&Signer> = demanded
        .iter()
        .filter(|demanded| held.iter().all(|signer| signer.key != demanded.key))
        .collect();
    let complaint = if !missing.is_empty() {
        Some(format!("not signed by {}", names(&missing)))
    } else if held.is_empty() {
        Some("no signature is by a signer that you accept".to_owned())
    } else {
        None
    };
    FileCheck::of("signers", complaint, format!("signed by {}", names(held)))
}
