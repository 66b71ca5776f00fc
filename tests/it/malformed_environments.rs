//! What owners of bad environments are told: each file under `tests/malformed-environments` is opened, and the findings
//! are compared, letter by letter, with the text beside it.
//!
//! `NAME.yaml` is an environment, `NAME.set` holds changes of the command line, one a line, `NAME.csv` a ledger;
//! `NAME.txt` holds what must be found, or `OK`.
//!
//! `FEEDPROOF_BLESS=1 cargo test --test it malformed_environments::` writes the texts anew; read the difference as its owner
//! would.

use std::fs;
use std::path::{Path, PathBuf};

use feedproof::environment::{SecretLocation, open};
use feedproof::secret::Secret;
use plan_language::source::render;

/// The variable that renews the expected texts.
const BLESS: &str = "FEEDPROOF_BLESS";

/// The text of an environment in which nothing must be found.
const SOUND: &str = "OK\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/malformed-environments")
}

/// Lists the names of all files with an ending, without it.
fn names(ending: &str) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder())
        .expect("the folder is part of the crate")
        .map(|entry| entry.expect("the folder can be listed").file_name())
        .filter_map(|name| Some(name.to_str()?.strip_suffix(ending)?.to_owned()))
        .collect();
    names.sort();
    names
}

/// Opens an environment and shows what was found.
fn shown(name: &str) -> String {
    let file = format!("{name}.yaml");
    let bytes = fs::read(folder().join(&file)).expect("the file is there");
    let changes = fs::read_to_string(folder().join(format!("{name}.set"))).unwrap_or_default();
    let changes: Vec<_> = changes.lines().map(str::to_owned).collect();
    let look = |looked: SecretLocation<'_>| match looked {
        SecretLocation::File(path) => fs::read_to_string(folder().join(path))
            .map(Secret::new)
            .map_err(|_| "no such file".to_owned().into()),
        SecretLocation::Variable(_) => panic!("variables are looked up when the run begins"),
    };
    let opening = open(&file, &bytes, &changes, &look);
    assert_eq!(
        opening.environment.is_some(),
        opening.findings.is_empty(),
        "{name}"
    );
    if opening.findings.is_empty() {
        return SOUND.to_owned();
    }
    let told: Vec<_> = opening
        .findings
        .iter()
        .map(|finding| render(finding, &opening.sources))
        .collect();
    told.join("\n")
}

#[test]
fn owners_are_told_what_is_written_beside_each_environment() {
    let bless = std::env::var_os(BLESS).is_some_and(|value| !value.is_empty());
    let mut wrong = Vec::new();
    for name in names(".yaml") {
        let expected = folder().join(format!("{name}.txt"));
        let seen = shown(&name);
        if bless {
            fs::write(&expected, seen).expect("the text can be written");
            continue;
        }
        let told = fs::read_to_string(&expected).unwrap_or_default();
        if seen != told {
            wrong.push(format!("{name}: expected\n{told}\nfound\n{seen}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of the texts differ; {BLESS}=1 writes them anew\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[test]
fn every_text_belongs_to_an_environment_and_most_are_refused() {
    let environments = names(".yaml");
    for name in names(".txt") {
        assert!(environments.contains(&name), "{name}");
    }
    let refused = environments.iter().filter(|name| shown(name) != SOUND);
    assert!(refused.count() >= 30);
}

#[test]
fn no_text_shows_a_secret() {
    for name in names(".yaml") {
        assert!(
            !shown(&name).contains("hunter2"),
            "{name}: {}",
            shown(&name)
        );
    }
}
