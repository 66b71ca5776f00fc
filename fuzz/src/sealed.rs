//! The checksums of a journal's lines, made without the project's own code: SHA-256 of the digest before and the event,
//! of which the first 16 digits stand at the end of the line.

use std::io::Write as _;

use feedproof::journal::{JournalError, RecordedJournal, read};
use ring::digest::{Context, SHA256};

/// What stands between an event and its checksum.
const BEFORE: &[u8] = b",\"sum\":\"";
/// What stands behind the checksum.
const AFTER: &[u8] = b"\"}";
/// How an event begins.
const SEQ: &[u8] = b"{\"seq\":";
/// How many bytes of a digest stand in a line.
const KEPT: usize = 8;

/// The checksums of lines that follow each other.
#[derive(Default)]
pub(crate) struct Checksums(Vec<u8>);

impl Checksums {
    /// Returns the line of an event, without the line break.
    pub fn seal(&mut self, event: &[u8]) -> Vec<u8> {
        let before = match self.0.as_slice() {
            [] => &[0; 32],
            digest => digest,
        };
        let mut context = Context::new(&SHA256);
        context.update(before);
        context.update(event);
        self.0 = context.finish().as_ref().to_vec();
        let digits: String = self
            .0
            .iter()
            .take(KEPT)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut line = event.strip_suffix(b"}").unwrap_or(event).to_vec();
        line.extend_from_slice(BEFORE);
        line.extend_from_slice(digits.as_bytes());
        line.extend_from_slice(AFTER);
        line
    }
}

/// Makes a journal of lines without checksums; their positions are counted anew, so that lines can be left out.
pub fn sealed(events: &[u8]) -> Vec<u8> {
    let mut checksums = Checksums::default();
    let mut journal = Vec::new();
    let lines = events.split(|byte| *byte == b'\n');
    for (seq, event) in (1..).zip(lines.filter(|line| !line.is_empty())) {
        journal.extend(checksums.seal(&at_position(event, seq)));
        journal.push(b'\n');
    }
    journal
}

/// Replaces the position of an event.
fn at_position(event: &[u8], seq: usize) -> Vec<u8> {
    let Some(rest) = event.strip_prefix(SEQ) else {
        return event.to_vec();
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    [SEQ, seq.to_string().as_bytes(), &rest[digits..]].concat()
}

/// Reads a journal from a file of its own.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(journal: &[u8]) -> Result<RecordedJournal, JournalError> {
    let mut file = tempfile::NamedTempFile::new().expect("a file can be made");
    file.write_all(journal).expect("it can be written");
    read(file.path())
}
