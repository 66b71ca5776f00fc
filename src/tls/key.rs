//! Private keys: those that a client can use, decrypted where they are encrypted.

use std::sync::Arc;

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;

use crate::secret::Secret;
use crate::tls::fault::FaultKind;
use crate::tls::pem::{self, Block, BlockKind};

/// A key that a client can use.
pub(super) struct Key {
    /// The line of its block, from 1.
    pub line: usize,
    /// The key in PEM, not encrypted.
    pub pem: Secret,
    pub signing: Arc<dyn SigningKey>,
    /// Whether its file contains it encrypted.
    pub encrypted: bool,
}

/// The passphrase of a key.
#[derive(Clone, Copy)]
pub(super) enum Passphrase<'p> {
    /// The environment names none.
    Unset,
    /// The environment names one that cannot be looked up.
    Unavailable,
    Known(&'p Secret),
}

impl Key {
    /// Reads a key; `None` where it is encrypted and its passphrase is not available.
    pub fn of(block: &Block, passphrase: Passphrase<'_>) -> Result<Option<Self>, FaultKind> {
        match block.kind {
            BlockKind::Key => {
                let pem = pem::write(&block.label, &block.der);
                Ok(Some(Self {
                    line: block.line,
                    signing: signing(&block.der)?,
                    pem,
                    encrypted: false,
                }))
            }
            BlockKind::EncryptedKey => match passphrase {
                Passphrase::Unset => Err(FaultKind::Encrypted),
                Passphrase::Unavailable => Ok(None),
                Passphrase::Known(passphrase) => Self::decrypted(block, passphrase).map(Some),
            },
            kind => Err(FaultKind::Instead(kind)),
        }
    }

    fn decrypted(block: &Block, passphrase: &Secret) -> Result<Self, FaultKind> {
        let sealed = EncryptedPrivateKeyInfoRef::try_from(block.der.as_slice())
            .map_err(|_| FaultKind::UnusableEncryption)?;
        let key = sealed
            .decrypt(passphrase.expose())
            .map_err(|error| match error {
                pkcs8::Error::EncryptedPrivateKey(pkcs5::Error::DecryptFailed) => {
                    FaultKind::WrongPassphrase
                }
                pkcs8::Error::EncryptedPrivateKey(_) => FaultKind::UnusableEncryption,
                // A wrong passphrase may have a valid end by chance; then what it yields is no key.
                _ => FaultKind::WrongPassphrase,
            })?;
        Ok(Self {
            line: block.line,
            pem: pem::write("PRIVATE KEY", key.as_bytes()),
            signing: signing(key.as_bytes())?,
            encrypted: true,
        })
    }
}

/// Makes a key ready to sign, as the client will.
fn signing(der: &[u8]) -> Result<Arc<dyn SigningKey>, FaultKind> {
    let key = PrivateKeyDer::try_from(der).map_err(|_| FaultKind::UnusableKey)?;
    any_supported_type(&key).map_err(|_| FaultKind::UnusableKey)
}
