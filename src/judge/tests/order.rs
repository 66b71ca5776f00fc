//! Adding a failure never improves any answer: of a case, of a requirement, of the run, of the shell.
//!
//! A world made at random is compared with the same world and one failure more. A check that could not
//! be judged is no success either, so what replaces one of those must be a failure that counts: a broken
//! SHOULD is a warning, and a warning is less than an inconclusive case.

use proptest::prelude::*;
use proptest::sample::Index;

use super::world::{
    Answers, CATALOGUE, Case, bad, bad_case, counts_if_broken, good, serving, sketch, world,
};
use super::*;

/// Verdicts of cases, worst first.
fn case_rank(verdict: Verdict) -> usize {
    let order = [
        Verdict::Failed,
        Verdict::Inconclusive,
        Verdict::Skipped,
        Verdict::Passed,
    ];
    order
        .iter()
        .position(|listed| *listed == verdict)
        .expect("all are listed")
}

/// Outcomes of requirements, worst first.
fn outcome_rank(outcome: RequirementOutcome) -> usize {
    use RequirementOutcome::{Failed, NotApplicable, NotTested, Passed};
    let order = [Failed, NotTested, Passed, NotApplicable];
    order
        .iter()
        .position(|listed| *listed == outcome)
        .expect("all are listed")
}

/// Answers of runs, worst first. Nothing judged and incomplete are both no answer yet; the exit code
/// tells them apart.
fn run_rank(verdict: &RunVerdict) -> usize {
    match verdict {
        RunVerdict::RehearsalFailed | RunVerdict::NotConformant => 0,
        RunVerdict::NothingTested
        | RunVerdict::Incomplete { .. }
        | RunVerdict::ConformantExcept { .. } => 1,
        RunVerdict::RehearsalPassed | RunVerdict::Conformant => 2,
    }
}

/// Exit codes, worst first.
fn code_rank(code: u8) -> usize {
    [1, 3, 4, 0]
        .iter()
        .position(|listed| *listed == code)
        .expect("no other code is answered here")
}

/// Makes sure that no answer of `after` is better; a case that was added stands last.
fn no_better(before: &Answers, after: &Answers) -> Result<(), TestCaseError> {
    for (old, new) in before.cases.iter().zip(&after.cases) {
        prop_assert!(
            case_rank(*new) <= case_rank(*old),
            "case: {old:?} became {new:?}"
        );
    }
    for (old, new) in before.traced.iter().zip(&after.traced) {
        prop_assert!(
            outcome_rank(new.outcome) <= outcome_rank(old.outcome),
            "{}: {:?} became {:?}",
            old.id,
            old.outcome,
            new.outcome
        );
    }
    prop_assert!(
        run_rank(&after.run) <= run_rank(&before.run),
        "run: {:?} became {:?}",
        before.run,
        after.run
    );
    if let (
        RunVerdict::Incomplete {
            not_tested: old, ..
        },
        RunVerdict::Incomplete {
            not_tested: new, ..
        },
    ) = (&before.run, &after.run)
    {
        let lost = old.iter().find(|id| !new.contains(id));
        prop_assert!(
            lost.is_none(),
            "{lost:?} counts as judged because of a failure"
        );
    }
    for (old, new) in before.codes.into_iter().zip(after.codes) {
        prop_assert!(
            code_rank(new) <= code_rank(old),
            "exit code: {old} became {new}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_bad_check_more(world in world(), check in sketch(bad()), at in any::<Index>(), within in any::<Index>()) {
        let mut worse = world.clone();
        let run: Vec<_> = worse.cases.iter_mut().filter(|case| !case.is_empty()).collect();
        prop_assume!(!run.is_empty());
        let place = at.index(run.len());
        for (index, case) in run.into_iter().enumerate() {
            if index == place {
                case.insert(within.index(case.len() + 1), check.clone());
            }
        }
        no_better(&world.answers(), &worse.answers())?;
    }

    #[test]
    fn a_check_that_held_and_now_does_not(world in world(), finding in bad(), at in any::<Index>()) {
        let mut worse = world.clone();
        let mut holding: Vec<_> = worse
            .cases
            .iter_mut()
            .flatten()
            .filter(|check| matches!(check.finding, Finding::Held { checked: 1.. }))
            .collect();
        prop_assume!(!holding.is_empty());
        let place = at.index(holding.len());
        holding[place].finding = finding;
        no_better(&world.answers(), &worse.answers())?;
    }

    #[test]
    fn any_check_that_now_breaks_what_counts(
        mut world in world(),
        check in serving(good()),
        at in any::<Index>(),
    ) {
        world.cases.push(vec![check]);
        let mut worse = world.clone();
        let mut counting: Vec<_> = worse
            .cases
            .iter_mut()
            .flatten()
            .filter(|check| counts_if_broken(check, &world))
            .collect();
        if counting.is_empty() {
            return Ok(());
        }
        let place = at.index(counting.len());
        counting[place].finding = broke();
        let after = worse.answers();
        no_better(&world.answers(), &after)?;
        prop_assert_eq!(after.codes, [1, 1]);
    }

    #[test]
    fn a_bad_case_more(world in world(), case in bad_case()) {
        let mut worse = world.clone();
        worse.cases.push(case);
        no_better(&world.answers(), &worse.answers())?;
    }

    #[test]
    fn a_skipped_case_more_changes_nothing(world in world()) {
        let mut more = world.clone();
        more.cases.push(Case::new());
        let (before, after) = (world.answers(), more.answers());
        prop_assert_eq!(before.run, after.run);
        prop_assert_eq!(before.codes, after.codes);
    }

    #[test]
    fn the_order_of_cases_changes_nothing(world in world()) {
        let mut turned = world.clone();
        turned.cases.reverse();
        let (before, after) = (world.answers(), turned.answers());
        prop_assert_eq!(before.run, after.run);
        prop_assert_eq!(before.codes, after.codes);
    }

    #[test]
    fn nothing_is_good_without_evidence_of_its_subject(world in world()) {
        let answers = world.answers();
        let proven = |id: &str| {
            world.cases.iter().flatten().any(|check| {
                let from = check.evidence.map(|message| message.party);
                matches!(check.finding, Finding::Held { checked: 1.. })
                    && !check.precondition
                    && check.cites.iter().any(|at| {
                        let cited = &CATALOGUE[*at];
                        &*cited.id == id
                            && [Some(check.party), from].into_iter().flatten().any(|party| {
                                cited.subject.contains(&party) && world.mode.is_subject(party)
                            })
                    })
            })
        };
        for row in &answers.traced {
            prop_assert!(row.outcome != RequirementOutcome::Passed || proven(&row.id), "{}", row.id);
        }
        match answers.run {
            RunVerdict::Conformant => {
                prop_assert!(!answers.cases.contains(&Verdict::Inconclusive));
                for (requirement, row) in CATALOGUE.iter().zip(&answers.traced) {
                    let good = matches!(
                        row.outcome,
                        RequirementOutcome::Passed | RequirementOutcome::NotApplicable
                    );
                    prop_assert!(requirement.level != Level::Must || good, "{}", row.id);
                }
            }
            RunVerdict::RehearsalPassed => {
                prop_assert!(answers.cases.contains(&Verdict::Passed));
                prop_assert!(answers.traced.iter().any(|row| proven(&row.id)));
            }
            _ => {}
        }
    }
}
