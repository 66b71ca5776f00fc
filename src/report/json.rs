//! `record.json`: the record for programs. The events are in `journal.jsonl`, not here.

use crate::record::Record;
use crate::report::format::ReportFormat;

/// `record.json`.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl ReportFormat for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn file(&self) -> Option<&'static str> {
        Some("record.json")
    }

    fn about(&self) -> &'static str {
        "the record of the run for programs; `feedproof schema record` prints its JSON Schema"
    }

    fn render(&self, record: &Record) -> Vec<u8> {
        json(record)
    }
}

/// Writes the record as indented JSON in UTF-8, with a line break at its end.
#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
pub fn json(record: &Record) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(record)
        .expect("a record is plain data with text keys, written to memory");
    bytes.push(b'\n');
    bytes
}
