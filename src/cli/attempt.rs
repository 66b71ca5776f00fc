//! Which attempt a run is: how many runs with its nonce the folder of reports already has.
//!
//! It keeps nobody from moving runs away; it keeps a second run from passing for the first by mistake.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use crate::report::JOURNAL_FILE;
use serde_json::Value;

/// The longest first line of a journal that is read, in bytes.
const LINE_MAX: u64 = 4 << 20;

/// Returns the number of a run with this nonce, counted from 1.
///
/// What is no folder of a run does not count, and neither does a journal whose first line cannot be read.
pub(super) fn attempt(reports: &Path, nonce: &str) -> u32 {
    let Ok(entries) = fs::read_dir(reports) else {
        return 1;
    };
    let earlier = entries.flatten().filter(|entry| {
        let journal = entry.path().join(JOURNAL_FILE);
        nonce_of(&journal).is_some_and(|other| other == nonce)
    });
    u32::try_from(earlier.count()).map_or(u32::MAX, |earlier| earlier.saturating_add(1))
}

/// Reads the nonce in the first line of a journal.
fn nonce_of(journal: &Path) -> Option<String> {
    let is_file = fs::symlink_metadata(journal).is_ok_and(|kind| kind.is_file());
    let file = is_file.then(|| File::open(journal).ok())??;
    let mut line = Vec::new();
    BufReader::new(file.take(LINE_MAX))
        .read_until(b'\n', &mut line)
        .ok()?;
    let event: Value = serde_json::from_slice(&line).ok()?;
    event["header"]["nonce"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_runs_with_the_nonce_are_earlier_attempts() {
        let reports = tempfile::tempdir().expect("a folder");
        let run = |name: &str, journal: &str| {
            let folder = reports.path().join(name);
            fs::create_dir(&folder).expect("created");
            fs::write(folder.join(JOURNAL_FILE), journal).expect("written");
        };
        assert_eq!(attempt(&reports.path().join("missing"), "acme-2026"), 1);
        assert_eq!(attempt(reports.path(), "acme-2026"), 1);
        run(
            "one",
            "{\"header\":{\"nonce\":\"acme-2026\"}}\n{\"header\":{}}\n",
        );
        run("two", "{\"header\":{\"nonce\":\"acme-2026\"}}");
        run("other", "{\"header\":{\"nonce\":\"acme-2027\"}}\n");
        run("none", "{\"header\":{}}\n");
        run("incomplete", "{\"header\":{\"nonce\":\"acme-2026\"");
        fs::write(reports.path().join("file"), "acme-2026").expect("written");
        assert_eq!(attempt(reports.path(), "acme-2026"), 3);
        assert_eq!(attempt(reports.path(), "acme-2027"), 2);
    }
}
