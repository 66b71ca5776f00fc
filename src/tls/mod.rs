//! What the references of `tls` contain: certificates of authorities, a client certificate with its chain, and its key.
//!
//! Reading is pure: contents that were looked up become a [`TlsMaterial`] that a client can use, or every
//! [`TlsFault`] at once. A fault knows its field and the line inside the file; its place in the environment and the
//! names of the files are left to [`topology`](crate::topology). No fault contains a part of a key or a passphrase.
//!
//! PEM is what feedproof uses. Every other form that such files come in is recognised, and the fault says how to
//! convert it. The order of certificates is no decision of anybody, so it is repaired and noted.

mod binary;
mod certificate;
mod fault;
mod hint;
mod key;
mod pem;
mod read;

pub use binary::BinaryForm;
pub use certificate::ClientCertificate;
pub use fault::{FaultKind, TextForm, TlsFault, TlsField, TlsName};
pub use pem::{BlockKind, private_blocks};
pub use read::{ClientIdentity, Content, TlsContents, TlsMaterial, TlsNote, read};
