//! Reads the contents of `tls` into what a client can use, or lists their faults.

use std::fmt;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;

use crate::secret::Secret;
use crate::tls::binary::BinaryForm;
use crate::tls::certificate::{Certificate, ClientCertificate, in_order};
use crate::tls::fault::{FaultKind, TextForm, TlsFault, TlsField};
use crate::tls::key::{Key, Passphrase};
use crate::tls::pem::{self, Block, BlockKind};

/// What a reference of `tls` contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// The environment has no such reference.
    #[default]
    Unset,
    /// It cannot be looked up here; nothing depends on it then.
    Unavailable,
    /// A text.
    Text(Secret),
    /// A binary file of a known form.
    Binary(BinaryForm),
}

/// What the references of `tls` contain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsContents {
    /// The content of `ca`.
    pub ca: Content,
    /// The content of `client_certificate`.
    pub client_certificate: Content,
    /// The content of `client_key`.
    pub client_key: Content,
    /// The content of `client_key_passphrase`.
    pub client_key_passphrase: Content,
}

/// Certificates and key as a client uses them. Its debug output shows no key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsMaterial {
    /// The authorities to trust, in PEM; unset where the environment names none.
    pub authorities: Option<Secret>,
    /// What a client presents; unset where the environment names nothing.
    pub identity: Option<ClientIdentity>,
}

/// A client certificate with its chain and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The certificates in PEM: the client's first, then the issuer of each.
    pub chain: Secret,
    /// The key in PEM, not encrypted; the one of the first certificate.
    pub key: Secret,
    /// The client's certificate.
    pub certificate: ClientCertificate,
    /// What was repaired or left out; often empty.
    pub notes: Vec<TlsNote>,
}

/// Something about the files of a client certificate that is no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsNote {
    /// The certificates were in another order than TLS sends them.
    Ordered {
        /// The line of the client's certificate in its file.
        line: usize,
    },
    /// The file of the key contains several, of which one is used.
    OneOfSeveralKeys {
        /// The line of that key in its file.
        line: usize,
    },
    /// The key is not encrypted, so its passphrase is not used.
    NoPassphrase,
}

impl fmt::Display for TlsNote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ordered { line } => write!(
                out,
                "the certificates are sent in another order than that of the file: the client's is at line {line}"
            ),
            Self::OneOfSeveralKeys { line } => write!(
                out,
                "the file of the key contains several: the one at line {line} is used"
            ),
            Self::NoPassphrase => {
                out.write_str("the key is not encrypted, so `client_key_passphrase` is not used")
            }
        }
    }
}

/// Reads the contents of `tls`; where one is not available, the rest is read, and the material is without it.
///
/// # Errors
/// Every [`TlsFault`], in the order of the fields; never none.
pub fn read(contents: &TlsContents) -> Result<TlsMaterial, Vec<TlsFault>> {
    let mut faults = Vec::new();
    let authorities = authorities(&contents.ca);
    let authorities = authorities.unwrap_or_else(|fault| {
        faults.push(fault);
        None
    });
    let identity = identity(contents, &mut faults);
    if faults.is_empty() {
        Ok(TlsMaterial {
            authorities,
            identity,
        })
    } else {
        Err(faults)
    }
}

/// Reads the authorities.
fn authorities(content: &Content) -> Result<Option<Secret>, TlsFault> {
    let field = TlsField::Ca;
    let Some(blocks) = blocks(field, content)? else {
        return Ok(None);
    };
    let found = certificates(field, &blocks)?;
    if found.is_empty() {
        return Err(instead(field, &blocks));
    }
    for certificate in &found {
        let der = CertificateDer::from(certificate.der.as_slice());
        RootCertStore::empty().add(der).map_err(|_| TlsFault {
            field,
            line: Some(certificate.line),
            kind: FaultKind::BadCertificate,
        })?;
    }
    Ok(Some(chain(&found)))
}

/// Reads the client certificate with its chain and its key.
fn identity(contents: &TlsContents, faults: &mut Vec<TlsFault>) -> Option<ClientIdentity> {
    let before = faults.len();
    let mut read = |field, content| {
        blocks(field, content).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        })
    };
    let of_certificate = read(TlsField::ClientCertificate, &contents.client_certificate);
    let of_key = read(TlsField::ClientKey, &contents.client_key);
    if let (Some(certificate), Some(key)) = (&of_certificate, &of_key)
        && let Some(exchanged) = exchanged(certificate, key)
    {
        faults.extend(exchanged);
        return None;
    }
    let certificates = of_certificate.and_then(|blocks| {
        let own = client_certificates(&blocks, of_key.as_deref().unwrap_or_default());
        own.map_err(|fault| faults.push(fault)).ok()
    });
    let passphrase = match &contents.client_key_passphrase {
        Content::Unset => Passphrase::Unset,
        Content::Text(passphrase) => Passphrase::Known(passphrase),
        // A binary file is reported as what it is, and not as a wrong passphrase.
        Content::Unavailable | Content::Binary(_) => Passphrase::Unavailable,
    };
    if let Content::Binary(form) = contents.client_key_passphrase {
        faults.push(TlsFault {
            field: TlsField::ClientKeyPassphrase,
            line: None,
            kind: FaultKind::Binary(form),
        });
    }
    let keys = of_key.and_then(|blocks| {
        let keys = keys(&blocks, passphrase);
        keys.map_err(|fault| faults.push(fault)).ok().flatten()
    });
    if faults.len() > before {
        return None;
    }
    let identity = belonging(certificates?, keys?, passphrase);
    identity.map_err(|fault| faults.push(fault)).ok()
}

/// Reads the blocks of a content; `None` where there is no content.
fn blocks(field: TlsField, content: &Content) -> Result<Option<Vec<Block>>, TlsFault> {
    let fault = |line, kind| TlsFault { field, line, kind };
    let text = match content {
        Content::Unset | Content::Unavailable => return Ok(None),
        Content::Binary(form) => return Err(fault(None, FaultKind::Binary(*form))),
        Content::Text(text) => text.expose().trim_start_matches('\u{feff}'),
    };
    match pem::blocks(text) {
        Ok(blocks) if blocks.is_empty() => {
            // DER may be valid UTF-8 by chance.
            let kind = match BinaryForm::of(text.as_bytes()) {
                Some(form) => FaultKind::Binary(form),
                None => FaultKind::Text(TextForm::of(text)),
            };
            Err(fault(None, kind))
        }
        Ok(blocks) => Ok(Some(blocks)),
        Err(damaged) => Err(fault(
            Some(damaged.line),
            FaultKind::Damaged {
                cut_off: damaged.cut_off,
            },
        )),
    }
}

/// Says what blocks contain instead of what the field is for.
fn instead(field: TlsField, blocks: &[Block]) -> TlsFault {
    let telling = |block: &&Block| block.kind != BlockKind::Parameters;
    let block = blocks.iter().find(telling).or(blocks.first());
    TlsFault {
        field,
        line: block.map(|block| block.line),
        kind: FaultKind::Instead(block.map_or(BlockKind::Other, |block| block.kind)),
    }
}

/// Tells whether each of the two contains what belongs into the other.
fn exchanged(certificate: &[Block], key: &[Block]) -> Option<[TlsFault; 2]> {
    let first_key = |blocks: &[Block]| {
        let mut kinds = blocks.iter().map(|block| block.kind);
        kinds.find(|kind| kind.is_key())
    };
    let certificates = |blocks: &[Block]| {
        let mut kinds = blocks.iter().map(|block| block.kind);
        kinds.any(|kind| kind == BlockKind::Certificate)
    };
    let found = first_key(certificate)?;
    if certificates(certificate) || first_key(key).is_some() || !certificates(key) {
        return None;
    }
    let fault = |field, kind| TlsFault {
        field,
        line: None,
        kind: FaultKind::Exchanged(kind),
    };
    Some([
        fault(TlsField::ClientCertificate, found),
        fault(TlsField::ClientKey, BlockKind::Certificate),
    ])
}

/// Reads all certificates among blocks, each once.
fn certificates(field: TlsField, blocks: &[Block]) -> Result<Vec<Certificate>, TlsFault> {
    let mut found: Vec<Certificate> = Vec::new();
    for block in blocks {
        if block.kind != BlockKind::Certificate || found.iter().any(|one| one.der == *block.der) {
            continue;
        }
        let read = Certificate::of(block.line, &block.der).map_err(|kind| TlsFault {
            field,
            line: Some(block.line),
            kind,
        })?;
        found.push(read);
    }
    Ok(found)
}

/// Reads the certificates of the client: those of its reference, then those that accompany the key.
fn client_certificates(own: &[Block], of_key: &[Block]) -> Result<Vec<Certificate>, TlsFault> {
    let mut found = certificates(TlsField::ClientCertificate, own)?;
    if found.is_empty() {
        return Err(instead(TlsField::ClientCertificate, own));
    }
    for certificate in certificates(TlsField::ClientKey, of_key)? {
        if found.iter().all(|one| one.der != certificate.der) {
            found.push(certificate);
        }
    }
    Ok(found)
}

/// Reads the keys among blocks; `None` where all that could be read are encrypted and their passphrase is not available.
///
/// A key that cannot be read matters only where no other one can.
fn keys(blocks: &[Block], passphrase: Passphrase<'_>) -> Result<Option<Vec<Key>>, TlsFault> {
    let own: Vec<_> = blocks.iter().filter(|block| block.kind.is_key()).collect();
    if own.is_empty() {
        return Err(instead(TlsField::ClientKey, blocks));
    }
    let (mut keys, mut locked, mut fault) = (Vec::new(), false, None);
    for block in own {
        match Key::of(block, passphrase) {
            Ok(Some(key)) => keys.push(key),
            Ok(None) => locked = true,
            Err(kind) => {
                fault.get_or_insert_with(|| key_fault(block, kind));
            }
        }
    }
    match fault {
        Some(fault) if keys.is_empty() && !locked => Err(fault),
        _ => Ok((!keys.is_empty()).then_some(keys)),
    }
}

fn key_fault(block: &Block, kind: FaultKind) -> TlsFault {
    let wrong = kind == FaultKind::WrongPassphrase;
    TlsFault {
        field: if wrong {
            TlsField::ClientKeyPassphrase
        } else {
            TlsField::ClientKey
        },
        line: (!wrong).then_some(block.line),
        kind,
    }
}

/// Finds the certificate and the key that belong together, and puts the chain in order.
fn belonging(
    certificates: Vec<Certificate>,
    keys: Vec<Key>,
    passphrase: Passphrase<'_>,
) -> Result<ClientIdentity, TlsFault> {
    let fault = |field, line, kind| TlsFault { field, line, kind };
    let several = keys.len() > 1;
    let own = keys.into_iter().find_map(|key| {
        let public = key.signing.public_key();
        // A key that does not say its public one is taken for that of the first certificate.
        let own = public.map_or(Some(0), |public| {
            let fits = |one: &Certificate| one.has_key(public.as_ref());
            certificates.iter().position(fits)
        });
        Some((key, own?))
    });
    let Some((key, at)) = own else {
        let first = certificates.into_iter().next();
        let subject = first.map(|first| first.shown.subject).unwrap_or_default();
        let kind = FaultKind::Mismatch { subject };
        return Err(fault(TlsField::ClientKey, None, kind));
    };
    let before = certificates.clone();
    let ordered = in_order(certificates, at);
    let line = ordered[0].line;
    let (certificate, version_1) = (ordered[0].shown.clone(), ordered[0].version_1);
    let of_certificate = |kind| fault(TlsField::ClientCertificate, Some(line), kind);
    if version_1 {
        return Err(of_certificate(FaultKind::Version1));
    }
    let sent = ordered.iter();
    let sent = sent.map(|one| CertificateDer::from(one.der.clone()));
    // What the client itself will verify; only a certificate that it cannot read is left to refuse here.
    CertifiedKey::new(sent.collect(), key.signing.clone())
        .keys_match()
        .or_else(|error| match error {
            rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown) => Ok(()),
            _ => Err(of_certificate(FaultKind::BadCertificate)),
        })?;
    let mut notes = Vec::new();
    if ordered != before {
        notes.push(TlsNote::Ordered { line });
    }
    if several {
        notes.push(TlsNote::OneOfSeveralKeys { line: key.line });
    }
    if !key.encrypted && !matches!(passphrase, Passphrase::Unset) {
        notes.push(TlsNote::NoPassphrase);
    }
    Ok(ClientIdentity {
        chain: chain(&ordered),
        key: key.pem,
        certificate,
        notes,
    })
}

/// Writes certificates in PEM, in order.
fn chain(certificates: &[Certificate]) -> Secret {
    let mut text = String::new();
    for certificate in certificates {
        text.push_str(pem::write("CERTIFICATE", &certificate.der).expose());
    }
    Secret::new(text)
}

#[cfg(test)]
mod tests;
