//! Packages: the files of a run as one zip file that can be handed over.
//!
//! A package is deterministic: the same files give the same bytes, and a package that is read must be exactly what would
//! be written of its files. So nothing can hide in it: no second file of one name, no link, no comment, nothing behind
//! its end. Names are checked against a pattern, so that none leads out of a folder; nothing is unpacked to the disk.
//!
//! The module knows no run: what the files say is left to [`verification`](crate::verification).

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use plan_language::value::hex;

/// The file of a package that lists all others.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The largest package that is read, in bytes.
pub const PACKAGE_BYTES_MAX: u64 = 128 << 20;

/// The largest number of files in a package.
const FILES_MAX: usize = 500;

/// The largest size of all files of a package together, in bytes.
const FILES_BYTES_MAX: u64 = 512 << 20;

/// The largest number of bytes that a byte of a package may unpack to; deflate itself reaches a thousand.
const RATIO_MAX: u64 = 1_100;

/// The files of a package, by name.
pub type PackagedFiles = BTreeMap<String, Vec<u8>>;

/// Why a package cannot be read; each sentence follows the name of the package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// It is no zip file, or a damaged one.
    #[error("is no readable zip file: {0}")]
    Zip(String),
    /// It has too many files, or too large ones.
    #[error("{0}")]
    Large(String),
    /// It has a file that no package has.
    #[error("contains {0:?}, which is no file of a package")]
    Name(String),
    /// A file is damaged.
    #[error("{name}: {why}")]
    File {
        /// The file.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// It has the right files, and is not what is written of them.
    #[error(
        "is not what this version of feedproof writes of its files: it contains more, or was made by another program or version"
    )]
    More,
}

/// The list of the files of a package.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Manifest {
    /// The version of this format.
    format: u32,
    /// Every file but this one, in the order of names.
    files: Vec<Listed>,
}

/// A file in the list.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Listed {
    path: String,
    /// Bytes.
    size: u64,
    /// In hex.
    sha256: String,
}

/// Writes a package; the files must have names of [`is_name`].
///
/// # Errors
/// [`PackageError::Name`] for another name, [`PackageError::Large`] for too much.
pub fn write(files: &PackagedFiles) -> Result<Vec<u8>, PackageError> {
    if files.len() > FILES_MAX {
        return Err(too_many(files.len()));
    }
    if let Some(name) = files.keys().find(|name| !is_name(name)) {
        return Err(PackageError::Name(name.clone()));
    }
    let bytes: u64 = files.values().map(|bytes| bytes.len() as u64).sum();
    if bytes > FILES_BYTES_MAX {
        return Err(PackageError::Large(format!(
            "would hold {bytes} bytes, more than the limit of {FILES_BYTES_MAX} bytes"
        )));
    }
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let manifest = (MANIFEST_FILE, &manifest(files));
    let all = files.iter().map(|(name, bytes)| (name.as_str(), bytes));
    for (name, bytes) in std::iter::once(manifest).chain(all) {
        zip.start_file(name, options).map_err(unreadable)?;
        zip.write_all(bytes)
            .map_err(|error| PackageError::Zip(error.to_string()))?;
    }
    let package = zip.finish().map_err(unreadable)?.into_inner();
    if package.len() as u64 > PACKAGE_BYTES_MAX {
        return Err(too_large(package.len()));
    }
    Ok(package)
}

/// Reads a package.
///
/// # Errors
/// [`PackageError`] that names the file, for anything that [`write()`] would not have written.
pub fn read(package: &[u8]) -> Result<PackagedFiles, PackageError> {
    if package.len() as u64 > PACKAGE_BYTES_MAX {
        return Err(too_large(package.len()));
    }
    let mut zip = ZipArchive::new(Cursor::new(package)).map_err(unreadable)?;
    if zip.len() > FILES_MAX + 1 {
        return Err(too_many(zip.len()));
    }
    let most = FILES_BYTES_MAX.min(package.len() as u64 * RATIO_MAX);
    let mut left = most;
    let mut files = PackagedFiles::new();
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(unreadable)?;
        let name = file.name().map_err(unreadable)?.into_owned();
        if name != MANIFEST_FILE && !is_name(&name) {
            return Err(PackageError::Name(name));
        }
        let mut bytes = Vec::new();
        let broken = |why: String| PackageError::File {
            name: name.clone(),
            why,
        };
        // What the file says of its size is not believed.
        let read = file
            .take(left + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| broken(error.to_string()))? as u64;
        left = left.checked_sub(read).ok_or_else(|| {
            PackageError::Large(format!("unpacks to more than {most} bytes: {name}"))
        })?;
        files.insert(name, bytes);
    }
    let listed = files
        .remove(MANIFEST_FILE)
        .ok_or_else(|| PackageError::File {
            name: MANIFEST_FILE.to_owned(),
            why: "is missing".to_owned(),
        })?;
    compare(&listed, &files)?;
    if write(&files)? == package {
        Ok(files)
    } else {
        Err(PackageError::More)
    }
}

/// Returns the digest by which statements name a package: SHA-256 in hex.
pub fn digest_of(package: &[u8]) -> String {
    sha256(package)
}

/// Tells whether a file of a package may have this name: plain names, at most one folder deep.
pub fn is_name(name: &str) -> bool {
    let is_plain = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
            && letters.all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
            && part.len() <= 100
    };
    let parts: Vec<&str> = name.split('/').collect();
    parts.len() <= 2 && parts.into_iter().all(is_plain) && name != MANIFEST_FILE
}

/// Compares the files with the list of them.
fn compare(listed: &[u8], files: &PackagedFiles) -> Result<(), PackageError> {
    let broken = |name: &str, why: &str| PackageError::File {
        name: name.to_owned(),
        why: why.to_owned(),
    };
    if listed == manifest(files) {
        return Ok(());
    }
    let manifest: Manifest = serde_json::from_slice(listed)
        .map_err(|error| broken(MANIFEST_FILE, &format!("is no list of files: {error}")))?;
    for known in &manifest.files {
        let Some(bytes) = files.get(&known.path) else {
            return Err(broken(&known.path, "is listed and missing"));
        };
        if bytes.len() as u64 != known.size {
            return Err(broken(&known.path, "has another size than is listed"));
        }
        if sha256(bytes) != known.sha256 {
            return Err(broken(&known.path, "has another digest than is listed"));
        }
    }
    let is_listed = |name: &&String| manifest.files.iter().any(|known| known.path == **name);
    let further = files.keys().find(|name| !is_listed(name));
    Err(match further {
        Some(name) => broken(name, "is not listed"),
        None => broken(MANIFEST_FILE, "is not what feedproof writes of these files"),
    })
}

/// Writes the list of the files.
#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
fn manifest(files: &PackagedFiles) -> Vec<u8> {
    let manifest = Manifest {
        format: 1,
        files: files
            .iter()
            .map(|(name, bytes)| Listed {
                path: name.clone(),
                size: bytes.len() as u64,
                sha256: sha256(bytes),
            })
            .collect(),
    };
    let mut bytes =
        serde_json::to_vec_pretty(&manifest).expect("texts and numbers, written to memory");
    bytes.push(b'\n');
    bytes
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn too_large(bytes: usize) -> PackageError {
    PackageError::Large(format!(
        "has {bytes} bytes, more than the limit of {PACKAGE_BYTES_MAX} bytes"
    ))
}

fn too_many(number: usize) -> PackageError {
    PackageError::Large(format!(
        "has {number} files, more than the limit of {FILES_MAX}"
    ))
}

fn unreadable(error: ZipError) -> PackageError {
    PackageError::Zip(error.to_string())
}

#[cfg(test)]
mod tests;
