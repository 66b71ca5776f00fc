//! Recognises files of certificates and keys that are binary, by their outermost structure alone.

use std::fmt;

use x509_parser::prelude::{FromDer as _, X509Certificate};

/// A binary form of certificates and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryForm {
    /// Certificates and a key in one file, mostly with a passphrase (RFC 7292).
    Pkcs12,
    /// Certificates without a key (RFC 2315).
    Pkcs7,
    /// A keystore of Java, in its own form.
    JavaKeystore,
    /// A certificate in DER.
    Certificate,
    /// A certificate request in DER (RFC 2986).
    Request,
    /// A key in DER: PKCS#8, PKCS#1 or SEC1.
    Key,
    /// An encrypted key in DER (PKCS#8).
    EncryptedKey,
    /// A public key in DER.
    PublicKey,
}

/// The tags of DER that tell the forms apart.
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

impl BinaryForm {
    /// Recognises the form of a file; `None` for bytes that are none of these.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        // The magic numbers of JKS and of JCEKS.
        if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) || bytes.starts_with(&[0xce; 4]) {
            return Some(Self::JavaKeystore);
        }
        let (SEQUENCE, content, _) = element(bytes)? else {
            return None;
        };
        let (first, inside, rest) = element(content)?;
        let second = element(rest).map(|(tag, _, _)| tag);
        match (first, inside, second) {
            (INTEGER, [3], Some(SEQUENCE)) => Some(Self::Pkcs12),
            (INTEGER, [0 | 1], Some(SEQUENCE | INTEGER | OCTET_STRING)) => Some(Self::Key),
            (OID, ..) => Some(Self::Pkcs7),
            (SEQUENCE, _, Some(OCTET_STRING)) => Some(Self::EncryptedKey),
            (SEQUENCE, _, Some(BIT_STRING)) => Some(Self::PublicKey),
            (SEQUENCE, ..) if X509Certificate::from_der(bytes).is_ok() => Some(Self::Certificate),
            (SEQUENCE, _, Some(SEQUENCE)) if matches!(element(inside), Some((INTEGER, [0], _))) => {
                Some(Self::Request)
            }
            _ => None,
        }
    }
}

impl fmt::Display for BinaryForm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Pkcs12 => "a PKCS#12 file (.p12, .pfx)",
            Self::Pkcs7 => "a PKCS#7 file (.p7b)",
            Self::JavaKeystore => "a keystore of Java",
            Self::Certificate => "a certificate in DER",
            Self::Request => "a certificate request in DER",
            Self::Key => "a key in DER",
            Self::EncryptedKey => "an encrypted key in DER",
            Self::PublicKey => "a public key in DER",
        })
    }
}

/// Splits the first element of DER off: its tag, its content, and what follows.
///
/// Some programs write PKCS#12 with an indefinite length; then the content is all that follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = der else {
        return None;
    };
    let (length, rest) = match first {
        0..0x80 => (usize::from(*first), rest),
        0x80 => (rest.len(), rest),
        _ => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let mut length = 0_usize;
            for octet in octets {
                length = length.checked_mul(256)?.checked_add(usize::from(*octet))?;
            }
            (length, rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_bytes_have_no_form() {
        for bytes in [
            b"".as_slice(),
            b"\x30",
            b"\x30\x82",
            b"\x30\xff\xff",
            b"\x30\x05\x02\x01\x07\x04\x00",
            b"\x30\x84\xff\xff\xff\xff\x02",
            b"\xff\xfe-\0-\0",
            b"p\xe4ssword",
        ] {
            assert_eq!(BinaryForm::of(bytes), None, "{bytes:x?}");
        }
        assert_eq!(
            BinaryForm::of(b"\xfe\xed\xfe\xed\0\0\0\x02"),
            Some(BinaryForm::JavaKeystore)
        );
        assert_eq!(
            BinaryForm::of(b"\x30\x80\x02\x01\x03\x30\x80\x06\x00"),
            Some(BinaryForm::Pkcs12)
        );
    }
}
