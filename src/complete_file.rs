//! Files that appear complete: a reader sees the old or the new one, never half of one.
//!
//! The content is written under a name that nobody can guess, and then renamed. A link in the place of the file is
//! replaced and never followed, for the folder may be somebody else's.

use std::io::{self, Write as _};
use std::path::Path;

/// Who may read a file, on Unix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Everybody whom the umask of the process admits.
    Usual,
    /// Its owner alone.
    Owner,
}

/// Writes a file, which replaces one of the name.
///
/// # Errors
/// The error of the file system; an earlier file of the name stays.
pub fn write(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = open(folder.unwrap_or(Path::new(".")), readers)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    // A file that is not renamed is removed.
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

fn open(folder: &Path, readers: Readers) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".part");
    #[cfg(unix)]
    if readers == Readers::Usual {
        let all = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        builder.permissions(all);
    }
    #[cfg(not(unix))]
    let _ = readers;
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.json");
        for text in ["old", "new"] {
            write(&path, text.as_bytes(), Readers::Usual).expect("written");
            assert_eq!(fs::read_to_string(&path).expect("read"), text);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
        let missing = folder.path().join("missing/one.json");
        assert!(write(&missing, b"x", Readers::Usual).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_link_is_replaced_and_never_written_through() {
        let folder = tempfile::tempdir().expect("a folder");
        let victim = folder.path().join("victim");
        fs::write(&victim, "kept").expect("written");
        let path = folder.path().join("one.json");
        for link in ["one.json", "one.json.part", ".one.json.part"] {
            let link = folder.path().join(link);
            std::os::unix::fs::symlink(&victim, link).expect("linked");
        }
        write(&path, b"new", Readers::Usual).expect("written");
        assert_eq!(fs::read_to_string(&victim).expect("read"), "kept");
        let kind = fs::symlink_metadata(&path).expect("there").file_type();
        assert!(kind.is_file());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_a_file_for_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let mode = |readers| {
            let path = folder.path().join("one.json");
            write(&path, b"x", readers).expect("written");
            fs::metadata(&path).expect("there").permissions().mode() & 0o777
        };
        assert_eq!(mode(Readers::Owner), 0o600);
        assert_ne!(mode(Readers::Usual) & 0o400, 0);
    }
}
