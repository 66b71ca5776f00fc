//! What is wrong with the contents of `tls`, in words; what to do about it is in [`hint`](super::hint).

use std::fmt;

use crate::tls::binary::BinaryForm;
use crate::tls::pem::BlockKind;

/// A field of `tls`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsField {
    /// `ca`.
    Ca,
    /// `client_certificate`.
    ClientCertificate,
    /// `client_key`.
    ClientKey,
    /// `client_key_passphrase`.
    ClientKeyPassphrase,
}

impl TlsField {
    /// Tells whether a binary form contains what the field is for.
    pub(super) fn may_come_as(self, form: BinaryForm) -> bool {
        use BinaryForm as B;
        match self {
            Self::Ca | Self::ClientCertificate => matches!(
                form,
                B::Pkcs12 | B::JavaKeystore | B::Pkcs7 | B::Certificate
            ),
            Self::ClientKey => {
                matches!(form, B::Pkcs12 | B::JavaKeystore | B::Key | B::EncryptedKey)
            }
            Self::ClientKeyPassphrase => false,
        }
    }
}

/// The names of a field's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsName {
    /// The reference as the environment contains it, such as `file:client.key`.
    pub reference: String,
    /// The file, relative to where the command runs; for commands of a hint.
    pub path: String,
}

/// Something because of which the contents of `tls` cannot be used. It contains no part of them but the subject of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFault {
    /// The field that must be changed.
    pub field: TlsField,
    /// The line of the content that it is about, from 1; unset where it is about all of it.
    pub line: Option<usize>,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with the content of a field of `tls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is binary.
    Binary(BinaryForm),
    /// It is text, and no PEM.
    Text(TextForm),
    /// A block is cut off; otherwise its base64 is wrong.
    Damaged {
        /// Whether its `END` is missing.
        cut_off: bool,
    },
    /// It contains this, and not what the field is for.
    Instead(BlockKind),
    /// Certificate and key have exchanged their places; this is what is here.
    Exchanged(BlockKind),
    /// A block `CERTIFICATE` contains no certificate that TLS can use.
    BadCertificate,
    /// The client certificate is of version 1 of X.509, which rustls refuses.
    Version1,
    /// The key is encrypted, and the environment names no passphrase.
    Encrypted,
    /// The passphrase is another one.
    WrongPassphrase,
    /// The key is encrypted by an algorithm that is not supported.
    UnusableEncryption,
    /// The key is damaged, or of an algorithm or a size that is not supported.
    UnusableKey,
    /// The key is of no certificate of the chain.
    Mismatch {
        /// The subject of the first certificate.
        subject: String,
    },
}

/// A text that is no PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// Two bytes for a character, with the more significant one first if `big_endian`.
    Utf16 {
        /// Whether the more significant byte is first.
        big_endian: bool,
    },
    /// Line breaks are the two characters `\n`.
    EscapedLines,
    /// All lines are one.
    JoinedLines,
    /// PEM that is encoded as base64 once more.
    EncodedPem,
    /// Base64 without the lines `BEGIN` and `END`.
    BareBase64,
    /// Anything else.
    Unknown,
}

impl TextForm {
    /// Recognises the form of a text without blocks of PEM.
    pub(super) fn of(text: &str) -> Self {
        let base64 = |sign: char| {
            sign.is_ascii_alphanumeric() || matches!(sign, '+' | '/' | '=' | '\r' | '\n')
        };
        if text.contains('\0') {
            Self::Utf16 {
                big_endian: text.starts_with('\0'),
            }
        } else if text.contains("-----\\n") || text.contains("-----\\r\\n") {
            Self::EscapedLines
        } else if text.contains("-----BEGIN ") {
            Self::JoinedLines
        } else if text.starts_with("LS0tLS") {
            Self::EncodedPem
        // DER begins with a sequence, and so its base64 with an `M`.
        } else if text.len() > 40 && text.starts_with('M') && text.chars().all(base64) {
            Self::BareBase64
        } else {
            Self::Unknown
        }
    }
}

impl TlsFault {
    /// Says what is wrong, in lower case without a full stop; `name` returns the names of a field's content.
    pub fn message(&self, name: &dyn Fn(TlsField) -> TlsName) -> String {
        let mut this = format!("`{}`", name(self.field).reference);
        // Most files contain one block, and it begins at the first line.
        if let Some(line) = self.line.filter(|line| *line > 1) {
            this.push_str(&format!(" (line {line})"));
        }
        match &self.kind {
            FaultKind::Binary(form) if self.field.may_come_as(*form) => {
                format!("{this} is {form}, and feedproof reads PEM")
            }
            FaultKind::Binary(form) => format!("{this} is {form}: {}", self.expected()),
            FaultKind::Text(form) => format!("{this} {form}"),
            FaultKind::Damaged { cut_off: true } => {
                format!("{this} contains a block of PEM without its line `END`")
            }
            FaultKind::Damaged { cut_off: false } => {
                format!("{this} contains a block of PEM that is no base64")
            }
            FaultKind::Instead(kind) => self.instead(*kind, &this),
            FaultKind::Exchanged(kind) => format!("{this} contains {kind}: {}", self.expected()),
            FaultKind::BadCertificate => {
                format!(
                    "{this} contains a block `CERTIFICATE` with no certificate that TLS can use"
                )
            }
            FaultKind::Version1 => {
                format!(
                    "{this} contains a certificate of version 1 of X.509, and TLS needs version 3"
                )
            }
            FaultKind::Encrypted => format!(
                "{this} contains an encrypted key, and `tls.client_key_passphrase` is not set"
            ),
            FaultKind::WrongPassphrase => format!(
                "{this} is not the passphrase of the key in `{}`",
                name(TlsField::ClientKey).reference
            ),
            FaultKind::UnusableEncryption => format!(
                "{this} contains a key that is encrypted in a way that feedproof does not support"
            ),
            FaultKind::UnusableKey => format!("{this} contains a key that feedproof cannot use"),
            FaultKind::Mismatch { subject } => format!(
                "{this} contains no private key of the certificate in `{}` ({subject})",
                name(TlsField::ClientCertificate).reference
            ),
        }
    }

    /// Says that a block is not what the field is for.
    fn instead(&self, kind: BlockKind, this: &str) -> String {
        match (self.field, kind) {
            (_, BlockKind::Other | BlockKind::Parameters) => {
                format!("{this} contains no {}", self.wanted())
            }
            (TlsField::ClientKey, kind) if kind.is_key() => {
                format!("{this} contains {kind}, which feedproof does not read")
            }
            (
                TlsField::Ca | TlsField::ClientCertificate,
                BlockKind::TrustedCertificate | BlockKind::Pkcs7,
            ) => format!("{this} contains {kind}, which feedproof does not read"),
            _ => format!("{this} contains {kind}, and no {}", self.wanted()),
        }
    }

    /// Returns what the field is for, in one word.
    fn wanted(&self) -> &'static str {
        match self.field {
            TlsField::Ca | TlsField::ClientCertificate => "certificate",
            TlsField::ClientKey => "private key",
            TlsField::ClientKeyPassphrase => "passphrase",
        }
    }

    fn expected(&self) -> String {
        format!("the {} belongs here", self.wanted())
    }
}

impl fmt::Display for TextForm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Utf16 { .. } => "is in UTF-16 without the mark at its beginning that says so",
            Self::EscapedLines => "contains the two characters `\\n` where a line should end",
            Self::JoinedLines => "contains PEM without its line breaks",
            Self::EncodedPem => "is PEM that was encoded as base64 once more",
            Self::BareBase64 => "contains base64 without the lines `BEGIN` and `END` of PEM",
            Self::Unknown => "contains no PEM: no line begins with `-----BEGIN `",
        })
    }
}
