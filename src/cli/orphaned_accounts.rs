//! Accounts that earlier runs left linked at a live provider: read from the folders of those runs, and offboarded.

use std::path::{Path, PathBuf};

use crate::cli::terminal::talk;
use crate::cli::unsearched;
use crate::complete_file::{self, Readers};
use crate::journal::{Event, Fact, Header, JournalError, read};
use crate::number::count;
use crate::report::{JOURNAL_FILE, ORPHANED_ACCOUNTS_FILE};
use crate::topology::{OrphanedAccount, RunEnvironment, orphaned_accounts};
use plan_language::participant::Mode;
use std::sync::Arc;

/// Number of folders of earlier runs that are searched, the latest first.
const FOLDERS_MAX: usize = 50;

/// Offboards the accounts that earlier runs with the same environment left linked, and reports it.
pub(super) async fn clear(
    reports: &Path,
    own: &Path,
    header: &Header,
    run_environment: &RunEnvironment,
) {
    if header.mode != Mode::Connector {
        return;
    }
    for folder in folders(reports, own) {
        let left = remembered(&folder, header);
        if left.is_empty() {
            continue;
        }
        let stayed = run_environment.offboard(&left).await;
        talk(&format!(
            "{} left by the run {}: {} offboarded",
            count(left.len(), "account"),
            folder.file_name().unwrap_or_default().to_string_lossy(),
            left.len() - stayed.len()
        ));
        for (account, why) in &stayed {
            talk(&format!("  {} is still linked: {why}", account.account));
        }
        let stayed: Vec<_> = stayed.into_iter().map(|(account, _)| account).collect();
        remember(&folder, &stayed);
    }
}

/// Writes the accounts that a run leaves linked into its folder, and returns them; no file without any.
pub(super) fn note(folder: &Path, header: &Header, events: &[Arc<Event>]) -> Vec<OrphanedAccount> {
    if header.mode != Mode::Connector {
        return Vec::new();
    }
    let left = orphaned_accounts(events);
    if !left.is_empty() {
        remember(folder, &left);
    }
    left
}

fn remember(folder: &Path, left: &[OrphanedAccount]) {
    // What cannot be written down is found in the journal again, or by the provider's owner.
    if let Ok(bytes) = serde_json::to_vec_pretty(left) {
        let file = folder.join(ORPHANED_ACCOUNTS_FILE);
        let _ = complete_file::write(&file, &bytes, Readers::Usual);
    }
}

/// Lists the folders of earlier runs, the latest first.
fn folders(reports: &Path, own: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = std::fs::read_dir(reports)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path != own && path.join(JOURNAL_FILE).is_file())
        // The accounts of a run that lives are its own.
        .filter(|path| !unsearched::is_alive(path))
        .collect();
    // Folders are named after the moment at which their runs began.
    folders.sort();
    folders.reverse();
    folders.truncate(FOLDERS_MAX);
    folders
}

/// Returns what a run against the same environment left: as it wrote down, or as its journal tells if it crashed.
fn remembered(folder: &Path, header: &Header) -> Vec<OrphanedAccount> {
    let file = folder.join(ORPHANED_ACCOUNTS_FILE);
    let written = std::fs::read(&file);
    let ended = folder.join("record.json").is_file();
    if written.is_err() && ended {
        return Vec::new();
    }
    let events = match read(&folder.join(JOURNAL_FILE)) {
        Ok(recorded) => recorded.events,
        Err(error @ JournalError::Damaged(_)) => {
            talk(&format!(
                "note: {error}; accounts that this run left linked are not offboarded"
            ));
            return Vec::new();
        }
        // The run of another version, or a folder that is going.
        Err(JournalError::File { .. } | JournalError::Format { .. }) => return Vec::new(),
    };
    let same = events.first().is_some_and(|event| match &event.fact {
        Fact::Run { header: theirs } => {
            theirs.environment == header.environment && theirs.mode == header.mode
        }
        _ => false,
    });
    if !same {
        return Vec::new();
    }
    match written {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(_) => orphaned_accounts(&events),
    }
}
