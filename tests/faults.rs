//! A check that never failed has proved nothing: each fault is caught by a check that claims it, and
//! every check that fails under it claims it.

mod stand;

use std::collections::BTreeSet;
use std::sync::Arc;

use feedproof::arrangement::Fault;
use feedproof::judge::Weight;
use feedproof::plan::Library;
use feedproof::record::Record;
use feedproof::shipped;
use stand::{Stand, rehearsal};

/// Faults that are shown at the same time, each on stages of its own.
const AT_ONCE: usize = 4;

fn shipped_library() -> Library {
    Library::read(&shipped::documents()).unwrap_or_else(|unsound| panic!("{:?}", unsound.findings))
}

async fn rehearse(faults: Vec<Fault>) -> Record {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let environment = rehearsal();
    Stand::up(shipped_library(), environment, faults, folder.path())
        .await
        .run()
        .await
}

/// Lists the complaints about one fault.
fn complaints(fault: Fault, record: &Record) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut caught = false;
    for case in &record.cases {
        for check in case
            .checks
            .iter()
            .filter(|check| check.weight == Weight::Breaks)
        {
            let claimed = check.requirement.iter().any(|id| {
                let row = record
                    .row(id)
                    .expect("a check cites requirements that there are");
                row.requirement.faults.iter().any(|one| one == fault.id())
            });
            caught |= claimed;
            if !claimed {
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
    if !caught {
        let reasons: Vec<_> = record
            .cases
            .iter()
            .filter_map(|case| Some(format!("{}: {}", case.case, case.reason.as_ref()?)))
            .collect();
        complaints.push(format!("{} survives; {}", fault.id(), reasons.join("; ")));
    }
    complaints
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_caught_where_it_is_claimed_and_nowhere_else() {
    let library = shipped_library();
    let claimed: BTreeSet<&str> = library
        .requirements
        .iter()
        .flat_map(|one| one.faults.iter().map(String::as_str))
        .collect();
    assert!(claimed.len() >= 12, "{claimed:?}");
    let mut faults = Vec::new();
    for name in claimed {
        faults.push(Fault::parse(name).expect("claimed faults exist"));
    }
    let places = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    let running: Vec<_> = faults
        .into_iter()
        .map(|fault| {
            let places = places.clone();
            tokio::spawn(async move {
                let _place = places.acquire().await.expect("it is never closed");
                complaints(fault, &rehearse(vec![fault]).await)
            })
        })
        .collect();
    let mut all = Vec::new();
    for one in running {
        all.extend(one.await.expect("it does not panic"));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
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
                .any(|name| Fault::parse(name).is_ok_and(|one| one.participant() == *subject));
            if !has {
                missing.push(format!("{} has no fault in the {subject}", requirement.id));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
