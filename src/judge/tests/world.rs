//! Runs made at random: cases of checks on any participant, and every verdict that follows.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;
use Participant::{Provider, Service};

/// The requirements of every world.
pub(super) static CATALOGUE: LazyLock<Vec<Arc<Requirement>>> = LazyLock::new(|| {
    vec![
        requirement("M-P", Level::Must, &[Provider]),
        requirement("M-S", Level::Must, &[Service]),
        requirement("M-B", Level::Must, &[Service, Provider]),
        requirement("S-P", Level::Should, &[Provider]),
        requirement("S-S", Level::Should, &[Service]),
        requirement("Y-P", Level::May, &[Provider]),
    ]
});

/// One check before it is judged.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    pub(super) finding: Finding,
    pub(super) precondition: bool,
    pub(super) party: Participant,
    pub(super) evidence: Option<EvidenceMessage>,
    /// Positions in the catalogue.
    pub(super) cites: Vec<usize>,
}

/// The checks of one case; none, and the case was skipped.
pub(super) type Case = Vec<Sketch>;

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) mode: Mode,
    pub(super) strict: bool,
    pub(super) cases: Vec<Case>,
}

pub(super) fn bad() -> impl Strategy<Value = Finding> {
    prop_oneof![Just(broke()), Just(missed()), Just(unjudged())]
}

pub(super) fn good() -> impl Strategy<Value = Finding> {
    prop_oneof![5 => Just(held(1)), 1 => Just(held(0))]
}

pub(super) fn sketch(finding: impl Strategy<Value = Finding>) -> impl Strategy<Value = Sketch> {
    let party =
        prop_oneof![4 => Just(Provider), 4 => Just(Service), 1 => Just(Participant::Product)];
    let role = prop_oneof![Just(Role::Request), Just(Role::Answer)];
    let evidence = (prop_oneof![Just(Provider), Just(Service)], role).prop_map(|(party, role)| {
        EvidenceMessage {
            seq: 3,
            party,
            role,
        }
    });
    (
        finding,
        prop::bool::weighted(0.2),
        party,
        prop::option::weighted(0.2, evidence),
        subsequence((0..CATALOGUE.len()).collect::<Vec<_>>(), 0..=2),
    )
        .prop_map(|(finding, precondition, party, evidence, cites)| Sketch {
            finding,
            precondition,
            party,
            evidence,
            cites,
        })
}

/// A case as the runner leaves it: nothing is out of reach unless something before it went wrong.
pub(super) fn case() -> impl Strategy<Value = Case> {
    let any = || sketch(prop_oneof![4 => good(), 1 => bad()]);
    let tail = (
        sketch(bad()),
        prop::collection::vec(sketch(Just(Finding::NotReached)), 0..3),
    );
    (
        prop::collection::vec(any(), 0..4),
        prop::option::weighted(0.2, tail),
        serving(good()),
    )
        .prop_map(|(mut checks, stop, serving)| {
            checks.push(serving);
            if let Some((cause, tail)) = stop {
                checks.push(cause);
                checks.extend(tail);
            }
            checks
        })
}

/// A check that is no precondition; a sound plan has one in every case.
pub(super) fn serving(finding: impl Strategy<Value = Finding>) -> impl Strategy<Value = Sketch> {
    (sketch(finding), 0..CATALOGUE.len()).prop_map(|(mut sketch, cited)| {
        sketch.precondition = false;
        if sketch.cites.is_empty() {
            sketch.cites.push(cited);
        }
        sketch
    })
}

/// A case in which nothing is good.
pub(super) fn bad_case() -> impl Strategy<Value = Case> {
    let tail = prop::collection::vec(sketch(Just(Finding::NotReached)), 0..3);
    (
        prop::collection::vec(sketch(bad()), 0..3),
        serving(bad()),
        tail,
    )
        .prop_map(|(mut checks, serving, tail)| {
            checks.push(serving);
            checks.extend(tail);
            checks
        })
}

pub(super) fn world() -> impl Strategy<Value = World> {
    let cases = prop::collection::vec(prop_oneof![5 => case(), 1 => Just(Case::new())], 0..5);
    (prop::sample::select(&MODES), any::<bool>(), cases).prop_map(|(mode, strict, cases)| World {
        mode,
        strict,
        cases,
    })
}

/// Every answer that a world has.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) cases: Vec<Verdict>,
    pub(super) traced: Vec<TracedRequirement>,
    pub(super) run: RunVerdict,
    /// Without and with `--certify`.
    pub(super) codes: [u8; 2],
}

pub(super) fn judged(sketch: &Sketch, mode: Mode) -> Check {
    let cites: Vec<&Requirement> = sketch.cites.iter().map(|at| &*CATALOGUE[*at]).collect();
    let mut check = check_on(sketch.party, sketch.finding.clone(), &cites, mode);
    check.precondition = sketch.precondition;
    check.evidence = sketch.evidence;
    check.outcome = crate::judge::judge_check(
        &check.finding,
        check.precondition,
        check.party,
        check.evidence,
        &cites,
        mode,
    );
    check
}

impl World {
    pub(super) fn answers(&self) -> Answers {
        let checks: Vec<Vec<Check>> = self
            .cases
            .iter()
            .map(|case| {
                case.iter()
                    .map(|sketch| judged(sketch, self.mode))
                    .collect()
            })
            .collect();
        let outcomes: Vec<Outcome> = checks
            .into_iter()
            .map(|checks| {
                if checks.is_empty() {
                    outcome_of("case", Verdict::Skipped, checks)
                } else {
                    let (verdict, _) = judge_case(&checks, self.mode);
                    outcome_of("case", verdict, checks)
                }
            })
            .collect();
        let cases = outcomes.iter().map(|outcome| outcome.verdict).collect();
        let traced = crate::judge::trace(&CATALOGUE, &outcomes, self.mode);
        let verdicts: Vec<_> = outcomes.iter().flat_map(Outcome::run_verdicts).collect();
        let run = judge_run(RunFacts {
            mode: self.mode,
            strict: self.strict,
            verdicts: &verdicts,
            requirements: &CATALOGUE,
            traced: &traced,
            left_open: &vec![false; CATALOGUE.len()],
            waived: &vec![false; CATALOGUE.len()],
        });
        let codes = [false, true].map(|certify| exit_code(&run, &verdicts, certify).number());
        Answers {
            cases,
            traced,
            run,
            codes,
        }
    }
}

/// Tells whether the check would break what counts, so that it outweighs everything else.
pub(super) fn counts_if_broken(check: &Sketch, world: &World) -> bool {
    let breaks = |cites: Vec<usize>| {
        let broken = Sketch {
            finding: broke(),
            cites,
            ..check.clone()
        };
        judged(&broken, world.mode).outcome == CheckOutcome::Violation
    };
    match world.mode {
        Mode::Rehearsal => breaks(check.cites.clone()),
        _ => check
            .cites
            .iter()
            .any(|at| counts(CATALOGUE[*at].level, world.strict) && breaks(vec![*at])),
    }
}
