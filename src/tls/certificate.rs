//! Certificates: what is read from one, and the order of a chain.

use x509_parser::prelude::{FromDer as _, X509Certificate, X509Version};

use crate::plain;
use crate::tls::fault::FaultKind;

/// The client certificate, as a person knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Its subject, in one line.
    pub subject: String,
    /// The beginning of its validity, in seconds since 1970, UTC.
    pub not_before: i64,
    /// The end of its validity, in seconds since 1970, UTC.
    pub not_after: i64,
    /// Whether its extended key usage, if it has one, allows clients.
    pub for_clients: bool,
}

/// A certificate of a file.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    /// The line of its block, from 1.
    pub line: usize,
    pub der: Vec<u8>,
    pub shown: ClientCertificate,
    pub version_1: bool,
    /// The names of subject and issuer, and the public key, each in DER.
    subject: Vec<u8>,
    issuer: Vec<u8>,
    public_key: Vec<u8>,
}

impl Certificate {
    /// Reads a certificate from DER.
    pub fn of(line: usize, der: &[u8]) -> Result<Self, FaultKind> {
        let (_, read) = X509Certificate::from_der(der).map_err(|_| FaultKind::BadCertificate)?;
        let usage = read.extended_key_usage().ok().flatten();
        let usage = usage.map(|usage| usage.value);
        Ok(Self {
            line,
            der: der.to_owned(),
            shown: ClientCertificate {
                subject: plain::line(&read.subject().to_string()).into_owned(),
                not_before: read.validity().not_before.timestamp(),
                not_after: read.validity().not_after.timestamp(),
                for_clients: usage.is_none_or(|usage| usage.client_auth || usage.any),
            },
            version_1: read.version() == X509Version::V1,
            subject: read.subject().as_raw().to_owned(),
            issuer: read.issuer().as_raw().to_owned(),
            public_key: read.public_key().raw.to_owned(),
        })
    }

    /// Tells whether this is its public key, in DER.
    pub fn has_key(&self, public_key: &[u8]) -> bool {
        self.public_key == public_key
    }

    fn is_issued_by(&self, other: &Self) -> bool {
        self.issuer == other.subject
    }
}

/// Puts certificates in the order in which TLS sends them: the one at `own` first, then the issuer of each.
///
/// Certificates that are in no such chain follow in the order in which they were.
pub(super) fn in_order(mut certificates: Vec<Certificate>, own: usize) -> Vec<Certificate> {
    let mut ordered = Vec::with_capacity(certificates.len());
    let mut next = (own < certificates.len()).then_some(own);
    while let Some(at) = next {
        let last = certificates.remove(at);
        next = certificates
            .iter()
            .position(|other| last.is_issued_by(other));
        ordered.push(last);
    }
    ordered.append(&mut certificates);
    ordered
}
