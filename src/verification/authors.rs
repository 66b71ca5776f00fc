//! Whether the messages of a run are by the participants that its mode says are live.
//!
//! A person who writes every message anew can name any author; a run that is only called another one is found.

use std::collections::{BTreeMap, BTreeSet};

use crate::journal::Fact;
use crate::judge::Verdict;
use crate::number::first_names;
use crate::record::Record;
use crate::verification::check::FileCheck;
use plan_language::participant::{Author, Mode, Participant};

/// Compares the author of each message with the mode, and demands a live one in each case that passed.
pub(super) fn authors(record: &Record) -> FileCheck {
    let found = match record.header.mode {
        Mode::Rehearsal => "emulated participants, as the mode says",
        Mode::Connector | Mode::Service | Mode::EndToEnd => {
            "as the mode says, and a live one in each case that passed"
        }
    };
    let complaint = foreign(record).or_else(|| without_live(record));
    FileCheck::of("authors", complaint, found)
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

/// Names passed cases in which no live participant sent anything.
fn without_live(record: &Record) -> Option<String> {
    if record.header.mode == Mode::Rehearsal {
        return None;
    }
    let lanes = record.events.iter().filter(|event| match &event.fact {
        Fact::Request { author, .. } | Fact::Answer { author, .. } => *author == Author::Live,
        _ => false,
    });
    let live: BTreeSet<&str> = lanes.filter_map(|event| event.lane.as_deref()).collect();
    let passed = record
        .cases
        .iter()
        .filter(|case| case.verdict == Verdict::Passed);
    let without: Vec<&str> = passed
        .map(|case| &*case.case)
        .filter(|case| !live.contains(case))
        .collect();
    (!without.is_empty()).then(|| {
        format!(
            "passed without a message of a live participant: {}",
            first_names(&without)
        )
    })
}
