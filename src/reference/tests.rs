//! The reference as a whole: every table is in it, and `docs/reference.md` is what it writes.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::shipped;
use plan_language::plan::Library;

fn shipped_entries() -> Vec<ReferenceEntry> {
    let documents = shipped::documents_with_rules();
    let Ok(library) = Library::read(&documents) else {
        panic!("the shipped documents are valid");
    };
    entries(&library, &documents)
}

#[test]
fn every_kind_has_entries_with_a_meaning_and_no_word_twice() {
    let all = shipped_entries();
    for kind in EntryKind::ALL {
        let words: Vec<_> = all
            .iter()
            .filter(|entry| entry.kind == kind)
            .map(|entry| &entry.word)
            .collect();
        assert!(!words.is_empty(), "{kind:?}");
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
    }
    for entry in &all {
        assert!(!entry.about.is_empty(), "{}", entry.word);
    }
}

#[test]
fn every_verb_and_bank_action_is_used_by_a_shipped_plan() {
    for entry in shipped_entries() {
        // No shipped case needs branches that run at the same time.
        let is_unused = entry.word == "parallel";
        if matches!(entry.kind, EntryKind::Verb | EntryKind::BankAction) && !is_unused {
            assert!(!entry.used_by.is_empty(), "{}", entry.word);
        }
    }
}

#[test]
fn the_page_in_docs_is_what_the_tables_say() {
    let page = reference_page(&shipped_entries());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.md");
    if std::env::var_os("FEEDPROOF_BLESS").is_some() {
        std::fs::write(&path, &page).expect("docs/reference.md can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/reference.md is out of date: FEEDPROOF_BLESS=1 cargo test --lib reference"
    );
}

#[test]
fn the_guide_to_reports_lists_every_file_of_a_run() {
    let guide = include_str!("../../reports/README.md");
    let reports = crate::report::FORMATS
        .iter()
        .filter_map(|format| format.file());
    let others = crate::report::RUN_FILES.iter().map(|(file, _)| *file);
    for file in reports.chain(others) {
        assert!(guide.contains(&format!("| `{file}` |")), "{file}");
    }
}
