//! Tests of judging, and what they share: requirements, checks and messages made by hand.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::journal::{Body, Message};
use crate::matching::{Demand, Difference, Selector};
use plan_language::participant::Address;
use plan_language::participant::{Mode, Participant};
use plan_language::plan::{Class, Expect, Level, Place, Query, Requirement, StepKey};
use plan_language::source::{Span, load};
use plan_language::value::{Matcher, PathTemplate, StatusMatcher, Value};

mod demand;
mod explain;
mod judge_check;
mod order;
mod outcome;
mod run;
mod trace;
mod world;

const MODES: [Mode; 4] = [
    Mode::Rehearsal,
    Mode::Connector,
    Mode::Service,
    Mode::EndToEnd,
];

fn place() -> Place {
    Place {
        file: "plan.yaml".into(),
        line: 1,
        column: 1,
    }
}

fn requirement(id: &str, level: Level, subject: &[Participant]) -> Arc<Requirement> {
    Arc::new(Requirement {
        id: id.into(),
        text: "the provider must do so".into(),
        level,
        class: Class::A,
        subject: subject.to_vec(),
        source: "[seed] a test".into(),
        group: "tests".into(),
        rulings: Vec::new(),
        faults: Vec::new(),
        unbreakable: None,
        official: None,
        not_tested: None,
        place: place(),
    })
}

fn held(checked: usize) -> Finding {
    Finding::Held { checked }
}

fn broke() -> Finding {
    Finding::Broke {
        differences: vec![Difference {
            at: "status".into(),
            place: place(),
            expected: "204".into(),
            seen: Some(json!(500)),
            why: None,
            unread: false,
        }],
    }
}

fn missed() -> Finding {
    Finding::Missed(Miss {
        awaited: Address::of(Participant::Provider),
        since: 0,
        kind: MissKind::NothingCame,
        why: "nothing came".into(),
        nearest: None,
    })
}

fn unjudged() -> Finding {
    Finding::Inconclusive {
        why: "connection refused".into(),
    }
}

/// A check of the provider that cites requirements, with the outcome that follows.
fn check(finding: Finding, cites: &[&Requirement], mode: Mode) -> Check {
    check_on(Participant::Provider, finding, cites, mode)
}

fn check_on(party: Participant, finding: Finding, cites: &[&Requirement], mode: Mode) -> Check {
    let outcome = super::judge_check(&finding, false, party, None, cites, mode);
    Check {
        step: StepKey::top("steps", 0),
        place: place(),
        what: "DELETE answers 204".into(),
        requirement: cites
            .iter()
            .map(|requirement| requirement.id.clone())
            .collect(),
        precondition: false,
        party,
        evidence: None,
        finding,
        messages: vec![7],
        values: Vec::new(),
        outcome,
        withheld: None,
    }
}

/// A case with its checks, of which nothing else matters.
fn outcome_of(case: &str, verdict: Verdict, checks: Vec<Check>) -> Outcome {
    Outcome {
        case: case.into(),
        plan: "plan".into(),
        place: place(),
        title: "a case".into(),
        expected: "it passes".into(),
        requirement: Vec::new(),
        verdict,
        reason: None,
        declared: false,
        started_us: 0,
        took_us: 0,
        checks,
        teardown: Vec::new(),
    }
}

/// A check of which only the outcome matters.
fn check_with(outcome: CheckOutcome) -> Check {
    let mut check = check(Finding::NotReached, &[], Mode::Connector);
    check.outcome = outcome;
    check
}

/// Reads an expectation as plans write it.
fn compile(yaml: &str) -> Expect {
    let node = load("plan.yaml", yaml.as_bytes()).expect(yaml);
    let mut findings = Vec::new();
    let mut expect = Expect::default();
    for (key, value) in node.as_map().expect("an expectation is a map") {
        let mut named = || -> Vec<_> {
            let entries = value.as_map().expect("names");
            entries
                .iter()
                .map(|(name, one)| {
                    (
                        name.text.clone(),
                        name.span.clone(),
                        Matcher::compile(one, &mut findings),
                    )
                })
                .collect()
        };
        match key.text.as_str() {
            "headers" => expect.headers = named(),
            "query" => expect.query = named(),
            "status" => {
                let status = StatusMatcher::compile(value, &mut findings);
                expect.status = Some((status, value.span.clone()));
            }
            "body" => expect.body = Some(Matcher::compile(value, &mut findings)),
            "form" => expect.form = Some(Matcher::compile(value, &mut findings)),
            other => panic!("{other} is no part of a message"),
        }
    }
    assert!(findings.is_empty(), "{yaml}: {findings:?}");
    expect
}

fn values(values: Value) -> serde_json::Map<String, Value> {
    match values {
        Value::Object(values) => values,
        other => panic!("{other} names nothing"),
    }
}

/// A demand without references.
fn demand(yaml: &str) -> Demand {
    Demand::resolve(&compile(yaml), &values(json!({}))).expect("nothing is unset")
}

fn post(path: &str, body: Value) -> Message {
    Message {
        method: Some("POST".into()),
        path: path.into(),
        body: Body::Json(body.into()),
        ..Message::default()
    }
}

/// Selects requests by address, path and content.
fn selector(method: &str, path: Option<&str>, at: &str, select: &str) -> Selector {
    let span = Span::outside("plan.yaml");
    let query = Query {
        method: method.into(),
        path: path.map(|path| PathTemplate::compile(path, &span, &mut Vec::new())),
        at: Address::parse(at).expect(at),
        select: compile(select),
    };
    Selector::resolve(&query, &values(json!({}))).expect("nothing is unset")
}
