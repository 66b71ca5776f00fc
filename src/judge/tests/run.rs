//! The answer of the run, and the exit code that tells it.

use super::*;
use crate::exit_code::ExitCode;
use Participant::Provider;
use RequirementOutcome::{Failed, NotApplicable, NotTested, Passed};

/// Judges a run by verdicts of cases and by levels and outcomes of requirements named `R-1`, `R-2` …
fn answer(
    mode: Mode,
    strict: bool,
    verdicts: &[Verdict],
    rows: &[(Level, RequirementOutcome)],
) -> RunVerdict {
    answer_with_parts(mode, strict, verdicts, rows, &vec![false; rows.len()])
}

/// Judges a run in which parts of the rows were left open.
fn answer_with_parts(
    mode: Mode,
    strict: bool,
    verdicts: &[Verdict],
    rows: &[(Level, RequirementOutcome)],
    left_open: &[bool],
) -> RunVerdict {
    let waived = vec![false; rows.len()];
    answer_with(mode, strict, verdicts, rows, (left_open, &waived))
}

/// Judges a run; the pair tells which rows were left open in part, and which failures are waived.
fn answer_with(
    mode: Mode,
    strict: bool,
    verdicts: &[Verdict],
    rows: &[(Level, RequirementOutcome)],
    (left_open, waived): (&[bool], &[bool]),
) -> RunVerdict {
    let named = |index: usize| format!("R-{}", index + 1);
    let requirements: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(index, (level, _))| requirement(&named(index), *level, &[Provider]))
        .collect();
    let traced: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(index, (_, outcome))| TracedRequirement {
            id: named(index).into(),
            outcome: *outcome,
            why: None,
            cases: Vec::new(),
            messages: Vec::new(),
        })
        .collect();
    judge_run(RunFacts {
        mode,
        strict,
        verdicts,
        requirements: &requirements,
        traced: &traced,
        left_open,
        waived,
    })
}

fn live(verdicts: &[Verdict], rows: &[(Level, RequirementOutcome)]) -> RunVerdict {
    answer(Mode::Connector, false, verdicts, rows)
}

fn incomplete(ids: &[&str]) -> RunVerdict {
    RunVerdict::Incomplete {
        not_tested: ids.iter().map(|id| (*id).into()).collect(),
        partly_tested: Vec::new(),
    }
}

const MUST: Level = Level::Must;
const SHOULD: Level = Level::Should;

#[test]
fn a_rehearsal_is_green_or_red_and_never_conformant() {
    let rehearse = |verdicts: &[Verdict]| {
        answer(
            Mode::Rehearsal,
            false,
            verdicts,
            &[(MUST, Passed), (SHOULD, Passed)],
        )
    };
    assert_eq!(rehearse(&[Verdict::Passed]), RunVerdict::RehearsalPassed);
    assert_eq!(
        rehearse(&[Verdict::Passed, Verdict::Skipped]),
        RunVerdict::RehearsalPassed
    );
    assert_eq!(
        rehearse(&[Verdict::Passed, Verdict::Failed]),
        RunVerdict::RehearsalFailed
    );
    assert_eq!(
        rehearse(&[Verdict::Passed, Verdict::Inconclusive]),
        RunVerdict::RehearsalFailed
    );
    assert_eq!(rehearse(&[Verdict::Skipped]), RunVerdict::NothingTested);
    assert_eq!(rehearse(&[]), RunVerdict::NothingTested);
}

#[test]
fn conformant_needs_every_applicable_must_judged_and_passed() {
    let passed = [Verdict::Passed];
    assert_eq!(live(&passed, &[(MUST, Passed)]), RunVerdict::Conformant);
    assert_eq!(
        live(&passed, &[(MUST, Passed), (MUST, NotApplicable)]),
        RunVerdict::Conformant
    );
    assert_eq!(
        live(&passed, &[(MUST, Passed), (SHOULD, NotTested)]),
        RunVerdict::Conformant
    );
    assert_eq!(
        live(
            &passed,
            &[(MUST, NotTested), (MUST, Passed), (MUST, NotTested)]
        ),
        incomplete(&["R-1", "R-3"])
    );
    assert_eq!(
        live(
            &[Verdict::Passed, Verdict::Failed],
            &[(MUST, NotTested), (MUST, Failed)]
        ),
        RunVerdict::NotConformant
    );
}

#[test]
fn a_must_with_a_part_left_open_is_not_conformant() {
    let rows = [(MUST, Passed), (SHOULD, Passed), (MUST, NotTested)];
    let parts = |left_open: &[bool]| {
        let rows = &rows[..left_open.len()];
        answer_with_parts(Mode::Connector, false, &[Verdict::Passed], rows, left_open)
    };
    assert_eq!(parts(&[false, true]), RunVerdict::Conformant);
    let incomplete = |not_tested: &[&str], partly_tested: &[&str]| {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).into()).collect();
        RunVerdict::Incomplete {
            not_tested: ids(not_tested),
            partly_tested: ids(partly_tested),
        }
    };
    assert_eq!(parts(&[true, false]), incomplete(&[], &["R-1"]));
    assert_eq!(
        parts(&[true, true, true]),
        incomplete(&["R-3"], &["R-1"]),
        "what was not tested at all is not partly tested too"
    );
}

#[test]
fn conformant_rests_on_a_must_and_on_no_case_that_errored() {
    let passed = [Verdict::Passed];
    assert_eq!(live(&passed, &[]), incomplete(&[]));
    assert_eq!(live(&passed, &[(SHOULD, Passed)]), incomplete(&[]));
    assert_eq!(
        live(&passed, &[(MUST, NotApplicable), (SHOULD, Passed)]),
        incomplete(&[])
    );
    let inconclusive = [Verdict::Passed, Verdict::Inconclusive];
    assert_eq!(live(&inconclusive, &[(MUST, Passed)]), incomplete(&[]));
}

#[test]
fn nothing_selected_and_everything_skipped_are_never_green() {
    for mode in MODES {
        for verdicts in [&[][..], &[Verdict::Skipped, Verdict::Skipped]] {
            let verdict = answer(mode, false, verdicts, &[(MUST, NotTested)]);
            assert_eq!(verdict, RunVerdict::NothingTested);
            for certify in [false, true] {
                assert_eq!(exit_code(&verdict, verdicts, certify).number(), 4);
            }
        }
    }
}

#[test]
fn a_failing_should_is_a_warning_unless_strict_and_a_failing_may_is_never_more() {
    let verdicts = [Verdict::Passed, Verdict::Failed];
    let run = |strict, level| {
        answer(
            Mode::EndToEnd,
            strict,
            &verdicts,
            &[(MUST, Passed), (level, Failed)],
        )
    };
    assert_eq!(run(false, SHOULD), RunVerdict::Conformant);
    assert_eq!(run(true, SHOULD), RunVerdict::NotConformant);
    assert_eq!(run(false, Level::May), RunVerdict::Conformant);
    assert_eq!(run(true, Level::May), RunVerdict::Conformant);
    assert_eq!(run(false, MUST), RunVerdict::NotConformant);
    assert_eq!(
        exit_code(&RunVerdict::Conformant, &verdicts, true).number(),
        0
    );
}

#[test]
fn exit_codes_are_those_of_the_command_line() {
    let (passed, failed) = (Verdict::Passed, Verdict::Failed);
    let (inconclusive, skipped) = (Verdict::Inconclusive, Verdict::Skipped);
    let must = || incomplete(&["R-1"]);
    // The verdict, the cases, and the codes without and with `--certify`.
    let table: [(RunVerdict, &[Verdict], [u8; 2]); 15] = [
        (RunVerdict::Conformant, &[passed], [0, 0]),
        (RunVerdict::Conformant, &[passed, skipped], [0, 0]),
        (RunVerdict::RehearsalPassed, &[passed], [0, 0]),
        (RunVerdict::NotConformant, &[failed], [1, 1]),
        (RunVerdict::NotConformant, &[failed, inconclusive], [1, 1]),
        (RunVerdict::RehearsalFailed, &[passed, failed], [1, 1]),
        (RunVerdict::RehearsalFailed, &[failed, inconclusive], [1, 1]),
        (RunVerdict::RehearsalFailed, &[passed, inconclusive], [3, 3]),
        (must(), &[passed], [0, 4]),
        (must(), &[passed, inconclusive], [3, 3]),
        (must(), &[inconclusive], [3, 3]),
        (incomplete(&[]), &[passed, inconclusive], [3, 3]),
        (must(), &[passed, failed], [0, 4]),
        (must(), &[failed, skipped], [4, 4]),
        (RunVerdict::NothingTested, &[skipped], [4, 4]),
    ];
    for (verdict, verdicts, codes) in table {
        let found = [false, true].map(|certify| exit_code(&verdict, verdicts, certify).number());
        assert_eq!(found, codes, "{verdict:?} {verdicts:?}");
    }
}

#[test]
fn a_waived_failure_is_never_conformant() {
    let rows = [(MUST, Passed), (MUST, Failed), (SHOULD, Failed)];
    let verdicts = [Verdict::Passed, Verdict::Failed];
    let judged = |strict, waived: [bool; 3]| {
        answer_with(
            Mode::Connector,
            strict,
            &verdicts,
            &rows,
            (&[false; 3], &waived),
        )
    };
    let except = |ids: &[&str]| RunVerdict::ConformantExcept {
        waived: ids.iter().map(|id| (*id).into()).collect(),
    };
    assert_eq!(judged(false, [false; 3]), RunVerdict::NotConformant);
    assert_eq!(judged(false, [false, true, false]), except(&["R-2"]));
    // A failed SHOULD counts with `--strict`, and needs a waiver of its own.
    assert_eq!(
        judged(true, [false, true, false]),
        RunVerdict::NotConformant
    );
    assert_eq!(judged(true, [false, true, true]), except(&["R-2", "R-3"]));
    let verdict = except(&["R-2"]);
    assert_eq!(exit_code(&verdict, &verdicts, false), ExitCode::Success);
    assert_eq!(exit_code(&verdict, &verdicts, true), ExitCode::NotTested);
    // A waiver does not excuse a part of another requirement that was left open.
    let open = answer_with(
        Mode::Connector,
        false,
        &verdicts,
        &rows,
        (&[true, false, false], &[false, true, false]),
    );
    assert!(matches!(open, RunVerdict::Incomplete { .. }), "{open:?}");
}
