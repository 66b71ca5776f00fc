//! The outcome of a check: every combination against the rule, and the rows that matter spelled out.

use super::*;
use Participant::{Browser, Product, Provider, Sageid, Service};

const EVIDENCE: [Option<EvidenceMessage>; 5] = [
    None,
    evidence(Provider, Role::Request),
    evidence(Provider, Role::Answer),
    evidence(Service, Role::Request),
    evidence(Service, Role::Answer),
];

const fn evidence(party: Participant, role: Role) -> Option<EvidenceMessage> {
    Some(EvidenceMessage {
        seq: 3,
        party,
        role,
    })
}

/// Whose messages are evidence in a mode.
fn under_test(mode: Mode) -> &'static [Participant] {
    match mode {
        Mode::Rehearsal | Mode::EndToEnd => &[Service, Sageid, Provider],
        Mode::Connector => &[Provider],
        Mode::Service => &[Service, Sageid],
    }
}

/// Calls `each` with every combination of what an outcome depends on, findings left out.
fn for_all(
    mut each: impl FnMut(Mode, Participant, Option<EvidenceMessage>, bool, &[&Requirement]),
) {
    let of = |subject: &[Participant]| requirement("R", Level::Must, subject);
    let lists = [
        vec![],
        vec![of(&[Provider])],
        vec![of(&[Service])],
        vec![of(&[Service, Provider])],
    ];
    for mode in MODES {
        for party in Participant::ALL {
            for evidence in EVIDENCE {
                for precondition in [false, true] {
                    for list in &lists {
                        let cited: Vec<&Requirement> =
                            list.iter().map(|requirement| &**requirement).collect();
                        each(mode, party, evidence, precondition, &cited);
                    }
                }
            }
        }
    }
}

fn names(cited: &[&Requirement], party: Participant) -> bool {
    cited
        .iter()
        .any(|requirement| requirement.subject.contains(&party))
}

#[test]
fn what_holds_proves_with_a_message_of_the_requirements_own_subject_and_never_without() {
    for_all(|mode, party, evidence, precondition, cited| {
        let messages = [Some(party), evidence.map(|message| message.party)]
            .into_iter()
            .flatten()
            .any(|from| names(cited, from) && under_test(mode).contains(&from));
        let judge_check =
            |checked| judge_check(&held(checked), precondition, party, evidence, cited, mode);
        let (some, nothing) = match (precondition || cited.is_empty(), messages) {
            (true, _) => (
                CheckOutcome::NoEvidence(NoEvidenceReason::Precondition),
                CheckOutcome::NoEvidence(NoEvidenceReason::Precondition),
            ),
            (false, true) => (
                CheckOutcome::Pass,
                CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing),
            ),
            (false, false) => (
                CheckOutcome::NoEvidence(NoEvidenceReason::NotUnderTest),
                CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing),
            ),
        };
        let case = format!("{mode} {party} {evidence:?} {precondition} {cited:?}");
        assert_eq!(judge_check(1), some, "{case}");
        assert_eq!(judge_check(0), nothing, "{case}");
    });
}

#[test]
fn what_does_not_hold_breaks_a_requirement_or_the_judgement_and_nothing_else() {
    for_all(|mode, party, evidence, precondition, cited| {
        let live = |from: Participant| {
            mode != Mode::Rehearsal && names(cited, from) && under_test(mode).contains(&from)
        };
        let asked =
            evidence.is_some_and(|message| message.role == Role::Request && live(message.party));
        let blamed = mode == Mode::Rehearsal || live(party) || asked;
        let breaks = !precondition && !cited.is_empty() && blamed;
        for finding in [broke(), missed()] {
            let outcome = judge_check(&finding, precondition, party, evidence, cited, mode);
            let case = format!("{mode} {party} {evidence:?} {precondition} {cited:?}");
            match outcome {
                CheckOutcome::Violation => assert!(breaks, "{case}"),
                CheckOutcome::Inconclusive(_) => assert!(!breaks, "{case}"),
                other => panic!("{case}: {other:?}"),
            }
        }
    });
}

#[test]
fn what_was_not_judged_is_neither_for_nor_against_anybody() {
    for_all(|mode, party, evidence, precondition, cited| {
        let judge_check =
            |finding| judge_check(&finding, precondition, party, evidence, cited, mode);
        assert_eq!(
            judge_check(unjudged()),
            CheckOutcome::Inconclusive("connection refused".into())
        );
        assert_eq!(judge_check(Finding::NotReached), CheckOutcome::NotReached);
    });
}

/// The provider's own requirement, checked on `party`, held and broken.
#[track_caller]
fn row(mode: Mode, party: Participant, evidence: Option<EvidenceMessage>, expected: [&str; 2]) {
    let own = requirement("OFF-01", Level::Must, &[Provider]);
    let word = |finding: &Finding| match judge_check(finding, false, party, evidence, &[&own], mode)
    {
        CheckOutcome::Pass => "proves",
        CheckOutcome::Violation => "breaks",
        CheckOutcome::NoEvidence(_) => "nothing",
        CheckOutcome::Inconclusive(_) => "inconclusive",
        CheckOutcome::NotReached => "not reached",
    };
    assert_eq!([word(&held(1)), word(&broke())], expected);
}

#[test]
fn the_providers_requirement_beside_a_live_provider() {
    let connector = Mode::Connector;
    row(connector, Provider, None, ["proves", "breaks"]);
    row(connector, Service, None, ["nothing", "inconclusive"]);
    row(
        connector,
        Service,
        evidence(Provider, Role::Request),
        ["proves", "breaks"],
    );
    row(
        connector,
        Service,
        evidence(Provider, Role::Answer),
        ["proves", "inconclusive"],
    );
    row(
        connector,
        Service,
        evidence(Service, Role::Request),
        ["nothing", "inconclusive"],
    );
    row(connector, Product, None, ["nothing", "inconclusive"]);
    row(connector, Browser, None, ["nothing", "inconclusive"]);
}

#[test]
fn the_providers_requirement_beside_an_embedded_provider() {
    let service = Mode::Service;
    row(service, Provider, None, ["nothing", "inconclusive"]);
    row(service, Service, None, ["nothing", "inconclusive"]);
    row(
        service,
        Service,
        evidence(Provider, Role::Request),
        ["nothing", "inconclusive"],
    );
}

#[test]
fn a_rehearsal_counts_embedded_parts_and_still_wants_the_subjects_own_evidence() {
    let rehearsal = Mode::Rehearsal;
    row(rehearsal, Provider, None, ["proves", "breaks"]);
    row(rehearsal, Service, None, ["nothing", "breaks"]);
    row(rehearsal, Sageid, None, ["nothing", "breaks"]);
    row(rehearsal, Product, None, ["nothing", "breaks"]);
    row(
        rehearsal,
        Service,
        evidence(Provider, Role::Answer),
        ["proves", "breaks"],
    );
}

#[test]
fn a_weight_without_judgement_says_who_is_meant() {
    let own = requirement("SVC-01", Level::Must, &[Service]);
    let why = |precondition, party, mode| match judge_check(
        &broke(),
        precondition,
        party,
        None,
        &[&own],
        mode,
    ) {
        CheckOutcome::Inconclusive(why) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why(true, Service, Mode::Service), "a precondition failed");
    assert_eq!(
        why(false, Provider, Mode::Service),
        "the provider does not do what the check demands, but the provider is not under test here"
    );
    assert_eq!(
        why(false, Provider, Mode::EndToEnd),
        "the provider does not do what the check demands, but the check cites no requirement of the provider"
    );
}

#[test]
fn what_does_not_apply_neither_proves_nor_spoils() {
    let own = requirement("STM-02", Level::Must, &[Participant::Provider]);
    let inapplicable = Finding::Inapplicable {
        why: "the environment has no ledger".into(),
    };
    for mode in MODES {
        let passed_over = check(inapplicable.clone(), &[&own], mode);
        assert_eq!(
            passed_over.outcome,
            CheckOutcome::NoEvidence(NoEvidenceReason::NotApplicable)
        );
        // Alone it leaves the case without a judgement, with its reason.
        assert_eq!(
            judge_case(std::slice::from_ref(&passed_over), mode),
            (
                Verdict::Skipped,
                Some("the environment has no ledger".to_owned())
            )
        );
        let beside = |finding| {
            let other = check(finding, &[&own], Mode::Connector);
            judge_case(&[passed_over.clone(), other], mode).0
        };
        assert_eq!(beside(held(1)), Verdict::Passed);
        assert_eq!(beside(broke()), Verdict::Failed);
        assert_eq!(beside(unjudged()), Verdict::Inconclusive);
    }
}

#[test]
fn what_is_withheld_counts_for_no_requirement_and_an_excuse_takes_back_violations_alone() {
    let mode = Mode::Connector;
    let own = requirement("R", Level::Must, &[Provider]);
    let cites = [&*own];
    let why = CheckOutcome::Inconclusive("feedproof was short".to_owned());
    let outcomes = |mut check: Check, withhold: fn(&mut Check, &str)| {
        withhold(&mut check, "feedproof was short");
        (check.outcome_for(&own, mode), check.outcome)
    };
    let passed = || check(held(1), &cites, mode);
    let failed = || check(broke(), &cites, mode);
    assert_eq!(
        outcomes(passed(), Check::withhold),
        (why.clone(), why.clone())
    );
    assert_eq!(
        outcomes(failed(), Check::withhold),
        (why.clone(), why.clone())
    );
    assert_eq!(outcomes(failed(), Check::excuse), (why.clone(), why));
    let pass = CheckOutcome::Pass;
    assert_eq!(outcomes(passed(), Check::excuse), (pass.clone(), pass));
    let nothing = CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing);
    let compared = check(held(0), &cites, mode);
    assert_eq!(
        outcomes(compared, Check::withhold),
        (nothing.clone(), nothing)
    );
}
