//! `feedproof explain`: what a word means, an example, and where the shipped documents use it.

use std::fmt::Write as _;

use colored::Colorize as _;

use crate::cli::arguments::ExplainArguments;
use crate::cli::documents::open_shipped;
use crate::cli::error::CliError;
use crate::cli::terminal::data;
use crate::exit_code::ExitCode;
use crate::reference::{EntryKind, ReferenceEntry, entries};
use crate::shipped;
use plan_language::source::nearest;

/// Number of similar words that a hint lists.
const SIMILAR_MAX: usize = 5;

/// Runs the command and returns the exit code.
pub(super) fn explain(arguments: &ExplainArguments) -> Result<ExitCode, CliError> {
    let all = entries(&open_shipped()?.library, &shipped::documents());
    let Some(word) = &arguments.word else {
        data(&index(&all));
        return Ok(ExitCode::Success);
    };
    let found = find(&all, word);
    if found.is_empty() {
        return Err(unknown(&all, word));
    }
    let shown: Vec<_> = found.into_iter().map(shown).collect();
    data(&shown.join("\n"));
    Ok(ExitCode::Success)
}

/// Finds the entries of a word; upper and lower case are the same, and `$` may be missing.
fn find<'e>(all: &'e [ReferenceEntry], word: &str) -> Vec<&'e ReferenceEntry> {
    let wanted = word.trim().trim_end_matches(':').to_lowercase();
    let is_wanted = |entry: &&ReferenceEntry, wanted: &str| {
        entry.word.to_lowercase() == wanted || entry.alias.to_lowercase() == wanted
    };
    let exact: Vec<_> = all
        .iter()
        .filter(|entry| is_wanted(entry, &wanted))
        .collect();
    if !exact.is_empty() {
        return exact;
    }
    let operator = format!("${wanted}");
    all.iter()
        .filter(|entry| is_wanted(entry, &operator))
        .collect()
}

/// Names the words that are similar to one that is unknown.
fn unknown(all: &[ReferenceEntry], word: &str) -> CliError {
    let error = CliError::usage(format!("there is no word `{word}` to explain"));
    let lower = word.to_lowercase();
    let words = || all.iter().map(|entry| &*entry.word);
    let mut similar: Vec<&str> = nearest(word, words()).into_iter().collect();
    let containing =
        words().filter(|known| lower.len() > 2 && known.to_lowercase().contains(&lower));
    for known in containing {
        if !similar.contains(&known) {
            similar.push(known);
        }
    }
    similar.truncate(SIMILAR_MAX);
    if similar.is_empty() {
        return error.with_hint("`feedproof explain` lists every word");
    }
    let similar: Vec<_> = similar.iter().map(|known| format!("`{known}`")).collect();
    error.with_hint(format!(
        "did you mean {}? `feedproof explain` lists every word",
        similar.join(", ")
    ))
}

/// Lists all words by kind, one line each.
fn index(all: &[ReferenceEntry]) -> String {
    let mut text = String::new();
    for kind in EntryKind::ALL {
        let own: Vec<_> = all.iter().filter(|entry| entry.kind == kind).collect();
        let width = own.iter().map(|entry| entry.word.len()).max().unwrap_or(0);
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "{}", kind.heading().bold());
        for entry in own {
            let _ = writeln!(text, "  {:width$}  {}", entry.word, entry.about.dimmed());
        }
        text.push('\n');
    }
    text
}

/// Shows an entry: the word with its kind, the meaning, the facts, an example, and its uses.
fn shown(entry: &ReferenceEntry) -> String {
    let mut text = format!(
        "{} ({})\n  {}\n",
        entry.word.bold(),
        entry.kind.name(),
        entry.about
    );
    if !entry.facts.is_empty() {
        text.push('\n');
        push_aligned(&mut text, &entry.facts);
    }
    if !entry.fields.is_empty() {
        text.push_str("\nFields\n");
        push_aligned(&mut text, &entry.fields);
    }
    if !entry.example.is_empty() {
        let _ = writeln!(text, "\nExample");
        for line in entry.example.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    if !entry.used_by.is_empty() {
        let _ = writeln!(text, "\n{}", used_by(entry.kind));
        for place in &entry.used_by {
            let _ = writeln!(text, "  {place}");
        }
    }
    text
}

/// Adds labels with their values, one line each.
fn push_aligned(text: &mut String, pairs: &[(&'static str, String)]) {
    let labels = pairs.iter().map(|(label, _)| label.len());
    let width = labels.max().unwrap_or(0);
    for (label, value) in pairs {
        let value = value.trim().replace('\n', " ");
        let _ = writeln!(
            text,
            "  {}{:pad$}  {value}",
            label.dimmed(),
            "",
            pad = width - label.len()
        );
    }
}

/// Returns the heading of the uses of an entry.
fn used_by(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Requirement => "Tested by the cases",
        EntryKind::Ruling => "Cited by the requirements",
        EntryKind::Rule => "Tested by the cases",
        EntryKind::Fault => "Breaks the requirements",
        EntryKind::Verb
        | EntryKind::Field
        | EntryKind::MatcherWord
        | EntryKind::Operator
        | EntryKind::StageName
        | EntryKind::Wait
        | EntryKind::BankAction
        | EntryKind::Setting
        | EntryKind::Variant
        | EntryKind::Mode
        | EntryKind::Verdict
        | EntryKind::RunAnswer
        | EntryKind::ReportFormat
        | EntryKind::RunFile
        | EntryKind::ExitCode => "Used in",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<ReferenceEntry> {
        let opened = open_shipped().expect("the shipped documents are valid");
        entries(&opened.library, &shipped::documents())
    }

    #[test]
    fn a_word_is_found_in_any_case_without_its_dollar_and_by_its_alias() {
        let all = all();
        for (word, kind) in [
            ("$none", EntryKind::Operator),
            ("none", EntryKind::Operator),
            ("off-04", EntryKind::Requirement),
            ("receive:", EntryKind::Verb),
            ("junit.xml", EntryKind::ReportFormat),
            ("not conformant", EntryKind::RunAnswer),
            ("4", EntryKind::ExitCode),
            ("not-tested", EntryKind::ExitCode),
        ] {
            let kinds: Vec<_> = find(&all, word).iter().map(|entry| entry.kind).collect();
            assert_eq!(kinds, [kind], "{word}");
        }
    }

    #[test]
    fn a_word_of_two_kinds_is_explained_as_both() {
        let kinds: Vec<_> = find(&all(), "failed")
            .iter()
            .map(|entry| entry.kind)
            .collect();
        assert_eq!(kinds, [EntryKind::Verdict, EntryKind::ExitCode]);
    }

    #[test]
    fn a_verb_is_explained_with_its_fields() {
        let all = all();
        let text = shown(find(&all, "never")[0]);
        assert!(text.contains("\nFields\n"), "{text}");
        assert!(text.contains("The message that must not arrive"), "{text}");
    }

    #[test]
    fn an_unknown_word_names_similar_ones() {
        let error = unknown(&all(), "recieve").to_string();
        assert!(error.contains("did you mean `receive`"), "{error}");
        let error = unknown(&all(), "statement").to_string();
        assert!(error.contains("`first-statement`"), "{error}");
        let error = unknown(&all(), "qqqqqqqqqq").to_string();
        assert!(error.contains("lists every word"), "{error}");
    }
}
