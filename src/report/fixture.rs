//! Handmade records for the tests of reports; they are built by [`Record::of`] like real ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use crate::journal::{Body, Event, FORMAT, Fact, Header, Journal, Lane, Message};
use crate::judge::{
    Check, CheckOutcome, Finding, Miss, MissKind, Nearest, NoEvidenceReason, Provenance, Verdict,
};
use crate::matching::Difference;
use crate::record::{Outcome, Record};
use plan_language::participant::{Address, Author, Callback, Mode, Participant, Subject};
use plan_language::plan::{Class, Level, Library, Place, Plan, Requirement, Ruling, StepKey};
use plan_language::source::Sources;

/// A builder of records.
pub(super) struct Made {
    header: Header,
    plans: Vec<Arc<Plan>>,
    requirements: Vec<Arc<Requirement>>,
    rulings: Vec<Ruling>,
    sources: Sources,
    events: Vec<Arc<Event>>,
    lane: Option<Lane>,
    cases: Vec<Outcome>,
}

impl Default for Made {
    fn default() -> Self {
        Self {
            header: Header {
                version: "0.1.0".to_owned(),
                format: FORMAT,
                started: "2026-11-21T04:17:00Z".to_owned(),
                environment: "emulated".to_owned(),
                provenance: "plans as shipped with 0.1.0".to_owned(),
                ..Header::made_up(Mode::Rehearsal)
            },
            plans: Vec::new(),
            requirements: Vec::new(),
            rulings: Vec::new(),
            sources: Sources::new(),
            events: Vec::new(),
            lane: None,
            cases: Vec::new(),
        }
    }
}

impl Made {
    pub(super) fn mode(mut self, mode: Mode) -> Self {
        self.header.mode = mode;
        self
    }

    pub(super) fn header(mut self, change: impl FnOnce(&mut Header)) -> Self {
        change(&mut self.header);
        self
    }

    pub(super) fn plan(mut self, name: &str, title: &str) -> Self {
        self.plans.push(Arc::new(Plan {
            name: name.into(),
            title: title.to_owned(),
            file: format!("plans/{name}.yaml").into(),
            digest: "d1".repeat(32),
            cases: Vec::new(),
        }));
        self
    }

    pub(super) fn requirement(mut self, one: Requirement) -> Self {
        self.requirements.push(Arc::new(one));
        self
    }

    pub(super) fn ruling(mut self, id: &str, choice: &str) -> Self {
        self.rulings.push(Ruling {
            id: id.to_owned(),
            question: "What now?".to_owned(),
            choice: choice.to_owned(),
            reason: "Nothing decides.".to_owned(),
        });
        self
    }

    /// Adds the text of a file, so that its lines are shown.
    pub(super) fn source(mut self, file: &str, text: &str) -> Self {
        self.sources.insert(file, text.as_bytes());
        self
    }

    pub(super) fn case(mut self, one: Outcome) -> Self {
        self.cases.push(one);
        self
    }

    /// Gives the events that follow to a case.
    pub(super) fn lane(mut self, case: &str) -> Self {
        self.lane = Some(case.into());
        self
    }

    /// Adds an event 35 ms after the one before.
    pub(super) fn event(mut self, fact: Fact) -> Self {
        let seq = self.events.len() as u64 + 1;
        self.events.push(Arc::new(Event {
            seq,
            at: seq * 35_000,
            lane: self.lane.clone(),
            fact,
        }));
        self
    }

    pub(super) fn record(self) -> Record {
        let library = Library {
            requirements: self.requirements,
            rulings: self.rulings,
            rules: Vec::new(),
            plans: self.plans,
            flows: BTreeMap::new(),
            warnings: Vec::new(),
            digests: Vec::new(),
            sources: self.sources,
        };
        Record::of(
            &library,
            &Journal::recorded(self.events),
            self.header,
            self.cases,
        )
    }
}

pub(super) fn place(line: u32) -> Place {
    Place {
        file: "plans/offboarding.yaml".into(),
        line,
        column: 9,
    }
}

pub(super) fn requirement(id: &str, level: Level, class: Class) -> Requirement {
    Requirement {
        id: id.into(),
        text: format!("The provider must do as {id} says."),
        level,
        class,
        subject: vec![Participant::Provider],
        source: "[doc] offboarding".to_owned(),
        group: "offboarding".to_owned(),
        rulings: vec!["8.5".to_owned()],
        faults: Vec::new(),
        unbreakable: None,
        official: None,
        not_tested: None,
        place: place(1),
    }
}

pub(super) fn outcome(plan: &str, case: &str, verdict: Verdict) -> Outcome {
    Outcome {
        case: case.into(),
        plan: plan.into(),
        place: Place {
            file: format!("plans/{plan}.yaml").into(),
            line: 5,
            column: 5,
        },
        title: format!("Title of {case}"),
        expected: "It happens.".to_owned(),
        requirement: vec!["OFF-04".into()],
        verdict,
        reason: match verdict {
            Verdict::Passed => None,
            Verdict::Failed => Some("the demand".to_owned()),
            Verdict::Inconclusive => Some("connection refused".to_owned()),
            Verdict::Skipped => Some("no bank action `revoke-consent`".to_owned()),
        },
        declared: false,
        started_us: 1_000_000,
        took_us: match verdict {
            Verdict::Skipped => 0,
            _ => 1_234_567,
        },
        checks: Vec::new(),
        teardown: Vec::new(),
    }
}

fn check(what: &str, finding: Finding, outcome: CheckOutcome) -> Check {
    Check {
        step: StepKey::top("steps", 0),
        place: place(12),
        what: what.to_owned(),
        requirement: vec!["OFF-04".into()],
        precondition: false,
        party: Participant::Provider,
        evidence: None,
        finding,
        messages: Vec::new(),
        values: Vec::new(),
        outcome,
        withheld: None,
    }
}

pub(super) fn held(what: &str) -> Check {
    check(what, Finding::Held { checked: 3 }, CheckOutcome::Pass)
}

pub(super) fn broke(what: &str, differences: Vec<Difference>) -> Check {
    check(
        what,
        Finding::Broke { differences },
        CheckOutcome::Violation,
    )
}

pub(super) fn missed(what: &str, why: &str) -> Check {
    check(
        what,
        Finding::Missed(Miss {
            awaited: Address::of(Participant::Service),
            since: 0,
            kind: MissKind::NothingCame,
            why: why.to_owned(),
            nearest: None,
        }),
        CheckOutcome::Violation,
    )
}

pub(super) fn unjudged(what: &str, why: &str) -> Check {
    let finding = Finding::Inconclusive {
        why: why.to_owned(),
    };
    check(what, finding, CheckOutcome::Inconclusive(why.to_owned()))
}

pub(super) fn inapplicable(what: &str, why: &str) -> Check {
    let finding = Finding::Inapplicable {
        why: why.to_owned(),
    };
    let outcome = CheckOutcome::NoEvidence(NoEvidenceReason::NotApplicable);
    check(what, finding, outcome)
}

pub(super) fn not_reached(what: &str) -> Check {
    check(what, Finding::NotReached, CheckOutcome::NotReached)
}

pub(super) fn difference(at: &str, expected: &str, seen: Option<serde_json::Value>) -> Difference {
    Difference {
        at: at.to_owned(),
        place: place(14),
        expected: expected.to_owned(),
        seen,
        why: None,
        unread: false,
    }
}

/// A notification and its answer, as exchange 7.
pub(super) fn notification(made: Made, body: serde_json::Value) -> Made {
    let message = |method: Option<&str>, status, json: serde_json::Value| Message {
        method: method.map(Into::into),
        path: if method.is_some() {
            "/hook".to_owned()
        } else {
            String::new()
        },
        query: method
            .map(|_| vec![("tenant".to_owned(), "a b".to_owned())])
            .unwrap_or_default(),
        status,
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("host".to_owned(), "localhost:1".to_owned()),
        ],
        body: Body::Json(json.into()),
        credentials: Vec::new(),
        notes: Vec::new(),
        other_reading: None,
        share: crate::memory::MessageShare::default(),
    };
    made.event(Fact::Request {
        exchange: 7,
        step: None,
        from: Participant::Service,
        to: Address::callback(Callback::Notification),
        author: Author::Emulated,
        message: message(Some("POST"), None, body),
    })
    .event(Fact::Answer {
        exchange: 7,
        author: Author::Live,
        message: message(None, Some(500), json!({"error": "no such account"})),
    })
}

/// A run against a live provider in which a case failed on the answer to a notification, another on
/// a missing message, two are inconclusive because of one cause, and one was skipped.
#[expect(
    clippy::too_many_lines,
    reason = "one snapshot or one table, which is read as a whole"
)]
pub(super) fn failed_run() -> Record {
    let mut answered = broke(
        "the provider accepts the notification",
        vec![difference("status", "2xx", Some(json!(500)))],
    );
    answered.messages = vec![1, 2];
    answered.values = vec![Provenance {
        name: "account.id".to_owned(),
        value: json!("b0a1"),
        origin: "captured from the answer to POST /bankaccounts (given[0])".to_owned(),
    }];
    let mut first = outcome("offboarding", "offboarding/told", Verdict::Failed);
    first.checks = vec![
        held("DELETE answers 204"),
        answered,
        not_reached("GET answers 200"),
    ];
    let mut late = missed(
        "PATCH /v1/authorisations/9 arrives at service",
        "it came late, 35 ms after the wait had ended",
    );
    late.finding = Finding::Missed(Miss {
        awaited: Address::of(Participant::Service),
        since: 0,
        kind: MissKind::Differs { came: 1 },
        why: "only one came within 30 s (authorisation) that differs in body.type".to_owned(),
        nearest: Some(Nearest {
            seq: 1,
            message: "POST /hook".to_owned(),
            differences: vec![difference("body.type", "\"resourceDeleted\"", None)],
        }),
    });
    let mut second = outcome("offboarding", "offboarding/late", Verdict::Failed);
    second.checks = vec![late];
    second.teardown = vec![unjudged("DELETE /x answers 204", "connection refused")];
    let inconclusive = |case| {
        let mut one = outcome("onboarding", case, Verdict::Inconclusive);
        one.checks = vec![unjudged("GET /banks answers 200", "connection refused")];
        one.reason = Some("given: GET /banks answers 200: connection refused".to_owned());
        one
    };
    let made = Made::default()
        .mode(Mode::Connector)
        .header(|header| {
            header.environment = "my-connector".to_owned();
            header.subject = Some(Subject {
                name: "Acme Feeds".to_owned(),
                version: Some("1.2".to_owned()),
                commit: Some("abc123".to_owned()),
                digest: None,
            });
            header.limits_loosened = vec!["first-statement: 90 s instead of 30 s".to_owned()];
            header.filtered_out = 3;
        })
        .plan("offboarding", "Offboarding")
        .plan("onboarding", "Onboarding")
        .requirement(requirement("OFF-04", Level::Must, Class::C))
        .requirement(requirement("OFF-01", Level::Must, Class::A))
        .ruling("8.5", "403 for wrong credentials.")
        .source(
            "plans/offboarding.yaml",
            &format!(
                "{}      - receive: POST\n        at: provider.notification\n        response: {{ status: 2xx }}\n",
                "#\n".repeat(11)
            ),
        );
    notification(made, json!({"type": "resourceDeleted"}))
        .case(first)
        .case(second)
        .case(inconclusive("onboarding/one"))
        .case(inconclusive("onboarding/two"))
        .case(outcome(
            "onboarding",
            "onboarding/revoked",
            Verdict::Skipped,
        ))
        .record()
}

/// A rehearsal in which every case passed or was skipped.
pub(super) fn passed_rehearsal() -> Record {
    let mut one = outcome("offboarding", "offboarding/told", Verdict::Passed);
    one.checks = vec![held("the provider accepts the notification")];
    notification(Made::default().lane("offboarding/told"), json!({}))
        .plan("offboarding", "Offboarding")
        .requirement(requirement("OFF-04", Level::Must, Class::C))
        .case(one)
        .case(outcome(
            "offboarding",
            "offboarding/revoked",
            Verdict::Skipped,
        ))
        .record()
}
