//! The fault matrix: every fault is detected by a check that claims it, and every check that fails under it claims it.
//!
//! `tests/messages/FAULT.txt` holds the failure text of the first case that detects a fault, with what differs from run
//! to run replaced. `FEEDPROOF_BLESS=1 cargo test --test faults` writes the texts anew; read the difference as an
//! engineer would who never saw the plans. `FEEDPROOF_FAULT=name` does so for one fault alone.
//!
//! A program of its own: it takes every core for minutes, and the waits of other whole runs measure real time.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "a test says what it expects by panicking, and tells its story in one piece"
)]

#[path = "../stand/mod.rs"]
mod stand;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use feedproof::judge::CheckOutcome;
use feedproof::proof::read_through;
use feedproof::record::{Outcome, Record};
use feedproof::report::failure;
use feedproof::shipped;
use feedproof::topology::{Fault, simulate};
use plan_language::participant::Participant;
use plan_language::plan::Library;

use stand::stable::stable;
use stand::{Stand, rehearsal};

fn shipped_library() -> Library {
    Library::read(&shipped::documents()).unwrap_or_else(|unsound| panic!("{:?}", unsound.findings))
}

/// Rehearses every case under a fault, in simulated time: how busy this machine is changes nothing.
fn rehearse(fault: Fault) -> Record {
    rehearse_under(vec![fault])
}

fn rehearse_under(faults: Vec<Fault>) -> Record {
    let rehearsal = async {
        Stand::in_process(shipped_library(), rehearsal(), faults)
            .await
            .run()
            .await
    };
    simulate(rehearsal).expect("there is a runtime")
}

/// The variable that renews the expected texts.
const BLESS: &str = "FEEDPROOF_BLESS";

/// The variable that names a single fault, to work on its text alone.
const ONLY: &str = "FEEDPROOF_FAULT";

fn messages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages")
}

/// Tells whether a check of a case fails that claims a fault.
fn claims(fault: Fault, record: &Record, case: &Outcome) -> bool {
    let mut broken = case
        .checks
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Violation);
    broken.any(|check| {
        let mut rows = check.requirement.iter().filter_map(|id| record.row(id));
        rows.any(|row| {
            row.requirement
                .faults
                .iter()
                .any(|claimed| claimed == fault.id())
        })
    })
}

/// Compares the failure text of the first case that detects a fault with the expected one; returns the difference.
fn retold(fault: Fault, record: &Record) -> Option<String> {
    let case = record
        .cases
        .iter()
        .find(|case| claims(fault, record, case))?;
    let told = failure(record, case).expect("a failed case has a message");
    let told = format!("{}\n", stable(&told));
    let file = messages().join(format!("{}.txt", fault.id()));
    if std::env::var_os(BLESS).is_some_and(|value| !value.is_empty()) {
        fs::write(&file, told).expect("the text can be written");
        return None;
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    (told != expected).then(|| {
        format!(
            "{}: expected\n{expected}\nfound\n{told}\n({BLESS}=1 writes it anew)",
            fault.id()
        )
    })
}

/// Lists the complaints about one fault.
fn complaints(fault: Fault, record: &Record) -> Vec<String> {
    let library = shipped_library();
    let mut complaints = Vec::new();
    let mut detected = false;
    for case in &record.cases {
        for check in case
            .checks
            .iter()
            .filter(|check| check.outcome == CheckOutcome::Violation)
        {
            let claimed = check.requirement.iter().any(|id| {
                let row = record
                    .row(id)
                    .expect("a check cites requirements that there are");
                row.requirement
                    .faults
                    .iter()
                    .any(|claimed| claimed == fault.id())
            });
            detected |= claimed;
            if !claimed && !read_through(&library.requirements, fault.participant(), check) {
                complaints.push(format!(
                    "{}: {} ({}, {:?}) fails under it and does not claim it",
                    fault.id(),
                    case.case,
                    check.place,
                    check.requirement
                ));
            }
        }
    }
    if !detected {
        let reasons: Vec<_> = record
            .cases
            .iter()
            .filter_map(|case| Some(format!("{}: {}", case.case, case.reason.as_ref()?)))
            .collect();
        complaints.push(format!("{} survives; {}", fault.id(), reasons.join("; ")));
    }
    complaints
}

/// Rehearses every case under a fault and says what is not as claimed.
fn complaints_of(fault: Fault) -> Vec<String> {
    let record = rehearse(fault);
    let mut all = complaints(fault, &record);
    all.extend(retold(fault, &record));
    all
}

#[test]
fn every_fault_is_caught_where_it_is_claimed_and_nowhere_else() {
    let library = shipped_library();
    let claimed: BTreeSet<&str> = library
        .requirements
        .iter()
        .flat_map(|requirement| requirement.faults.iter().map(String::as_str))
        .collect();
    assert!(claimed.len() >= 60, "{claimed:?}");
    let only = std::env::var(ONLY).ok().filter(|name| !name.is_empty());
    let faults: Vec<_> = claimed
        .into_iter()
        .filter(|name| only.as_deref().is_none_or(|wanted| wanted == *name))
        .map(|name| Fault::parse(name).expect("claimed faults exist"))
        .collect();
    assert!(!faults.is_empty(), "{ONLY} names no fault that is claimed");
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let all = std::thread::scope(|scope| {
        let working: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut found = Vec::new();
                    while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                        found.extend(complaints_of(*fault));
                    }
                    found
                })
            })
            .collect();
        let ended = working
            .into_iter()
            .map(|thread| thread.join().expect("no panic"));
        ended.flatten().collect::<Vec<_>>()
    });
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn honest_habits_are_not_accused_and_hide_no_fault() {
    let honest = rehearse_under(vec![Fault::Habits]);
    let usual = rehearse_under(Vec::new());
    for (case, usual) in honest.cases.iter().zip(&usual.cases) {
        let reason = &case.reason;
        assert_eq!(case.verdict, usual.verdict, "{}: {reason:?}", case.case);
    }
    for name in [
        "no-patch",
        "keeps-posting-after-offboarding",
        "lists-foreign-accounts",
        "flipped-signs",
        "posts-under-external-id",
    ] {
        let fault = Fault::parse(name).expect("it is in the catalogue");
        let record = rehearse_under(vec![fault, Fault::Habits]);
        let found = record.cases.iter().any(|case| claims(fault, &record, case));
        assert!(found, "{name} hides behind the habits");
    }
}

#[test]
fn every_text_belongs_to_a_fault() {
    for entry in fs::read_dir(messages()).expect("the folder is part of the crate") {
        let path = entry.expect("it can be listed").path();
        let name = path.file_stem().and_then(|name| name.to_str());
        let name = name.expect("the names of these files are ASCII");
        assert!(Fault::parse(name).is_ok(), "{name} is no fault");
    }
}

#[test]
fn every_tested_requirement_has_a_fault_in_each_of_its_subjects() {
    let library = shipped_library();
    let mut missing = Vec::new();
    for requirement in &library.requirements {
        if requirement.not_tested.is_some() {
            continue;
        }
        for subject in &requirement.subject {
            let has = requirement
                .faults
                .iter()
                .any(|name| Fault::parse(name).is_ok_and(|fault| fault.participant() == *subject));
            let excused = *subject == Participant::Provider && requirement.unbreakable.is_some();
            if !has && !excused {
                missing.push(format!("{} has no fault in the {subject}", requirement.id));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
