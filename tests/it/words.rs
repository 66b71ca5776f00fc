//! Retired words stay out of everything a person reads, and out of public names.
//!
//! `docs/glossary.md` decides: each row of its table of retired words is searched for in documents, plans,
//! environments, schemas, expected texts, and in the comments, string literals and public names of Rust sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the table of retired words begins and ends in the glossary; both parts quote retired words.
const TABLE: &str = "## Words we do not use, and what we say instead";

/// Places at which a retired word is right, with the reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("CHANGELOG.md", "", "says what a word was called before"),
    ("tests/it/words.rs", "", "its own samples"),
    (
        "deny.toml",
        "unsound",
        "the name of a class of advisories in cargo-deny",
    ),
    (
        "src/report/markdown.rs",
        "fence",
        "the term of Markdown for a block of code",
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads the retired words and phrases from the glossary's table, in lower case.
fn retired() -> Vec<String> {
    let glossary = std::fs::read_to_string(root().join("docs/glossary.md"))
        .expect("docs/glossary.md is readable");
    let (_, table) = glossary
        .split_once(TABLE)
        .expect("the glossary has a table of retired words");
    let words: Vec<String> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(word, _)| word.to_lowercase())
        .collect();
    assert!(words.len() > 40, "the table has too few rows: {words:?}");
    words
}

/// Tells whether `word` occurs in `text` as a whole word or phrase; both are in lower case.
fn contains_word(text: &str, word: &str) -> bool {
    let joins = |neighbour: Option<char>| {
        neighbour.is_some_and(|found| found.is_alphanumeric() || found == '_' || found == '-')
    };
    text.match_indices(word).any(|(start, _)| {
        !joins(text[..start].chars().next_back())
            && !joins(text[start + word.len()..].chars().next())
    })
}

/// Lists files below a folder whose name ends as a text does; build output and reports of runs are left out.
fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("its entries are readable").path();
        let name = path
            .strip_prefix(root())
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            let generated = name.starts_with("target")
                || name.starts_with(".git")
                || (name.starts_with("reports/") && name != "reports/sample");
            if !generated {
                texts(&path, found);
            }
        } else if path
            .extension()
            .and_then(|end| end.to_str())
            .is_some_and(|end| {
                [
                    "rs", "md", "yaml", "json", "txt", "js", "css", "html", "toml",
                ]
                .contains(&end)
            })
        {
            found.push(path);
        }
    }
}

/// The parts of a Rust source that people read, by line: comments, string literals, and lines that declare a public name.
fn rust_parts(source: &str) -> Vec<(usize, String)> {
    let mut parts = Vec::new();
    let mut line = 1;
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            parts.push((line, rest[..end].to_owned()));
            end
        } else if let Some(end) = string_end(rest) {
            for (offset, text) in rest[..end].lines().enumerate() {
                parts.push((line + offset, text.to_owned()));
            }
            end
        } else if let Some(end) = character_end(rest) {
            end
        } else if next.is_alphabetic() || next == '_' {
            let end = rest
                .find(|found: char| !found.is_alphanumeric() && found != '_')
                .unwrap_or(rest.len());
            if &rest[..end] == "pub" {
                let declaration = rest.lines().next().unwrap_or_default();
                parts.push((line, snake_words(declaration)));
            }
            end
        } else {
            next.len_utf8()
        };
        line += rest[..taken].matches('\n').count();
        rest = &rest[taken..];
    }
    parts
}

/// Returns the length of the string literal at the beginning of `text`, if there is one.
fn string_end(text: &str) -> Option<usize> {
    let start = text.trim_start_matches('b');
    let prefix = text.len() - start.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = start.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = body.find(&close)? + close.len();
        return Some(prefix + 1 + hashes + 1 + end);
    }
    let body = start.strip_prefix('"')?;
    let mut escaped = false;
    for (at, found) in body.char_indices() {
        match found {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(prefix + 1 + at + 1),
            _ => {}
        }
    }
    None
}

/// Returns the length of the character literal at the beginning of `text`; a lifetime is none.
fn character_end(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    if let Some(escape) = body.strip_prefix('\\') {
        // The escaped character itself may be a quote.
        let first = escape.chars().next()?.len_utf8();
        return Some(2 + first + escape[first..].find('\'')? + 1);
    }
    let first = body.chars().next()?.len_utf8();
    body[first..].starts_with('\'').then_some(1 + first + 1)
}

/// Writes the words inside names apart: `LeftBehind::one_stage` becomes `left behind one_stage one stage`.
fn snake_words(declaration: &str) -> String {
    let mut apart = String::new();
    let mut before = ' ';
    for found in declaration.chars() {
        if found.is_uppercase() && before.is_lowercase() {
            apart.push(' ');
        }
        apart.push(if found == '_' { ' ' } else { found });
        before = found;
    }
    format!("{declaration} {apart}")
}

/// The parts of a file that people read, by line.
fn parts(name: &str, text: &str) -> Vec<(usize, String)> {
    if name.ends_with(".rs") {
        return rust_parts(text);
    }
    let read = if name == "docs/glossary.md" {
        text.split(TABLE).next().unwrap_or_default()
    } else {
        text
    };
    read.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.to_owned()))
        .collect()
}

fn is_allowed(name: &str, word: &str) -> bool {
    ALLOWED
        .iter()
        .any(|(file, exception, _)| *file == name && (exception.is_empty() || *exception == word))
}

#[test]
fn retired_words_stay_out_of_what_people_read() {
    let words = retired();
    let mut files = Vec::new();
    texts(root(), &mut files);
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files {
        let name = path
            .strip_prefix(root())
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        // Some documents of the malformed plans are no text at all.
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        for (line, part) in parts(&name, &text) {
            let part = part.to_lowercase();
            for word in words.iter().filter(|word| contains_word(&part, word)) {
                if !is_allowed(&name, word) {
                    wrong
                        .entry(word.clone())
                        .or_default()
                        .push(format!("{name}:{line}"));
                }
            }
        }
    }
    let told: Vec<String> = wrong
        .iter()
        .map(|(word, places)| format!("`{word}`: {}", places.join(" ")))
        .collect();
    assert!(
        told.is_empty(),
        "docs/glossary.md retires these words and says what to write instead:\n{}",
        told.join("\n")
    );
}

#[test]
fn a_retired_word_is_found_as_a_whole_word_in_text_strings_and_public_names() {
    let found = |source: &str, word: &str| {
        rust_parts(source)
            .iter()
            .any(|(_, part)| contains_word(&part.to_lowercase(), word))
    };
    assert!(found("//! The rig stands.", "rig"));
    assert!(found("let text = \"a \\\" rig\";", "rig"));
    assert!(found("let text = r#\"a \" rig\"#;", "rig"));
    assert!(found("pub struct RigSettings;", "rig"));
    assert!(found("pub fn of_rig() {}", "rig"));
    assert!(!found("let rig = '\"'; // trigger", "rig"));
    assert!(!found("fn rig<'a>(right: &'a str) {}", "rig"));
    assert!(!contains_word("unlevered", "lever"));
    assert!(!contains_word("a-lever", "lever"));
}
