//! Reads a record back from `record.json` and the events of its journal. The caller opens the files.

use std::sync::Arc;

use crate::journal::{Event, Fact};
use crate::record::{FORMAT, Record};

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
}

impl Record {
    /// Reads a record, and gives it the events of its journal.
    ///
    /// # Errors
    /// [`RecordError`] when the text is no record of this format, or belongs to another run.
    pub fn read(json: &[u8], events: Vec<Arc<Event>>) -> Result<Self, RecordError> {
        /// The format comes first: the rest of another one need not be readable.
        #[derive(serde::Deserialize)]
        struct FormatOnly {
            format: u64,
        }
        let form: FormatOnly = serde_json::from_slice(json)?;
        if form.format != u64::from(FORMAT) {
            return Err(RecordError::Format { found: form.format });
        }
        let mut record: Self = serde_json::from_slice(json)?;
        match events.first().map(|event| &event.fact) {
            Some(Fact::Run { header }) if **header == record.header => {}
            _ => return Err(RecordError::OtherRun),
        }
        record.events = events;
        Ok(record)
    }
}
