//! Journals that something happened to.

use feedproof::journal::{Damage, JournalError};

use crate::sealed::{Checksums, read_bytes};

/// Reads a journal.
///
/// What is read is what a run wrote, byte for byte, from the first line on; a journal that was damaged is never read
/// as one that is whole, and the line at which the damage is found is not behind the first one that differs.
pub fn journal(data: &[u8]) {
    let lines: Vec<_> = data.split_inclusive(|byte| *byte == b'\n').collect();
    match read_bytes(data) {
        Ok(journal) => {
            let whole = journal.events.len();
            let mut checksums = Checksums::default();
            for (event, line) in journal.events.iter().zip(&lines) {
                let printed = serde_json::to_vec(event).expect("an event is printed");
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                assert_eq!(text(&checksums.seal(&printed)), text(line));
            }
            let seqs = journal.events.iter().map(|event| event.seq as usize);
            assert!(seqs.eq(1..=whole));
            assert_eq!(lines.len(), whole + usize::from(journal.is_cut));
            if journal.is_cut {
                assert_ne!(data.last(), Some(&b'\n'));
            }
        }
        Err(JournalError::Damaged(damaged)) => {
            let line = lines.get(damaged.line - 1).expect("the line is there");
            assert!(line.ends_with(b"\n"), "a last line without its end is cut");
            // What stands before the damage is a journal of its own.
            let before = read_bytes(&lines[..damaged.line - 1].concat());
            let intact = before.as_ref().map_or(0, |before| before.events.len());
            assert_eq!(intact, damaged.line - 1, "{before:?}");
            if let Damage::Earlier(seq) = damaged.damage {
                assert!((seq as usize) < damaged.line);
            }
        }
        Err(JournalError::Format { why, .. }) => assert!(!why.is_empty()),
        Err(JournalError::File { path, cause }) => panic!("{}: {cause}", path.display()),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
