//! What to do about a fault, with the command that converts a file where one is needed.

use crate::tls::binary::BinaryForm;
use crate::tls::fault::{FaultKind, TextForm, TlsFault, TlsField, TlsName};
use crate::tls::pem::BlockKind;

/// The conversion of a file by a command.
struct Conversion<'p> {
    /// The file to read.
    path: &'p str,
    /// The same, quoted for a shell.
    from: String,
    /// The file to write, quoted for a shell; never the same.
    to: String,
}

impl<'p> Conversion<'p> {
    /// Makes the names for a field whose content is in a file; the new file lies beside it.
    fn of(field: TlsField, path: &'p str) -> Self {
        let ending = match field {
            TlsField::ClientKey => "key",
            _ => "pem",
        };
        Self {
            path,
            from: quoted(path),
            to: quoted(&beside(path, ending)),
        }
    }
}

/// Returns the path of another file in the same folder, with this ending.
fn beside(path: &str, ending: &str) -> String {
    let folder = path.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let stem = match path[folder..].rfind('.') {
        Some(dot) if dot > 0 => &path[..folder + dot],
        _ => path,
    };
    let other = format!("{stem}.{ending}");
    if other == path {
        format!("{stem}-new.{ending}")
    } else {
        other
    }
}

/// Quotes a path for a shell, where it needs that.
fn quoted(path: &str) -> String {
    let bare = |sign: char| sign.is_alphanumeric() || matches!(sign, '.' | '_' | '-' | '/' | '\\');
    if path.chars().all(bare) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

impl TlsFault {
    /// Says what to do about it; `name` returns the names of a field's content.
    pub fn hint(&self, name: &dyn Fn(TlsField) -> TlsName) -> String {
        let path = name(self.field).path;
        let file = Conversion::of(self.field, &path);
        let Conversion { from, to, .. } = &file;
        match &self.kind {
            FaultKind::Binary(form) => self.convert(*form, &file),
            FaultKind::Text(form) => self.rewrite(*form, &file),
            FaultKind::Damaged { .. } => "copy it again, from `-----BEGIN` to `-----END`".to_owned(),
            FaultKind::Instead(kind) => self.replace(*kind, &file),
            FaultKind::Exchanged(_) => {
                "exchange the values of `client_certificate` and `client_key`".to_owned()
            }
            FaultKind::BadCertificate => format!(
                "see what openssl makes of it: openssl x509 -in {from} -noout -text"
            ),
            FaultKind::Version1 => {
                "let the authority issue it with an extension, such as `basicConstraints = CA:FALSE`: openssl x509 -req -extfile FILE …".to_owned()
            }
            FaultKind::Encrypted => format!(
                "refer to its passphrase, such as `client_key_passphrase: env:CLIENT_KEY_PASSPHRASE`; or store the key without one: openssl pkey -in {from} -out {to}"
            ),
            FaultKind::WrongPassphrase => {
                let key = quoted(&name(TlsField::ClientKey).path);
                format!("try the passphrase: openssl pkey -in {key} -noout")
            }
            FaultKind::UnusableEncryption => encrypt_again(&file),
            FaultKind::UnusableKey => "feedproof uses RSA keys of 2048 to 4096 bits, and keys of P-256, P-384 and Ed25519".to_owned(),
            FaultKind::Mismatch { .. } => {
                let certificate = quoted(&name(TlsField::ClientCertificate).path);
                format!(
                    "of files that belong together these print the same: openssl x509 -in {certificate} -noout -pubkey; openssl pkey -in {from} -pubout"
                )
            }
        }
    }

    /// Says how to convert a binary file.
    fn convert(&self, form: BinaryForm, file: &Conversion<'_>) -> String {
        if !self.field.may_come_as(form) {
            let found = match form {
                BinaryForm::Request => BlockKind::Request,
                _ => BlockKind::Other,
            };
            return self.replace(found, file);
        }
        let Conversion { from, to, .. } = file;
        match form {
            BinaryForm::Pkcs12 => {
                let (part, passphrase) = match self.field {
                    TlsField::Ca => ("-cacerts -nokeys", ""),
                    TlsField::ClientKey => (
                        "-nocerts",
                        "; it asks for a new passphrase, to which `client_key_passphrase` then refers",
                    ),
                    _ => ("-nokeys", ""),
                };
                format!(
                    "openssl pkcs12 -in {from} {part} -out {to}{passphrase}; add -legacy if openssl reports an unsupported algorithm"
                )
            }
            BinaryForm::JavaKeystore => {
                let store = quoted(&beside(file.path, "p12"));
                format!(
                    "keytool -importkeystore -srckeystore {from} -destkeystore {store} -deststoretype pkcs12; then name {store}, to see how that is converted"
                )
            }
            BinaryForm::Pkcs7 => {
                format!("openssl pkcs7 -inform der -in {from} -print_certs -out {to}")
            }
            BinaryForm::Certificate => format!("openssl x509 -inform der -in {from} -out {to}"),
            BinaryForm::EncryptedKey => format!(
                "openssl pkcs8 -topk8 -inform der -in {from} -out {to}; `client_key_passphrase` then refers to its passphrase"
            ),
            _ => format!("openssl pkey -inform der -in {from} -out {to}"),
        }
    }

    /// Says how to make a text PEM.
    fn rewrite(&self, form: TextForm, file: &Conversion<'_>) -> String {
        let Conversion { from, to, .. } = file;
        let (command, label) = match self.field {
            TlsField::ClientKey => ("pkey", "PRIVATE KEY"),
            _ => ("x509", "CERTIFICATE"),
        };
        match form {
            TextForm::Utf16 { big_endian } => {
                let order = if big_endian { "be" } else { "le" };
                format!("save it in UTF-8: iconv -f utf-16{order} -t utf-8 {from} > {to}")
            }
            TextForm::EscapedLines | TextForm::JoinedLines => {
                "keep the line breaks of PEM; a file that `file:PATH` names keeps them".to_owned()
            }
            TextForm::EncodedPem => format!("decode it: base64 -d {from} > {to}"),
            TextForm::BareBase64 => format!(
                "write the lines around it: base64 -d {from} | openssl {command} -inform der -out {to}"
            ),
            TextForm::Unknown => format!("name PEM, which begins with `-----BEGIN {label}-----`"),
        }
    }

    /// Says what to name instead of a block that is not what the field is for.
    fn replace(&self, found: BlockKind, file: &Conversion<'_>) -> String {
        let Conversion { from, to, .. } = file;
        match (self.field, found) {
            (TlsField::ClientKey, BlockKind::LegacyEncryptedKey) => encrypt_again(file),
            (TlsField::ClientKey, BlockKind::OpensshKey) => format!(
                "convert a copy of it, which this replaces: ssh-keygen -p -m PKCS8 -f {from}"
            ),
            (TlsField::ClientKey, BlockKind::OtherKey) => {
                format!("convert it, if it is of RSA, P-256, P-384 or Ed25519: openssl pkey -in {from} -out {to}")
            }
            (TlsField::ClientKeyPassphrase, _) => {
                "name a file that contains the passphrase and nothing else".to_owned()
            }
            (TlsField::ClientKey, _) => {
                "name the key of the client certificate, which begins with `-----BEGIN PRIVATE KEY-----`"
                    .to_owned()
            }
            (_, BlockKind::TrustedCertificate) => format!("openssl x509 -in {from} -out {to}"),
            (_, BlockKind::Pkcs7) => {
                format!("openssl pkcs7 -in {from} -print_certs -out {to}")
            }
            (_, BlockKind::Request) => {
                "name the certificate that an authority issued for the request".to_owned()
            }
            (TlsField::Ca, _) => {
                "name the certificate of the authority, which begins with `-----BEGIN CERTIFICATE-----`".to_owned()
            }
            _ => {
                "name the client certificate, which begins with `-----BEGIN CERTIFICATE-----`".to_owned()
            }
        }
    }
}

/// Says how to encrypt a key in a form that feedproof decrypts.
fn encrypt_again(file: &Conversion<'_>) -> String {
    format!(
        "convert it: openssl pkcs8 -topk8 -in {} -out {}; `client_key_passphrase` then refers to its passphrase",
        file.from, file.to
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_lies_beside_the_old_one_and_is_another() {
        for (path, from, to) in [
            ("client.p12", "client.p12", "client.key"),
            ("client.key", "client.key", "client-new.key"),
            ("a.b/client", "a.b/client", "a.b/client.key"),
            ("a.b/.key", "a.b/.key", "a.b/.key.key"),
            ("my keys/k.der", "'my keys/k.der'", "'my keys/k.key'"),
            ("it's.der", r"'it'\''s.der'", r"'it'\''s.key'"),
        ] {
            let file = Conversion::of(TlsField::ClientKey, path);
            assert_eq!((file.from.as_str(), file.to.as_str()), (from, to));
        }
    }
}
