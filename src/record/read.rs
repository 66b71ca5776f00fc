//! Reads a record back from `record.json` and the events of its journal. The caller opens the files.

use std::fmt;

use crate::journal::{Fact, Journal, JournalEnd};
use crate::judge::{RunFacts, judge_run, trace};
use crate::number::count;
use crate::record::waived::waived;
use crate::record::{FORMAT, Record, VerdictCounts};

/// Why a record could not be read back; each sentence follows the name of the file.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The JSON is not a record.
    #[error("is not a record of a run: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another format.
    #[error("is a record of format {found}, and this version reads format {FORMAT}")]
    Format {
        /// The format that it names.
        found: u64,
    },
    /// The journal is that of another run.
    #[error("belongs to another run than the journal beside it: their headers differ")]
    OtherRun,
    /// The journal is not the one from which the record was made.
    #[error(
        "was made from a journal of {record}, and the journal.jsonl beside it has {journal}: lines are missing at its end, were added, or were changed"
    )]
    OtherEnd {
        /// The end of the journal as the record tells it.
        record: JournalEndText,
        /// The end of the journal.
        journal: JournalEndText,
    },
    /// The record was changed.
    #[error("contradicts itself: {0}; it was changed after it was written")]
    Contradiction(String),
}

/// The end of a journal in words.
#[derive(Debug)]
pub struct JournalEndText(Option<JournalEnd>);

impl fmt::Display for JournalEndText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(end) = &self.0 else {
            return f.write_str("no lines");
        };
        let lines = usize::try_from(end.lines).unwrap_or(usize::MAX);
        let chain: String = end.chain.chars().take(16).collect();
        write!(f, "{} with the checksum {chain}", count(lines, "line"))
    }
}

impl Record {
    /// Reads a record, and gives it the events of its journal. Whether the journal gives its verdicts is not looked at.
    ///
    /// # Errors
    /// [`RecordError`] when the text is no record of this format, or belongs to another run.
    pub fn read(json: &[u8], journal: &Journal) -> Result<Self, RecordError> {
        let mut record = Self::of_this_format(json)?;
        let events = journal.events();
        match events.first().map(|event| &event.fact) {
            Some(Fact::Run { header }) if **header == record.header => {}
            _ => return Err(RecordError::OtherRun),
        }
        let end = journal.end_of_file();
        if record.journal != end {
            return Err(RecordError::OtherEnd {
                record: JournalEndText(record.journal),
                journal: JournalEndText(end),
            });
        }
        record.events = events;
        record.agrees_with_itself()?;
        Ok(record)
    }

    /// Reads a record without its journal: it has no events, and nothing says that a journal gives it.
    ///
    /// # Errors
    /// [`RecordError`] when the text is no record of this format, or contradicts itself.
    pub fn read_alone(json: &[u8]) -> Result<Self, RecordError> {
        let record = Self::of_this_format(json)?;
        record.agrees_with_itself()?;
        Ok(record)
    }

    fn of_this_format(json: &[u8]) -> Result<Self, RecordError> {
        /// The format comes first: the rest of another one need not be readable.
        #[derive(serde::Deserialize)]
        struct FormatOnly {
            format: u64,
        }
        let form: FormatOnly = serde_json::from_slice(json)?;
        if form.format != u64::from(FORMAT) {
            return Err(RecordError::Format { found: form.format });
        }
        Ok(serde_json::from_slice(json)?)
    }

    /// Derives anew what follows from the cases, and compares it.
    fn agrees_with_itself(&self) -> Result<(), RecordError> {
        if self.header.version != env!("CARGO_PKG_VERSION") {
            // Another version may have derived it in another way.
            return Ok(());
        }
        let took = self.events.last().map(|event| event.at);
        if took.is_some_and(|took| self.took_us != took) {
            let why = "the time of the run is not that of its journal".to_owned();
            return Err(RecordError::Contradiction(why));
        }
        let counts = VerdictCounts::of(self.cases.iter().map(|outcome| outcome.verdict));
        if counts != self.counts {
            let why = "its counts are not those of its cases".to_owned();
            return Err(RecordError::Contradiction(why));
        }
        let rows = self.requirements.iter();
        let requirements: Vec<_> = rows.map(|row| row.requirement.clone()).collect();
        let traced = trace(&requirements, &self.cases, self.header.mode);
        for (row, traced) in self.requirements.iter().zip(&traced) {
            if row.traced != *traced {
                let id = &row.requirement.id;
                let why = format!("the outcome of {id} is not that of its checks");
                return Err(RecordError::Contradiction(why));
            }
        }
        let rows = self.requirements.iter();
        let left_open: Vec<_> = rows.map(|row| row.partly.is_some()).collect();
        let waived = waived(&self.header, &traced, &self.cases);
        if self.requirements.iter().map(|row| &row.waived).ne(&waived) {
            let why = "the waived requirements are not those of its waivers".to_owned();
            return Err(RecordError::Contradiction(why));
        }
        let waived: Vec<_> = waived.iter().map(Option::is_some).collect();
        let verdict = judge_run(RunFacts {
            mode: self.header.mode,
            strict: self.header.strict,
            verdicts: &self.run_verdicts(),
            requirements: &requirements,
            traced: &traced,
            left_open: &left_open,
            waived: &waived,
        });
        if verdict != self.verdict {
            let why = "the answer of the run is not that of its cases".to_owned();
            return Err(RecordError::Contradiction(why));
        }
        Ok(())
    }
}
