//! The page agrees with the other reports, holds every exchange once, and no text of others can run.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::*;
use crate::journal::{Fact, Message, WaitEnd};
use crate::judge::{Finding, MissKind, Verdict};
use crate::report::answer::NOT_A_CERTIFICATE;
use crate::report::fixture::{
    Made, broke, failed_run, missed, notification, outcome, passed_rehearsal,
};
use crate::report::results;
use plan_language::participant::{Address, Author, Callback, Participant};
use plan_language::plan::StepKey;

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'&<!--\u{2028}\u{1b}";

fn page(record: &Record) -> String {
    String::from_utf8(html(record)).expect("the page is UTF-8")
}

fn document(page: &str) -> Value {
    let (_, rest) = page
        .split_once("<script type=\"application/json\" id=\"exchanges\">")
        .expect("the block is there");
    let (json, _) = rest.split_once("</script>").expect("the block ends");
    serde_json::from_str(json).expect("the block is JSON")
}

#[test]
fn counts_and_answer_are_those_of_the_console() {
    for record in [failed_run(), passed_rehearsal(), Made::default().record()] {
        let console = results(&record, false, None);
        let page = page(&record);
        let (_, counts) = page.split_once("<p id=\"counts\">").expect("counts");
        let (counts, _) = counts.split_once("</p>").expect("they end");
        assert!(console.contains(&format!("{counts}\n")), "{counts}");
        let answer = answer(&record);
        assert!(page.contains(&format!("<h1>{}</h1>", answer.word)));
        assert!(page.contains(&escape(&answer.sentence)));
        for verdict in Verdict::ALL {
            let row = format!("data-verdict=\"{}\"", verdict.as_str());
            let expected = record.cases.iter().filter(|case| case.verdict == verdict);
            assert_eq!(page.matches(&row).count(), expected.count(), "{row}");
        }
        assert!(page.contains(NOT_ISSUED_BY_SAGE));
    }
}

#[test]
fn only_a_rehearsal_is_watermarked() {
    let rehearsal = page(&passed_rehearsal());
    assert!(rehearsal.contains("class=\"watermark\"") && rehearsal.contains(NOT_A_CERTIFICATE));
    let live = page(&failed_run());
    assert!(!live.contains("class=\"watermark\"") && !live.contains(NOT_A_CERTIFICATE));
}

#[test]
fn the_failure_text_reads_without_script() {
    let record = failed_run();
    let page = page(&record);
    for outcome in &record.cases {
        if let Some(text) = crate::report::failure(&record, outcome) {
            assert!(page.contains(&escape(&text)), "{text}");
        }
    }
    assert!(page.contains("first-statement: 90 s instead of 30 s"));
    assert!(page.contains("Acme Feeds 1.2 (abc123)"));
}

#[test]
fn every_exchange_stands_once_whether_a_case_claims_it_or_not() {
    let record = failed_run();
    let document = document(&page(&record));
    let exchanges = document["exchanges"].as_array().expect("a list");
    let requests = record
        .events
        .iter()
        .filter(|event| matches!(event.fact, Fact::Request { .. }));
    assert_eq!(exchanges.len(), requests.count());
    let cases = document["cases"].as_array().expect("a list");
    assert_eq!(cases.len(), record.cases.len() + 1);
    let first = json!([
        {"is": "request", "exchange": 0, "bad": true},
        {"is": "end", "exchange": 0, "bad": true},
    ]);
    assert_eq!(cases[0], first, "evidence of a check that broke");
    assert_eq!(cases[5], json!([]), "nothing is left to no case");
    let drawn: HashSet<_> = cases
        .iter()
        .flat_map(|marks| marks.as_array().expect("a list"))
        .filter_map(|mark| mark["exchange"].as_u64())
        .collect();
    assert_eq!(drawn.len(), exchanges.len());

    let free = notification(Made::default(), json!({"a": 1})).record();
    let document = self::document(&page(&free));
    assert_eq!(document["cases"][0].as_array().map(Vec::len), Some(2));
    assert_eq!(document["exchanges"][0]["end"]["status"], json!(500));
    assert_eq!(document["exchanges"][0]["end"]["after"], json!("35 ms"));
}

#[test]
fn a_message_that_did_not_come_is_drawn_where_its_wait_ended() {
    let mut late = missed("PATCH arrives", "nothing came");
    late.step = StepKey::top("steps", 3);
    let mut unwanted = missed("no PATCH arrives", "one came");
    if let Finding::Missed(miss) = &mut unwanted.finding {
        miss.kind = MissKind::Unwanted;
    }
    let mut one = outcome("p", "p/one", Verdict::Failed);
    one.checks = vec![late, unwanted];
    let made = Made::default().lane("p/one").event(Fact::Closed {
        step: StepKey::top("steps", 3),
        closed: WaitEnd::Deadline(0),
    });
    let record = notification(made, json!({})).case(one).record();
    let document = document(&page(&record));
    let marks = document["cases"][0].as_array().expect("a list");
    let kinds: Vec<_> = marks
        .iter()
        .map(|mark| mark["is"].as_str().expect("a word"))
        .collect();
    assert_eq!(kinds, ["note", "due", "request", "end"]);
    assert_eq!(document["cases"][0][1]["from"], json!(4));
    assert_eq!(document["cases"][0][1]["to"], json!(2));
}

#[test]
fn hostile_texts_stay_texts() {
    let mut failed = outcome("p", HOSTILE, Verdict::Failed);
    failed.title = HOSTILE.to_owned();
    failed.expected = HOSTILE.to_owned();
    failed.requirement = vec![HOSTILE.into()];
    failed.checks = vec![broke(HOSTILE, Vec::new()), missed(HOSTILE, HOSTILE)];
    let message = Message {
        method: Some(HOSTILE.to_owned()),
        path: HOSTILE.to_owned(),
        query: vec![(HOSTILE.to_owned(), HOSTILE.to_owned())],
        headers: vec![(HOSTILE.to_owned(), HOSTILE.to_owned())],
        body: crate::journal::Body::Json(json!({ HOSTILE: HOSTILE }).into()),
        ..Message::default()
    };
    let record = Made::default()
        .header(|header| {
            header.environment = HOSTILE.to_owned();
            header.faults = vec![HOSTILE.to_owned()];
            header.provenance = HOSTILE.to_owned();
        })
        .plan("p", HOSTILE)
        .lane(HOSTILE)
        .event(Fact::Request {
            exchange: 1,
            step: None,
            from: Participant::Service,
            to: Address::callback(Callback::Notification),
            author: Author::Emulated,
            message,
        })
        .event(Fact::Broken {
            exchange: 1,
            why: HOSTILE.to_owned(),
        })
        .case(failed)
        .record();
    let page = page(&record);
    assert!(!page.contains("<img") && !page.contains("<!--"), "{page}");
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains(['\u{1b}', '\u{2028}']));
    let path = document(&page)["exchanges"][0]["path"].clone();
    assert!(
        path.as_str()
            .is_some_and(|path| path.starts_with("</script><img"))
    );
}

#[test]
fn the_policy_allows_this_style_and_script_and_no_network() {
    let page = page(&passed_rehearsal());
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains(&digest(STYLE)) && page.contains(&digest(SCRIPT)));
    assert!(!page.contains(" style=\"") && !page.contains(" onclick="));
    for text in [STYLE, SCRIPT] {
        assert!(!text.contains("</") && !text.contains("<!--"));
        assert!(!text.contains("eval(") && !text.contains("innerHTML"));
        assert!(!text.contains("url(") && !text.contains("@import") && !text.contains("fetch("));
    }
    // The only address is the name of a namespace, which nothing loads.
    assert_eq!(SCRIPT.matches("http").count(), 1);
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    assert_eq!(html(&failed_run()), html(&failed_run()));
}

#[test]
fn bodies_of_a_failed_case_are_whole_however_many_a_passed_one_has_before_it() {
    let long = |number: usize| json!(format!("{number:05}{}", "x".repeat(15_000)));
    let mut made = Made::default().plan("offboarding", "Offboarding");
    made = made.lane("offboarding/passed");
    for number in 0..400 {
        made = notification(made, long(number));
    }
    made = notification(made.lane("offboarding/told"), long(400));
    let record = made
        .case(outcome(
            "offboarding",
            "offboarding/passed",
            Verdict::Passed,
        ))
        .case(outcome("offboarding", "offboarding/told", Verdict::Failed))
        .record();
    let page = page(&record);
    assert!(page.len() < 8 << 20, "{}", page.len());
    let document = document(&page);
    let body = |index: usize| {
        let text = document["exchanges"][index]["body"]
            .as_u64()
            .expect("a body");
        let text = usize::try_from(text).expect("it is small");
        document["texts"][text].as_str().expect("a text").len()
    };
    assert!(body(399) < 3_000 && body(400) > 15_000);
}

#[test]
fn a_run_without_a_connector_says_so_and_names_its_nonce() {
    let record = Made::default()
        .mode(Mode::Service)
        .header(|header| header.nonce = Some("acme-2026-11-30".to_owned()))
        .record();
    let page = page(&record);
    assert!(page.contains("aria-hidden=\"true\">SERVICE</div>"));
    assert!(page.contains("no connector was tested: not a certificate"));
    assert!(page.contains("acme-2026-11-30"));
}
