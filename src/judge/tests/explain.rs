//! Why a message was missed: the words for each of the ways.

use super::*;
use crate::journal::{Author, Event, Fact, Seq};
use crate::plan::Callback;

const AT: Address = Address::callback(Callback::Notification);

/// The window behind event 10, up to event 20, which closed after 2 s.
const WINDOW: Window = Window {
    after: 10,
    upto: 20,
    closed_at: 2_000_000,
};

fn awaited() -> Selector {
    selector(
        "POST",
        None,
        "provider.notification",
        "body: { type: resourceDeleted, id: 7 }",
    )
}

fn event(seq: Seq, fact: Fact) -> Arc<Event> {
    Arc::new(Event {
        seq,
        at: seq * 100_000,
        lane: None,
        fact,
    })
}

fn told(seq: Seq, body: Value) -> Arc<Event> {
    event(
        seq,
        Fact::Request {
            exchange: seq,
            step: None,
            from: Participant::Service,
            to: AT,
            author: Author::Embedded,
            message: post("/hook", body),
        },
    )
}

fn the_one(seq: Seq) -> Arc<Event> {
    told(seq, json!({"type": "resourceDeleted", "id": 7}))
}

fn refused(seq: Seq, at: Address) -> Arc<Event> {
    event(
        seq,
        Fact::Refused {
            at,
            why: "POST /hook: its body is larger than 10 bytes".into(),
        },
    )
}

fn explain(lane: &[Arc<Event>], unclaimed: &[Arc<Event>]) -> (String, Option<Nearest>) {
    match explain_missed(&awaited(), WINDOW, (0, 1), lane, unclaimed) {
        Finding::Missed { why, nearest } => (why, nearest),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn says(lane: &[Arc<Event>], unclaimed: &[Arc<Event>], words: &str, near: Option<Seq>) {
    let (why, nearest) = explain(lane, unclaimed);
    assert_eq!((why.as_str(), nearest.map(|one| one.seq)), (words, near));
}

#[test]
fn nothing_came() {
    says(
        &[],
        &[],
        "nothing came: POST at provider.notification",
        None,
    );
    let elsewhere = event(
        15,
        Fact::Answer {
            exchange: 1,
            author: Author::Live,
            message: Message::default(),
        },
    );
    says(
        &[elsewhere],
        &[],
        "nothing came: POST at provider.notification",
        None,
    );
}

#[test]
fn it_came_late_and_by_how_much() {
    says(
        &[the_one(21)],
        &[],
        "it came late, 100 ms after the wait had ended",
        Some(21),
    );
    says(
        &[the_one(120)],
        &[],
        "it came late, 10.0 s after the wait had ended",
        Some(120),
    );
}

#[test]
fn it_came_before_the_act_and_the_last_time_is_shown() {
    let before = "it came before the act that was to cause it, and not again";
    says(&[the_one(9), the_one(10)], &[], before, Some(10));
}

#[test]
fn none_of_the_kind_is_the_one_and_the_nearest_shows_its_differing_field() {
    let far = told(12, json!({"type": "resourceCreated", "id": 8}));
    let near = told(14, json!({"type": "resourceDeleted", "id": 8}));
    let words = "2 messages of the kind came, and none is the one: POST at provider.notification";
    says(&[far, near.clone()], &[], words, Some(14));
    let (why, nearest) = explain(&[near], &[]);
    assert!(why.starts_with("one message of the kind came"), "{why}");
    let nearest = nearest.expect("there is one");
    assert_eq!(nearest.message, "POST /hook");
    let [difference] = nearest.differences.as_slice() else {
        panic!("{nearest:?}");
    };
    assert_eq!(
        (difference.at.as_str(), difference.expected.as_str()),
        ("body.id", "7")
    );
    assert_eq!(difference.seen, Some(json!(8)));
}

#[test]
fn it_was_refused_before_it_reached_the_one_who_should_have_it() {
    let words = "it was refused before it reached the provider: POST /hook: its body is larger than 10 bytes";
    says(&[refused(15, AT)], &[], words, None);
    says(&[refused(21, AT)], &[the_one(15)], words, None);
    let before = refused(10, AT);
    let elsewhere = refused(15, Address::of(Participant::Service));
    says(
        &[before, elsewhere],
        &[],
        "nothing came: POST at provider.notification",
        None,
    );
}

#[test]
fn one_that_belongs_to_no_case_is_the_nearest() {
    let words =
        "nothing came for this case; the nearest belongs to no case: POST at provider.notification";
    let other = told(13, json!({"type": "resourceDeleted", "id": 8}));
    says(&[], &[other, the_one(15)], words, Some(15));
    says(
        &[],
        &[the_one(10)],
        "nothing came: POST at provider.notification",
        None,
    );
}

#[test]
fn one_that_was_refused_where_cases_share_an_address_is_told() {
    let words = "nothing came for this case; one that no case could claim was refused: \
                 POST /hook: its body is larger than 10 bytes";
    says(&[], &[refused(15, AT)], words, None);
    says(
        &[],
        &[refused(10, AT)],
        "nothing came: POST at provider.notification",
        None,
    );
}

#[test]
fn too_few_came() {
    let finding = explain_missed(&awaited(), WINDOW, (1, 3), &[the_one(12)], &[]);
    let why = "1 came instead of 3: POST at provider.notification".to_owned();
    assert_eq!(finding, Finding::Missed { why, nearest: None });
}

#[test]
fn one_that_must_not_come_is_shown() {
    let finding = explain_unwanted(&awaited(), "2 came, and 1 at most may".into(), &the_one(12));
    let Finding::Missed {
        why,
        nearest: Some(nearest),
    } = finding
    else {
        panic!("{finding:?}");
    };
    assert_eq!(
        (why.as_str(), nearest.seq),
        ("2 came, and 1 at most may", 12)
    );
    assert!(nearest.differences.is_empty());
}

#[test]
fn times_are_written_in_the_unit_that_reads_best() {
    let written = [0, 999, 1_000, 9_999_999, 10_000_000].map(millis);
    assert_eq!(written, ["0 µs", "999 µs", "1 ms", "9999 ms", "10.0 s"]);
}
