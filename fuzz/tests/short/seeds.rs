//! The inputs that fuzzing begins with: files of the corpus, kept regressions, and what other tests have.

use std::fs;
use std::path::{Path, PathBuf};

use feedproof::journal::Journal;
use feedproof::record::{Outcome, Record};
use feedproof_fuzz::sealed::{read_bytes, sealed};

/// Inputs of other tests that are seeds of a target, too: target, folder, ending of the files.
const SHARED: &[(&str, &str, &str)] = &[
    ("plan", "tests/malformed", ".yaml"),
    ("template", "tests/malformed", ".yaml"),
    ("environment", "tests/malformed-environments", ".yaml"),
    ("environment", "fixtures/environments", ".yaml"),
];

/// What a target begins with.
pub struct Seeds {
    /// Files with their bytes, in the order of their names.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// Words of its dictionary.
    pub words: Vec<Vec<u8>>,
}

impl Seeds {
    /// Reads what a target begins with.
    pub fn of(target: &str) -> Self {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        for folder in ["corpus", "regressions"] {
            read(&fuzz.join(folder).join(target), "", &mut files);
        }
        for (_, folder, ending) in SHARED.iter().filter(|(of, _, _)| *of == target) {
            read(&fuzz.join("..").join(folder), ending, &mut files);
        }
        files.sort();
        assert!(!files.is_empty(), "{target} has no corpus");
        let dictionary = fuzz.join("dictionaries").join(format!("{target}.dict"));
        Self {
            files,
            words: words(&fs::read_to_string(dictionary).unwrap_or_default()),
        }
    }
}

/// Reads the files of a folder that end in a certain way; the folder may be missing.
fn read(folder: &Path, ending: &str, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let wanted = name.is_some_and(|name| name.ends_with(ending) && !name.starts_with('.'));
        if wanted && path.is_file() {
            let bytes = fs::read(&path).expect("the file can be read");
            files.push((path, bytes));
        }
    }
}

/// Reads a dictionary of libFuzzer: a quoted word in each line, with `\\`, `\"` and `\xAB`.
fn words(dictionary: &str) -> Vec<Vec<u8>> {
    let lines = dictionary.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let word = line
                .strip_prefix('"')
                .and_then(|line| line.strip_suffix('"'));
            unescaped(word.unwrap_or_else(|| panic!("{line} is no quoted word")))
        })
        .collect()
}

fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digits = [*high, *low].map(char::from);
                let digits: String = digits.iter().collect();
                bytes.push(u8::from_str_radix(&digits, 16).expect("two digits"));
                after
            }
            (b'\\', [escaped, after @ ..]) => {
                bytes.push(*escaped);
                after
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    bytes
}

#[test]
fn a_dictionary_is_read_as_libfuzzer_reads_it() {
    let words = words("# words\n\"a b\"\n\n\"\\\"\\\\\\x0c\"\n");
    assert_eq!(words, [b"a b".to_vec(), b"\"\\\x0c".to_vec()]);
}

/// What to do about a seed of an earlier format.
const RENEW: &str = "it is of this format; CONTRIBUTING.md says how to renew it";

#[test]
fn the_seeds_of_journals_and_records_are_read() {
    let whole = include_bytes!("../../corpus/journal/whole");
    assert!(!read_bytes(whole).expect(RENEW).is_cut);

    let run = read_bytes(&sealed(include_bytes!("../../corpus/replay/run"))).expect(RENEW);
    let journal = Journal::recorded(run.events);
    assert_eq!(journal.header().expect(RENEW).selection.len(), 2);

    let seed = include_bytes!("../../corpus/record/run");
    let at = seed.iter().position(|byte| *byte == 0x0c).expect(RENEW);
    let events = read_bytes(&sealed(&seed[at + 1..])).expect(RENEW).events;
    let record = Record::read(&seed[..at], &Journal::recorded(events)).expect(RENEW);
    let judged = |case: &Outcome| !case.checks.is_empty();
    assert!(record.cases.len() == 2 && record.cases.iter().all(judged));
}
