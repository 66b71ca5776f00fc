//! Files of signatures: keys, allowed signers, and the envelopes beside packages.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::arguments::SignatureArguments;
use crate::cli::error::CliError;
use crate::cli::finished_run::read_file;
use crate::complete_file::{self, Readers};
use crate::secret::Secret;
use crate::signature::{
    ALLOWED_SIGNERS_BYTES_MAX, ENVELOPE_BYTES_MAX, Envelope, KEY_BYTES_MAX, KeyError, NAMESPACE,
    PrivateKey, PublicKey, Signer, allowed_signers,
};

/// The signers that a reader knows.
#[derive(Debug)]
pub(super) struct KnownSigners {
    /// All whose signatures count.
    pub accepted: Vec<Signer>,
    /// Those who must have signed.
    pub demanded: Vec<Signer>,
}

/// Returns the file of the signatures of a package, beside it.
pub(super) fn beside(package: &Path) -> PathBuf {
    let mut name = package.as_os_str().to_owned();
    name.push(".dsse.json");
    name.into()
}

/// Reads the keys and the allowed signers that the caller names.
///
/// # Errors
/// [`CliError`] with exit code 2 for a file that cannot be used.
pub(super) fn known_signers(arguments: &SignatureArguments) -> Result<KnownSigners, CliError> {
    let mut demanded: Vec<Signer> = Vec::new();
    for file in &arguments.key {
        let text = text_of(file, KEY_BYTES_MAX)?;
        let key = PublicKey::read(text.expose()).map_err(|error| {
            CliError::usage(format!("{} {error}", file.display())).with_hint(error.hint_to_check())
        })?;
        // A key that is named twice signs once.
        if demanded.iter().all(|known| known.key != key) {
            let name = file.display().to_string();
            demanded.push(Signer { name, key });
        }
    }
    let mut accepted = demanded.clone();
    if let Some(file) = &arguments.allowed_signers {
        let text = text_of(file, ALLOWED_SIGNERS_BYTES_MAX)?;
        let allowed = allowed_signers(text.expose()).map_err(|error| {
            CliError::usage(format!("{} {error}", file.display())).with_hint(format!(
                "a line is `jane@acme.example namespaces=\"{NAMESPACE}\" ssh-ed25519 AAAA…`"
            ))
        })?;
        for signer in allowed {
            match accepted.iter_mut().find(|known| known.key == signer.key) {
                Some(known) => known.name = format!("{}, {}", signer.name, known.name),
                None => accepted.push(signer),
            }
        }
    }
    Ok(KnownSigners { accepted, demanded })
}

/// Reads a private key.
///
/// # Errors
/// [`CliError`] with exit code 2, which contains no part of the key.
pub(super) fn private_key(file: &Path) -> Result<PrivateKey, CliError> {
    let text = text_of(file, KEY_BYTES_MAX)?;
    PrivateKey::read(&text).map_err(|error| unusable(file, error))
}

/// Reads an envelope; `None` where there is no such file.
///
/// # Errors
/// [`CliError`] with exit code 2 for a file that is no envelope.
pub(super) fn envelope(file: &Path) -> Result<Option<Envelope>, CliError> {
    if !file.try_exists().unwrap_or(true) {
        return Ok(None);
    }
    let bytes = read_file(&followed(file), ENVELOPE_BYTES_MAX)?;
    let envelope = Envelope::read(&bytes)
        .map_err(|error| CliError::usage(format!("{} {error}", file.display())))?;
    Ok(Some(envelope))
}

/// Writes a file that appears complete, so that the signatures of others are not lost when writing fails.
pub(super) fn write(file: &Path, bytes: &[u8]) -> Result<(), CliError> {
    // A link that the caller names leads to the file that was read.
    complete_file::write(&followed(file), bytes, Readers::Usual)
        .map_err(|error| CliError::usage(format!("cannot write {}: {error}", file.display())))
}

/// Reads a text of bounded size, which may be a private key.
fn text_of(file: &Path, most: u64) -> Result<Secret, CliError> {
    let bytes = read_file(&followed(file), most)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        drop(zeroize::Zeroizing::new(error.into_bytes()));
        unusable(file, KeyError::NoKey)
    })?;
    Ok(Secret::new(text))
}

/// Follows a link that the caller names.
fn followed(file: &Path) -> PathBuf {
    fs::canonicalize(file).unwrap_or_else(|_| file.to_owned())
}

fn unusable(file: &Path, error: KeyError) -> CliError {
    CliError::usage(format!("{} {error}", file.display())).with_hint(error.hint())
}
