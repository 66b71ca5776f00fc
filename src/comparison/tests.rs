//! Each kind of change, and what holds for any two runs; all of them are made from the kept sample.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::journal::{Fact, Journal, LedgerExtent, read_from};
use crate::judge::{CheckOutcome, NoEvidenceReason, RequirementOutcome, RunVerdict, Verdict};
use crate::waivers::{Waiver, WaiverTarget};
use plan_language::participant::{Mode, Subject};
use plan_language::plan::{Declared, DocumentRole, SourceDigest};

/// The kept sample with its events: a case failed, others are inconclusive or passed.
fn sample() -> Record {
    let journal = include_bytes!("../../reports/sample/journal.jsonl");
    let journal = read_from(Path::new("journal.jsonl"), journal.as_slice()).expect("a journal");
    let journal = Journal::of_file(journal);
    let json = include_bytes!("../../reports/sample/record.json");
    Record::read(json, &journal).expect("the sample is a record")
}

/// The sample, with a subject and nothing failed.
fn good() -> Record {
    let mut record = sample();
    let header = &mut record.header;
    header.mode = Mode::Connector;
    header.faults.clear();
    header.filtered_out = 0;
    header.strict = true;
    header.undeclared.clear();
    header.subject = Some(Subject {
        name: "Acme".to_owned(),
        version: Some("1.2".to_owned()),
        commit: None,
        digest: None,
    });
    header.waits.insert("history".to_owned(), 120_000);
    let waived = WaiverTarget::Requirement("OFF-02".to_owned());
    header.waivers.push(Waiver::made_up(waived));
    header
        .ledgers
        .insert("alice".to_owned(), LedgerExtent::made_up());
    header
        .features
        .insert("multi-account".to_owned(), Declared::Supported);
    for case in &mut record.cases {
        case.verdict = Verdict::Passed;
        case.reason = None;
        for check in &mut case.checks {
            check.outcome = match &check.outcome {
                CheckOutcome::NoEvidence(_) => {
                    CheckOutcome::NoEvidence(NoEvidenceReason::Precondition)
                }
                _ => CheckOutcome::Pass,
            };
        }
    }
    for row in &mut record.requirements {
        row.traced.outcome = RequirementOutcome::Passed;
        row.partly = None;
    }
    record.counts.failed = 0;
    record.counts.inconclusive = 0;
    record.verdict = RunVerdict::Conformant;
    record
}

fn between(earlier: &Record, later: &Record) -> Comparison {
    compare(earlier, later)
}

/// A change of the later run, with the kind and the aspect of the change that it must give.
type Edit = (ChangeKind, Aspect, fn(&mut Record));

fn row(record: &mut Record) -> &mut crate::record::RequirementRow {
    &mut record.requirements[0]
}

fn check_of(record: &mut Record) -> &mut crate::judge::Check {
    let mut checks = record.cases.iter_mut().flat_map(|case| &mut case.checks);
    checks
        .find(|check| check.outcome == CheckOutcome::Pass)
        .expect("a check that passed")
}

use Aspect as About;
use ChangeKind::{Better, Changed, EvidenceLost, Looser, NewFailure, OtherRun};

const EDITS: &[Edit] = &[
    (OtherRun, About::Mode, |run| {
        run.header.mode = Mode::EndToEnd
    }),
    (OtherRun, About::Subject, |run| {
        if let Some(subject) = &mut run.header.subject {
            subject.name = "Other".to_owned();
        }
    }),
    (EvidenceLost, About::Requirement, |run| {
        row(run).traced.outcome = RequirementOutcome::NotTested;
    }),
    (EvidenceLost, About::Requirement, |run| {
        row(run).partly = Some("no ledger".to_owned());
    }),
    (EvidenceLost, About::Requirement, |run| {
        run.requirements.remove(0);
    }),
    (EvidenceLost, About::Case, |run| {
        run.cases.remove(0);
    }),
    (EvidenceLost, About::Case, |run| {
        run.cases[0].verdict = Verdict::Skipped;
    }),
    (EvidenceLost, About::Checks, |run| {
        check_of(run).outcome = CheckOutcome::NotReached;
    }),
    (EvidenceLost, About::Checks, |run| {
        check_of(run).outcome = CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing);
    }),
    (EvidenceLost, About::Checks, |run| {
        let case = run
            .cases
            .iter_mut()
            .find(|case| {
                case.checks
                    .iter()
                    .any(|check| check.outcome == CheckOutcome::Pass)
            })
            .expect("a case with a check");
        case.checks
            .retain(|check| check.outcome != CheckOutcome::Pass);
    }),
    (NewFailure, About::Answer, |run| {
        run.verdict = RunVerdict::NotConformant;
    }),
    (NewFailure, About::Requirement, |run| {
        row(run).traced.outcome = RequirementOutcome::Failed;
    }),
    (NewFailure, About::Case, |run| {
        run.cases[0].verdict = Verdict::Failed;
    }),
    (NewFailure, About::Case, |run| {
        run.cases[0].verdict = Verdict::Inconclusive;
    }),
    (NewFailure, About::Checks, |run| {
        check_of(run).outcome = CheckOutcome::Violation;
    }),
    (NewFailure, About::Condition, |run| {
        run.header.faults.push("silent-offboarding".to_owned());
    }),
    (Looser, About::Wait, |run| {
        run.header.waits.insert("history".to_owned(), 120_001);
    }),
    (Looser, About::Wait, |run| {
        run.header.waits.insert("notification".to_owned(), 60_000);
    }),
    (Looser, About::Limit, |run| {
        let limit = "the environment sets poll of the emulated service to 9";
        run.header.limits_loosened.push(limit.to_owned());
    }),
    (Looser, About::Feature, |run| {
        run.header
            .features
            .insert("multi-account".to_owned(), Declared::Absent);
    }),
    (Looser, About::Feature, |run| run.header.features.clear()),
    (Looser, About::Ledger, |run| {
        ledger_of(run).until = Some("2026-11-25".to_owned());
    }),
    (Looser, About::Ledger, |run| {
        ledger_of(run).until = None;
    }),
    (Changed, About::Setting, |run| {
        let setting = ("proxy".to_owned(), "http://proxy:3128/".to_owned());
        run.header.outline.push(setting);
    }),
    (Changed, About::Ledger, |run| {
        ledger_of(run).from = Some("2026-11-21".to_owned());
    }),
    (Looser, About::Waiver, |run| {
        let target = WaiverTarget::Case("offboarding/status-cancelled".to_owned());
        run.header.waivers.push(Waiver::made_up(target));
    }),
    (Looser, About::Waiver, |run| {
        run.header.waivers[0].expires = "2027-01-01".to_owned();
    }),
    (Better, About::Waiver, |run| run.header.waivers.clear()),
    (Looser, About::Document, |run| {
        run.header.sources[0].sha256 = "e".repeat(64);
    }),
    (Looser, About::Document, |run| {
        run.header.sources.remove(0);
    }),
    (Looser, About::Strict, |run| run.header.strict = false),
    (Changed, About::SubjectVersion, |run| {
        if let Some(subject) = &mut run.header.subject {
            subject.version = Some("1.3".to_owned());
        }
    }),
    (Changed, About::SubjectCommit, |run| {
        if let Some(subject) = &mut run.header.subject {
            subject.commit = Some("abc".to_owned());
        }
    }),
    (Changed, About::SubjectDigest, |run| {
        if let Some(subject) = &mut run.header.subject {
            subject.digest = Some("sha256:4be0".to_owned());
        }
    }),
    (Changed, About::Version, |run| {
        run.header.version = "9".to_owned()
    }),
    (Changed, About::Environment, |run| {
        run.header.environment = "other".to_owned();
    }),
    (Changed, About::Document, |run| {
        run.header.sources.push(SourceDigest {
            file: "own.yaml".to_owned(),
            role: DocumentRole::Plan,
            sha256: "f".repeat(64),
        });
    }),
    (Changed, About::SlowerCases, |run| {
        run.cases[0].took_us = 2 * run.cases[0].took_us + 1_000_001;
    }),
    (Changed, About::Status, |run| {
        let judged = check_of(run).messages[0];
        let end = run.exchange(judged).and_then(|exchange| exchange.end);
        let end = end.expect("an exchange with its end").seq;
        let at = usize::try_from(end).expect("small") - 1;
        if let Fact::Answer { message, .. } = &mut Arc::make_mut(&mut run.events[at]).fact {
            message.status = Some(299);
        }
    }),
    (Changed, About::Messages, |run| {
        let request = run
            .events
            .iter()
            .find(|event| event.lane.is_some() && matches!(event.fact, Fact::Request { .. }));
        let request = request.expect("a request of a case").clone();
        run.events.extend(vec![request; 500]);
    }),
    (Changed, About::Attempts, |run| {
        for event in &mut run.events {
            if let Fact::Request {
                step: Some(step), ..
            } = &mut Arc::make_mut(event).fact
            {
                *step = step.attempt(2);
            }
        }
    }),
    (Changed, About::Teardown, |run| {
        let mut check = run.cases[0].checks[0].clone();
        check.outcome = CheckOutcome::Violation;
        run.cases[0].teardown.push(check);
    }),
    (Better, About::Ledger, |run| {
        let ledgers = &mut run.header.ledgers;
        ledgers.insert("bob".to_owned(), LedgerExtent::made_up());
    }),
    (Better, About::Wait, |run| {
        run.header.waits.insert("history".to_owned(), 119_999);
    }),
];

fn ledger_of(run: &mut Record) -> &mut LedgerExtent {
    run.header.ledgers.get_mut("alice").expect("a ledger")
}

#[test]
fn each_change_has_its_kind_and_every_kind_is_among_them() {
    let before = good();
    for (index, (kind, aspect, edit)) in EDITS.iter().enumerate() {
        let mut after = good();
        edit(&mut after);
        let comparison = between(&before, &after);
        let found = comparison
            .changes
            .iter()
            .any(|change| change.kind == *kind && change.aspect == *aspect);
        assert!(found, "{index}: no {kind:?} {aspect:?} in {comparison:#?}");
        let worst = comparison.changes.iter().map(|change| change.kind).min();
        assert_eq!(worst, Some(*kind), "{index}: {comparison:#?}");
        assert!(comparison.changes.is_sorted_by_key(|change| change.kind));
    }
    let kinds: BTreeSet<_> = EDITS.iter().map(|edit| edit.0).collect();
    assert_eq!(kinds, ChangeKind::ALL.into());
}

#[test]
fn the_answer_is_that_of_the_worst_change() {
    let answer = |edit: fn(&mut Record)| {
        let mut after = good();
        edit(&mut after);
        (
            between(&good(), &after).answer(),
            between(&after, &good()).answer(),
        )
    };
    use ComparisonAnswer as Answer;
    assert_eq!(answer(|_| ()), (Answer::Same, Answer::Same));
    assert_eq!(
        answer(|run| run.header.strict = false),
        (Answer::Worse, Answer::Better)
    );
    assert_eq!(
        answer(|run| run.header.version = "9".to_owned()),
        (Answer::Changed, Answer::Changed)
    );
    // What is better does not outweigh what is worse.
    let mixed = |run: &mut Record| {
        run.header.strict = false;
        run.header.waits.insert("history".to_owned(), 1);
    };
    assert_eq!(answer(mixed), (Answer::Worse, Answer::Worse));
}

#[test]
fn a_failure_that_is_left_out_is_evidence_lost() {
    let mut before = good();
    before.cases[0].verdict = Verdict::Failed;
    row(&mut before).traced.outcome = RequirementOutcome::Failed;
    let mut after = good();
    after.cases.remove(0);
    row(&mut after).traced.outcome = RequirementOutcome::NotTested;
    let comparison = between(&before, &after);
    let aspects: Vec<_> = comparison
        .of_kind(EvidenceLost)
        .map(|change| (change.aspect, change.earlier.as_str()))
        .collect();
    assert_eq!(
        aspects,
        [(About::Requirement, "failed"), (About::Case, "failed")]
    );
    assert_eq!(comparison.answer(), ComparisonAnswer::Worse);
}

#[test]
fn other_identifiers_ports_and_times_of_day_are_no_change() {
    let mut after = good();
    after.header.started = "2031-01-01T00:00:00Z".to_owned();
    after.header.nonce = Some("acme-2026-11-30".to_owned());
    for check in after.cases.iter_mut().flat_map(|case| &mut case.checks) {
        check.what = check.what.replace("bankaccounts/", "bankaccounts/0f0f0f0f");
    }
    for row in &mut after.requirements {
        row.traced.why = Some("at 127.0.0.1:41234".to_owned());
    }
    assert_eq!(between(&good(), &after).changes, []);
}

#[test]
fn a_check_is_known_again_where_steps_of_the_plan_have_moved() {
    let mut after = good();
    after.header.sources[0].sha256 = "e".repeat(64);
    for check in after.cases.iter_mut().flat_map(|case| &mut case.checks) {
        check.place.line += 3;
    }
    let comparison = between(&good(), &after);
    let aspects: Vec<_> = comparison
        .changes
        .iter()
        .map(|change| change.aspect)
        .collect();
    assert_eq!(aspects, [About::Document]);
}

#[test]
fn a_record_without_events_is_compared_without_its_messages() {
    let alone = Record::read_alone(include_bytes!("../../reports/sample/record.json"));
    let alone = alone.expect("the sample is a record");
    assert!(alone.events.is_empty());
    assert_eq!(between(&sample(), &alone).changes, []);
    assert_eq!(between(&alone, &sample()).changes, []);
}

/// Gives cases and requirements other outcomes; a case for which it says so is left out.
fn varied(cases: &[u8], requirements: &[u8]) -> Record {
    let mut record = good();
    let mut choice = cases.iter().copied().cycle();
    record.cases.retain_mut(|case| {
        let verdict = choice.next().unwrap_or_default();
        let verdict = Verdict::ALL.get(usize::from(verdict));
        case.verdict = verdict.copied().unwrap_or(Verdict::Passed);
        verdict.is_some()
    });
    let mut choice = requirements.iter().copied().cycle();
    record.requirements.retain_mut(|row| {
        let (outcome, partly) = match choice.next().unwrap_or_default() {
            0 => (RequirementOutcome::Passed, None),
            1 => (RequirementOutcome::Passed, Some("a part".to_owned())),
            2 => (RequirementOutcome::Failed, None),
            3 => (RequirementOutcome::NotTested, None),
            4 => (RequirementOutcome::NotApplicable, None),
            _ => return false,
        };
        row.traced.outcome = outcome;
        row.partly = partly;
        true
    });
    record
}

/// What is worse and has an opposite: of cases and requirements, what was at least partly passed and is less.
fn with_opposite(comparison: &Comparison) -> BTreeSet<(Aspect, String, String, String)> {
    let passed = |change: &&RunChange| {
        matches!(change.aspect, About::Case | About::Requirement)
            && matches!(&*change.earlier, "passed" | "only partly tested")
    };
    comparison
        .worse()
        .filter(passed)
        .map(|change| {
            (
                change.aspect,
                change.name.clone(),
                change.earlier.clone(),
                change.later.clone(),
            )
        })
        .collect()
}

fn better(comparison: &Comparison) -> BTreeSet<(Aspect, String, String, String)> {
    comparison
        .of_kind(Better)
        .filter(|change| matches!(change.aspect, About::Case | About::Requirement))
        .map(|change| {
            (
                change.aspect,
                change.name.clone(),
                change.later.clone(),
                change.earlier.clone(),
            )
        })
        .collect()
}

fn states() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0_u8..6, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_run_does_not_differ_from_itself(cases in states(), requirements in states()) {
        let run = varied(&cases, &requirements);
        prop_assert_eq!(between(&run, &run).changes, vec![]);
    }

    #[test]
    fn what_is_worse_one_way_is_better_the_other_way(
        cases in (states(), states()),
        requirements in (states(), states()),
    ) {
        let before = varied(&cases.0, &requirements.0);
        let after = varied(&cases.1, &requirements.1);
        let there = between(&before, &after);
        let back = between(&after, &before);
        prop_assert_eq!(with_opposite(&there), better(&back));
        prop_assert_eq!(with_opposite(&back), better(&there));
    }
}
