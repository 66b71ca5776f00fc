//! When feedproof itself was late, and when it was not.

use std::time::Instant;

use super::*;
use crate::tap::late::{BEAT_LATE, LATE, OwedAnswer, Pulse};
use crate::tap::open::OpenExchange;

/// Returns why feedproof was late after an answer of its own that took so long.
fn after(took: Duration) -> Option<String> {
    let journal = Journal::begin(Header::made_up(Mode::Connector), None);
    let begun = Instant::now()
        .checked_sub(took)
        .expect("the machine runs longer");
    drop(OwedAnswer::since(begun, &journal, 2));
    journal.late(0, 99)
}

#[test]
fn an_answer_of_its_own_that_took_long_is_noted_with_its_exchange() {
    assert_eq!(after(Duration::ZERO), None);
    let why = after(LATE).expect("it was late");
    assert!(
        why.starts_with("feedproof itself was late: its own answer in exchange 2 took 75"),
        "{why}"
    );
    assert!(why.contains("so the connector may have given up and sent its message again"));
}

#[tokio::test]
async fn feedproof_owes_what_is_its_own_unless_a_stub_holds_it_back() {
    let bench = Bench::connector().await;
    let owes = |owner: MountOwner, upstream: Upstream, reaction: Option<Reaction>| {
        let mount = Mount {
            base: bench.origin.clone(),
            upstream,
            owner,
            lane: None,
        };
        let open = OpenExchange::new(&bench.tap.journal, None, 1);
        bench.tap.owed(&mount, &open, reaction.as_ref()).is_some()
    };
    let emulated = || Upstream::Emulated(Router::new());
    let live = || Upstream::Live("http://127.0.0.1:1".to_owned());
    let provider = || MountOwner::Provider(Vec::new());
    let reply = Reaction {
        status: Some(201),
        ..Reaction::default()
    };
    let delayed = Reaction {
        delay: Duration::from_secs(2),
        ..reply.clone()
    };
    let unanswered = Reaction {
        time_out: true,
        ..Reaction::default()
    };
    assert!(owes(MountOwner::Service, emulated(), None));
    assert!(!owes(MountOwner::Service, live(), None));
    assert!(!owes(provider(), live(), None));
    // The reference provider waits for others, and some of its faults are delays.
    assert!(!owes(provider(), emulated(), None));
    assert!(owes(MountOwner::Service, live(), Some(reply)));
    assert!(!owes(MountOwner::Service, emulated(), Some(delayed)));
    assert!(!owes(MountOwner::Service, emulated(), Some(unanswered)));
}

#[test]
fn a_stall_of_the_whole_run_failed_the_case_of_an_honest_provider() {
    let journal = Journal::begin(Header::made_up(Mode::Rehearsal), None);
    let pulse = Pulse::default();
    let start = Instant::now();
    pulse.beat(start, &journal);
    let almost = start + BEAT_LATE - Duration::from_millis(1);
    pulse.beat(almost, &journal);
    assert_eq!(journal.late(0, 99), None);
    let stalled = almost + Duration::from_millis(2700);
    pulse.beat(stalled, &journal);
    let why = journal.late(0, 99).expect("it was late");
    assert!(
        why.starts_with("feedproof itself was late: it hardly ran for 2700 ms while"),
        "{why}"
    );
    // Counted anew from each beat.
    let noted = journal.last();
    pulse.beat(stalled + Duration::from_millis(1), &journal);
    assert_eq!(journal.late(noted, 99), None);
}

#[tokio::test]
async fn a_pulse_is_felt_at_the_end_of_a_case_only_where_it_is_watched() {
    let bench = Bench::connector().await;
    bench.tap.feel_pulse();
    let long_ago = Instant::now()
        .checked_sub(BEAT_LATE)
        .expect("the machine runs longer");
    assert_eq!(bench.tap.journal.late(0, 99), None);
    bench.tap.pulse.beat(long_ago, &bench.tap.journal);
    bench.tap.feel_pulse();
    assert!(bench.tap.journal.late(0, 99).is_some());
}
