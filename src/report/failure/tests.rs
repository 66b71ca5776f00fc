//! The failure message, whole and at its borders.

use super::*;
use crate::journal::{Body, Fact, Message, Seq};
use crate::judge::{EvidenceMessage, MissKind, Nearest, Role};
use crate::report::fixture::{
    Made, broke, difference, failed_run, held, missed, not_reached, notification, outcome, place,
    requirement, unjudged,
};
use plan_language::participant::{Address, Author, Mode, Participant};
use plan_language::plan::{Class, Level, StepKey};
use serde_json::json;

fn message(record: &Record, index: usize) -> String {
    failure(record, &record.cases[index]).expect("the case has a failure message")
}

#[test]
fn a_failed_answer_is_told_whole() {
    insta::assert_snapshot!(message(&failed_run(), 0), @r#"
    the provider broke OFF-04: the provider accepts the notification; status: expected 2xx, got 500

    OFF-04: must, class C (derived by us, never Sage's wording)
      The provider must do as OFF-04 says.
      source: [doc] offboarding
      ruling 8.5: 403 for wrong credentials.

     --> plans/offboarding.yaml:12:9
    12 | - receive: POST
       |   ^

    at status
       --> plans/offboarding.yaml:14:9
      14 | response: { status: 2xx }
         | ^
      expected  2xx
      actual    500

    exchange: the emulated service to the provider (notification), 35 ms after the run began, journal.jsonl 1
      POST /hook?tenant=a b → 500 after 35 ms
      request
        content-type: application/json
        {
          "type": "resourceDeleted"
        }
      response
        content-type: application/json
        {
          "error": "no such account"
        }

    values
      ${account.id} = "b0a1", captured from the answer to POST /bankaccounts (given[0])

    repeat the request
      curl -i -X POST "$PROVIDER"'/hook?tenant=a%20b' -H 'content-type: application/json' --data-raw '{"type":"resourceDeleted"}'

    checks: 1 passed, 1 failed, 1 not reached (OFF-04)
    run this case alone: feedproof run --environment FILE --exact --filter offboarding/told
    "#);
}

#[test]
fn a_missed_message_shows_the_nearest() {
    let text = message(&failed_run(), 1);
    assert!(text.starts_with(
        "the provider broke OFF-04: expected that PATCH /v1/authorisations/9 arrives at service, \
         but only one came within 30 s (authorisation) that differs in body.type\n"
    ));
    assert!(
        text.contains("\nclosest message: POST /hook, 1 difference\n  at body.type\n"),
        "{text}"
    );
    assert!(text.contains("actual    missing"), "{text}");
}

#[test]
fn an_inconclusive_case_says_so_in_its_first_line() {
    let text = message(&failed_run(), 2);
    assert!(
        text.starts_with(
            "inconclusive: given: GET /banks answers 200: connection refused\n\nOFF-04: must"
        ),
        "{text}"
    );
    assert!(text.contains("checks: 1 inconclusive"), "{text}");
}

#[test]
fn cases_that_did_not_go_wrong_have_no_message() {
    let record = failed_run();
    assert_eq!(failure(&record, &record.cases[4]), None);
    assert_eq!(headline(&record, &outcome("a", "b", Verdict::Passed)), None);
}

#[test]
fn embedded_parts_are_not_called_the_provider() {
    let mut one = outcome("offboarding", "offboarding/told", Verdict::Failed);
    one.checks = vec![missed("PATCH arrives", "nothing came")];
    let record = Made::default().case(one).record();
    assert!(message(&record, 0).starts_with("the reference provider broke OFF-04"));
}

#[test]
fn a_broken_effect_is_blamed_on_the_one_who_asked_for_it() {
    let mut check = broke("GET answers 200", Vec::new());
    check.party = Participant::Service;
    check.evidence = Some(EvidenceMessage {
        seq: 1,
        party: Participant::Provider,
        role: Role::Request,
    });
    let mut one = outcome("a", "a/one", Verdict::Failed);
    one.checks = vec![check];
    let made = || Made::default().requirement(requirement("OFF-04", Level::Must, Class::C));
    let live = made().mode(Mode::Connector).case(one.clone()).record();
    assert!(message(&live, 0).starts_with("the provider broke OFF-04"));
    // In a rehearsal nobody is live, and the requirement says whose duty it is.
    let of = |subject: &[Participant]| {
        let mut row = requirement("OFF-04", Level::Must, Class::C);
        row.subject = subject.to_vec();
        let record = Made::default().requirement(row).case(one.clone()).record();
        message(&record, 0)
    };
    let provider = of(&[Participant::Provider]);
    assert!(provider.starts_with("the reference provider broke OFF-04"));
    let both = of(&[Participant::Service, Participant::Provider]);
    assert!(both.starts_with("the emulated service broke OFF-04"));
}

#[test]
fn further_checks_are_counted_in_the_first_line_and_shown_up_to_a_bound() {
    let mut one = outcome("a", "a/one", Verdict::Failed);
    one.checks = (0..12)
        .map(|n| broke(&format!("demand {n}"), Vec::new()))
        .collect();
    one.checks.push(unjudged("lost", "connection refused"));
    let record = Made::default().case(one).record();
    let text = message(&record, 0);
    let first = text.lines().next().expect("there is a first line");
    assert!(first.ends_with("demand 0 (and 11 more checks)"), "{first}");
    assert!(
        text.contains("2 more checks failed\n  demand 10 [OFF-04] plans/"),
        "{text}"
    );
    assert!(
        text.contains("\ninconclusive: lost: connection refused\n --> plans/"),
        "{text}"
    );
    assert!(
        text.contains("checks: 12 failed, 1 inconclusive\n"),
        "{text}"
    );
}

#[test]
fn many_differences_are_counted_and_long_values_cut() {
    let mut differences: Vec<_> = (0..21)
        .map(|n| difference(&format!("body[{n}]"), "1", Some(json!(2))))
        .collect();
    differences[0].seen = Some(json!("x".repeat(1_000_000)));
    let mut one = outcome("a", "a/one", Verdict::Failed);
    one.checks = vec![broke("all are 1", differences)];
    let record = Made::default().case(one).record();
    let text = message(&record, 0);
    assert!(
        text.contains("\nat body\n  [0]\n")
            && text.contains("\n  [19]\n")
            && !text.contains("\n  [20]\n"),
        "{text}"
    );
    assert!(
        text.contains("and 1 more difference, see record.json"),
        "{text}"
    );
    assert!(text.contains(" of 1000002 bytes)"), "{text}");
    assert!(text.len() < 10_000, "{}", text.len());
}

#[test]
fn a_case_without_a_broken_check_points_at_what_was_lacking() {
    let mut one = outcome("offboarding", "a/one", Verdict::Inconclusive);
    one.reason = Some("not every step was reached".to_owned());
    one.checks = vec![held("first"), not_reached("second")];
    let mut bare = outcome("offboarding", "a/two", Verdict::Inconclusive);
    bare.reason = Some("the stage could not be opened".to_owned());
    let record = Made::default().case(one).case(bare).record();
    let text = message(&record, 0);
    assert!(
        text.contains("\nnot reached: second\n --> plans/offboarding.yaml:12:9\n"),
        "{text}"
    );
    assert!(
        text.contains("checks: 1 passed, 1 not reached (OFF-04)"),
        "{text}"
    );
    let text = message(&record, 1);
    assert!(
        text.contains("\n --> plans/offboarding.yaml:5:5\n"),
        "{text}"
    );
    assert!(text.contains("checks: none"), "{text}");
}

#[test]
fn hostile_text_cannot_break_a_line_or_drive_a_terminal() {
    let mut check = broke("demand\n --> fake.yaml:1:1", Vec::new());
    check.place = place(3);
    let mut one = outcome("a", "it's; rm -rf \u{1b}[0m", Verdict::Failed);
    one.checks = vec![check];
    let record = Made::default()
        .header(|header| {
            header.faults = vec!["no-patch".to_owned()];
            header.changed_values = vec!["waits.history=1m".to_owned(), "bank.name=A B".to_owned()];
        })
        .case(one)
        .record();
    let text = message(&record, 0);
    assert!(!text.contains("\n --> fake"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(
        text.ends_with(r"run this case alone: feedproof run --fault no-patch --set waits.history=1m --set 'bank.name=A B' --exact --filter 'it'\''s; rm -rf \u{1b}[0m'"),
        "{text}"
    );
}

/// A step of the case that asked, with an answer to it, behind the beginning of the step.
fn asked(made: Made, step: &StepKey, status: u16) -> Made {
    made.event(Fact::Begun { step: step.clone() })
        .event(Fact::Request {
            exchange: 3,
            step: Some(step.attempt(1)),
            from: Participant::Product,
            to: Address::of(Participant::Service),
            author: Author::Runner,
            message: Message {
                method: Some("DELETE".to_owned()),
                path: "/accounts/9".to_owned(),
                ..Message::default()
            },
        })
        .event(Fact::Answer {
            exchange: 3,
            author: Author::Emulated,
            message: Message {
                status: Some(status),
                ..Message::default()
            },
        })
}

fn missed_since(seq: Seq, kind: MissKind) -> Check {
    let mut check = missed("PATCH arrives", "nothing came");
    if let Finding::Missed(miss) = &mut check.finding {
        (miss.since, miss.kind) = (seq, kind);
    }
    check
}

#[test]
fn a_missing_message_is_told_with_the_act_that_was_to_cause_it() {
    let told = |since, made: Made| {
        let mut one = outcome("a", "a/one", Verdict::Failed);
        one.checks = vec![missed_since(since, MissKind::NothingCame)];
        message(&made.case(one).record(), 0)
    };
    let step = StepKey::top("steps", 1);
    let lane = || Made::default().lane("a/one");
    let text = told(1, asked(lane(), &step, 204));
    let act = "\nthe action that should have caused it: the product to the emulated service, ";
    assert!(text.contains(act), "{text}");
    assert!(
        text.contains("\n  DELETE /accounts/9 → 204 after 35 ms\n"),
        "{text}"
    );
    assert!(
        text.contains("\n  curl -i -X DELETE \"$SERVICE\"/accounts/9\n"),
        "{text}"
    );
    // An act of another step, or of another case, was not to cause it.
    let longer = StepKey::top("steps", 11);
    let begun = |made: Made| made.event(Fact::Begun { step: step.clone() });
    for made in [
        asked(begun(lane()), &longer, 204),
        asked(begun(lane()).lane("a/two"), &step, 204),
    ] {
        let text = told(1, made);
        assert!(!text.contains(act), "{text}");
    }
    let pulled = begun(lane()).event(Fact::Done {
        step: step.clone(),
        what: "bank action new-transactions".to_owned(),
        failed: None,
    });
    let text = told(1, pulled);
    assert!(
        text.contains("\nthe action that should have caused it: bank action new-transactions\n"),
        "{text}"
    );
}

/// A statement that a provider sent and that was answered.
fn posted(made: Made, exchange: u64, author: Author, status: u16) -> Made {
    made.event(Fact::Request {
        exchange,
        step: None,
        from: Participant::Provider,
        to: Address::of(Participant::Service),
        author: Author::Emulated,
        message: Message {
            method: Some("POST".to_owned()),
            path: "/v1/statements".to_owned(),
            ..Message::default()
        },
    })
    .event(Fact::Answer {
        exchange,
        author,
        message: Message {
            status: Some(status),
            body: Body::Json(
                json!({ "code": "totals_mismatch", "message": "the debits sum to -120.00" }).into(),
            ),
            ..Message::default()
        },
    })
}

#[test]
fn a_refusal_behind_a_missing_effect_is_the_headline() {
    let first = |made: Made| {
        let mut one = outcome("a", "a/one", Verdict::Failed);
        one.checks = vec![missed_since(1, MissKind::NothingCame)];
        let text = message(&made.case(one).record(), 0);
        text.lines().next().unwrap_or_default().to_owned()
    };
    let lane = || {
        let step = StepKey::top("steps", 1);
        Made::default().lane("a/one").event(Fact::Begun { step })
    };
    let refused = "broke OFF-04: the reference provider's POST /v1/statements was refused: \
                   400 totals_mismatch, the debits sum to -120.00; expected that PATCH arrives";
    let text = first(posted(lane(), 3, Author::Emulated, 400));
    assert!(text.contains(refused), "{text}");
    let again = posted(lane(), 3, Author::Emulated, 400);
    let stubbed = posted(lane(), 3, Author::Runner, 500);
    let elsewhere = posted(lane().lane("a/two"), 3, Author::Emulated, 400);
    for made in [posted(again, 4, Author::Emulated, 201), stubbed, elsewhere] {
        let text = first(made);
        assert!(!text.contains("was refused"), "{text}");
    }
}

#[test]
fn a_refused_report_on_a_shared_service_explains_the_visit_that_named_its_authorisation() {
    let id = "83b831bb-7910-46a2-881c-3f856aa30f25";
    let asked = |method: &str, path: String| Message {
        method: Some(method.to_owned()),
        path,
        ..Message::default()
    };
    let first = |named: &str| {
        let report = asked("PATCH", format!("/v1/authorisations/{id}"));
        let refused = Message {
            status: Some(400),
            body: Body::Json(json!({ "code": "malformed" }).into()),
            ..Message::default()
        };
        let visited = crate::journal::Visited {
            decided: true,
            said: false,
            outcome: crate::journal::VisitOutcome::Stuck,
            why: "it responds with 502".to_owned(),
            url: String::new(),
            returned_to: None,
            opened_windows: None,
            exchanges: Vec::new(),
            hindrance: None,
        };
        let request = |exchange, from, message| Fact::Request {
            exchange,
            step: None,
            from,
            to: Address::of(Participant::Service),
            author: Author::Live,
            message,
        };
        let page = asked("GET", format!("/ui/authorisations/{named}"));
        // The provider's own messages belong to no case where all cases share one service.
        let made = Made::default()
            .event(request(1, Participant::Provider, report))
            .event(Fact::Answer {
                exchange: 1,
                author: Author::Emulated,
                message: refused,
            })
            .lane("a/one")
            .event(request(2, Participant::Browser, page))
            .event(Fact::Visited {
                step: StepKey::top("steps", 2),
                visit: visited,
            });
        let mut one = outcome("a", "a/one", Verdict::Failed);
        one.checks = vec![broke("the browser returns", Vec::new())];
        one.checks[0].step = StepKey::top("steps", 2);
        one.checks[0].messages = Vec::new();
        let text = message(&made.case(one).record(), 0);
        text.lines().next().unwrap_or_default().to_owned()
    };
    let text = first(id);
    assert!(text.contains("the reference provider's PATCH"), "{text}");
    assert!(text.contains("was refused: 400 malformed"), "{text}");
    let text = first("10000000-0000-4000-8000-000000000001");
    assert!(!text.contains("was refused"), "{text}");
}

#[test]
fn a_refusal_behind_an_effect_read_again_and_again_is_the_one_cause_of_all_cases() {
    let step = StepKey::top("steps", 2);
    let waiting = |case: &str, made: Made| {
        posted(made.lane(case), 3, Author::Emulated, 400).event(Fact::Waiting {
            step: step.attempt(1).aside("pause"),
            wait: "status-change".to_owned(),
            bound_us: 1,
            until_us: 1,
        })
    };
    let mut polled = outcome("a", "a/polled", Verdict::Inconclusive);
    polled.reason = Some("GET answers 200: a precondition failed".to_owned());
    let mut check = broke(
        "GET answers 200",
        vec![difference("body.status", "\"active\"", None)],
    );
    check.outcome = CheckOutcome::Inconclusive("a precondition failed".to_owned());
    check.step = step.clone();
    polled.checks = vec![check];
    // What a refused message should have brought is missing in a value.
    let mut valued = outcome("a", "a/valued", Verdict::Inconclusive);
    valued.reason = Some("values: `${first.id}` cannot be used".to_owned());
    valued.checks = vec![unjudged("values", "`${first.id}` cannot be used")];
    let mut failed = outcome("a", "a/failed", Verdict::Failed);
    failed.checks = vec![missed_since(0, MissKind::NothingCame)];
    let made = waiting("a/polled", Made::default());
    let made = posted(made.lane("a/valued"), 4, Author::Emulated, 400);
    let made = posted(made.lane("a/failed"), 5, Author::Emulated, 400);
    let record = made.case(polled).case(valued).case(failed).record();
    let [cause] = record.causes.as_slice() else {
        panic!("{:?}", record.causes);
    };
    assert_eq!(cause.cases, ["a/polled".into(), "a/valued".into()]);
    assert_eq!(
        format!(
            "{}: {}",
            crate::report::shared_cause::title(cause),
            crate::report::shared_cause::reason(&record, cause)
        ),
        "2 cases are inconclusive because of one cause: the reference provider's POST /v1/statements was refused: \
         400 totals_mismatch; 1 case failed because of it: a/failed"
    );
}

/// An exchange between emulated participants that ends with 401.
fn refused_exchange(made: Made, from: Participant, to: Address) -> Made {
    made.event(Fact::Request {
        exchange: 3,
        step: None,
        from,
        to,
        author: Author::Emulated,
        message: Message {
            method: Some("POST".to_owned()),
            path: "/here".to_owned(),
            ..Message::default()
        },
    })
    .event(Fact::Answer {
        exchange: 3,
        author: Author::Live,
        message: Message {
            status: Some(401),
            ..Message::default()
        },
    })
}

#[test]
fn a_visit_that_ends_at_the_provider_names_the_refusal_during_it() {
    let step = StepKey::top("steps", 2);
    let refused = |from: Participant, to: Address, lane: Option<&str>| {
        let made = lane.map_or_else(Made::default, |lane| Made::default().lane(lane));
        let made = refused_exchange(made, from, to);
        let visit = crate::journal::Visited {
            decided: true,
            said: false,
            outcome: crate::journal::VisitOutcome::Refused,
            why: "it shows a page without a form".to_owned(),
            url: String::new(),
            returned_to: None,
            opened_windows: None,
            exchanges: Vec::new(),
            hindrance: None,
        };
        let step = step.clone();
        let made = made.lane("a/one").event(Fact::Visited { step, visit });
        let mut check = broke("the browser returns", Vec::new());
        check.step = StepKey::top("steps", 2);
        let mut one = outcome("a", "a/one", Verdict::Failed);
        one.checks = vec![check];
        let record = made.case(one).record();
        headline(&record, &record.cases[0]).expect("it failed")
    };
    let notification = Address {
        participant: Participant::Provider,
        callback: Some(plan_language::participant::Callback::Notification),
    };
    let text = refused(Participant::Service, notification, Some("a/one"));
    assert!(
        text.contains("the emulated service's POST /here was refused: 401"),
        "{text}"
    );
    // Tokens are fetched for all cases, and so in none of them.
    let text = refused(
        Participant::Provider,
        Address::of(Participant::Sageid),
        None,
    );
    assert!(
        text.contains("the reference provider's POST /here was refused: 401"),
        "{text}"
    );
    let text = refused(
        Participant::Provider,
        Address::of(Participant::Service),
        None,
    );
    assert!(!text.contains("was refused"), "{text}");
}

#[test]
fn what_came_although_it_must_not_is_shown_alone() {
    let made = asked(Made::default(), &StepKey::top("steps", 1), 204);
    let made = notification(made, json!({}));
    let mut check = missed_since(1, MissKind::Unwanted);
    if let Finding::Missed(miss) = &mut check.finding {
        miss.nearest = Some(Nearest {
            seq: 4,
            message: "POST /hook".to_owned(),
            differences: Vec::new(),
        });
    }
    // The last of the evidence only shows that the silence was over.
    check.messages = vec![4, 2];
    let mut one = outcome("a", "a/one", Verdict::Failed);
    one.checks = vec![check];
    let text = message(&made.case(one).record(), 0);
    assert!(text.contains("POST /hook?tenant=a b → 500"), "{text}");
    assert!(!text.contains("/accounts/9"), "{text}");
    assert!(!text.contains("nearest candidate"), "{text}");
}

#[test]
fn an_unwanted_message_is_told_with_the_accepted_one_that_led_to_it() {
    let made = asked(Made::default(), &StepKey::top("steps", 1), 204);
    let made = notification(made, json!({}));
    let mut check = missed_since(2, MissKind::Unwanted);
    check.what = "no POST /hook arrives at service".to_owned();
    check.messages = vec![4];
    let mut one = outcome("a", "a/one", Verdict::Failed);
    one.checks = vec![check];
    let text = message(&made.case(one).record(), 0);
    let first = text.lines().next().expect("there is a first line");
    assert!(
        first.contains("no POST /hook arrives at service after DELETE /accounts/9 → 204, but"),
        "{text}"
    );
    assert!(text.contains("it came after: "), "{text}");
}

#[test]
fn an_effect_that_rests_on_a_refused_message_says_so_in_the_first_line() {
    let headline_for = |status| {
        let mut check = broke(
            "GET answers",
            vec![difference(
                "body.status",
                "\"active\"",
                Some(json!("pending")),
            )],
        );
        check.evidence = Some(EvidenceMessage {
            seq: 2,
            party: Participant::Product,
            role: Role::Request,
        });
        let mut one = outcome("a", "a/one", Verdict::Failed);
        one.checks = vec![check];
        let made = asked(Made::default(), &StepKey::top("steps", 1), status);
        let record = made.case(one).record();
        headline(&record, &record.cases[0]).expect("it failed")
    };
    assert!(
        headline_for(400)
            .ends_with("got \"pending\"; its evidence, DELETE /accounts/9, got the response 400"),
        "{}",
        headline_for(400)
    );
    assert!(headline_for(399).ends_with("got \"pending\""));
}

#[test]
fn a_case_without_judgement_says_in_the_first_line_what_was_seen() {
    let mut precondition = broke(
        "GET /poll answers",
        vec![difference("body.success", "true", Some(json!(false)))],
    );
    precondition.outcome = CheckOutcome::Inconclusive("a precondition does not hold".to_owned());
    let mut one = outcome("a", "a/one", Verdict::Inconclusive);
    one.reason = Some("GET /poll answers: a precondition does not hold".to_owned());
    one.checks = vec![precondition];
    let record = Made::default().case(one).record();
    assert_eq!(
        headline(&record, &record.cases[0]).as_deref(),
        Some(
            "inconclusive: GET /poll answers: a precondition does not hold; \
             body.success: expected true, got false"
        )
    );
}
