//! `feedproof package`: what is packed is verified as its folder is, and what was changed in a package is found.

use std::path::{Path, PathBuf};

use feedproof::package::{PackagedFiles, read, write};
use tempfile::TempDir;

use super::{bytes, err, feedproof, finished, path};

/// Packs the finished run.
fn packed() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let package = folder.path().join("run.zip");
    let output = feedproof(&["package", path(finished()), "--to", path(&package)]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    (folder, package)
}

/// Verifies a package, and returns the exit code with everything that was said.
fn verified(package: &Path) -> (Option<i32>, String) {
    let output = feedproof(&["verify", path(package)]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text + &err(&output))
}

/// Packs other files, with a right list of them, and verifies that.
fn forged(forge: impl FnOnce(&mut PackagedFiles)) -> (Option<i32>, String) {
    let (_folder, package) = packed();
    let mut files = read(&std::fs::read(&package).expect("it is there")).expect("it is read");
    forge(&mut files);
    std::fs::write(&package, write(&files).expect("packed")).expect("written");
    verified(&package)
}

fn replaced(files: &mut PackagedFiles, name: &str, from: &str, to: &str) {
    let bytes = files.get_mut(name).expect("it is there");
    let text = String::from_utf8(bytes.clone()).expect("text");
    assert!(text.contains(from), "{name} has no {from}");
    *bytes = text.replacen(from, to, 1).into_bytes();
}

#[test]
fn a_package_is_verified_as_its_folder_is() {
    let (_folder, package) = packed();
    let (code, said) = verified(&package);
    let folder = feedproof(&["verify", path(finished())]);
    assert_eq!(code, folder.status.code(), "{said}");
    let of_folder = String::from_utf8_lossy(&folder.stdout).into_owned();
    // The package has one file more, for its reader.
    let read_me = |line: &&str| !line.contains("READ-ME-FIRST.txt");
    let words = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(read_me);
        lines
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    };
    assert_eq!(words(&said), words(&of_folder));
}

#[test]
fn the_same_run_gives_the_same_package() {
    let (folder, package) = packed();
    let again = folder.path().join("again.zip");
    let output = feedproof(&["package", path(finished()), "--to", path(&again)]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(bytes(folder.path(), "again.zip") == std::fs::read(&package).expect("it is there"));
}

#[test]
fn what_was_changed_in_a_package_is_found() {
    let (code, said) = forged(|files| {
        replaced(files, "READ-ME-FIRST.txt", "REHEARSAL FAILED", "CONFORMANT");
    });
    assert!(
        code == Some(1) && said.contains("✗ READ-ME-FIRST.txt"),
        "{said}"
    );
    let (code, said) = forged(|files| {
        files.insert("certificate.pdf".to_owned(), b"%PDF".to_vec());
    });
    assert!(
        code == Some(1) && said.contains("no such file: certificate.pdf"),
        "{said}"
    );
    let (code, said) = forged(|files| {
        files.remove("record.json").expect("it was there");
    });
    assert!(code == Some(3) && said.contains("? record.json"), "{said}");
    let (code, said) = forged(|files| {
        files.remove("journal.jsonl").expect("it was there");
    });
    assert!(
        code == Some(2) && said.contains("contains no journal.jsonl"),
        "{said}"
    );
    let (code, said) = forged(|files| {
        replaced(files, "journal.jsonl", "\"cancelled\"", "\"Cancelled\"");
    });
    assert!(
        code == Some(2) && said.contains("run.zip/journal.jsonl:"),
        "{said}"
    );
    let (code, said) = forged(|files| {
        replaced(files, "summary.md", "REHEARSAL FAILED", "CONFORMANT");
    });
    assert!(code == Some(1) && said.contains("✗ summary.md"), "{said}");
}

#[test]
fn what_contradicts_the_journal_is_not_packed() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for name in ["journal.jsonl", "record.json"] {
        std::fs::copy(finished().join(name), folder.path().join(name)).expect("copied");
    }
    std::fs::write(folder.path().join("summary.md"), "CONFORMANT").expect("written");
    let place = tempfile::tempdir().expect("a folder for the test");
    let to = place.path().join("run.zip");
    let output = feedproof(&["package", path(folder.path()), "--to", path(&to)]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(err(&output).contains("summary.md: is not what the journal gives"));
    assert!(!to.exists());
}

#[test]
fn a_package_replaces_no_file_of_the_run() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    std::fs::copy(
        finished().join("journal.jsonl"),
        folder.path().join("journal.jsonl"),
    )
    .expect("copied");
    for to in ["journal.jsonl", "run.zip", "./../NAME/report.html"] {
        let name = folder.path().file_name().expect("a name");
        let to = to.replace("NAME", &name.to_string_lossy());
        let to = folder.path().join(to);
        let output = feedproof(&["package", path(folder.path()), "--to", path(&to)]);
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(
            err(&output).contains("is in the folder of the run"),
            "{}",
            err(&output)
        );
    }
    let (_packed, package) = packed();
    let output = feedproof(&["package", path(&package)]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("hint: a package is checked with `feedproof verify`"));
}

#[test]
fn the_first_text_of_a_package_does_not_give_the_nonce_away() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let nonce = "acme-2026-11-30";
    let output = feedproof(&[
        "run",
        "--exact",
        "--filter",
        "onboarding/bank-is-readable",
        "--nonce",
        nonce,
        "--reports",
        path(folder.path()),
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let mut runs = std::fs::read_dir(folder.path()).expect("reports are there");
    let run = runs
        .next()
        .expect("a run")
        .expect("it can be listed")
        .path();
    let package = folder.path().join("run.zip");
    let output = feedproof(&["package", path(&run), "--to", path(&package)]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let files = read(&std::fs::read(&package).expect("it is there")).expect("it is read");
    let text = String::from_utf8(files["READ-ME-FIRST.txt"].clone()).expect("text");
    assert!(
        text.contains("feedproof verify --nonce THE-ONE-THAT-YOU-GAVE THIS-FILE.zip\n"),
        "{text}"
    );
    assert!(!text.contains(nonce), "{text}");
    let (code, said) = verified(&package);
    assert!(code == Some(3) && !said.contains(nonce), "{said}");
    let output = feedproof(&["verify", path(&package), "--nonce", nonce]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
}

#[test]
fn what_is_no_package_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("run.zip");
    std::fs::write(&file, "no zip").expect("written");
    let (code, said) = verified(&file);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is no readable zip file"), "{said}");
    assert!(
        said.contains("hint: a package is made with `feedproof package DIR`"),
        "{said}"
    );
}
