//! Whether the messages of a run are by the participants that its mode says are live.
//!
//! A person who writes every message anew can name any author; a run that is only called another one is found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::journal::{Event, Fact};
use crate::judge::{Outcome, RequirementOutcome, Verdict};
use crate::number::first_names;
use crate::record::Record;
use crate::verification::check::{FileCheck, Standing};
use plan_language::participant::{Author, Mode, Participant};

/// Compares the author of each message with the mode, and demands a live one in each case that passed.
pub(super) fn authors(record: &Record) -> FileCheck {
    let found = match record.header.mode {
        Mode::Rehearsal => "emulated participants, as the mode says",
        Mode::Connector | Mode::Service | Mode::EndToEnd => {
            "as the mode says, and a live one in each case that counts"
        }
    };
    if let Some(complaint) = foreign(record) {
        return FileCheck::new("authors", Standing::NotHeld, complaint);
    }
    // It is odd, and no contradiction: a reader has to look at the case.
    if let Some(odd) = without_live(record) {
        return FileCheck::new("authors", Standing::NotChecked, odd);
    }
    FileCheck::new("authors", Standing::Held, found)
}

/// Finds a message whose author is another one than the mode gives its sender.
fn foreign(record: &Record) -> Option<String> {
    let mode = record.header.mode;
    let mut receivers = BTreeMap::new();
    record.events.iter().find_map(|event| {
        let (sender, author, has_step) = match &event.fact {
            Fact::Request {
                exchange,
                step,
                from,
                to,
                author,
                ..
            } => {
                receivers.insert(*exchange, to.participant);
                (*from, *author, step.is_some())
            }
            Fact::Answer {
                exchange, author, ..
            } => (*receivers.get(exchange)?, *author, true),
            _ => return None,
        };
        // feedproof plays any participant where a step says so, and the customer's product and browser always.
        let is_played = author == Author::Runner && (has_step || plays_always(sender));
        (!is_played && author != mode.author(sender)).then(|| {
            format!(
                "line {}: a message of {} is by {}, which it is not in the mode {mode}",
                event.seq,
                sender.as_noun(),
                words(author)
            )
        })
    })
}

fn plays_always(participant: Participant) -> bool {
    matches!(participant, Participant::Product | Participant::Browser)
}

fn words(author: Author) -> &'static str {
    match author {
        Author::Live => "a live system",
        Author::Emulated => "feedproof's emulation",
        Author::Runner => "feedproof's own runner, without a step",
    }
}

/// Names cases that count for a requirement although no live participant sent anything in them.
///
/// A message of a live participant belongs to a case where a check judged it, or where the case called for it.
fn without_live(record: &Record) -> Option<String> {
    if record.header.mode == Mode::Rehearsal {
        return None;
    }
    let is_live = |event: &&Arc<Event>| match &event.fact {
        Fact::Request { author, .. } | Fact::Answer { author, .. } => *author == Author::Live,
        _ => false,
    };
    let live = || record.events.iter().filter(is_live);
    let lanes: BTreeSet<&str> = live().filter_map(|event| event.lane.as_deref()).collect();
    let exchanges: BTreeSet<u64> = live().filter_map(|event| exchange(event)).collect();
    let judged_live = |case: &Outcome| {
        let mut judged = case.checks.iter().flat_map(|check| &check.messages);
        judged.any(|seq| {
            let judged = record.event(*seq).and_then(exchange);
            judged.is_some_and(|exchange| exchanges.contains(&exchange))
        })
    };
    let counts = |case: &Outcome| {
        let mut ids = case.checks.iter().flat_map(|check| &check.requirement);
        ids.any(|id| {
            let row = record.row(id);
            row.is_some_and(|row| row.traced.outcome == RequirementOutcome::Passed)
        })
    };
    let passed = record
        .cases
        .iter()
        .filter(|case| case.verdict == Verdict::Passed);
    let without: Vec<&str> = passed
        .filter(|case| counts(case) && !lanes.contains(&*case.case) && !judged_live(case))
        .map(|case| &*case.case)
        .collect();
    (!without.is_empty()).then(|| {
        let names = first_names(&without);
        format!("no live participant sent anything in these, which passed: {names}")
    })
}

/// Returns the exchange to which an event belongs.
fn exchange(event: &Event) -> Option<u64> {
    match &event.fact {
        Fact::Request { exchange, .. } | Fact::Answer { exchange, .. } => Some(*exchange),
        _ => None,
    }
}
