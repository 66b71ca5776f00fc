//! Reads a journal back from its file, and says where and how the file is damaged.
//!
//! A journal is evidence: what a reader cannot verify it does not use. The lines before the damage are intact, and can
//! be judged as those of a run that was killed there.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use crate::journal::chain::{Chain, Unchained};
use crate::journal::damage::{Damage, DamagedLine};
use crate::journal::fact::{Event, Fact, Seq};
use crate::journal::file::{JournalEnd, JournalError};
use crate::journal::header::FORMAT;

/// The events of a journal file.
#[derive(Debug)]
pub struct RecordedJournal {
    /// The events, in order.
    pub events: Vec<Arc<Event>>,
    /// The end of the file, as far as it is complete.
    pub end: JournalEnd,
    /// Whether the last line is incomplete, because the process was killed while it wrote it; it is left out.
    pub is_cut: bool,
}

/// Reads a journal; an incomplete last line is left out.
///
/// # Errors
/// [`JournalError`] when the file cannot be read, has another format, or is damaged.
pub fn read(path: &Path) -> Result<RecordedJournal, JournalError> {
    let broken = |cause| JournalError::File {
        path: path.to_owned(),
        cause,
    };
    let file = File::open(path).map_err(broken)?;
    read_from(path, BufReader::new(file))
}

/// Reads a journal from a reader; `path` names it in errors.
///
/// # Errors
/// As [`read`].
pub fn read_from(path: &Path, mut reader: impl BufRead) -> Result<RecordedJournal, JournalError> {
    let broken = |cause| JournalError::File {
        path: path.to_owned(),
        cause,
    };
    let mut events = Vec::new();
    let mut is_cut = false;
    let mut chain = Chain::default();
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        if reader.read_until(b'\n', &mut text).map_err(broken)? == 0 {
            break;
        }
        let before = chain;
        let is_whole = text.pop_if(|last| *last == b'\n').is_some();
        match event(&mut chain, &mut text, line as Seq) {
            Ok(event) if line == 1 => events.push(Arc::new(first(path, event)?)),
            Ok(event) => events.push(Arc::new(event)),
            Err(_) if !is_whole => {
                is_cut = true;
                chain = before;
                break;
            }
            Err(_) if line == 1 && !is_header(&text) => return Err(not_ours(path, &text)),
            Err(damage) => {
                return Err(JournalError::Damaged(Box::new(DamagedLine {
                    path: path.to_owned(),
                    line,
                    damage,
                })));
            }
        }
    }
    if events.is_empty() {
        return Err(no_header(path));
    }
    Ok(RecordedJournal {
        end: JournalEnd {
            lines: events.len() as Seq,
            chain: chain.value(),
        },
        events,
        is_cut,
    })
}

/// Reads the event of a line; `seq` is the position that is due.
fn event(chain: &mut Chain, line: &mut Vec<u8>, seq: Seq) -> Result<Event, Damage> {
    let chained = chain.open(line);
    let event: Event = serde_json::from_slice(line).map_err(Damage::NoEvent)?;
    match chained {
        Err(Unchained::Missing) => Err(Damage::NoChecksum),
        // The position tells more than the checksum, which fails in all of these cases.
        _ if event.seq > seq => Err(Damage::Later(event.seq)),
        _ if event.seq < seq => Err(Damage::Earlier(event.seq)),
        Err(Unchained::Wrong) => Err(Damage::Changed),
        Ok(()) => Ok(event),
    }
}

/// Returns the first event, if it is the header of a run in the format of this version.
fn first(path: &Path, event: Event) -> Result<Event, JournalError> {
    match &event.fact {
        Fact::Run { header } if header.format == FORMAT => Ok(event),
        Fact::Run { header } => Err(of_format(path, u64::from(header.format))),
        _ => Err(no_header(path)),
    }
}

/// Tells whether a first line was the header of a run in the format of this version, as far as it can be read.
fn is_header(line: &[u8]) -> bool {
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(line) else {
        return line.starts_with(b"{\"seq\":1,");
    };
    let format = json["header"]["format"].as_u64();
    json["fact"] == "run" && format.is_none_or(|format| format == u64::from(FORMAT))
}

/// Explains a first line that is no header of this format: it may be that of another one.
fn not_ours(path: &Path, line: &[u8]) -> JournalError {
    let json = serde_json::from_slice::<serde_json::Value>(line).unwrap_or_default();
    match json["header"]["format"].as_u64() {
        Some(found) if found != u64::from(FORMAT) => of_format(path, found),
        _ => no_header(path),
    }
}

fn of_format(path: &Path, found: u64) -> JournalError {
    JournalError::Format {
        path: path.to_owned(),
        why: format!("written in format {found}, this version reads format {FORMAT}"),
    }
}

fn no_header(path: &Path) -> JournalError {
    JournalError::Format {
        path: path.to_owned(),
        why: "does not begin with the header of a run".to_owned(),
    }
}
