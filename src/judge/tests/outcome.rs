//! What an outcome tells of its checks.

use super::*;

fn mixed(verdict: Verdict) -> Outcome {
    let open = || CheckOutcome::Inconclusive("no answer".to_owned());
    let checks = [
        CheckOutcome::Pass,
        CheckOutcome::Violation,
        open(),
        CheckOutcome::NotReached,
    ];
    let mut outcome = outcome_of("a", verdict, checks.into_iter().map(check_with).collect());
    let teardown = [CheckOutcome::Pass, CheckOutcome::Violation, open()];
    outcome.teardown = teardown.into_iter().map(check_with).collect();
    outcome
}

#[test]
fn checks_that_decided_are_violations_and_open_ones_unless_the_case_failed() {
    let broken = |verdict| -> Vec<_> {
        let outcome = mixed(verdict);
        let broken = outcome.broken();
        broken
            .map(|check| matches!(check.outcome, CheckOutcome::Violation))
            .collect()
    };
    assert_eq!(broken(Verdict::Failed), [true]);
    assert_eq!(broken(Verdict::Inconclusive), [true, false]);
    assert_eq!(mixed(Verdict::Passed).broken_teardown().count(), 2);
}

#[test]
fn a_failed_case_with_an_open_check_makes_the_run_inconclusive_too() {
    let verdicts = |outcome: &Outcome| outcome.run_verdicts().collect::<Vec<_>>();
    let failed = mixed(Verdict::Failed);
    assert!(failed.hides_a_missing_judgement());
    assert_eq!(verdicts(&failed).len(), 2);
    assert!(verdicts(&failed).contains(&Verdict::Inconclusive));
    let passed = mixed(Verdict::Passed);
    assert!(!passed.hides_a_missing_judgement());
    assert_eq!(verdicts(&passed), [Verdict::Passed]);
    let compared_nothing = CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing);
    let checks = vec![
        check_with(CheckOutcome::Violation),
        check_with(compared_nothing),
    ];
    assert!(outcome_of("a", Verdict::Failed, checks).hides_a_missing_judgement());
    let checks = vec![
        check_with(CheckOutcome::Violation),
        check_with(CheckOutcome::Pass),
    ];
    assert!(!outcome_of("a", Verdict::Failed, checks).hides_a_missing_judgement());
}
