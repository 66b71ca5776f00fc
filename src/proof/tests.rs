use super::*;
use crate::judge::{EvidenceMessage, Miss, MissKind, Role};
use plan_language::participant::Address;
use plan_language::plan::{Class, Level, Place, StepKey};

fn place() -> Place {
    Place {
        file: "test.yaml".into(),
        line: 1,
        column: 1,
    }
}

fn requirement(id: &str, faults: &[&str]) -> Arc<Requirement> {
    Arc::new(Requirement {
        id: id.into(),
        text: "It must.".into(),
        level: Level::Must,
        class: Class::C,
        subject: vec![Participant::Provider],
        source: "[seed]".into(),
        group: "test".into(),
        rulings: Vec::new(),
        faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
        unbreakable: None,
        official: None,
        not_tested: None,
        place: place(),
    })
}

fn fault(id: &str) -> NamedFault {
    NamedFault {
        id: id.into(),
        text: "It deviates.".into(),
        participant: Participant::Provider,
    }
}

fn check(requirement: &str, outcome: CheckOutcome) -> Check {
    Check {
        step: StepKey::top("steps", 0),
        place: place(),
        what: "it answers".into(),
        requirement: vec![requirement.into()],
        precondition: false,
        party: Participant::Provider,
        evidence: None,
        finding: Finding::Missed(Miss {
            awaited: Address::of(Participant::Provider),
            since: 0,
            kind: MissKind::NothingCame,
            why: "nothing came".into(),
            nearest: None,
        }),
        messages: Vec::new(),
        values: Vec::new(),
        outcome,
        withheld: None,
    }
}

fn outcome(case: &str, checks: Vec<Check>) -> Outcome {
    let (verdict, reason) =
        crate::judge::judge_case(&checks, plan_language::participant::Mode::Rehearsal);
    Outcome {
        case: case.into(),
        plan: "test".into(),
        place: place(),
        title: String::new(),
        expected: String::new(),
        requirement: Vec::new(),
        verdict,
        reason,
        declared: false,
        started_us: 0,
        took_us: 0,
        checks,
        teardown: Vec::new(),
    }
}

/// Draws up the proof of one fault against two cases.
fn proof(requirements: &[Arc<Requirement>], first: Vec<Check>, second: Vec<Check>) -> Proof {
    let outcomes = vec![outcome("a/one", first), outcome("a/two", second)];
    let cases = vec!["a/one".into(), "a/two".into()];
    Proof::of(requirements, cases, vec![(fault("bad"), outcomes)])
}

#[test]
fn a_fault_is_caught_where_it_is_claimed() {
    let requirements = [requirement("R-01", &["bad"])];
    let proof = proof(
        &requirements,
        vec![check("R-01", CheckOutcome::Violation)],
        vec![check("R-01", CheckOutcome::Pass)],
    );
    assert_eq!(proof.faults[0].conclusion, FaultConclusion::Detected);
    assert_eq!(proof.faults[0].cells[0].effect, FaultEffect::Detected);
    assert_eq!(proof.faults[0].cells[1].effect, FaultEffect::Quiet);
    assert!(
        proof.faults[0].cells[0]
            .message
            .as_deref()
            .is_some_and(|message| message.contains("nothing came"))
    );
    assert!(proof.holds());
}

#[test]
fn a_claim_that_is_removed_makes_the_proof_fail() {
    let requirements = [requirement("R-01", &[])];
    let proof = proof(
        &requirements,
        vec![check("R-01", CheckOutcome::Violation)],
        vec![check("R-01", CheckOutcome::Pass)],
    );
    assert_eq!(proof.faults[0].conclusion, FaultConclusion::Undetected);
    assert_eq!(proof.faults[0].cells[0].effect, FaultEffect::Misattributed);
    assert_eq!(proof.unproven.len(), 1, "nothing proves R-01 any more");
    assert!(!proof.holds());
}

#[test]
fn a_check_that_is_deleted_makes_the_proof_fail() {
    let requirements = [requirement("R-01", &["bad"])];
    let proof = proof(
        &requirements,
        vec![check("R-01", CheckOutcome::Pass)],
        vec![check("R-01", CheckOutcome::Pass)],
    );
    assert_eq!(proof.faults[0].conclusion, FaultConclusion::Undetected);
    assert!(!proof.holds());
}

#[test]
fn a_fault_is_misattributed_when_a_check_fails_that_does_not_list_it() {
    let requirements = [
        requirement("R-01", &["bad"]),
        requirement("R-02", &["other"]),
    ];
    let proof = proof(
        &requirements,
        vec![check("R-01", CheckOutcome::Violation)],
        vec![check("R-02", CheckOutcome::Violation)],
    );
    assert_eq!(proof.faults[0].conclusion, FaultConclusion::Misattributed);
    assert!(!proof.holds());
}

#[test]
fn inconclusive_and_unreached_checks_neither_detect_nor_misattribute() {
    let requirements = [requirement("R-01", &["bad"])];
    let proof = proof(
        &requirements,
        vec![check(
            "R-01",
            CheckOutcome::Inconclusive("the network".into()),
        )],
        vec![check("R-01", CheckOutcome::NotReached)],
    );
    assert_eq!(proof.faults[0].conclusion, FaultConclusion::Undetected);
    assert!(
        proof.faults[0]
            .cells
            .iter()
            .all(|cell| cell.effect == FaultEffect::Inconclusive)
    );
}

#[test]
fn what_is_read_through_a_faulty_service_accuses_no_provider() {
    let requirements = [
        requirement("R-01", &["bad"]),
        requirement("R-02", &["other"]),
    ];
    let mut through = check("R-02", CheckOutcome::Violation);
    through.party = Participant::Service;
    let resting = Some(EvidenceMessage {
        seq: 1,
        party: Participant::Provider,
        role: Role::Request,
    });
    let conclusion = |evidence, participant| {
        let mut fault = fault("bad");
        fault.participant = participant;
        let mut through = through.clone();
        through.evidence = evidence;
        let outcomes = vec![
            outcome("a/one", vec![check("R-01", CheckOutcome::Violation)]),
            outcome("a/two", vec![through]),
        ];
        let cases = vec!["a/one".into(), "a/two".into()];
        Proof::of(&requirements, cases, vec![(fault, outcomes)]).faults[0].conclusion
    };
    assert_eq!(
        conclusion(resting, Participant::Service),
        FaultConclusion::Detected
    );
    assert_eq!(
        conclusion(None, Participant::Service),
        FaultConclusion::Misattributed
    );
    // Under a fault of the provider it is the very thing that accuses.
    assert_eq!(
        conclusion(resting, Participant::Provider),
        FaultConclusion::Misattributed
    );
}

#[test]
fn a_row_that_no_provider_can_break_is_no_gap_on_its_side_alone() {
    let gaps = |unbreakable: Option<&str>| -> Vec<_> {
        let mut own = Requirement::clone(&requirement("R-01", &[]));
        own.subject = vec![Participant::Service, Participant::Provider];
        own.unbreakable = unbreakable.map(str::to_owned);
        let proof = proof(&[Arc::new(own)], Vec::new(), Vec::new());
        proof
            .unproven
            .iter()
            .map(|unproven| unproven.subject)
            .collect()
    };
    assert_eq!(gaps(None), [Participant::Service, Participant::Provider]);
    assert_eq!(gaps(Some("it sends nothing")), [Participant::Service]);
}

#[test]
fn a_proof_of_nothing_does_not_hold() {
    assert!(!Proof::of(&[], Vec::new(), Vec::new()).holds());
}
