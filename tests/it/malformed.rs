//! The findings in malformed documents: each file under `tests/malformed` is read, and the rendered findings are compared,
//! letter by letter, with the text beside it.
//!
//! A case is all files with the same first part of their names: `NAME.yaml` is a plan, `NAME.flow.yaml` (and
//! `NAME.second.flow.yaml`) a flow, `NAME.requirements.yaml` and `NAME.rulings.yaml` a catalogue in place of the usual
//! one, `NAME.rules.yaml` the catalogue of rules, of which there is none otherwise; `NAME.txt` holds the expected errors and warnings, or `OK`. Everything under `support` is read along with each case.
//!
//! `FEEDPROOF_BLESS=1 cargo test --test it malformed::` writes the texts anew; read the difference as its author would.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use plan_language::plan::{Document, Documents, Library};
use plan_language::source::render;

/// The variable that renews the expected texts.
const BLESS: &str = "FEEDPROOF_BLESS";

/// The text of a case without findings.
const VALID: &str = "OK\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/malformed")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder is part of the crate")
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

fn name_of(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .expect("the names of these files are ASCII")
}

fn document(path: &Path) -> Document {
    Document {
        name: name_of(path).to_owned(),
        bytes: fs::read(path).expect("the file is there"),
    }
}

fn support() -> Documents {
    let support = folder().join("support");
    Documents {
        requirements: Some(document(&support.join("requirements.yaml"))),
        rulings: Some(document(&support.join("rulings.yaml"))),
        rules: None,
        flows: files(&support.join("flows"))
            .iter()
            .map(|path| document(path))
            .collect(),
        plans: vec![document(&support.join("plan.yaml"))],
    }
}

/// Groups the documents of each case.
fn cases() -> BTreeMap<String, Vec<PathBuf>> {
    let mut cases: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in files(&folder()) {
        let (name, rest) = name_of(&path)
            .split_once('.')
            .expect("every file has an ending");
        if rest.ends_with("yaml") {
            cases.entry(name.to_owned()).or_default().push(path);
        }
    }
    cases
}

/// Reads the documents of a case and renders the findings.
fn shown(paths: &[PathBuf]) -> String {
    let mut documents = support();
    for path in paths {
        let document = document(path);
        let kind = document.name.trim_end_matches(".yaml").rsplit_once('.');
        match kind.map(|(_, kind)| kind) {
            None => documents.plans.push(document),
            Some("flow") => documents.flows.push(document),
            Some("requirements") => documents.requirements = Some(document),
            Some("rulings") => documents.rulings = Some(document),
            Some("rules") => documents.rules = Some(document),
            Some(other) => panic!("{}: there is no kind of document `{other}`", document.name),
        }
    }
    let (findings, sources) = match Library::read(&documents) {
        Ok(library) => (library.warnings, library.sources),
        Err(invalid) => (invalid.findings, invalid.sources),
    };
    if findings.is_empty() {
        return VALID.to_owned();
    }
    let mut text = String::new();
    for finding in &findings {
        let rendered = render(finding, &sources);
        let joint = if text.is_empty() { "" } else { "\n" };
        write!(text, "{joint}{rendered}").expect("a string takes every text");
    }
    text
}

#[test]
fn the_findings_are_those_beside_each_document() {
    let bless = std::env::var_os(BLESS).is_some_and(|value| !value.is_empty());
    let mut wrong = Vec::new();
    for (name, paths) in cases() {
        let expected = folder().join(format!("{name}.txt"));
        let seen = shown(&paths);
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
fn there_is_a_case_for_every_text() {
    let cases = cases();
    for path in files(&folder()) {
        let name = name_of(&path);
        if let Some(case) = name.strip_suffix(".txt") {
            assert!(cases.contains_key(case), "{name} belongs to no document");
        }
    }
}

#[test]
fn the_support_is_valid_by_itself() {
    assert_eq!(shown(&[]), VALID);
}

#[test]
fn some_documents_are_valid_and_some_have_several_findings() {
    let texts: Vec<_> = cases().values().map(|paths| shown(paths)).collect();
    let errors = |text: &String| {
        text.lines()
            .filter(|line| line.starts_with("error: "))
            .count()
    };
    assert!(texts.iter().filter(|text| *text == VALID).count() >= 2);
    assert!(texts.iter().filter(|text| errors(text) > 2).count() >= 3);
}
