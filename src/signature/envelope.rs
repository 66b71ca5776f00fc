//! DSSE envelopes: bytes with signatures of them.
//!
//! The payload is signed and checked as the bytes that it is, and [`Envelope::check`] returns exactly those bytes.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use crate::signature::key::PrivateKey;
use crate::signature::signers::Signer;

/// The type of the payload: an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The largest envelope that is read or written, in bytes.
pub const ENVELOPE_BYTES_MAX: u64 = 1 << 20;

/// The largest number of signatures in an envelope.
pub const SIGNATURES_MAX: usize = 32;

/// The longest id of a key that is read, in bytes; a fingerprint has 50.
const KEY_ID_BYTES_MAX: usize = 200;

/// Why an envelope cannot be used; each sentence follows its name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is too large.
    #[error("has {0} bytes, more than the limit of {ENVELOPE_BYTES_MAX} bytes")]
    Large(usize),
    /// It is no envelope.
    #[error("is no DSSE envelope: {0}")]
    NoEnvelope(String),
    /// Its payload is of another type.
    #[error("signs something else: its payload is of the type {0:?}, and not {PAYLOAD_TYPE}")]
    PayloadType(String),
    /// Its payload or a signature is no base64.
    #[error("has {0} that is no base64")]
    Base64(String),
    /// It has no signature.
    #[error("has no signature")]
    NoSignature,
    /// It has too many signatures.
    #[error("has {0} signatures, more than the limit of {SIGNATURES_MAX}")]
    TooMany(usize),
    /// Two signatures name one key.
    #[error("has two signatures by {0:?}, and a signer signs once")]
    Twice(String),
    /// A signature that names the key of the signer is not by it.
    #[error("has a signature that names the key {0}, and is not by it")]
    NotBy(String),
}

/// Whether a signature was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It was.
    Now,
    /// The envelope had one by this key.
    Before,
}

/// A payload with its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    payload: Vec<u8>,
    signatures: Vec<EnvelopeSignature>,
}

/// A signature as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct EnvelopeSignature {
    /// The id of its key, which is a hint and not signed.
    key_id: Option<String>,
    bytes: Vec<u8>,
}

/// An envelope whose signatures were compared with the keys of known signers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedEnvelope {
    /// The signatures, in the order of the envelope.
    pub signatures: Vec<CheckedSignature>,
    /// The payload; `None` unless the signature of a known signer holds.
    pub payload: Option<Vec<u8>>,
}

impl CheckedEnvelope {
    /// Lists the signers whose signature holds, in the order of the envelope.
    pub fn held(&self) -> impl Iterator<Item = &Signer> {
        self.signatures
            .iter()
            .filter_map(|signature| match &signature.outcome {
                SignatureOutcome::Held(signer) => Some(signer),
                SignatureOutcome::Broken(_)
                | SignatureOutcome::Again(_)
                | SignatureOutcome::Unknown => None,
            })
    }
}

/// A signature that was compared with the keys of known signers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSignature {
    /// The id of the key that the signature names; any text, which is not signed.
    pub key_id: Option<String>,
    /// What was found.
    pub outcome: SignatureOutcome,
}

/// What was found about a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureOutcome {
    /// It is by this signer, and of this payload.
    Held(Signer),
    /// It names the key of this signer, and is not by it, or of another payload.
    Broken(Signer),
    /// It is by this signer, who has a signature before it.
    Again(Signer),
    /// It is by a key that is not known here.
    Unknown,
}

/// The JSON of an envelope. Members that DSSE does not have are ignored, because nothing signs them.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnvelopeJson {
    payload: String,
    payload_type: String,
    signatures: Vec<SignatureJson>,
}

#[derive(Serialize, Deserialize)]
struct SignatureJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyid: Option<String>,
    sig: String,
}

impl Envelope {
    /// Creates an envelope without signatures.
    pub fn of(payload: Vec<u8>) -> Self {
        Self {
            payload,
            signatures: Vec::new(),
        }
    }

    /// Reads an envelope with its signatures, which are not checked yet.
    ///
    /// # Errors
    /// [`EnvelopeError`] for anything but an envelope of a statement, with 1 to [`SIGNATURES_MAX`] signatures.
    pub fn read(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() as u64 > ENVELOPE_BYTES_MAX {
            return Err(EnvelopeError::Large(bytes.len()));
        }
        let json: EnvelopeJson = serde_json::from_slice(bytes)
            .map_err(|error| EnvelopeError::NoEnvelope(error.to_string()))?;
        if !has_objects(bytes) {
            let why = "it and its signatures are JSON objects".to_owned();
            return Err(EnvelopeError::NoEnvelope(why));
        }
        if json.payload_type != PAYLOAD_TYPE {
            let shown = json.payload_type.chars().take(KEY_ID_BYTES_MAX);
            return Err(EnvelopeError::PayloadType(shown.collect()));
        }
        match json.signatures.len() {
            0 => return Err(EnvelopeError::NoSignature),
            1..=SIGNATURES_MAX => {}
            number => return Err(EnvelopeError::TooMany(number)),
        }
        let payload =
            decoded(&json.payload).ok_or_else(|| EnvelopeError::Base64("a payload".to_owned()))?;
        let mut seen = BTreeSet::new();
        let mut signatures = Vec::new();
        for signature in json.signatures {
            // DSSE: empty members may be omitted, so an empty id is none.
            let key_id = signature.keyid.filter(|id| !id.is_empty());
            if let Some(id) = &key_id {
                if id.len() > KEY_ID_BYTES_MAX {
                    let why = format!("a keyid has more than {KEY_ID_BYTES_MAX} bytes");
                    return Err(EnvelopeError::NoEnvelope(why));
                }
                if !seen.insert(id.clone()) {
                    return Err(EnvelopeError::Twice(id.clone()));
                }
            }
            let bytes = decoded(&signature.sig)
                .ok_or_else(|| EnvelopeError::Base64("a signature".to_owned()))?;
            signatures.push(EnvelopeSignature { key_id, bytes });
        }
        Ok(Self {
            payload,
            signatures,
        })
    }

    /// Writes the envelope as JSON with a final line break.
    ///
    /// # Errors
    /// [`EnvelopeError::Large`].
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    pub fn write(&self) -> Result<Vec<u8>, EnvelopeError> {
        let json = EnvelopeJson {
            payload: STANDARD.encode(&self.payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: self
                .signatures
                .iter()
                .map(|signature| SignatureJson {
                    keyid: signature.key_id.clone(),
                    sig: STANDARD.encode(&signature.bytes),
                })
                .collect(),
        };
        let mut bytes = serde_json::to_vec_pretty(&json).expect("texts, written to memory");
        bytes.push(b'\n');
        if bytes.len() as u64 > ENVELOPE_BYTES_MAX {
            return Err(EnvelopeError::Large(bytes.len()));
        }
        Ok(bytes)
    }

    /// Tells whether it has exactly this payload; the signatures are not checked.
    pub fn has_payload(&self, payload: &[u8]) -> bool {
        self.payload == payload
    }

    /// Returns the number of its signatures.
    pub fn signatures(&self) -> usize {
        self.signatures.len()
    }

    /// Adds the signature of a key, unless the envelope has it.
    ///
    /// # Errors
    /// [`EnvelopeError::TooMany`]; [`EnvelopeError::NotBy`] where a signature only claims to be by this key.
    pub fn sign(&mut self, key: &PrivateKey) -> Result<Added, EnvelopeError> {
        let message = pre_authentication_encoding(PAYLOAD_TYPE, &self.payload);
        let (public, id) = (key.public(), key.public().id());
        for signature in &self.signatures {
            if public.holds(&message, &signature.bytes) {
                return Ok(Added::Before);
            }
            if signature.key_id.as_ref() == Some(&id) {
                return Err(EnvelopeError::NotBy(id));
            }
        }
        if self.signatures.len() >= SIGNATURES_MAX {
            return Err(EnvelopeError::TooMany(self.signatures.len() + 1));
        }
        self.signatures.push(EnvelopeSignature {
            key_id: Some(id),
            bytes: key.sign(&message),
        });
        Ok(Added::Now)
    }

    /// Compares each signature with the keys of known signers.
    ///
    /// Each key is tried: the id that a signature names is a hint, and not signed.
    pub fn check(&self, known: &[Signer]) -> CheckedEnvelope {
        let message = pre_authentication_encoding(PAYLOAD_TYPE, &self.payload);
        let known: Vec<(String, &Signer)> = known
            .iter()
            .map(|signer| (signer.key.id(), signer))
            .collect();
        let check = |signature: &EnvelopeSignature| {
            let holds = |signer: &Signer| signer.key.holds(&message, &signature.bytes);
            let id = signature.key_id.as_ref();
            let named = known.iter().find(|(known, _)| Some(known) == id);
            let by = known.iter().find(|(_, signer)| holds(signer));
            match (by, named) {
                (Some((_, signer)), _) => SignatureOutcome::Held((*signer).clone()),
                (None, Some((_, signer))) => SignatureOutcome::Broken((*signer).clone()),
                (None, None) => SignatureOutcome::Unknown,
            }
        };
        let mut before = BTreeSet::new();
        let signatures: Vec<_> = self
            .signatures
            .iter()
            .map(|signature| CheckedSignature {
                key_id: signature.key_id.clone(),
                outcome: match check(signature) {
                    SignatureOutcome::Held(signer) if !before.insert(signer.key) => {
                        SignatureOutcome::Again(signer)
                    }
                    outcome => outcome,
                },
            })
            .collect();
        let is_held = signatures
            .iter()
            .any(|signature| matches!(signature.outcome, SignatureOutcome::Held(_)));
        CheckedEnvelope {
            signatures,
            payload: is_held.then(|| self.payload.clone()),
        }
    }
}

/// Returns the bytes that are signed: type and payload, each with its length (DSSE, "PAE").
pub fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    [head.as_bytes(), payload].concat()
}

/// Tells whether an envelope and its signatures are objects; members could be read from arrays, too.
fn has_objects(bytes: &[u8]) -> bool {
    let json: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let mut signatures = json["signatures"].as_array().into_iter().flatten();
    json.is_object() && signatures.all(serde_json::Value::is_object)
}

/// Reads base64 in either alphabet, as DSSE demands.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let standard = STANDARD.decode(text);
    standard.or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::signature::key::tests::key;

    const PAYLOAD: &[u8] = b"{\"_type\": \"https://in-toto.io/Statement/v1\"}";

    fn signed(seeds: &[u8]) -> Envelope {
        let mut envelope = Envelope::of(PAYLOAD.to_owned());
        for seed in seeds {
            assert_eq!(envelope.sign(&key(*seed)), Ok(Added::Now));
        }
        envelope
    }

    fn signer(seed: u8) -> Signer {
        Signer {
            name: format!("signer {seed}"),
            key: key(seed).public(),
        }
    }

    fn held(envelope: &Envelope, known: &[Signer]) -> Vec<String> {
        let checked = envelope.check(known);
        let names: Vec<_> = checked.held().map(|signer| signer.name.clone()).collect();
        assert_eq!(checked.payload.is_some(), !names.is_empty());
        names
    }

    fn edited(
        envelope: &Envelope,
        edit: impl FnOnce(&mut Value),
    ) -> Result<Envelope, EnvelopeError> {
        let bytes = envelope.write().expect("small");
        let mut json: Value = serde_json::from_slice(&bytes).expect("JSON");
        edit(&mut json);
        Envelope::read(json.to_string().as_bytes())
    }

    #[test]
    fn the_signed_bytes_are_those_of_the_specification() {
        // The test vector of DSSE, protocol.md and implementation/signing_spec.py.
        assert_eq!(
            pre_authentication_encoding("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(pre_authentication_encoding("", b""), b"DSSEv1 0  0 ");
        // Lengths are those of bytes.
        assert_eq!(
            pre_authentication_encoding("ä", "ö€".as_bytes()),
            "DSSEv1 2 ä 5 ö€".as_bytes()
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let envelope = signed(&[1, 2]);
        let bytes = envelope.write().expect("small");
        assert_eq!(Envelope::read(&bytes), Ok(envelope));
    }

    #[test]
    fn each_signature_is_held_by_its_own_key_alone() {
        let envelope = signed(&[1, 2]);
        assert_eq!(
            held(&envelope, &[signer(1), signer(2)]),
            ["signer 1", "signer 2"]
        );
        assert_eq!(held(&envelope, &[signer(2)]), ["signer 2"]);
        assert!(held(&envelope, &[signer(3)]).is_empty());
        assert!(held(&envelope, &[]).is_empty());
    }

    #[test]
    fn a_signer_signs_once() {
        let mut envelope = signed(&[1]);
        assert_eq!(envelope.sign(&key(1)), Ok(Added::Before));
        assert_eq!(envelope.signatures(), 1);
        let twice = edited(&envelope, |json| {
            let first = json["signatures"][0].clone();
            json["signatures"].as_array_mut().expect("some").push(first);
        });
        assert_eq!(twice, Err(EnvelopeError::Twice(key(1).public().id())));
        let renamed = edited(&envelope, |json| {
            let mut first = json["signatures"][0].clone();
            first["keyid"] = json!("another");
            json["signatures"].as_array_mut().expect("some").push(first);
        })
        .expect("an envelope");
        assert_eq!(held(&renamed, &[signer(1)]), ["signer 1"]);
        let second = &renamed.check(&[signer(1)]).signatures[1].outcome;
        assert_eq!(*second, SignatureOutcome::Again(signer(1)));
    }

    #[test]
    fn an_id_that_another_program_wrote_hides_no_signature() {
        let mut envelope = signed(&[1]);
        envelope.signatures[0].key_id = Some("5d0c".to_owned());
        let checked = envelope.check(&[signer(2), signer(1)]);
        assert_eq!(checked.held().collect::<Vec<_>>(), [&signer(1)]);
        let checked = envelope.check(&[signer(2)]);
        assert_eq!(checked.signatures[0].outcome, SignatureOutcome::Unknown);
        assert_eq!(checked.payload, None);
    }

    #[test]
    fn the_id_of_another_key_neither_helps_nor_harms() {
        let theirs = key(2).public().id();
        let mut envelope = edited(&signed(&[1]), |json| {
            json["signatures"][0]["keyid"] = json!(theirs);
        })
        .expect("an envelope");
        let checked = envelope.check(&[signer(2)]);
        assert_eq!(
            checked.signatures[0].outcome,
            SignatureOutcome::Broken(signer(2))
        );
        assert_eq!(checked.payload, None);
        assert_eq!(held(&envelope, &[signer(2), signer(1)]), ["signer 1"]);
        assert_eq!(envelope.sign(&key(2)), Err(EnvelopeError::NotBy(theirs)));
    }

    #[test]
    fn a_signature_may_name_no_key() {
        for keyid in [json!(""), json!(null)] {
            let envelope = edited(&signed(&[1]), |json| json["signatures"][0]["keyid"] = keyid);
            let envelope = envelope.expect("an envelope");
            assert_eq!(held(&envelope, &[signer(2), signer(1)]), ["signer 1"]);
            assert!(held(&envelope, &[signer(2)]).is_empty());
        }
    }

    #[test]
    fn there_are_at_most_32_signatures() {
        let seeds: Vec<u8> = (0..32).collect();
        let mut envelope = signed(&seeds);
        assert_eq!(envelope.sign(&key(32)), Err(EnvelopeError::TooMany(33)));
        let bytes = envelope.write().expect("small");
        assert!(Envelope::read(&bytes).is_ok());
        let more = edited(&envelope, |json| {
            let more = json!({ "keyid": "another", "sig": "" });
            json["signatures"].as_array_mut().expect("some").push(more);
        });
        assert_eq!(more, Err(EnvelopeError::TooMany(33)));
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        let refused = |edit: fn(&mut Value)| edited(&signed(&[1]), edit).expect_err("refused");
        assert_eq!(
            refused(|json| json["signatures"] = json!([])),
            EnvelopeError::NoSignature
        );
        assert_eq!(
            refused(|json| json["payloadType"] = json!("text/plain")),
            EnvelopeError::PayloadType("text/plain".to_owned())
        );
        assert_eq!(
            refused(|json| json["payload"] = json!("?")),
            EnvelopeError::Base64("a payload".to_owned())
        );
        assert_eq!(
            refused(|json| json["signatures"][0]["sig"] = json!("AAA")),
            EnvelopeError::Base64("a signature".to_owned())
        );
        for edit in [
            (|json| json["signatures"][0]["keyid"] = json!("x".repeat(201))) as fn(&mut Value),
            |json| json["signatures"] = json!(null),
            |json| *json = json!([]),
            |json| *json = json!([json["payload"], json["payloadType"], json["signatures"]]),
            |json| json["signatures"] = json!([[null, "AAAA"]]),
        ] {
            assert!(matches!(refused(edit), EnvelopeError::NoEnvelope(_)));
        }
        let spaces = vec![b' '; 1 + (1 << 20)];
        assert_eq!(
            Envelope::read(&spaces),
            Err(EnvelopeError::Large(spaces.len()))
        );
        let twice = br#"{"payload": "", "payload": "", "payloadType": "", "signatures": []}"#;
        assert!(matches!(
            Envelope::read(twice),
            Err(EnvelopeError::NoEnvelope(_))
        ));
        let large = Envelope::of(vec![b' '; 1 << 20]);
        assert!(matches!(large.write(), Err(EnvelopeError::Large(_))));
    }

    #[test]
    fn both_alphabets_and_unknown_members_are_read() {
        // These three bytes are `++++` in one alphabet and `----` in the other.
        let mut envelope = Envelope::of(b"\xfb\xef\xbe".to_vec());
        envelope.sign(&key(1)).expect("signed");
        let other = edited(&envelope, |json| {
            assert_eq!(json["payload"], "++++");
            json["payload"] = json!("----");
            json["note"] = json!("not signed");
        });
        assert_eq!(other, Ok(envelope));
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_refused(
            payload in prop::collection::vec(any::<u8>(), 1..200),
            at in any::<prop::sample::Index>(),
            flipped in 1_u8..,
            in_signature in any::<bool>(),
        ) {
            let mut envelope = Envelope::of(payload);
            envelope.sign(&key(1)).expect("signed");
            prop_assert_eq!(held(&envelope, &[signer(1)]).len(), 1);
            let bytes = if in_signature {
                &mut envelope.signatures[0].bytes
            } else {
                &mut envelope.payload
            };
            let at = at.index(bytes.len());
            bytes[at] ^= flipped;
            let checked = envelope.check(&[signer(1)]);
            prop_assert_eq!(&checked.signatures[0].outcome, &SignatureOutcome::Broken(signer(1)));
            prop_assert_eq!(checked.payload, None);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(envelope) = Envelope::read(&bytes) {
                prop_assert_eq!(envelope.check(&[signer(1)]).payload, None);
            }
        }
    }
}
