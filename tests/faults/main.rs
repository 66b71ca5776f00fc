//! The fault matrix: every fault is detected by a check that claims it, and every check that fails under it claims it.
//!
//! `tests/messages/FAULT.txt` holds the failure text of the first case that detects a fault, with what differs from run
//! to run replaced. `FEEDPROOF_BLESS=1 cargo test --test faults` writes the texts anew; read the difference as an
//! engineer would who never saw the plans. `FEEDPROOF_FAULT=name` does so for one fault alone.
//!
//! Under a fault run all cases that cite a requirement which claims it, and one in [`SHARE`] of the others, another one
//! for each fault: a check that strays is noticed in time, and a push does not wait for every pair. All pairs run with
//! `FEEDPROOF_MATRIX=whole`, with `FEEDPROOF_FAULT`, and in `feedproof prove`.
//!
//! A program of its own: it takes every core for minutes, and the waits of other whole runs measure real time.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "a test says what it expects by panicking, and tells its story in one piece"
)]

mod rules;
mod set_up;
#[path = "../stand/mod.rs"]
mod stand;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use feedproof::journal::Fact;
use feedproof::judge::{CheckOutcome, Verdict};
use feedproof::proof::read_through;
use feedproof::record::{Outcome, Record};
use feedproof::report::failure;
use feedproof::shipped;
use feedproof::topology::{Deviation, Fault, NetworkSeed, Variant, simulate};
use plan_language::participant::Participant;
use plan_language::plan::{Library, Plan};

use stand::stable::stable;
use stand::{Stand, rehearsal};

/// The shipped plans with their rules, read once: hundreds of rehearsals use them.
static SHIPPED: LazyLock<Library> = LazyLock::new(|| {
    Library::read(&shipped::documents_with_rules())
        .unwrap_or_else(|invalid| panic!("{:?}", invalid.findings))
});

/// A rehearsal of all cases by a correct provider.
static USUAL: LazyLock<Record> = LazyLock::new(|| rehearse(&SHIPPED, Deviation::default()));

/// Of this many cases that do not claim a fault, one runs under it.
const SHARE: usize = 45;

/// Rehearses cases in simulated time: how busy this machine is changes nothing.
fn rehearse(library: &Library, deviation: Deviation) -> Record {
    let rehearsal = async {
        Stand::in_process(library.clone(), rehearsal(), deviation)
            .await
            .run()
            .await
    };
    simulate(rehearsal).expect("there is a runtime")
}

/// Returns the shipped plans with the cases that run under a fault.
fn library_for(fault: Fault) -> Library {
    let mut library = SHIPPED.clone();
    let is_whole = [WHOLE, ONLY]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if is_whole {
        return library;
    }
    let turn = Fault::all().position(|listed| listed == fault);
    let turn = turn.expect("it is in the catalogue");
    let kept: BTreeSet<&str> = USUAL
        .cases
        .iter()
        .enumerate()
        .filter(|(position, case)| {
            (position + turn).is_multiple_of(SHARE)
                || rules::name(fault, &SHIPPED, &case.case)
                || case
                    .checks
                    .iter()
                    .any(|check| is_claimed(fault, &USUAL, &check.requirement))
        })
        .map(|(_, case)| &*case.case)
        .collect();
    keep(&mut library, &kept);
    library
}

/// Leaves only these cases in the plans.
fn keep(library: &mut Library, kept: &BTreeSet<&str>) {
    for plan in &mut library.plans {
        let cases = plan.cases.iter().filter(|case| kept.contains(&*case.id));
        *plan = Arc::new(Plan {
            name: plan.name.clone(),
            title: plan.title.clone(),
            file: plan.file.clone(),
            digest: plan.digest.clone(),
            cases: cases.cloned().collect(),
        });
    }
    library.plans.retain(|plan| !plan.cases.is_empty());
}

/// Tells whether one of these requirements claims a fault.
fn is_claimed(fault: Fault, record: &Record, requirements: &[Arc<str>]) -> bool {
    let mut rows = requirements.iter().filter_map(|id| record.row(id));
    rows.any(|row| {
        let mut claimed = row.requirement.faults.iter();
        claimed.any(|name| name == fault.id())
    })
}

/// The variable that renews the expected texts.
const BLESS: &str = "FEEDPROOF_BLESS";

/// The variable that names a single fault, to work on its text alone.
const ONLY: &str = "FEEDPROOF_FAULT";

/// The variable that makes every case run under every fault.
const WHOLE: &str = "FEEDPROOF_MATRIX";

fn messages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages")
}

/// Tells whether a check of a case fails that claims a fault.
fn claims(fault: Fault, record: &Record, case: &Outcome) -> bool {
    let mut broken = case
        .checks
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Violation);
    broken.any(|check| is_claimed(fault, record, &check.requirement))
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
    let library = &*SHIPPED;
    let mut complaints = Vec::new();
    let mut detected = false;
    for case in &record.cases {
        for check in case
            .checks
            .iter()
            .filter(|check| check.outcome == CheckOutcome::Violation)
        {
            let claimed = is_claimed(fault, record, &check.requirement);
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

/// Rehearses under a fault and lists all that is not as claimed.
fn complaints_of(fault: Fault) -> Vec<String> {
    let record = rehearse(&library_for(fault), fault.into());
    let mut all = complaints(fault, &record);
    all.extend(retold(fault, &record));
    all.extend(rules::passing(fault, &SHIPPED, &record));
    all
}

#[test]
fn every_fault_is_detected_where_it_is_claimed_and_nowhere_else() {
    let library = &*SHIPPED;
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
    let all = on_all_cores(&faults, |fault| complaints_of(*fault));
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// Does something with each element, on every core, and joins the results.
fn on_all_cores<T: Sync, R: Send>(all: &[T], of: impl Fn(&T) -> Vec<R> + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let working: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut found = Vec::new();
                    while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                        found.extend(of(one));
                    }
                    found
                })
            })
            .collect();
        let ended = working
            .into_iter()
            .map(|thread| thread.join().expect("no panic"));
        ended.flatten().collect()
    })
}

/// Variants in groups that one provider can have together; `prove` tries each alone.
const GROUPS: [&[Variant]; 4] = [
    &[
        Variant::IdsInCapitals,
        Variant::CompressedResponses,
        Variant::MembersInAlphabeticalOrder,
        Variant::DatesWithOffset,
        Variant::BatchesOfOne,
        Variant::DataOfEarlierRuns,
        Variant::AcceptedNotifications,
        Variant::LoginInTwoSteps,
        Variant::ReturnByPage,
    ],
    &[
        Variant::EncodedPaths,
        Variant::ByteOrderMarks,
        Variant::ExtraMembers,
        Variant::DatesWithoutMilliseconds,
        Variant::BatchesOfThree,
        Variant::EmptyFirstStatement,
        Variant::NotificationsWithBody,
        Variant::LoginBehindRedirects,
        Variant::ReturnBySeeOther,
        Variant::LinksOfEarlierRuns,
        Variant::TwoBanksAtOnce,
    ],
    &[
        Variant::JsonWithCharset,
        Variant::AmountsWithoutTrailingZeros,
        Variant::AccountsInAnotherOrder,
        Variant::SlowPolls,
        Variant::Impatient,
        Variant::EarlyBackOff,
        Variant::TokenAtStart,
        Variant::ForbiddenNotifications,
        Variant::AccountsToTick,
        Variant::FailureAsDenial,
    ],
    &[
        Variant::SlowStart,
        Variant::BelowTheAgreedRate,
        Variant::TwoTokens,
        Variant::KeysAtMostEveryFiveMinutes,
        Variant::WrongPasswordLeadsBack,
        Variant::NewExternalIdOnRelisting,
    ],
];

#[test]
fn every_variant_is_left_in_peace() {
    let grouped: std::collections::HashSet<_> = GROUPS.iter().copied().flatten().collect();
    assert_eq!(grouped.len(), Variant::ALL.len(), "each has its group");
    let disturbed = on_all_cores(&GROUPS, |variants| {
        let deviation = Deviation {
            variants: variants.to_vec(),
            ..Deviation::default()
        };
        disturbed_by(deviation, &format!("{variants:?}")).0
    });
    assert!(disturbed.is_empty(), "{}", disturbed.join("\n"));
}

/// How soon a sender gives up is its own decision: with delays beyond its patience it sends some requests twice, and
/// nothing that counts them, or forbids them, accuses it.
#[test]
fn a_request_sent_again_without_a_response_was_counted_against_its_sender() {
    let mut documents = shipped::documents_with_rules();
    for plan in &mut documents.plans {
        let text = String::from_utf8(plan.bytes.clone()).expect("plans are UTF-8");
        plan.bytes = text.replace("delay: 500ms", "delay: 1s").into_bytes();
    }
    let mut library = Library::read(&documents).expect("the plans are valid");
    let delayed = [
        "onboarding/patch-before-redirect",
        "reauthorisation/lists-no-accounts",
        "statements/one-in-flight",
        "offboarding/series-ends-with-the-account",
    ];
    keep(&mut library, &BTreeSet::from(delayed));
    let record = rehearse(
        &library,
        Deviation {
            variants: vec![Variant::Impatient],
            ..Deviation::default()
        },
    );
    let verdicts = record.cases.iter().map(|case| (&*case.case, case.verdict));
    let mut accused = verdicts.filter(|(_, verdict)| *verdict == Verdict::Failed);
    assert_eq!(accused.next(), None);
    let excused = record
        .cases
        .iter()
        .find(|case| &*case.case == "reauthorisation/lists-no-accounts")
        .and_then(|case| case.reason.as_deref())
        .unwrap_or_default();
    assert!(
        excused.contains("the sender saw no response to the same request before"),
        "{excused}"
    );
}

/// Lists the cases whose verdict is not the usual one, and returns the record.
fn disturbed_by(deviation: Deviation, name: &str) -> (Vec<String>, Record) {
    let record = rehearse(&SHIPPED, deviation);
    let mut disturbed = Vec::new();
    for (case, usual) in record.cases.iter().zip(&USUAL.cases) {
        if case.verdict != usual.verdict {
            let told = failure(&record, case).unwrap_or_default();
            let head = told.lines().next().unwrap_or_default();
            disturbed.push(format!("{name}: {}: {head}", case.case));
        }
    }
    (disturbed, record)
}

/// `prove --networks` tries more of them.
#[test]
fn no_verdict_changes_when_messages_are_late_and_overtake_each_other() {
    let seeds = [NetworkSeed(1), NetworkSeed(1), NetworkSeed(2)];
    let mut ways = on_all_cores(&seeds, |seed| {
        let (disturbed, record) = disturbed_by((*seed).into(), &format!("{seed:?}"));
        vec![(seed.0, disturbed, record)]
    });
    ways.sort_by_key(|(seed, ..)| *seed);
    for (_, disturbed, _) in &ways {
        assert!(disturbed.is_empty(), "{}", disturbed.join("\n"));
    }
    // Ids and tokens are random; what happened, and when, is not. A date in `Retry-After` is one of the real clock.
    let happened = |record: &Record| {
        let events = record.events.iter();
        let mut events: Vec<_> = events
            .map(|event| format!("{:?} {:?} {}", event.lane, event.at, kind(&event.fact)))
            .filter(|event| !event.contains("waits-for-retry-date"))
            .collect();
        events.sort();
        events
    };
    let [first, again, other] = &ways[..] else {
        panic!("each seed gives a record");
    };
    assert_eq!(happened(&first.2), happened(&again.2), "the same seed");
    assert_ne!(happened(&first.2), happened(&other.2), "another seed");
}

fn kind(fact: &Fact) -> String {
    let json = serde_json::to_value(fact).expect("a fact is JSON");
    json["fact"].as_str().expect("it has a kind").to_owned()
}

#[test]
fn no_fault_hides_behind_unusual_variants() {
    let variants = vec![
        Variant::IdsInCapitals,
        Variant::EncodedPaths,
        Variant::CompressedResponses,
        Variant::ByteOrderMarks,
        Variant::ExtraMembers,
        Variant::DatesWithOffset,
        Variant::AccountsInAnotherOrder,
        Variant::BatchesOfThree,
        Variant::EmptyFirstStatement,
        Variant::AcceptedNotifications,
        Variant::LoginInTwoSteps,
        Variant::ReturnByPage,
    ];
    let names = [
        "no-patch",
        "keeps-posting-after-offboarding",
        "lists-foreign-accounts",
        "flipped-signs",
        "posts-under-external-id",
        "loses-at-batch-border",
    ];
    let hidden = on_all_cores(&names, |name| {
        let fault = Fault::parse(name).expect("it is in the catalogue");
        let deviation = Deviation {
            faults: vec![fault],
            variants: variants.clone(),
            ..Deviation::default()
        };
        let record = rehearse(&library_for(fault), deviation);
        let found = record.cases.iter().any(|case| claims(fault, &record, case));
        if found { Vec::new() } else { vec![*name] }
    });
    assert!(hidden.is_empty(), "{hidden:?} hide behind the variants");
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
    let library = &*SHIPPED;
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
