//! Reads and writes PEM (RFC 7468), with the headers of RFC 1421 in front of older keys.
//!
//! The reader of rustls neither counts lines nor names blocks that it does not know, and faults need both.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// Characters of base64 on a line of a block.
const LINE: usize = 64;

/// What a block of PEM contains, by its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// `CERTIFICATE`.
    Certificate,
    /// `TRUSTED CERTIFICATE`, a form of openssl alone.
    TrustedCertificate,
    /// `CERTIFICATE REQUEST`.
    Request,
    /// `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
    Key,
    /// `ENCRYPTED PRIVATE KEY`.
    EncryptedKey,
    /// A key in the form of openssl before 1.0, which is encrypted: `Proc-Type: 4,ENCRYPTED`.
    LegacyEncryptedKey,
    /// `OPENSSH PRIVATE KEY`.
    OpensshKey,
    /// Any other `PRIVATE KEY`, such as one of DSA.
    OtherKey,
    /// `PUBLIC KEY` or `RSA PUBLIC KEY`.
    PublicKey,
    /// `PKCS7`.
    Pkcs7,
    /// `EC PARAMETERS` and the like, which openssl writes in front of a key; they say nothing that the key does not.
    Parameters,
    /// Something else.
    Other,
}

impl BlockKind {
    fn of(label: &str, legacy: bool) -> Self {
        match label {
            "CERTIFICATE" | "X509 CERTIFICATE" => Self::Certificate,
            "TRUSTED CERTIFICATE" => Self::TrustedCertificate,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Self::Request,
            "ENCRYPTED PRIVATE KEY" => Self::EncryptedKey,
            "OPENSSH PRIVATE KEY" => Self::OpensshKey,
            _ if legacy && label.ends_with("PRIVATE KEY") => Self::LegacyEncryptedKey,
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => Self::Key,
            "PKCS7" => Self::Pkcs7,
            _ if label.ends_with("PRIVATE KEY") => Self::OtherKey,
            _ if label.ends_with("PUBLIC KEY") => Self::PublicKey,
            _ if label.ends_with("PARAMETERS") => Self::Parameters,
            _ => Self::Other,
        }
    }

    /// Tells whether it is a key, of whatever form.
    pub(super) fn is_key(self) -> bool {
        matches!(
            self,
            Self::Key
                | Self::EncryptedKey
                | Self::LegacyEncryptedKey
                | Self::OpensshKey
                | Self::OtherKey
        )
    }
}

impl fmt::Display for BlockKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Certificate => "a certificate",
            Self::TrustedCertificate => "a certificate in a form of openssl alone",
            Self::Request => "a certificate request",
            Self::Key => "a key",
            Self::EncryptedKey => "an encrypted key",
            Self::LegacyEncryptedKey => "a key that is encrypted in the old form of openssl",
            Self::OpensshKey => "a key of OpenSSH",
            Self::OtherKey => "a key of another kind",
            Self::PublicKey => "a public key",
            Self::Pkcs7 => "certificates in PKCS#7",
            Self::Parameters => "parameters of a key",
            Self::Other => "something else",
        })
    }
}

/// A block of PEM.
pub(super) struct Block {
    pub kind: BlockKind,
    pub label: String,
    /// The line of its `BEGIN`, from 1.
    pub line: usize,
    pub der: Zeroizing<Vec<u8>>,
}

/// A block that cannot be read, by the line of its `BEGIN`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damaged {
    pub line: usize,
    /// Whether its `END` is missing; otherwise its base64 is wrong.
    pub cut_off: bool,
}

/// Returns what is between the lines that begin and end each private key of a text, as it is written there; also of keys
/// that cannot be read.
pub fn private_blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("-----BEGIN ").skip(1).filter_map(|part| {
        let (label, rest) = part.split_once("-----")?;
        let body = rest.split("-----END").next()?.trim();
        (label.contains("PRIVATE KEY") && !body.is_empty()).then_some(body)
    })
}

/// Reads the blocks of a text, in order; what is between them is for people.
pub(super) fn blocks(text: &str) -> Result<Vec<Block>, Damaged> {
    let mut found = Vec::new();
    let mut lines = (1..).zip(text.lines()).flat_map(|(number, line)| {
        // Where files were joined without a line break, the end of one block and the beginning of the next are one line.
        let end = line
            .find("----------BEGIN ")
            .map_or(line.len(), |at| at + 5);
        let (first, second) = line.split_at(end);
        [first, second].map(|part| (number, part.trim()))
    });
    while let Some((line, read)) = lines.next() {
        let Some(label) = label(read, "-----BEGIN ") else {
            continue;
        };
        let mut inside = Vec::new();
        let mut legacy = false;
        loop {
            let cut_off = Damaged {
                line,
                cut_off: true,
            };
            let Some((_, read)) = lines.next() else {
                return Err(cut_off);
            };
            if read.starts_with("-----") {
                if self::label(read, "-----END ") == Some(label) {
                    break;
                }
                return Err(cut_off);
            }
            // Base64 has no colon, so this is a header.
            if read.contains(':') {
                legacy |= read.starts_with("Proc-Type:") && read.ends_with("ENCRYPTED");
            } else {
                inside.push(read);
            }
        }
        // `concat` allocates once, so no part of a key is left behind in freed memory.
        let base64 = Zeroizing::new(inside.concat());
        let der = STANDARD.decode(base64.as_bytes()).map_err(|_| Damaged {
            line,
            cut_off: false,
        })?;
        found.push(Block {
            kind: BlockKind::of(label, legacy),
            label: label.to_owned(),
            line,
            der: Zeroizing::new(der),
        });
    }
    Ok(found)
}

/// Returns the label of a line that begins or ends a block.
fn label<'l>(line: &'l str, opening: &str) -> Option<&'l str> {
    let label = line.strip_prefix(opening)?.strip_suffix("-----")?;
    // A block whose lines were joined ends like its first line.
    (!label.contains("-----")).then_some(label)
}

/// Writes a block.
pub(super) fn write(label: &str, der: &[u8]) -> Secret {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(
        base64.len() + base64.len() / LINE + 80,
    ));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        // Base64 is ASCII, so every index is a boundary.
        let (line, further) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = further;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    Secret::new(text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_block_is_read_again() {
        for size in [0, 1, 47, 48, 49, 300] {
            let der: Vec<u8> = (0..size).map(|byte| byte as u8).collect();
            let text = format!(
                "Bag Attributes\n  name: x\n{}",
                write("PRIVATE KEY", &der).expose()
            );
            let read = blocks(&text).map_err(|damaged| damaged.line);
            let read = read.expect("it is PEM");
            assert_eq!((read[0].line, read[0].kind), (3, BlockKind::Key));
            assert_eq!(*read[0].der, der);
        }
    }

    #[test]
    fn blocks_joined_without_a_line_break_were_said_to_be_cut_off() {
        let text =
            "-----BEGIN X-----\nAAAA\n-----END X----------BEGIN Y-----\nAAAA\n-----END Y-----";
        let read = blocks(text).map_err(|damaged| damaged.line);
        let read = read.expect("both are whole");
        let labels: Vec<_> = read
            .iter()
            .map(|block| (&*block.label, block.line))
            .collect();
        assert_eq!(labels, [("X", 1), ("Y", 3)]);
    }

    #[test]
    fn a_private_block_is_found_as_it_is_written() {
        let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n\
            -----BEGIN OPENSSH PRIVATE KEY-----\r\nBBBB\r\nCC\r\n-----END OPENSSH PRIVATE KEY-----\n";
        let found: Vec<_> = private_blocks(text).collect();
        assert_eq!(found, ["BBBB\r\nCC"]);
    }

    #[test]
    fn a_damaged_block_is_named_by_its_line() {
        for (text, line, cut_off) in [
            ("\n-----BEGIN X-----\nAAAA\n", 2, true),
            (
                "-----BEGIN X-----\nAAAA\n-----BEGIN X-----\nAAAA\n-----END X-----",
                1,
                true,
            ),
            ("-----BEGIN X-----\nAAAA\n-----END Y-----", 1, true),
            ("-----BEGIN X-----\nAAA\n-----END X-----", 1, false),
            ("-----BEGIN X-----\nA A!\n-----END X-----", 1, false),
        ] {
            assert_eq!(
                blocks(text).err(),
                Some(Damaged { line, cut_off }),
                "{text}"
            );
        }
    }
}
