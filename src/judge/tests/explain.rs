//! Why a message was missed: the sentence for each of the ways.

use super::*;
use crate::journal::{Event, Fact, Lane, Seq, WaitEnd};
use plan_language::participant::Author;
use plan_language::participant::Callback;

const AT: Address = Address::callback(Callback::Notification);

/// The window behind event 10, up to event 20, which closed after 2 s.
fn window() -> Window {
    Window {
        after: 10,
        upto: 20,
        opened_at: 1_000_000,
        closed_at: 2_000_000,
        since: None,
        span: " within 1 s (notification)".to_owned(),
        end: "the wait of 1 s (notification) had ended".to_owned(),
    }
}

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
            author: Author::Emulated,
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

fn explain(
    lane: &[Arc<Event>],
    unattributed: &[Arc<Event>],
    elsewhere: &[(Lane, Arc<Event>)],
) -> Miss {
    let traffic = Traffic {
        lane,
        unattributed,
        elsewhere,
    };
    explain_missed(&awaited(), window(), (0, 1), traffic)
}

#[track_caller]
fn says(miss: Miss, kind: MissKind, words: &str, near: Option<Seq>) {
    assert_eq!(
        (miss.why.as_str(), miss.nearest.map(|nearest| nearest.seq)),
        (words, near)
    );
    assert_eq!((miss.kind, miss.awaited, miss.since), (kind, AT, 10));
}

const NOTHING: &str = "no message arrived within 1 s (notification)";

#[test]
fn nothing_came() {
    says(explain(&[], &[], &[]), MissKind::NothingCame, NOTHING, None);
    let elsewhere = event(
        15,
        Fact::Answer {
            exchange: 1,
            author: Author::Live,
            message: Message::default(),
        },
    );
    says(
        explain(&[elsewhere], &[], &[]),
        MissKind::NothingCame,
        NOTHING,
        None,
    );
}

#[test]
fn it_came_late_and_by_how_much() {
    says(
        explain(&[the_one(21)], &[], &[]),
        MissKind::Late { by_us: 100_000 },
        "it arrived 100 ms after the wait of 1 s (notification) had ended",
        Some(21),
    );
    says(
        explain(&[the_one(120)], &[], &[]),
        MissKind::Late { by_us: 10_000_000 },
        "it arrived 10 s after the wait of 1 s (notification) had ended",
        Some(120),
    );
}

#[test]
fn one_at_the_end_of_the_window_is_not_late() {
    let kind = explain(&[the_one(20)], &[], &[]).kind;
    assert!(!matches!(kind, MissKind::Late { .. }), "{kind:?}");
}

#[test]
fn it_came_before_the_act_and_the_last_time_is_shown() {
    says(
        explain(&[the_one(5), the_one(9)], &[], &[]),
        MissKind::Early { by_us: 100_000 },
        "no message arrived within 1 s (notification); one arrived 100 ms before the step that was to cause it",
        Some(9),
    );
}

#[test]
fn a_window_that_opens_at_a_label_wants_another_message_than_that_of_the_label() {
    let explain = |lane: &[Arc<Event>], after| {
        let window = Window {
            after,
            since: Some("refused".to_owned()),
            ..window()
        };
        let traffic = Traffic {
            lane,
            unattributed: &[],
            elsewhere: &[],
        };
        let miss = explain_missed(&awaited(), window, (0, 1), traffic);
        (miss.kind, miss.why)
    };
    let answered = event(
        10,
        Fact::Answer {
            exchange: 9,
            author: Author::Live,
            message: Message::default(),
        },
    );
    let nothing = "no further message arrived within 1 s (notification) after `refused`".to_owned();
    for (lane, after) in [(vec![the_one(9), answered], 10), (vec![the_one(9)], 9)] {
        assert_eq!(
            explain(&lane, after),
            (MissKind::NothingCame, nothing.clone())
        );
    }
    let other = event(
        10,
        Fact::Request {
            exchange: 10,
            step: None,
            from: Participant::Product,
            to: Address::of(Participant::Service),
            author: Author::Runner,
            message: post("/x", json!({})),
        },
    );
    let unlike = nothing.replace("no further", "no");
    assert_eq!(explain(&[other], 10), (MissKind::NothingCame, unlike));
    assert_eq!(
        explain(&[the_one(8), the_one(9)], 9),
        (
            MissKind::Early { by_us: 200_000 },
            "no message arrived within 1 s (notification); one arrived 200 ms before `refused`"
                .to_owned()
        )
    );
}

#[test]
fn one_that_differs_is_the_nearest_and_the_sentence_names_the_field() {
    let near = told(14, json!({"type": "resourceDeleted", "id": 8}));
    let miss = explain(std::slice::from_ref(&near), &[], &[]);
    let nearest = miss.nearest.clone().expect("there is one");
    assert_eq!(nearest.message, "POST /hook");
    let [difference] = nearest.differences.as_slice() else {
        panic!("{nearest:?}");
    };
    assert_eq!(
        (difference.at.as_str(), difference.expected.as_str()),
        ("body.id", "7")
    );
    assert_eq!(difference.seen, Some(json!(8)));
    says(
        miss,
        MissKind::Differs { came: 1 },
        "the only message that arrived within 1 s (notification) differs in `body.id`: expected 7, found 8",
        Some(14),
    );
    let far = told(12, json!({"type": "resourceCreated", "id": 8}));
    says(
        explain(&[far.clone(), near], &[], &[]),
        MissKind::Differs { came: 2 },
        "2 messages arrived within 1 s (notification), neither matched; \
         the closest differs in `body.id`: expected 7, found 8",
        Some(14),
    );
    says(
        explain(&[far], &[], &[]),
        MissKind::Differs { came: 1 },
        "the only message that arrived within 1 s (notification) differs in `body.type` and `body.id`",
        Some(12),
    );
}

#[test]
fn a_sentence_shows_the_beginning_of_a_long_value() {
    let long = told(
        12,
        json!({"type": "resourceDeleted", "id": "\u{e9}".repeat(500)}),
    );
    let why = explain(&[long], &[], &[]).why;
    assert!(
        why.chars().count() < 200 && why.ends_with("\u{e9}\u{2026}"),
        "{why}"
    );
}

#[test]
fn it_was_refused_before_it_reached_the_one_who_should_have_it() {
    let words = "the tap refused it before it reached provider.notification: POST /hook: its body is larger than 10 bytes";
    says(
        explain(&[refused(15, AT)], &[], &[]),
        MissKind::Refused,
        words,
        None,
    );
    says(
        explain(&[refused(21, AT)], &[the_one(15)], &[]),
        MissKind::Refused,
        words,
        None,
    );
    let before = refused(10, AT);
    let elsewhere = refused(15, Address::of(Participant::Service));
    says(
        explain(&[before, elsewhere], &[], &[]),
        MissKind::NothingCame,
        NOTHING,
        None,
    );
}

const ACCOUNT: &str = "b0a1c2d3-0000-4000-8000-000000000001";
const COMPANY: &str = "c0a1c2d3-0000-4000-8000-000000000001";

/// A message that names an account and a company, and is the one unless its id is another.
fn naming(seq: Seq, account: &str, company: &str, id: u32) -> Arc<Event> {
    told(
        seq,
        json!({"type": "resourceDeleted", "id": id, "bankAccountId": account, "companyId": company}),
    )
}

fn of_other(event: Arc<Event>) -> (Lane, Arc<Event>) {
    ("other/case".into(), event)
}

fn other_case() -> MissKind {
    MissKind::OtherCase {
        case: "other/case".into(),
    }
}

#[test]
fn it_came_for_another_case() {
    // What the case itself said of its account and company, before the window.
    let own = [naming(3, ACCOUNT, COMPANY, 1)];
    let nobodys = "00000000-0000-4000-8000-000000000000";
    for (account, company) in [(ACCOUNT, nobodys), (nobodys, COMPANY)] {
        says(
            explain(&own, &[], &[of_other(naming(15, account, company, 7))]),
            other_case(),
            "it arrived, but belongs to another case: other/case",
            Some(15),
        );
    }
    // It names the cause more closely than one of this case that differs.
    let differs = told(14, json!({"type": "resourceDeleted", "id": 8}));
    says(
        explain(
            &[own[0].clone(), differs],
            &[],
            &[of_other(naming(15, ACCOUNT, nobodys, 7))],
        ),
        other_case(),
        "it arrived, but belongs to another case: other/case",
        Some(15),
    );
}

#[test]
fn one_for_another_case_that_differs_must_name_what_no_two_cases_share() {
    let own = [naming(3, ACCOUNT, COMPANY, 1)];
    let nobodys = "00000000-0000-4000-8000-000000000000";
    says(
        explain(&own, &[], &[of_other(naming(15, ACCOUNT, nobodys, 8))]),
        other_case(),
        "the closest message belongs to another case, other/case; \
         it differs in `body.id`: expected 7, found 8",
        Some(15),
    );
    says(
        explain(&own, &[], &[of_other(naming(15, nobodys, COMPANY, 8))]),
        MissKind::NothingCame,
        NOTHING,
        None,
    );
}

#[test]
fn what_other_cases_do_by_themselves_explains_nothing() {
    let own = [naming(3, ACCOUNT, COMPANY, 1)];
    let nobodys = "00000000-0000-4000-8000-000000000000";
    for other in [the_one(15), naming(16, nobodys, nobodys, 7)] {
        says(
            explain(&own, &[], &[of_other(other)]),
            MissKind::NothingCame,
            NOTHING,
            None,
        );
    }
}

#[test]
fn one_that_belongs_to_no_case_is_the_nearest() {
    let other = told(13, json!({"type": "resourceDeleted", "id": 8}));
    says(
        explain(&[], &[other.clone(), the_one(15)], &[]),
        MissKind::NoCase,
        "a message arrived that names no identifier of this case",
        Some(15),
    );
    says(
        explain(&[], &[other], &[]),
        MissKind::NoCase,
        "no message arrived for this case within 1 s (notification); \
         one that belongs to no case differs in `body.id`: expected 7, found 8",
        Some(13),
    );
    says(
        explain(&[], &[the_one(10)], &[]),
        MissKind::NothingCame,
        NOTHING,
        None,
    );
}

#[test]
fn one_that_was_refused_where_cases_share_an_address_is_told() {
    let words = "no message arrived for this case; the tap refused one that belongs to no case: \
                 POST /hook: its body is larger than 10 bytes";
    says(
        explain(&[], &[refused(15, AT)], &[]),
        MissKind::Refused,
        words,
        None,
    );
    says(
        explain(&[], &[refused(10, AT)], &[]),
        MissKind::NothingCame,
        NOTHING,
        None,
    );
}

#[test]
fn a_message_that_joined_its_case_late_was_said_to_differ_in_nothing() {
    says(
        explain(&[the_one(12)], &[], &[]),
        MissKind::JoinedLate,
        "the message arrived within 1 s (notification), and that it belongs to this case was known only afterwards",
        Some(12),
    );
}

#[test]
fn too_few_came() {
    let traffic = Traffic {
        lane: &[the_one(12)],
        unattributed: &[],
        elsewhere: &[],
    };
    says(
        explain_missed(&awaited(), window(), (1, 3), traffic),
        MissKind::TooFew { came: 1, least: 3 },
        "only 1 of 3 messages arrived within 1 s (notification)",
        None,
    );
}

#[test]
fn the_wait_of_the_step_tells_how_long_the_window_was_and_when_it_closed() {
    let step = StepKey::top("steps", 3);
    let waiting = |step: StepKey, seconds: u64| Fact::Waiting {
        step,
        wait: "notification".to_owned(),
        bound_us: seconds * 1_000_000,
        until_us: 0,
    };
    let closed = |step: StepKey| Fact::Closed {
        step,
        closed: WaitEnd::Deadline(20),
    };
    let other = StepKey::top("steps", 4);
    let lane = [
        event(11, waiting(step.clone(), 10)),
        event(12, waiting(other.clone(), 30)),
        event(113, closed(step.clone())),
        event(313, closed(other)),
    ];
    let mut window = window();
    window.closed_by(&step, &lane);
    assert_eq!(
        (window.span.as_str(), window.closed_at),
        (" within 10 s (notification)", 11_300_000)
    );
    assert_eq!(window.end, "the wait of 10 s (notification) had ended");
    window.closed_by(&StepKey::top("steps", 9), &lane);
    assert_eq!(window.closed_at, 11_300_000);
}

#[test]
fn an_extension_is_told_where_it_is_more_than_a_little() {
    let step = StepKey::top("steps", 3);
    let waiting = |bound_us| Fact::Waiting {
        step: step.clone(),
        wait: "history".to_owned(),
        bound_us,
        until_us: 0,
    };
    for (extended, span) in [
        (10_100_000, " within 10 s (history)"),
        (
            46_000_000,
            " within 10 s (history; extended to 46 s while the provider posted)",
        ),
    ] {
        let lane = [event(11, waiting(10_000_000)), event(12, waiting(extended))];
        let mut window = window();
        window.closed_by(&step, &lane);
        assert_eq!(window.span, span);
    }
}

#[test]
fn one_that_must_not_come_is_shown_and_nothing_is_due() {
    let findings = [
        (
            explain_too_many(&awaited(), 10, (2, 1), &the_one(12)),
            MissKind::TooMany { came: 2, most: 1 },
            "2 messages arrived, at most 1 may",
        ),
        (
            explain_unwanted(&awaited(), 10, &the_one(12)),
            MissKind::Unwanted,
            "a message arrived",
        ),
    ];
    for (finding, kind, words) in findings {
        let Finding::Missed(miss) = finding else {
            panic!("{finding:?}");
        };
        assert!(!miss.kind.is_lack());
        let nearest = miss.nearest.as_ref().expect("it is shown");
        assert!(nearest.differences.is_empty());
        says(miss, kind, words, Some(12));
    }
}

#[test]
fn times_are_written_in_the_unit_that_reads_best() {
    let written = [0, 999, 1_000, 9_999_999, 10_099_999, 10_999_999].map(millis);
    assert_eq!(
        written,
        ["0 µs", "999 µs", "1 ms", "9999 ms", "10 s", "10.9 s"]
    );
}
