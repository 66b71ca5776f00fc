//! Ed25519 keys in the files that people have: PEM as `openssl` writes it, and the forms of OpenSSH.
//!
//! No error and no `Debug` of this file contains a byte of a private key.

use std::fmt;

use pkcs8::der::Decode as _;
use pkcs8::spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};
use pkcs8::{Document, SecretDocument};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use ssh_key::HashAlg;
use ssh_key::public::{Ed25519PublicKey, KeyData};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The largest file of a key that is read, in bytes; one of Ed25519 has a few hundred.
pub const KEY_BYTES_MAX: u64 = 64 << 10;

/// The object identifier of Ed25519 (RFC 8410, section 3).
const ED25519_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Why a file cannot be used as a key; each sentence follows the name of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It has no form of a key.
    #[error("is no key in PEM or in a form of OpenSSH")]
    NoKey,
    /// It has the form of a key and cannot be read.
    #[error("is a damaged key")]
    Damaged,
    /// It is encrypted.
    #[error("is an encrypted key, and feedproof asks for no passphrase")]
    Encrypted,
    /// It is a key of another algorithm, or a certificate of one.
    #[error("is no Ed25519 key, and signatures of packages are Ed25519")]
    Algorithm,
    /// It is a public key, where a private one is needed.
    #[error("is a public key, and a private key is needed to sign")]
    Public,
    /// It has a second key or other text, so that its reader may mean another key than feedproof.
    #[error("has more than one key, or text around it")]
    More,
    /// It is a private key, where a public one is needed.
    #[error("is a private key, and a public key is needed to check a signature")]
    Private,
}

impl KeyError {
    /// Says what to do about a key with which a reader checks signatures.
    pub fn hint_to_check(self) -> &'static str {
        match self {
            Self::NoKey | Self::Damaged | Self::Algorithm | Self::More => {
                "name a file with one public key of the signer, such as `ssh-ed25519 AAAA…` or `-----BEGIN PUBLIC KEY-----`; a file of several signers is named with --allowed-signers"
            }
            _ => self.hint(),
        }
    }

    /// Says what to do about a key with which somebody signs.
    pub fn hint(self) -> &'static str {
        match self {
            Self::More => "write the key alone into a file",
            Self::NoKey | Self::Damaged | Self::Algorithm => {
                "make a key with `ssh-keygen -t ed25519 -N '' -f FILE` or `openssl genpkey -algorithm ed25519 -out FILE`"
            }
            Self::Encrypted => {
                "sign with a copy that is not encrypted, and delete it afterwards: `ssh-keygen -p -N '' -f COPY` for a key of OpenSSH, `openssl pkey -in FILE -out COPY` for PEM"
            }
            Self::Public => {
                "name the other file of the pair: of OpenSSH, it is the one without `.pub`"
            }
            Self::Private => {
                "name the public key and keep the private one to yourself: `ssh-keygen -y -f FILE` or `openssl pkey -in FILE -pubout` prints it"
            }
        }
    }
}

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads a public key: SPKI in PEM (`BEGIN PUBLIC KEY`), or a line of OpenSSH (`ssh-ed25519 AAAA…`). Lines that
    /// begin with `#` are comments.
    ///
    /// # Errors
    /// [`KeyError`] for anything else.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let text = lines.collect::<Vec<_>>().join("\n");
        match Form::of(&text)? {
            Form::PublicPem if !has_more(&text) => Self::of_pem(&text),
            Form::PublicLine if !text.contains('\n') => Self::of_line(&text),
            Form::PublicPem | Form::PublicLine => Err(KeyError::More),
            Form::PrivatePem | Form::PrivateOpenssh => Err(KeyError::Private),
        }
    }

    /// Reads SPKI in PEM.
    fn of_pem(text: &str) -> Result<Self, KeyError> {
        let (_, der) = Document::from_pem(text).map_err(|_| KeyError::Damaged)?;
        let key = SubjectPublicKeyInfoRef::from_der(der.as_bytes());
        let key = key.map_err(|_| KeyError::Damaged)?;
        if key.algorithm.oid != ED25519_OID {
            return Err(KeyError::Algorithm);
        }
        let bytes = key.subject_public_key.as_bytes();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        match (bytes, key.algorithm.parameters) {
            (Some(bytes), None) => Ok(Self(bytes)),
            _ => Err(KeyError::Damaged),
        }
    }

    /// Reads a line of OpenSSH: the kind of the key, the key, and a comment.
    pub(super) fn of_line(line: &str) -> Result<Self, KeyError> {
        let mut words = line.split_ascii_whitespace();
        if words.next() != Some("ssh-ed25519") {
            return Err(KeyError::Algorithm);
        }
        // OpenSSH takes any blanks between the words, and the crate a single space; a comment is anything.
        let bare = format!("ssh-ed25519 {}", words.next().unwrap_or_default());
        let key = ssh_key::PublicKey::from_openssh(&bare).map_err(|_| KeyError::Damaged)?;
        let key = key.key_data().ed25519().ok_or(KeyError::Algorithm)?;
        Ok(Self(key.0))
    }

    /// Returns the fingerprint that `ssh-keygen -l` prints: `SHA256:` and base64 without padding.
    pub fn id(self) -> String {
        let key = KeyData::Ed25519(Ed25519PublicKey(self.0));
        key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Tells whether a signature of a message is by this key.
    pub(super) fn holds(self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(message, signature).is_ok()
    }
}

/// A private key.
pub struct PrivateKey(Ed25519KeyPair);

impl PrivateKey {
    /// Reads a private key that is not encrypted: PKCS#8 in PEM (`BEGIN PRIVATE KEY`), or the form of OpenSSH.
    ///
    /// # Errors
    /// [`KeyError`] for anything else.
    pub fn read(text: &Secret) -> Result<Self, KeyError> {
        let text = text.expose().trim_start_matches('\u{feff}').trim();
        match Form::of(text)? {
            Form::PrivatePem | Form::PrivateOpenssh if has_more(text) => Err(KeyError::More),
            Form::PrivatePem => Self::of_pem(text),
            Form::PrivateOpenssh => Self::of_openssh(text),
            Form::PublicPem | Form::PublicLine => Err(KeyError::Public),
        }
    }

    fn of_pem(text: &str) -> Result<Self, KeyError> {
        let (_, der) = SecretDocument::from_pem(text).map_err(|_| KeyError::Damaged)?;
        let info = pkcs8::PrivateKeyInfoRef::try_from(der.as_bytes());
        let info = info.map_err(|_| KeyError::Damaged)?;
        if info.algorithm.oid != ED25519_OID {
            return Err(KeyError::Algorithm);
        }
        // `openssl` writes the first version of PKCS#8, which has no public key to compare with.
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.as_bytes());
        pair.map(Self).map_err(|_| KeyError::Damaged)
    }

    fn of_openssh(text: &str) -> Result<Self, KeyError> {
        let key = ssh_key::PrivateKey::from_openssh(text).map_err(|_| KeyError::Damaged)?;
        if key.is_encrypted() {
            return Err(KeyError::Encrypted);
        }
        let pair = key.key_data().ed25519().ok_or(KeyError::Algorithm)?;
        let seed = Zeroizing::new(pair.private.to_bytes());
        let pair = Ed25519KeyPair::from_seed_and_public_key(&*seed, &pair.public.0);
        pair.map(Self).map_err(|_| KeyError::Damaged)
    }

    /// Returns its public key.
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    pub fn public(&self) -> PublicKey {
        let bytes = self.0.public_key().as_ref().try_into();
        PublicKey(bytes.expect("a public key of Ed25519 has 32 bytes"))
    }

    /// Signs a message.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_owned()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PrivateKey({}, …)", self.public().id())
    }
}

/// The form of a key, by its first line.
enum Form {
    /// `PUBLIC KEY`.
    PublicPem,
    /// A line of OpenSSH.
    PublicLine,
    /// `PRIVATE KEY`.
    PrivatePem,
    /// `OPENSSH PRIVATE KEY`.
    PrivateOpenssh,
}

impl Form {
    fn of(text: &str) -> Result<Self, KeyError> {
        let label = text
            .split_once("-----BEGIN ")
            .and_then(|(_, rest)| rest.split_once("-----"))
            .map(|(label, _)| label);
        match label {
            Some("PUBLIC KEY") => Ok(Self::PublicPem),
            Some("PRIVATE KEY") => Ok(Self::PrivatePem),
            Some("OPENSSH PRIVATE KEY") => Ok(Self::PrivateOpenssh),
            Some("ENCRYPTED PRIVATE KEY") => Err(KeyError::Encrypted),
            // Forms of other algorithms alone: `RSA PRIVATE KEY`, `EC PRIVATE KEY`.
            Some(label) if label.ends_with(" KEY") => Err(KeyError::Algorithm),
            Some(_) => Err(KeyError::NoKey),
            None if is_key_line(text.trim()) => Ok(Self::PublicLine),
            None => Err(KeyError::NoKey),
        }
    }
}

/// Tells whether there is more than one block of PEM in a text, or something around it.
fn has_more(text: &str) -> bool {
    let end = text
        .split_once("-----END ")
        .and_then(|(_, end)| end.split_once("-----"));
    !text.starts_with("-----BEGIN ")
        || text.matches("-----BEGIN ").count() > 1
        || end.is_some_and(|(_, rest)| !rest.is_empty())
}

/// Tells whether a text begins as a public key of OpenSSH does, of whatever algorithm.
pub(super) fn is_key_line(text: &str) -> bool {
    let kinds = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];
    kinds.iter().any(|kind| text.starts_with(kind))
}

#[cfg(test)]
pub(super) mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// A key pair whose seed is one byte, repeated: the same for every run of a test, and known to all.
    pub(in crate::signature) fn key(seed: u8) -> PrivateKey {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a seed");
        PrivateKey(pair)
    }

    fn pem(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> = (0..text.len())
            .step_by(64)
            .map(|at| &text[at..text.len().min(at + 64)])
            .collect();
        let lines = lines.join("\n");
        format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
    }

    /// PKCS#8 as `openssl genpkey` writes it (RFC 8410, section 10.3).
    fn pkcs8(seed: u8) -> String {
        let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        der.extend([seed; 32]);
        pem("PRIVATE KEY", &der)
    }

    fn spki(key: PublicKey) -> String {
        let mut der = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00".to_vec();
        der.extend(key.0);
        pem("PUBLIC KEY", &der)
    }

    fn string(bytes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(bytes.len()).expect("short");
        [&length.to_be_bytes(), bytes].concat()
    }

    fn blob(key: PublicKey) -> Vec<u8> {
        [string(b"ssh-ed25519"), string(&key.0)].concat()
    }

    /// A line of OpenSSH.
    pub(in crate::signature) fn line(key: PublicKey) -> String {
        format!(
            "ssh-ed25519 {} jane@acme.example\n",
            STANDARD.encode(blob(key))
        )
    }

    /// The private form of OpenSSH (PROTOCOL.key).
    fn openssh(seed: u8, public: PublicKey, cipher: &[u8], kdf: &[u8], options: &[u8]) -> String {
        let mut inside = [7_u8; 8].to_vec();
        inside.extend(blob(public));
        inside.extend(string(&[[seed; 32], public.0].concat()));
        inside.extend(string(b"jane@acme.example"));
        for pad in 1.. {
            if inside.len().is_multiple_of(16) {
                break;
            }
            inside.push(pad);
        }
        let all = [
            b"openssh-key-v1\0".to_vec(),
            string(cipher),
            string(kdf),
            string(options),
            1_u32.to_be_bytes().to_vec(),
            string(&blob(public)),
            string(&inside),
        ];
        pem("OPENSSH PRIVATE KEY", &all.concat())
    }

    fn plain_openssh(seed: u8, public: PublicKey) -> String {
        openssh(seed, public, b"none", b"none", b"")
    }

    #[track_caller]
    fn private(text: &str, expected: Result<PublicKey, KeyError>) {
        let read = PrivateKey::read(&Secret::new(text));
        assert_eq!(read.map(|key| key.public()), expected);
    }

    #[test]
    fn all_four_forms_are_read() {
        let public = key(1).public();
        private(&pkcs8(1), Ok(public));
        private(&pkcs8(1).replace('\n', "\r\n"), Ok(public));
        private(&plain_openssh(1, public), Ok(public));
        private(&format!("\u{feff}\n{}\n", pkcs8(1)), Ok(public));
        assert_eq!(PublicKey::read(&spki(public)), Ok(public));
        assert_eq!(PublicKey::read(&line(public)), Ok(public));
        for comments in ["\u{feff}", "# Jane's key\r\n\r\n", "\n  #\n"] {
            let with = |text: String| PublicKey::read(&format!("{comments}{text}\n# end"));
            assert_eq!(with(line(public)), Ok(public), "{comments:?}");
            assert_eq!(with(spki(public)), Ok(public), "{comments:?}");
        }
        let tabs = line(public).replace(' ', "\t");
        assert_eq!(PublicKey::read(&tabs), Ok(public));
    }

    #[test]
    fn the_second_version_of_pkcs8_is_read() {
        let random = ring::rand::SystemRandom::new();
        let der = Ed25519KeyPair::generate_pkcs8(&random).expect("a key");
        let pair = Ed25519KeyPair::from_pkcs8(der.as_ref()).expect("a key");
        private(
            &pem("PRIVATE KEY", der.as_ref()),
            Ok(PrivateKey(pair).public()),
        );
    }

    #[test]
    fn the_id_is_the_fingerprint_of_openssh() {
        // The key of RFC 8032, section 7.1, test 1; `ssh-keygen -l` printed the fingerprint.
        let text =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
        let key = PublicKey::read(text).expect("a key");
        assert_eq!(
            key.id(),
            "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8"
        );
    }

    #[test]
    fn what_is_no_such_key_is_refused() {
        let public = key(1).public();
        private("", Err(KeyError::NoKey));
        private("-----BEGIN CERTIFICATE-----\n", Err(KeyError::NoKey));
        private("-----BEGIN PRIVATE KEY-----\nMC4C", Err(KeyError::Damaged));
        private(&pem("PRIVATE KEY", b"\x30\x00"), Err(KeyError::Damaged));
        private(
            &pem("ENCRYPTED PRIVATE KEY", b"\x30\x00"),
            Err(KeyError::Encrypted),
        );
        private(
            &pem("RSA PRIVATE KEY", b"\x30\x00"),
            Err(KeyError::Algorithm),
        );
        private(&spki(public), Err(KeyError::Public));
        private(&line(public), Err(KeyError::Public));
        private(&(pkcs8(1) + &pkcs8(2)), Err(KeyError::More));
        private(&format!("key:\n{}", pkcs8(1)), Err(KeyError::More));
        // Another public key beside the seed would make signatures from which the seed can be computed.
        private(&plain_openssh(1, key(2).public()), Err(KeyError::Damaged));
        let options = [string(&[3; 16]), 16_u32.to_be_bytes().to_vec()].concat();
        let sealed = openssh(1, public, b"aes256-ctr", b"bcrypt", &options);
        private(&sealed, Err(KeyError::Encrypted));
        let refused = |text: &str| PublicKey::read(text).expect_err("no public key");
        assert_eq!(refused(&pkcs8(1)), KeyError::Private);
        assert_eq!(refused("ssh-rsa AAAAB3NzaC1yc2E="), KeyError::Algorithm);
        assert_eq!(refused("ssh-ed25519 AAAA"), KeyError::Damaged);
        assert_eq!(refused("hello"), KeyError::NoKey);
        // Which of two keys is meant?
        let two = key(2).public();
        assert_eq!(refused(&(line(public) + &line(two))), KeyError::More);
        assert_eq!(refused(&(spki(public) + &spki(two))), KeyError::More);
        assert_eq!(refused(&(line(two) + &spki(public))), KeyError::More);
        assert_eq!(refused(&(spki(public) + &line(two))), KeyError::More);
    }

    #[test]
    fn a_key_of_x25519_is_of_another_algorithm() {
        // One byte of the identifier differs: 1.3.101.110.
        let mut der = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x6e\x03\x21\x00".to_vec();
        der.extend([9; 32]);
        let read = PublicKey::read(&pem("PUBLIC KEY", &der));
        assert_eq!(read, Err(KeyError::Algorithm));
    }

    #[test]
    fn neither_errors_nor_debug_show_a_private_key() {
        let seed = STANDARD.encode([1; 32]);
        let shown = format!("{:?}", key(1));
        assert!(shown.starts_with("PrivateKey(SHA256:"), "{shown}");
        assert!(!shown.contains(&seed[..12]), "{shown}");
        let text = pkcs8(1).replace("-----END", "!-----END");
        let error = PrivateKey::read(&Secret::new(text)).expect_err("damaged");
        let shown = format!("{error} {error:?} {}", error.hint());
        assert!(!shown.contains("AQEB"), "{shown}");
    }
}
