//! What is written is read, to the byte; everything else is refused with the name of the file.

use proptest::prelude::*;

use super::*;

fn files() -> PackagedFiles {
    [
        ("journal.jsonl", "{\"seq\":1}\n"),
        ("plans/ab.yaml", "plan: a\n"),
        ("record.json", "{}\n"),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into()
}

/// A zip file of anything, as another program writes it.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default().unix_permissions(0o755))
            .expect("started");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

/// The same with a right list of the files.
fn listed(files: &PackagedFiles) -> Vec<u8> {
    let list = manifest(files);
    let all = files.iter().map(|(name, bytes)| (name.as_str(), &**bytes));
    let all: Vec<_> = std::iter::once((MANIFEST_FILE, &*list))
        .chain(all)
        .collect();
    zipped(&all)
}

fn refused(package: &[u8]) -> String {
    read(package).expect_err("refused").to_string()
}

#[test]
fn what_was_written_is_read_and_the_same_files_give_the_same_bytes() {
    let package = write(&files()).expect("written");
    assert_eq!(read(&package).expect("read"), files());
    assert_eq!(write(&files()).expect("written"), package);
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in [
        "../record.json",
        "/etc/passwd",
        "plans/../../x",
        "a/b/c.yaml",
        "C:\\x",
        "plans\\x",
        ".hidden",
        "",
        "plans/",
        "a b",
        "é",
        "manifest.json",
    ] {
        assert!(!is_name(name), "{name}");
        let mut more = files();
        more.insert(name.to_owned(), Vec::new());
        assert!(write(&more).is_err(), "{name}");
        if !matches!(name, "" | "manifest.json") {
            assert!(
                refused(&listed(&more)).contains("no file of a package"),
                "{name}"
            );
        }
    }
}

#[test]
fn a_file_that_is_not_as_listed_is_named() {
    let list = manifest(&files());
    let with = |changed: &[(&str, &[u8])]| {
        let mut all: Vec<(&str, &[u8])> = vec![(MANIFEST_FILE, &list)];
        all.extend_from_slice(changed);
        refused(&zipped(&all))
    };
    let (journal, plan, record): (&[u8], &[u8], &[u8]) = (b"{\"seq\":1}\n", b"plan: a\n", b"{}\n");
    let whole = [
        ("journal.jsonl", journal),
        ("plans/ab.yaml", plan),
        ("record.json", record),
    ];
    assert_eq!(with(&whole[..2]), "record.json: is listed and missing");
    let mut longer = whole;
    longer[2].1 = b"{ }\n";
    assert_eq!(
        with(&longer),
        "record.json: has another size than is listed"
    );
    let mut other = whole;
    other[2].1 = b"[]\n";
    assert_eq!(
        with(&other),
        "record.json: has another digest than is listed"
    );
    let more = [&whole[..], &[("further.txt", journal)]].concat();
    assert_eq!(with(&more), "further.txt: is not listed");
    assert_eq!(refused(&zipped(&whole)), "manifest.json: is missing");
}

#[test]
fn what_is_not_exactly_what_would_be_written_is_refused() {
    let says = "is not what this version of feedproof writes of its files: it contains more, or was made by another program or version";
    // Another program writes other times, or another order.
    assert_eq!(refused(&listed(&files())), says);
    let package = write(&files()).expect("written");
    let mut before = b"#!/bin/sh\n".to_vec();
    before.extend_from_slice(&package);
    assert!(read(&before).is_err(), "something before it");
    let mut behind = package.clone();
    behind.extend_from_slice(b"more");
    assert!(read(&behind).is_err(), "something behind it");
    assert!(refused(b"no zip").contains("is no readable zip file"));
}

#[test]
fn a_bomb_and_a_crowd_are_refused_within_bounds() {
    let bomb = PackagedFiles::from([("journal.jsonl".to_owned(), vec![0; 4 << 20])]);
    let package = write(&bomb).expect("written");
    assert!(package.len() < 10_000, "{}", package.len());
    assert_eq!(
        read(&package).expect("a thousandfold is deflate's own"),
        bomb
    );

    let crowd: Vec<String> = (0..=FILES_MAX)
        .map(|number| format!("{number}.txt"))
        .collect();
    let files: PackagedFiles = crowd
        .iter()
        .map(|name| (name.clone(), Vec::new()))
        .collect();
    assert!(write(&files).is_err());
    assert!(refused(&listed(&files)).contains("files, more than the limit of 500"));
}

proptest! {
    #[test]
    fn a_changed_byte_is_never_read_as_the_same_package(at in any::<prop::sample::Index>(), flip in 1..=255u8) {
        let mut package = write(&files()).expect("written");
        let at = at.index(package.len());
        package[at] ^= flip;
        prop_assert!(read(&package).is_err(), "byte {}", at);
    }

    #[test]
    fn any_bytes_are_refused_and_crash_nothing(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes).is_err());
    }
}
