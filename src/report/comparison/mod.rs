//! The comparison of two runs as text for a terminal, Markdown for a pull request, JSON and one page of HTML.
//!
//! All of them have one order: the two runs, the answer, then the changes with the worst first. `comparison` decides
//! what is worse.

mod json;
mod markdown;
mod page;
mod text;

use crate::comparison::{ChangeKind, Comparison, ComparisonAnswer};
use crate::number::count;
use crate::record::Record;
use crate::report::answer::answer;
use crate::report::run_facts::subject;

/// One of two runs that are compared.
#[derive(Clone, Debug)]
pub struct ComparedRun<'a> {
    /// The folder or the package, as the reader named it.
    pub name: String,
    /// Its record.
    pub record: &'a Record,
    /// Whether the record is what its journal gives; otherwise it was read without a journal.
    pub is_verified: bool,
    /// What a reader must know of it, a sentence without the final full stop each.
    pub notes: Vec<String>,
}

/// Two runs with what changed between them.
#[derive(Clone, Debug)]
pub struct ComparedRuns<'a> {
    /// The earlier run.
    pub earlier: ComparedRun<'a>,
    /// The later run.
    pub later: ComparedRun<'a>,
    /// What changed.
    pub comparison: &'a Comparison,
}

impl ComparedRuns<'_> {
    /// Writes the comparison for a terminal: at most ten changes of a kind about one aspect.
    pub fn text(&self) -> String {
        text::text(self)
    }

    /// Writes the comparison as Markdown, as for a pull request.
    pub fn markdown(&self) -> String {
        markdown::markdown(self)
    }

    /// Writes the comparison as JSON, as `reports/comparison.schema.json` describes it.
    pub fn json(&self) -> String {
        json::json(self)
    }

    /// Writes the comparison as one page of HTML, which loads nothing and runs nothing.
    pub fn html(&self) -> String {
        page::page(self)
    }

    /// Returns the two runs with their letters.
    fn runs(&self) -> [(char, &ComparedRun<'_>); 2] {
        [('A', &self.earlier), ('B', &self.later)]
    }

    /// Says how many changes of each kind there are.
    fn sentence(&self) -> String {
        let comparison = self.comparison;
        if comparison.answer() == ComparisonAnswer::Same {
            let record = self.later.record;
            return format!(
                "the same answer, {} and {} with the same results",
                count(record.cases.len(), "case"),
                count(record.requirements.len(), "requirement")
            );
        }
        let of = |kind| comparison.of_kind(kind).count();
        let parts = ChangeKind::ALL.map(|kind| {
            let number = of(kind);
            let words = match kind {
                ChangeKind::OtherRun => "another kind of run".to_owned(),
                ChangeKind::EvidenceLost => format!("{} of lost evidence", count(number, "piece")),
                ChangeKind::NewFailure => count(number, "new failure"),
                ChangeKind::Looser => count(number, "looser or other demand"),
                ChangeKind::Changed => count(number, "other change"),
                ChangeKind::Better => count(number, "improvement"),
            };
            (number > 0).then_some(words)
        });
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl ComparedRun<'_> {
    /// Returns the answer, the subject, the mode, the start and the version of the run, for one line.
    fn line(&self) -> String {
        let header = &self.record.header;
        let subject = subject(self.record).unwrap_or_else(|| "no subject".to_owned());
        format!(
            "{}, {subject}, mode {}, {}, feedproof {}",
            answer(self.record).word,
            header.mode,
            header.started,
            header.version
        )
    }

    /// Lists what a reader must know, first that nothing verifies the run.
    fn warnings(&self) -> Vec<String> {
        let unverified = (!self.is_verified)
            .then(|| "UNVERIFIED: no journal was there that gives this record".to_owned());
        unverified
            .into_iter()
            .chain(self.notes.iter().cloned())
            .collect()
    }
}

/// Returns the heading of the changes of a kind.
fn heading(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::OtherRun => "Another kind of run",
        ChangeKind::EvidenceLost => "Evidence lost",
        ChangeKind::NewFailure => "New failures",
        ChangeKind::Looser => "Looser or other demands",
        ChangeKind::Changed => "Changed, neither better nor worse",
        ChangeKind::Better => "Better",
    }
}

/// Returns the sign of a kind.
fn sign(kind: ChangeKind) -> char {
    match kind {
        ChangeKind::EvidenceLost | ChangeKind::NewFailure => '✗',
        ChangeKind::OtherRun | ChangeKind::Looser => '!',
        ChangeKind::Changed => '~',
        ChangeKind::Better => '✓',
    }
}

#[cfg(test)]
mod tests;
