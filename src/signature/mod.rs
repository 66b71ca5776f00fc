//! Signatures of packages: DSSE envelopes over in-toto statements, with Ed25519 keys that people have.
//!
//! Bytes in, bytes or typed errors out. An [`Envelope`] carries the bytes of a [`Statement`] as they were signed, and a
//! reader gets them only together with a signature that holds: [`Envelope::check`] alone returns them. Keys are read from
//! the files that `openssl` and `ssh-keygen` write; `ring` is the only cryptography.
//!
//! The module opens no file, and knows neither runs nor packages: what a statement says, and whether it is true, is left
//! to [`verification`](crate::verification).
//!
//! Sources: DSSE 1.0 (<https://github.com/secure-systems-lab/dsse>), in-toto Statement v1
//! (<https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>), RFC 8032 (Ed25519), RFC 8410 (its keys in
//! PKCS#8 and SPKI), `ssh-keygen(1)` (allowed signers).

mod envelope;
mod key;
mod signers;
mod statement;

pub use envelope::{
    Added, CheckedEnvelope, CheckedSignature, ENVELOPE_BYTES_MAX, Envelope, EnvelopeError,
    PAYLOAD_TYPE, SIGNATURES_MAX, SignatureOutcome, pre_authentication_encoding,
};
pub use key::{KEY_BYTES_MAX, KeyError, PrivateKey, PublicKey};
pub use signers::{ALLOWED_SIGNERS_BYTES_MAX, NAMESPACE, Signer, SignersError, allowed_signers};
pub use statement::{Statement, StatementError, StatementSubject};
