//! Stub replies: who gets them, when, and who counts as their author.

use super::*;
use crate::matching::Selector;
use plan_language::plan::{Expect, Query};

/// Arms replies to every POST at the service, for one case.
fn stub(bench: &Bench, lane: &str, replies: impl IntoIterator<Item = Reaction>) {
    stub_repeated(bench, lane, replies, false);
}

fn stub_repeated(
    bench: &Bench,
    lane: &str,
    replies: impl IntoIterator<Item = Reaction>,
    repeat: bool,
) {
    let query = Query {
        method: "POST".into(),
        path: None,
        at: Address::of(Participant::Service),
        select: Expect::default(),
    };
    let selector = Selector::resolve(&query, &serde_json::Map::new()).expect("nothing is unset");
    bench.tap.stub_registry.stub(Stub {
        lane: lane.into(),
        selector,
        replies: replies.into_iter().collect(),
        repeat,
    });
}

fn reply(status: u16) -> Reaction {
    Reaction {
        status: Some(status),
        headers: vec![("retry-after".into(), "3".into())],
        body: Some(b"stubbed".to_vec()),
        ..Reaction::default()
    }
}

/// Returns the status and the author of the last answer.
fn last_answer(bench: &Bench) -> (Option<u16>, Author) {
    match &bench.events().pop().expect("something happened").fact {
        Fact::Answer {
            author, message, ..
        } => (message.status, *author),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_reply_before_processing_keeps_the_message_from_the_participant() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    stub(&bench, "one", [reply(429)]);
    let answered = bench.send("POST", &base, "{}").await.expect("an answer");
    assert_eq!((answered.status, text(&answered)), (429, "stubbed"));
    let retry = ("retry-after".to_owned(), "3".to_owned());
    assert!(answered.headers.contains(&retry), "{:?}", answered.headers);
    assert_eq!(upstream.calls(), 0);
    assert_eq!(last_answer(&bench), (Some(429), Author::Runner));
    assert_eq!(bench.facts(), ["request", "answer"]);
    bench.close().await;
}

#[tokio::test]
async fn repeated_replies_end_with_their_case() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    stub_repeated(&bench, "one", [reply(503), reply(429)], true);
    for expected in [503, 429, 503, 429, 503] {
        let answered = bench.send("POST", &base, "{}").await.expect("an answer");
        assert_eq!(answered.status, expected);
    }
    assert_eq!(upstream.calls(), 0);
    bench.tap.stub_registry.disarm(&"one".into());
    bench.send("POST", &base, "{}").await.expect("an answer");
    assert_eq!(upstream.calls(), 1);
    bench.close().await;
}

#[tokio::test]
async fn a_reply_after_processing_replaces_the_participants_answer() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    let after = Reaction {
        after_processing: true,
        ..reply(500)
    };
    stub(&bench, "one", [after]);
    let answered = bench.send("POST", &base, "{}").await.expect("an answer");
    assert_eq!((answered.status, text(&answered)), (500, "stubbed"));
    assert_eq!(upstream.calls(), 1);
    assert_eq!(last_answer(&bench), (Some(500), Author::Runner));
    bench.close().await;
}

#[tokio::test]
async fn replies_are_given_one_after_another_and_a_pass_uses_one_up() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    let pass = Reaction {
        pass: true,
        ..Reaction::default()
    };
    stub(&bench, "one", [reply(503), pass, reply(500)]);
    let mut answers = Vec::new();
    for method in ["GET", "POST", "POST", "POST", "POST"] {
        answers.push(
            bench
                .send(method, &base, "")
                .await
                .expect("an answer")
                .status,
        );
    }
    assert_eq!(answers, [201, 503, 201, 500, 201]);
    assert_eq!(upstream.calls(), 3);
    assert_eq!(last_answer(&bench), (Some(201), Author::Emulated));
    bench.close().await;
}

#[tokio::test]
async fn a_late_message_of_another_case_uses_up_no_reply() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    // An address that cases share.
    let base = bench.mount("s", MountOwner::Service, upstream.emulated(), None);
    let late = "b0a1c2d3-0000-4000-8000-000000000001";
    bench.tap.journal.append(
        Some(&"gone".into()),
        Fact::Request {
            exchange: bench.tap.journal.number(),
            step: None,
            from: Participant::Product,
            to: Address::of(Participant::Service),
            author: Author::Runner,
            message: Message {
                path: format!("/bankaccounts/{late}"),
                ..Message::default()
            },
        },
    );
    stub(&bench, "one", [reply(503)]);
    let mut answers = Vec::new();
    for account in [late, "b0a1c2d3-0000-4000-8000-000000000002"] {
        let url = format!("{base}/bankaccounts/{account}");
        let answer = bench.send("POST", &url, "").await.expect("an answer");
        answers.push(answer.status);
    }
    assert_eq!(answers, [201, 503]);
    bench.close().await;
}

#[tokio::test]
async fn a_delay_alone_holds_the_participants_own_answer_back() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    let delay = Duration::from_millis(60);
    let late = Reaction {
        delay,
        ..Reaction::default()
    };
    let later = Reaction {
        delay,
        ..reply(503)
    };
    stub(&bench, "one", [late, later]);
    let begun = std::time::Instant::now();
    assert_eq!(
        bench
            .send("POST", &base, "")
            .await
            .expect("an answer")
            .status,
        201
    );
    assert!(begun.elapsed() >= delay);
    assert_eq!(
        (upstream.calls(), last_answer(&bench)),
        (1, (Some(201), Author::Emulated))
    );
    assert_eq!(
        bench
            .send("POST", &base, "")
            .await
            .expect("an answer")
            .status,
        503
    );
    assert!(begun.elapsed() >= 2 * delay);
    assert_eq!(upstream.calls(), 1);
    bench.close().await;
}

#[tokio::test]
async fn a_reset_closes_the_connection_without_an_answer() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    let reset = |after_processing| Reaction {
        reset: true,
        after_processing,
        ..Reaction::default()
    };
    stub(&bench, "one", [reset(false), reset(true)]);
    for calls in [0, 1] {
        let head = b"POST /s/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(all_of(bench.connect(head).await).await, "");
        assert_eq!(upstream.calls(), calls);
    }
    assert_eq!(bench.facts(), ["request", "broken", "request", "broken"]);
    let end = bench.nth(2).await;
    let Fact::Broken { why, .. } = &end.fact else {
        panic!("{end:?}");
    };
    assert_eq!(why, "closed without a response, as stubbed");
    assert_eq!(
        bench
            .send("POST", &base, "")
            .await
            .expect("an answer")
            .status,
        201
    );
    bench.close().await;
}

#[tokio::test]
async fn a_held_answer_is_held_no_longer_than_patience() {
    let bench = Bench::impatient().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    let time_out = Reaction {
        time_out: true,
        after_processing: true,
        ..Reaction::default()
    };
    let slow = Reaction {
        delay: Duration::from_secs(3_600),
        ..reply(503)
    };
    let begun = std::time::Instant::now();
    stub(&bench, "one", [time_out, slow]);
    let one = bench.send("POST", &base, "");
    let other = bench.send("POST", &base, "");
    let (one, other) = tokio::join!(one, other);
    let mut answers = [one, other].map(|sent| sent.map(|answer| answer.status).ok());
    answers.sort();
    assert_eq!(answers, [None, Some(503)]);
    let took = begun.elapsed();
    assert!(
        took >= Duration::from_millis(200) && took < SOON,
        "{took:?}"
    );
    assert_eq!(upstream.calls(), 1, "it was accepted before it timed out");
    assert_eq!(bench.why(), "closed without a response, as stubbed");
    bench.close().await;
}

#[tokio::test]
async fn only_the_messages_of_the_case_that_armed_them_get_replies() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let own = bench.service(&upstream);
    let other = bench.mount("o", MountOwner::Service, upstream.emulated(), Some("two"));
    stub(&bench, "one", [reply(503), reply(503)]);
    assert_eq!(
        bench
            .send("POST", &other, "")
            .await
            .expect("an answer")
            .status,
        201
    );
    assert_eq!(
        bench
            .send("POST", &own, "")
            .await
            .expect("an answer")
            .status,
        503
    );
    bench.tap.stub_registry.disarm(&"two".into());
    assert_eq!(
        bench
            .send("POST", &own, "")
            .await
            .expect("an answer")
            .status,
        503
    );
    stub(&bench, "one", [reply(503)]);
    bench.tap.stub_registry.disarm(&"one".into());
    assert_eq!(
        bench
            .send("POST", &own, "")
            .await
            .expect("an answer")
            .status,
        201
    );
    bench.close().await;
}

#[tokio::test]
async fn where_cases_share_an_address_the_reply_is_whoevers_message_comes() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let shared = bench.mount("s", MountOwner::Service, upstream.emulated(), None);
    stub(&bench, "one", [reply(503)]);
    assert_eq!(
        bench
            .send("POST", &shared, "")
            .await
            .expect("an answer")
            .status,
        503
    );
    assert_eq!(
        bench
            .send("POST", &shared, "")
            .await
            .expect("an answer")
            .status,
        201
    );
    bench.close().await;
}

#[tokio::test]
async fn a_statement_of_an_account_that_no_case_knows_uses_up_no_reply() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let base = bench.mount("s", MountOwner::Service, upstream.emulated(), None);
    stub(&bench, "one", [reply(503)]);
    let foreign = r#"{"data":{"principalId":"b0a1c2d3-0000-4000-8000-000000000001"}}"#;
    let answered = bench.send("POST", &base, foreign).await.expect("an answer");
    assert_eq!(answered.status, 201);
    let nameless = bench.send("POST", &base, "{}").await.expect("an answer");
    assert_eq!(nameless.status, 503, "it cannot be told apart");
    bench.close().await;
}
