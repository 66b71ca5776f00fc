//! `record.json`: the record as it is, for programs. Events stand in `journal.jsonl`, not here.

use crate::record::Record;

/// Writes the record as indented JSON in UTF-8, with a line break at its end.
pub fn json(record: &Record) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(record)
        .expect("a record is plain data with text keys, written to memory");
    bytes.push(b'\n');
    bytes
}
