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
                body: Body::Json(
                    json!({"resource": {"id": session, "type": "authorisation"}}).into(),
                ),
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
    assert!(!events.is_cut);
    assert_eq!(events.events, journal.events());
    let again = Journal::recorded(events.events);
    assert_eq!(again.view(&lane, 0, 99), journal.view(&lane, 0, 99));
}

/// Writes a journal with the header and three messages, and returns its lines.
fn written(path: &std::path::Path) -> Vec<String> {
    let journal = Journal::begin(header(), Some(Writer::create(path).expect("it opens")));
    for session in ["session-0001", "session-0002", "session-0003"] {
        request(&journal, None, session);
    }
    journal.close().expect("the disk takes it");
    let text = std::fs::read_to_string(path).expect("it is there");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_shortage_is_noted_once_and_counts_for_those_who_ran_meanwhile() {
    let journal = Journal::begin(header(), None);
    let before = journal.last();
    journal.note_shortage();
    journal.note_shortage();
    assert_eq!(journal.last(), before + 1);
    request(&journal, None, "session-0001");
    journal.note_shortage();
    let last = journal.last();
    assert_eq!(last, before + 3);
    let why = journal.shortage(before, last).expect("it was noted");
    assert!(why.starts_with("feedproof had no file handle "), "{why}");
    assert_eq!(journal.shortage(last, last + 9), None);
    let again = Journal::recorded(journal.events());
    assert_eq!(again.shortage(before, before + 1), Some(why));
}

#[test]
fn being_late_counts_for_those_who_ran_meanwhile_and_is_not_a_shortage() {
    let journal = Journal::begin(header(), None);
    let before = journal.last();
    journal.note_late("feedproof itself was late".to_owned());
    let last = journal.last();
    let why = Some("feedproof itself was late".to_owned());
    assert_eq!(journal.late(before, last), why);
    assert_eq!(journal.late(last, last + 9), None);
    assert_eq!(journal.shortage(before, last), None);
    let again = Journal::recorded(journal.events());
    assert_eq!(again.late(before, last), why);
}

#[test]
fn what_is_wanted_written_is_in_the_file_with_all_before_it() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("journal.jsonl");
    let writer = Writer::create(&path).expect("the file opens");
    let journal = Journal::begin(header(), Some(writer));
    for number in 0..100 {
        request(&journal, None, &format!("session-{number:04}"));
        let last = journal.last();
        assert_eq!(journal.write_until(last), Ok(()));
        let read = read(&path).expect("whole lines are in the file");
        assert_eq!(read.events.len() as u64, last);
    }
    assert_eq!(Journal::begin(header(), None).write_until(1), Ok(()));
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_said_at_once_and_at_the_end() {
    let writer = Writer::create(std::path::Path::new("/dev/full")).expect("the device opens");
    let journal = Journal::begin(header(), Some(writer));
    assert_eq!(journal.write_until(1), Err(NotWritten));
    request(&journal, None, "session-0001");
    assert_eq!(journal.write_until(journal.last()), Err(NotWritten));
    let error = journal.close().expect_err("nothing was written");
    assert!(error.to_string().contains("/dev/full"), "{error}");
}

#[test]
fn a_last_line_that_was_cut_off_is_left_out() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("journal.jsonl");
    let lines = written(&path);
    let text = lines.join("\n");
    for cut in [1, 2, 40] {
        std::fs::write(&path, &text[..text.len() - cut]).expect("written");
        let read = read(&path).expect("the cut line is left out");
        assert!(read.is_cut && read.events.len() == 3, "{read:?}");
    }
    std::fs::write(&path, &text).expect("written");
    let read = read(&path).expect("only its line break is missing");
    assert!(!read.is_cut && read.events.len() == 4, "{read:?}");
}

#[test]
fn a_damaged_journal_names_the_line_and_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("journal.jsonl");
    let lines = written(&path);
    let damage = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        std::fs::write(&path, lines.join("\n") + "\n").expect("written");
        let error = read(&path).expect_err("it is damaged").to_string();
        let place = format!("{}:", path.display());
        error.strip_prefix(&place).expect("the file").to_owned()
    };
    let missing = damage(&|lines| drop(lines.remove(1)));
    let repeated = damage(&|lines| lines.insert(2, lines[1].clone()));
    let swapped = damage(&|lines| lines.swap(1, 2));
    let changed = damage(&|lines| lines[2] = lines[2].replace("session-0002", "session-0009"));
    let cut = damage(&|lines| lines[1].truncate(60));
    let bare = damage(&|lines| {
        let at = lines[1].find(",\"sum\"").expect("a checksum");
        lines[1].replace_range(at.., "}");
    });
    let headless = damage(&|lines| drop(lines.remove(0)));
    let empty = damage(&Vec::clear);
    let cause = regex::Regex::new(r" \(EOF.*\)").expect("it compiles");
    let all = [
        missing, repeated, swapped, changed, cut, bare, headless, empty,
    ];
    insta::assert_snapshot!(cause.replace_all(&all.join("\n"), " (CAUSE)"), @r#"
    2: the journal is damaged: the line is event 3, and lines before it are missing or were moved
    3: the journal is damaged: the line is event 2, and was repeated or moved
    2: the journal is damaged: the line is event 3, and lines before it are missing or were moved
    3: the journal is damaged: the line was changed after it was written (its checksum differs)
    2: the journal is damaged: the line is no event (CAUSE)
    2: the journal is damaged: the line carries no checksum
     does not begin with the header of a run
     does not begin with the header of a run
    "#);
}

#[test]
fn a_journal_of_another_format_names_both() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("journal.jsonl");
    let line = r#"{"seq":1,"at":0,"fact":"run","header":{"format":2}}"#;
    std::fs::write(&path, format!("{line}\n")).expect("written");
    let error = read(&path)
        .expect_err("it is of another format")
        .to_string();
    assert!(
        error.ends_with("written in format 2, this version reads format 6"),
        "{error}"
    );
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
