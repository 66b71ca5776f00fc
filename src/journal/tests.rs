use plan_language::participant::{Address, Author, Callback, Mode, Participant};
use std::sync::Arc;

use serde_json::json;

use super::*;

fn header() -> Header {
    Header::made_up(Mode::Rehearsal)
}

fn request(journal: &Journal, lane: Option<&Lane>, session: &str) -> u64 {
    let exchange = journal.number();
    journal.append(
        lane,
        Fact::Request {
            exchange,
            step: None,
            from: Participant::Service,
            to: Address::callback(Callback::Notification),
            author: Author::Emulated,
            message: Message {
                method: Some("POST".into()),
                path: "/notification".into(),
                body: Body::Json {
                    json: json!({"resource": {"id": session, "type": "authorisation"}}),
                },
                ..Message::default()
            },
        },
    );
    exchange
}

#[test]
fn a_late_joiner_is_invisible_before_it_joined() {
    let journal = Journal::begin(header(), None);
    let lane: Lane = "case".into();
    request(&journal, None, "session-0001");
    let before = journal.last();
    assert!(journal.view(&lane, 0, before).is_empty());
    request(&journal, Some(&lane), "session-0001");
    assert!(
        journal.view(&lane, 0, before).is_empty(),
        "a closed window stays as it was"
    );
    let seen: Vec<_> = journal
        .view(&lane, 0, journal.last())
        .iter()
        .map(|event| event.seq)
        .collect();
    assert_eq!(seen, [2, 3]);
    assert_eq!(
        journal.unattributed().len(),
        1,
        "only the head belongs to nobody"
    );
}

#[test]
fn requests_of_other_cases_are_told_with_their_case_once_they_joined_it() {
    let journal = Journal::begin(header(), None);
    let (own, other): (Lane, Lane) = ("own".into(), "other".into());
    request(&journal, Some(&own), "session-0001");
    request(&journal, None, "session-0002");
    let before = journal.last();
    request(&journal, Some(&other), "session-0002");
    let told = |after, upto| -> Vec<_> {
        let list = journal.elsewhere(&own, after, upto);
        list.iter()
            .map(|(lane, event)| (lane.to_string(), event.seq))
            .collect()
    };
    assert!(
        told(0, before).is_empty(),
        "it belonged to nobody by that time"
    );
    let both = [("other".to_owned(), 3), ("other".to_owned(), 4)];
    assert_eq!(told(0, journal.last()), both);
    assert_eq!(told(3, journal.last()), both[1..]);
}

#[tokio::test]
async fn those_who_wait_on_a_lane_are_woken_by_it_alone() {
    let journal = Journal::begin(header(), None);
    let lane: Lane = "one".into();
    let other: Lane = "two".into();
    let mut watch = journal.watch(&lane);
    watch.mark_unchanged();
    journal.append(Some(&other), Fact::Ended);
    assert!(!watch.has_changed().expect("the journal lives"));
    journal.append(Some(&lane), Fact::Ended);
    watch.changed().await.expect("the journal lives");
}

#[test]
fn a_journal_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("journal.jsonl");
    let journal = Journal::begin(
        header(),
        Some(Writer::create(&path).expect("the file opens")),
    );
    let lane: Lane = "case".into();
    request(&journal, None, "session-0001");
    request(&journal, Some(&lane), "session-0001");
    journal.close().expect("the disk takes it");
    let events = read(&path).expect("it reads back");
    assert_eq!(events, journal.events());
    let again = Journal::recorded(events);
    assert_eq!(again.view(&lane, 0, 99), journal.view(&lane, 0, 99));
}

#[test]
fn a_last_line_that_was_cut_off_is_left_out_and_any_other_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("journal.jsonl");
    let head = serde_json::to_string(&Event {
        seq: 1,
        at: 0,
        lane: None,
        fact: Fact::Run {
            header: Box::new(header()),
        },
    })
    .expect("it serialises");
    std::fs::write(&path, format!("{head}\n{{\"seq\":2,")).expect("the file is written");
    assert_eq!(read(&path).expect("the cut line is left out").len(), 1);
    std::fs::write(&path, format!("{head}\n{{\"seq\":2,\n")).expect("the file is written");
    let error = read(&path).expect_err("a broken line in the middle");
    assert!(error.to_string().contains(":2: not an event"), "{error}");
    std::fs::write(&path, "").expect("the file is written");
    assert!(matches!(read(&path), Err(JournalError::Format { .. })));
}

#[test]
fn sequence_and_time_are_taken_under_one_lock() {
    let journal = Arc::new(Journal::begin(header(), None));
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let journal = journal.clone();
            std::thread::spawn(move || {
                let lane: Lane = format!("case-{number}").into();
                for _ in 0..200 {
                    journal.append(Some(&lane), Fact::Ended);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no thread panics");
    }
    let events = journal.events();
    assert_eq!(events.len(), 801);
    assert!(
        events
            .windows(2)
            .all(|pair| pair[0].seq + 1 == pair[1].seq && pair[0].at <= pair[1].at)
    );
}
