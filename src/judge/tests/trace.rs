//! Verdicts of cases, and requirements traced through them.

use super::*;
use Participant::{Provider, Service};

#[track_caller]
fn judges(outcomes: Vec<CheckOutcome>, verdict: Verdict, reason: Option<&str>) {
    let checks: Vec<Check> = outcomes.into_iter().map(check_with).collect();
    assert_eq!(
        judge_case(&checks, Mode::Connector),
        (verdict, reason.map(str::to_owned))
    );
}

fn unsound() -> CheckOutcome {
    CheckOutcome::Inconclusive("connection refused".into())
}

#[test]
fn failed_outranks_errored_outranks_passed() {
    let precondition = || CheckOutcome::NoEvidence(NoEvidenceReason::Precondition);
    let emulated = || CheckOutcome::NoEvidence(NoEvidenceReason::NotUnderTest);
    let nothing = || CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing);
    let refused = Some("DELETE answers 204: connection refused");
    let failed = Some("DELETE answers 204");
    judges(vec![CheckOutcome::Pass], Verdict::Passed, None);
    judges(
        vec![emulated(), CheckOutcome::Pass, precondition()],
        Verdict::Passed,
        None,
    );
    judges(
        vec![CheckOutcome::Pass, CheckOutcome::Violation],
        Verdict::Failed,
        failed,
    );
    judges(
        vec![unsound(), CheckOutcome::Violation, CheckOutcome::NotReached],
        Verdict::Failed,
        failed,
    );
    judges(
        vec![CheckOutcome::Pass, unsound()],
        Verdict::Inconclusive,
        refused,
    );
    judges(
        vec![emulated(), unsound(), CheckOutcome::NotReached],
        Verdict::Inconclusive,
        refused,
    );
    judges(
        vec![CheckOutcome::Pass, CheckOutcome::NotReached],
        Verdict::Inconclusive,
        Some("not every step was reached"),
    );
    judges(
        vec![CheckOutcome::Pass, nothing()],
        Verdict::Inconclusive,
        Some("a check compared nothing"),
    );
    judges(
        vec![precondition(), emulated()],
        Verdict::Skipped,
        Some("nothing in this case tests your connector"),
    );
}

#[test]
fn a_case_that_checked_nothing_is_never_green() {
    let nothing = Some("the case has no check that counts");
    judges(vec![], Verdict::Inconclusive, nothing);
    judges(
        vec![CheckOutcome::NoEvidence(NoEvidenceReason::Precondition)],
        Verdict::Inconclusive,
        nothing,
    );
    judges(
        vec![CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing)],
        Verdict::Inconclusive,
        Some("a check compared nothing"),
    );
}

#[test]
fn what_is_given_and_does_not_hold_is_named_as_such() {
    let mut given = check_with(unsound());
    given.step = StepKey::top("given", 0).inner(2);
    let (verdict, reason) = judge_case(
        &[given, check_with(CheckOutcome::NotReached)],
        Mode::Connector,
    );
    assert_eq!(verdict, Verdict::Inconclusive);
    assert_eq!(
        reason.as_deref(),
        Some("given: DELETE answers 204: connection refused")
    );
}

#[test]
fn a_failure_that_hides_a_missing_judgement_stands_for_both() {
    let stands = |verdict, outcomes: Vec<CheckOutcome>| -> Vec<Verdict> {
        let checks: Vec<Check> = outcomes.into_iter().map(check_with).collect();
        outcome_of("case", verdict, checks).run_verdicts().collect()
    };
    let both = [Verdict::Failed, Verdict::Inconclusive];
    assert_eq!(
        stands(Verdict::Failed, vec![CheckOutcome::Violation, unsound()]),
        both
    );
    let nothing = CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing);
    assert_eq!(
        stands(Verdict::Failed, vec![nothing, CheckOutcome::Violation]),
        both
    );
    // What is not reached behind a failure is the failure's doing.
    let stopped = vec![
        CheckOutcome::Pass,
        CheckOutcome::Violation,
        CheckOutcome::NotReached,
    ];
    assert_eq!(stands(Verdict::Failed, stopped), [Verdict::Failed]);
    assert_eq!(
        stands(Verdict::Inconclusive, vec![unsound()]),
        [Verdict::Inconclusive]
    );
    assert_eq!(stands(Verdict::Skipped, vec![]), [Verdict::Skipped]);
}

#[test]
fn what_a_declared_feature_rules_out_is_not_applicable_and_what_nobody_declared_is_not_judged() {
    let own = requirement("MAL-06", Level::Must, &[Provider]);
    let mode = Mode::Connector;
    let outcome = |declared: [bool; 2], checks: &[Check]| {
        let cases = declared.map(|declared| {
            let checks = if declared { &[] } else { checks };
            let verdict = if checks.is_empty() {
                Verdict::Skipped
            } else {
                Verdict::Passed
            };
            Outcome {
                requirement: vec![own.id.clone()],
                reason: Some("the feature multi-account is absent in this environment".to_owned()),
                declared,
                ..outcome_of("case", verdict, checks.to_vec())
            }
        });
        let catalogue = std::slice::from_ref(&own);
        let row = super::trace(catalogue, &cases, mode).remove(0);
        (row.outcome, row.why)
    };
    let (out, why) = outcome([true, true], &[]);
    assert_eq!(out, RequirementOutcome::NotApplicable);
    assert_eq!(
        why.as_deref(),
        Some("the feature multi-account is absent in this environment")
    );
    assert_eq!(
        outcome([false, false], &[]).0,
        RequirementOutcome::NotTested
    );
    assert_eq!(outcome([true, false], &[]).0, RequirementOutcome::NotTested);
    let held = [check(held(1), &[&own], mode)];
    assert_eq!(outcome([true, false], &held).0, RequirementOutcome::Passed);
}

/// Traces one requirement through cases, each judged by its checks; no checks, and the case was skipped.
fn traced(requirement: &Arc<Requirement>, cases: &[Vec<Check>], mode: Mode) -> TracedRequirement {
    let outcomes: Vec<_> = cases
        .iter()
        .enumerate()
        .map(|(at, checks)| {
            let (verdict, reason) = if checks.is_empty() {
                (
                    Verdict::Skipped,
                    Some("no bank action `add-account`".to_owned()),
                )
            } else {
                judge_case(checks, mode)
            };
            Outcome {
                requirement: vec![requirement.id.clone()],
                reason,
                ..outcome_of(&format!("case-{}", at + 1), verdict, checks.clone())
            }
        })
        .collect();
    super::trace(std::slice::from_ref(requirement), &outcomes, mode).remove(0)
}

#[test]
fn an_outcome_is_the_worst_of_the_checks_in_all_cases() {
    let own = requirement("OFF-01", Level::Must, &[Provider]);
    let mode = Mode::Connector;
    let case = |findings: &[Finding]| -> Vec<Check> {
        findings
            .iter()
            .map(|finding| check(finding.clone(), &[&own], mode))
            .collect()
    };
    let outcome = |cases: &[Vec<Check>]| traced(&own, cases, mode).outcome;
    assert_eq!(outcome(&[case(&[held(1)])]), RequirementOutcome::Passed);
    assert_eq!(
        outcome(&[case(&[held(1), broke()])]),
        RequirementOutcome::Failed
    );
    assert_eq!(
        outcome(&[case(&[held(1)]), case(&[missed()])]),
        RequirementOutcome::Failed
    );
    assert_eq!(
        outcome(&[case(&[broke()]), case(&[unjudged()])]),
        RequirementOutcome::Failed
    );
    assert_eq!(
        outcome(&[case(&[held(1)]), case(&[unjudged()])]),
        RequirementOutcome::NotTested
    );
    assert_eq!(
        outcome(&[case(&[held(1), Finding::NotReached])]),
        RequirementOutcome::NotTested
    );
    assert_eq!(
        outcome(&[case(&[held(1), held(0)])]),
        RequirementOutcome::NotTested
    );
    assert_eq!(
        outcome(&[case(&[held(1)]), vec![]]),
        RequirementOutcome::Passed
    );
    assert_eq!(outcome(&[vec![]]), RequirementOutcome::NotTested);
}

#[test]
fn a_requirement_that_passed_names_its_evidence_and_its_cases() {
    let own = requirement("OFF-01", Level::Must, &[Provider]);
    let mode = Mode::Connector;
    let row = traced(&own, &[vec![check(held(2), &[&own], mode)], vec![]], mode);
    assert_eq!(row.messages, [7]);
    assert_eq!(row.why, None);
    assert_eq!(
        row.cases.iter().map(|id| &**id).collect::<Vec<_>>(),
        ["case-1", "case-2"]
    );
}

#[test]
fn what_is_not_judged_says_why() {
    let own = requirement("OFF-01", Level::Must, &[Provider]);
    let mode = Mode::Connector;
    let why = |cases: &[Vec<Check>]| traced(&own, cases, mode).why.unwrap_or_default();
    assert_eq!(why(&[]), "no selected case cites it");
    assert_eq!(
        why(&[vec![]]),
        "case-1 was skipped (no bank action `add-account`)"
    );
    assert_eq!(
        why(&[vec![check(unjudged(), &[&own], mode)]]),
        "case-1 was inconclusive (DELETE answers 204: connection refused)"
    );
    // Of several cases the first one is named.
    assert_eq!(
        why(&[vec![], vec![check(unjudged(), &[&own], mode)]]),
        "case-1 was skipped (no bank action `add-account`)"
    );
    let emulated = check_on(Service, held(1), &[&own], mode);
    assert_eq!(
        why(&[vec![emulated]]),
        "case-1 was skipped (nothing in this case tests your connector)"
    );
    let other = requirement("OFF-02", Level::Must, &[Provider]);
    assert_eq!(
        why(&[vec![check(held(1), &[&other], mode)]]),
        "case-1 has no check of it"
    );
    // The case passed by another check, and cites it all the same.
    let emulated = check_on(Service, held(1), &[&own], mode);
    assert_eq!(
        why(&[vec![emulated, check(held(1), &[&other], mode)]]),
        "nothing in this case tests your connector"
    );
    let mut gap = (*own).clone();
    gap.not_tested = Some("nothing can provoke it".into());
    let gap = Arc::new(gap);
    // A case that cites it all the same says more than that.
    assert_eq!(
        traced(&gap, &[vec![]], mode).why.as_deref(),
        Some("case-1 was skipped (no bank action `add-account`)")
    );
    let row = traced(&gap, &[], mode);
    assert_eq!(
        row.why.as_deref(),
        Some("not tested: nothing can provoke it")
    );
}

#[test]
fn a_requirement_of_somebody_who_is_not_under_test_does_not_apply() {
    let own = requirement("SVC-01", Level::Must, &[Service]);
    for mode in MODES {
        let row = traced(
            &own,
            &[vec![check_on(Service, held(1), &[&own], mode)]],
            mode,
        );
        match mode {
            Mode::Connector => {
                assert_eq!(row.outcome, RequirementOutcome::NotApplicable);
                let why = "tests the Banking Service, not your connector";
                assert_eq!(row.why.as_deref(), Some(why));
            }
            _ => assert_eq!(row.outcome, RequirementOutcome::Passed),
        }
    }
}

#[test]
fn a_check_that_cites_two_requirements_is_evidence_for_the_one_whose_subject_wrote_it() {
    let theirs = requirement("SVC-01", Level::Must, &[Service]);
    let own = requirement("OFF-01", Level::Must, &[Provider]);
    let mode = Mode::EndToEnd;
    let outcomes = |finding: Finding| {
        let case = [vec![check(finding, &[&theirs, &own], mode)]];
        [&theirs, &own].map(|requirement| traced(requirement, &case, mode).outcome)
    };
    assert_eq!(
        outcomes(held(1)),
        [RequirementOutcome::NotTested, RequirementOutcome::Passed]
    );
    assert_eq!(
        outcomes(broke()),
        [RequirementOutcome::NotTested, RequirementOutcome::Failed]
    );
}

#[test]
fn a_check_counts_for_a_requirement_that_its_case_does_not_list() {
    let own = requirement("OFF-01", Level::Must, &[Provider]);
    let mode = Mode::Connector;
    let checks = vec![check(broke(), &[&own], mode)];
    let outcome = outcome_of("case", Verdict::Failed, checks);
    let rows = super::trace(&[own], &[outcome], mode);
    assert_eq!(rows[0].outcome, RequirementOutcome::Failed);
}
