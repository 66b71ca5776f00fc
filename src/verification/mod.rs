//! Verification: whether the files of a run say what its journal gives.
//!
//! The files may come from somebody who wanted another verdict. The journal is judged again with the plans of the run;
//! everything that follows from it must be there to the byte: `recorded` checks the journal in itself, `written` the
//! reports, and [`documents`] finds the plans by their digests. [`certification`] derives the statement that signers sign,
//! and [`signature_checks`] compares a signed one with it. Files are opened by the caller, and no file is written.
//!
//! What is left to trust: that the journal was recorded as it says. Its chain of checksums tells damage, and a person who
//! can write the journal can make it.

mod authors;
mod certification;
mod check;
mod documents;
mod nonce;
mod read_me;
mod recorded;
mod signed;
mod summary;
mod written;

use std::collections::BTreeMap;

use crate::journal::{Header, Journal, RecordedJournal};
use crate::record::{Condition, Record, conditions};
use crate::remarks::Remark;
use crate::runner::judge_again;
use plan_language::plan::{Library, SourceDigest};

pub use certification::{Assurance, CERTIFICATION_TYPE, certification};
pub use check::{FileCheck, Standing};
pub use documents::{MissingDocuments, documents, file_of, find_among};
pub use read_me::{READ_ME_FILE, read_me};
pub use signed::{signature_checks, stated_assurance};
pub use summary::summary;
pub use written::{RECORD_FILE, differences};

/// The files of a run as they were found.
#[derive(Debug)]
pub struct RunFiles {
    /// The journal.
    pub journal: RecordedJournal,
    /// The reports and the plans of the run by name, and in a package whatever else is there.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The remarks of reviewers, as one of the files contains them.
    pub remarks: Vec<Remark>,
}

/// What the files of a run are worth.
#[derive(Debug)]
pub struct Verification {
    /// The checks, in the order in which a reader needs them.
    pub checks: Vec<FileCheck>,
    /// The record that the journal gives.
    pub record: Record,
    /// The conditions of a certificate, for that record.
    pub conditions: Vec<Condition>,
}

impl Verification {
    /// Tells whether every check held.
    pub fn is_verified(&self) -> bool {
        let mut checks = self.checks.iter();
        checks.all(|check| check.standing == Standing::Held)
    }

    /// Tells whether the run can be a certificate: its files are verified, and every condition is met.
    pub fn is_certificate(&self) -> bool {
        self.is_verified() && self.meets_all_conditions()
    }

    /// Tells whether every condition of a certificate is met, whether or not the files are verified.
    pub fn meets_all_conditions(&self) -> bool {
        let mut conditions = self.conditions.iter();
        conditions.all(|condition| condition.unmet.is_none())
    }

    /// Returns how the worst check ended.
    pub fn worst(&self) -> Option<Standing> {
        self.checks.iter().map(|check| check.standing).max()
    }
}

/// Verifies the files of a run.
///
/// `header` is that of its journal, `library` that of its plans ([`documents`]), `shipped` the digests of the documents
/// that this version ships, and `nonce` the word that the caller gave for the run, if any.
pub async fn verify(
    files: RunFiles,
    header: Header,
    library: &Library,
    shipped: &[SourceDigest],
    nonce: Option<&str>,
) -> Verification {
    let RunFiles {
        journal,
        files,
        remarks,
    } = files;
    let (lines, is_cut) = (journal.end.lines, journal.is_cut);
    let journal = Journal::of_file(journal);
    let outcomes = judge_again(library, &journal).await;
    let mut checks = recorded::checks(&header, library, &journal, lines, is_cut, nonce);
    checks.push(recorded::plans(&header, shipped));
    let mut record = Record::of(library, &journal, header, outcomes);
    record.remarks = remarks;
    checks.extend(recorded::waivers(&record, library));
    checks.push(authors::authors(&record));
    checks.extend(written::reports(&record, &files));
    checks.extend(written::review(&record));
    checks.extend(written::further(&record.header, &files));
    let conditions = conditions(&record);
    Verification {
        checks,
        record,
        conditions,
    }
}
